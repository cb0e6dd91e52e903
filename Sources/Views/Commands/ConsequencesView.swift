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
                if isNew { return "    \(title)  \(text(figure, figure.after))" }
                let before = figure.isBefore ? text(figure, figure.before) : "(none)"
                let after = figure.isAfter ? text(figure, figure.after) : "(none)"
                let change = Change(from: figure.before, to: figure.after, type: figure.type).map { "  (\($0.text))" }
                return "    \(title)  \(before) -> \(after)" + (change ?? "")
            }
            let same = figures.count - changed.count
            if same > 0 {
                lines.append(
                    "    "
                        + (changed.isEmpty
                            ? "all \(same) key figures stay as they are" : "\(same) more stay as they are"))
            }
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

    private var span: String {
        guard let window = consequences.window, let timezone = consequences.timezone else {
            return "as the data are now"
        }
        return Times(timezone: timezone).short(window)
    }

    private func text(_ figure: PlanConsequences.KeyFigure, _ value: Value?) -> String {
        NumberFormatting.display(value, type: figure.type, currency: figure.currency)
    }

    private func number(_ count: Int) -> String { NumberFormatting.number(.exact(ExactDecimal(count)), digits: 0) }

    private func count(_ count: Int) -> String { "\(number(count)) customer\(count == 1 ? "" : "s")" }
}
