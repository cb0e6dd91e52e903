import Diagnostics

/// JSON Schema (draft-07) of a language, for completion and checks in editors.
package func jsonSchema(of language: Language) -> String {
    let writer = SchemaWriter(hasParameters: language.hasParameters)
    var members: [(String, JSONText)] = [
        ("$schema", .string("http://json-schema.org/draft-07/schema#")), ("title", .string(language.title)),
    ]
    members += writer.schema(language.root)
    if !language.definitions.isEmpty {
        let names = language.definitions.keys.sorted()
        members.append(
            (
                "definitions",
                .object(names.map { name in (name, .object(language.definitions[name].map(writer.schema) ?? [])) })
            ))
    }
    return JSONText.object(members).indented + "\n"
}

private struct SchemaWriter {
    let hasParameters: Bool

    func schema(_ shape: Shape) -> [(String, JSONText)] {
        switch shape {
        case .mapping(let mapping): return self.mapping(mapping)
        case .choice(let choice):
            return [("anyOf", .array(choice.options.map { .object(mapping($0.mapping)) }))]
        case .entries(let entries):
            var members: [(String, JSONText)] = [("type", .string("object"))]
            if let form = entries.key.form {
                members.append(("propertyNames", orPlaceholder([("pattern", .string(form.pattern))])))
            }
            members.append(("additionalProperties", .object(schema(entries.value))))
            if entries.limits.lowerBound > 0 {
                members.append(("minProperties", .integer(entries.limits.lowerBound)))
            }
            return members + [("maxProperties", .integer(entries.limits.upperBound))]
        case .list(let list): return alternatives([self.list(list)], placeholder: true)
        case .text(let text): return self.text(text)
        case .number(let number):
            var members: [(String, JSONText)] = [("type", .string(number.isInteger ? "integer" : "number"))]
            if let minimum = number.minimum { members.append(("minimum", .integer(minimum))) }
            if let maximum = number.maximum { members.append(("maximum", .integer(maximum))) }
            return alternatives([members], placeholder: true)
        case .boolean: return alternatives([[("type", .string("boolean"))]], placeholder: true)
        case .oneOrMany(let list): return alternatives([schema(list.element), self.list(list)], placeholder: false)
        case .textOr(let text, let longer):
            return alternatives([self.text(text), schema(longer)], placeholder: false)
        case .named(let name): return [("$ref", .string("#/definitions/\(name)"))]
        }
    }

    private func mapping(_ mapping: MappingShape) -> [(String, JSONText)] {
        var members: [(String, JSONText)] = [
            ("type", .string("object")),
            ("properties", .object(mapping.fields.map { ($0.name, field($0)) })),
            ("additionalProperties", .boolean(false)),
        ]
        let required = mapping.fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { members.append(("required", .strings(required))) }
        let groups = mapping.groups.map { group in
            let single = group.keys.map { JSONText.object([("required", .strings([$0]))]) }
            if !group.isExclusive { return JSONText.object([("anyOf", .array(single))]) }
            let none = JSONText.object([("not", .object([("anyOf", .array(single))]))])
            return JSONText.object([("oneOf", .array(group.isRequired ? single : single + [none]))])
        }
        if !groups.isEmpty { members.append(("allOf", .array(groups))) }
        return members
    }

    private func field(_ field: Field) -> JSONText {
        var doc = field.doc
        if let text = field.defaultText { doc += " Default: \(text)." }
        if let replacement = field.replacement { doc += " Deprecated: write \(replacement)." }
        var members = schema(field.shape)
        // Draft-07 ignores everything beside a $ref.
        if members.first?.0 == "$ref" { members = [("allOf", .array([.object(members)]))] }
        return .object([("description", .string(doc))] + members)
    }

    private func list(_ list: ListShape) -> [(String, JSONText)] {
        var members: [(String, JSONText)] = [
            ("type", .string("array")), ("items", .object(schema(list.element))),
            ("maxItems", .integer(list.limits.upperBound)),
        ]
        if list.limits.lowerBound > 0 { members.append(("minItems", .integer(list.limits.lowerBound))) }
        return members
    }

    private func text(_ text: TextShape) -> [(String, JSONText)] {
        if let allowed = text.allowed {
            return alternatives([[("type", .string("string")), ("enum", .strings(allowed))]], placeholder: true)
        }
        // YAML readers coerce 12 and true; here both are texts.
        var members: [(String, JSONText)] = [("type", .strings(["string", "number", "boolean"]))]
        if let example = text.example { members.append(("examples", .strings([example]))) }
        guard let form = text.form else { return members }
        return alternatives([members + [("pattern", .string(form.pattern))]], placeholder: true)
    }

    /// The one alternative itself, or `anyOf`; with placeholders a text that holds one is possible too.
    private func alternatives(_ list: [[(String, JSONText)]], placeholder: Bool) -> [(String, JSONText)] {
        var all = list.map { JSONText.object($0) }
        if placeholder, hasParameters { all.append(.object(SchemaWriter.placeholder)) }
        if all.count == 1 { return list[0] }
        return [("anyOf", .array(all))]
    }

    private func orPlaceholder(_ members: [(String, JSONText)]) -> JSONText {
        .object(alternatives([members], placeholder: true))
    }

    private static let placeholder: [(String, JSONText)] = [
        ("type", .string("string")), ("pattern", .string("\\{\\{.*\\}\\}")),
    ]
}
