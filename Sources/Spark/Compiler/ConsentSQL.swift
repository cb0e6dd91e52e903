import Quantities
import Queries

/// The state of each consent: by customer at `as_of`, or at each purchase.
extension EvaluationSQL {
    /// No instant is later, or earlier: microseconds of the year 287,000.
    private static let never = "9000000000000000000"

    /// Adds the steps of the consents that are events.
    func addConsents() throws {
        for consent in evaluation.consents {
            guard case .events(let names) = consent.source else { continue }
            let name = consentNames.name(consent.category)
            try addEvents(consent.category, names, name)
            if isAtPurchase {
                text.add(
                    "\(name)_at_purchase", "the newest state before each purchase",
                    """
                    SELECT p.customer, p.ordinal, COALESCE(-MAX(STRUCT(g.at, g.minus_end)).minus_end > FIRST(p.at), FALSE) AS given
                    FROM purchase_facts p
                    LEFT JOIN \(name)_events g ON g.customer = p.customer AND g.at <= p.at
                    GROUP BY p.customer, p.ordinal
                    """)
            }
            // Of two states of one instant the one that ends sooner wins, so that a rejection does.
            text.add(
                "\(name)_now", "the newest state at as_of",
                """
                SELECT customer, -MAX(STRUCT(at, minus_end)).minus_end > \(asOf) AS given
                FROM \(name)_events
                GROUP BY customer
                """)
        }
    }

    private func addEvents(_ category: String, _ names: ConsentEvents, _ step: String) throws {
        let relation = try tables.relation(names.event)
        let action = try textColumn(names.action, relation, names.event)
        let end = try end(relation.column(names.validUntil, of: names.event))
        let never = EvaluationSQL.never
        text.add(
            "\(step)_events", "what was said of a consent, and until when it holds; a rejection never holds",
            """
            SELECT customer, at, \(action) AS action, \(end) AS valid_until,
              -CASE WHEN \(action) = 'accept' THEN COALESCE(\(end), -\(never)) ELSE -\(never) END AS minus_end
            FROM \(relation.source)
            WHERE \(try textColumn(names.category, relation, names.event)) = \(text.text(category, "category"))
              AND at <= \(asOf)
            """)
    }

    /// Microseconds; null where it cannot be read.
    private func end(_ column: SparkTables.Column) throws -> String {
        let never = EvaluationSQL.never
        func bounded(_ sql: String) -> String { "CAST(GREATEST(LEAST(\(sql), \(never)), -\(never)) AS BIGINT)" }
        switch column.type {
        case .instant: return column.sql
        case .number: return bounded("FLOOR(\(column.sql) * 1000000)")
        case .text:
            let sql = column.sql
            let date = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
            let time = "([Tt ][0-2][0-9]:[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?)"
            let wall = text.text("^\(date)\(time)? ?$", "wall_time")
            let zoned = text.text("^\(date)\(time) ?(Z|z|UTC|[+-][0-2][0-9]:?[0-5][0-9])$", "zoned_time")
            let seconds = text.text("^[+-]?[0-9]+([.][0-9]*)?$", "seconds")
            let read = "TRY_CAST(REPLACE(REPLACE(TRIM(\(sql)), ',', '.'), 'z', 'Z') AS TIMESTAMP)"
            return """
                CASE WHEN \(sql) = 'unlimited' THEN \(never)
                    WHEN \(sql) RLIKE \(wall) THEN UNIX_MICROS(TO_UTC_TIMESTAMP(\(read), \(calendar.zone)))
                    WHEN \(sql) RLIKE \(zoned) THEN UNIX_MICROS(\(read))
                    WHEN \(sql) RLIKE \(seconds) THEN \(bounded("FLOOR(TRY_CAST(\(sql) AS DECIMAL(28, 9)) * 1000000)"))
                  END
                """
        }
    }

    /// Whether a consent is given, of customers.
    ///
    /// - Parameter alias: of `customers`, or of a step with properties and the states that `consentJoins` brings.
    func consent(_ category: String, from alias: String) throws -> String {
        guard let definition = evaluation.consents.first(where: { $0.category == category }) else {
            throw QueryError.unknownConsent(category)
        }
        switch definition.source {
        case .absent: return "FALSE"
        case .events: return "\(alias).\(consentNames.name(category))"
        case .property(let name, let valid):
            let predicate = PredicateSQL(
                value: { [unowned self] _ in try property(name, from: alias) }, quantile: EvaluationSQL.noQuantile)
            return try predicate.sql(.test(.property(name), .isIn(valid)), text)
        }
    }

    /// The columns and joins that bring the states of consents that are events.
    func consentJoins(_ keys: [String], to alias: String, suffix: String) -> (columns: [String], joins: String) {
        var columns: [String] = []
        var joins = ""
        for consent in evaluation.consents {
            guard case .events = consent.source else { continue }
            let name = consentNames.name(consent.category)
            columns.append("COALESCE(\(name)_\(suffix).given, FALSE) AS \(name)")
            let conditions = keys.map { "\(name)_\(suffix).\($0) = \(alias).\($0)" }
            joins += "\nLEFT JOIN \(name)_\(suffix) ON \(conditions.joined(separator: " AND "))"
        }
        return (columns, joins)
    }
}
