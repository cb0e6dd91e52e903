import Diagnostics

/// Reads one JSON object (RFC 8259, strict) from bytes and notes where the values of certain paths are.
///
/// Numbers stay the text they are, strings are unescaped, `true` and `false` are text, `null` is missing, objects
/// and arrays are their JSON text.
struct JSONParser {
    private let paths: JSONPaths
    private let maximumDepth: Int
    var bytes: [UInt8] = []
    var index = 0
    var end = 0
    private var fields: [Record.Field] = []
    var unescaped: [UInt8] = []
    var keys = JSONKeys()
    /// The columns whose path was in any line.
    private(set) var seen: [Bool]
    /// While not nil, the paths of all values are collected here, for suggestions.
    var collected: Set<[UInt8]>? = []
    private var trail: [UInt8] = []

    init(paths: [String], maximumDepth: Int) {
        self.maximumDepth = maximumDepth
        self.paths = JSONPaths(paths)
        seen = Array(repeating: false, count: paths.count)
    }

    /// Fills the record's fields, one a path, from the bytes of its range.
    mutating func parse(_ record: Record) {
        bytes = record.bytes
        index = record.range.lowerBound
        end = record.range.upperBound
        // The arrays go around in a circle, so that their memory is used again.
        swap(&fields, &record.fields)
        swap(&unescaped, &record.unescaped)
        fields.removeAll(keepingCapacity: true)
        unescaped.removeAll(keepingCapacity: true)
        let none = Record.Field(start: index, end: index, origin: index, form: .missing)
        for _ in seen.indices { fields.append(none) }
        do throws(RowProblem) {
            try parseLine()
        } catch {
            record.problem = error
        }
        swap(&fields, &record.fields)
        swap(&unescaped, &record.unescaped)
        // The window is changed in place next, which a second reference would turn into a copy.
        bytes = []
    }

    private mutating func parseLine() throws(RowProblem) {
        keys.removeAll()
        trail.removeAll(keepingCapacity: true)
        skipBlanks()
        guard index < end, bytes[index] == UInt8(ascii: "{") else {
            let isArray = index < end && bytes[index] == UInt8(ascii: "[")
            throw problem(
                "each line is one JSON object, this one begins with \(index < end ? shown([bytes[index]]) : "nothing")",
                hints: isArray ? ["a file with one JSON array is no NDJSON: jq -c '.[]' turns it into lines"] : [])
        }
        try object(node: 0, depth: 1)
        skipBlanks()
        if index < end { throw problem("after the line's object comes \(shown(bytes[index..<min(end, index + 20)]))") }
    }

    func problem(_ message: String, at offset: Int? = nil, hints: [String] = []) -> RowProblem {
        RowProblem(.importJSON, message, hints: hints, at: .offset(offset ?? index))
    }

    mutating func skipBlanks() {
        while index < end {
            switch bytes[index] {
            case .blank, .tab, .carriageReturn, .lineFeed: index += 1
            default: return
            }
        }
    }

    /// The value at `index`; `node` where something at or below it is asked for.
    mutating func value(node: Int?, depth: Int) throws(RowProblem) {
        guard index < end else { throw problem("the line ends where a value should be") }
        let start = index
        let column = node.flatMap { paths.nodes[$0].column }
        switch bytes[index] {
        case UInt8(ascii: "{"):
            guard depth < maximumDepth else { throw tooDeep() }
            try object(node: node, depth: depth + 1)
        case UInt8(ascii: "["):
            guard depth < maximumDepth else { throw tooDeep() }
            try array(depth: depth + 1)
        case .doubleQuote:
            let text = try string()
            note(column, node, start: text.start, end: text.end, origin: start, text.form)
            return
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"):
            try word("null")
            note(column, node, start: start, end: start, origin: start, .missing)
            return
        default:
            try notAValue()
        }
        note(column, node, start: start, end: index, origin: start, .plain)
    }

    private mutating func note(
        _ column: Int?, _ node: Int?, start: Int, end: Int, origin: Int, _ form: Record.Field.Form
    ) {
        if let known = collected?.count, known < 2_000, !trail.isEmpty { collected?.insert(trail) }
        guard let column, let node else { return }
        // A key that spells out the whole path wins over nested objects.
        if fields[column].form != .missing, !paths.nodes[node].isLiteral { return }
        seen[column] = true
        fields[column] = Record.Field(start: start, end: end, origin: origin, form: form)
    }

    private func tooDeep() -> RowProblem {
        problem("objects and arrays are nested more than \(maximumDepth) deep")
    }

    private mutating func object(node: Int?, depth: Int) throws(RowProblem) {
        index += 1
        keys.open()
        skipBlanks()
        if index < end, bytes[index] == UInt8(ascii: "}") {
            index += 1
            keys.close()
            return
        }
        while true {
            skipBlanks()
            let start = index
            guard index < end, bytes[index] == .doubleQuote else {
                throw problem(index < end ? "a key in double quotes should be here" : "the line ends inside an object")
            }
            let key = try string()
            let name = key.form == .plain ? bytes[key.start..<key.end] : unescaped[key.start..<key.end]
            if !keys.insert(name) {
                throw RowProblem(
                    .importDuplicateKey, "the key \(shown(name)) is in its object twice", at: .offset(start))
            }
            let trailLength = trail.count
            if collected != nil {
                if !trail.isEmpty { trail.append(UInt8(ascii: ".")) }
                trail.append(contentsOf: name)
            }
            let below = node.flatMap { paths.node(below: $0, name) }
            skipBlanks()
            guard index < end, bytes[index] == UInt8(ascii: ":") else { throw problem("a colon should follow the key") }
            index += 1
            skipBlanks()
            try value(node: below, depth: depth)
            trail.removeSubrange(trailLength...)
            skipBlanks()
            guard index < end else { throw problem("the line ends inside an object") }
            if bytes[index] == UInt8(ascii: ",") {
                index += 1
            } else if bytes[index] == UInt8(ascii: "}") {
                index += 1
                keys.close()
                return
            } else {
                throw problem("a comma or } should be here")
            }
        }
    }

