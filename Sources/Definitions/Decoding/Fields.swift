import Diagnostics
import Quantities

/// Typed reading of a mapping that was checked against its shape: nil means that there is nothing, or nothing right,
/// and whatever is wrong was reported by the check.
struct Fields {
    let mapping: Node

    init(_ mapping: Node) {
        self.mapping = mapping
    }

    func node(_ key: String) -> Node? {
        guard let node = mapping[key], !node.isRefused, !node.isMissing else { return nil }
        return node
    }

    func text(_ key: String) -> Located<String>? { node(key).flatMap(Fields.text) }

    func string(_ key: String) -> String? { text(key)?.value }

    /// The texts of a list, or of one text alone.
    func texts(_ key: String) -> [Located<String>] {
        guard let node = node(key) else { return [] }
        return (node.elements ?? [node]).compactMap(Fields.text)
    }

    func number(_ key: String) -> Located<ExactDecimal>? {
        guard let node = node(key), let value = scalarText(node).flatMap(decimal) else { return nil }
        return Located(value, at: node.place)
    }

    func integer(_ key: String) -> Int? { number(key).flatMap { Fields.integer($0.value) } }

    func boolean(_ key: String) -> Bool? {
        guard let node = node(key), let text = scalarText(node) else { return nil }
        return text == "true" ? true : text == "false" ? false : nil
    }

    func word<Word: RawRepresentable<String> & Sendable>(_ key: String) -> Located<Word>? {
        guard let text = text(key), let word = Word(rawValue: text.value) else { return nil }
        return Located(word, at: text.place)
    }

    func span(_ key: String) -> Span? { string(key).flatMap { Span($0) } }

    /// The entries of a mapping, or nothing.
    func entries(_ key: String) -> [Node.Entry] { node(key)?.entries ?? [] }

    /// The elements of a list, or one element alone.
    func elements(_ key: String) -> [Node] {
        guard let node = node(key) else { return [] }
        return node.elements ?? [node]
    }

    static func text(_ node: Node) -> Located<String>? {
        guard let text = node.text, !node.isMissing else { return nil }
        return Located(text, at: node.place)
    }

    /// A whole number that fits; nil for any other.
    static func integer(_ value: ExactDecimal) -> Int? {
        let normal = value.normalized
        return normal.scale == 0 ? Int(exactly: normal.units) : nil
    }
}
