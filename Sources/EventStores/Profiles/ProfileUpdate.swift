import Quantities
import Queries

/// The profile of a store with one more part, from the profile that it had and what the part changes: counts of rows
/// add up, and only texts that the part's customers have can become more or less frequent.
struct ProfileUpdate {
    let store: EventStore
    /// What the store has of the part's customers.
    let old: GenerationContent
    let part: GenerationContent
    /// Of the generation with the part.
    let records: [TableRecord]

    /// - Throws: `storeDamaged`.
    func profile() throws -> DataProfile {
        let before = try store.profile()
        let customers = store.customers.count + part.customerIDs.count
        return DataProfile(
            generation: "", customers: customers,
            events: try part.tables.indices.map { table in
                try event(table, before.events.indices.contains(table) ? before.events[table] : nil)
            },
            properties: try part.properties.indices.map { position in
                let isOld = old.properties.indices.contains(position)
                return try attribute(
                    part.properties[position], isOld ? old.properties[position] : nil,
                    isOld ? before.properties[position] : nil, rows: customers,
                    counts: TextCounts(store.join.parts.map { $0.properties[ifThere: position]?.counts }),
                    column: { try store.customers.property($0) })
            })
    }

    private func event(_ table: Int, _ before: EventProfile?) throws -> EventProfile {
        let (rows, record) = (part.tables[table], records[table])
        let oldRows = old.tables[ifThere: table]
        let attributes = try rows.columns.indices.map { position in
            try attribute(
                rows.columns[position], oldRows?.columns[ifThere: position], before?.attributes[ifThere: position],
                rows: record.rows,
                counts: TextCounts(
                    store.join.parts.map { $0.tables[ifThere: table]?.columns[ifThere: position]?.counts }),
                column: { try store.tables[record.name]?.column($0) })
        }
        return EventProfile(
            name: record.name, rows: record.rows,
            customers: (before?.customers ?? 0) + rows.customersWithRows - (oldRows?.customersWithRows ?? 0),
            first: record.span?.lowerBound, last: record.span?.upperBound, attributes: attributes,
            keys: record.keys.key.flatMap { key in attributes.first { $0.name == key }?.distinct })
    }

    private func attribute(
        _ column: ColumnContent, _ old: ColumnContent?, _ before: AttributeProfile?, rows: Int, counts: TextCounts,
        column stored: (String) throws -> StoredColumn?
    ) throws -> AttributeProfile {
        let present = (before?.present ?? 0) + column.present - (old?.present ?? 0)
        guard case .text(let codes, let texts) = column.cells, let changes = column.changes else {
            var kind = AttributeProfile.Kind.timestamp
            if case .decimal = column.cells { kind = .number }
            return AttributeProfile(
                name: column.spec.name, kind: kind, present: present, rows: rows, distinct: nil, values: [])
        }
        var update = TextUpdate(before)
        if case .text(_, let dictionary) = try stored(column.spec.name) {
            try update.change(changes, dictionary, counts)
        }
        // Texts that are new.
        var added = [Int](repeating: 0, count: texts.count)
        for code in codes where Int(code) > changes.textsBefore { added[Int(code) - changes.textsBefore - 1] += 1 }
        for position in added.indices { update.set(Array(texts.text(position)), before: 0, after: added[position]) }
        return AttributeProfile(
            name: column.spec.name, kind: .string, present: present, rows: rows, distinct: update.distinct,
            values: update.values, numeric: update.numeric)
    }
}

/// The counts of a text column while texts become more or less frequent.
private struct TextUpdate {
    private(set) var distinct: Int
    private(set) var numeric: Int
    private var top = MostFrequentTexts()
    /// Texts that were among the most frequent ones and are not changed.
    private var unchanged: [(text: [UInt8], count: Int)]

    init(_ before: AttributeProfile?) {
        distinct = before?.distinct ?? 0
        numeric = before?.numeric ?? 0
        unchanged = before?.values.map { (Array($0.value.utf8), $0.count) } ?? []
    }

    /// Texts that the store has.
    mutating func change(_ changes: TextChanges, _ dictionary: TextDictionary, _ counts: TextCounts) throws {
        let isComplete = unchanged.count < MostFrequentTexts.limit
        // A text that becomes less frequent may give its place to any other. A text that is no UTF-8 is not what the
        // profile shows.
        let isKnown = unchanged.allSatisfy { dictionary.code(of: $0.text) != nil }
        guard isKnown, isComplete || changes.changes.allSatisfy({ $0 > 0 }) else {
            return try recount(changes, dictionary, counts)
        }
        for (code, change) in zip(changes.codes, changes.changes) {
            let text = dictionary.bytes(of: code)
            let before = try counts.rows(code)
            unchanged.removeAll { $0.text == text }
            set(text, before: before, after: before + Int(change))
        }
        offerUnchanged()
    }

    private mutating func recount(_ changes: TextChanges, _ dictionary: TextDictionary, _ counts: TextCounts) throws {
        unchanged = []
        let changed = Dictionary(uniqueKeysWithValues: zip(changes.codes, changes.changes))
        for code in 0..<dictionary.count {
            let code = UInt32(code + 1)
            let before = try counts.rows(code)
            set(dictionary.bytes(of: code), before: before, after: before + Int(changed[code] ?? 0))
        }
    }

    private mutating func offerUnchanged() {
        for (text, count) in unchanged {
            unsafe text.withUnsafeBufferPointer { unsafe top.offer($0, count: count) }
        }
        unchanged = []
    }

    mutating func set(_ text: [UInt8], before: Int, after: Int) {
        distinct += (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0)
        unsafe text.withUnsafeBufferPointer { bytes in
            if unsafe isNumber(bytes) { numeric += after - before }
            if after > 0 { unsafe top.offer(bytes, count: after) }
        }
    }

    var values: [AttributeProfile.ValueCount] { top.values }
}

/// How many rows of a store have each text of a column, as its parts tell together.
private struct TextCounts {
    /// Oldest first; nil for parts that do not know the column.
    private let parts: [PartCounts?]

    init(_ parts: [PartCounts?]) { self.parts = parts }

    /// - Throws: `storeDamaged`.
    func rows(_ code: UInt32) throws -> Int {
        var textsBefore = 0
        var rows = 0
        for part in parts {
            guard let part else { continue }
            let counts = try part.counts.value
            let position = Int(code) - textsBefore - 1
            if counts.indices.contains(position) { rows += Int(counts[position]) }
            textsBefore += counts.count
            guard let (codes, changes) = try part.changes?.value else { continue }
            var (low, high) = (0, codes.count)
            while low < high {
                let middle = (low + high) / 2
                if codes[middle] < code { low = middle + 1 } else { high = middle }
            }
            if low < codes.count, codes[low] == code { rows += Int(changes[low]) }
        }
        return rows
    }
}

extension ColumnContent {
    /// Rows with a value.
    fileprivate var present: Int {
        switch cells {
        case .text(let codes, _): codes.count { $0 != 0 }
        case .decimal(let words, _), .instant(let words): words.count { $0 != missingWord }
        }
    }
}

extension TableContent {
    fileprivate var customersWithRows: Int { zip(offsets, offsets.dropFirst()).count { $0 < $1 } }
}

extension Array {
    /// The element at a position; nil where there is none.
    subscript(ifThere index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
