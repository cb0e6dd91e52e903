/// A text as one word of 64 bits: up to eight bytes the text itself, first byte lowest, as most ids and keys are. Of any
/// other the word says where it is among long texts.
///
/// A word's length follows from its highest byte that is not 0. So a text that ends with a zero byte is a long one, the
/// empty text too, and one of eight bytes whose last is above 0xF7, which no UTF-8 has.
struct TextWord: Hashable, BitwiseCopyable {
    let bits: UInt64

    /// Words from here on are positions of long texts.
    private static let longMark: UInt64 = 0xF8 << 56

    init(bits: UInt64) { self.bits = bits }

    /// The text with that `textKey` and length; nil for a long one.
    @inline(__always)
    init?(key: UInt64, length: Int) {
        guard length <= 8, key != 0, key < TextWord.longMark, 8 - key.leadingZeroBitCount / 8 == length else {
            return nil
        }
        bits = key
    }

    init(positionOfLongText position: Int) { bits = TextWord.longMark | UInt64(position) }

    /// Nil where the word is the text.
    @inline(__always)
    var positionOfLongText: Int? { bits < TextWord.longMark ? nil : Int(bits & ~TextWord.longMark) }

    /// Bytes of a text that is no long one.
    @inline(__always)
    var length: Int { 8 - bits.leadingZeroBitCount / 8 }
}

/// The number that a text of that `textKey` and length is, below 100,000,000 and without leading zeros; nil for any
/// other text. Equal numbers are equal texts.
@inline(__always)
func decimalNumber(key: UInt64, length: Int) -> UInt64? {
    guard length > 0, length <= 8, length == 1 || key & 0xFF != 0x30 else { return nil }
    // The digits in the highest bytes and zeros before them, each byte then as the value of its digit.
    let shift = UInt64(64 - 8 * length)
    let zeros: UInt64 = 0x3030_3030_3030_3030
    var digits = (key &<< shift | zeros & ~(UInt64.max &<< shift)) ^ zeros
    guard ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 == 0 else { return nil }
    // Neighbours are joined: to numbers of two digits, of four, of eight.
    digits = (digits &* (1 + (10 << 8))) &>> 8 & 0x00FF_00FF_00FF_00FF
    digits = (digits &* (1 + 100 << 16)) &>> 16 & 0x0000_FFFF_0000_FFFF
    return (digits &* (1 + 10_000 << 32)) &>> 32
}
