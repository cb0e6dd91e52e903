/// A word whose lowest `width` bits, 1 ... 64 of them, are set.
@inline(__always)
func lowBits(_ width: Int) -> UInt64 { UInt64.max &>> UInt64(truncatingIfNeeded: 64 - width) }

/// The number at a position among numbers of `width` bits, 1 ... 64. Reads the word after the one it ends in.
@inline(__always)
func packedBits(_ words: UnsafePointer<UInt64>, width: Int, _ position: Int) -> UInt64 {
    let bit = position &* width
    let shift = UInt64(truncatingIfNeeded: bit & 63)
    let low = unsafe words[bit &>> 6] &>> shift
    // In two steps, as a shift by 64 is none.
    let high = unsafe (words[bit &>> 6 &+ 1] &<< 1) &<< (63 &- shift)
    return (low | high) & lowBits(width)
}

/// Turns the numbers at a range of positions, each of at most 8 bits, into bytes with `base` added. Eight at once: they
/// are drawn apart in halves, to four bytes, to two, to one. Nothing may carry over from one byte into the next: `base`
/// and the largest number are at most 255 together. Reads at most the word after the one that the last ends in.
func unpackBytes(
    _ words: UnsafePointer<UInt64>, width: Int, _ rows: Range<Int>, base: UInt8, to target: UnsafeMutablePointer<UInt8>
) {
    let bytes = unsafe UnsafeRawPointer(words)
    let bases = UInt64(base) &* 0x0101_0101_0101_0101
    let width = UInt64(truncatingIfNeeded: width)
    let (one, two, four) = (lowBits(Int(width)), lowBits(Int(2 &* width)), lowBits(Int(4 &* width)))
    let (ones, twos) = (one &* 0x0001_0001_0001_0001, two &* 0x0000_0001_0000_0001)
    let (byOne, byTwo, byFour) = (8 &- width, 2 &* (8 &- width), 4 &* (8 &- width))
    var bit = rows.lowerBound &* Int(width)
    func word() -> UInt64 {
        unsafe bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self)
            &>> UInt64(truncatingIfNeeded: bit & 7)
    }
    var row = 0
    // Eight numbers of up to 7 bits are within 57 of a load's; those of 8 bits need a second load, unless they begin
    // with a byte, as they all do.
    while row &+ 8 <= rows.count {
        var codes = word()
        codes = (codes & four) | ((codes &<< byFour) & (four &<< 32))
        codes = (codes & twos) | ((codes &<< byTwo) & (twos &<< 16))
        codes = (codes & ones) | ((codes &<< byOne) & (ones &<< 8))
        unsafe UnsafeMutableRawPointer(target + row).storeBytes(of: codes &+ bases, as: UInt64.self)
        bit &+= 8 &* Int(width)
        row &+= 8
    }
    while row < rows.count {
        unsafe target[row] = UInt8(truncatingIfNeeded: (word() & one) &+ UInt64(base))
        bit &+= Int(width)
        row &+= 1
    }
}

/// How many of the marked rows are in a range of rows, by the bitmap of all rows of a block.
func markedRows(_ bitmap: UnsafePointer<UInt64>, in rows: Range<Int>) -> Int {
    var count = 0
    for word in (rows.lowerBound >> 6)..<wordCount(ofBits: rows.upperBound) {
        var marks = unsafe bitmap[word]
        if word == rows.lowerBound >> 6 { marks &= UInt64.max &<< UInt64(rows.lowerBound & 63) }
        if word == rows.upperBound >> 6 { marks &= ~(UInt64.max &<< UInt64(rows.upperBound & 63)) }
        count += marks.nonzeroBitCount
    }
    return count
}

/// Turns the numbers at a range of positions, each of `width` bits, 1 ... 64, into cells. Reads at most the word after
/// the one that the last ends in.
@inline(__always)
func unpack<Element: FixedWidthInteger>(
    _ words: UnsafePointer<UInt64>, width: Int, _ rows: Range<Int>, to target: UnsafeMutablePointer<Element>,
    _ value: (UInt64) -> Int64
) {
    let mask = lowBits(width)
    let bytes = unsafe UnsafeRawPointer(words)
    var bit = rows.lowerBound &* width
    /// Eight bytes that begin with the next number; the lower 57 bits are whole.
    func word() -> UInt64 {
        unsafe bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self)
            &>> UInt64(truncatingIfNeeded: bit & 7)
    }
    func put(_ code: UInt64, at row: Int) {
        unsafe target[row] = Element(truncatingIfNeeded: value(code & mask))
    }
    var row = 0
    let shift = UInt64(truncatingIfNeeded: width)
    // Several numbers from one load: loads and the places of their bits are most of the work.
    if width <= 14 {
        while row &+ 4 <= rows.count {
            let word = word()
            put(word, at: row)
            put(word &>> shift, at: row &+ 1)
            put(word &>> (2 &* shift), at: row &+ 2)
            put(word &>> (3 &* shift), at: row &+ 3)
            bit &+= 4 &* width
            row &+= 4
        }
    } else if width <= 28 {
        while row &+ 2 <= rows.count {
            let word = word()
            put(word, at: row)
            put(word &>> shift, at: row &+ 1)
            bit &+= 2 &* width
            row &+= 2
        }
    }
    if width <= 57 {
        while row < rows.count {
            put(word(), at: row)
            bit &+= width
            row &+= 1
        }
    } else {
        while row < rows.count {
            put(unsafe packedBits(words, width: width, rows.lowerBound &+ row), at: row)
            row &+= 1
        }
    }
}
