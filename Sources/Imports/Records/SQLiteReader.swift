package import Definitions
import Diagnostics
package import Foundation
import GRDB

/// The rows of a query on a SQLite file, which is opened for reading only.
///
/// Integers and texts come exactly as they are stored, reals in the shortest form that means the same number, NULL
/// is missing, a BLOB is a problem of its row. A record's line is the number of the row.
package final class SQLiteReader: RecordReader {
    package let record: Record
    /// The columns' names, of the query.
    package let columns: [String]
    private let cursor: RowCursor
    private var rows = 0
    private let query: Located<String>

    /// The size of a database says nothing about how far a query is.
    package var bytesRead: Int { 0 }

    private init(_ statement: Statement, path: String, query: Located<String>) throws {
        record = Record(path: path)
        columns = statement.columnNames
        cursor = try Row.fetchCursor(statement)
        self.query = query
    }

    /// Gives `body` a reader of the query's rows, valid while it runs. Throws a `Diagnostic` where the file or the
    /// query can not be used, and what `body` throws.
    package static func read<Result>(
        _ url: URL, path: String, query: Located<String>, _ body: (SQLiteReader) throws -> Result
    ) throws -> Result {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "import"
        let place = query.place
        let queue: DatabaseQueue
        do {
            queue = try DatabaseQueue(path: url.path, configuration: configuration)
        } catch let error as DatabaseError {
            throw Diagnostic(.error, .importFileUnreadable, "SQLite can not open '\(path)': \(words(error))", at: place)
        }
        return try queue.read { database in
            let reader: SQLiteReader
            do {
                let statement = try database.makeStatement(sql: query.value)
                guard statement.isReadonly, !statement.columnNames.isEmpty else {
                    throw Diagnostic(
                        .error, .importQuery, "the query changes the database or gives no columns", at: place,
                        hints: ["one SELECT is what a source reads"])
                }
                var names: Set<[UInt8]> = []
                for name in statement.columnNames where !names.insert(Array(name.utf8)).inserted {
                    throw Diagnostic(
                        .error, .importHeader, "the query gives two columns named '\(name)'", at: place,
                        hints: ["AS gives a column another name"])
                }
                reader = try SQLiteReader(statement, path: path, query: query)
            } catch let error as DatabaseError {
                throw Diagnostic(.error, .importQuery, "SQLite refuses the query: \(words(error))", at: place)
            }
            return try body(reader)
        }
    }

    package func next() throws -> Bool {
        let row: Row
        do {
            guard let next = try cursor.next() else { return false }
            row = next
        } catch let error as DatabaseError {
            throw Diagnostic(
                .error, .importQuery,
                "SQLite stopped after row \(rows) of '\(record.path)': \(SQLiteReader.words(error))", at: query.place)
        }
        record.clear()
        record.bytes.removeAll(keepingCapacity: true)
        rows += 1
        record.line = rows
        for column in columns.indices { try append(row, column) }
        record.range = 0..<record.bytes.count
        return true
    }

    private func append(_ row: Row, _ column: Int) throws {
        if column > 0 { record.bytes += [.blank, UInt8(ascii: "|"), .blank] }
        let start = record.bytes.count
        var form = Record.Field.Form.plain
        let value: DatabaseValue = row[column]
        switch value.storage {
        case .null: form = .missing
        case .int64(let integer): record.bytes += "\(integer)".utf8
        case .double(let real): record.bytes += SQLiteReader.shortest(real).utf8
        case .string:
            // As bytes: a String would hide invalid UTF-8 and end at a NUL.
            try row.withUnsafeData(atIndex: column) { data in record.bytes += data ?? Data() }
            if let offset = firstInvalidUTF8(in: record.bytes, start..<record.bytes.count) {
                record.report(invalidText(record.bytes[offset]), at: offset)
            } else if let offset = record.bytes[start...].firstIndex(of: 0) {
                record.report(RowProblem(.importNul, "the text contains the character NUL (U+0000)"), at: offset)
            } else if record.bytes.count - start > InputLimits.standard.field {
                record.report(RowProblem(.importTooLarge, "the field is larger than 1 MiB"), at: start)
            }
        case .blob:
            record.report(
                RowProblem(
                    .importNotText, "column '\(columns[column])' is a BLOB, which is no text",
                    hints: ["CAST(\(columns[column]) AS TEXT) where it is text all the same"]), at: start)
        }
        record.fields.append(Record.Field(start: start, end: record.bytes.count, origin: start, form: form))
    }

    /// `72`, `0.1`, `1e+20`: whole numbers without `.0`, so that an id stored as REAL reads like one.
    private static func shortest(_ real: Double) -> String {
        if real.magnitude < 9_007_199_254_740_992, let whole = Int64(exactly: real) { return "\(whole)" }
        return "\(real)"
    }

    private static func words(_ error: DatabaseError) -> String { error.message ?? "\(error.resultCode)" }
}
