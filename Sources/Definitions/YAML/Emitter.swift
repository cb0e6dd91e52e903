extension Node {
    /// YAML text that parses to an equal tree: block style, with short lists and mappings on one line, and quotes
    /// wherever a text would be ambiguous without. Lines end in `\n`.
    ///
    /// - Precondition: the tree holds nothing refused.
    package var yaml: String {
        var emitter = Emitter()
        emitter.emitBlock(self, indent: 0, position: .root)
        return emitter.text
    }

    /// The same for a file that people write: what stood without quotes in its own file and can go on so stays without.
    var writtenYAML: String {
        var emitter = Emitter(keepsPlain: true)
        emitter.emitBlock(self, indent: 0, position: .root)
        return emitter.text
    }

    /// The value on one line, however long, as it could stand in a file.
    package var inlineYAML: String { flowYAML(room: 100_000) ?? writtenYAML }

    /// As `writtenYAML`, on one line of at most `room` characters; nil where it does not fit.
    func flowYAML(room: Int) -> String? {
        let emitter = Emitter(keepsPlain: true)
        return text != nil ? emitter.scalar(self, inFlow: true) : emitter.oneLine(self, room: min(room, 100_000))
    }

    /// A scalar's text with the quotes that it needs in a file that people write.
    func scalarYAML(inFlow: Bool) -> String { Emitter(keepsPlain: true).scalar(self, inFlow: inFlow) }
}

private struct Emitter {
    /// The width up to which a collection stays on one line.
    static let width = 100

    enum Position {
        case root
        /// After `key:`; the line is still open.
        case afterKey
        /// After `- `; the line is still open and at the right column.
        case afterDash
    }

    /// Whether texts that were plain in their file stay so, though another reader might coerce them: `1.0.0`, `12 months`.
    let keepsPlain: Bool
    var text = ""
    private var lineStart = 0
    private var written = 0

    init(keepsPlain: Bool = false) { self.keepsPlain = keepsPlain }

    mutating func emitBlock(_ node: Node, indent: Int, position: Position) {
        let separator = position == .afterKey ? " " : ""
        switch node.content {
        case .refused: preconditionFailure("a refused value cannot be written")
        case .scalar:
            write(separator + scalar(node, inFlow: false) + "\n")
        case .sequence(let elements):
            if let line = oneLine(node, room: Emitter.width - column - separator.unicodeScalars.count) {
                write(separator + line + "\n")
                return
            }
            if position == .afterKey { write("\n") }
            for (index, element) in elements.enumerated() {
                if index > 0 || position != .afterDash { write(blanks(indent)) }
                write("- ")
                emitBlock(element, indent: indent + 2, position: .afterDash)
            }
        case .mapping(let entries):
            let staysOpen = position == .root || (position == .afterDash && hasNested(entries))
            let line = staysOpen ? nil : oneLine(node, room: Emitter.width - column - separator.unicodeScalars.count)
            if let line, !(position == .afterKey && hasNested(entries) && entries.count > 3) {
                write(separator + line + "\n")
                return
            }
            if entries.isEmpty {
                write(separator + "{}\n")
                return
            }
            if position == .afterKey { write("\n") }
            for (index, entry) in entries.enumerated() {
                if index > 0 || position != .afterDash { write(blanks(indent)) }
                let key = scalar(entry.key, inFlow: false)
                // libyaml takes a key as such only within one line of 1024 characters.
                let isLong = key.unicodeScalars.count > 1000
                write(isLong ? "? " + key + "\n" + blanks(indent) + ":" : key + ":")
                emitBlock(entry.value, indent: indent + 2, position: .afterKey)
            }
        }
    }

    private func hasNested(_ entries: [Node.Entry]) -> Bool {
        entries.contains { $0.value.text == nil && !($0.value.elements ?? []).allSatisfy { $0.text != nil } }
    }

