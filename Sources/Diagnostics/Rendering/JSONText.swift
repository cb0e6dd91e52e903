/// A JSON value under construction. Members keep their order, numbers their digits.
package indirect enum JSONText: Sendable {
    case null
    case boolean(Bool)
    /// The number's own text, such as `8911407.904`; the maker answers for its being JSON.
    case number(String)
    case string(String)
    case array([JSONText])
    case object([(String, JSONText)])
    /// The value on one line, inside of a text that is otherwise indented.
    case inline(JSONText)

    package static func integer(_ value: Int) -> JSONText { .number(String(value)) }

    package static func strings(_ values: [String]) -> JSONText { .array(values.map { .string($0) }) }

    /// Null where there is no text.
    package static func nullable(_ value: String?) -> JSONText { value.map { .string($0) } ?? .null }

    /// RFC 8259, indented by two blanks a level, without an end of line. Valid for any string.
    package var indented: String {
        var bytes: [UInt8] = []
        write(to: &bytes, indent: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to bytes: inout [UInt8], indent: Int?) {
        switch self {
        case .null: bytes += Array("null".utf8)
        case .boolean(let value): bytes += Array((value ? "true" : "false").utf8)
        case .number(let text): bytes += Array(text.utf8)
        case .string(let text): JSONText.quote(text, to: &bytes)
        case .inline(let value): value.write(to: &bytes, indent: nil)
        case .array(let items):
            JSONText.list(items, "[", "]", to: &bytes, indent) { item, bytes, inner in
                item.write(to: &bytes, indent: inner)
            }
        case .object(let members):
            JSONText.list(members, "{", "}", to: &bytes, indent) { member, bytes, inner in
                JSONText.quote(member.0, to: &bytes)
                bytes += Array(": ".utf8)
                member.1.write(to: &bytes, indent: inner)
            }
        }
    }

    private static func list<Item>(
        _ items: [Item], _ open: Unicode.Scalar, _ close: Unicode.Scalar, to bytes: inout [UInt8], _ indent: Int?,
        _ write: (Item, inout [UInt8], Int?) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes += Array((indent == nil ? ", " : ",").utf8) }
            if let indent { newline(indent + 1, to: &bytes) }
            write(item, &bytes, indent.map { $0 + 1 })
        }
        if let indent, !items.isEmpty { newline(indent, to: &bytes) }
        bytes.append(UInt8(ascii: close))
    }

    private static func newline(_ indent: Int, to bytes: inout [UInt8]) {
        bytes.append(0x0A)
        bytes += repeatElement(0x20, count: indent * 2)
    }

    /// Byte by byte, so that no combining mark hides a quote or a backslash. U+2028 and U+2029, which end a line for
    /// JavaScript and for many editors, are escaped too.
    private static func quote(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += Array("\\n".utf8)
            case 0x0D: bytes += Array("\\r".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            case 0..<0x20, 0x7F:
                bytes += Array("\\u00".utf8) + [hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            case 0xA8, 0xA9:
                if bytes.suffix(2).elementsEqual([0xE2, 0x80]) {
                    bytes.removeLast(2)
                    bytes += Array((byte == 0xA8 ? "\\u2028" : "\\u2029").utf8)
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)
}
