/// Where a text is among the texts of a dictionary, as packed cells: buckets by the highest bits of the texts' hashes.
///
/// The first `buckets + 1` cells are where each bucket begins in the cells after them, which are the positions of the
/// texts, bucket by bucket. A bucket has eight texts or so.
struct TextIndex: Sendable {
    /// Smaller dictionaries have none: reading all of their texts once costs nothing to speak of.
    static let minimum = 1 << 14

    private let cells: Cells<UInt32>
    private let count: Int
    /// Another one for each content, so that nobody can make up texts that fall into one bucket.
    private let seed: UInt64

    /// - Returns: nil where the cells are no index of so many texts.
    init?(_ cells: Cells<UInt32>, count: Int, seed: UInt64) {
        let buckets = TextIndex.bucketCount(count)
        guard cells.count == buckets + 1 + count, cells[0] == 0, Int(cells[buckets]) == count else { return nil }
        self.cells = cells
        self.count = count
        self.seed = seed
    }

    /// The positions of the texts that may be equal to a text.
    func candidates(_ text: UnsafeBufferPointer<UInt8>) -> [UInt32] {
        let buckets = TextIndex.bucketCount(count)
        let bucket = unsafe TextIndex.bucket(of: text, seed: seed, among: buckets)
        let (start, end) = (Int(cells[bucket]), Int(cells[bucket + 1]))
        precondition(start <= end && end <= count, "a bucket outside of its index")
        return cells.array((buckets + 1 + start)..<(buckets + 1 + end))
    }

    /// The cells of the index of some texts.
    static func cells(of texts: PackedTexts, seed: UInt64) -> [UInt32] {
        let buckets = bucketCount(texts.count)
        let bucketOfText = unsafe [UInt32](filling: texts.count) { bucketOfText in
            unsafe concurrentRanges(texts.count, of: bucketOfText) { range, bucketOfText in
                var position = range.lowerBound
                unsafe texts.forEach(range) { text in
                    unsafe bucketOfText[position] = UInt32(unsafe bucket(of: text, seed: seed, among: buckets))
                    position += 1
                }
            }
        }
        // A counting sort: the bucket's cell counts first, then says where its next text belongs.
        var cells = [UInt32](repeating: 0, count: buckets + 1 + texts.count)
        var span = cells.mutableSpan
        for bucket in bucketOfText { span[Int(bucket) + 1] += 1 }
        for bucket in 0..<buckets { span[bucket + 1] += span[bucket] }
        var next = (0..<buckets).map { span[$0] }
        var nextSpan = next.mutableSpan
        for (position, bucket) in bucketOfText.enumerated() {
            let place = nextSpan[Int(bucket)]
            span[buckets + 1 + Int(place)] = UInt32(position)
            nextSpan[Int(bucket)] = place + 1
        }
        return cells
    }

    /// A power of two.
    private static func bucketCount(_ texts: Int) -> Int {
        var buckets = 1
        while buckets * 12 < texts { buckets *= 2 }
        return buckets
    }

    private static func bucket(of text: UnsafeBufferPointer<UInt8>, seed: UInt64, among buckets: Int) -> Int {
        unsafe Int(textHash(text, seed: seed) >> 32) & (buckets - 1)
    }
}
