import Diagnostics
import Plans
import Quantities
import Queries

/// What a plan does to the numbers, below the plan.
struct ConsequencesView {
    private let consequences: PlanConsequences

    init(_ consequences: PlanConsequences) { self.consequences = consequences }

    func lines(_ style: TerminalStyle) -> [String] {
        let figures = consequences.keyFigures
        var lines: [String] = []
        if !figures.isEmpty {
            let isNew = figures.allSatisfy { !$0.isBefore }
            let changed = figures.filter(\.hasChanged)
            lines.append(style.strong("numbers, \(span)"))
            let hasReports = Set(figures.map(\.report)).count > 1
            let titles = changed.map {
                DisplayWidth.printable(hasReports ? "\($0.reportTitle): \($0.title)" : $0.title)
            }
            let width = titles.map { DisplayWidth.of($0) }.max() ?? 0
            lines += zip(changed, titles).map { figure, title in
                let title = DisplayWidth.padded(title, to: width)
                if isNew { return "    \(title)  \(after(figure) ?? "")" }
                let (before, after) = (before(figure) ?? "(none)", after(figure) ?? "(none)")
                let change = Change(from: figure.before, to: figure.after, type: figure.type).map { "  (\($0.text))" }
                return "    \(title)  \(before) -> \(after)" + (change ?? "")
            }
            if let unchanged { lines.append("    " + unchanged) }
        }
        for migration in consequences.migrations {
            let name = DisplayWidth.printable(migration.name)
            let moved = migration.moved
            let isWhole = migration.moves.contains { $0.from == nil || $0.to == nil }
            lines.append(
                style.strong("segments of \(migration.id)") + "  \(name)"
                    + (isWhole ? "" : style.quiet("  \(count(moved)) move\(moved == 1 ? "s" : "")")))
            let sides = migration.moves.map { move in
                [move.from, move.to].compactMap { $0.map(DisplayWidth.printable) }.joined(separator: " -> ")
            }
            let width = sides.map { DisplayWidth.of($0) }.max() ?? 0
            lines += zip(sides, migration.moves).map { side, move in
                "    \(DisplayWidth.padded(side, to: width))  \(number(move.customers))"
            }
        }
        return lines
    }

    /// How many key figures stay as they are; nil for none.
    var unchanged: String? {
        let figures = consequences.keyFigures
        let same = figures.count { !$0.hasChanged }
        if same == 0 { return nil }
        return same == figures.count ? "all \(same) key figures stay as they are" : "\(same) more stay as they are"
    }

    var json: JSONText {
        .object([
            (
                "key_figures",
                .array(
                    consequences.keyFigures.map { figure in
                        func value(_ value: Value?) -> JSONText {
                            NumberFormatting.raw(value).map { .number($0) } ?? .null
                        }
                        return .object([
                            ("report", .string(figure.report)), ("metric", .string(figure.name)),
                            ("title", .string(figure.title)),
                            ("type", .string(figure.type.rawValue)), ("currency", .string(figure.currency)),
                            ("before", value(figure.before)), ("after", value(figure.after)),
                        ])
                    })
            ),
            (
                "segments",
                .array(
                    consequences.migrations.map { migration in
                        .object([
                            ("segmentation", .string(migration.id)), ("name", .string(migration.name)),
                            ("moved", .integer(migration.moved)),
                            (
                                "moves",
                                .array(
                                    migration.moves.map { move in
                                        .object([
                                            ("from", .nullable(move.from)), ("to", .nullable(move.to)),
                                            ("customers", .integer(move.customers)),
                                        ])
                                    })
                            ),
                        ])
                    })
            ),
        ])
    }

    /// The window that the numbers are of.
    var span: String {
        guard let window = consequences.window, let timezone = consequences.timezone else {
            return "as the data are now"
        }
        return Times(timezone: timezone).short(window)
    }

    /// A key figure as it is now; nil where there is none.
    func before(_ figure: PlanConsequences.KeyFigure) -> String? {
        guard figure.isBefore else { return nil }
        return NumberFormatting.display(
            figure.before, type: figure.type, currency: figure.currency, period: figure.periodBefore)
    }

    /// A key figure as it would be; nil where there would be none.
    func after(_ figure: PlanConsequences.KeyFigure) -> String? {
        guard figure.isAfter else { return nil }
        return NumberFormatting.display(
            figure.after, type: figure.type, currency: figure.currency, period: figure.periodAfter)
    }

    func number(_ count: Int) -> String { NumberFormatting.number(.exact(ExactDecimal(count)), digits: 0) }

    private func count(_ count: Int) -> String { "\(number(count)) customer\(count == 1 ? "" : "s")" }
}
