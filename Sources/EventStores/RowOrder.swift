import Synchronization

/// The stored order of a table's rows: by customer, then timestamp, then order of import.
struct RowOrder {
    /// By position in import order: the position in stored order. Each position is there once.
    private(set) var destinations: [UInt32]
    /// `offsets[c] ..< offsets[c + 1]` are the positions in stored order of customer `c`.
    let offsets: [UInt32]
    /// In stored order.
    private(set) var timestamps: [Int64]
    /// The cells of columns of which no row has a value: one array for all of them.
    private let missing = MissingCells()

    init(destinations: [UInt32], offsets: [UInt32], timestamps: [Int64]) {
        self.destinations = destinations
        self.offsets = offsets
        self.timestamps = timestamps
    }

    /// A counting sort by customer, then a sort of each customer's run where it is not in order of time already.
    ///
    /// No customer's id is compared, and a row is touched once in each of two passes.
    init(_ parts: [(customers: [UInt32], timestamps: [Int64])], customerCount: Int) {
        let rows = parts.reduce(0) { $0 + $1.customers.count }
        var offsets = [UInt32](repeating: 0, count: customerCount + 1)
        // Checks the customers, too: the second pass relies on them.
        for part in parts {
            var span = offsets.mutableSpan
            for customer in part.customers { span[Int(customer) + 1] += 1 }
        }
        for customer in 0..<customerCount { offsets[customer + 1] += offsets[customer] }
        var next = offsets
        var destinations: [UInt32] = []
        let timestamps = unsafe [Int64](filling: rows) { timestamps in
            destinations = unsafe [UInt32](filling: rows) { destinations in
                unsafe next.withUnsafeMutableBufferPointer { next in
                    var row = 0
                    for part in parts {
                        for (index, customer) in part.customers.enumerated() {
                            let destination = unsafe next[Int(customer)]
                            unsafe next[Int(customer)] = destination + 1
                            unsafe destinations[row] = destination
                            unsafe timestamps[Int(destination)] = part.timestamps[index]
                            row += 1
                        }
                    }
                }
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
            var isUnsorted = false
            for row in run.dropFirst() where timestamps[row] < timestamps[row - 1] { isUnsorted = true }
            if isUnsorted { unsorted.append(run) }
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
    /// The codes of all parts in stored order; 0 where no part has a value.
    func codes(_ parts: [ColumnPart]) -> [UInt32] {
        stored(parts, missing: 0, missing.codes) { part, put in
            for (row, code) in part.codes.enumerated() { put(row, code) }
            for (row, code) in part.narrowCodes.enumerated() { put(row, part.codeOfText[Int(code)]) }
        }
    }

    /// The words of all parts in stored order, decimals at one scale.
    func words(_ parts: [ColumnPart], scale: Int) -> [Int64] {
        stored(parts, missing: missingWord, missing.words) { part, put in
            let change = ScaleChange(from: part.scale, to: max(part.scale, scale))
            if change.changesNothing {
                for (row, word) in part.words.enumerated() { put(row, word) }
            } else {
                for (row, word) in part.words.enumerated() { put(row, change.word(word)) }
            }
        }
    }

    /// - Parameters:
    ///   - missingCells: so many of them.
    ///   - fill: gives the cells of a part by row in the part.
    @inline(__always)
    private func stored<Element: BitwiseCopyable>(
        _ parts: [ColumnPart], missing: Element, _ missingCells: (Int) -> [Element],
        _ fill: (ColumnPart, _ put: (Int, Element) -> Void) -> Void
    ) -> [Element] {
        let given = parts.reduce(0) { $0 + $1.cells }
        if given == 0 { return missingCells(destinations.count) }
        return unsafe [Element](filling: destinations.count) { stored in
            if given < stored.count { unsafe stored.initialize(repeating: missing) }
            var start = 0
            for part in parts {
                precondition(start + part.cells <= destinations.count, "a column with more rows than its table")
                unsafe destinations.withUnsafeBufferPointer { destinations in
                    fill(part) { row, cell in unsafe stored[Int(destinations[start + row])] = cell }
                }
                start += part.rows
            }
        }
    }
}

/// Arrays of missing cells for the columns of a table, made where they are first asked for.
private final class MissingCells: Sendable {
    private let arrays = Mutex<(codes: [UInt32]?, words: [Int64]?)>((nil, nil))

    func codes(_ rows: Int) -> [UInt32] {
        arrays.withLock { arrays in
            let codes = arrays.codes ?? Array(repeating: 0, count: rows)
            arrays.codes = codes
            return codes
        }
    }

    func words(_ rows: Int) -> [Int64] {
        arrays.withLock { arrays in
            let words = arrays.words ?? Array(repeating: missingWord, count: rows)
            arrays.words = words
            return words
        }
    }
}