    /// The collection in flow style, where it fits.
    func oneLine(_ node: Node, room: Int) -> String? {
        var budget = room
        guard let line = flow(node, &budget) else { return nil }
        return line.unicodeScalars.count <= room || line == "[]" || line == "{}" ? line : nil
    }

    private func flow(_ node: Node, _ budget: inout Int) -> String? {
        switch node.content {
        case .refused: preconditionFailure("a refused value cannot be written")
        case .scalar:
            let text = scalar(node, inFlow: true)
            budget -= text.unicodeScalars.count + 2
            return budget < -4 ? nil : text
        case .sequence(let elements):
            var parts: [String] = []
            for element in elements {
                guard let part = flow(element, &budget) else { return nil }
                parts.append(part)
            }
            return "[" + parts.joined(separator: ", ") + "]"
        case .mapping(let entries):
            var parts: [String] = []
            for entry in entries {
                guard let key = flow(entry.key, &budget), let value = flow(entry.value, &budget) else { return nil }
                parts.append(key + ": " + value)
            }
            return "{" + parts.joined(separator: ", ") + "}"
        }
    }

    func scalar(_ node: Node, inFlow: Bool) -> String {
        guard case .scalar(let text, let style) = node.content else { preconditionFailure("a key is a scalar") }
        if node.isMissing { return text.isEmpty ? "~" : text }
        // Without quotes these are booleans and numbers, so quotes are kept where they were.
        let typed = text == "true" || text == "false" || isDecimal(Array(text.utf8))
        if typed { return style == .plain || style == .filled ? text : quoted(text) }
        if keepsPlain, style == .plain, staysPlain(text, inFlow: inFlow) { return text }
        return isPlain(text, inFlow: inFlow) ? text : quoted(text)
    }

    /// Whether a text that stood without quotes reads the same without them in another place.
    private func staysPlain(_ text: String, inFlow: Bool) -> Bool {
        let ends = Set("\n\r\t,[]{}#&*!|>'\"%@`?".unicodeScalars)
        let scalars = text.unicodeScalars
        return !scalars.contains { ends.contains($0) || (inFlow && $0 == ":") }
            && !text.contains(": ") && scalars.last != ":"
    }

    /// Whether a text reads the same without quotes, here and for readers that coerce (`no`, `1.0`, `null`).
    private func isPlain(_ text: String, inFlow: Bool) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 200 else { return false }
        if Emitter.words.contains(text.lowercased()) { return false }
        let isLetter = { (byte: UInt8) in (65...90).contains(byte) || (97...122).contains(byte) }
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
        guard isLetter(first) || first == UInt8(ascii: "_") || first == UInt8(ascii: "/") else { return false }
        if last == UInt8(ascii: ":") || last == UInt8(ascii: " ") { return false }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: ":"):
                if inFlow || bytes[index + 1] == UInt8(ascii: " ") { return false }
            case UInt8(ascii: "#"): return false
            case UInt8(ascii: " "), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"),
                UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "+"), UInt8(ascii: "*"):
                continue
            default: if !isLetter(byte), !isDigit(byte) { return false }
            }
        }
        return true
    }

    /// `-?digits(.digits)?` without a leading zero that some readers take as octal.
    private func isDecimal(_ bytes: [UInt8]) -> Bool {
        let body = bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
        let parts = body.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (48...57).contains($0) } }) else {
            return false
        }
        return parts[0].count == 1 || parts[0].first != UInt8(ascii: "0")
    }

    private static let words: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"]

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}": result += "\\x" + hex(scalar.value, 2)
            case "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}": result += "\\u" + hex(scalar.value, 4)
            case "\u{10000}"...: result += "\\U" + hex(scalar.value, 8)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private func hex(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }

    private var column: Int { written - lineStart }

    private mutating func write(_ part: String) {
        text += part
        for scalar in part.unicodeScalars {
            written += 1
            if scalar == "\n" { lineStart = written }
        }
    }
}
