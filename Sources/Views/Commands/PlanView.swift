import Diagnostics
package import Plans

package enum PlanFormat: String, CaseIterable, Sendable {
    case table, json, markdown
}

/// What a deployment would change.
package struct PlanView: Sendable {
    private let plan: DeploymentPlan

    package init(_ plan: DeploymentPlan) {
        self.plan = plan
    }

    package func render(_ format: PlanFormat, color: Bool = false) -> String {
        switch format {
        case .table: text(color)
        case .json: json
        case .markdown: "```diff\n\(text(false))\n```"
        }
    }

    private func text(_ color: Bool) -> String {
        let style = TerminalStyle(color: color)
        var lines = [heading, ""]
        for change in plan.changes {
            let name = DisplayWidth.printable(change.name)
            lines.append(
                style.strong("\(mark(change.action)) \(change.kind.rawValue) \(change.id)") + "  \(name)"
                    + style.quiet("  \(change.action.rawValue)"))
            if change.action == .update { lines += change.fields.map { "    " + text($0) } }
        }
        lines += [
            "",
            "plan: \(plan.count(.create)) to create, \(plan.count(.update)) to update, \(plan.count(.delete)) to delete, "
                + "\(plan.count(.unchanged)) unchanged",
        ]
        return lines.joined(separator: "\n")
    }

    private var heading: String {
        let target = "\(plan.blueprint.useCase) \(plan.blueprint.version)"
        guard let base = plan.base, let version = plan.baseVersion else { return "\(target), not deployed yet" }
        return "\(target), over deployment \(base)" + (version == plan.blueprint.version ? "" : " (\(version))")
    }

    private func mark(_ action: AssetChange.Action) -> String {
        switch action {
        case .create: "+"
        case .update: "~"
        case .delete: "-"
        case .unchanged: " "
        }
    }

    private func text(_ field: FieldChange) -> String {
        func quoted(_ text: String) -> String { "\"\(DisplayWidth.printable(text))\"" }
        return switch (field.before, field.after) {
        case (let before?, let after?): "~ \(field.path): \(quoted(before)) -> \(quoted(after))"
        case (nil, let after?): "+ \(field.path): \(quoted(after))"
        case (let before?, nil): "- \(field.path): \(quoted(before))"
        case (nil, nil): field.path
        }
    }

    private var json: String {
        let changes = plan.changes.map { change in
            JSONText.object([
                ("id", .string(change.id)),
                ("kind", .string(change.kind.rawValue)),
                ("name", .string(change.name)),
                ("action", .string(change.action.rawValue)),
                (
                    "fields",
                    .array(
                        change.fields.map { field in
                            .object([
                                ("path", .string(field.path)), ("before", .nullable(field.before)),
                                ("after", .nullable(field.after)),
                            ])
                        })
                ),
            ])
        }
        return JSONText.object([
            ("schema_version", .integer(1)),
            ("use_case", .string(plan.blueprint.useCase)),
            ("version", .string(plan.blueprint.version)),
            ("base", plan.base.map { .integer($0) } ?? .null),
            ("has_changes", .boolean(plan.hasChanges)),
            ("changes", .array(changes)),
        ]).indented
    }
}
