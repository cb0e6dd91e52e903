import Quantities
import Queries

/// Bookings of one query, one by one, with what each adds to its measures:
///
///     pass_structs     each booking, with what it is in each pass
///     adds             what it adds to each measure in the part that is traced
///     traced           those that add anything
///
/// The sums of a query are made of the same passes. What a customer adds once, the first of their bookings adds here.
struct TraceSQL {
    private let sql: EvaluationSQL
    private let query: Query
    private let passes: [Pass]
    private let periods: [CompletePeriods?]
    private let scope: TraceScope

    /// - Parameter sql: of an evaluation with the traced query alone.
    /// - Throws: `QueryError`.
    init(_ sql: EvaluationSQL, _ scope: TraceScope) throws {
        guard let query = sql.evaluation.queries.first else { preconditionFailure("a query is traced") }
        (self.sql, self.query, self.scope) = (sql, query, scope)
        passes = Pass.all([query])
        periods = try passes.map(sql.completePeriods)
        try sql.check(query)
    }

    /// How many columns stand before those of the measures.
    static let ownFields = 1 + TracedBookingColumns.count
    /// Of the total: the sum, the bookings and the customers that add to it. Of a booking: what it adds.
    static let measureFields = 3

    private var isEverything: Bool { if case .everything = scope { true } else { false } }

    /// Amounts are those of the group's own currency.
    var isNative: Bool { if case .group = scope { query.groupBy.contains(.currency) } else { false } }

    /// Adds all steps, and gives the query that reads them: a row of `t` with the total, and rows of `b` for bookings.
    func select(limit: Int) throws -> String {
        try sql.addAll()
        let facts = FactsSQL(sql)
        var structs: [String] = []
        for (place, pass) in passes.enumerated() {
            structs.append("\(try sql.element(place, pass, periods[place], facts)) AS p\(place)")
        }
        try facts.add()
        sql.text.add(
            "pass_structs", "each booking, with what it is in each pass",
            "SELECT r.*,\n  \(structs.joined(separator: ",\n  "))\nFROM facts r")
        try addAdds()
        let isAny = query.measures.indices.map { "add\($0) IS NOT NULL" }.joined(separator: " OR ")
        sql.text.add(
            "traced", "what adds anything",
            "SELECT *, \(isAny.isEmpty ? "FALSE" : isAny) AS is_traced\nFROM adds")
        addCustomers()
        return "\(totalSelect)\nUNION ALL\n(\n\(SQLText.indented(bookingsSelect(limit: limit)))\n)"
    }

    // MARK: - What is in the part

    /// Whether a booking is in the traced part of a pass.
    private func isIn(_ place: Int) throws -> String {
        let pass = "p\(place)"
        switch scope {
        case .everything: return "\(pass) IS NOT NULL"
        case .group(let keys):
            if passes[place].isOfPeriods {
                return try "COALESCE(\(pass).is_grouped, FALSE) AND \(groupOfPeriod(keys, place))"
            }
            return try "COALESCE(\(pass).is_grouped, FALSE) AND \(isGroup(keys, place))"
        case .cohorts(let cohorts, let ages):
            guard !cohorts.isEmpty, query.groupBy.contains(where: { if case .cohort = $0 { true } else { false } })
            else {
                return "FALSE"
            }
            let keys = cohorts.compactMap { key in
                if case .bucket(let index) = key { sql.text.text("b\(index)", "cohort") } else { nil }
            }
            var parts = [
                "COALESCE(\(pass).is_grouped, FALSE)",
                keys.isEmpty ? "FALSE" : "COALESCE(\(pass).kc IN (\(keys.joined(separator: ", "))), FALSE)",
            ]
            if let age = agePosition {
                let number = "CAST(SUBSTRING(\(pass).k\(age), 2) AS INT)"
                switch ages {
                case .all: break
                case .only(let wanted): parts.append("\(number) = \(wanted)")
                case .upTo(let last): parts.append("\(number) <= \(last)")
                }
            } else if ages != .all {
                parts.append("FALSE")
            }
            return parts.joined(separator: " AND ")
        }
    }

    private var agePosition: Int? {
        query.groupBy.firstIndex { if case .age = $0 { true } else { false } }
    }

    private func isGroup(_ keys: [GroupKey], _ place: Int, without calendars: Bool = false) throws -> String {
        guard keys.count == query.groupBy.count else { return "FALSE" }
        let parts = try zip(query.groupBy, keys).enumerated().compactMap { position, pair -> String? in
            if calendars, case .calendar = pair.0 { return nil }
            return try isKey("p\(place).k\(position)", pair.0, pair.1)
        }
        return parts.isEmpty ? "TRUE" : parts.joined(separator: " AND ")
    }

