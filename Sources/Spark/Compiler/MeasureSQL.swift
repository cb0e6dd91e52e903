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

    private var keyCount: Int { evaluation.queries.map(\.groupBy.count).max() ?? 0 }
    private var valueCount: Int { evaluation.queries.map(\.measures.count).max() ?? 0 }
    private var keyNames: [String] { (0..<keyCount).map { "k\($0)" } }

    /// Adds all steps, and gives the query that reads them. Its columns are `pass`, `part` (t, g, c; with a q for quantiles),
    /// the keys, for each value `c`, `b`, `d` and `w` (see `SumReading`), `missing_rate` and `mixed_currency`.
    func sums(_ passes: [Pass]) throws -> String {
        for query in evaluation.queries { try check(query) }
        let periods = try passes.map { pass in
            pass.isOfPeriods
                ? try CompletePeriods(
                    evaluation.queries[pass.query].period,
                    window: evaluation.queries[pass.query].window ?? semantics.window, semantics) : nil
        }
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
        SELECT \(output("part") { ["SUM(c\($0))", "COUNT_IF(c\($0) > 0)", "SUM(d\($0))", "SUM(w\($0))"] }),
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

    private func isAnchored(_ scope: Scope) -> Bool { scope == .charges && semantics.attribution == .anchored }

    private func element(
        _ place: Int, _ pass: Pass, _ periods: CompletePeriods?, _ facts: FactsSQL
    ) throws -> String {
        let query = evaluation.queries[pass.query]
        let isOfAnchor = isAnchored(pass.scope)
        let row = RowColumns(home: isOfAnchor ? "r.anchor" : "r", isOfAnchor: isOfAnchor && isAtPurchase)
        let scope = facts.scope(pass.scope, query.window ?? semantics.window, isAnchored: isAnchored(pass.scope))
        // Periods look at the one before the window too.
        let isWider = pass.isOfPeriods && (pass.scope == .window || pass.scope == .charges)
        var conditions = isWider ? ["TRUE"] : [scope]
        if pass.isOfPeriods { conditions.append("r.is_purchase") }
        if let filter = query.filter { conditions.append(try rowPredicate(filter, from: row)) }
        let isIn = conditions.joined(separator: " AND ")
        func key(_ dimension: Dimension) throws -> String {
            if case .purchaseCount(let classes) = dimension {
                let count = facts.count("(\(scope)) AND r.is_purchase")
                return self.key(of: count, in: classes)
            }
            return try self.key(dimension, from: row)
        }
        var fields = ["'pass', \(place)"]
        var keys: [String] = []
        for dimension in query.groupBy {
            // The calendar of a period is that of its first day.
            if pass.isOfPeriods, case .calendar = dimension {
                keys.append("''")
            } else {
                keys.append(try key(dimension))
            }
        }
        for place in 0..<keyCount {
            fields.append("'k\(place)', CAST(\(place < keys.count ? keys[place] : "NULL") AS STRING)")
        }
        let isGrouped = keys.isEmpty ? "FALSE" : keys.map { "\($0) IS NOT NULL" }.joined(separator: " AND ")
        fields.append("'is_grouped', \(isGrouped)")
        var cohort = "NULL"
        for case .cohort(let unit) in query.groupBy where !pass.isOfPeriods {
            cohort = try key(.cohort(unit))
            // What has no age is in no cohort either.
            if query.groupBy.contains(.age(unit)) {
                cohort = "CASE WHEN \(try key(.age(unit))) IS NOT NULL THEN \(cohort) END"
            }
        }
        fields.append("'kc', CAST(\(cohort) AS STRING)")
        let period = periods.map { $0.index(ofDay: calendar.day("\(row.home).grouped_at")) } ?? "NULL"
        fields.append("'period', CAST(\(period) AS INT)")
        fields += try values(pass, query, isIn, row, facts)
        return "CASE WHEN \(isIn)\n  THEN NAMED_STRUCT(\(fields.joined(separator: ",\n    "))) END"
    }

    /// What a row adds to each measure, and what cannot be added.
    private func values(
        _ pass: Pass, _ query: Query, _ isIn: String, _ row: RowColumns, _ facts: FactsSQL
    ) throws -> [String] {
        var fields: [String] = []
        var missing: [String] = []
        var mixed: [String] = []
        for index in 0..<valueCount {
            var (count, display, native) = ("NULL", "NULL", "NULL")
            if pass.measures.contains(index) {
                let measure = query.measures[index]
                let filter = try measure.filter.map { " AND " + (try rowPredicate($0, from: row)) } ?? ""
                let sums = Sums(measure.kind, filter, semantics.revenueBasis)
                if let amounts = sums.amounts {
                    display = sums.amount("r.display")
                    missing.append(
                        "WHEN \(amounts) AND r.display IS NULL"
                            + " THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING))")
                    if query.groupBy.contains(.currency) {
                        native = sums.amount("r.booked")
                        mixed.append(
                            "WHEN \(amounts) AND r.booked_currency <> \(row.home).home_currency THEN r.booked_currency")
                    }
                } else if case .repeatBuyers(let least) = measure.kind {
                    // Of all of a buyer's purchases in the measure, whatever their group.
                    let all = facts.count("(\(isIn)) AND \(sums.isPurchase)")
                    count = "CASE WHEN \(sums.isPurchase) AND \(all) >= \(least) THEN 1 ELSE 0 END"
                } else {
                    count = sums.count
                }
            }
            fields.append("'c\(index)', CAST(\(count) AS BIGINT)")
            fields.append("'d\(index)', CAST(\(display) AS \(money.displayType))")
            fields.append("'w\(index)', CAST(\(native) AS \(money.displayType))")
        }
        if needsRevenue {
            missing.append("WHEN r.missing_segment_rate IS NOT NULL THEN CONCAT(r.missing_segment_rate, ' conditions')")
        }
        fields.append(
            "'missing_rate', CAST(\(missing.isEmpty ? "NULL" : "CASE \(missing.joined(separator: " ")) END") AS STRING)"
        )
        fields.append(
            "'mixed_currency', CAST(\(mixed.isEmpty ? "NULL" : "CASE \(mixed.joined(separator: " ")) END") AS STRING)")
        return fields
    }

    private var valueNames: [String] { (0..<valueCount).flatMap { ["c\($0)", "d\($0)", "w\($0)"] } }

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
                    : "CASE WHEN part = 'g' THEN CASE pass \(cases.joined(separator: " ")) ELSE \(key) END END AS \(key)"
            )
        }
        for index in 0..<valueCount {
            let cases = counts[index]
            columns.append(
                cases.isEmpty
                    ? "c\(index)" : "CASE pass \(cases.joined(separator: " ")) ELSE c\(index) END AS c\(index)")
            columns += ["d\(index)", "w\(index)"]
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

    /// A filter of purchases, over the rows of a pass.
    func rowPredicate(_ filter: Predicate, from row: RowColumns) throws -> String {
        try PredicateSQL(
            value: { [unowned self] subject in
                switch subject {
                case .attribute, .eventSegmentation: return try eventValue(subject, from: row.home)
                case .segmentation(let id): return try segmentValue(id, row.segment(segmentNames.name(id)))
                case .consent(let category):
                    return .flag(try consent(category, from: row.customer) { row.segment($0) })
                default: return try customerValue(subject, from: row.customer)
                }
            }, quantile: { [unowned self] in try quantile($0, $1, from: row.customer) }
        ).sql(filter, text)
    }

    // MARK: - What is refused

    private func check(_ query: Query) throws {
        for case .age(let unit) in query.groupBy where !query.groupBy.contains(.cohort(unit)) {
            throw QueryError.unsupported("age without the cohort of the same unit")
        }
        for measure in query.measures {
            let isAnchored = isAnchored(measure.scope)
            let hasCharges = evaluation.purchases.charges != nil
            if (isAnchored || measure.kind.isOfCharges) && !hasCharges {
                throw QueryError.unsupported("charges without charge kinds")
            }
            guard measure.kind.isOfPeriods else { continue }
            if isAnchored { throw QueryError.unsupported("periods of anchored charges") }
            for dimension in query.groupBy { try check(dimension, with: query.period) }
        }
    }

    private func check(_ dimension: Dimension, with period: Period) throws {
        switch dimension {
        case .cohort, .age: throw QueryError.unsupported("periods by cohort")
        case .calendar(let unit):
            if Period.calendar(unit).days < period.days {
                throw QueryError.unsupported("periods longer than \(unit.rawValue)")
            }
        default: break
        }
    }
}

