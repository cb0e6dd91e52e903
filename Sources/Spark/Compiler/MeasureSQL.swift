import Quantities
import Queries

/// Sums of queries, all in one go:
///
///     facts            each booking with what is known of its customer and of the purchase it stands under
///     passes           a row for each pass that the booking is in, with its groups and what it adds
///     parts            the same for the group, the cohort and the total
///     customer_sums    added up by customer: distinct customers are rows from here on
///     sums             added up
///
/// The bookings are made once, and up to `customer_sums` nothing leaves the customer's partition.
extension EvaluationSQL {
    static let none = "CAST(NULL AS STRING)"

    var keyCount: Int { evaluation.queries.map(\.groupBy.count).max() ?? 0 }
    var valueCount: Int { evaluation.queries.map(\.measures.count).max() ?? 0 }
    var keyNames: [String] { (0..<keyCount).map { "k\($0)" } }

    /// Adds all steps, and gives the query that reads them. Its columns are `pass`, `part` (t, g, c; with a q for quantiles),
    /// the keys, for each value `c`, `b`, `d` and `w` (see `SumReading`), `missing_rate` and `mixed_currency`.
    func sums(_ passes: [Pass]) throws -> String {
        for query in evaluation.queries { try check(query) }
        let periods = try passes.map(completePeriods)
        try addPassRows(passes, periods)
        addParts()
        addCustomerSums(passes, periods)
        let isOfAny = passes.contains(where: \.isOfPeriods)
        var selects = [select(from: isOfAny ? "period_sums" : "customer_sums")]
        for (place, pass) in passes.enumerated() {
            for index in pass.measures {
                guard case .gapQuantile(let share) = evaluation.queries[pass.query].measures[index].kind else {
                    continue
                }
                selects.append(quantileSelect(place, index, share))
            }
        }
        return selects.joined(separator: "\nUNION ALL\n")
    }

    private func output(_ part: String, _ value: (Int) -> [String]) -> String {
        let keys = keyNames.joined(separator: ", ")
        let values = (0..<valueCount).flatMap { index in
            zip(["c", "b", "d", "w"], value(index)).map { "CAST(\($1) AS STRING) AS \($0)\(index)" }
        }
        return (["CAST(pass AS STRING) AS pass", "\(part) AS part"] + (keys.isEmpty ? [] : [keys]) + values)
            .joined(separator: ",\n  ")
    }

    private func select(from step: String) -> String {
        """
        SELECT \(output("part") { index in
            let columns = columns(ofValue: index)
            func sum(_ column: String) -> String { columns.contains(column) ? "SUM(\(column))" : "NULL" }
            let customers = columns.contains("c\(index)") ? "COUNT_IF(c\(index) > 0)" : "NULL"
            return [sum("c\(index)"), customers, sum("d\(index)"), sum("w\(index)")]
        }),
          MAX(missing_rate) AS missing_rate, MAX(mixed_currency) AS mixed_currency
        FROM \(step)
        GROUP BY \((["pass", "part"] + keyNames).joined(separator: ", "))
        """
    }

    /// Of the gaps themselves: a quantile is not added up.
    private func quantileSelect(_ pass: Int, _ measure: Int, _ share: Double) -> String {
        """
        SELECT \(output("CONCAT(part, 'q')") { index in
            index == measure
                ? ["PERCENTILE(c\(index), \(share)D)", "NULL", "NULL", "NULL"] : ["NULL", "NULL", "NULL", "NULL"]
        }),
          \(EvaluationSQL.none), \(EvaluationSQL.none)
        FROM parts
        WHERE pass = \(pass)
        GROUP BY \((["pass", "part"] + keyNames).joined(separator: ", "))
        """
    }

    // MARK: - Rows of passes

    private func addPassRows(_ passes: [Pass], _ periods: [CompletePeriods?]) throws {
        let facts = FactsSQL(self)
        var elements: [String] = []
        for (place, pass) in passes.enumerated() {
            elements.append(try element(place, pass, periods[place], facts))
        }
        try facts.add()
        text.add(
            "passes", "a row for each pass a booking is in: its groups (kc: the cohort), and what it adds",
            """
            SELECT customer, p.*
            FROM (
              SELECT r.customer, EXPLODE(ARRAY(
            \(elements.map { SQLText.indented(SQLText.indented($0)) }.joined(separator: ",\n"))
              )) AS p
              FROM facts r
            )
            WHERE p IS NOT NULL
            """)
    }

    /// The columns that the measures need: a number in a place that no query has money in has no `d`.
    private var valueNames: [String] { (0..<valueCount).flatMap { columns(ofValue: $0) } }

