package import Diagnostics

/// A value of a YAML file with its place: the located tree that everything else reads.
package struct Node: Sendable {
    package indirect enum Content: Sendable {
        /// Text as written, never coerced: `no`, `1e3`, `2026-01-01` are texts until the definition types them.
        case scalar(String, Style)
        case sequence([Node])
        /// In the order written; keys are scalars and differ byte for byte.
        case mapping([Entry])
        /// Stands where something was refused and reported already; everything skips it.
        case refused
    }

    package enum Style: Sendable {
        case plain
        /// In single or double quotes.
        case quoted
        /// `|` or `>`
        case block
        /// Put in place of a `{{ parameter }}`: a text, number or boolean as its reader needs.
        case filled
    }

    package struct Entry: Sendable {
        package var key: Node
        package var value: Node

        package init(_ key: Node, _ value: Node) {
            self.key = key
            self.value = value
        }
    }

    package var content: Content
    package var place: Place

    package init(_ content: Content, at place: Place) {
        self.content = content
        self.place = place
    }
}

extension Node {
    /// The text of a scalar; nil for anything else.
    package var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    package var elements: [Node]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    package var entries: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    package var isRefused: Bool {
        if case .refused = content { true } else { false }
    }

    /// Nothing, `null` or `~` without quotes. Never a value: the definition language refuses it wherever it stands.
    package var isMissing: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The value under a key of a mapping, compared byte for byte; nil where there is none.
    package subscript(key: String) -> Node? {
        entries?.first { $0.key.text?.utf8.elementsEqual(key.utf8) ?? false }?.value
    }

    /// The place that a problem with the whole value is shown at: a scalar itself, a collection's first line.
    package var headPlace: Place {
        switch content {
        case .scalar, .refused: return place
        case .sequence, .mapping:
            if place.line == place.endLine { return place }
            if case .mapping(let entries) = content, let key = entries.first?.key.place, key.line == place.line,
                key.column == place.column
            {
                return key
            }
            return Place(place.file, line: place.line, column: place.column)
        }
    }
}

extension Node: Equatable {
    /// The same values in the same order, byte for byte; places and ways of quoting do not count.
    package static func == (left: Node, right: Node) -> Bool {
        switch (left.content, right.content) {
        case (.scalar(let a, _), .scalar(let b, _)):
            left.isMissing || right.isMissing
                ? left.isMissing && right.isMissing : a.utf8.elementsEqual(b.utf8)
        case (.sequence(let a), .sequence(let b)): a == b
        case (.mapping(let a), .mapping(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        case (.refused, .refused): true
        default: false
        }
    }
}

/// A text as a key of sets and dictionaries, compared byte for byte: `String` equates composed and decomposed letters.
package struct ByteText: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }
}
