import Definitions
import Diagnostics

/// Finds the fields of one CSV row in a window of bytes. Where the window ends before the row does, it says so and
/// starts again with a larger one, so a row never depends on where pieces of the file begin.
struct CSVScanner {
    enum Outcome {
        /// The first byte after the row and its line end, and the line ends passed.
        case row(next: Int, lines: Int)
        /// The row that begins there is not all in the window.
        case more(start: Int)
        /// The row that begins there is larger than the limit; the quote that is open where the limit is passed.
        case tooLarge(start: Int, openQuote: Int?)
        case unclosedQuote(Int, start: Int)
        case end
    }

    /// 0x100, which no byte is, where the file knows no quotes.
    private let quote: UInt16
    private let kinds: ByteKinds
    /// Runs of delimiters are one, and none at the line's ends.
    private let inRuns: Bool
    private let limits: InputLimits
    /// The quote in which the window ended.
    private var openQuote: Int?

    init(_ dialect: CSVDialect, _ limits: InputLimits) {
        self.limits = limits
        quote = dialect.quote.map { UInt16($0) } ?? 0x100
        switch dialect.delimiter {
        case .byte(let byte):
            kinds = ByteKinds(delimiters: [byte], quote: dialect.quote)
            inRuns = false
        case .whitespace:
            kinds = ByteKinds(delimiters: [.blank, .tab], quote: dialect.quote)
            inRuns = true
        }
    }

    /// Scans from `start`, fills `row` and passes empty lines, which it adds to `line`.
    mutating func scan(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, into row: ScannedRow, line: inout Int, atEnd: Bool
    ) -> Outcome {
        let outcome = unsafe scanRow(bytes, from: start, into: row, line: &line, atEnd: atEnd)
        switch outcome {
        case .row where row.range.count > limits.record:
            return unsafe tooLarge(bytes, row.range.lowerBound, row)
        case .more(let start) where bytes.count - start > limits.record + 1:
            return unsafe tooLarge(bytes, start, row)
        default: return outcome
        }
    }

    /// Looks at no more of the row than the limit, so that what is said of it does not depend on the window.
    private mutating func tooLarge(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ row: ScannedRow) -> Outcome {
        var line = 0
        let head = unsafe UnsafeBufferPointer(rebasing: bytes[..<(start + limits.record + 1)])
        _ = unsafe scanRow(head, from: start, into: row, line: &line, atEnd: false)
        return .tooLarge(start: start, openQuote: openQuote)
    }

    private mutating func scanRow(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, into row: ScannedRow, line: inout Int, atEnd: Bool
    ) -> Outcome {
        row.clear()
        openQuote = nil
        let kinds = unsafe kinds.byByte
        let end = bytes.count
        var index = start
        var rowStart = start
        // Passes empty lines.
        while true {
            if inRuns {
                while index < end, unsafe kinds[Int(bytes[index])] == ByteKinds.delimiter { index += 1 }
            }
            guard index < end else { return atEnd ? .end : .more(start: rowStart) }
            guard unsafe kinds[Int(bytes[index])] == ByteKinds.lineEnd else { break }
            guard let next = unsafe afterLineEnd(bytes, index, atEnd) else { return .more(start: rowStart) }
            line += 1
            index = next
            rowStart = next
        }
        let fields = unsafe row.fields
        let capacity = row.capacity
        var count = 0
        var highBits: UInt8 = 0
        var lines = 0
        while true {
            let origin = index
            var length: Int
            if index < end, unsafe UInt16(bytes[index]) == quote {
                guard
                    var field = unsafe quoted(row, bytes, &index, &highBits, &lines, atEnd: atEnd)
                else { return atEnd ? .unclosedQuote(origin, start: rowStart) : .more(start: rowStart) }
                // The closing quote is right before `index`.
                length = index - 1 - origin - 1
                if unsafe index < end && kinds[Int(bytes[index])] != ByteKinds.delimiter
                    && kinds[Int(bytes[index])] != ByteKinds.lineEnd
                {
                    let found = unsafe bytes[index]
                    row.report(
                        RowProblem(
                            .importQuote, "after the closing quote comes \(shown([found])), where the field should end",
                            hints: ["quotes inside a quoted field are doubled"]), at: index)
                    unsafe unquoted(row, bytes, &index, &highBits, checksQuotes: false)
                }
                field.origin = origin
                if count < capacity { unsafe fields[count] = field }
            } else {
                // The loop in which nearly all of an import's bytes are looked at, one load and one table each.
                var high: UInt8 = 0
                var at = index
                while at < end {
                    let byte = unsafe bytes[at]
                    let kind = unsafe kinds[Int(byte)]
                    if kind != ByteKinds.text {
                        if kind <= ByteKinds.lineEnd { break }
                        reportOdd(byte, row, at, checksQuotes: true)
                    }
                    high |= byte
                    at += 1
                }
                highBits |= high
                index = at
                length = at - origin
                if count < capacity {
                    unsafe fields[count] = Record.Field(start: origin, end: at, origin: origin, form: .plain)
                }
            }
            count += 1
            if length > limits.field {
                row.report(
                    RowProblem(.importTooLarge, "the field is larger than \(InputLimits.size(limits.field))"),
                    at: origin)
            }
            if index < end, unsafe kinds[Int(bytes[index])] == ByteKinds.delimiter {
                index += 1
                if !inRuns { continue }
                while index < end, unsafe kinds[Int(bytes[index])] == ByteKinds.delimiter { index += 1 }
                if index < end, unsafe kinds[Int(bytes[index])] != ByteKinds.lineEnd { continue }
            }
            row.fieldCount = count
            guard index < end else {
                if !atEnd { return .more(start: rowStart) }
                unsafe finish(row, bytes, rowStart..<index, highBits)
                return .row(next: index, lines: lines)
            }
            guard let next = unsafe afterLineEnd(bytes, index, atEnd) else { return .more(start: rowStart) }
            unsafe finish(row, bytes, rowStart..<index, highBits)
            return .row(next: next, lines: lines + 1)
        }
    }