/// What a row adds to a measure.
private struct Sums {
    let kind: Measure.Kind
    let filter: String
    let basis: RevenueBasis

    init(_ kind: Measure.Kind, _ filter: String, _ basis: RevenueBasis) {
        self.kind = kind
        self.filter = filter
        self.basis = basis
    }

    var isPurchase: String { "r.is_purchase\(filter)" }

    /// Which rows have an amount in it; nil for counts.
    var amounts: String? {
        switch kind {
        case .revenue: basis == .net ? "r.kind <> 'canceled'\(filter)" : "r.kind = 'order'\(filter)"
        case .grossRevenue: "r.kind = 'order'\(filter)"
        case .refunds: "r.kind = 'refund'\(filter)"
        case .chargeAmount(let charge):
            (basis == .net ? "r.kind <> 'canceled'" : "r.kind = 'order'")
                + " AND r.charge = '\(charge.rawValue)'\(filter)"
        default: nil
        }
    }

    func amount(_ column: String) -> String {
        let sign: String =
            switch kind {
            case .refunds, .grossRevenue: column
            default: "CASE r.kind WHEN 'refund' THEN -\(column) ELSE \(column) END"
            }
        return "CASE WHEN \(amounts ?? "FALSE") THEN \(sign) END"
    }

    var count: String {
        func one(_ condition: String) -> String { "CASE WHEN \(condition) THEN 1 ELSE 0 END" }
        let isGap = "\(isPurchase) AND r.previous_at IS NOT NULL"
        return switch kind {
        case .canceledPurchases: one("r.kind = 'canceled'\(filter)")
        case .newBuyers: one("\(isPurchase) AND r.n = 1")
        case .chargeCount(let charge): one("\(isPurchase) AND r.charge = '\(charge.rawValue)'")
        case .gapCount: one(isGap)
        case .gapSum, .gapQuantile: "CASE WHEN \(isGap) THEN r.own_at - r.previous_at END"
        default: one(isPurchase)
        }
    }
}
