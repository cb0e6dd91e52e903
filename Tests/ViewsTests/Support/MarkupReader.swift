/// A strict reader of the HTML and SVG that the views write: every attribute quoted, every `<` a tag.
///
/// Anything else is `.broken`, so that a test which finds none knows that no text became markup.
enum MarkupReader {
    enum Token {
        case open(String, [(String, String)])
        case close(String)
        case text(String)
        case declaration
        case broken(String)
    }

    static func read(_ markup: String) -> [Token] {
        var bytes = Array(markup.utf8)[...]
        var tokens: [Token] = []
        var isStyle = false
        while let first = bytes.first {
            if first != UInt8(ascii: "<") {
                let text = bytes.prefix { $0 != UInt8(ascii: "<") }
                if !isStyle, text.contains(where: { ">\"'".utf8.contains($0) }) {
                    tokens.append(.broken(String(decoding: text, as: UTF8.self)))
                }
                tokens.append(.text(decoded(text)))
                bytes = bytes.dropFirst(text.count)
                continue
            }
            guard let end = endOfTag(bytes) else {
                tokens.append(.broken(String(decoding: bytes.prefix(40), as: UTF8.self)))
                return tokens
            }
            let token = tag(bytes[(bytes.startIndex + 1)..<end])
            if case .open("style", _) = token { isStyle = true }
            if case .close("style") = token { isStyle = false }
            tokens.append(token)
            bytes = bytes[(end + 1)...]
        }
        return tokens
    }

    /// The place of the `>` that ends the tag, outside of quotes.
    private static func endOfTag(_ bytes: ArraySlice<UInt8>) -> Int? {
        var isQuoted = false
        for index in bytes.indices {
            if bytes[index] == UInt8(ascii: "\"") { isQuoted.toggle() }
            if bytes[index] == UInt8(ascii: ">"), !isQuoted { return index }
        }
        return nil
    }

    private static func tag(_ bytes: ArraySlice<UInt8>) -> Token {
        func isName(_ byte: UInt8) -> Bool {
            (97...122).contains(byte | 0x20) || (48...57).contains(byte) || byte == 45
        }
        if bytes.first == UInt8(ascii: "!") { return .declaration }
        if bytes.first == UInt8(ascii: "/") {
            let name = bytes.dropFirst()
            return name.allSatisfy(isName)
                ? .close(String(decoding: name, as: UTF8.self)) : .broken(String(decoding: bytes, as: UTF8.self))
        }
        let name = bytes.prefix(while: isName)
        var rest = bytes.dropFirst(name.count)
        var attributes: [(String, String)] = []
        while let first = rest.first {
            let key = rest.dropFirst().prefix(while: isName)
            let opening = rest.dropFirst(1 + key.count)
            guard first == 0x20, !key.isEmpty, opening.prefix(2).elementsEqual("=\"".utf8) else {
                return .broken(String(decoding: bytes, as: UTF8.self))
            }
            let value = opening.dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }
            if value.contains(where: { "<>'".utf8.contains($0) }), !key.elementsEqual("content".utf8) {
                return .broken(String(decoding: bytes, as: UTF8.self))
            }
            attributes.append((String(decoding: key, as: UTF8.self), decoded(value)))
            rest = opening.dropFirst(2 + value.count + 1)
        }
        return name.isEmpty ? .broken("<") : .open(String(decoding: name, as: UTF8.self), attributes)
    }

    /// With the five references that the escaper writes turned back.
    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
        let references: [(String, UInt8)] = [("&lt;", 60), ("&gt;", 62), ("&quot;", 34), ("&#39;", 39), ("&amp;", 38)]
        var result: [UInt8] = []
        var rest = bytes
        outer: while let first = rest.first {
            for (reference, byte) in references where rest.starts(with: reference.utf8) {
                result.append(byte)
                rest = rest.dropFirst(reference.utf8.count)
                continue outer
            }
            result.append(first)
            rest = rest.dropFirst()
        }
        return String(decoding: result, as: UTF8.self)
    }
}
