import Diagnostics
import Quantities

/// A parameter as declared under `parameters:`.
struct ParameterDeclaration {
    var name: Located<String>
    var type: Parameter.Kind
    var description: String
    /// Nil where a value has to be given.
    var defaultValue: ParameterValue?
    var allowed: [String]

    /// The declarations of a use case or template, with everything wrong about them.
    ///
    /// A declaration that is wrong still stands in the list of names, so that its uses are not reported too.
    static func read(_ node: Node?) -> (
        declarations: [ParameterDeclaration], names: [String], diagnostics: [Diagnostic]
    ) {
        guard let node else { return ([], [], []) }
        var diagnostics = ShapeChecker.check(node, .parameters)
        var declarations: [ParameterDeclaration] = []
        for entry in node.entries ?? [] {
            let fields = Fields(entry.value)
            guard let name = entry.key.text, let type: Located<Parameter.Kind> = fields.word("type") else { continue }
            var declaration = ParameterDeclaration(
                name: Located(name, at: entry.key.place), type: type.value,
                description: fields.string("description") ?? "", allowed: fields.texts("allowed").map(\.value))
            if let node = fields.node("default"), !node.isMissing {
                let value = ParameterValue(
                    content: node, origin: "default", place: node.headPlace,
                    note: "the default of parameter '\(name)'")
                let (accepted, problems) = declaration.accept(value)
                declaration.defaultValue = accepted
                diagnostics += problems
                if accepted == nil {
                    declaration.defaultValue = ParameterValue(
                        content: Node(.refused, at: node.place), origin: "default", place: node.headPlace, note: "")
                }
            }
            declarations.append(declaration)
        }
        return (declarations, (node.entries ?? []).compactMap(\.key.text), diagnostics)
    }

    /// The value in the form that the type wants, or what is wrong with it.
    func accept(_ value: ParameterValue) -> (value: ParameterValue?, diagnostics: [Diagnostic]) {
        let place = value.place
        func refuse(_ message: String, _ hints: [String] = []) -> (ParameterValue?, [Diagnostic]) {
            let declared = Diagnostic.Related("parameter '\(name.value)' is declared here", at: name.place)
            return (nil, [Diagnostic(.parameterValue, message, at: place, hints: hints, related: [declared])])
        }
        if value.content.isRefused { return (nil, []) }
        let texts: [String]
        if let elements = value.content.elements {
            guard type == .list else {
                return refuse("parameter '\(name.value)' takes one \(type.rawValue), and this is a list")
            }
            texts = elements.compactMap(\.text)
            // Anything but texts was reported with the form.
            guard texts.count == elements.count, !elements.contains(where: \.isMissing) else { return (nil, []) }
        } else if let text = value.content.text, !value.content.isMissing {
            texts = [text]
        } else {
            return (nil, [])
        }
        switch type {
        case .number where decimal(texts[0]) == nil:
            return refuse("parameter '\(name.value)' is a number, and '\(texts[0])' is none")
        case .boolean where texts[0] != "true" && texts[0] != "false":
            return refuse("parameter '\(name.value)' is true or false, and this is '\(texts[0])'")
        default: break
        }
        if !allowed.isEmpty {
            let known = Set(allowed.map { ByteText($0) })
            if let text = texts.first(where: { !known.contains(ByteText($0)) }) {
                return refuse(
                    "'\(text)' is no value of parameter '\(name.value)'",
                    didYouMean(text, among: allowed) + ["allowed: \(listed(allowed))"])
            }
        }
        var accepted = value
        if type == .list, value.content.elements == nil {
            accepted.content = Node(.sequence([value.content]), at: value.content.place)
        }
        return (accepted, [])
    }

    /// As other modules see it.
    func parameter(with value: ParameterValue) -> Parameter {
        func texts(_ node: Node) -> [String] { node.elements?.compactMap(\.text) ?? [node.text ?? ""] }
        return Parameter(
            name: name, type: type, description: description, value: texts(value.content), origin: value.origin,
            defaultValue: defaultValue.flatMap { $0.content.isRefused ? nil : texts($0.content) }, allowed: allowed)
    }
}

/// A value given for a parameter: a scalar, or a list of scalars.
struct ParameterValue {
    var content: Node
    /// `default`, the path of a values file, `--set`
    var origin: String
    var place: Place
    /// What is said beside the place when the filled value is wrong: `set here`.
    var note: String
}
