import Diagnostics

/// The objects of an NDJSON file, one a line; LF or CRLF ends a line. Empty lines are not rows.
///
/// A record has one field for each of the paths the reader was made with. `a.b` is the key `b` of the object `a`, or
/// the line's own key `a.b`.
package final class NDJSONReader: RecordReader {
    private var window: TextWindow
    private var parser: JSONParser
    private let paths: [String]
    private var rows = 0
    /// The paths of the first lines.
    private var suggestions: Set<[UInt8]> = []
    package let record: Record
    package var bytesRead: Int { window.source.bytesRead }

    /// Lines whose paths are collected for suggestions.
    static let lookedAt = 200

    package init(_ source: any ByteSource, path: String, paths: [String], limits: InputLimits = .standard) {
        window = TextWindow(source, path: path, limits: limits)
        record = window.record
        parser = JSONParser(paths: paths, maximumDepth: limits.depth)
        self.paths = paths
    }

    package func next() throws -> Bool {
        while true {
            guard let end = try lineEnd() else { return false }
            let start = window.position
            record.clear()
            record.line = window.line
            record.range = start..<end
            if end > start, record.bytes[end - 1] == .carriageReturn { record.range = start..<(end - 1) }
            window.position = min(end + 1, record.bytes.count)
            window.line += 1
            if isBlank() { continue }
            rows += 1
            if rows == NDJSONReader.lookedAt {
                suggestions = parser.collected ?? []
                parser.collected = nil
            }
            if let offset = firstInvalidUTF8(in: record.bytes, record.range) {
                record.report(invalidText(record.bytes[offset]), at: offset)
            } else {
                parser.parse(record)
            }
            return true
        }
    }

    /// The paths of the lines that were read, of the first ones where they are many.
    var knownPaths: [String] {
        (parser.collected ?? suggestions).map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    /// The paths that no line had, each with the nearest of those that the first lines had.
    package func unseenPaths() -> [(path: String, hints: [String])] {
        guard rows > 0 else { return [] }
        let known = knownPaths
        return paths.indices.filter { !parser.seen[$0] }.map { (paths[$0], didYouMean(paths[$0], among: known)) }
    }

    private func isBlank() -> Bool {
        record.bytes[record.range].allSatisfy { $0 == .blank || $0 == .tab || $0 == .carriageReturn }
    }

    /// The line feed that ends the line at `position`, or the file's end; nil where nothing is left.
    private func lineEnd() throws -> Int? {
        var from = window.position
        while true {
            from = nextLineFeed(from)
            if from - window.position > window.limits.record {
                throw window.fatal(
                    .importTooLarge, "the line is larger than \(InputLimits.size(window.limits.record))",
                    at: window.position,
                    row: window.position)
            }
            if from < record.bytes.count { return from }
            if window.atEnd { return window.position < record.bytes.count ? record.bytes.count : nil }
            from -= window.position
            try window.refill()
        }
    }

    private func nextLineFeed(_ start: Int) -> Int {
        let bytes = record.bytes
        var index = start
        while index < bytes.count, bytes[index] != .lineFeed { index += 1 }
        return index
    }
}
