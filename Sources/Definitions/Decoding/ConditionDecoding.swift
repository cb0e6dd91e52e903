import Diagnostics
import Quantities

extension Condition {
    /// The condition of a checked node; nil where it is not complete.
    static func decode(_ node: Node) -> Located<Condition>? {
        let fields = Fields(node)
        for (key, make) in [("all", Condition.all), ("any", Condition.any)] {
            guard let list = fields.node(key) else { continue }
            let parts = (list.elements ?? []).compactMap(decode)
            guard parts.count == list.elements?.count else { return nil }
            return Located(make(parts), at: node.headPlace)
        }
        if let inner = fields.node("not") {
            return decode(inner).map { Located(.not($0), at: node.headPlace) }
        }
        guard let subject = subject(fields), let test = test(fields) else { return nil }
        return Located(.test(subject, test), at: node.headPlace)
    }

    private static func subject(_ fields: Fields) -> Located<Subject>? {
        let makers: [(String, @Sendable (String) -> Subject)] = [
            ("column", { .column($0) }), ("attribute", { .attribute($0) }), ("property", { .property($0) }),
            ("consent", { .consent($0) }), ("segmentation", { .segmentation($0) }), ("aggregate", { .aggregate($0) }),
        ]
        for (key, make) in makers {
            if let text = fields.text(key) { return Located(make(text.value), at: text.place) }
        }
        return nil
    }

    private static func test(_ fields: Fields) -> Located<Test>? {
        guard
            let entry = fields.mapping.entries?.first(where: { ConditionShapes.testKeys.contains($0.key.text ?? "") }),
            let key = entry.key.text, let node = fields.node(key)
        else { return nil }
        let texts = fields.texts(key).map(\.value)
        let text = texts.first ?? ""
        let test: Test?
        switch key {
        case "in", "equals": test = .isIn(texts)
        case "not_in", "not_equals": test = .notIn(texts)
        case "starts_with": test = .startsWith(text)
        case "ends_with": test = .endsWith(text)
        case "contains": test = .contains(text)
        case "at_least": test = fields.number(key).map { .atLeast($0.value) }
        case "greater_than": test = fields.number(key).map { .greaterThan($0.value) }
        case "at_most": test = fields.number(key).map { .atMost($0.value) }
        case "less_than": test = fields.number(key).map { .lessThan($0.value) }
        case "at_most_quantile": test = fields.number(key).map { .atMostQuantile($0.value) }
        case "above_quantile": test = fields.number(key).map { .aboveQuantile($0.value) }
        case "from": test = .from(text)
        case "before": test = .before(text)
        case "exists": test = fields.boolean(key).map { .exists($0) }
        case "is": test = text == "valid" ? .valid : nil
        default: preconditionFailure("test '\(key)' has a shape and no decoding")
        }
        return test.map { Located($0, at: node.headPlace) }
    }
}

extension Located<Condition> {
    /// Every test in it, with what it looks at.
    var tests: [(subject: Located<Condition.Subject>, test: Located<Condition.Test>)] {
        switch value {
        case .all(let parts), .any(let parts): parts.flatMap(\.tests)
        case .not(let inner): inner.tests
        case .test(let subject, let test): [(subject, test)]
        }
    }
}
