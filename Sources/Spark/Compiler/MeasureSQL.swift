import Quantities
import Queries

/// Sums of queries. A query is one *pass* over the bookings for each scope that its measures have: rows in scope past the
/// query's filter, added up by customer and group, then by group. So distinct customers are rows, and what leaves a
/// customer's partition is as small as the answer.
extension EvaluationSQL {
    /// Columns of every part of the answer: the query's position, the part (g: groups, c: cohorts, t: total), keys, values.
    struct OutputShape {
        var keys: Int
        var values: Int

        func row(
            _ query: Int, _ part: String, _ keys: [String], _ values: [Int: String], _ missing: String, _ mixed: String
        )
            -> String
        {
            let keyColumns = (0..<self.keys).map { place in
                "\(place < keys.count ? keys[place] : "CAST(NULL AS STRING)") AS k\(place)"
            }
            let valueColumns = (0..<self.values).map { place in
                "\(values[place].map { "CAST(\($0) AS STRING)" } ?? "CAST(NULL AS STRING)") AS v\(place)"
            }
            let all =
                ["'\(query)' AS query", "\(part) AS part"] + keyColumns + valueColumns
                + ["\(missing) AS missing_rate", "\(mixed) AS mixed_currency"]
            return all.joined(separator: ", ")
        }
    }

    static let none = "CAST(NULL AS STRING)"

    /// The selects that answer a query.
    func selects(_ query: Query, at position: Int, _ shape: OutputShape) throws -> [String] {
        try check(query)
        var selects: [String] = []
        let all = Array(query.measures.enumerated())
        for scope in Scope.allCases {
            let ofRows = all.filter { $0.element.scope == scope && !$0.element.kind.isOfPeriods }
            if !ofRows.isEmpty { selects += try rowSelects(query, position, scope, ofRows, shape) }
        }
        for (index, measure) in all where measure.kind.isOfPeriods {
            selects += try periodSelects(query, position, index, measure, shape)
        }
        return selects
    }

    private func rowSelects(
        _ query: Query, _ position: Int, _ scope: Scope, _ measures: [(offset: Int, element: Measure)],
        _ shape: OutputShape
    ) throws -> [String] {
        let name = "r\(position)_\(scope.rawValue)"
        let hasCohort = try addRows(name, query, scope, measures)
        let hasCurrency = query.groupBy.contains(.currency)
        let keyNames = query.groupBy.indices.map { "k\($0)" }
        var sets: [String] = []
        if !keyNames.isEmpty { sets.append("(customer, \(keyNames.joined(separator: ", ")))") }
        if hasCohort { sets.append("(customer, kc)") }
        sets.append("(customer)")
        let groupings = keyNames.prefix(1) + (hasCohort ? ["kc"] : [])
        var inner = ["customer"] + keyNames + (hasCohort ? ["kc"] : [])
        let part: String =
            groupings.isEmpty
            ? "'t'"
            : "CASE "
                + groupings.map { "WHEN GROUPING(\($0)) = 0 THEN '\($0 == "kc" ? "c" : "g")'" }.joined(separator: " ")
                + " ELSE 't' END"
        inner.append("\(part) AS part")
        var outer: [Int: String] = [:]
        var quantiles: [(offset: Int, sql: String)] = []
        var missing: [String] = []
        var mixed: [String] = []
        for (index, measure) in measures {
            let sums = Sums(measure, index, semantics.revenueBasis)
            switch measure.kind {
            case .gapQuantile(let share):
                quantiles.append(
                    (index, "PERCENTILE(CASE WHEN \(sums.isGap) THEN own_at - previous_at END, \(share)D)"))
                continue
            case .buyers:
                inner.append("COUNT_IF(\(sums.isPurchase)) AS v\(index)")
                outer[index] = "COUNT_IF(v\(index) > 0)"
                continue
            case .repeatBuyers(let least):
                inner.append("COUNT_IF(\(sums.isPurchase)) AS v\(index)")
                inner.append("MAX(all\(index)) AS all\(index)")
                outer[index] = "COUNT_IF(v\(index) > 0 AND all\(index) >= \(least))"
                continue
            default: break
            }
            if let amounts = sums.amounts {
                inner.append("SUM(\(sums.amount("display"))) AS v\(index)")
                outer[index] = "COALESCE(SUM(v\(index)), 0)"
                missing.append(
                    "WHEN \(amounts) AND display IS NULL THEN CONCAT(booked_currency, ' ', CAST(rate_day AS STRING))")
                if hasCurrency {
                    inner.append("SUM(\(sums.amount("booked"))) AS w\(index)")
                    outer[index] =
                        "CASE WHEN part = 'g' THEN COALESCE(SUM(w\(index)), 0) ELSE COALESCE(SUM(v\(index)), 0) END"
                    mixed.append("WHEN \(amounts) AND booked_currency <> home_currency THEN booked_currency")
                }
            } else {
                inner.append("\(sums.count) AS v\(index)")
                outer[index] = "SUM(v\(index))"
            }
        }
        inner.append(
            "\(missing.isEmpty ? EvaluationSQL.none : "MAX(CASE \(missing.joined(separator: " ")) END)") AS missing_rate"
        )
        inner.append(
            "\(mixed.isEmpty ? EvaluationSQL.none : "MAX(CASE \(mixed.joined(separator: " ")) END)") AS mixed_currency")
        var selects: [String] = []
        if !outer.isEmpty {
            let outerKeys = keyNames + (hasCohort ? ["kc"] : [])
            let shown = keyNames.enumerated().map { place, key in
                hasCohort && place == 0 ? "CASE WHEN part = 'c' THEN kc ELSE \(key) END" : key
            }
            selects.append(
                """
                SELECT \(shape.row(position, "part", shown, outer, "MAX(missing_rate)", "MAX(mixed_currency)"))
                FROM (
                  SELECT \(inner.joined(separator: ",\n    "))
                  FROM \(name)
                  GROUP BY GROUPING SETS (\(sets.joined(separator: ", ")))
                )
                GROUP BY \((["part"] + outerKeys).joined(separator: ", "))
                """)
        }
        if !quantiles.isEmpty {
            let plain = sets.map { $0.replacing("customer, ", with: "").replacing("customer", with: "") }
            let shown = keyNames.enumerated().map { place, key in
                hasCohort && place == 0 ? "CASE WHEN \(part) = 'c' THEN kc ELSE \(key) END" : key
            }
            let values = Dictionary(uniqueKeysWithValues: quantiles.map { ($0.offset, $0.sql) })
            selects.append(
                """
                SELECT \(shape.row(position, part, shown, values, EvaluationSQL.none, EvaluationSQL.none))
                FROM \(name)
                GROUP BY GROUPING SETS (\(plain.joined(separator: ", ")))
                """)
        }
        return selects
    }

