package import Diagnostics

extension UseCase {
    /// Reads a use case: parses the file, fills in its parameters and templates, checks form and meaning.
    ///
    /// - Parameters:
    ///   - file: `usecase.yaml`
    ///   - templates: where `template: name` is looked up
    ///   - values: what values files and `--set` give; see `Values.unknownUseCases(among:)` for the rest of their checks
    /// - Returns: the use case, nil where there is any error; and all that was found, in the order of the files.
    package static func load(
        file: SourceFile, templates: Templates = Templates(), values: Values = Values()
    ) -> (useCase: UseCase?, diagnostics: [Diagnostic]) {
        let (root, problems) = Node.parse(file)
        guard let root else { return (nil, problems) }
        var loading = UseCaseLoading(templates: templates)
        let useCase = loading.load(root, values)
        let diagnostics = loading.origins.attached(to: (problems + loading.diagnostics).withoutRepetition).inOrder
        return (diagnostics.hasErrors ? nil : useCase, diagnostics)
    }

    /// The id, version, title and description of a use case, without anything else of it being right: for listings.
    package static func headline(
        of file: SourceFile
    ) -> (id: String, version: String, title: String, description: String)? {
        guard let root = Node.parse(file).root else { return nil }
        let fields = Fields(root)
        guard let id = fields.string("use_case") else { return nil }
        return (
            id, fields.string("version") ?? "", fields.string("title") ?? id, fields.string("description") ?? ""
        )
    }
}

/// The stages of loading one use case, and what they find.
private struct UseCaseLoading {
    let templates: Templates
    var diagnostics: [Diagnostic] = []
    var origins = Origins()

    init(templates: Templates) {
        self.templates = templates
    }

    mutating func load(_ root: Node, _ values: Values) -> UseCase? {
        guard root.entries != nil else {
            diagnostics += ShapeChecker.check(root, .useCase)
            return nil
        }
        let parameters = resolve(root, values)
        var filling = Filling(parameters.filled, owner: "the use case", origins: origins)
        let body = filling.fill(root.without("parameters"))
        diagnostics += filling.diagnostics
        origins = filling.origins
        diagnostics += ShapeChecker.check(body, .useCase)

        var expansion = TemplateExpansion(templates, origins: origins)
        let eventSegmentations = expansion.expand(body, .eventSegmentation)
        let customerSegmentations = expansion.expand(body, .customerSegmentation)
        let draft = UseCaseDraft(
            body, eventSegmentations: eventSegmentations, customerSegmentations: customerSegmentations)
        origins = expansion.origins
        diagnostics += expansion.diagnostics + draft.diagnostics + UseCaseValidation.check(draft)

        let uses = ParameterUses(
            root, eventSegmentations: eventSegmentations, customerSegmentations: customerSegmentations,
            dashboard: body["dashboard"])
        let inForce = parameters.inForce.map { parameter in
            var parameter = parameter
            parameter.assets = uses.assets[parameter.name.value] ?? []
            return parameter
        }
        let fields = Fields(body)
        guard let id = fields.text("use_case"), let purchases = draft.purchases else { return nil }
        return UseCase(
            id: id, version: fields.string("version") ?? "", title: fields.string("title") ?? "",
            description: fields.string("description") ?? "", parameters: inForce,
            requirements: draft.requirements, eventSegmentations: draft.eventSegmentations,
            customerSegmentations: draft.customerSegmentations, purchases: purchases, metrics: draft.metrics,
            dashboard: draft.dashboard,
            tree: body.replacing("event_segmentations", with: eventSegmentations)
                .replacing("customer_segmentations", with: customerSegmentations))
    }

    /// The values in force: the default, then what was given, the last one winning.
    private mutating func resolve(
        _ root: Node, _ values: Values
    ) -> (filled: [String: ParameterValue?], inForce: [Parameter]) {
        let (declarations, names, problems) = ParameterDeclaration.read(root["parameters"])
        diagnostics += problems
        var filled: [String: ParameterValue?] = [:]
        for name in names { filled.updateValue(nil, forKey: name) }
        var current = Dictionary(
            declarations.map { ($0.name.value, $0.defaultValue) }, uniquingKeysWith: { first, _ in first })
        let byName = Dictionary(declarations.map { ($0.name.value, $0) }) { first, _ in first }
        let lists = Set(declarations.filter { $0.type == .list }.map(\.name.value))
        for (name, value) in values.given(for: Fields(root).string("use_case") ?? "", lists: lists) {
            guard let declaration = byName[name.value] else {
                if !names.contains(name.value) {
                    diagnostics.append(
                        Diagnostic(
                            .unknownParameter, "unknown parameter '\(name.value)'", at: name.place,
                            hints: didYouMean(name.value, among: names) + ["parameters: \(listed(names))"]))
                }
                continue
            }
            let (accepted, problems) = declaration.accept(value)
            diagnostics += problems
            current[name.value] = accepted ?? refused(value)
        }
        var inForce: [Parameter] = []
        for declaration in declarations {
            guard let value = current[declaration.name.value] ?? nil else {
                diagnostics.append(
                    Diagnostic(
                        .parameterWithoutValue, "parameter '\(declaration.name.value)' has no default and no value",
                        at: declaration.name.place,
                        hints: ["give one in values.yaml or with --set \(declaration.name.value)=..."]))
                continue
            }
            if value.content.isRefused { continue }
            filled.updateValue(value, forKey: declaration.name.value)
            inForce.append(declaration.parameter(with: value))
        }
        return (filled, inForce)
    }

    private func refused(_ value: ParameterValue) -> ParameterValue {
        var result = value
        result.content = Node(.refused, at: value.place)
        return result
    }
}

extension Node {
    /// The mapping without one of its keys.
    func without(_ key: String) -> Node {
        guard let entries else { return self }
        return Node(.mapping(entries.filter { $0.key.text != key }), at: place)
    }
}

extension Node {
    /// The mapping with other elements in the list under a key that it has.
    fileprivate func replacing(_ key: String, with elements: [Node]) -> Node {
        guard let entries else { return self }
        let replaced = entries.map { entry in
            entry.key.text == key ? Entry(entry.key, Node(.sequence(elements), at: entry.value.place)) : entry
        }
        return Node(.mapping(replaced), at: place)
    }
}

extension [Diagnostic] {
    /// Each diagnostic once, in the order of first mention.
    package var withoutRepetition: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        return filter { seen.insert($0).inserted }
    }
}
