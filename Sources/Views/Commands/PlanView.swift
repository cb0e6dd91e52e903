import Diagnostics
package import Plans

package enum PlanFormat: String, CaseIterable, Sendable {
    case table, json, markdown
}

/// What a deployment would change.
package struct PlanView: Sendable {
    private let plan: DeploymentPlan
    /// What is compared, where that is not what is deployed with what would be.
    private let subject: String?
    /// Nil where they are not known: there are no data yet.
    private let consequences: PlanConsequences?

    /// - Parameter subject: `cltv-dashboard, from deployment 1 to 3` for a comparison that is no plan.
    package init(
        _ plan: DeploymentPlan, comparing subject: String? = nil, consequences: PlanConsequences? = nil
    ) {
        self.plan = plan
        self.subject = subject
        self.consequences = consequences
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
        for change in plan.changes where subject == nil || change.action != .unchanged {
            let name = DisplayWidth.printable(change.name)
            lines.append(
                style.strong("\(mark(change.action)) \(change.kind.rawValue) \(change.id)") + "  \(name)"
                    + style.quiet("  \(change.action.rawValue)"))
            if change.action == .update { lines += change.fields.map { "    " + text($0) } }
        }
        lines += [
            "",
            subject == nil
                ? "plan: \(plan.count(.create)) to create, \(plan.count(.update)) to update, "
                    + "\(plan.count(.delete)) to delete, \(plan.count(.unchanged)) unchanged"
                : "\(plan.count(.create)) added, \(plan.count(.update)) changed, \(plan.count(.delete)) removed, "
                    + "\(plan.count(.unchanged)) the same",
        ]
        if let consequences {
            let numbers = ConsequencesView(consequences).lines(style)
            if !numbers.isEmpty { lines += [""] + numbers }
        }
        return lines.joined(separator: "\n")
    }

    private var heading: String {
        if let subject { return subject }
        let target = "\(plan.blueprint.useCase) \(plan.blueprint.version)"
        if plan.blueprint.assets.isEmpty, let base = plan.base {
            return "\(plan.blueprint.useCase), destroying deployment \(base)"
        }
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
            ("consequences", consequences.map { ConsequencesView($0).json } ?? .null),
        ]).indented
    }
}