    /// `c`, `d` and `w` of a measure's place, where some query needs them.
    func columns(ofValue index: Int) -> [String] {
        let kinds = evaluation.queries.compactMap { query in
            query.measures[ifThere: index].map { (reading: SumReading($0.kind), query: query) }
        }
        var columns: [String] = []
        if kinds.contains(where: { $0.reading != .money }) { columns.append("c\(index)") }
        if kinds.contains(where: { $0.reading == .money }) { columns.append("d\(index)") }
        if kinds.contains(where: { $0.reading == .money && $0.query.groupBy.contains(.currency) }) {
            columns.append("w\(index)")
        }
        return columns
    }

    private func addParts() {
        let keys = keyNames.enumerated().map { place, key in
            place == 0
                ? "CASE part WHEN 'g' THEN k0 WHEN 'c' THEN kc END AS k0"
                : "CASE part WHEN 'g' THEN \(key) END AS \(key)"
        }
        let columns =
            ["customer", "pass", "part"] + keys + ["period"] + valueNames + ["missing_rate", "mixed_currency"]
        text.add(
            "parts", "t: the total, g: the group, c: the cohort",
            """
            SELECT \(columns.joined(separator: ", "))
            FROM (
              SELECT *, EXPLODE(ARRAY('t', CASE WHEN is_grouped THEN 'g' END, CASE WHEN kc IS NOT NULL THEN 'c' END)) AS part
              FROM passes
            )
            WHERE part IS NOT NULL
            """)
    }

    private func addCustomerSums(_ passes: [Pass], _ periods: [CompletePeriods?]) {
        let keys = ["customer", "pass", "part"] + keyNames + ["period"]
        let sums = valueNames.map { "SUM(\($0)) AS \($0)" }
        text.add(
            "customer_sums", "by customer, group and period",
            """
            SELECT \((keys + sums).joined(separator: ", ")),
              MAX(missing_rate) AS missing_rate, MAX(mixed_currency) AS mixed_currency
            FROM parts
            GROUP BY \(keys.joined(separator: ", "))
            """)
        guard passes.contains(where: \.isOfPeriods) else { return }
        addPeriodSums(passes, periods)
    }

    /// Of rows of periods: who bought in the one before, and the groups of the calendar.
    private func addPeriodSums(_ passes: [Pass], _ periods: [CompletePeriods?]) {
        var kept: [String] = []
        var counts = Array(repeating: [String](), count: valueCount)
        var calendarKeys = Array(repeating: [String](), count: keyCount)
        for (place, pass) in passes.enumerated() {
            guard let complete = periods[place] else { continue }
            let query = evaluation.queries[pass.query]
            guard let index = pass.measures.first else { continue }
            let kind = query.measures[index].kind
            let shown = kind == .previousPeriodBuyers ? "period + 1" : "period"
            let range = complete.complete.map { "\(shown) BETWEEN \($0.lowerBound) AND \($0.upperBound)" } ?? "FALSE"
            kept.append("WHEN \(place) THEN \(range)")
            let value: String =
                switch kind {
                case .periodPurchases: "c\(index)"
                case .retainedBuyers: "CASE WHEN before = period - 1 THEN 1 ELSE 0 END"
                default: "1"
                }
            counts[index].append("WHEN \(place) THEN \(value)")
            for (position, dimension) in query.groupBy.enumerated() {
                guard case .calendar(let unit) = dimension else { continue }
                let bucket = calendar.bucket(ofDate: complete.firstDate(of: shown, calendar), unit)
                calendarKeys[position].append("WHEN \(place) THEN CONCAT('b', CAST(\(bucket) AS STRING))")
            }
        }
        var columns = ["pass", "part"]
        for (place, key) in keyNames.enumerated() {
            let cases = calendarKeys[place]
            columns.append(
                cases.isEmpty
                    ? key
                    : "CASE WHEN part = 'g' THEN CASE pass \(cases.joined(separator: " ")) ELSE \(key) END ELSE \(key) END AS \(key)"
            )
        }
        for index in 0..<valueCount {
            let cases = counts[index]
            columns += self.columns(ofValue: index).map { column in
                column == "c\(index)" && !cases.isEmpty
                    ? "CASE pass \(cases.joined(separator: " ")) ELSE \(column) END AS \(column)" : column
            }
        }
        let partition = (["customer", "pass", "part"] + keyNames).joined(separator: ", ")
        text.add(
            "period_sums", "complete periods; before: the period of the customer's purchases before",
            """
            SELECT \(columns.joined(separator: ",\n  ")), missing_rate, mixed_currency
            FROM (
              SELECT *, LAG(period) OVER (PARTITION BY \(partition) ORDER BY period) AS before
              FROM customer_sums
            )
            WHERE CASE pass \(kept.joined(separator: " ")) ELSE TRUE END
            """)
    }
}
