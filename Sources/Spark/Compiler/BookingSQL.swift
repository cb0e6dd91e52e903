import Quantities
import Queries

/// Amounts with the instant that they are booked on.
extension EvaluationSQL {
    func addBookings() throws {
        try addRates()
        let refundAt = semantics.refundDating == .order ? "p.at" : "g.at"
        func booking(_ kind: String, _ at: String, _ amount: String, _ currency: String) -> String {
            "NAMED_STRUCT('kind', \(kind), 'booked_at', \(at), 'booked', CAST(\(amount) AS \(money.amountType)),"
                + " 'booked_currency', \(currency))"
        }
        let order = booking(
            "CASE p.state WHEN 's' THEN 'order' ELSE 'canceled' END", "p.at", "p.amount", "p.currency")
        let refund = booking("'refund'", refundAt, "g.amount", "COALESCE(g.currency, p.currency)")
        let source = text.has("refund_lists") ? "CONCAT(p.given_back, COALESCE(r.list, ARRAY()))" : "p.given_back"
        let join =
            text.has("refund_lists") ? "\n  LEFT JOIN refund_lists r ON r.customer = p.customer AND r.key = p.key" : ""
        let kept =
            ["customer", "key", "at", "ordinal", "currency", "counts", "charge", "n", "previous_at"] + homeColumns
            + (hasAnchors ? ["anchor"] : [])
        let names = kept.map { "b.\($0)" }.joined(separator: ", ")
        let day = semantics.fx == .eventDate ? calendar.day("b.booking.booked_at") : calendar.day(asOf)
        var columns = [
            names, "b.booking.kind", "b.booking.booked_at", "b.booking.booked", "b.booking.booked_currency",
            "b.booking.kind = 'order' AND b.counts AS is_purchase", "\(day) AS rate_day",
        ]
        var from = """
            (
              SELECT \(kept.map { "p.\($0)" }.joined(separator: ", ")),
                EXPLODE(CONCAT(ARRAY(\(order)),
                  CASE WHEN p.state = 's' THEN TRANSFORM(\(source), g -> \(refund)) ELSE ARRAY() END)) AS booking
              FROM purchase_facts p\(join)
              WHERE p.state IN ('s', 'c')
            ) b
            """
        func converted(_ table: String, _ name: String) {
            columns.append("CAST(b.booking.booked * \(table).rate AS \(money.displayType)) AS \(name)")
            from +=
                "\nLEFT JOIN \(table) ON \(table).currency = b.booking.booked_currency"
                + " AND \(day) >= \(table).first_day AND \(day) < \(table).end_day"
        }
        converted("rates", "display")
        if text.has("segment_rates") {
            converted("segment_rates", "in_segment_currency")
        } else {
            columns.append("CAST(b.booking.booked * rates.rate AS \(money.displayType)) AS in_segment_currency")
        }
        text.add(
            "bookings", "orders, what was given back on them, and cancelled purchases; display is null without a rate",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(from)")
    }

    var hasAnchors: Bool { evaluation.purchases.charges != nil && semantics.attribution == .anchored }

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

    /// Adds the refunds that are events of their own, where there are such; of rows that were delivered twice one.
    func addRefunds() throws {
        guard let refunds = evaluation.purchases.refunds else { return }
        let relation = try tables.relation(refunds.event)
        let amount = try relation.number(refunds.amount, of: refunds.event).sql
        let currency = try refunds.currency.map { try textColumn($0, relation, refunds.event) } ?? EvaluationSQL.none
        var key = EvaluationSQL.none
        if let reference = relation.keys.refersTo, reference.event == evaluation.purchases.event {
            key = "CAST(\(try relation.column(reference.attribute, of: refunds.event).sql) AS STRING)"
        }
        text.add(
            "refunds", "what is given back, positive, with the key of its purchase",
            """
            SELECT customer, \(key) AS key, at, CAST(ABS(COALESCE(\(amount), 0)) AS \(money.amountType)) AS amount,
              \(currency) AS currency
            FROM \(relation.distinctRows)
            WHERE at <= \(asOf)
            """)
        text.add(
            "refund_lists", "by purchase",
            """
            SELECT customer, key, COLLECT_LIST(NAMED_STRUCT('at', at, 'amount', amount, 'currency', currency)) AS list
            FROM refunds
            WHERE key IS NOT NULL
            GROUP BY customer, key
            """)
    }
}
