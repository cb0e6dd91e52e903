import Definitions
import Forecasts
import Quantities
import Queries

/// Reports of the kind `forecast` as tables, like any other report's.
struct ForecastTables {
    private let result: ProjectForecast
    private let semantics: Semantics
    /// What is to be known is not told by another table.
    private let isAlone: Bool

    init(_ result: ProjectForecast, isAlone: Bool) {
        self.result = result
        self.isAlone = isAlone
        semantics = result.semantics
    }

    func table(_ report: ReportDefinition) -> ResultTable {
        switch report.forecast?.shown ?? .value {
        case .value: value(report)
        case .holdout: holdout(report)
        case .accuracy: accuracy(report)
        case .tracking: tracking(report)
        case .frequency: frequency(report)
        }
    }

    private func value(_ report: ReportDefinition) -> ResultTable {
        let dimensions: [ResultTable.DimensionHeader] =
            switch result.question.split {
            case .segmentation(let id)?: [.init(title: result.splitTitle ?? id, dimension: .segmentation(id))]
            case .cohort(let unit)?: [.init(title: result.splitTitle ?? "", dimension: .cohort(unit))]
            case nil: []
            }
        let columns = [
            column("customers", "Customers", .count, "\(customers)."),
            column(
                "no_order_share", "No order", .ratio,
                "The share of them that is expected not to order in the next \(result.question.horizon.counted)."),
            column(
                "expected_orders", "Expected orders", .count,
                "Days with an order in the next \(result.question.horizon.counted), by \(model). Which orders were made says how often a customer"
                    + " orders, and whether the customer still does."),
            column(
                "expected_value", "Expected value", .money,
                "What these amount to, each as it is worth today at \(percent(result.question.annualRate)) a year"
                    + (result.question.margin == 1 ? "." : "; \(percent(result.question.margin)) of revenue.")),
            column(
                "expected_value_low", "from", .money,
                "The beginning of the range of 90 %: in 19 cases of 20 it is more."),
            column("expected_value_high", "to", .money, "The end of the range of 90 %: in 19 cases of 20 it is less."),
            column("value_per_customer", "Per customer", .money, "Expected value by customers."),
            column("value_share", "Share of value", .ratio, "Of the expected value of all."),
            column("revenue", "So far", .money, "What they have bought up to now."),
        ]
        let rows =
            result.question.split == nil ? [] : result.rows.map { row($0, keys: [.init($0.key, label: $0.label)]) }
        let total = result.total.map { row($0, keys: []) }
        return table(
            report, dimensions, columns, rows: result.question.split == nil ? [total].compactMap(\.self) : rows,
            total: result.question.split == nil ? nil : total)
    }

    private func row(_ row: ProjectForecast.Row, keys: [ResultTable.Key]) -> ResultTable.Row {
        let expected = row.expected
        let all = result.total?.expected.value ?? 0
        let reason =
            expected.value == nil
            ? "what purchases are worth cannot be said" : "the data do not tell the model's parameters apart"
        let values: [Value?] = [
            .exact(ExactDecimal(expected.customers)), real(expected.noOrderShare), real(expected.orders),
            real(expected.value), real(row.value?.low), real(row.value?.high),
            expected.customers > 0 ? real(expected.value.map { $0 / Double(expected.customers) }) : nil,
            all > 0 ? real(expected.value.map { $0 / all }) : nil, .exact(row.revenue),
        ]
        let reasons = values.indices.filter { values[$0] == nil }.map {
            ($0, expected.customers == 0 ? "there are no such customers" : reason)
        }
        return ResultTable.Row(
            keys: keys, values: values, currency: semantics.displayCurrency,
            nullReasons: Dictionary(uniqueKeysWithValues: reasons))
    }

