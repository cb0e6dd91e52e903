import Definitions
import Diagnostics
import Foundation

/// The rejected rows of one file, as they were, each with its reason, so that they can be corrected and imported.
///
/// A CSV gets its own header and delimiter and one column more, `tenure_reason`; an NDJSON object gets a key of that
/// name, as its first; a query's rows become a CSV. The text keeps the file's encoding. A CSV without header line
/// would get a column that its source does not declare: its reasons are lines of a file `….reasons` beside it.
/// The file appears under its name only with `finish`; until then it ends in `.partial`.
final class QuarantineFile {
    enum Format {
        case csv(header: [UInt8]?, columns: [String], CSVDialect)
        case query(columns: [String])
        case ndjson
    }

    private let format: Format
    private let encoding: TextEncoding
    private let url: URL
    private let handle: FileHandle
    private var reasons: FileHandle?
    private var buffer: [UInt8] = []
    private var reasonsBuffer: [UInt8] = []
    /// The header has the column already: the file is a quarantine itself.
    private let hasReasonColumn: Bool
    static let reasonKey = "tenure_reason"

    /// Throws a `Diagnostic` where the file can not be made.
    init(_ url: URL, _ format: Format, encoding: TextEncoding) throws {
        self.format = format
        self.encoding = encoding
        self.url = url
        handle = try QuarantineFile.create(url)
        buffer = encoding.mark
        guard case .csv(let header, let columns, _) = format else {
            hasReasonColumn = false
            if case .query(let columns) = format {
                append(csvRow((columns + [QuarantineFile.reasonKey]).map { Array($0.utf8) }))
            }
            return
        }
        hasReasonColumn = columns.last.map { $0.utf8.elementsEqual(QuarantineFile.reasonKey.utf8) } ?? false
        if let header {
            append(header + (hasReasonColumn ? [] : [delimiter] + Array(QuarantineFile.reasonKey.utf8)))
        } else {
            reasons = try QuarantineFile.create(QuarantineFile.reasonsURL(url))
        }
    }

    private static func reasonsURL(_ url: URL) -> URL { url.appendingPathExtension("reasons") }

    private static func partial(_ url: URL) -> URL { url.appendingPathExtension("partial") }

    private static func create(_ url: URL) throws -> FileHandle {
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: partial(url))
            return try FileHandle(forWritingTo: partial(url))
        } catch {
            throw failure(url, error)
        }
    }

    private static func failure(_ url: URL, _ error: any Error) -> Diagnostic {
        Diagnostic(.error, .importQuarantine, "'\(url.path)' can not be written: \(error.localizedDescription)")
    }

    private var delimiter: UInt8 {
        guard case .csv(_, _, let dialect) = format, case .byte(let byte) = dialect.delimiter else {
            if case .csv = format { return .blank }
            return UInt8(ascii: ",")
        }
        return byte
    }

    /// Throws a `Diagnostic` where the disk does not take it.
    func write(_ record: Record, reason: String) throws {
        switch format {
        case .csv(let header, let columns, let dialect):
            if header == nil {
                append(record.bytes[record.range])
                reasonsBuffer += "\(record.path):\(record.line): \(reason)\n".utf8
            } else {
                var end = record.range.upperBound
                if hasReasonColumn, record.fields.count == columns.count, let last = record.fields.last {
                    end = last.origin - 1
                }
                append(
                    Array(record.bytes[record.range.lowerBound..<max(end, record.range.lowerBound)]) + [delimiter]
                        + csvText(reason, dialect))
            }
        case .query:
            append(csvRow(record.fields.indices.map { Array(record.text($0)) } + [Array(reason.utf8)]))
        case .ndjson:
            append(jsonLine(Array(record.bytes[record.range]), reason))
        }
        if buffer.count > 65_536 { try flush() }
    }

    private func append(_ line: some Sequence<UInt8>) {
        buffer += encoding.encode(line)
        buffer += encoding.encode([.lineFeed])
    }

    private func csvText(_ text: String, _ dialect: CSVDialect) -> [UInt8] {
        let oneLine = text.utf8.map { $0 < 0x20 ? .blank : $0 }
        guard let quote = dialect.quote else {
            // Without quotes a text can not contain the delimiter.
            return oneLine.map { $0 == delimiter ? UInt8(ascii: "_") : $0 }
        }
        return [quote] + oneLine.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote]
    }

    private func csvRow(_ fields: [[UInt8]]) -> [UInt8] {
        let quote = UInt8.doubleQuote
        let quoted = fields.map { field in [quote] + field.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote] }
        return Array(quoted.joined(separator: [delimiter]))
    }

    private func jsonLine(_ line: [UInt8], _ reason: String) -> [UInt8] {
        let start = Array("{\"\(QuarantineFile.reasonKey)\":".utf8)
        var rest = line[...].drop { $0 == .blank || $0 == .tab }
        guard rest.first == UInt8(ascii: "{") else {
            return start + jsonText(Array(reason.utf8)) + Array(",\"tenure_line\":".utf8) + jsonText(line)
                + Array("}".utf8)
        }
        if rest.starts(with: start) {
            // A reason of an earlier quarantine: it goes, with the comma after it.
            var index = rest.startIndex + start.count + 1
            while index < rest.endIndex, rest[index] != .doubleQuote {
                index += rest[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            rest = rest[min(index, rest.endIndex)...].dropFirst()
            if rest.first == UInt8(ascii: ",") { rest = rest.dropFirst() }
        } else {
            rest = rest.dropFirst()
        }
        let isEmpty = rest.first { $0 != .blank && $0 != .tab } == UInt8(ascii: "}")
        return start + jsonText(Array(reason.utf8)) + (isEmpty ? [] : [UInt8(ascii: ",")]) + rest
    }

    private func jsonText(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [.doubleQuote]
        for byte in text {
            switch byte {
            case .doubleQuote, UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: result += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: result.append(byte)
            }
        }
        return result + [.doubleQuote]
    }

    private func flush() throws {
        do {
            try handle.write(contentsOf: Data(buffer))
            try reasons?.write(contentsOf: Data(reasonsBuffer))
        } catch {
            throw QuarantineFile.failure(url, error)
        }
        buffer.removeAll(keepingCapacity: true)
        reasonsBuffer.removeAll(keepingCapacity: true)
    }

    /// Puts the complete file in its place. Throws a `Diagnostic` where that fails.
    func finish() throws -> [URL] {
        try flush()
        var urls = [url]
        if reasons != nil { urls.append(QuarantineFile.reasonsURL(url)) }
        do {
            try handle.synchronize()
            try handle.close()
            try reasons?.close()
            for url in urls { try FileManager.default.moveItem(at: QuarantineFile.partial(url), to: url) }
        } catch {
            throw QuarantineFile.failure(url, error)
        }
        return urls
    }

    /// Removes what was written.
    func discard() {
        for url in [url, QuarantineFile.reasonsURL(url)] {
            // It may never have been made, and what stays is named .partial.
            try? FileManager.default.removeItem(at: QuarantineFile.partial(url))
        }
    }
}
