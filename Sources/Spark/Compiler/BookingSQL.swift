import Quantities
import Queries

/// Amounts with the instant that they are booked on.
extension EvaluationSQL {
    func addBookings() throws {
        try addRates()
        let kept =
            ["customer", "key", "at", "ordinal", "currency", "counts", "charge", "n", "previous_at"] + homeColumns
            + (hasAnchors ? ["anchor"] : [])
        let from = hasRefunds ? bookingsWithRefunds(kept) : bookingsWithoutRefunds(kept)
        let day = semantics.fx == .eventDate ? calendar.day("b.booked_at") : calendar.day(asOf)
        let display = displayed("b.booked", "b.booked_currency", day)
        let segment = converted("b.booked", "b.booked_currency", day, into: semantics.segmentCurrency, segmentRates)
        let columns = [
            "b.*", "b.kind = 'order' AND b.counts AS is_purchase", "\(day) AS rate_day", "\(display.sql) AS display",
            "\(segment.sql) AS in_segment_currency",
        ]
        let joins = display.join + (segment.join == display.join ? "" : segment.join)
        text.add(
            "bookings",
            "\(hasRefunds ? "orders, what was given back on them," : "orders") and cancelled purchases; display is null without a rate",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM (\n\(SQLText.indented(from))\n) b\(joins)")
    }

    /// Something may be given back on purchases.
    var hasRefunds: Bool { hasRowsBelowZero || text.has("refund_lists") }

    private var orderKind: String {
        let others = keepsUnclassified ? "WHEN 'c' THEN 'canceled' ELSE 'unclassified'" : "ELSE 'canceled'"
        return "CASE p.state WHEN 's' THEN 'order' \(others) END"
    }

    private var classified: String { keepsUnclassified ? "" : "\nWHERE p.state IN ('s', 'c')" }

    private func bookingsWithoutRefunds(_ kept: [String]) -> String {
        """
        SELECT \(kept.map { "p.\($0)" }.joined(separator: ", ")), \(orderKind) AS kind,
          p.at AS booked_at, p.amount AS booked, p.currency AS booked_currency
        FROM purchase_facts p\(classified)
        """
    }

    private func bookingsWithRefunds(_ kept: [String]) -> String {
        func booking(_ kind: String, _ at: String, _ amount: String, _ currency: String) -> String {
            "NAMED_STRUCT('kind', \(kind), 'booked_at', \(at), 'booked', CAST(\(amount) AS \(money.amountType)),"
                + " 'booked_currency', \(currency))"
        }
        let order = booking(orderKind, "p.at", "p.amount", "p.currency")
        let refundAt = semantics.refundDating == .order ? "p.at" : "g.at"
        let refund = booking("'refund'", refundAt, "g.amount", "COALESCE(g.currency, p.currency)")
        let source = text.has("refund_lists") ? "CONCAT(p.given_back, COALESCE(r.list, ARRAY()))" : "p.given_back"
        let join =
            text.has("refund_lists") ? "\n  LEFT JOIN refund_lists r ON r.customer = p.customer AND r.key = p.key" : ""
        return """
            SELECT \(kept.joined(separator: ", ")), \(keepsUnclassified ? "is_overpaid, " : "")booking.*
            FROM (
              SELECT \(kept.map { "p.\($0)" }.joined(separator: ", ")),\
            \(keepsUnclassified ? "\n    \(isOverpaid(source)) AS is_overpaid," : "")
                EXPLODE(CONCAT(ARRAY(\(order)),
                  CASE WHEN p.state = 's' THEN TRANSFORM(\(source), g -> \(refund)) ELSE ARRAY() END)) AS booking
              FROM purchase_facts p\(join)\(SQLText.indented(classified))
            )
            """
    }

    // MARK: - Conversion

    /// All amounts are in one currency, by definition.
    private var onlyCurrency: String? {
        let hasOthers = evaluation.purchases.currency != nil || evaluation.purchases.refunds?.currency != nil
        return hasOthers ? nil : semantics.defaultCurrency
    }

    /// An amount may be in a currency that has no rate.
    var canMissRates: Bool { onlyCurrency != semantics.displayCurrency }

    private var segmentRates: String {
        semantics.segmentCurrency == semantics.displayCurrency ? "rates" : "segment_rates"
    }

    /// An amount in the display currency, and the join that it needs.
    func displayed(_ amount: String, _ currency: String, _ day: String) -> (sql: String, join: String) {
        converted(amount, currency, day, into: semantics.displayCurrency, "rates")
    }

    private func converted(
        _ amount: String, _ currency: String, _ day: String, into target: String, _ rates: String
    ) -> (sql: String, join: String) {
        let own = "CAST(\(amount) AS \(money.displayType))"
        if onlyCurrency == target { return (own, "") }
        let isOwn = "\(currency) = \(text.text(target, "currency"))"
        guard text.has(rates) else { return ("CASE WHEN \(isOwn) THEN \(own) END", "") }
        var join = "\nLEFT JOIN \(rates) ON \(rates).currency = \(currency)"
        if semantics.fx == .eventDate {
            join +=
                " AND \(rates).block = \(MoneySQL.block(day)) AND \(day) >= \(rates).first_day AND \(day) < \(rates).end_day"
        }
        return ("CASE WHEN \(isOwn) THEN \(own) ELSE CAST(\(amount) * \(rates).rate AS \(money.displayType)) END", join)
    }

    var hasAnchors: Bool { evaluation.purchases.charges != nil && semantics.attribution == .anchored }

    private func addRates() throws {
        guard let zone = Zone(identifier: semantics.timezone) else {
            throw QueryError.unsupported("the timezone '\(semantics.timezone)' is not in the IANA database")
        }
        // A view is read for some years after it was made, and holds the rates of its making.
        let isReadLater = isLive && semantics.fx == .eventDate
        let day = zone.dayNumber(at: semantics.asOf) + (isReadLater ? 7305 : 0)
        func add(_ step: String, _ comment: String, _ table: RateTable, _ currency: String) {
            if onlyCurrency == currency { return }
            guard let rows = money.rows(table, into: currency, semantics.fx, day: day, text) else { return }
            text.add(step, "\(comment)\(semantics.fx == .eventDate ? ", from a day until before another" : "")", rows)
        }
        add("rates", "into the display currency", semantics.rates, semantics.displayCurrency)
        if semantics.segmentCurrency != semantics.displayCurrency {
            add("segment_rates", "into the currency of conditions", semantics.segmentRates, semantics.segmentCurrency)
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
