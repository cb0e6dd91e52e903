/// Durations of which quantiles are wanted, not below 0. They lie in pieces that never move: neither adding one nor
/// joining two lists copies what is there.
struct SampleList {
    struct Piece {
        let values: Lanes<Int64>
        var count: Int
    }

    private(set) var pieces: [Piece] = []
    private(set) var count = 0
    /// All of them joined by a bitwise or: none is above it.
    private(set) var bits: Int64 = 0

    private static let largestPiece = 1 << 16

    mutating func append(_ value: Int64) {
        if pieces.last.map({ $0.count == $0.values.capacity }) ?? true { addPiece(with: 1) }
        let last = pieces.count - 1
        pieces[last].values[pieces[last].count] = value
        pieces[last].count += 1
        count += 1
        bits |= value
    }

    /// Adds the values of those items that have one: it is not below 0.
    mutating func append(_ values: Lanes<Int64>, of items: Lanes<Int32>, count: Int) {
        // One place more: the loop writes before it knows whether to keep.
        if pieces.last.map({ $0.values.capacity - $0.count <= count }) ?? true { addPiece(with: count + 1) }
        let last = pieces.count - 1
        let (target, start) = (pieces[last].values, pieces[last].count)
        var end = start
        var bits: Int64 = 0
        each(count) { position in
            let value = values[Int(items[position])]
            bits |= value & ~(value >> 63)
            target[end] = value
            end &+= 1 &+ Int(value >> 63)
        }
        pieces[last].count = end
        self.count += end - start
        self.bits |= bits
    }

    /// Adds so many values from a position on.
    mutating func append(_ values: Lanes<Int64>, from start: Int, count: Int) {
        var done = 0
        var bits: Int64 = 0
        while done < count {
            if pieces.last.map({ $0.count == $0.values.capacity }) ?? true { addPiece(with: 1) }
            let last = pieces.count - 1
            let (target, used) = (pieces[last].values, pieces[last].count)
            let (source, part) = (start + done, min(count - done, target.capacity - used))
            each(part) { index in
                let value = values[source &+ index]
                bits |= value
                target[used &+ index] = value
            }
            pieces[last].count += part
            done += part
        }
        self.count += count
        self.bits |= bits
    }

    mutating func append(_ other: SampleList) {
        pieces += other.pieces
        count += other.count
        bits |= other.bits
    }

    private mutating func addPiece(with room: Int) {
        let usual = min(SampleList.largestPiece, max(16, 2 * (pieces.last?.values.capacity ?? 0)))
        var values = Lanes<Int64>()
        values.reserve(max(usual, room))
        pieces.append(Piece(values: values, count: 0))
    }
}
