import Quantities
import Queries

/// What a booking is in a pass: which groups it is in, and what it adds to the measures.
extension EvaluationSQL {
    static let none = "CAST(NULL AS STRING)"

    var keyCount: Int { evaluation.queries.map(\.groupBy.count).max() ?? 0 }
    private var valueCount: Int { evaluation.queries.map(\.measures.count).max() ?? 0 }

    private func isAnchored(_ scope: Scope) -> Bool { scope == .charges && semantics.attribution == .anchored }

    /// Of a pass of periods, those that are complete.
    func completePeriods(_ pass: Pass) throws -> CompletePeriods? {
        guard pass.isOfPeriods else { return nil }
        let query = evaluation.queries[pass.query]
        return try CompletePeriods(query.period, window: query.window ?? semantics.window, semantics)
    }

    /// Where the columns are that a pass looks at.
    func rowColumns(_ pass: Pass) -> RowColumns {
        let isOfAnchor = isAnchored(pass.scope)
        return RowColumns(home: isOfAnchor ? "r.anchor" : "r", isOfAnchor: isOfAnchor && isAtPurchase)
    }

    /// Whether a booking has the scope of a pass; periods are cut to the window later.
    private func scope(_ pass: Pass, _ facts: FactsSQL) -> String {
        facts.scope(
            pass.scope, evaluation.queries[pass.query].window ?? semantics.window, isAnchored: isAnchored(pass.scope))
    }

    /// Whether a booking is one that the filters of a pass are asked about.
    private func candidates(_ pass: Pass, _ facts: FactsSQL) -> [String] {
        // Periods look at the one before the window too.
        let isWider = pass.isOfPeriods && (pass.scope == .window || pass.scope == .charges)
        return (isWider ? [] : [scope(pass, facts)]) + (pass.isOfPeriods ? ["r.is_purchase"] : [])
    }

    /// Whether it cannot be told if a booking is in a pass, or in which group, as conditions ask for the customer's revenue and a
    /// rate is missing for that; nil where none asks.
    func untold(_ pass: Pass, _ facts: FactsSQL) -> String? {
        let query = evaluation.queries[pass.query]
        let filters = ([query.filter] + pass.measures.map { query.measures[$0].filter }).compactMap(\.self)
        var ids = filters.flatMap(\.segmentations)
        for case .segmentation(let id) in query.groupBy { ids.append(id) }
        let asked = evaluation.segmentations(behind: ids)
        let segments = evaluation.customerSegmentations.filter { asked.contains($0.id) }.flatMap(\.segments)
        guard EvaluationSQL.askRevenue((filters + segments.map(\.when)).flatMap(\.tests)) else { return nil }
        return (candidates(pass, facts) + ["r.missing_segment_rate IS NOT NULL"]).joined(separator: " AND ")
    }

    /// Whether a booking is in a pass.
    func condition(_ pass: Pass, _ facts: FactsSQL) throws -> String {
        let query = evaluation.queries[pass.query]
        let row = rowColumns(pass)
        var conditions = candidates(pass, facts)
        if pass.isOfPeriods {
            // Such a pass has one measure, and looks at that one's purchases alone.
            for index in pass.measures {
                if let filter = query.measures[index].filter { conditions.append(try rowPredicate(filter, from: row)) }
            }
        }
        if let filter = query.filter { conditions.append(try rowPredicate(filter, from: row)) }
        return conditions.joined(separator: " AND ")
    }

    /// The key of a booking in a pass, by dimension of its query; nil where it is that of a period's first day.
    func keys(_ pass: Pass, _ facts: FactsSQL) throws -> [String?] {
        let row = rowColumns(pass)
        return try evaluation.queries[pass.query].groupBy.map { dimension in
            switch dimension {
            case .calendar where pass.isOfPeriods: return nil
            case .purchaseCount(let classes):
                let count = facts.count("(\(scope(pass, facts))) AND r.is_purchase")
                return key(of: count, in: classes)
            default: return try key(dimension, from: row)
            }
        }
    }

    /// The key of the whole cohort that a booking is in; null where it is in none, nil where the query has no cohorts.
    func cohortKey(_ pass: Pass) throws -> String? {
        let query = evaluation.queries[pass.query]
        guard !pass.isOfPeriods else { return nil }
        for case .cohort(let unit) in query.groupBy {
            let row = rowColumns(pass)
            let cohort = try key(.cohort(unit), from: row)
            // What has no age is in no cohort either.
            return query.groupBy.contains(.age(unit))
                ? "CASE WHEN \(try key(.age(unit), from: row)) IS NOT NULL THEN \(cohort) END" : cohort
        }
        return nil
    }

