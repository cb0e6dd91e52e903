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
