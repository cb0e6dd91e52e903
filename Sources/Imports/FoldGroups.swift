import Diagnostics
import EventStores
import Quantities

/// Rows that become one event together: those of one customer with the same text in one attribute.
struct FoldGroups {
    struct Group {
        let table: Int
        let customer: Int
        var timestamp: Instant
        var cells: [Cell]
        /// An older group with the same hash.
        fileprivate let next: Int?
    }

    private let fold: RowMapping.Fold
    /// In order of first appearance.
    private(set) var groups: [Group] = []
    private var newest: [UInt64: Int] = [:]
    /// The group of the last row: an invoice's lines mostly follow each other.
    private var last: Int?

    init(_ fold: RowMapping.Fold) {
        self.fold = fold
    }

    /// Adds a row whose attribute `fold.by` is `key`. Throws `RowProblem`, and leaves the group as it was, where a
    /// sum leaves 128 bits.
    mutating func add(
        table: Int, customer: Int, timestamp: Instant, key: ArraySlice<UInt8>, cells: [Cell]
    ) throws(RowProblem) {
        if let last, isMember(last, table, customer, key) { return try merge(into: last, timestamp, cells) }
        let seed = UInt64(truncatingIfNeeded: customer) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(truncatingIfNeeded: table)
        let hash = byteHash(key, seed: seed)
        var candidate = newest[hash]
        while let index = candidate {
            if isMember(index, table, customer, key) {
                last = index
                return try merge(into: index, timestamp, cells)
            }
            candidate = groups[index].next
        }
        // The texts lie in the reader's buffers.
        let kept = cells.map { cell in
            if case .text(let text) = cell { Cell.text(Array(text)[...]) } else { cell }
        }
        groups.append(
            Group(table: table, customer: customer, timestamp: timestamp, cells: kept, next: newest[hash]))
        newest[hash] = groups.count - 1
        last = groups.count - 1
    }

    private func isMember(_ index: Int, _ table: Int, _ customer: Int, _ key: ArraySlice<UInt8>) -> Bool {
        guard groups[index].customer == customer, groups[index].table == table,
            case .text(let text) = groups[index].cells[fold.by]
        else { return false }
        return text.count == key.count && text.elementsEqual(key)
    }

    private mutating func merge(into index: Int, _ timestamp: Instant, _ cells: [Cell]) throws(RowProblem) {
        var sums: [Cell] = []
        for column in fold.sum {
            switch (groups[index].cells[column], cells[column]) {
            case (.decimal(let old), .decimal(let new)):
                guard let sum = old.plus(new) else {
                    throw RowProblem(.importArithmetic, "the sum of the rows has more digits than 36")
                }
                sums.append(.decimal(sum))
            case (.missing, let new): sums.append(new)
            case (let old, _): sums.append(old)
            }
        }
        for (column, sum) in zip(fold.sum, sums) { groups[index].cells[column] = sum }
        groups[index].timestamp = min(groups[index].timestamp, timestamp)
    }
}
