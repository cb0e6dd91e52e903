/// A column of 64-bit words that are made when they are read; a narrower cell is the low bits of its word.
///
/// Immutable, and safe to share between threads.
@usableFromInline
class WordColumn: @unchecked Sendable {
    @usableFromInline final let count: Int

    init(count: Int) {
        self.count = count
    }

    /// The word of a row, which must be there.
    @usableFromInline
    func word(_ row: Int) -> Int64 { preconditionFailure("a kind of column says what its words are") }

    /// Tells that some rows will not be read again soon, so that they need not stay in memory.
    func forget(_ rows: Range<Int>) {}

    /// Copies the low bits of a range of rows, which must be there, to cells of `size` bytes: 1, 2, 4 or 8.
    @unsafe
    func copy(_ rows: Range<Int>, to target: UnsafeMutableRawPointer, size: Int) {
        preconditionFailure("a kind of column says how it is copied")
    }
}
