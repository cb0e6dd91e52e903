import Diagnostics
import Quantities

/// Walks a tree along the shapes of a language and reports every difference. Decoding can rely on what it let pass.
struct ShapeChecker {
    let language: Language
    private(set) var diagnostics: [Diagnostic] = []

    init(_ language: Language) {
        self.language = language
    }

    /// Everything about `root` that the language does not allow.
    static func check(_ root: Node, _ language: Language) -> [Diagnostic] {
        var checker = ShapeChecker(language)
        checker.check(root, language.root, as: "the file")
        return checker.diagnostics
    }

    /// - Parameter subject: what the value is, for messages: `'title'`, `an entry of 'by'`.
    mutating func check(_ node: Node, _ shape: Shape, as subject: String) {
        if node.isRefused { return }
        if node.isMissing {
            diagnostics.append(
                Diagnostic(
                    .missingValue, "the value of \(subject) is missing", at: node,
                    hints: [
                        node.text?.utf8.count ?? 0 > 1
                            ? "put it in quotes where the text is meant: \"\(node.text ?? "")\""
                            : "remove the key, or write \"\" for an empty text"
                    ]))
            return
        }
        switch shape {
        case .mapping(let mapping): check(node, mapping, as: subject)
        case .choice(let choice): check(node, choice, as: subject)
        case .entries(let entries): check(node, entries, as: subject)
        case .list(let list): check(node, list, as: subject)
        case .text(let text): check(node, text, as: subject)
        case .number(let number): check(node, number, as: subject)
        case .boolean:
            let text = scalarText(node)
            if text != "true", text != "false" { mismatch(node, "true or false", subject) }
        case .oneOrMany(let list):
            if node.elements == nil, limited(1, list.limits, node, subject) {
                check(node, list.element, as: subject)
            } else if node.elements != nil {
                check(node, list, as: subject)
            }
        case .textOr(let text, let longer):
            if node.text != nil { check(node, text, as: subject) } else { check(node, longer, as: subject) }
        case .named(let name):
            guard let shape = language.definitions[name] else { preconditionFailure("no shape is called \(name)") }
            check(node, shape, as: subject)
        }
    }

    private mutating func check(_ node: Node, _ shape: MappingShape, as subject: String) {
        guard let entries = node.entries else { return mismatch(node, "a mapping", subject) }
        var meant: [String] = []
        for entry in entries {
            guard let key = entry.key.text else { continue }
            guard let field = shape.fields.first(where: { $0.name == key }) else {
                unknown(entry, shape.fields.map(\.name), in: shape.name)
                if let name = nearest(to: key, among: shape.fields.map(\.name)) { meant.append(name) }
                continue
            }
            if let replacement = field.replacement {
                diagnostics.append(
                    Diagnostic(
                        .warning, .deprecatedKey, "'\(key)' is deprecated", at: entry.key.place,
                        hints: ["write \(replacement)"]))
            }
            check(entry.value, field.shape, as: "'\(key)'")
        }
        // A misspelt key was reported already.
        for field in shape.fields where field.isRequired && node[field.name] == nil && !meant.contains(field.name) {
            diagnostics.append(
                Diagnostic(.missingKey, "\(shape.name) needs '\(field.name)'", at: node, hints: [field.doc]))
        }
        for group in shape.groups { check(node, group, shape.name) }
    }

    private mutating func check(_ node: Node, _ group: MappingShape.Group, _ name: String) {
        let present = group.keys.filter { node[$0] != nil }
        if present.isEmpty, group.isRequired {
            if let entries = node.entries,
                entries.contains(where: { nearest(to: $0.key.text ?? "", among: group.keys) != nil })
            {
                return
            }
            diagnostics.append(
                Diagnostic(.keyChoice, "\(name) needs one of: \(listed(group.keys))", at: node))
        } else if group.isExclusive, present.count > 1 {
            reportSurplus(node, present, name)
        }
    }

    private mutating func reportSurplus(_ node: Node, _ present: [String], _ name: String) {
        let written = (node.entries ?? []).filter { present.contains($0.key.text ?? "") }
        guard let first = written.first, let second = written.dropFirst().first else { return }
        diagnostics.append(
            Diagnostic(
                .keyChoice, "\(name) has either '\(first.key.text ?? "")' or '\(second.key.text ?? "")'",
                at: second.key.place, related: [.init("'\(first.key.text ?? "")' stands here", at: first.key.place)]))
    }

    private mutating func check(_ node: Node, _ shape: ChoiceShape, as subject: String) {
        guard let entries = node.entries else { return mismatch(node, "a mapping", subject) }
        let keys = shape.options.map(\.key)
        let present = shape.options.filter { node[$0.key] != nil }
        guard let option = present.first else {
            let all = Set(shape.options.flatMap { $0.mapping.fields.map(\.name) })
            let misspelt = entries.first { !all.contains($0.key.text ?? "") }
            if let misspelt {
                unknown(misspelt, keys, in: shape.name)
            } else {
                diagnostics.append(Diagnostic(.keyChoice, "\(shape.name) needs one of: \(listed(keys))", at: node))
            }
            return
        }
        guard present.count == 1 else {
            reportSurplus(node, present.map(\.key), shape.name)
            return
        }
        check(node, option.mapping, as: subject)
    }