    private mutating func array(depth: Int) throws(RowProblem) {
        index += 1
        skipBlanks()
        if index < end, bytes[index] == UInt8(ascii: "]") {
            index += 1
            return
        }
        // Paths do not lead into arrays.
        let paused = collected
        collected = nil
        defer { collected = paused }
        while true {
            skipBlanks()
            try value(node: nil, depth: depth)
            skipBlanks()
            guard index < end else { throw problem("the line ends inside an array") }
            if bytes[index] == UInt8(ascii: ",") {
                index += 1
            } else if bytes[index] == UInt8(ascii: "]") {
                index += 1
                return
            } else {
                throw problem("a comma or ] should be here")
            }
        }
    }

    private mutating func word(_ word: StaticString) throws(RowProblem) {
        let text = "\(word)".utf8
        guard index + text.count <= end, bytes[index..<index + text.count].elementsEqual(text) else {
            return try notAValue()
        }
        index += text.count
    }

    private func notAValue() throws(RowProblem) {
        let word = bytes[index..<end].prefix { $0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z") }
        if ["NaN", "Infinity"].contains(where: { word.elementsEqual($0.utf8) }) {
            throw problem("\(shown(word)) is no JSON value", hints: ["null is how JSON writes a missing number"])
        }
        throw problem("a value should be here, not \(shown(word.isEmpty ? bytes[index..<index + 1] : word))")
    }

    private mutating func number() throws(RowProblem) {
        let start = index
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        if index < end, bytes[index] == UInt8(ascii: "0") {
            index += 1
            if index < end, isDigit(bytes[index]) { throw problem("a number does not begin with 0", at: start) }
        } else {
            try digits(start)
        }
        if index < end, bytes[index] == UInt8(ascii: ".") {
            index += 1
            try digits(start)
        }
        if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < end, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
            try digits(start)
        }
    }

    private mutating func digits(_ start: Int) throws(RowProblem) {
        let first = index
        while index < end, isDigit(bytes[index]) { index += 1 }
        if index == first {
            if index < end, bytes[index] == UInt8(ascii: "I") { return try notAValue() }
            throw problem("this is not a JSON number", at: start)
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// The string at `index`: where its text is, in `bytes` or, where it has escapes, in `unescaped`.
    mutating func string() throws(RowProblem) -> (start: Int, end: Int, form: Record.Field.Form) {
        let start = index + 1
        var at = start
        while at < end, bytes[at] != .doubleQuote, bytes[at] != UInt8(ascii: "\\") {
            if bytes[at] < 0x20 { throw controlCharacter(at) }
            at += 1
        }
        if at < end, bytes[at] == .doubleQuote {
            index = at + 1
            return (start, at, .plain)
        }
        let unescapedStart = unescaped.count
        unescaped.append(contentsOf: bytes[start..<at])
        while at < end, bytes[at] != .doubleQuote {
            if bytes[at] < 0x20 { throw controlCharacter(at) }
            if bytes[at] == UInt8(ascii: "\\") {
                try escape(&at)
            } else {
                unescaped.append(bytes[at])
                at += 1
            }
        }
        guard at < end else { throw problem("the line ends inside the text that begins here", at: index) }
        index = at + 1
        return (unescapedStart, unescaped.count, .unescaped)
    }

    private func controlCharacter(_ at: Int) -> RowProblem {
        bytes[at] == 0
            ? RowProblem(.importNul, "the text contains the character NUL (U+0000)", at: .offset(at))
            : problem(
                "the text contains a control character (U+\(String(bytes[at], radix: 16))), which must be escaped",
                at: at)
    }

    private mutating func escape(_ at: inout Int) throws(RowProblem) {
        let start = at
        guard at + 1 < end else { throw problem("the line ends inside a text", at: at) }
        at += 2
        switch bytes[at - 1] {
        case .doubleQuote, UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(bytes[at - 1])
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(.lineFeed)
        case UInt8(ascii: "r"): unescaped.append(.carriageReturn)
        case UInt8(ascii: "t"): unescaped.append(.tab)
        case UInt8(ascii: "u"):
            var scalar = try hexadecimal(&at, start)
            if (0xD800...0xDBFF).contains(scalar), at + 1 < end, bytes[at] == UInt8(ascii: "\\"),
                bytes[at + 1] == UInt8(ascii: "u")
            {
                at += 2
                let low = try hexadecimal(&at, start)
                guard (0xDC00...0xDFFF).contains(low) else { throw problem("half a surrogate pair", at: start) }
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let valid = Unicode.Scalar(scalar) else { throw problem("half a surrogate pair", at: start) }
            if scalar == 0 {
                throw RowProblem(.importNul, "the text contains the character NUL (U+0000)", at: .offset(start))
            }
            unescaped.append(contentsOf: UTF8.encode(valid) ?? UTF8.encodedReplacementCharacter)
        default: throw problem("\(shown(bytes[start..<at])) is no escape of JSON", at: start)
        }
    }

    private func hexadecimal(_ at: inout Int, _ start: Int) throws(RowProblem) -> UInt32 {
        guard at + 4 <= end else { throw problem("four hexadecimal digits follow \\u", at: start) }
        var value: UInt32 = 0
        for byte in bytes[at..<at + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw problem("four hexadecimal digits follow \\u", at: start)
            }
            value = value << 4 | UInt32(digit)
        }
        at += 4
        return value
    }
}