    // MARK: - Rows of a pass

    private func addRows(
        _ name: String, _ query: Query, _ scope: Scope, _ measures: [(offset: Int, element: Measure)]
    ) throws -> Bool {
        let isAnchored = scope == .charges && semantics.attribution == .anchored
        let source = scopedRows(query, scope, isAnchored: isAnchored)
        var columns = [
            "r.customer", "r.kind", "r.is_purchase", "r.charge", "r.n", "r.own_at", "r.previous_at", "r.booked",
            "r.booked_currency", "r.home_currency", "r.display", "r.rate_day",
        ]
        for (place, dimension) in query.groupBy.enumerated() {
            columns.append("\(try key(dimension, from: "r", at: "r.grouped_at")) AS k\(place)")
        }
        var hasCohort = false
        for case .cohort(let unit) in query.groupBy {
            hasCohort = true
            let cohort = try key(.cohort(unit), from: "r", at: "r.grouped_at")
            // What has no age is in no cohort either.
            columns.append(
                query.groupBy.contains(.age(unit))
                    ? "CASE WHEN \(try key(.age(unit), from: "r", at: "r.grouped_at")) IS NOT NULL THEN \(cohort) END AS kc"
                    : "\(cohort) AS kc")
        }
        for (index, measure) in measures {
            guard let filter = measure.filter else { continue }
            columns.append("\(try rowPredicate(filter)) AS f\(index)")
        }
        var conditions = ["r.in_scope"]
        if let filter = query.filter { conditions.append(try rowPredicate(filter)) }
        var body =
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM (\n\(SQLText.indented(source))\n) r\nWHERE "
            + conditions.joined(separator: " AND ")
        // All of a buyer's purchases in the measure, whatever their group.
        var whole: [String] = []
        for (index, measure) in measures {
            guard case .repeatBuyers = measure.kind else { continue }
            let filter = measure.filter == nil ? "" : " AND f\(index)"
            whole.append("COUNT_IF(is_purchase\(filter)) OVER (PARTITION BY customer) AS all\(index)")
        }
        if !whole.isEmpty {
            body = "SELECT *,\n  \(whole.joined(separator: ",\n  "))\nFROM (\n\(SQLText.indented(body))\n)"
        }
        text.add(
            name, "rows of the query \(name.dropFirst().prefix { $0.isNumber }) in the scope '\(scope.rawValue)'", body)
        return hasCohort
    }

