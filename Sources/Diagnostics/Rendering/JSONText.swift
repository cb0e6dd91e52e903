/// A JSON value that is written with its keys in the order given.
package indirect enum JSONText: Sendable {
    case object([(String, JSONText)])
    case array([JSONText])
    case string(String)
    /// A number as it is to be written.
    case number(String)
    case boolean(Bool)

    package static func integer(_ value: Int) -> JSONText { .number(String(value)) }

    package static func strings(_ values: [String]) -> JSONText { .array(values.map { .string($0) }) }

    /// The text, indented by two blanks a level, without an end of line.
    package var indented: String { text(indent: 0, pretty: true) }

    /// The text on one line.
    package var compact: String { text(indent: 0, pretty: false) }

    private func text(indent: Int, pretty: Bool) -> String {
        let newline = pretty ? "\n" + String(repeating: "  ", count: indent + 1) : ""
        let end = pretty ? "\n" + String(repeating: "  ", count: indent) : ""
        switch self {
        case .object(let members):
            if members.isEmpty { return "{}" }
            let parts = members.map { key, value in
                newline + JSONText.quoted(key) + (pretty ? ": " : ":") + value.text(indent: indent + 1, pretty: pretty)
            }
            return "{" + parts.joined(separator: ",") + end + "}"
        case .array(let elements):
            if elements.isEmpty { return "[]" }
            return "[" + elements.map { newline + $0.text(indent: indent + 1, pretty: pretty) }.joined(separator: ",")
                + end + "]"
        case .string(let text): return JSONText.quoted(text)
        case .number(let text): return text
        case .boolean(let value): return value ? "true" : "false"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
