import Queries

/// Sums of a selection by customer, which groups of customers are added up from.
///
/// Those with one value a customer stand together in fours, so that a grouping adds four of them in one walk.
final class CustomerSums {
    /// Kinds with one value a customer, by their place: `quads[place / 4][customer * 4 + place % 4]`.
    private let singles: [SumKind]
    private(set) var quads: [Lanes<Int64>]
    /// Some value in the four is not zero.
    private(set) var hasValues: [Bool]
    /// Kinds with several values a customer.
    private let wides: [SumKind]
    private var wideSums: [Lanes<Int64>]
    private var memory = Lanes<Int64>()
    private var sumsBefore = Lanes<Int64>()

    init(_ kinds: Set<SumKind>) {
        // What most batches have nothing of comes last.
        singles = kinds.filter { $0.width == 1 && $0 != .gapSamples }.sorted { $0.isRare ? false : $1.isRare }
        wides = kinds.filter { $0.width > 1 }
        quads = stride(from: 0, to: singles.count, by: 4).map { _ in Lanes() }
        hasValues = quads.map { _ in false }
        wideSums = wides.map { _ in Lanes() }
    }

    /// Where the sums of a kind are: which four, and which of it. Nil for kinds with several values a customer.
    func place(_ kind: SumKind) -> (quad: Int, slot: Int)? {
        singles.firstIndex(of: kind).map { ($0 / 4, $0 % 4) }
    }

    /// The sums of a kind with several values a customer.
    func wide(_ kind: SumKind) -> Lanes<Int64> {
        guard let position = wides.firstIndex(of: kind) else {
            preconditionFailure("sums by customer that nobody planned")
        }
        return wideSums[position]
    }

    func make(_ selection: Selection, _ batch: CustomerBatch) {
        let customers = batch.customerCount
        for quad in quads.indices {
            let kinds = singles[(quad * 4)..<min(singles.count, quad * 4 + 4)]
            let present = kinds.filter { selection.hasItems($0) }
            hasValues[quad] = !present.isEmpty
            quads[quad].reserve(customers * 4)
            // What is present is written for every customer.
            if hasValues[quad], present.count < kinds.count { quads[quad].fill(0, customers * 4) }
            for (slot, kind) in kinds.enumerated() where present.contains(kind) {
                make(kind, selection, batch, quads[quad], slot)
            }
        }
        for (position, kind) in wides.enumerated() {
            wideSums[position].reserve(customers * kind.width)
            wideSums[position].fill(0, customers * kind.width)
            selection.add(kind, of: batch, isNative: false, at: selection.owners, to: wideSums[position])
        }
    }

    private func make(
        _ kind: SumKind, _ selection: Selection, _ batch: CustomerBatch, _ sums: Lanes<Int64>, _ slot: Int
    ) {
        let (count, counts) = (batch.customerCount, selection.countedByCustomer)
        switch kind {
        case .counted: each(count) { customer in sums[customer &* 4 &+ slot] = Int64(counts[customer]) }
        case .buyers: each(count) { customer in sums[customer &* 4 &+ slot] = counts[customer] > 0 ? 1 : 0 }
        case .repeatBuyers(let least):
            let least = Int32(clamping: max(1, least))
            each(count) { customer in sums[customer &* 4 &+ slot] = counts[customer] >= least ? 1 : 0 }
        case .gross:
            sumRuns(batch.display, selection.counted, counts, count, sums, slot)
            let (values, others, items) = (batch.display, selection.owners(.uncounted), selection.uncounted.items)
            each(selection.uncounted.count) { position in
                sums[Int(others[position]) &* 4 &+ slot] &+= values[Int(items[position])]
            }
        default:
            memory.reserve(count)
            memory.fill(0, count)
            selection.add(kind, of: batch, isNative: false, at: selection.owners, to: memory)
            let memory = memory
            each(count) { customer in sums[customer &* 4 &+ slot] = memory[customer] }
        }
    }

    /// The sum of each customer's values, whose items follow each other: the difference of two sums of all before.
    private func sumRuns(
        _ values: Lanes<Int64>, _ list: ItemList, _ counts: Lanes<Int32>, _ customers: Int, _ sums: Lanes<Int64>,
        _ slot: Int
    ) {
        sumsBefore.reserve(list.count + 1)
        let (items, sumsBefore) = (list.items, sumsBefore)
        var sum: Int64 = 0
        each(list.count) { position in
            sumsBefore[position] = sum
            sum &+= values[Int(items[position])]
        }
        sumsBefore[list.count] = sum
        var end = 0
        var before: Int64 = 0
        each(customers) { customer in
            end &+= Int(counts[customer])
            let sum = sumsBefore[end]
            sums[customer &* 4 &+ slot] = sum &- before
            before = sum
        }
    }
}

extension SumKind {
    /// Most batches have nothing to add.
    fileprivate var isRare: Bool { self == .refunded || self == .canceled }
}

extension Selection {
    /// Whether there is anything that a kind could add.
    fileprivate func hasItems(_ kind: SumKind) -> Bool {
        switch kind {
        case .refunded, .chargeRefunded: refunds.count > 0
        case .canceled: canceled.count > 0
        case .gross, .chargeGross: counted.count + uncounted.count > 0
        default: counted.count > 0
        }
    }
}
