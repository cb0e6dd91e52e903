/// HTML or SVG under construction.
///
/// Names and literals are `StaticString`s, so nothing that comes from data can get in unescaped: there is no door for
/// it.
package struct Markup: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Markup of this program's own.
    package mutating func literal(_ markup: StaticString) { bytes += Array(markup.description.utf8) }

    /// Text from anywhere.
    package mutating func write(_ text: String) { Markup.escape(text, to: &bytes) }

    package mutating func append(_ other: Markup) { bytes += other.bytes }

    /// `<name attribute="…">content</name>`; attributes whose value is nil are left out.
    package mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:],
        _ content: (inout Markup) -> Void = { _ in }
    ) {
        tag(name, attributes)
        content(&self)
        close(name)
    }

    /// An element that holds just text.
    package mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:], text: String
    ) {
        element(name, attributes) { $0.write(text) }
    }

    /// The opening tag alone: for elements of HTML that have no end, and for whole documents.
    package mutating func tag(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:]) {
        bytes.append(UInt8(ascii: "<"))
        literal(name)
        for (key, value) in attributes {
            guard let value else { continue }
            bytes.append(UInt8(ascii: " "))
            literal(key)
            bytes += Array("=\"".utf8)
            write(value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }

    package mutating func close(_ name: StaticString) {
        bytes += Array("</".utf8)
        literal(name)
        bytes.append(UInt8(ascii: ">"))
    }

    package mutating func newline() { bytes.append(0x0A) }

    /// `& < > " '` become references, byte by byte, whatever follows them: a combining mark makes one Character out of
    /// itself and the quote before it. Control characters other than TAB, LF and CR, which neither HTML nor XML can
    /// hold, become U+FFFD. Nothing else changes.
    package static func escape(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
            case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
            case 0x09, 0x0A, 0x0D: bytes.append(byte)
            case 0..<0x20: bytes += [0xEF, 0xBF, 0xBD]
            default: bytes.append(byte)
            }
        }
    }
}
