import Definitions
import Diagnostics

/// A file's text as UTF-8 bytes, without its byte order mark.
///
/// What can not be decoded is passed on as bytes that no valid UTF-8 has (a lone surrogate in its three bytes, an
/// undefined Windows-1252 byte after 0xFF), so that the reader of the rows finds it in its row, with line and column.
package final class DecodedBytes: ByteSource {
    private let source: any ByteSource
    /// What the file turned out to be; `auto` until its first bytes were seen.
    package private(set) var encoding: TextEncoding
    private var started = false
    private var raw: [UInt8] = []
    private var highSurrogate: UInt16?
    private var ended = false

    package init(_ source: any ByteSource, encoding: TextEncoding) {
        self.source = source
        self.encoding = encoding
    }

    package var bytesRead: Int { source.bytesRead }

    package func read(appendingTo buffer: inout [UInt8]) throws -> Bool {
        if ended { return false }
        if started, encoding == .utf8 { return try source.read(appendingTo: &buffer) }
        let more = try source.read(appendingTo: &raw)
        if !started {
            if more, raw.count < 3 { return true }
            started = true
            try takeMark()
        }
        ended = !more
        switch encoding {
        case .auto, .utf8:
            buffer.append(contentsOf: raw)
            raw.removeAll(keepingCapacity: true)
        case .utf16, .utf16le: decodeUTF16(low: 0, high: 1, into: &buffer)
        case .utf16be: decodeUTF16(low: 1, high: 0, into: &buffer)
        case .windows1252: decodeWindows1252(into: &buffer)
        }
        return true
    }

    /// Settles the encoding by the byte order mark and removes it.
    private func takeMark() throws {
        let utf8 = raw.starts(with: [0xEF, 0xBB, 0xBF])
        let little = raw.starts(with: [0xFF, 0xFE])
        let big = raw.starts(with: [0xFE, 0xFF])
        switch encoding {
        case .auto:
            encoding = little ? .utf16le : big ? .utf16be : .utf8
        case .utf8 where little || big:
            throw contradiction("UTF-16")
        case .utf16:
            guard little || big else {
                throw ByteProblem(
                    .importEncoding, "encoding utf-16 is told by a byte order mark, and the file has none",
                    hints: ["encoding: utf-16le is what Windows programs write, utf-16be the other order"])
            }
            encoding = little ? .utf16le : .utf16be
        case .utf16le where big || utf8, .utf16be where little || utf8:
            throw contradiction(utf8 ? "UTF-8" : "the other byte order of UTF-16")
        case .windows1252 where utf8 || little || big:
            throw contradiction(utf8 ? "UTF-8" : "UTF-16")
        default: break
        }
        if utf8 { raw.removeFirst(3) } else if little || big { raw.removeFirst(2) }
    }

    private func contradiction(_ found: String) -> ByteProblem {
        ByteProblem(
            .importEncoding,
            "the file begins with the byte order mark of \(found), but its source says encoding: \(encoding.rawValue)",
            hints: ["encoding: auto follows the mark"])
    }

    private func decodeUTF16(low: Int, high: Int, into buffer: inout [UInt8]) {
        var index = 0
        while index + 1 < raw.count {
            let unit = UInt16(raw[index + high]) << 8 | UInt16(raw[index + low])
            index += 2
            if let first = highSurrogate {
                highSurrogate = nil
                if (0xDC00...0xDFFF).contains(unit) {
                    append(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(unit) - 0xDC00), to: &buffer)
                    continue
                }
                append(UInt32(first), to: &buffer)
            }
            if (0xD800...0xDBFF).contains(unit) {
                highSurrogate = unit
            } else {
                append(UInt32(unit), to: &buffer)
            }
        }
        raw.removeFirst(index)
        if ended {
            if let first = highSurrogate { append(UInt32(first), to: &buffer) }
            // Half a unit at the end.
            if let byte = raw.first { buffer += [0xFF, byte] }
        }
    }

    private func append(_ scalar: UInt32, to buffer: inout [UInt8]) {
        switch scalar {
        case 0..<0x80: buffer.append(UInt8(scalar))
        case 0x80..<0x800: buffer += [0xC0 | UInt8(scalar >> 6), 0x80 | UInt8(scalar & 0x3F)]
        case 0x800..<0x10000:
            buffer += [0xE0 | UInt8(scalar >> 12), 0x80 | UInt8(scalar >> 6 & 0x3F), 0x80 | UInt8(scalar & 0x3F)]
        default:
            buffer += [
                0xF0 | UInt8(scalar >> 18), 0x80 | UInt8(scalar >> 12 & 0x3F), 0x80 | UInt8(scalar >> 6 & 0x3F),
                0x80 | UInt8(scalar & 0x3F),
            ]
        }
    }

    private func decodeWindows1252(into buffer: inout [UInt8]) {
        for byte in raw {
            if byte < 0x80 {
                buffer.append(byte)
            } else if byte >= 0xA0 {
                append(UInt32(byte), to: &buffer)
            } else {
                let scalar = TextEncoding.windows1252High[Int(byte) - 0x80]
                if scalar == 0 { buffer += [0xFF, byte] } else { append(UInt32(scalar), to: &buffer) }
            }
        }
        raw.removeAll(keepingCapacity: true)
    }
}
