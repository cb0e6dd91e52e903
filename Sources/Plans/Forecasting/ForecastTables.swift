import Definitions
import Forecasts
import Quantities
import Queries

/// Reports of the kind `forecast` as tables, like any other report's.
struct ForecastTables {
    private let result: ProjectForecast
    private let semantics: Semantics

    init(_ result: ProjectForecast) {
        self.result = result
        semantics = result.semantics
    }

    func table(_ report: ReportDefinition) -> ResultTable {
        switch report.forecast?.shown ?? .value {
        case .value: value(report)
        case .holdout: holdout(report)
        case .tracking: tracking(report)
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
            column("customers", "Customers", .count, "Customers with at least one purchase up to now."),
            column(
                "no_order_share", "No order", .ratio,
                "The share of them that is expected not to order in the next \(horizon)."),
            column(
                "expected_orders", "Expected orders", .count,
                "Days with an order in the next \(horizon), by \(model). Which orders were made says how often a customer"
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
        let days = result.forecast.holdout.map { Int(($0.weeks * 7).rounded()) } ?? 0
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

    /// Repeat purchases of all customers up to the end of each month.
    private func tracking(_ report: ReportDefinition) -> ResultTable {
        let columns = [
            column("actual", "Repeat purchases made", .count, "Up to the end of the month, days with one."),
            column(
                "expected", "Expected", .count,
                "By \(model) fitted to the time before the last known period, which sees of each customer only when the first"
                    + " purchase was."),
        ]
        guard let tracking = result.forecast.tracking else {
            return table(report, [], columns, rows: [], total: nil, layout: .trend)
        }
        let first = result.day.dayNumber - result.forecast.base.days
        // The last week that ends in each month.
        var weeks: [Int: Tracking.Week] = [:]
        for week in tracking.weeks {
            weeks[CalendarUnit.month.index(ofDay: first + week.week * 7 - 1)] = week
        }
        let rows = weeks.keys.sorted().map { month in
            ResultTable.Row(
                keys: [.init(.bucket(month), label: CalendarUnit.month.label(of: month))],
                values: [weeks[month].map { .exact(ExactDecimal($0.actual)) }, real(weeks[month]?.expected)],
                currency: semantics.displayCurrency)
        }
        return table(
            report, [.init(title: "Month", dimension: .calendar(.month))], columns, rows: rows, total: nil,
            layout: .trend)
    }

    // MARK: - Parts

    private func table(
        _ report: ReportDefinition, _ dimensions: [ResultTable.DimensionHeader], _ columns: [ResultTable.ColumnHeader],
        rows: [ResultTable.Row], total: ResultTable.Row?, layout: Layout = .forecast
    ) -> ResultTable {
        var notes: [String] = []
        if case .refused(let refusal) = result.forecast.verdict { notes.append(refusal.words) }
        if report.forecast?.shown ?? .value != .value, rows.isEmpty, result.forecast.holdout == nil {
            notes.append(ForecastFlag.notValidated.words)
        }
        // What is to be known stands once, beside the values of all.
        if report.forecast?.shown ?? .value == .value, report.by.isEmpty {
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

    private var horizon: String { result.question.horizon.description }

    private var model: String { result.forecast.models?.chosen.model.variant.rawValue ?? "a customer-base model" }

    private func percent(_ share: Double) -> String {
        let tenths = (share * 1_000).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths)) %" : "\(tenths) %"
    }
}
