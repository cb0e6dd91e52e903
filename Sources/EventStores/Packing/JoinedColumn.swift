/// Which rows of which columns make one column: runs of rows, one after the other.
///
/// The columns of a table have their runs in common, so there is one list for all of them.
final class RowRuns: Sendable {
    /// A run's source, by position in the list of sources, and the first of its rows there.
    struct Run {
        var source: Int
        var start: Int
        var count: Int
    }

    /// By run: the row behind its last.
    private let ends: [UInt32]
    private let starts: [UInt32]
    private let sources: [UInt8]

    let count: Int

    /// Empty runs are left out, and runs that go on from one another are joined unless told otherwise.
    init(_ runs: [Run], areJoined: Bool = true) {
        var (ends, starts, sources): ([UInt32], [UInt32], [UInt8]) = ([], [], [])
        var count = 0
        var last = Run(source: -1, start: 0, count: 0)
        for run in runs where run.count > 0 {
            count += run.count
            if areJoined, run.source == last.source, run.start == last.start + last.count {
                ends[ends.count - 1] = UInt32(count)
                last.count += run.count
                continue
            }
            ends.append(UInt32(count))
            starts.append(UInt32(run.start))
            sources.append(UInt8(run.source))
            last = run
        }
        self.count = count
        (self.ends, self.starts, self.sources) = (ends, starts, sources)
    }

    /// The run that a row, which must be there, is in.
    private func run(of row: Int) -> Int {
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if Int(ends[middle]) <= row { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Where a row is.
    func place(of row: Int) -> (run: Int, source: Int, row: Int) {
        let run = run(of: row)
        let begin = run == 0 ? 0 : Int(ends[run - 1])
        return (run, Int(sources[run]), Int(starts[run]) + row - begin)
    }

    /// Calls the body for each piece of the rows that is in one run, in order.
    func forEachPiece(of rows: Range<Int>, _ body: (_ run: Int, _ source: Int, _ rows: Range<Int>) -> Void) {
        if rows.isEmpty { return }
        var run = run(of: rows.lowerBound)
        var row = rows.lowerBound
        while row < rows.upperBound {
            let begin = run == 0 ? 0 : Int(ends[run - 1])
            let end = min(Int(ends[run]), rows.upperBound)
            let start = Int(starts[run]) + row - begin
            body(run, Int(sources[run]), start..<(start + end - row))
            row = end
            run += 1
        }
    }
}

/// One column made of runs of others.
final class JoinedColumn: WordColumn, @unchecked Sendable {
    private let runs: RowRuns
    private let sources: [WordColumn]
    /// By source: what its values are multiplied with, missing ones aside; for decimals of different scales.
    private let factors: [Int64]
    /// By run: what is added to its values. Empty for nothing.
    private let addends: [Int64]

    init(_ runs: RowRuns, _ sources: [WordColumn], factors: [Int64] = [], addends: [Int64] = []) {
        self.runs = runs
        self.sources = sources
        self.factors = factors.contains { $0 != 1 } ? factors : []
        self.addends = addends
        super.init(count: runs.count)
    }

    override func word(_ row: Int) -> Int64 {
        precondition(UInt(bitPattern: row) < UInt(bitPattern: count), "cell index out of range")
        let (run, source, place) = runs.place(of: row)
        let word = sources[source].word(place)
        if !addends.isEmpty { return word &+ addends[run] }
        return factors.isEmpty || word == missingWord ? word : word &* factors[source]
    }

    override func forget(_ rows: Range<Int>) {
        // One stretch a source, from its first row to its last: between them lie rows of customers whom a later part
        // has as well, which nobody reads. Thousands of calls for a few rows each would take longer than the evaluation.
        var stretches: [Range<Int>?] = Array(repeating: nil, count: sources.count)
        runs.forEachPiece(of: rows) { _, source, piece in
            let before = stretches[source] ?? piece
            stretches[source] =
                min(before.lowerBound, piece.lowerBound)..<max(before.upperBound, piece.upperBound)
        }
        for (source, stretch) in stretches.enumerated() { if let stretch { sources[source].forget(stretch) } }
    }

    override func copy(_ rows: Range<Int>, to target: UnsafeMutableRawPointer, size: Int) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "cell range out of range")
        var next = unsafe target
        precondition(addends.isEmpty || size == 4, "offsets have four bytes")
        precondition(factors.isEmpty || size == 8, "decimals have eight bytes")
        runs.forEachPiece(of: rows) { run, source, piece in
            unsafe sources[source].copy(piece, to: next, size: size)
            if !addends.isEmpty {
                let cells = unsafe next.assumingMemoryBound(to: UInt32.self)
                for row in 0..<piece.count { unsafe cells[row] &+= UInt32(truncatingIfNeeded: addends[run]) }
            } else if !factors.isEmpty, factors[source] != 1 {
                let cells = unsafe next.assumingMemoryBound(to: Int64.self)
                for row in 0..<piece.count where unsafe cells[row] != missingWord {
                    unsafe cells[row] &*= factors[source]
                }
            }
            unsafe next += piece.count * size
        }
    }
}

/// The ordinals of rows that are each a purchase of their own: 0, 1, 2, ... within each customer. Nothing stores them,
/// they follow from the offsets of the customers' rows.
final class PlainOrdinals: WordColumn, @unchecked Sendable {
    private let offsets: Cells<UInt32>

    /// - Parameter offsets: `offsets[c] ..< offsets[c + 1]` are the rows of customer `c`.
    init(_ offsets: Cells<UInt32>) {
        self.offsets = offsets
        super.init(count: offsets.last.map { Int($0) } ?? 0)
    }

    override func word(_ row: Int) -> Int64 {
        precondition(UInt(bitPattern: row) < UInt(bitPattern: count), "cell index out of range")
        return Int64(row) - Int64(offsets[customer(ofRow: row, in: offsets)])
    }

    override func copy(_ rows: Range<Int>, to target: UnsafeMutableRawPointer, size: Int) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "cell range out of range")
        precondition(size == 4, "ordinals have four bytes")
        if rows.isEmpty { return }
        let cells = unsafe target.assumingMemoryBound(to: Int32.self)
        var customer = customer(ofRow: rows.lowerBound, in: offsets)
        var ordinal = Int32(rows.lowerBound - Int(offsets[customer]))
        var row = rows.lowerBound
        while row < rows.upperBound {
            // The ends of the next customers' rows.
            let ends = offsets.array((customer + 1)..<min(customer + 257, offsets.count))
            for end in ends where row < rows.upperBound {
                while row < min(Int(end), rows.upperBound) {
                    unsafe cells[row - rows.lowerBound] = ordinal
                    ordinal += 1
                    row += 1
                }
                ordinal = 0
            }
            customer += ends.count
        }
    }
}

/// The customer whose row it is.
func customer(ofRow row: Int, in offsets: Cells<UInt32>) -> Int {
    var (low, high) = (0, offsets.count - 1)
    // The last customer whose rows begin at or before the row; those without rows end where they begin.
    while high - low > 1 {
        let middle = (low + high) / 2
        if Int(offsets[middle]) <= row { low = middle } else { high = middle }
    }
    return low
}