    /// A period is under the bucket of its first day.
    private func groupOfPeriod(_ keys: [GroupKey], _ place: Int) throws -> String {
        var parts = [try isGroup(keys, place, without: true)]
        for (dimension, key) in zip(query.groupBy, keys) {
            guard case .calendar(let unit) = dimension, let complete = periods[place] else { continue }
            guard case .bucket(let index) = key else { return "FALSE" }
            let first = complete.firstDate(of: shownPeriod(place), sql.calendar)
            parts.append("\(sql.calendar.bucket(ofDate: first, unit)) = \(index)")
        }
        return parts.joined(separator: " AND ")
    }

    private func isKey(_ column: String, _ dimension: Dimension, _ key: GroupKey) throws -> String {
        func same(_ text: String) -> String { "COALESCE(\(column) = \(sql.text.text(text, "key")), FALSE)" }
        switch key {
        case .missing: return same("m")
        case .remainder: return same("r")
        case .bucket(let index): return same("b\(index)")
        case .number(let number): return same("n\(number)")
        case .text(let text):
            var type = SparkTables.ColumnType.text
            if case .attribute(let name) = dimension { type = try sql.type(ofAttribute: name) }
            if case .property(let name) = dimension { type = try sql.type(ofProperty: name) }
            switch type {
            case .text: return same("t" + text)
            case .instant: return Instant(iso8601: text, zone: .utc).map { same("i\($0.microseconds)") } ?? "FALSE"
            case .number(let scale):
                guard let number = ExactDecimal(text) else { return "FALSE" }
                // The digits of a text are those of the column's type.
                return "COALESCE(\(column) LIKE 'd%' AND"
                    + " TRY_CAST(SUBSTRING(\(column), 2) AS DECIMAL(38, \(scale))) = \(sql.text.number(number)), FALSE)"
            }
        }
    }

    // MARK: - What is added

    private func shownPeriod(_ place: Int) -> String {
        guard let measure = passes[place].measures.first, query.measures[measure].kind == .previousPeriodBuyers else {
            return "p\(place).period"
        }
        return "(p\(place).period + 1)"
    }