    /// What was predicted of the last known period beside what happened.
    private func holdout(_ report: ReportDefinition) -> ResultTable {
        let days = result.forecast.holdout?.days ?? 0
        let columns = [
            column("actual", "Orders made", .count, "Days with an order in those days."),
            column("predicted", "Predicted", .count, "By \(model), fitted to the time before."),
            column("negative_binomial", "Nobody leaves", .count, "By NBD: rates differ, and everybody stays."),
            column("same_rate", "As before", .count, "Each as often as before."),
            column("customers", "Customers", .count, "By repeat purchases before the last \(days) days."),
        ]
        guard let holdout = result.forecast.holdout else {
            return table(report, [], columns, rows: [], total: nil, layout: .trend)
        }
        func values(_ customers: Int, _ actual: Int, _ predicted: [Double?]) -> [Value?] {
            [.exact(ExactDecimal(actual))] + predicted.map(real) + [.exact(ExactDecimal(customers))]
        }
        let rows = holdout.classes.enumerated().map { place, part in
            ResultTable.Row(
                keys: [.init(.number(place), label: part.label)],
                values: values(part.customers, part.actual, Holdout.Method.allCases.map { part.predicted[$0] }),
                currency: semantics.displayCurrency)
        }
        let total = ResultTable.Row(
            keys: [],
            values: values(
                holdout.customers, holdout.actual, Holdout.Method.allCases.map { holdout.outcomes[$0]?.predicted }),
            currency: semantics.displayCurrency)
        var made = table(
            report, [.init(title: "Repeat purchases before", dimension: .purchaseCount(classes: Array(0...7)))],
            columns,
            rows: rows, total: total, layout: .trend)
        made.notes.insert(knownPeriod(holdout, days), at: 0)
        return made
    }

    private func knownPeriod(_ holdout: Holdout, _ days: Int) -> String {
        func count(_ value: Double) -> String { grouped(Int(value.rounded())) }
        let predicted = holdout.outcomes[.model].map { count($0.predicted) } ?? ""
        let range = holdout.interval.map { " (range of 90 %: \(count($0.low)) to \(count($0.high)))" } ?? ""
        let error = holdout.outcomes[.model]?.error.map { ", \($0 >= 0 ? "+" : "−")\(percent(abs($0)))" } ?? ""
        let money = holdout.spendError.map {
            " What they amount to was predicted \(percent(abs($0))) too \($0 >= 0 ? "high" : "low")."
        }
        let made = grouped(holdout.actual)
        return "Of the last \(days) days \(predicted) orders were predicted\(range), and \(made) were made\(error)."
            + (money ?? "")
    }

    /// How far off the model was in the last known period, beside forecasts without one.
    private func accuracy(_ report: ReportDefinition) -> ResultTable {
        let days = result.forecast.holdout?.days ?? 0
        let columns = [
            column("predicted", "Orders predicted", .count, "Of the last \(days) days, from the time before."),
            column("error", "Off by", .ratio, "Predicted less made, by made."),
            column(
                "mean_absolute_error", "Off per customer", .number,
                "The mean over customers of the distance between orders predicted and made."),
            column(
                "top_decile_share", "Orders of its best tenth", .ratio,
                "The share of all orders that those customers made of whom it predicted the most, a tenth of all."),
        ]
        let rows = result.forecast.holdout.map { holdout in
            Holdout.Method.allCases.map { method in
                let outcome = holdout.outcomes[method]
                let values = [
                    real(outcome?.predicted), real(outcome?.error), real(outcome?.meanAbsoluteError),
                    real(outcome?.topDecileShare),
                ]
                let empty = values.indices.filter { values[$0] == nil }.map { ($0, "nothing was ordered") }
                return ResultTable.Row(
                    keys: [.init(.text(method.rawValue), label: result.name(of: method))], values: values,
                    currency: semantics.displayCurrency, nullReasons: Dictionary(uniqueKeysWithValues: empty))
            }
        }
        var made = table(
            report, [.init(title: "Forecast", dimension: .attribute("forecast"))], columns, rows: rows ?? [],
            total: nil, layout: .table)
        if let holdout = result.forecast.holdout { made.notes.insert(knownPeriod(holdout, days), at: 0) }
        return made
    }

    /// Repeat purchases of all customers up to the end of each month.
    private func tracking(_ report: ReportDefinition) -> ResultTable {
        let columns = [
            column(
                "actual", "Repeat purchases up to then", .count,
                "Days with a repeat purchase, from the beginning to the end of the month."),
            column(
                "expected", "Expected up to then", .count,
                "By \(model) fitted to the time before the last known period, which sees of each customer only when the first"
                    + " purchase was."),
        ]
        guard let tracking = result.forecast.tracking else {
            return table(report, [], columns, rows: [], total: nil, layout: .trend)
        }
        let first = result.day.dayNumber - result.forecast.base.days
        let month = CalendarUnit.month
        let months = Array(month.index(ofDay: first)...month.index(of: result.day))
        // The last month is as long as the history.
        let ends = months.map { min(month.start(of: $0 + 1).dayNumber, result.day.dayNumber + 1) - first }
        let rows = zip(months, tracking.points(at: ends)).map { index, point in
            ResultTable.Row(
                keys: [.init(.bucket(index), label: month.label(of: index))],
                values: [.exact(ExactDecimal(point.actual)), real(point.expected)],
                currency: semantics.displayCurrency)
        }
        return table(
            report, [.init(title: "Month", dimension: .calendar(.month))], columns, rows: rows, total: nil,
            layout: .trend)
    }