    /// The bookings with what is known of their customers and of the purchases that they stand under.
    func scopedRows(_ query: Query, _ scope: Scope, isAnchored: Bool, isOfPeriods: Bool = false) -> String {
        let window = query.window ?? semantics.window
        let (from, to) = (text.long(window.from.microseconds, "from"), text.long(window.to.microseconds, "to"))
        func isIn(_ instant: String) -> String { "\(instant) >= \(from) AND \(instant) < \(to)" }
        let home = isAnchored ? "h" : "b"
        let instant = isAnchored ? "h.at" : "b.booked_at"
        var columns = [
            "b.customer", "b.kind", "b.is_purchase", "b.charge", "b.n", "b.at AS own_at", "b.previous_at", "b.booked",
            "b.booked_currency", "b.display", "b.rate_day", "\(home).currency AS home_currency",
            "\(instant) AS grouped_at",
        ]
        columns += attributeColumns.map { "\(home).\($0)" }
        for segmentation in evaluation.eventSegmentations where segmentation.event == evaluation.purchases.event {
            columns.append("\(home).\(eventSegmentNames.name(segmentation.id))")
        }
        columns += ["purchases", "canceled", "revenue", "first_at", "second_at", "last_at"].map { "c.\($0)" }
        columns += text.has("properties") ? properties.map { "c.\(propertyNames.name($0))" } : []
        let states = isAtPurchase ? "s" : "c"
        for consent in evaluation.consents {
            if case .events = consent.source { columns.append("\(states).\(consentNames.name(consent.category))") }
        }
        columns += evaluation.customerSegmentations.map { "\(states).\(segmentNames.name($0.id))" }
        let scopeTest: String =
            switch scope {
            case .charges where isAnchored: isIn("h.at")
            case .window, .charges: isIn("b.booked_at")
            case .active: "BOOL_OR(b.is_purchase AND \(isIn("b.at"))) OVER (PARTITION BY b.customer)"
            case .acquired: "COALESCE(\(isIn("c.first_at")), FALSE)"
            case .history: "TRUE"
            }
        let needsCount = query.groupBy.contains { if case .purchaseCount = $0 { true } else { false } }
        // Periods look at the one before the window too.
        let isWider = isOfPeriods && (scope == .window || scope == .charges)
        columns.append("\(isWider ? "TRUE" : scopeTest) AS in_scope")
        if needsCount { columns.append("\(scopeTest) AS is_counted") }
        var source = "bookings b"
        if isAnchored {
            source += "\nJOIN purchase_facts h ON h.customer = b.customer AND h.ordinal = b.anchor"
        }
        source += "\nJOIN customers c ON c.customer = b.customer"
        if isAtPurchase {
            source += "\nJOIN segmented s ON s.customer = \(home).customer AND s.ordinal = \(home).ordinal"
        }
        let rows = "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(source)"
        guard needsCount else { return rows }
        return """
            SELECT *,
              COUNT_IF(is_counted AND is_purchase) OVER (PARTITION BY customer) AS purchases_in_scope
            FROM (
            \(SQLText.indented(rows))
            )
            """
    }

    /// A filter of purchases, over the rows of a pass.
    func rowPredicate(_ filter: Predicate) throws -> String {
        try PredicateSQL(
            value: { [unowned self] subject in
                switch subject {
                case .attribute, .eventSegmentation: try eventValue(subject, from: "r")
                default: try customerValue(subject, from: "r")
                }
            }, quantile: { [unowned self] in try quantile($0, $1, from: "r") }
        ).sql(filter, text)
    }

    // MARK: - What is refused

    private func check(_ query: Query) throws {
        for case .age(let unit) in query.groupBy where !query.groupBy.contains(.cohort(unit)) {
            throw QueryError.unsupported("age without the cohort of the same unit")
        }
        for measure in query.measures {
            let isAnchored = measure.scope == .charges && semantics.attribution == .anchored
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

/// What a measure adds up of the rows of a pass.
private struct Sums {
    let measure: Measure
    let filter: String
    let basis: RevenueBasis

    init(_ measure: Measure, _ index: Int, _ basis: RevenueBasis) {
        self.measure = measure
        self.basis = basis
        filter = measure.filter == nil ? "" : " AND f\(index)"
    }

    var isPurchase: String { "is_purchase\(filter)" }
    var isGap: String { "is_purchase AND previous_at IS NOT NULL\(filter)" }

    /// Which rows have an amount in it; nil for counts.
    var amounts: String? {
        switch measure.kind {
        case .revenue: basis == .net ? "kind <> 'canceled'\(filter)" : "kind = 'order'\(filter)"
        case .grossRevenue: "kind = 'order'\(filter)"
        case .refunds: "kind = 'refund'\(filter)"
        case .chargeAmount(let charge):
            (basis == .net ? "kind <> 'canceled'" : "kind = 'order'") + " AND charge = '\(charge.rawValue)'\(filter)"
        default: nil
        }
    }

    func amount(_ column: String) -> String {
        let sign: String =
            switch measure.kind {
            case .refunds, .grossRevenue: column
            default: "CASE kind WHEN 'refund' THEN -\(column) ELSE \(column) END"
            }
        return "CASE WHEN \(amounts ?? "FALSE") THEN \(sign) END"
    }

    var count: String {
        switch measure.kind {
        case .purchases: "COUNT_IF(\(isPurchase))"
        case .canceledPurchases: "COUNT_IF(kind = 'canceled'\(filter))"
        case .newBuyers: "COUNT_IF(is_purchase AND n = 1\(filter))"
        case .chargeCount(let charge): "COUNT_IF(is_purchase AND charge = '\(charge.rawValue)'\(filter))"
        case .gapCount: "COUNT_IF(\(isGap))"
        case .gapSum: "COALESCE(SUM(CASE WHEN \(isGap) THEN CAST(own_at - previous_at AS DECIMAL(38, 0)) END), 0)"
        default: preconditionFailure("a measure with a way of its own")
        }
    }
}
