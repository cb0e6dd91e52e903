/// The entry of one block in the directory of packed texts: what its texts share, and how the rest of each is stored.
///
/// Texts are cut into blocks of as many as a block of cells has rows. Each text has one number, in a column of packed
/// cells beside the bytes, so that texts that count up take no room at all.
struct TextBlock {
    /// Words of 64 bits that an entry takes in the directory.
    static let entryWords = 3

    enum Form: UInt8 {
        /// A common prefix, then bytes of its own. The number is where these end, the text before ends where they begin.
        case raw
        /// A common prefix, then the number in decimal digits without leading zeros.
        case number
        /// A pattern whose marked places are filled with the number's decimal digits.
        case digits
        /// A pattern whose marked places are filled with hexadecimal digits, half a byte each.
        case hexadecimals
    }

    var form: Form
    /// Bytes of the prefix or the pattern. A pattern is followed by as many marks, of one byte each: 1 for a place that
    /// is filled.
    var length: Int
    /// Bytes of hexadecimal digits that a text has.
    var stride = 0
    /// Where the prefix begins, and after it (and its marks) the block's bytes.
    var offset: Int
    /// Bytes after the prefix and its marks.
    var size = 0

    /// Bytes before the block's own.
    var headSize: Int { form == .digits || form == .hexadecimals ? 2 * length : length }

    /// The entry as it is stored.
    var words: [UInt64] {
        [UInt64(length) << 32 | UInt64(stride) << 8 | UInt64(form.rawValue), UInt64(offset), UInt64(size)]
    }

    init(form: Form, length: Int, offset: Int) {
        self.form = form
        self.length = length
        self.offset = offset
    }

    /// Reads a stored entry; nil where it is none, or where it reaches beyond so many bytes.
    init?(_ first: UInt64, offset: UInt64, size: UInt64, rows: Int, bytes: Int) {
        guard let form = Form(rawValue: UInt8(truncatingIfNeeded: first)) else { return nil }
        self.form = form
        length = Int(first >> 32)
        stride = Int(first >> 8 & 0xFF_FFFF)
        guard offset <= UInt64(bytes), size <= UInt64(bytes) - offset else { return nil }
        self.offset = Int(offset)
        self.size = Int(size)
        guard headSize <= bytes - self.offset - self.size else { return nil }
        if form == .hexadecimals, stride * rows > self.size { return nil }
    }
}
