import Plans
import Quantities
import Queries

/// What a deployment would change, for pages: its assets field by field, and what becomes of numbers and segments.
struct HTMLPlan {
    var plan: DeploymentPlan
    var consequences: PlanConsequences?

    func write(to page: inout Markup) {
        let counts = [
            (plan.count(.create), "to create"), (plan.count(.update), "to update"), (plan.count(.delete), "to delete"),
            (plan.count(.unchanged), "unchanged"),
        ]
        page.element("p", ["class": "meta"], text: PlanView(plan).heading)
        if !plan.hasChanges {
            page.element("p", ["class": "empty"], text: "Nothing to do: what is deployed is what this would deploy.")
        }
        page.element("p", ["class": "counts"]) { line in
            for (number, words) in counts {
                line.element("span", ["class": number == 0 ? "quiet" : nil]) {
                    $0.element("b", text: String(number))
                    $0.write(" \(words)")
                }
                line.write(" ")
            }
        }
        page.element("ul", ["class": "plan"]) { list in
            for change in plan.changes {
                list.newline()
                list.element("li", ["class": change.action.rawValue]) { asset(change, &$0) }
            }
        }
        if let consequences {
            HTMLConsequences(consequences: consequences, view: ConsequencesView(consequences)).write(to: &page)
        }
    }

    private func asset(_ change: AssetChange, _ item: inout Markup) {
        item.element("b") { $0.element("bdi", text: change.name) }
        item.element("span", ["class": "quiet"]) { words in
            words.write(" \(change.kind.rawValue.replacing("_", with: " ")) ")
            words.element("bdi", text: change.id)
            words.write(", \(change.action.words)")
        }
        guard change.action == .update else { return }
        item.element("dl", ["class": "fields"]) { fields in
            for field in change.fields {
                fields.element("dt") { $0.element("bdi", text: field.path) }
                fields.element("dd") { values in
                    if let before = field.before { values.element("del") { $0.element("bdi", text: before) } }
                    if field.before != nil, field.after != nil { values.write(" → ") }
                    if let after = field.after { values.element("ins") { $0.element("bdi", text: after) } }
                }
            }
        }
    }
}

/// Key figures before and after, and who moves between segments.
private struct HTMLConsequences {
    var consequences: PlanConsequences
    var view: ConsequencesView

    func write(to page: inout Markup) {
        let figures = consequences.keyFigures
        let changed = figures.filter(\.hasChanged)
        if !figures.isEmpty {
            page.element("h3", text: "Numbers, \(view.span)")
            if !changed.isEmpty { numbers(changed, isNew: figures.allSatisfy { !$0.isBefore }, &page) }
            if let rest = view.unchanged { page.element("p", ["class": "quiet"], text: rest) }
        }
        for migration in consequences.migrations {
            page.element("h3") { title in
                title.write("Customers of ")
                title.element("bdi", text: migration.name)
            }
            page.append(moves(migration).markup)
        }
    }

    private func numbers(_ figures: [PlanConsequences.KeyFigure], isNew: Bool, _ page: inout Markup) {
        let hasReports = Set(consequences.keyFigures.map(\.report)).count > 1
        let rows = figures.map { figure -> [String] in
            let name = hasReports ? "\(figure.reportTitle): \(figure.title)" : figure.title
            let after = view.after(figure) ?? ""
            if isNew { return [name, after] }
            let change = Change(from: figure.before, to: figure.after, type: figure.type)?.text ?? ""
            return [name, view.before(figure) ?? "", after, change]
        }
        let columns = ["now", "after it", "change"].map { Listing.Column($0, isNumber: true) }
        let shown = isNew ? Array(columns[1...1]) : columns
        page.append(
            Listing("numbers", columns: [Listing.Column("key figure")] + shown, rows: rows, empty: "").markup)
    }

    private func moves(_ migration: PlanConsequences.Migration) -> Listing {
        Listing(
            "moves",
            columns: [
                Listing.Column("from"), Listing.Column("to"), Listing.Column("customers", isNumber: true),
            ],
            rows: migration.moves.map { [$0.from ?? "", $0.to ?? "", view.number($0.customers)] }, empty: "")
    }
}

extension AssetChange.Action {
    fileprivate var words: String {
        switch self {
        case .create: "to create"
        case .update: "to update"
        case .delete: "to delete"
        case .unchanged: "unchanged"
        }
    }
}
