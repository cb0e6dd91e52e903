import Definitions
import Diagnostics

/// Finds the fields of rows that are as they should be, many at a time; all others are left to `CSVScanner`.
///
/// 64 bytes at once are compared with what can end a field, and only the bytes found are looked at one by one. That
/// each row here is read as `CSVScanner` would is what the tests of chunks hold it to.
struct BlockScanner {
    private let delimiter: UInt8
    /// The delimiter once more where the file knows no quotes.
    private let quote: UInt8
    private let fieldLimit: Int

    /// Nil where rows must be read one by one: where runs of delimiters are one.
    init?(_ dialect: CSVDialect, _ limits: InputLimits) {
        guard case .byte(let delimiter) = dialect.delimiter else { return nil }
        self.delimiter = delimiter
        quote = dialect.quote ?? delimiter
        fieldLimit = limits.field
    }

    /// Appends rows until the block is full or a row comes that is not plain: the last one, one with a problem, with
    /// doubled quotes, with a CR inside quotes, or longer than a field may be.
    ///
    /// - Parameters:
    ///   - bytes: valid UTF-8; `TextChunk.padding` bytes after them can be read.
    ///   - line: the line ends before `first`, then those before the result.
    /// - Returns: where the rows that were not read begin.
    func fill(
        _ block: RowBlock, _ bytes: UnsafeBufferPointer<UInt8>, from first: Int, line: inout Int
    ) -> Int {
        guard let base = bytes.baseAddress else { return first }
        let (count, last, stride, capacity) = (bytes.count, block.columns - 1, block.capacity, block.capacity)
        let (delimiters, quotes) = (SIMD16(repeating: delimiter), SIMD16(repeating: quote))
        var row = block.count
        var cell = unsafe block.bounds + row
        var field = 0
        var (rowStart, start) = (first, first)
        /// The end of the text of a field whose quotes are closed, where the row ends behind it.
        var closed = -1
        /// Line ends inside the row.
        var inner = 0
        var window = unsafe Window(base, count, first, delimiters, quotes)
        rows: while row < capacity {
            guard let position = unsafe window.next() else { break }
            // The delimiter behind a closed quote and the LF of a CRLF are passed already.
            if position < start { continue }
            let byte = unsafe base[position]
            if byte == delimiter {
                if field == last { break }
                unsafe cell.pointee = FieldBounds(start, position)
                unsafe cell += stride
                field += 1
                start = position + 1
            } else if byte == .lineFeed || byte == .carriageReturn {
                var next = position + 1
                if byte == .carriageReturn {
                    if next == count { break }
                    if unsafe base[next] == .lineFeed { next += 1 }
                }
                if position == rowStart {
                    line += 1
                    (rowStart, start) = (next, next)
                    continue
                }
                if field < last || position - rowStart > fieldLimit { break }
                unsafe cell.pointee = closed < 0 ? FieldBounds(start, position) : FieldBounds(start + 1, closed)
                unsafe block.lines[row] = RowBlock.RowLines(
                    start: UInt32(truncatingIfNeeded: rowStart), end: UInt32(truncatingIfNeeded: position),
                    line: UInt32(truncatingIfNeeded: line))
                line += 1 + inner
                row += 1
                unsafe cell = block.bounds + row
                (field, inner, closed) = (0, 0, -1)
                (rowStart, start) = (next, next)
            } else if byte == quote {
                if position != start { break }
                var close = position
                while true {
                    guard let found = unsafe window.next() else { break rows }
                    let byte = unsafe base[found]
                    if byte == quote {
                        close = found
                        break
                    }
                    if byte == .lineFeed { inner += 1 }
                    if byte == .carriageReturn || byte == 0 { break rows }
                }
                if close + 1 == count { break }
                let after = unsafe base[close + 1]
                if after == delimiter {
                    if field == last { break }
                    unsafe cell.pointee = FieldBounds(start + 1, close)
                    unsafe cell += stride
                    field += 1
                    start = close + 2
                } else if after == .lineFeed || after == .carriageReturn {
                    closed = close
                } else {
                    break
                }
            } else if byte == 0 {
                break
            }
        }
        block.count = row
        return rowStart
    }
}

/// Goes through the bytes that can be more than text, in their order.
@unsafe
private struct Window {
    private let base: UnsafePointer<UInt8>
    private let count: Int
    private let delimiters: SIMD16<UInt8>
    private let quotes: SIMD16<UInt8>
    /// 64 bytes from there on are in `marks`.
    private var at: Int
    private var marks: UInt64

    @inline(__always)
    init(
        _ base: UnsafePointer<UInt8>, _ count: Int, _ first: Int, _ delimiters: SIMD16<UInt8>, _ quotes: SIMD16<UInt8>
    ) {
        unsafe self.base = unsafe base
        unsafe self.count = count
        unsafe self.delimiters = delimiters
        unsafe self.quotes = quotes
        unsafe at = first
        unsafe marks = 0
        if first < count { unsafe mark() }
    }

    /// The position of the next one; nil where there is none.
    @inline(__always)
    mutating func next() -> Int? {
        while unsafe marks == 0 {
            unsafe at += 64
            if unsafe at >= count { return nil }
            unsafe mark()
        }
        let position = unsafe at + marks.trailingZeroBitCount
        unsafe marks &= marks &- 1
        return position
    }

    /// Marks delimiters, quotes, LF, CR and NUL.
    @inline(__always)
    private mutating func mark() {
        unsafe marks = part(0) | part(1) << 16 | part(2) << 32 | part(3) << 48
        let left = unsafe count - at
        if left < 64 { unsafe marks &= ~(~0 << UInt64(left)) }
    }

    @inline(__always)
    private func part(_ index: Int) -> UInt64 {
        let bytes = unsafe UnsafeRawPointer(base + at + index * 16).loadUnaligned(as: SIMD16<UInt8>.self)
        // All bits of a byte are set or none. Masks are joined as numbers: the library joins masks lane by lane.
        let words =
            unsafe found(bytes, delimiters) | found(bytes, quotes) | found(bytes, SIMD16(repeating: .lineFeed))
            | found(bytes, SIMD16(repeating: .carriageReturn)) | found(bytes, SIMD16(repeating: 0))
        // One bit of each byte, another for each, which a product adds up.
        let low = ((words[0] & 0x8040_2010_0804_0201) &* 0x0101_0101_0101_0101) >> 56
        let high = ((words[1] & 0x8040_2010_0804_0201) &* 0x0101_0101_0101_0101) >> 56
        return low | high << 8
    }

    @inline(__always)
    private func found(_ bytes: SIMD16<UInt8>, _ searched: SIMD16<UInt8>) -> SIMD2<UInt64> {
        unsafe unsafeBitCast(bytes .== searched, to: SIMD2<UInt64>.self)
    }
}
