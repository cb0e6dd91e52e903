package import Definitions
package import Diagnostics

/// Something that a deployment materialises: a segmentation or a dashboard, as readable YAML.
package struct Asset: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case eventSegmentation = "event_segmentation"
        case customerSegmentation = "customer_segmentation"
        /// With what a purchase is and the metrics that its reports show.
        case dashboard
        /// What a purchase is, of a use case without a dashboard: its segmentations count by it.
        case purchaseDefinition = "purchase_definition"
        /// A customer segmentation as a view where the data is (see Views.swift).
        case view
    }

    /// Stable within the use case; display names may change, ids may not.
    package var id: String
    package var kind: Kind
    /// Shown to users, `[ACLV] Purchase success`.
    package var name: String
    /// The asset with every parameter filled in.
    package var yaml: String

    package init(id: String, kind: Kind, name: String, yaml: String) {
        self.id = id
        self.kind = kind
        self.name = name
        self.yaml = yaml
    }
}

/// What a deployment is made of, before it has a number: the assets of one version of a use case.
package struct Blueprint: Hashable, Sendable {
    package var useCase: String
    package var version: String
    package var title: String
    package var assets: [Asset]

    package init(useCase: String, version: String, title: String, assets: [Asset]) {
        self.useCase = useCase
        self.version = version
        self.title = title
        self.assets = assets
    }

    /// The generator: cuts a filled use case into its assets.
    package init(_ useCase: UseCase) {
        let tree = useCase.tree
        var assets: [Asset] = []
        func add(_ node: Node, _ kind: Asset.Kind, idIn named: Node) {
            guard let id = named["id"]?.text, let name = named["name"]?.text else {
                preconditionFailure("an asset without id or name passed the definition's checks")
            }
            assets.append(Asset(id: id, kind: kind, name: name, yaml: node.yaml))
        }
        for node in tree["event_segmentations"]?.elements ?? [] { add(node, .eventSegmentation, idIn: node) }
        for node in tree["customer_segmentations"]?.elements ?? [] { add(node, .customerSegmentation, idIn: node) }
        if let dashboard = tree["dashboard"] {
            let parts = (tree.entries ?? []).filter { entry in
                ["dashboard", "purchases", "metrics"].contains(entry.key.text)
            }
            add(Node(.mapping(parts), at: dashboard.place), .dashboard, idIn: dashboard)
        } else if let purchases = tree["purchases"] {
            let parts = (tree.entries ?? []).filter { ["purchases", "metrics"].contains($0.key.text) }
            assets.append(
                Asset(
                    id: "purchases", kind: .purchaseDefinition, name: "Purchase definition",
                    yaml: Node(.mapping(parts), at: purchases.place).yaml))
        }
        self.init(
            useCase: useCase.id.value, version: useCase.version, title: useCase.title, assets: assets)
    }

    /// The assets put together again as the text of a use case without parameters, which reads back as the same
    /// definitions.
    package func document() throws -> SourceFile {
        func scalar(_ text: String, _ place: Place) -> Node { Node(.scalar(text, .quoted), at: place) }
        let place = Place(SourceFile(path: useCase, text: ""), line: 1, column: 1)
        var entries = [
            Node.Entry(scalar("use_case", place), scalar(useCase, place)),
            Node.Entry(scalar("version", place), scalar(version, place)),
            Node.Entry(scalar("title", place), scalar(title, place)),
        ]
        var segmentations: [Asset.Kind: [Node]] = [:]
        for asset in assets where asset.kind != .view {
            let tree = try asset.tree()
            if asset.kind == .dashboard || asset.kind == .purchaseDefinition {
                entries += tree.entries ?? []
            } else {
                segmentations[asset.kind, default: []].append(tree)
            }
        }
        for kind in [Asset.Kind.eventSegmentation, .customerSegmentation] {
            if let nodes = segmentations[kind] {
                entries.append(Node.Entry(scalar(kind.rawValue + "s", place), Node(.sequence(nodes), at: place)))
            }
        }
        return SourceFile(path: "deployed/\(useCase).yaml", text: Node(.mapping(entries), at: place).yaml)
    }
}

extension Asset {
    /// The YAML read back.
    ///
    /// - Throws: `DiagnosticList` where it is no YAML, which means that the deployment was damaged.
    package func tree() throws -> Node {
        let (root, problems) = Node.parse(SourceFile(path: "deployed/\(id).yaml", text: yaml))
        guard let root, !problems.hasErrors else { throw DiagnosticList(problems) }
        return root
    }
}
