import Definitions
import Diagnostics

/// The rows of a CSV file (RFC 4180), found in its bytes: LF, CRLF or CR ends a line; a quoted field may contain
/// line ends, delimiters and doubled quotes. Lines without any character are not rows.
package final class CSVReader: RecordReader {
    private var window: TextWindow
    private var scanner: CSVScanner
    private var scanned: ScannedRow
    /// The columns' names, of the header line or as declared.
    package private(set) var columns: [String] = []
    /// The header line as it is in the file, without its end; nil where columns are declared.
    package private(set) var header: [UInt8]?

    package let record: Record
    package var bytesRead: Int { window.source.bytesRead }

    /// Reads up to the first row. Throws a `DiagnosticList` or `Diagnostic` where the header can not be used.
    package init(_ source: any ByteSource, path: String, dialect: CSVDialect, limits: InputLimits = .standard) throws {
        window = TextWindow(source, path: path, limits: limits)
        record = window.record
        scanner = CSVScanner(dialect, limits)
        // One more than is allowed: the first that is too many is shown.
        scanned = ScannedRow(capacity: limits.columns + 1)
        for _ in 0..<dialect.skipLines { try skipLine() }
        if let declared = dialect.columns {
            columns = declared
        } else {
            try readHeader()
        }
        scanned = ScannedRow(capacity: columns.count + 1)
    }

    /// What follows the rows read so far: the part of it that was taken from the source, and the number of its first
    /// line. The reader then is used no more.
    func takeRest() -> (bytes: ArraySlice<UInt8>, line: Int, source: any ByteSource) {
        (record.bytes[window.position...], window.line, window.source)
    }

    package func next() throws -> Bool {
        guard try nextRow() else { return false }
        if record.problem == nil { record.problem = scanned.arityProblem(columns: columns.count) }
        return true
    }

    /// Reads the next row, whatever its number of fields.
    private func nextRow() throws -> Bool {
        while true {
            record.clear()
            switch scan() {
            case .row(let next, let lines):
                scanned.copy(to: record)
                record.line = window.line
                window.position = next
                window.line += lines
                return true
            case .end:
                return false
            case .more(let start):
                window.position = start
                try window.refill()
            case .tooLarge(let start, let openQuote):
                throw record.tooLarge(from: start, openQuote, line: window.line, window.limits)
            case .unclosedQuote(let offset, let start):
                throw record.unclosedQuote(at: offset, row: start, line: window.line)
            }
        }
    }

    private func scan() -> CSVScanner.Outcome {
        var line = window.line
        let (start, atEnd) = (window.position, window.atEnd)
        let outcome = unsafe record.bytes.withUnsafeBufferPointer { bytes in
            unsafe scanner.scan(bytes, from: start, into: scanned, line: &line, atEnd: atEnd)
        }
        window.line = line
        return outcome
    }

    private func skipLine() throws {
        while true {
            var index = window.position
            let end = record.bytes.count
            while index < end, record.bytes[index] != .lineFeed, record.bytes[index] != .carriageReturn { index += 1 }
            // A CR at the end of the window may be the half of a CRLF.
            if index + 1 < end || window.atEnd {
                guard index < end else {
                    window.position = end
                    return
                }
                let isPair =
                    record.bytes[index] == .carriageReturn && index + 1 < end && record.bytes[index + 1] == .lineFeed
                window.position = index + (isPair ? 2 : 1)
                window.line += 1
                return
            }
            try window.refill()
        }
    }

    private func readHeader() throws {
        guard try nextRow() else {
            throw window.diagnostic(
                ByteProblem(
                    .importHeader, "the file has no header line", hints: ["columns: [...] names them for such files"]))
        }
        if let problem = record.problem { throw record.diagnostic(problem) }
        guard scanned.fieldCount <= window.limits.columns else {
            throw record.diagnostic(
                RowProblem(
                    .importTooLarge,
                    "the header names \(scanned.fieldCount) columns, at most \(window.limits.columns) are read",
                    at: .field(window.limits.columns)))
        }
        var places: [[UInt8]: Int] = [:]
        var repeated: [Diagnostic] = []
        for index in record.fields.indices {
            let name = Array(record.text(index))
            columns.append(String(decoding: name, as: UTF8.self))
            // Columns without a name can not be asked for, so any number of them does no harm.
            if name.isEmpty { continue }
            if let first = places[name] {
                var diagnostic = record.diagnostic(
                    RowProblem(.importHeader, "the column \(shown(name)) is named twice", at: .field(index)))
                let other = record.diagnostic(RowProblem(.importHeader, "", at: .field(first)))
                diagnostic.related = other.place.map { [.init("first named here", at: $0)] } ?? []
                repeated.append(diagnostic)
            } else {
                places[name] = index
            }
        }
        if !repeated.isEmpty { throw DiagnosticList(repeated) }
        header = Array(record.bytes[record.range])
    }
}

extension Record {
    /// After a row that is too large nothing can be read.
    func tooLarge(from start: Int, _ openQuote: Int?, line: Int, _ limits: InputLimits) -> Diagnostic {
        fatal(
            .importTooLarge, "the row is larger than \(InputLimits.size(limits.record))", at: openQuote ?? start,
            row: start, line: line, hints: openQuote == nil ? [] : ["the quote that opens here is not closed"])
    }

    func unclosedQuote(at offset: Int, row start: Int, line: Int) -> Diagnostic {
        fatal(.importQuoteUnclosed, "the quote that opens here is never closed", at: offset, row: start, line: line)
    }
}
