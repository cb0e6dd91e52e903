import Quantities
import Queries

/// Amounts with the instant that they are booked on.
extension EvaluationSQL {
    func addBookings() throws {
        try addRefunds()
        try addRates()
        let refundAt = semantics.refundDating == .order ? "p.at" : "r.at"
        var parts = [
            """
            SELECT p.*, 'order' AS kind, p.at AS booked_at, p.amount AS booked, p.currency AS booked_currency
            FROM purchase_facts p
            WHERE p.state = 's'
            """,
            """
            SELECT p.*, 'canceled', p.at, 0, p.currency
            FROM purchase_facts p
            WHERE p.state = 'c'
            """,
        ]
        if text.has("refunds") {
            parts.append(
                """
                SELECT p.*, 'refund', \(refundAt), r.amount, COALESCE(r.currency, p.currency)
                FROM purchase_facts p
                JOIN refunds r ON r.customer = p.customer AND r.key = p.key
                WHERE p.state = 's'
                """)
        }
        let day = semantics.fx == .eventDate ? calendar.day("b.booked_at") : calendar.day(asOf)
        var columns = ["b.*", "b.kind = 'order' AND b.counts AS is_purchase", "\(day) AS rate_day"]
        var source = "(\n\(SQLText.indented(parts.joined(separator: "\nUNION ALL\n")))\n) b"
        func converted(_ table: String, _ name: String) {
            columns.append("CAST(b.booked * \(table).rate AS \(money.displayType)) AS \(name)")
            source +=
                "\nLEFT JOIN \(table) ON \(table).currency = b.booked_currency"
                + " AND \(day) >= \(table).first_day AND \(day) < \(table).end_day"
        }
        converted("rates", "display")
        if text.has("segment_rates") {
            converted("segment_rates", "in_segment_currency")
        } else {
            columns.append("CAST(b.booked * rates.rate AS \(money.displayType)) AS in_segment_currency")
        }
        text.add(
            "bookings", "orders, what was given back on them, and cancelled purchases; display is null without a rate",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(source)")
    }

    private func addRates() throws {
        guard let zone = Zone(identifier: semantics.timezone) else {
            throw QueryError.unsupported("the timezone '\(semantics.timezone)' is not in the IANA database")
        }
        let day = zone.dayNumber(at: semantics.asOf)
        text.add(
            "rates", "into the display currency, from a day until before another",
            money.rows(semantics.rates, into: semantics.displayCurrency, semantics.fx, day: day, text))
        if semantics.segmentCurrency != semantics.displayCurrency {
            text.add(
                "segment_rates", "into the currency of conditions",
                money.rows(semantics.segmentRates, into: semantics.segmentCurrency, semantics.fx, day: day, text))
        }
    }

    /// What is given back, by the key of the purchase; rows that were delivered twice are one.
    private func addRefunds() throws {
        var parts: [String] = []
        let definition = evaluation.purchases
        let keys = purchases.keys
        if let key = keys.key, keys.amount != nil {
            let amount = try purchases.number(definition.amount, of: definition.event).sql
            let currency = try definition.currency.map { try textColumn($0, purchases, definition.event) }
            let keyColumn = "CAST(\(try purchases.column(key, of: definition.event).sql) AS STRING)"
            let below = "COALESCE(\(try purchases.number(keys.amount ?? "", of: definition.event).sql) < 0, FALSE)"
            let all = purchases.columns.sorted { $0.key < $1.key }.map(\.value.sql)
            // Which rows give back is told by all rows of the key; the same row twice is one.
            parts.append(
                """
                SELECT customer, key, at, CAST(ABS(COALESCE(amount, 0)) AS \(money.amountType)) AS amount, currency
                FROM (
                  SELECT customer, \(keyColumn) AS key, at, \(amount) AS amount, \(currency ?? "CAST(NULL AS STRING)") AS currency,
                    \(below) AND BOOL_OR(NOT \(below)) OVER (PARTITION BY customer, \(keyColumn)) AS gives_back,
                    ROW_NUMBER() OVER (PARTITION BY customer, at, \(all.joined(separator: ", ")) ORDER BY seq) AS copy
                  FROM \(purchases.source)
                  WHERE \(keyColumn) IS NOT NULL
                )
                WHERE gives_back AND copy = 1 AND at <= \(asOf)
                """)
        }
        if let refunds = definition.refunds {
            let relation = try tables.relation(refunds.event)
            let amount = try relation.number(refunds.amount, of: refunds.event).sql
            let currency = try refunds.currency.map { try textColumn($0, relation, refunds.event) }
            var key = "CAST(NULL AS STRING)"
            if let reference = relation.keys.refersTo, reference.event == definition.event {
                key = "CAST(\(try relation.column(reference.attribute, of: refunds.event).sql) AS STRING)"
            }
            var source = relation.source
            if let own = relation.keys.key {
                let column = try relation.column(own, of: refunds.event).sql
                let all = relation.columns.sorted { $0.key < $1.key }.map(\.value.sql)
                source =
                    "(SELECT *, ROW_NUMBER() OVER (PARTITION BY customer, at, \(all.joined(separator: ", ")) ORDER BY seq)"
                    + " AS copy FROM \(relation.source)) WHERE (copy = 1 OR \(column) IS NULL) AND at <= \(asOf)"
            } else {
                source += "\nWHERE at <= \(asOf)"
            }
            parts.append(
                "SELECT customer, \(key) AS key, at, CAST(ABS(COALESCE(\(amount), 0)) AS \(money.amountType)) AS amount,"
                    + " \(currency ?? "CAST(NULL AS STRING)") AS currency\nFROM \(source)")
        }
        if parts.isEmpty { return }
        text.add(
            "refunds", "what is given back, positive, by the key of its purchase",
            parts.joined(separator: "\nUNION ALL\n"))
    }
}
