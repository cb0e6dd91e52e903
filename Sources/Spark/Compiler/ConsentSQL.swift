import Quantities
import Queries

/// The state of each consent: by customer at `as_of`, or at each purchase.
extension EvaluationSQL {
    /// No instant is later, or earlier: microseconds of the year 287,000.
    private static let never = "9000000000000000000"

    /// Adds what was said of the consents that are events.
    func addConsentEvents() throws {
        for consent in evaluation.consents {
            guard case .events(let names) = consent.source else { continue }
            try addEvents(consent.category, names, consentNames.name(consent.category))
        }
    }

    /// Adds for each consent that is events the list of a customer's.
    func addConsents() throws {
        try addConsentEvents()
        for name in consentEventNames {
            text.add(
                name, "by customer, all that was said",
                """
                SELECT customer, COLLECT_LIST(NAMED_STRUCT('at', at, 'minus_end', minus_end)) AS said
                FROM said_\(name)
                GROUP BY customer
                """)
        }
    }

    /// The consents that are events, by their names here.
    var consentEventNames: [String] {
        evaluation.consents.compactMap { consent in
            if case .events = consent.source { consentNames.name(consent.category) } else { nil }
        }
    }

    /// Whether a consent is given at an instant: what was said last holds. Of two states of one instant the one that ends
    /// sooner wins, so that a rejection does.
    func isGiven(_ name: String, at instant: String) -> String {
        "COALESCE(-ARRAY_MAX(FILTER(\(name).said, e -> e.at <= \(instant))).minus_end > \(instant), FALSE)"
    }

    private func addEvents(_ category: String, _ names: ConsentEvents, _ step: String) throws {
        let relation = try tables.relation(names.event)
        let action = try textColumn(names.action, relation, names.event)
        let end = try end(relation.column(names.validUntil, of: names.event))
        let never = EvaluationSQL.never
        text.add(
            "said_\(step)", "what was said of a consent, and until when it holds; a rejection never holds",
            """
            SELECT customer, at, \(action) AS action, \(end) AS valid_until,
              -CASE WHEN \(action) = 'accept' THEN COALESCE(\(end), -\(never)) ELSE -\(never) END AS minus_end
            FROM \(relation.distinctRows)
            WHERE \(try textColumn(names.category, relation, names.event)) = \(text.text(category, "category"))
              AND at <= \(asOf)
            """)
    }

    /// Microseconds; null where it cannot be read.
    private func end(_ column: SparkTables.Column) throws -> String {
        let never = EvaluationSQL.never
        // What is null is skipped by LEAST and GREATEST.
        func bounded(_ sql: String) -> String {
            "CASE WHEN \(sql) IS NOT NULL THEN CAST(GREATEST(LEAST(\(sql), \(never)), -\(never)) AS BIGINT) END"
        }
        switch column.type {
        case .instant: return column.sql
        case .number: return bounded("FLOOR(\(column.sql) * 1000000)")
        case .text:
            let sql = column.sql
            let seconds = text.text("^[+-]?[0-9]+([.][0-9]*)?$", "seconds")
            let timestamp = TimestampTextSQL.microseconds(of: sql, zone: calendar.zone, text)
            return """
                CASE WHEN \(sql) = 'unlimited' THEN \(never)
                    WHEN \(sql) RLIKE \(seconds) THEN \(bounded("FLOOR(TRY_CAST(\(sql) AS DECIMAL(28, 9)) * 1000000)"))
                    ELSE \(timestamp)
                  END
                """
        }
    }

    /// Whether a consent is given.
    ///
    /// - Parameters:
    ///   - row: the alias of a row with properties.
    ///   - state: the column that a consent which is events has.
    func consent(_ category: String, from row: String, _ state: (String) -> String) throws -> String {
        guard let definition = evaluation.consents.first(where: { $0.category == category }) else {
            throw QueryError.unknownConsent(category)
        }
        switch definition.source {
        case .absent: return "FALSE"
        case .events: return state(consentNames.name(category))
        case .property(let name, let valid):
            let predicate = PredicateSQL(
                value: { [unowned self] _ in try property(name, from: row) }, quantile: EvaluationSQL.noQuantile)
            return try predicate.sql(.test(.property(name), .isIn(valid)), text)
        }
    }
}
