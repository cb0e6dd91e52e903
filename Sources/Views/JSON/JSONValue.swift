/// A JSON text under construction. Members keep their order; numbers keep their digits.
package indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// The number's own text, such as `8911407.904`; the maker answers for its being JSON.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([(String, JSONValue)])
    /// The value on one line, inside of a text that is otherwise indented.
    case inline(JSONValue)

    package static func integer(_ value: Int) -> JSONValue { .number(String(value)) }

    /// Null where there is no text.
    package static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

    /// RFC 8259, indented by two blanks. Valid for any string.
    package var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes, indent: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to bytes: inout [UInt8], indent: Int?) {
        switch self {
        case .null: bytes += Array("null".utf8)
        case .bool(let value): bytes += Array((value ? "true" : "false").utf8)
        case .number(let text): bytes += Array(text.utf8)
        case .string(let text): JSONValue.quote(text, to: &bytes)
        case .inline(let value): value.write(to: &bytes, indent: nil)
        case .array(let items):
            JSONValue.list(items, "[", "]", to: &bytes, indent) { item, bytes, inner in
                item.write(to: &bytes, indent: inner)
            }
        case .object(let members):
            JSONValue.list(members, "{", "}", to: &bytes, indent) { member, bytes, inner in
                JSONValue.quote(member.0, to: &bytes)
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

    /// Byte by byte, so that no combining mark hides a quote or a backslash.
    private static func quote(_ text: String, to bytes: inout [UInt8]) {
        let hexadecimal = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += Array("\\n".utf8)
            case 0x0D: bytes += Array("\\r".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            case 0..<0x20, 0x7F:
                bytes += Array("\\u00".utf8) + [hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
