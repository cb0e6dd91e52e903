import Diagnostics
package import Plans

package enum PlanFormat: String, CaseIterable, Sendable {
    case table, json, markdown
}

/// What a deployment would change.
package struct PlanView: Sendable {
    private let plan: DeploymentPlan
    /// What is compared, where that is not what is deployed with what would be.
    private let comparison: Comparison?
    /// Nil where they are not known: there are no data yet.
    private let consequences: PlanConsequences?

    /// Two states that are compared without a plan to come from one to the other.
    package struct Comparison: Sendable {
        /// A deployment's number.
        var from: Int
        /// A deployment's number; nil for the files as they stand.
        var to: Int?

        package init(from: Int, to: Int?) {
            self.from = from
            self.to = to
        }
    }

    package init(
        _ plan: DeploymentPlan, comparing comparison: Comparison? = nil, consequences: PlanConsequences? = nil
    ) {
        self.plan = plan
        self.comparison = comparison
        self.consequences = consequences
    }

    package func render(_ format: PlanFormat, color: Bool = false) -> String {
        switch format {
        case .table: text(color)
        case .json: document.indented
        case .markdown: "```diff\n\(text(false))\n```"
        }
    }

    /// For pages, below a heading of the second level.
    package var markup: Markup {
        var page = Markup()
        HTMLPlan(plan: plan, consequences: consequences).write(to: &page)
        return page
    }

    private func text(_ color: Bool) -> String {
        let style = TerminalStyle(color: color)
        var lines = [heading, ""]
        for change in plan.changes where comparison == nil || change.action != .unchanged {
            let name = DisplayWidth.printable(change.name)
            lines.append(
                style.strong("\(mark(change.action)) \(change.kind.rawValue) \(change.id)") + "  \(name)"
                    + style.quiet("  \(change.action.rawValue)"))
            if change.action == .update { lines += change.fields.map { "    " + text($0) } }
        }
        lines += [
            "",
            comparison == nil
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

    var heading: String {
        if let comparison {
            let (before, after) = (plan.baseVersion ?? "", plan.blueprint.version)
            return "\(plan.blueprint.useCase) \(before == after ? after : "\(before) -> \(after)"), "
                + "from deployment \(comparison.from) to \(comparison.to.map { "deployment \($0)" } ?? "the files")"
        }
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

    /// The plan as a JSON object.
    var document: JSONText {
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
        var members: [(String, JSONText)] = [
            ("schema_version", .integer(1)),
            ("use_case", .string(plan.blueprint.useCase)),
            ("version", .string(plan.blueprint.version)),
        ]
        func number(_ number: Int?) -> JSONText { number.map { .integer($0) } ?? .null }
        if let comparison {
            members += [("from", .integer(comparison.from)), ("to", number(comparison.to))]
        } else {
            members.append(("base", number(plan.base)))
        }
        members += [
            ("has_changes", .boolean(plan.hasChanges)),
            ("changes", .array(changes)),
        ]
        if comparison == nil {
            members.append(("consequences", consequences.map { ConsequencesView($0).json } ?? .null))
        }
        return JSONText.object(members)
    }
}
