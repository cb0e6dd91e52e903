package import Definitions
package import Diagnostics
package import Plans

package enum UpgradeFormat: String, CaseIterable, Sendable {
    case table, json
}

/// What an upgrade merged, kept and could not decide, and what it leaves behind.
package struct UpgradeView: Sendable {
    private let useCase: String
    /// Nil where it is not known what the project came from.
    private let before: String?
    private let after: String
    /// The local file, as the user would write it; nil where the project uses what ships as it is.
    private let file: String?
    /// Nil where there is nothing to merge.
    private let merge: DefinitionMerge?
    /// Whether the result is the new version to the letter, its order too: nothing was adjusted.
    private let isWhole: Bool
    private let gone: [Asset]

    /// - Parameters:
    ///   - before: the version that the project came from.
    ///   - after: the new one.
    ///   - file: that is merged into.
    ///   - isWhole: whether nothing was adjusted, so that the file becomes the new version to the letter.
    ///   - gone: assets that the new version does not have any more.
    package init(
        useCase: String, from before: String?, to after: String, file: String?, merge: DefinitionMerge?,
        isWhole: Bool = false, gone: [Asset] = []
    ) {
        self.useCase = useCase
        self.before = before
        self.after = after
        self.file = file
        self.merge = merge
        self.isWhole = isWhole
        self.gone = gone
    }

    /// Lists that have another order than in the new version.
    private var reordered: [String] { isWhole ? [] : merge?.reordered ?? [] }

    // MARK: - For people

    package func text(color: Bool = false) -> String {
        let style = TerminalStyle(color: color)
        let versions = before.map { $0 == after ? after : "\($0) -> \(after)" } ?? after
        var lines = [style.strong("\(useCase) \(versions)") + (file.map { ", into \($0)" } ?? ", as it ships")]
        if let merge {
            func list(_ title: String, _ items: [String]) {
                if !items.isEmpty { lines += ["", style.strong(title)] + items }
            }
            list("taken from version \(after)", merge.taken.map(line))
            list("kept local", merge.kept.map(line))
            list("in conflict", merge.unresolved.flatMap(conflict))
            lines += [
                "",
                "upgrade: \(merge.taken.count) taken from version \(after), \(merge.kept.count) kept local, "
                    + "\(merge.unresolved.count) in conflict",
            ]
            lines += reordered.map {
                "! '\(DisplayWidth.printable($0))' has another order in version \(after): the local order stays"
            }
        }
        lines += gone.map { "! \(UpgradeView.sentence($0, version: after))" }
        return lines.joined(separator: "\n")
    }

    private static func sentence(_ asset: Asset, version: String) -> String {
        let kind = asset.kind == .dashboard ? "dashboard" : "segmentation"
        return "asset '\(DisplayWidth.printable(asset.id))' is gone in version \(version): "
            + "deploying it deletes that \(kind)"
    }

    private func line(_ change: DefinitionMerge.Change) -> String {
        let path = DisplayWidth.printable(change.path)
        // The element of a list of texts is named by itself.
        if let text = (change.after ?? change.before)?.text, change.path.hasSuffix("[\(text)]") {
            return "    \(change.after == nil ? "-" : "+") \(path)"
        }
        return switch (change.before, change.after) {
        case (let before?, let after?): "    ~ \(path): \(short(before)) -> \(short(after))"
        case (nil, let after?): "    + \(path): \(short(after))"
        case (let before?, nil): "    - \(path): \(short(before))"
        case (nil, nil): "    \(path)"
        }
    }

    private func conflict(_ conflict: DefinitionMerge.Conflict) -> [String] {
        let labels = [before ?? "before", "local", after]
        let width = labels.map { DisplayWidth.of($0) }.max() ?? 0
        let values = [conflict.base, conflict.local, conflict.new].map { $0.map { short($0) } ?? "(none)" }
        return ["    ! \(DisplayWidth.printable(conflict.path))"]
            + zip(labels, values).map { "        \(DisplayWidth.padded($0, to: width))  \($1)" }
    }

    // MARK: - For programs

    /// - Parameter plan: of the deployment that follows; nil where none does.
    package func json(plan: PlanView?) -> String {
        func value(_ node: Node?) -> JSONText { .nullable(node.map { $0.text ?? $0.inlineYAML }) }
        func change(_ change: DefinitionMerge.Change) -> JSONText {
            .object([
                ("path", .string(change.path)), ("before", value(change.before)), ("after", value(change.after)),
            ])
        }
        let conflicts = (merge?.conflicts ?? []).map { conflict in
            JSONText.object([
                ("path", .string(conflict.path)),
                ("file", .string(conflict.place.file.path)), ("line", .integer(conflict.place.line)),
                ("column", .integer(conflict.place.column)),
                ("base", value(conflict.base)), ("local", value(conflict.local)), ("new", value(conflict.new)),
                ("choice", .nullable(conflict.choice?.rawValue)),
            ])
        }
        return JSONText.object([
            ("schema_version", .integer(1)),
            ("use_case", .string(useCase)),
            ("from_version", .nullable(before)),
            ("version", .string(after)),
            ("file", .nullable(file)),
            ("taken", .array((merge?.taken ?? []).map(change))),
            ("kept", .array((merge?.kept ?? []).map(change))),
            ("conflicts", .array(conflicts)),
            ("reordered", .strings(reordered)),
            ("gone", .strings(gone.map(\.id))),
            ("plan", plan?.document ?? .null),
        ]).indented
    }
}

extension DefinitionMerge.Conflict {
    /// The conflict as an error at the local place, with the three values and how it is resolved.
    ///
    /// - Parameters:
    ///   - before: the version that both came from.
    ///   - version: the new one.
    package func diagnostic(from before: String, to version: String) -> Diagnostic {
        let was = base.map { short($0) } ?? "not there"
        let (here, there) = (local.map { short($0) } ?? "removed", new.map { short($0) } ?? "removed")
        return Diagnostic(
            .upgradeConflict,
            "'\(path)' was \(was) in version \(before), is \(here) here and \(there) in version \(version)", at: place,
            hints: ["keep what is here: --keep '\(path)'", "take version \(version): --take '\(path)'"])
    }
}

/// A value on one line of moderate length; texts in quotes.
private func short(_ node: Node) -> String {
    let line = node.text.map { "\"\($0)\"" } ?? node.inlineYAML
    return DisplayWidth.truncated(DisplayWidth.printable(line), to: 90)
}
