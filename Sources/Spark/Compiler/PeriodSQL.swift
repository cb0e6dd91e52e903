import Quantities
import Queries

/// Retention and its like: over the complete periods of a window, who bought in a period and in the one before.
extension EvaluationSQL {
    func periodSelects(
        _ query: Query, _ position: Int, _ index: Int, _ measure: Measure, _ shape: OutputShape
    ) throws -> [String] {
        let periods = try CompletePeriods(query.period, window: query.window ?? semantics.window, semantics)
        guard let complete = periods.complete else { return [] }
        let name = "p\(position)_\(index)"
        let keys = try addPeriods(name, query, measure, periods)
        var selects: [String] = []
        var parts: [(part: String, keys: [String])] = [("t", [])]
        if !query.groupBy.isEmpty { parts.append(("g", keys)) }
        for (part, keys) in parts {
            let grouped = keys.map { ", \($0)" }.joined()
            let isOfNext: Bool
            let value: String
            switch measure.kind {
            case .periodBuyers: (isOfNext, value) = (false, "COUNT(*)")
            case .periodPurchases: (isOfNext, value) = (false, "SUM(purchases)")
            case .retainedBuyers: (isOfNext, value) = (false, "COUNT_IF(before = period - 1)")
            case .previousPeriodBuyers: (isOfNext, value) = (true, "COUNT(*)")
            default: preconditionFailure("not a measure of periods")
            }
            let shown = isOfNext ? "period + 1" : "period"
            var outputKeys: [String] = []
            if part == "g" {
                var next = 0
                for dimension in query.groupBy {
                    if case .calendar(let unit) = dimension {
                        let first = periods.firstDate(of: shown, calendar)
                        outputKeys.append("CONCAT('b', CAST(\(calendar.bucket(ofDate: first, unit)) AS STRING))")
                    } else {
                        outputKeys.append(keys[next])
                        next += 1
                    }
                }
            }
            let isGroup = keys.map { " AND \($0) IS NOT NULL" }.joined()
            selects.append(
                """
                SELECT \(shape.row(position, "'\(part)'", outputKeys, [index: value], EvaluationSQL.none, EvaluationSQL.none))
                FROM (
                  SELECT customer, period\(grouped), COUNT(*) AS purchases,
                    LAG(period) OVER (PARTITION BY customer\(grouped) ORDER BY period) AS before
                  FROM \(name)
                  GROUP BY customer, period\(grouped)
                )
                WHERE \(shown) BETWEEN \(complete.lowerBound) AND \(complete.upperBound)\(isGroup)
                GROUP BY \((outputKeys.isEmpty ? ["'\(part)'"] : outputKeys).joined(separator: ", "))
                """)
        }
        return selects
    }

    /// The customer's purchases with their periods, and the keys that are not of the calendar.
    private func addPeriods(
        _ name: String, _ query: Query, _ measure: Measure, _ periods: CompletePeriods
    ) throws -> [String] {
        let scope = measure.scope
        let source = scopedRows(query, scope, isAnchored: false, isOfPeriods: true)
        var columns = ["r.customer", "\(periods.index(ofDay: calendar.day("r.grouped_at"))) AS period"]
        var keys: [String] = []
        for (place, dimension) in query.groupBy.enumerated() {
            if case .calendar = dimension { continue }
            columns.append("\(try key(dimension, from: "r", at: "r.grouped_at")) AS k\(place)")
            keys.append("k\(place)")
        }
        var conditions = ["r.is_purchase", "r.in_scope"]
        for filter in [query.filter, measure.filter].compactMap(\.self) { conditions.append(try rowPredicate(filter)) }
        text.add(
            name, "purchases of the query \(position(of: name)) by period, of measure \(measure.kind.word)",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM (\n\(SQLText.indented(source))\n) r\nWHERE "
                + conditions.joined(separator: " AND "))
        return keys
    }

    private func position(of name: String) -> String { String(name.dropFirst().prefix { $0.isNumber }) }
}

extension Measure.Kind {
    fileprivate var word: String {
        switch self {
        case .periodBuyers: "buyers"
        case .periodPurchases: "purchases"
        case .retainedBuyers: "retained buyers"
        case .previousPeriodBuyers: "buyers of the period before"
        default: ""
        }
    }
}

/// The periods that lie in a window and are over at `as_of`.
struct CompletePeriods {
    let period: Period
    /// For periods of days: the day on which period 0 begins; one ends where the window ends.
    let origin: Int
    /// Nil for none.
    let complete: ClosedRange<Int>?

    init(_ period: Period, window: Window, _ semantics: Semantics) throws {
        guard let zone = Zone(identifier: semantics.timezone) else {
            throw QueryError.unsupported("the timezone '\(semantics.timezone)' is not in the IANA database")
        }
        self.period = period
        let date = zone.date(at: window.to)
        origin = zone.startOfDay(date) == window.to ? date.dayNumber : date.dayNumber + 1
        let end = min(window.to, semantics.asOf.successor)
        guard window.from < end else {
            complete = nil
            return
        }
        let origin = origin
        func index(_ day: Int) -> Int {
            switch period {
            case .calendar(let unit): unit.index(ofDay: day)
            case .days(let length): (day - origin).flooringDivision(by: length)
            }
        }
        func start(_ index: Int) -> Instant {
            switch period {
            case .calendar(let unit): zone.startOfDay(unit.start(of: index))
            case .days(let length): zone.startOfDay(CivilDate(dayNumber: origin + index * length))
            }
        }
        let (first, last) = (index(zone.dayNumber(at: window.from)), index(zone.dayNumber(at: end)))
        let whole = (first...last).filter { window.from <= start($0) && start($0 + 1) <= end }
        complete = whole.first.flatMap { least in whole.last.map { least...$0 } }
    }

    func index(ofDay day: String) -> String {
        switch period {
        case .days(let length): return "CAST(FLOOR((\(day) - \(origin)) / \(length)) AS INT)"
        case .calendar(let unit):
            return CalendarSQL(zone: "").bucket(ofDate: "DATE_ADD(DATE'1970-01-01', \(day))", unit)
        }
    }

    func firstDate(of index: String, _ calendar: CalendarSQL) -> String {
        switch period {
        case .days(let length): "DATE_ADD(DATE'1970-01-01', \(origin) + (\(index)) * \(length))"
        case .calendar(let unit): calendar.start(of: "(\(index))", unit)
        }
    }
}
