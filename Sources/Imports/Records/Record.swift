package import Diagnostics

/// One row of an input, over buffers that its reader uses again for the next: nothing of it may be kept without
/// copying.
package final class Record {
    /// The reader's window on the file; the row is `range` of it, without its line end.
    package var bytes: [UInt8] = []
    package var range = 0..<0
    /// Texts that are not in the file as they read: doubled quotes, JSON escapes.
    package var unescaped: [UInt8] = []
    package var fields: [Field] = []
    /// The line of the row's first byte, from 1. For a query: the number of the row.
    package var line = 0
    /// What is wrong with the row itself, so that its fields can not be trusted.
    package var problem: RowProblem?
    /// As the user would type it.
    package let path: String

    package struct Field: Equatable, Sendable {
        /// Bounds of the text in `bytes`, or in `unescaped`.
        package var start: Int
        package var end: Int
        /// Where the field begins in `bytes`, with its quote.
        package var origin: Int
        package var form: Form

        package enum Form: Sendable {
            case missing, plain, unescaped
        }

        package init(start: Int, end: Int, origin: Int, form: Form) {
            self.start = start
            self.end = end
            self.origin = origin
            self.form = form
        }
    }

    package init(path: String) {
        self.path = path
    }

    /// The field's text; empty where it is missing.
    package func text(_ index: Int) -> ArraySlice<UInt8> {
        let field = fields[index]
        switch field.form {
        case .plain: return bytes[field.start..<field.end]
        case .unescaped: return unescaped[field.start..<field.end]
        case .missing: return []
        }
    }

    /// Forgets the last row. The reader then gives `range`, `line` and the fields.
    func clear() {
        unescaped.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        problem = nil
    }

    /// Keeps the problem that comes first in the row.
    func report(_ new: @autoclosure () -> RowProblem, at offset: Int) {
        if let problem, case .offset(let old) = problem.location, old <= offset { return }
        var new = new()
        new.location = .offset(offset)
        problem = new
    }
}

/// What is wrong with one row. Stages throw it; the importer counts it and gives it a place.
package struct RowProblem: Error {
    package var code: Code
    package var message: String
    package var hints: [String]
    package var location: Location

    package enum Location: Sendable {
        /// An index of the record's bytes.
        case offset(Int)
        /// A column.
        case field(Int)
        /// The row as a whole.
        case row
    }

    package init(_ code: Code, _ message: String, hints: [String] = [], at location: Location = .row) {
        self.code = code
        self.message = message
        self.hints = hints
        self.location = location
    }
}

extension Record {
    /// The problem with its place and the text of its line.
    package func diagnostic(_ problem: RowProblem, severity: Diagnostic.Severity = .error) -> Diagnostic {
        let place: Place
        switch problem.location {
        case .offset(let offset): place = self.place(from: offset, to: offset + 1)
        case .field(let index) where index < fields.count:
            let field = fields[index]
            let length = field.form == .plain ? field.end - field.origin : 1
            place = self.place(from: field.origin, to: field.origin + max(1, length))
        case .row, .field: place = self.place(from: range.lowerBound, to: range.lowerBound + 1)
        }
        return Diagnostic(severity, problem.code, problem.message, at: place, hints: problem.hints)
    }

    /// The place of bytes of this row. Columns count Unicode scalars from 1.
    ///
    /// The place's file holds no more than that one line: see `SourceFile.excerpt`.
    package func place(from offset: Int, to end: Int) -> Place {
        var line = self.line
        var lineStart = range.lowerBound
        var index = range.lowerBound
        while index < min(offset, bytes.count) {
            let byte = bytes[index]
            index += 1
            if byte == .carriageReturn, index < bytes.count, bytes[index] == .lineFeed { continue }
            if byte == .carriageReturn || byte == .lineFeed {
                line += 1
                lineStart = index
            }
        }
        var lineEnd = max(lineStart, min(offset, range.upperBound))
        while lineEnd < range.upperBound, bytes[lineEnd] != .carriageReturn, bytes[lineEnd] != .lineFeed {
            lineEnd += 1
        }
        let column = scalars(lineStart, offset) + 1
        let endColumn = column + max(1, scalars(offset, min(end, lineEnd)))
        let file = SourceFile.excerpt(path: path, line: bytes[lineStart..<lineEnd])
        return Place(file, line: line, column: column, endLine: line, endColumn: endColumn)
    }

    private func scalars(_ start: Int, _ end: Int) -> Int {
        guard start < end else { return 0 }
        return bytes[start..<min(end, bytes.count)].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
}

extension SourceFile {
    /// A file of which only one line is kept, because the whole is too large. Its only line is the text of every
    /// place in it, whatever the place's line number. A line above 2,000 bytes is not kept.
    package static func excerpt(path: String, line: some Collection<UInt8>) -> SourceFile {
        SourceFile(path: path, text: line.count > 2_000 ? "" : String(decoding: line, as: UTF8.self), isExcerpt: true)
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let blank = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")
    static let doubleQuote = UInt8(ascii: "\"")
}

/// A text as messages show it: in quotes, at most 60 characters, control characters as `·`.
package func shown(_ text: some Collection<UInt8>) -> String {
    let scalars = String(decoding: text.prefix(240), as: UTF8.self).unicodeScalars
        .map { $0.value < 0x20 || $0.value == 0x7F ? "·" : $0 }
    let short = String(String.UnicodeScalarView(scalars.prefix(60)))
    return "'\(short)'" + (scalars.count > 60 || text.count > 240 ? "…" : "")
}
