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
        case unclosedQuote(Int, start: Int)
        case end
    }

    /// 0x100, which no byte is, where the file knows no quotes.
    private let quote: UInt16
    private let delimiter: UInt8
    /// A second delimiter, the same as the first but for blanks and tabs.
    private let otherDelimiter: UInt8
    /// Runs of delimiters are one, and none at the line's ends.
    private let inRuns: Bool
    private let limits: InputLimits
    /// The quote in which the window ended.
    private(set) var openQuote: Int?

    init(_ dialect: CSVDialect, _ limits: InputLimits) {
        self.limits = limits
        quote = dialect.quote.map { UInt16($0) } ?? 0x100
        switch dialect.delimiter {
        case .byte(let byte): (delimiter, otherDelimiter, inRuns) = (byte, byte, false)
        case .whitespace: (delimiter, otherDelimiter, inRuns) = (.blank, .tab, true)
        }
    }

    /// Scans from `start`, fills `record` (not its line) and passes empty lines, which it adds to `line`.
    mutating func scan(_ record: Record, from start: Int, line: inout Int, atEnd: Bool) -> Outcome {
        // The copy shares storage: the window is not changed while it is scanned.
        let bytes = record.bytes
        openQuote = nil
        var index = start
        var rowStart = start
        // Passes empty lines.
        while true {
            if inRuns { while index < bytes.count, isDelimiter(bytes[index]) { index += 1 } }
            guard index < bytes.count else { return atEnd ? .end : .more(start: rowStart) }
            guard bytes[index] == .lineFeed || bytes[index] == .carriageReturn else { break }
            guard let next = afterLineEnd(bytes, index, atEnd) else { return .more(start: rowStart) }
            line += 1
            index = next
            rowStart = next
        }
        var highBits: UInt8 = 0
        var lines = 0
        while true {
            let origin = index
            if index < bytes.count, UInt16(bytes[index]) == quote {
                guard
                    let close = quoted(record, bytes, &index, &highBits, &lines, atEnd: atEnd)
                else { return atEnd ? .unclosedQuote(origin, start: rowStart) : .more(start: rowStart) }
                if index < bytes.count, !isDelimiter(bytes[index]), !isLineEnd(bytes[index]) {
                    let found = bytes[index]
                    record.report(
                        RowProblem(
                            .importQuote, "after the closing quote comes \(shown([found])), where the field should end",
                            hints: ["quotes inside a quoted field are doubled"]), at: index)
                    unquoted(record, bytes, &index, &highBits, checksQuotes: false)
                }
                record.fields[record.fields.count - 1].origin = origin
                check(record, length: close - origin - 1, at: origin)
            } else {
                unquoted(record, bytes, &index, &highBits, checksQuotes: true)
                record.fields.append(Record.Field(start: origin, end: index, origin: origin, form: .plain))
                check(record, length: index - origin, at: origin)
            }
            guard index < bytes.count else {
                if !atEnd { return .more(start: rowStart) }
                return finish(record, rowStart..<index, next: index, lines, highBits)
            }
            if isLineEnd(bytes[index]) {
                guard let next = afterLineEnd(bytes, index, atEnd) else { return .more(start: rowStart) }
                return finish(record, rowStart..<index, next: next, lines + 1, highBits)
            }
            index += 1
            if inRuns {
                while index < bytes.count, isDelimiter(bytes[index]) { index += 1 }
                guard index < bytes.count else {
                    if !atEnd { return .more(start: rowStart) }
                    return finish(record, rowStart..<index, next: index, lines, highBits)
                }
                if isLineEnd(bytes[index]) {
                    guard let next = afterLineEnd(bytes, index, atEnd) else { return .more(start: rowStart) }
                    return finish(record, rowStart..<index, next: next, lines + 1, highBits)
                }
            }
        }
    }

    private func isDelimiter(_ byte: UInt8) -> Bool { byte == delimiter || byte == otherDelimiter }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == .lineFeed || byte == .carriageReturn }

    /// The byte after the line end at `index`; nil for a CR whose LF may be in the next piece.
    private func afterLineEnd(_ bytes: [UInt8], _ index: Int, _ atEnd: Bool) -> Int? {
        if bytes[index] == .lineFeed { return index + 1 }
        if index + 1 < bytes.count { return bytes[index + 1] == .lineFeed ? index + 2 : index + 1 }
        return atEnd ? index + 1 : nil
    }

    /// Moves to the end of an unquoted field.
    private func unquoted(
        _ record: Record, _ bytes: [UInt8], _ index: inout Int, _ highBits: inout UInt8, checksQuotes: Bool
    ) {
        var high: UInt8 = 0
        var at = index
        let end = bytes.count
        while at < end {
            let byte = bytes[at]
            if byte == delimiter || byte == otherDelimiter || byte == .lineFeed || byte == .carriageReturn { break }
            high |= byte
            if UInt16(byte) == quote, checksQuotes {
                record.report(
                    RowProblem(
                        .importQuote, "a quote inside a field that does not begin with one",
                        hints: ["quote the whole field and double the quotes inside it"]), at: at)
            } else if byte == 0 {
                record.report(RowProblem(.importNul, "the field contains the character NUL (U+0000)"), at: at)
            }
            at += 1
        }
        highBits |= high
        index = at
    }

    /// Appends the field whose opening quote is at `index` and moves behind its closing quote; gives the closing
    /// quote's index, or nil where the window ends before it is certain.
    private mutating func quoted(
        _ record: Record, _ bytes: [UInt8], _ index: inout Int, _ highBits: inout UInt8, _ lines: inout Int,
        atEnd: Bool
    ) -> Int? {
        let start = index + 1
        var at = start
        // Text before `segment` is in `unescaped` already.
        var segment = start
        let unescapedStart = record.unescaped.count
        let end = bytes.count
        while true {
            while at < end {
                let byte = bytes[at]
                if UInt16(byte) == quote { break }
                highBits |= byte
                if byte == .lineFeed {
                    lines += 1
                } else if byte == .carriageReturn {
                    if at + 1 < end, bytes[at + 1] == .lineFeed { at += 1 }
                    lines += 1
                } else if byte == 0 {
                    record.report(RowProblem(.importNul, "the field contains the character NUL (U+0000)"), at: at)
                }
                at += 1
            }
            guard at < end, at + 1 < end || atEnd else {
                openQuote = index
                return nil
            }
            guard at + 1 < end, UInt16(bytes[at + 1]) == quote else { break }
            record.unescaped.append(contentsOf: bytes[segment...at])
            at += 2
            segment = at
        }
        index = at + 1
        if segment == start {
            record.fields.append(Record.Field(start: start, end: at, origin: start, form: .plain))
        } else {
            record.unescaped.append(contentsOf: bytes[segment..<at])
            record.fields.append(
                Record.Field(
                    start: unescapedStart, end: record.unescaped.count, origin: start, form: .unescaped))
        }
        return at
    }

    private func check(_ record: Record, length: Int, at origin: Int) {
        guard length > limits.field else { return }
        record.report(
            RowProblem(.importTooLarge, "the field is larger than \(InputLimits.size(limits.field))"), at: origin)
    }

    private func finish(
        _ record: Record, _ range: Range<Int>, next: Int, _ lines: Int, _ highBits: UInt8
    ) -> Outcome {
        record.range = range
        if highBits >= 0x80, let offset = firstInvalidUTF8(in: record.bytes, range) {
            record.report(invalidText(record.bytes[offset]), at: offset)
        }
        return .row(next: next, lines: lines)
    }
}

/// The problem of a byte that is no text; 0xFF and lone surrogates stand for what other encodings could not decode.
func invalidText(_ byte: UInt8) -> RowProblem {
    let hex = String(byte, radix: 16, uppercase: true)
    return RowProblem(
        .importEncoding, "the text is not valid in the file's encoding (byte 0x\(hex) as UTF-8)",
        hints: ["encoding: windows-1252 reads files of older Windows programs"])
}
