/// The stored order of a table's rows: by customer, then timestamp, then order of import.
struct RowOrder {
    /// Positions in import order, in stored order.
    private(set) var rows: [UInt32]
    /// `offsets[c] ..< offsets[c + 1]` are the positions in `rows` of customer `c`.
    private(set) var offsets: [UInt32]

    /// A counting sort by customer, then a sort of each customer's run, which mostly is sorted already.
    init(customers: [UInt32], customerCount: Int, timestamps: [Int64]) {
        offsets = [UInt32](repeating: 0, count: customerCount + 1)
        for customer in customers { offsets[Int(customer) + 1] += 1 }
        for customer in 0..<customerCount { offsets[customer + 1] += offsets[customer] }
        var next = offsets
        rows = [UInt32](repeating: 0, count: customers.count)
        for (row, customer) in customers.enumerated() {
            rows[Int(next[Int(customer)])] = UInt32(row)
            next[Int(customer)] += 1
        }
        func inOrder(_ left: UInt32, _ right: UInt32) -> Bool {
            let (a, b) = (timestamps[Int(left)], timestamps[Int(right)])
            return a != b ? a < b : left < right
        }
        for customer in 0..<customerCount {
            let run = Int(offsets[customer])..<Int(offsets[customer + 1])
            if run.count > 1, run.dropLast().contains(where: { inOrder(rows[$0 + 1], rows[$0]) }) {
                rows[run].sort(by: inOrder)
            }
        }
    }

    /// Leaves out rows that repeat an earlier import of the same event: same customer, key, timestamp and cells.
    ///
    /// - Returns: how many were left out.
    mutating func dropRepeats(of table: TableBuilder) -> Int {
        guard let key = table.keyColumn else { return 0 }
        var kept = 0
        var keptOffsets = offsets
        for customer in 0..<(offsets.count - 1) {
            var start = Int(offsets[customer])
            let end = Int(offsets[customer + 1])
            while start < end {
                let timestamp = table.timestamps[Int(rows[start])]
                var stop = start + 1
                while stop < end, table.timestamps[Int(rows[stop])] == timestamp { stop += 1 }
                var seen = SeenRows()
                for position in start..<stop {
                    let row = Int(rows[position])
                    if stop - start > 1, key.codes[row] != 0, seen.isRepeat(row, of: table) { continue }
                    rows[kept] = rows[position]
                    kept += 1
                }
                start = stop
            }
            keptOffsets[customer + 1] = UInt32(kept)
        }
        let dropped = rows.count - kept
        rows.removeLast(dropped)
        offsets = keptOffsets
        return dropped
    }
}

/// The rows of one customer and timestamp that were looked at.
private struct SeenRows {
    private var byHash: [UInt64: [Int]] = [:]

    mutating func isRepeat(_ row: Int, of table: TableBuilder) -> Bool {
        var hash: UInt64 = 0
        for column in table.columns { hash = (hash ^ column.word(row)) &* 0x9E37_79B9_7F4A_7C15 }
        let isRepeat = (byHash[hash] ?? []).contains { other in
            table.columns.allSatisfy { $0.word(row) == $0.word(other) }
        }
        if !isRepeat { byHash[hash, default: []].append(row) }
        return isRepeat
    }
}