    /// The byte after the line end at `index`; nil for a CR whose LF may be in the next piece.
    private func afterLineEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int, _ atEnd: Bool) -> Int? {
        if unsafe bytes[index] == .lineFeed { return index + 1 }
        if index + 1 < bytes.count { return unsafe bytes[index + 1] == .lineFeed ? index + 2 : index + 1 }
        return atEnd ? index + 1 : nil
    }

    /// Moves to the end of an unquoted field.
    private func unquoted(
        _ row: ScannedRow, _ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ highBits: inout UInt8,
        checksQuotes: Bool
    ) {
        let kinds = unsafe kinds.byByte
        while index < bytes.count {
            let byte = unsafe bytes[index]
            let kind = unsafe kinds[Int(byte)]
            if kind == ByteKinds.delimiter || kind == ByteKinds.lineEnd { break }
            if kind != ByteKinds.text { reportOdd(byte, row, index, checksQuotes: checksQuotes) }
            highBits |= byte
            index += 1
        }
    }

    /// A byte that is no text, no delimiter and no line end: a quote or NUL.
    private func reportOdd(_ byte: UInt8, _ row: ScannedRow, _ index: Int, checksQuotes: Bool) {
        if UInt16(byte) == quote {
            if !checksQuotes { return }
            row.report(
                RowProblem(
                    .importQuote, "a quote inside a field that does not begin with one",
                    hints: ["quote the whole field and double the quotes inside it"]), at: index)
        } else {
            row.report(RowProblem(.importNul, "the field contains the character NUL (U+0000)"), at: index)
        }
    }

    /// The field whose opening quote is at `index`, which moves behind its closing quote; nil where the window ends
    /// before that is certain.
    private mutating func quoted(
        _ row: ScannedRow, _ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ highBits: inout UInt8,
        _ lines: inout Int, atEnd: Bool
    ) -> Record.Field? {
        let start = index + 1
        var at = start
        // Text before `segment` is in `unescaped` already.
        var segment = start
        let unescapedStart = row.unescaped.count
        let end = bytes.count
        while true {
            while at < end {
                let byte = unsafe bytes[at]
                if UInt16(byte) == quote { break }
                highBits |= byte
                if byte == .lineFeed {
                    lines += 1
                } else if byte == .carriageReturn {
                    if at + 1 < end, unsafe bytes[at + 1] == .lineFeed { at += 1 }
                    lines += 1
                } else if byte == 0 {
                    row.report(RowProblem(.importNul, "the field contains the character NUL (U+0000)"), at: at)
                }
                at += 1
            }
            guard at < end, at + 1 < end || atEnd else {
                openQuote = index
                return nil
            }
            guard at + 1 < end, unsafe UInt16(bytes[at + 1]) == quote else { break }
            unsafe row.unescaped.append(contentsOf: bytes[segment...at])
            at += 2
            segment = at
        }
        index = at + 1
        if segment == start { return Record.Field(start: start, end: at, origin: start, form: .plain) }
        unsafe row.unescaped.append(contentsOf: bytes[segment..<at])
        return Record.Field(start: unescapedStart, end: row.unescaped.count, origin: start, form: .unescaped)
    }

    private func finish(
        _ row: ScannedRow, _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ highBits: UInt8
    ) {
        row.range = range
        if highBits >= 0x80, let offset = unsafe firstInvalidUTF8(in: bytes, range) {
            unsafe row.report(invalidText(bytes[offset]), at: offset)
        }
    }
}

/// What each byte means to a scanner, in a table: one load tells apart what six comparisons would.
@safe final class ByteKinds: Sendable {
    static let text: UInt8 = 0
    static let delimiter: UInt8 = 1
    static let lineEnd: UInt8 = 2
    /// A quote or NUL, which a field without quotes may not contain.
    static let odd: UInt8 = 3

    /// 256 of them.
    nonisolated(unsafe) let byByte: UnsafePointer<UInt8>

    init(delimiters: [UInt8], quote: UInt8?) {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        unsafe table.initialize(repeating: ByteKinds.text, count: 256)
        unsafe table[0] = ByteKinds.odd
        if let quote { unsafe table[Int(quote)] = ByteKinds.odd }
        for delimiter in delimiters { unsafe table[Int(delimiter)] = ByteKinds.delimiter }
        unsafe table[Int(UInt8.lineFeed)] = ByteKinds.lineEnd
        unsafe table[Int(UInt8.carriageReturn)] = ByteKinds.lineEnd
        unsafe byByte = UnsafePointer(table)
    }

    deinit { unsafe byByte.deallocate() }
}

/// The problem of a byte that is no text; 0xFF and lone surrogates stand for what other encodings could not decode.
func invalidText(_ byte: UInt8) -> RowProblem {
    let hex = String(byte, radix: 16, uppercase: true)
    return RowProblem(
        .importEncoding, "the text is not valid in the file's encoding (byte 0x\(hex) as UTF-8)",
        hints: ["encoding: windows-1252 reads files of older Windows programs"])
}