    /// Customers by repeat purchases up to now.
    private func frequency(_ report: ReportDefinition) -> ResultTable {
        let columns = [
            column("customers", "Customers", .count, "With so many days with a purchase after the first."),
            column(
                "expected", "Expected", .count,
                "By \(model), fitted to all of the history, for customers who came when these did."),
        ]
        guard let (actual, expected) = result.forecast.frequencies(upTo: ForecastTables.lastFrequency) else {
            return table(report, [], columns, rows: [], total: nil, layout: .distribution)
        }
        let rows = actual.indices.map { place in
            ResultTable.Row(
                keys: [
                    .init(.number(place), label: place == ForecastTables.lastFrequency ? "\(place)+" : "\(place)")
                ],
                values: [.exact(ExactDecimal(actual[place])), real(expected[place])],
                currency: semantics.displayCurrency)
        }
        return table(
            report,
            [
                .init(
                    title: "Repeat purchases",
                    dimension: .purchaseCount(classes: Array(0...ForecastTables.lastFrequency)))
            ], columns, rows: rows, total: nil, layout: .distribution)
    }

    /// The last class of the histogram is open.
    private static let lastFrequency = 10

    // MARK: - Parts

    private func table(
        _ report: ReportDefinition, _ dimensions: [ResultTable.DimensionHeader], _ columns: [ResultTable.ColumnHeader],
        rows: [ResultTable.Row], total: ResultTable.Row?, layout: Layout = .forecast
    ) -> ResultTable {
        let shown = report.forecast?.shown ?? .value
        var notes: [String] = []
        if case .refused(let refusal) = result.forecast.verdict {
            notes.append(refusal.words)
        } else if shown == .value {
            notes.append(question)
        }
        if shown != .value, rows.isEmpty, result.forecast.holdout == nil {
            notes.append(ForecastFlag.notValidated.words)
        }
        // What is to be known stands once, beside the values of all where there are such.
        if isAlone || shown == .value && report.by.isEmpty {
            if result.forecast.verdict == .upperEstimate { notes.append(ForecastVerdict.upperEstimateWords) }
            notes += result.forecast.flags.map(\.words)
        }
        return ResultTable(
            id: report.id.value, title: report.title, layout: rows.isEmpty ? .forecast : layout,
            window: semantics.window, dimensions: dimensions, columns: columns, rows: rows, total: total, notes: notes)
    }

    private func column(
        _ name: String, _ title: String, _ type: ValueType, _ explanation: String
    ) -> ResultTable.ColumnHeader {
        ResultTable.ColumnHeader(name: name, title: title, type: type, explanation: explanation, isOfWindow: false)
    }

    private func real(_ value: Double?) -> Value? { value.flatMap { $0.isFinite ? .real($0) : nil } }

    /// What was asked, in words.
    private var question: String {
        let basis = semantics.revenueBasis == .net ? "net revenue" : "gross revenue"
        let margin = result.question.margin == 1 ? basis : "\(percent(result.question.margin)) of \(basis)"
        return "The \(result.question.horizon.description) from \(result.day), \(margin), discounted by"
            + " \(percent(result.question.annualRate)) a year, by \(model). \(customers); who comes later is not in it."
    }

    private var customers: String {
        switch result.question.scope {
        case .history: "Customers with at least one purchase up to then"
        case .active: "Customers with a purchase in the window"
        case .acquired: "Customers with their first purchase in the window"
        }
    }

    private var model: String { result.forecast.models?.chosen.model.variant.rawValue ?? "a customer-base model" }

    private func percent(_ share: Double) -> String {
        let tenths = (share * 1_000).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths)) %" : "\(tenths) %"
    }
}
