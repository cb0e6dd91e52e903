package import Diagnostics

/// What a template makes.
package enum TemplateKind: String, CaseIterable, Sendable {
    case customerSegmentation = "customer_segmentation"
    case eventSegmentation = "event_segmentation"
}

/// Where the templates that use cases name are found.
package struct Templates: Sendable {
    /// The names there are, for suggestions.
    package var names: [String]
    /// The file of a template; nil where there is none of that name.
    package var file: @Sendable (String) -> SourceFile?

    package init(names: [String] = [], file: @escaping @Sendable (String) -> SourceFile? = { _ in nil }) {
        self.names = names
        self.file = file
    }

    /// Templates by name.
    package init(_ files: [String: SourceFile]) {
        self.init(names: files.keys.sorted()) { files[$0] }
    }
}

/// A template file that was read and found right.
struct Template {
    let kind: TemplateKind
    let asset: Node
    let declarations: [ParameterDeclaration]
}

extension Templates {
    /// Everything wrong with a template file by itself, without values for its parameters.
    package static func check(file: SourceFile) -> [Diagnostic] { Template.load(file).diagnostics }
}

extension Template {
    static func load(_ file: SourceFile) -> (template: Template?, diagnostics: [Diagnostic]) {
        let (root, problems) = Node.parse(file)
        guard let root else { return (nil, problems) }
        let (declarations, names, parameterProblems) = ParameterDeclaration.read(root["parameters"])
        var diagnostics = problems + parameterProblems
        // Without values every place that holds a parameter is skipped; what is around it is checked.
        var unknown: [String: ParameterValue?] = [:]
        for name in names { unknown.updateValue(nil, forKey: name) }
        var filling = Filling(unknown, owner: "the template", origins: Origins())
        let body = filling.fill(root.without("parameters"))
        diagnostics += filling.diagnostics
        let form = ShapeChecker.check(body, .template)
        diagnostics += form
        let kind: Located<TemplateKind>? = Fields(body).word("kind")
        if !form.hasErrors, let kind, let asset = body["asset"] {
            diagnostics += Template.check(asset, kind.value)
        }
        diagnostics = diagnostics.inOrder
        guard !diagnostics.hasErrors, let kind, let asset = root["asset"] else { return (nil, diagnostics) }
        return (Template(kind: kind.value, asset: asset, declarations: declarations), diagnostics)
    }

    /// The form of a filled asset.
    static func check(_ asset: Node, _ kind: TemplateKind) -> [Diagnostic] {
        let shape = UseCaseShapes.ownSegmentation(isCustomer: kind == .customerSegmentation)
        let language = Language(
            name: "asset", title: "", root: .mapping(shape), definitions: UseCaseShapes.definitions,
            hasParameters: false)
        return ShapeChecker.check(asset, language)
    }
}

/// Replaces `- template: name` by the template's asset with its values filled in.
struct TemplateExpansion {
    private let templates: Templates
    private var loaded: [String: Template?] = [:]
    private(set) var origins: Origins
    private(set) var diagnostics: [Diagnostic] = []

    init(_ templates: Templates, origins: Origins) {
        self.templates = templates
        self.origins = origins
    }

    /// The segmentations of one kind; a use of a template that is wrong is left as a mapping with the id alone.
    mutating func expand(_ body: Node, _ kind: TemplateKind) -> [Node] {
        Fields(body).elements(kind.rawValue + "s").map { node in
            guard node["template"] != nil else { return node }
            return expand(node, kind) ?? stub(node)
        }
    }

    private func stub(_ node: Node) -> Node {
        let entries = (node["with"]?.entries ?? []).filter { $0.key.text == "id" }
        return Node(.mapping(entries), at: node.place)
    }

    private mutating func expand(_ node: Node, _ kind: TemplateKind) -> Node? {
        guard let name = Fields(node).text("template"), let template = template(name) else { return nil }
        guard template.kind == kind else {
            diagnostics.append(
                Diagnostic(
                    .templateKind, "template '\(name.value)' is a \(template.kind.rawValue)", at: name.place,
                    hints: ["use it under \(template.kind.rawValue)s:"]))
            return nil
        }
        var filling = Filling(
            values(node, name, template), owner: "template '\(name.value)'", origins: origins, movesToValue: true)
        let asset = filling.fill(template.asset)
        diagnostics += filling.diagnostics
        origins = filling.origins
        diagnostics += Template.check(asset, kind)
        return asset
    }

    private mutating func template(_ name: Located<String>) -> Template? {
        if let known = loaded[name.value] { return known }
        guard let file = templates.file(name.value) else {
            diagnostics.append(
                Diagnostic(
                    .unknownTemplate, "unknown template '\(name.value)'", at: name.place,
                    hints: didYouMean(name.value, among: templates.names)
                        + (templates.names.isEmpty ? [] : ["templates: \(listed(templates.names))"])))
            return nil
        }
        let (template, problems) = Template.load(file)
        diagnostics += problems
        loaded.updateValue(template, forKey: name.value)
        return template
    }

    private mutating func values(
        _ node: Node, _ name: Located<String>, _ template: Template
    ) -> [String: ParameterValue?] {
        var result: [String: ParameterValue?] = [:]
        for declaration in template.declarations {
            result.updateValue(declaration.defaultValue, forKey: declaration.name.value)
        }
        let byName = Dictionary(template.declarations.map { ($0.name.value, $0) }) { first, _ in first }
        for entry in node["with"]?.entries ?? [] {
            guard let key = entry.key.text else { continue }
            guard let declaration = byName[key] else {
                let names = template.declarations.map(\.name.value)
                diagnostics.append(
                    Diagnostic(
                        .unknownParameter, "template '\(name.value)' has no parameter '\(key)'", at: entry.key.place,
                        hints: didYouMean(key, among: names) + ["parameters: \(listed(names))"]))
                continue
            }
            // A missing value was reported with the form.
            if entry.value.isMissing || entry.value.isRefused {
                result.updateValue(nil as ParameterValue?, forKey: key)
                continue
            }
            let value = ParameterValue(
                content: entry.value, origin: "with", place: entry.value.headPlace,
                note: "parameter '\(key)' is set here")
            let (accepted, problems) = declaration.accept(value)
            diagnostics += problems
            result.updateValue(accepted, forKey: key)
        }
        for declaration in template.declarations
        where declaration.defaultValue == nil && node["with"]?[declaration.name.value] == nil {
            diagnostics.append(
                Diagnostic(
                    .parameterWithoutValue,
                    "template '\(name.value)' needs a value for '\(declaration.name.value)'", at: name.place,
                    related: [.init("declared here", at: declaration.name.place)]))
        }
        return result
    }
}