    private mutating func check(_ node: Node, _ shape: EntriesShape, as subject: String) {
        guard let entries = node.entries else { return mismatch(node, "a mapping", subject) }
        _ = limited(entries.count, shape.limits, node, subject)
        for entry in entries {
            check(entry.key, .text(shape.key), as: "a key of \(subject)")
            check(entry.value, shape.value, as: "'\(entry.key.text ?? "")'")
        }
    }

    private mutating func check(_ node: Node, _ shape: ListShape, as subject: String) {
        guard let elements = node.elements else { return mismatch(node, "a list", subject) }
        _ = limited(elements.count, shape.limits, node, subject)
        for element in elements { check(element, shape.element, as: "an entry of \(subject)") }
    }

    private mutating func check(_ node: Node, _ shape: TextShape, as subject: String) {
        guard let text = node.text else { return mismatch(node, "a text", subject) }
        if let allowed = shape.allowed, !allowed.contains(where: { $0.utf8.elementsEqual(text.utf8) }) {
            diagnostics.append(
                Diagnostic(
                    .badValue, "'\(text)' is no value of \(subject)", at: node,
                    hints: didYouMean(text, among: allowed) + ["allowed: \(listed(allowed))"]))
        } else if let form = shape.form, !form.matches(text) {
            let message =
                text.utf8.isEmpty ? "\(subject) is empty; expected \(form.name)" : "'\(text)' is not \(form.name)"
            diagnostics.append(
                Diagnostic(.badValue, message, at: node, hints: shape.example.map { ["for example \($0)"] } ?? []))
        }
    }

    private mutating func check(_ node: Node, _ shape: NumberShape, as subject: String) {
        guard let text = scalarText(node), let number = decimal(text) else {
            return mismatch(node, shape.isInteger ? "a whole number" : "a number", subject)
        }
        let isWhole = number.normalized.scale == 0
        if (shape.isInteger && !isWhole) || shape.minimum.map({ number < ExactDecimal($0) }) ?? false
            || shape.maximum.map({ number > ExactDecimal($0) }) ?? false
        {
            diagnostics.append(
                Diagnostic(.badValue, "\(text) is no value of \(subject)", at: node, hints: [bounds(shape)]))
        }
    }

    private func bounds(_ shape: NumberShape) -> String {
        let kind = shape.isInteger ? "a whole number" : "a number"
        switch (shape.minimum, shape.maximum) {
        case (let low?, let high?): return "expected \(kind) from \(low) to \(high)"
        case (let low?, nil): return "expected \(kind) of at least \(low)"
        case (nil, let high?): return "expected \(kind) of at most \(high)"
        case (nil, nil): return "expected \(kind)"
        }
    }

    /// False, and reported, where a list has more or fewer entries than it may.
    private mutating func limited(_ count: Int, _ limits: ClosedRange<Int>, _ node: Node, _ subject: String) -> Bool {
        if limits.contains(count) { return true }
        if count > limits.upperBound {
            diagnostics.append(
                Diagnostic(
                    .tooManyEntries, "\(subject) has \(count) entries; at most \(limits.upperBound) are possible",
                    at: node))
        } else {
            let needed = limits.lowerBound == 1 ? "one entry" : "\(limits.lowerBound) entries"
            diagnostics.append(Diagnostic(.emptyList, "\(subject) needs at least \(needed)", at: node))
        }
        return false
    }

    private mutating func unknown(_ entry: Node.Entry, _ allowed: [String], in name: String) {
        let text = entry.key.text ?? ""
        // `{title: Buyers, by month}` reads as a key `by month` without a value.
        let isRest = entry.value.isMissing && text.utf8.contains(UInt8(ascii: " "))
        let quotes = isRest ? ["put a text that holds a comma in quotes"] : []
        diagnostics.append(
            Diagnostic(
                .unknownKey, "unknown key '\(text)'", at: entry.key.place,
                hints: quotes + didYouMean(text, among: allowed) + ["keys of \(name): \(listed(allowed))"]))
    }

    private mutating func mismatch(_ node: Node, _ expected: String, _ subject: String) {
        diagnostics.append(
            Diagnostic(.wrongKind, "\(subject) is \(expected), and this is \(describe(node))", at: node))
    }

    private func describe(_ node: Node) -> String {
        switch node.content {
        case .scalar(let text, .quoted): "the text \"\(text)\" in quotes"
        case .scalar(let text, _): "'\(text)'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .refused: preconditionFailure("refused values are skipped")
        }
    }
}

/// The text of a scalar that may be read as a number or a boolean: in quotes it is a text.
func scalarText(_ node: Node) -> String? {
    switch node.content {
    case .scalar(let text, .plain), .scalar(let text, .filled): text
    default: nil
    }
}

/// A number of the language: digits, at most one point, a sign. No exponent, no `+`, no hexadecimal.
func decimal(_ text: String) -> ExactDecimal? {
    let allowed = text.utf8.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    guard allowed, text.utf8.last.map(isDigit) ?? false, text.utf8.first != UInt8(ascii: ".") else { return nil }
    return ExactDecimal(text)
}
