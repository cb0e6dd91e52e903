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

    /// Adds the values of those items that come after another purchase.
    mutating func append(_ values: Lanes<Int64>, of items: Lanes<Int32>, count: Int, after index: Lanes<Int32>) {
        // One place more: the loop writes before it knows whether to keep.
        if pieces.last.map({ $0.values.capacity - $0.count <= count }) ?? true { addPiece(with: count + 1) }
        let last = pieces.count - 1
        let (target, start) = (pieces[last].values, pieces[last].count)
        var end = start
        var bits: Int64 = 0
        each(count) { position in
            let lane = Int(items[position])
            let value = values[lane]
            // The first purchase of a customer has the value 0, and adds nothing to the bits.
            bits |= value
            target[end] = value
            end &-= Int(mask(index[lane] > 0))
        }
        pieces[last].count = end
        self.count += end - start
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
