/// Which assets name which parameters, read off the use case before they are filled in.
struct ParameterUses {
    /// Ids of assets, in their order, by parameter.
    private(set) var assets: [String: [String]] = [:]

    /// - Parameters:
    ///   - root: the file, with its placeholders.
    ///   - segmentations: those of both kinds, filled in and made of their templates, in the file's order.
    ///   - dashboard: the filled one; without it, what a purchase is makes an asset of its own.
    init(_ root: Node, eventSegmentations: [Node], customerSegmentations: [Node], dashboard: Node?) {
        for (key, filled) in [
            ("event_segmentations", eventSegmentations), ("customer_segmentations", customerSegmentations),
        ] {
            for (node, asset) in zip(root[key]?.elements ?? [], filled) {
                if let id = asset["id"]?.text { add(node, id) }
            }
        }
        let id = dashboard?["id"]?.text ?? "purchases"
        for key in ["dashboard", "purchases", "metrics"] {
            if let node = root[key] { add(node, id) }
        }
    }

    private mutating func add(_ node: Node, _ id: String) {
        for name in Filling.placeholders(in: node) where assets[name]?.last != id {
            assets[name, default: []].append(id)
        }
    }
}
