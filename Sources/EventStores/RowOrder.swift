/// The stored order of a table's rows: by customer, then timestamp, then order of import.
struct RowOrder {
    /// By position in import order: the position in stored order.
    private(set) var destinations: [UInt32]
    /// `offsets[c] ..< offsets[c + 1]` are the positions in stored order of customer `c`.
    let offsets: [UInt32]
    /// In stored order.
    private(set) var timestamps: [Int64]

    /// A counting sort by customer, then a sort of each customer's run where it is not in order of time already.
    ///
    /// No customer's id is compared, and a row is touched once in each of three passes.
    init(_ parts: [(customers: [UInt32], timestamps: [Int64])], customerCount: Int) {
        let rows = parts.reduce(0) { $0 + $1.customers.count }
        var offsets = [UInt32](repeating: 0, count: customerCount + 1)
        for part in parts {
            for customer in part.customers { offsets[Int(customer) + 1] += 1 }
        }
        for customer in 0..<customerCount { offsets[customer + 1] += offsets[customer] }
        var next = offsets
        var destinations = [UInt32](repeating: 0, count: rows)
        var timestamps = [Int64](repeating: 0, count: rows)
        var row = 0
        for part in parts {
            for (index, customer) in part.customers.enumerated() {
                let destination = next[Int(customer)]
                next[Int(customer)] = destination + 1
                destinations[row] = destination
                timestamps[Int(destination)] = part.timestamps[index]
                row += 1
            }
        }
        self.offsets = offsets
        self.destinations = destinations
        self.timestamps = timestamps
        sortByTime()
    }

    private mutating func sortByTime() {
        var unsorted: [Range<Int>] = []
        for customer in 0..<(offsets.count - 1) {
            let run = Int(offsets[customer])..<Int(offsets[customer + 1])
            var index = run.lowerBound + 1
            while index < run.upperBound {
                if timestamps[index] < timestamps[index - 1] {
                    unsorted.append(run)
                    break
                }
                index += 1
            }
        }
        if unsorted.isEmpty { return }
        // By position before: the position after.
        var moved = [UInt32](repeating: 0, count: destinations.count)
        for position in moved.indices { moved[position] = UInt32(position) }
        for run in unsorted {
            // Positions stand for the order of import, so they are what orders equal timestamps.
            let sorted = run.map { (timestamps[$0], $0) }.sorted { $0 < $1 }
            for (target, (timestamp, position)) in zip(run, sorted) {
                moved[position] = UInt32(target)
                timestamps[target] = timestamp
            }
        }
        for row in destinations.indices { destinations[row] = moved[Int(destinations[row])] }
    }
}

extension RowOrder {
    /// The codes of all parts in stored order.
    func codes(_ parts: [ColumnPart]) -> [UInt32] {
        // What no part has a value for stays 0.
        var stored = [UInt32](repeating: 0, count: destinations.count)
        var row = 0
        for part in parts {
            for (index, code) in part.codes.enumerated() { stored[Int(destinations[row + index])] = code }
            row += part.rows
        }
        return stored
    }

    /// The words of all parts in stored order, decimals at one scale.
    func words(_ parts: [ColumnPart], scale: Int) -> [Int64] {
        var stored = [Int64](repeating: missingWord, count: destinations.count)
        var row = 0
        for part in parts {
            let change = ScaleChange(from: part.scale, to: max(part.scale, scale))
            for (index, word) in part.words.enumerated() {
                stored[Int(destinations[row + index])] = change.changesNothing ? word : change.word(word)
            }
            row += part.rows
        }
        return stored
    }
}