    func period(_ pass: Pass, _ periods: CompletePeriods) -> String {
        periods.index(ofDay: calendar.day("\(rowColumns(pass).home).grouped_at"))
    }

    /// What a booking is in a pass, as a struct: its groups and what it adds; null where it is in none. Where that cannot be told
    /// the struct has a `missing_rate`.
    func element(
        _ place: Int, _ pass: Pass, _ periods: CompletePeriods?, _ facts: FactsSQL
    ) throws -> String {
        let query = evaluation.queries[pass.query]
        let isIn = try condition(pass, facts)
        var fields = ["'pass', \(place)"]
        let keys = try keys(pass, facts).map { $0 ?? "''" }
        for place in 0..<keyCount {
            fields.append("'k\(place)', CAST(\(place < keys.count ? keys[place] : "NULL") AS STRING)")
        }
        let isGrouped = keys.isEmpty ? "FALSE" : keys.map { "\($0) IS NOT NULL" }.joined(separator: " AND ")
        fields.append("'is_grouped', \(isGrouped)")
        fields.append("'kc', CAST(\(try cohortKey(pass) ?? "NULL") AS STRING)")
        fields.append("'period', CAST(\(periods.map { period(pass, $0) } ?? "NULL") AS INT)")
        let untold = untold(pass, facts)
        fields += try values(pass, query, isIn, rowColumns(pass), facts, asksRevenue: untold != nil)
        return
            "CASE WHEN \(isIn)\(untold.map { " OR (\($0))" } ?? "")\n  THEN NAMED_STRUCT(\(fields.joined(separator: ",\n    "))) END"
    }

    /// What a row adds to each measure, and what cannot be added.
    private func values(
        _ pass: Pass, _ query: Query, _ isIn: String, _ row: RowColumns, _ facts: FactsSQL, asksRevenue: Bool
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
            for column in columns(ofValue: index) {
                let value =
                    column.hasPrefix("c")
                    ? "CAST(\(count) AS BIGINT)"
                    : "CAST(\(column.hasPrefix("d") ? display : native) AS \(money.displayType))"
                fields.append("'\(column)', \(value)")
            }
        }
        if asksRevenue {
            missing.append("WHEN r.missing_segment_rate IS NOT NULL THEN CONCAT(r.missing_segment_rate, ' conditions')")
        }
        fields.append(
            "'missing_rate', CAST(\(missing.isEmpty ? "NULL" : "CASE \(missing.joined(separator: " ")) END") AS STRING)"
        )
        fields.append(
            "'mixed_currency', CAST(\(mixed.isEmpty ? "NULL" : "CASE \(mixed.joined(separator: " ")) END") AS STRING)")
        return fields
    }

    /// `c`, `d` and `w` of a measure's place, where some query needs them.
    private func columns(ofValue index: Int) -> [String] {
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

    func check(_ query: Query) throws {
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
struct Sums {
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
        case .revenue: basis == .net ? "r.kind IN ('order', 'refund')\(filter)" : "r.kind = 'order'\(filter)"
        case .grossRevenue: "r.kind = 'order'\(filter)"
        case .refunds: "r.kind = 'refund'\(filter)"
        case .chargeAmount(let charge):
            (basis == .net ? "r.kind IN ('order', 'refund')" : "r.kind = 'order'")
                + " AND r.charge = '\(charge.rawValue)'\(filter)"
        default: nil
        }
    }

    /// An amount, negative for what was given back where that is taken off.
    func signed(_ column: String) -> String {
        switch kind {
        case .refunds, .grossRevenue: column
        case _ where basis == .gross: column
        default: "CASE r.kind WHEN 'refund' THEN -\(column) ELSE \(column) END"
        }
    }

    func amount(_ column: String) -> String { "CASE WHEN \(amounts ?? "FALSE") THEN \(signed(column)) END" }

    /// Which rows are counted, or have the time that is added up.
    var condition: String {
        switch kind {
        case .canceledPurchases: "r.kind = 'canceled'\(filter)"
        case .newBuyers: "\(isPurchase) AND r.n = 1"
        case .chargeCount(let charge): "\(isPurchase) AND r.charge = '\(charge.rawValue)'"
        case .gapCount, .gapSum, .gapQuantile: "\(isPurchase) AND r.previous_at IS NOT NULL"
        default: isPurchase
        }
    }

    /// Microseconds since the purchase before.
    var gap: String { "r.own_at - r.previous_at" }

    var count: String {
        switch kind {
        case .gapSum, .gapQuantile: "CASE WHEN \(condition) THEN \(gap) END"
        default: "CASE WHEN \(condition) THEN 1 ELSE 0 END"
        }
    }
}
