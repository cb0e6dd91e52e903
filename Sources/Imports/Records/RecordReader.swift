import Diagnostics

/// Rows of one file, one after the other.
package protocol RecordReader: AnyObject {
    /// The row that `next` read last.
    var record: Record { get }
    /// Reads the next row into `record`; false at the end. What is wrong with a single row is in `record.problem`;
    /// throws a `Diagnostic` where the rest of the file can not be read.
    func next() throws -> Bool
    /// Bytes taken from the file so far.
    var bytesRead: Int { get }
}

/// The limits that keep memory bounded.
package struct InputLimits: Sendable {
    /// Bytes of a CSV field: 1 MiB.
    package var field = 1 << 20
    /// Bytes of a row or a line: 16 MiB.
    package var record = 16 << 20
    package var columns = 20_000
    /// Objects and arrays of JSON inside each other.
    package var depth = 64

    package static let standard = InputLimits()

    package init() {}

    /// `1 MiB`, or bytes.
    static func size(_ bytes: Int) -> String {
        bytes >= 1 << 20 ? "\(bytes >> 20) MiB" : "\(bytes) bytes"
    }
}

/// A window on a file's text that moves forward as rows are read.
///
/// It lies in `record.bytes`: the row's texts are slices of it.
struct TextWindow {
    let record: Record
    let source: any ByteSource
    let limits: InputLimits
    /// The first byte not read yet.
    var position = 0
    /// The line of `position`.
    var line = 1
    /// All of the file is in the window.
    var atEnd = false

    init(_ source: any ByteSource, path: String, limits: InputLimits) {
        self.source = source
        self.limits = limits
        record = Record(path: path)
    }

    /// Drops what was read, keeps the rest, and appends as much again as is there, at least one piece: a row that
    /// is longer than a piece is looked at from its start only as often as the window doubles.
    mutating func refill() throws {
        record.bytes.removeSubrange(0..<position)
        position = 0
        let wanted = min(record.bytes.count * 2, limits.record + 1)
        do {
            repeat {
                if !(try source.read(appendingTo: &record.bytes)) {
                    atEnd = true
                    return
                }
            } while record.bytes.count < wanted
        } catch let problem as ByteProblem {
            throw diagnostic(problem)
        }
    }

    /// A file-level problem, placed at the end of the text that could be read.
    func diagnostic(_ problem: ByteProblem) -> Diagnostic {
        record.line = line
        record.range = position..<record.bytes.count
        let end = record.bytes.count
        return Diagnostic(
            .error, problem.code, problem.message, at: record.place(from: end, to: end), hints: problem.hints)
    }

    /// A problem of the row that begins at `start`, after which nothing can be read.
    func fatal(_ code: Code, _ message: String, at offset: Int, row start: Int, hints: [String] = []) -> Diagnostic {
        record.fatal(code, message, at: offset, row: start, line: line, hints: hints)
    }
}

extension Record {
    /// A problem of the row that begins at `start` in that line, after which nothing can be read.
    func fatal(
        _ code: Code, _ message: String, at offset: Int, row start: Int, line: Int, hints: [String] = []
    ) -> Diagnostic {
        self.line = line
        range = start..<bytes.count
        return diagnostic(RowProblem(code, message, hints: hints, at: .offset(offset)))
    }
}
