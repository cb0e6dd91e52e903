/// The entry of one block in the directory of a packed column: how the bits of its rows become values.
///
/// A column is cut into blocks of 1024 rows, the last one shorter. Row `i` of a block is
///
///     base + line(i) + unit * bits(i)        line(i) = (step * i) >> 16
///
/// in wrapping 64-bit arithmetic, where `bits(i)` are the row's `width` bits. What all rows share costs nothing: a
/// constant block has neither step nor width, one that counts up has a step and no width, whole seconds have the unit
/// 1,000,000. A column that is one constant has one entry for all of its blocks.
struct PackedBlock: Equatable {
    /// Rows of a block.
    static let rows = 1_024
    /// Words of 64 bits that an entry takes in the directory.
    static let entryWords = 4

    enum Form: UInt8 {
        /// Every row as above.
        case line
        /// Without a line, and bits that are all set stand for `missingWord`.
        case missing
        /// Most rows are `step` itself. A bitmap of all rows says which are not: these, and only these, have bits, and
        /// are `base + unit * bits`.
        case exceptions
    }

    var form: Form
    /// 0 ... 64.
    var width: Int
    /// Where the block's bits begin, in words from the begin of the column's data.
    var offset: Int
    var base: Int64
    /// What a row adds to the one before, in 65,536ths; with `exceptions` the value of most rows.
    var step: Int64
    var unit: Int64

    /// Of rows that are all the same.
    static func constant(_ value: Int64) -> PackedBlock {
        PackedBlock(form: .line, width: 0, offset: 0, base: value, step: 0, unit: 1)
    }

    /// No row differs from another one.
    var isConstant: Bool { form == .line && width == 0 && step == 0 }

    /// Rows have bits of their own, so that `offset` says where.
    var hasBits: Bool { form == .exceptions || width > 0 }

    /// The part of a value that follows from its position in the block.
    @inline(__always)
    static func line(_ step: Int64, _ row: Int) -> Int64 { (step &* Int64(truncatingIfNeeded: row)) &>> 16 }

    /// The entry as it is stored.
    var words: [UInt64] {
        [
            UInt64(bitPattern: base), UInt64(bitPattern: step), UInt64(bitPattern: unit),
            UInt64(offset) << 16 | UInt64(form.rawValue) << 8 | UInt64(width),
        ]
    }
}

extension PackedBlock {
    /// Reads a stored entry; nil where it is none.
    init?(base: UInt64, step: UInt64, unit: UInt64, place: UInt64) {
        guard let form = Form(rawValue: UInt8(truncatingIfNeeded: place >> 8)), place & 0xFF <= 64 else { return nil }
        self.form = form
        width = Int(place & 0xFF)
        offset = Int(place >> 16)
        self.base = Int64(bitPattern: base)
        self.step = Int64(bitPattern: step)
        self.unit = Int64(bitPattern: unit)
    }
}

/// The words that so many bits take.
@inline(__always)
func wordCount(ofBits bits: Int) -> Int { (bits + 63) >> 6 }
