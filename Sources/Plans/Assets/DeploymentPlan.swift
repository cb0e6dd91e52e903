import Definitions

/// What a deployment would change, asset by asset and field by field.
package struct DeploymentPlan: Sendable {
    package var blueprint: Blueprint
    /// The number of the deployment that the plan starts from; nil for the first one.
    package var base: Int?
    package var baseVersion: String?
    package var changes: [AssetChange]

    /// Whether anything would change.
    package var hasChanges: Bool { changes.contains { $0.action != .unchanged } }

    /// - Parameter deployed: what is deployed now, with its number.
    /// - Throws: `DiagnosticList` where a deployed asset cannot be read back.
    package init(_ blueprint: Blueprint, over deployed: (number: Int, blueprint: Blueprint)?) throws {
        self.blueprint = blueprint
        base = deployed?.number
        baseVersion = deployed?.blueprint.version
        let old = deployed?.blueprint.assets ?? []
        var changes: [AssetChange] = []
        for asset in blueprint.assets {
            let before = old.first { $0.id == asset.id && $0.kind == asset.kind }
            changes.append(try AssetChange(from: before, to: asset))
        }
        for asset in old where !blueprint.assets.contains(where: { $0.id == asset.id && $0.kind == asset.kind }) {
            changes.append(try AssetChange(from: asset, to: nil))
        }
        self.changes = changes
    }

    package func count(_ action: AssetChange.Action) -> Int { changes.count { $0.action == action } }
}

/// One asset before and after.
package struct AssetChange: Sendable {
    package enum Action: String, Sendable {
        case create, update, delete, unchanged
    }

    package var id: String
    package var kind: Asset.Kind
    package var name: String
    package var action: Action
    /// Fields that differ, in the order of the new asset, then those that are gone.
    package var fields: [FieldChange]

    /// At least one of the two is there.
    init(from before: Asset?, to after: Asset?) throws {
        guard let asset = after ?? before else { preconditionFailure("an asset change without an asset") }
        (id, kind, name) = (asset.id, asset.kind, asset.name)
        let old = try before?.tree()
        let new = try after?.tree()
        fields = FieldChange.changes(from: old, to: new)
        action =
            switch (before, after) {
            case (nil, _): .create
            case (_, nil): .delete
            default: old == new ? .unchanged : .update
            }
    }
}

/// One field of an asset: its path, `segments[0].when.in`, and its text before and after.
package struct FieldChange: Hashable, Sendable {
    package var path: String
    package var before: String?
    package var after: String?

    static func changes(from old: Node?, to new: Node?) -> [FieldChange] {
        let before = old.map { fields(of: $0) } ?? []
        let after = new.map { fields(of: $0) } ?? []
        let oldValues = Dictionary(before) { first, _ in first }
        let newPaths = Set(after.map(\.0))
        var changes: [FieldChange] = []
        for (path, text) in after where oldValues[path] != text {
            changes.append(FieldChange(path: path, before: oldValues[path], after: text))
        }
        for (path, text) in before where !newPaths.contains(path) {
            changes.append(FieldChange(path: path, before: text, after: nil))
        }
        return changes
    }

    /// Every leaf with its path. Lists of texts are one leaf; entries of lists that have an id or a name are called so.
    ///
    /// - Parameter key: the last one of the path.
    private static func fields(of node: Node, path: String = "", key: String = "") -> [(String, String)] {
        if let text = node.text { return [(path, text)] }
        if let elements = node.elements {
            let texts = elements.compactMap(\.text)
            if texts.count == elements.count { return [(path, "[\(texts.joined(separator: ", "))]")] }
            return elements.enumerated().flatMap { index, element in
                let label = MergeIdentity.name(of: element, under: key) ?? String(index)
                return fields(of: element, path: "\(path)[\(label)]")
            }
        }
        return (node.entries ?? []).flatMap { entry in
            let key = entry.key.text ?? ""
            return fields(of: entry.value, path: path.isEmpty ? key : "\(path).\(key)", key: key)
        }
    }
}
