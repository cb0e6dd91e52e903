import Diagnostics

/// A JSON value (RFC 8259, strict) as the text it is: numbers keep their digits, objects their order.
package struct JSONValue: Sendable {
    /// Without blanks around it.
    package let json: [UInt8]

    package enum Kind: Sendable { case object, array, string, number, boolean, null }

    /// - Throws: `importJSON`, `importDuplicateKey`, `importNul` or `importEncoding`; the location is an offset.
    package init(_ json: [UInt8]) throws(RowProblem) {
        if let offset = firstInvalidUTF8(in: json, json.indices) {
            var problem = invalidText(json[offset])
            problem.location = .offset(offset)
            throw problem
        }
        var parser = JSONValue.parser(of: json)
        parser.skipBlanks()
        let start = parser.index
        try parser.value(node: nil, depth: 0)
        let end = parser.index
        parser.skipBlanks()
        guard parser.index == parser.end else { throw parser.problem("after the value comes something else") }
        self.json = Array(json[start..<end])
    }

    /// Of what was read before.
    private init(known json: [UInt8]) { self.json = json }

    private static func parser(of json: [UInt8]) -> JSONParser {
        var parser = JSONParser(paths: [], maximumDepth: InputLimits.standard.depth)
        parser.collected = nil
        (parser.bytes, parser.index, parser.end) = (json, 0, json.count)
        return parser
    }

    package var kind: Kind {
        switch json.first {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case .doubleQuote: .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// The text of a string, unescaped; of anything else its JSON.
    package var text: String {
        guard kind == .string else { return String(decoding: json, as: UTF8.self) }
        var parser = JSONValue.parser(of: json)
        guard let found = try? parser.string() else { preconditionFailure("it was read before") }
        let bytes = found.form == .plain ? json[found.start..<found.end] : parser.unescaped[found.start..<found.end]
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The members of an object; none of anything else.
    package var members: [(name: String, value: JSONValue)] {
        guard kind == .object else { return [] }
        return parts { parser in
            let key = parser.index
            guard (try? parser.string()) != nil else { preconditionFailure("it was read before") }
            let name = JSONValue(known: Array(parser.bytes[key..<parser.index])).text
            parser.skipBlanks()
            parser.index += 1
            return name
        }
    }

    /// The elements of an array; none of anything else.
    package var elements: [JSONValue] {
        guard kind == .array else { return [] }
        return parts { _ in "" }.map(\.value)
    }

    /// - Parameter readName: what comes before each value.
    private func parts(_ readName: (inout JSONParser) -> String) -> [(name: String, value: JSONValue)] {
        var parser = JSONValue.parser(of: json)
        parser.index = 1
        parser.keys.open()
        var parts: [(name: String, value: JSONValue)] = []
        while true {
            parser.skipBlanks()
            if parser.index == parser.end - 1 { return parts }
            if parser.bytes[parser.index] == UInt8(ascii: ",") {
                parser.index += 1
                parser.skipBlanks()
            }
            let name = readName(&parser)
            parser.skipBlanks()
            let start = parser.index
            guard (try? parser.value(node: nil, depth: 0)) != nil else { preconditionFailure("it was read before") }
            parts.append((name, JSONValue(known: Array(json[start..<parser.index]))))
        }
    }
}