    private func addAdds() throws {
        var columns = ["r.*"]
        for (place, pass) in passes.enumerated() {
            let isIn = try isIn(place)
            for index in pass.measures {
                columns.append("\(try adds(place, index, isIn)) AS add\(index)")
            }
        }
        let missing = passes.indices.map { "p\($0).missing_rate" }
        columns.append("COALESCE(\((missing + [EvaluationSQL.none]).joined(separator: ", "))) AS missing_rate")
        let mixed = try passes.indices.map { "CASE WHEN \(try isIn($0)) THEN p\($0).mixed_currency END" }
        columns.append("COALESCE(\((mixed + [EvaluationSQL.none]).joined(separator: ", "))) AS mixed_currency")
        sql.text.add(
            "adds", "what each booking adds, null for nothing",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM pass_structs r")
    }

    /// What a booking adds to a measure.
    private func adds(_ place: Int, _ index: Int, _ isIn: String) throws -> String {
        let pass = "p\(place)"
        let kind = query.measures[index].kind
        let order = "ORDER BY r.own_at, r.ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND"
        if kind.isOfPeriods { return addsOfPeriod(place, kind, isIn, order) }
        switch kind {
        case .buyers, .repeatBuyers:
            let counts = "\(isIn) AND \(pass).c\(index) > 0"
            var partition = "r.customer"
            // Each age has its own customers.
            if case .cohorts(_, .upTo) = scope {
                partition += query.groupBy.indices.map { ", \(pass).k\($0)" }.joined()
            }
            return "CASE WHEN \(counts)"
                + " AND COUNT_IF(\(counts)) OVER (PARTITION BY \(partition) \(order) CURRENT ROW) = 1 THEN 1L END"
        case .gapQuantile: return "CASE WHEN \(isIn) THEN \(pass).c\(index) END"
        default:
            if SumReading(kind) == .money {
                return "CASE WHEN \(isIn) THEN \(pass).\(isNative ? "w" : "d")\(index) END"
            }
            return "CASE WHEN \(isIn) THEN NULLIF(\(pass).c\(index), 0) END"
        }
    }

    /// The first purchase of a period counts for its buyers.
    private func addsOfPeriod(_ place: Int, _ kind: Measure.Kind, _ isIn: String, _ order: String) -> String {
        let pass = "p\(place)"
        guard let complete = periods[place]?.complete else { return "CAST(NULL AS BIGINT)" }
        let isGrouped = isEverything ? "\(pass) IS NOT NULL" : "COALESCE(\(pass).is_grouped, FALSE)"
        var partition = "r.customer"
        if !isEverything { partition += query.groupBy.indices.map { ", \(pass).k\($0)" }.joined() }
        let before =
            "MAX(CASE WHEN \(isGrouped) THEN \(pass).period END) OVER (PARTITION BY \(partition) \(order) 1 PRECEDING)"
        let isFirst = "\(before) IS DISTINCT FROM \(pass).period"
        let isComplete = "\(shownPeriod(place)) BETWEEN \(complete.lowerBound) AND \(complete.upperBound)"
        let counts: String =
            switch kind {
            case .periodPurchases: "TRUE"
            case .retainedBuyers: "\(before) = \(pass).period - 1"
            default: isFirst
            }
        return "CASE WHEN \(isIn) AND \(isComplete) AND \(counts) THEN 1L END"
    }

    // MARK: - The total and the bookings

    private func addCustomers() {
        var columns = [
            "COUNT_IF(is_traced) AS bookings", "MIN(missing_rate) AS missing_rate",
            "MAX(CASE WHEN is_traced THEN mixed_currency END) AS mixed_currency",
        ]
        for index in query.measures.indices {
            columns += ["SUM(add\(index)) AS sum\(index)", "COUNT(add\(index)) AS count\(index)"]
        }
        sql.text.add(
            "traced_customers", "by customer",
            "SELECT customer,\n  \(columns.joined(separator: ",\n  "))\nFROM traced\nGROUP BY customer")
    }

    private var totalSelect: String {
        let none = EvaluationSQL.none
        var columns = [
            "'t' AS kind", "CAST(COALESCE(SUM(bookings), 0) AS STRING) AS customer",
            "CAST(COUNT_IF(bookings > 0) AS STRING) AS key", "MIN(missing_rate) AS at",
            "MAX(mixed_currency) AS ordinal",
        ]
        columns += ["standing", "segment", "booked_at", "booked", "currency", "display", "is_refund"]
            .map { "\(none) AS \($0)" }
        for index in query.measures.indices {
            columns += [
                "CAST(SUM(sum\(index)) AS STRING) AS add\(index)",
                "CAST(COALESCE(SUM(count\(index)), 0) AS STRING) AS bookings\(index)",
                "CAST(COUNT_IF(count\(index) > 0) AS STRING) AS customers\(index)",
            ]
        }
        return "SELECT \(columns.joined(separator: ",\n  "))\nFROM traced_customers"
    }

    private func bookingsSelect(limit: Int) -> String {
        let none = EvaluationSQL.none
        var columns = ["'b'"] + TracedBookingColumns.sql(sql, "t")
        for index in query.measures.indices { columns += ["CAST(add\(index) AS STRING)", none, none] }
        let most = sql.text.parameter(.integer(Int32(clamping: max(0, limit))), "limit")
        return """
            SELECT \(columns.joined(separator: ",\n  "))
            FROM traced t
            WHERE is_traced
            ORDER BY t.customer, t.booked_at, t.kind = 'refund', t.ordinal, t.booked, t.booked_currency
            LIMIT \(most)
            """
    }
}

/// The columns that make a `TracedBooking`, of a step that has what `bookings` has.
enum TracedBookingColumns {
    static let count = 11

    /// `customer`, `key`, `at`, `ordinal`, `standing`, `segment` (by position), `booked_at`, `booked`, `currency`,
    /// `display`, `is_refund`.
    static func sql(_ sql: EvaluationSQL, _ alias: String) -> [String] {
        let segment = sql.eventSegmentNames.name(sql.evaluation.purchases.success.segmentation)
        return [
            "\(alias).customer", "\(alias).key", "CAST(\(alias).at AS STRING)", "CAST(\(alias).ordinal AS STRING)",
            """
            CASE WHEN \(alias).kind = 'canceled' THEN 'canceled' WHEN \(alias).kind = 'unclassified' THEN 'unclassified'
                WHEN \(alias).counts THEN 'counted' ELSE 'uncounted' END
            """,
            "CAST(\(alias).\(segment) AS STRING)", "CAST(\(alias).booked_at AS STRING)",
            "CAST(\(alias).booked AS STRING)", "\(alias).booked_currency", "CAST(\(alias).display AS STRING)",
            "CAST(\(alias).kind = 'refund' AS STRING)",
        ]
    }
}
