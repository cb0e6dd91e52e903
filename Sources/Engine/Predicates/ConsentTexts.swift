import EventStores
import Queries

/// Several categories of one event type, all of whose columns are texts: each test is a look into a table, and one walk
/// over the events is enough for all categories.
struct ConsentTexts: Sendable {
    /// What the columns' codes mean for one category.
    struct Answers {
        var slots: [Int]
        var categories: [Bool]
        var accepts: [Bool]
        var rejects: [Bool]
        var ends: [Int64]
    }

    let table: Int
    /// The consents' positions in the plan.
    let consents: [Int]
    private let slots: [Int]
    /// By code of the category: which of `consents`, their number for none.
    private let category: [UInt8]
    /// By code of the action: `valid` accepts, `rejected` rejects, else `unknown`.
    private let action: [UInt8]
    /// By code of the end, what an acceptance with it means at the instant. A byte each, so that the table of a million ends stays in the cache.
    private let ends: [UInt8]
    /// Microseconds: at which the states are.
    private let instant: Int64

    /// What an event means.
    private enum Meaning {
        /// An action that is neither an acceptance nor a rejection.
        static let unknown: UInt8 = 0
        static let rejected: UInt8 = 1
        /// An acceptance that does not say when it ends.
        static let endless: UInt8 = 2
        /// An acceptance that has ended.
        static let ended: UInt8 = 3
        static let valid: UInt8 = 4
    }

    /// The consents that can be read together, by table.
    static func groups(_ kernels: [ConsentKernel], at instant: Int64) -> [ConsentTexts] {
        var groups: [ConsentTexts] = []
        var byKey: [[Int]: [(position: Int, answers: Answers)]] = [:]
        var order: [[Int]] = []
        for (position, kernel) in kernels.enumerated() {
            guard case .events(let table, let rows) = kernel, let answers = rows.tables else { continue }
            let key = [table] + answers.slots
            if byKey[key] == nil { order.append(key) }
            byKey[key, default: []].append((position, answers))
        }
        for key in order {
            var members = byKey[key] ?? []
            while !members.isEmpty {
                // A category that two consents share is read for each of them.
                var taken = Set<Int>()
                var group: [(position: Int, answers: Answers)] = []
                for member in members where group.count < 254 {
                    let codes = member.answers.categories.indices.filter { member.answers.categories[$0] }
                    if taken.isDisjoint(with: codes) {
                        group.append(member)
                        taken.formUnion(codes)
                    }
                }
                members.removeAll { member in group.contains { $0.position == member.position } }
                groups.append(ConsentTexts(table: key[0], group, instant))
            }
        }
        return groups
    }

    private init(table: Int, _ members: [(position: Int, answers: Answers)], _ instant: Int64) {
        self.table = table
        self.instant = instant
        consents = members.map(\.position)
        let first = members[0].answers
        slots = first.slots
        category = first.categories.indices.map { code in
            UInt8(members.firstIndex { $0.answers.categories[code] } ?? members.count)
        }
        action = first.accepts.indices.map {
            first.accepts[$0] ? Meaning.valid : first.rejects[$0] ? Meaning.rejected : Meaning.unknown
        }
        ends = first.ends.map { $0 == .min ? Meaning.endless : $0 > instant ? Meaning.valid : Meaning.ended }
    }

    /// The state of each customer at the plan's instant, 1 or 0, and what a reader should know about the events up to
    /// it.
    ///
    /// - Parameter states: for each of `consents`.
    func states(
        customers: Int, _ batch: TableBatch, into states: [Lanes<UInt8>], _ quality: inout QualityCounts
    ) {
        let rows = batch.count
        // One more for events of other categories, which nobody reads.
        let width = consents.count + 1
        let table = Lanes<UInt8>(repeating: 0, count: customers * width)
        let index = Lanes<UInt8>(repeating: 0, count: rows)
        let meaning = Lanes<UInt8>(repeating: 0, count: rows)
        let ties = find(index, meaning, batch)
        count(index, meaning, rows, &quality)
        if ties {
            resolveTies(customers: customers, batch, width, table)
        } else {
            // In order of time: the last one that is written decides.
            let owners = batch.owners
            each(rows) { row in
                table[Int(owners[row]) &* width &+ Int(index[row])] = meaning[row] == Meaning.valid ? 1 : 0
            }
        }
        for (position, lanes) in states.enumerated() {
            each(customers) { customer in lanes[customer] = table[customer &* width &+ position] }
        }
    }

    /// Which of `consents` each event is of, their number for none and for events that are not known yet; and what it
    /// means. Returns whether two events that follow each other have the same instant.
    private func find(_ index: Lanes<UInt8>, _ meaning: Lanes<UInt8>, _ batch: TableBatch) -> Bool {
        batch.columns.translate(slots[0], by: category, into: index)
        batch.columns.translate(slots[1], by: action, into: meaning)
        let endCodes = batch.columns.codes(slots[2])
        unsafe ends.withUnsafeBufferPointer { ends in
            each(batch.count) { row in
                let action = meaning[row]
                let end = unsafe ends[Int(endCodes[row])]
                // An acceptance means what its end says, anything else what it is.
                let accepts = UInt8(truncatingIfNeeded: mask(action == Meaning.valid))
                meaning[row] = action & ~accepts | end & accepts
            }
        }
        let timestamps = batch.timestamps
        let nobody = UInt8(consents.count)
        var ties: Int32 = 0
        var before = Int64.min
        each(batch.count) { row in
            let timestamp = timestamps[row]
            ties |= mask(timestamp == before)
            before = timestamp
            index[row] = timestamp <= instant ? index[row] : nobody
        }
        return ties != 0
    }

    private func count(_ index: Lanes<UInt8>, _ meaning: Lanes<UInt8>, _ rows: Int, _ quality: inout QualityCounts) {
        let nobody = UInt8(consents.count)
        var unknownActions: Int32 = 0
        var withoutValidity: Int32 = 0
        each(rows) { row in
            let isRead = mask(index[row] != nobody)
            unknownActions &-= isRead & mask(meaning[row] == Meaning.unknown)
            withoutValidity &-= isRead & mask(meaning[row] == Meaning.endless)
        }
        quality.add(.unknownConsentActions, Int(unknownActions))
        quality.add(.consentsWithoutValidity, Int(withoutValidity))
    }

    /// Among equal timestamps anything but a valid acceptance decides: makes the states again, slower.
    private func resolveTies(customers: Int, _ batch: TableBatch, _ width: Int, _ table: Lanes<UInt8>) {
        table.fill(0, customers * width)
        var newest = [Int64](repeating: .min, count: width)
        var customer: Int32 = -1
        for row in 0..<batch.count where batch.timestamps[row] <= instant {
            if batch.owners[row] != customer {
                customer = batch.owners[row]
                for index in newest.indices { newest[index] = .min }
            }
            let index = Int(category[Int(batch.columns.codes(slots[0])[row])])
            let isValid =
                action[Int(batch.columns.codes(slots[1])[row])] == Meaning.valid
                && ends[Int(batch.columns.codes(slots[2])[row])] == Meaning.valid
            let position = Int(customer) * width + index
            let state = batch.timestamps[row] == newest[index] ? table[position] != 0 && isValid : isValid
            table[position] = state ? 1 : 0
            newest[index] = batch.timestamps[row]
        }
    }
}
