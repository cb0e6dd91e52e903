import Queries

/// Everything that an evaluation makes of one customer, over tables that have that customer's rows alone. Each kind of rows
/// says in its first column what it is:
///
///     c   the customer: numbers of purchases, segments, consents
///     a   properties, as they are stored
///     p   a purchase, whatever its state      r   what was given back on one      x   how many are test orders
///     s   a row of a purchase
///     g   what was said of a consent
struct CustomerTraceSQL {
    private let sql: EvaluationSQL
    /// Properties, in their order.
    let properties: [String]

    /// - Parameter sql: of an evaluation's definitions alone, over the customer's rows.
    init(_ sql: EvaluationSQL) {
        self.sql = sql
        properties = (sql.tables.customers?.properties.keys.sorted()) ?? []
    }

    /// The tables with one customer's rows alone, which are numbered in their order.
    static func tables(_ tables: SparkTables, of customer: String) -> SparkTables {
        let text = SQLText(tables.parameters)
        let id = text.text(customer, "traced_customer")
        var restricted = tables
        for (name, relation) in tables.events {
            let columns = relation.columns.sorted { $0.key < $1.key }.map(\.value.sql)
            let listed = columns.map { ", " + $0 }.joined()
            restricted.events[name]?.source = """
                (
                  SELECT customer, at, CAST(ROW_NUMBER() OVER (ORDER BY at, seq, \(relation.content)) AS BIGINT) AS seq\(listed)
                  FROM \(relation.source)
                  WHERE customer = \(id)
                )
                """
        }
        if let source = tables.customers?.source {
            restricted.customers?.source = "(SELECT * FROM \(source) WHERE customer = \(id))"
        }
        restricted.parameters = text.parameters
        return restricted
    }

    /// Fields of `c` before the segments.
    static let ownNumbers = 6

    /// How many columns each row has.
    var width: Int {
        1
            + max(
                CustomerTraceSQL.ownNumbers + sql.evaluation.customerSegmentations.count
                    + sql.evaluation.consents.count,
                TracedBookingColumns.count + 3, properties.count)
    }

    /// Adds all steps, and gives the query that reads them.
    func select() throws -> String {
        try sql.addPurchases()
        try sql.addBookings()
        try sql.addMembers(hasNumbers: true)
        addAllPurchases()
        var selects = [try customerSelect(), propertySelect()].compactMap(\.self)
        // What is neither successful nor cancelled is no charge.
        let charge = "CASE WHEN t.state <> 'u' THEN t.charge END"
        selects.append(
            row("p", TracedBookingColumns.sql(sql, "t") + [charge, "CAST(t.seq AS STRING)"], "all_purchases t"))
        selects.append(row("r", TracedBookingColumns.sql(sql, "t"), "bookings t\nWHERE t.kind = 'refund'"))
        selects.append(row("x", ["CAST(COUNT_IF(is_excluded) AS STRING)"], "purchase_worth"))
        selects.append(try stateSelect())
        for (place, consent) in sql.evaluation.consents.enumerated() {
            if case .events(let names) = consent.source {
                selects.append(try eventSelect(place, consent.category, names))
            }
        }
        return selects.joined(separator: "\nUNION ALL\n")
    }

    private func row(_ kind: String, _ fields: [String], _ source: String) -> String {
        let padding = Array(repeating: EvaluationSQL.none, count: width - 1 - fields.count)
        return "SELECT \((["'\(kind)'"] + fields + padding).joined(separator: ",\n  "))\nFROM \(source)"
    }

    private func customerSelect() throws -> String {
        var fields = ["purchases", "canceled", "revenue"].map { "CAST(c.\($0) AS STRING)" }
        fields += ["c.missing_segment_rate", "CAST(c.first_at AS STRING)", "CAST(c.last_at AS STRING)"]
        fields += sql.memberColumns.map { "CAST(m.\($0) AS STRING)" }
        for consent in sql.evaluation.consents {
            fields.append("CAST(\(try sql.consent(consent.category, from: "c") { "c.\($0)" }) AS STRING)")
        }
        return row("c", fields, "customers c\nJOIN members m ON m.customer = c.customer")
    }

    private func propertySelect() -> String? {
        guard let relation = sql.tables.customers, !properties.isEmpty else { return nil }
        let columns = properties.compactMap { relation.properties[$0]?.sql }
        let newest = """
            (
              SELECT *
              FROM \(relation.source)
              ORDER BY seq DESC
              LIMIT 1
            )
            """
        return row("a", columns.map { "CAST(\($0) AS STRING)" }, newest)
    }

    /// Purchases of every state with the columns of bookings.
    private func addAllPurchases() {
        let day = sql.semantics.fx == .eventDate ? sql.calendar.day("p.at") : sql.calendar.day(sql.asOf)
        let display = sql.displayed("p.amount", "p.currency", day)
        sql.text.add(
            "all_purchases", "whatever their state, converted",
            """
            SELECT p.*, CASE p.state WHEN 's' THEN 'order' WHEN 'c' THEN 'canceled' ELSE 'unclassified' END AS kind,
              p.at AS booked_at, p.amount AS booked, p.currency AS booked_currency, \(display.sql) AS display
            FROM purchase_facts p\(display.join)
            """)
    }

    /// The rows that purchases' states are made from: key, `seq`, instant, and the text that tells the state.
    private func stateSelect() throws -> String {
        let (relation, event) = (sql.purchases, sql.evaluation.purchases.event)
        let key =
            try relation.keys.key.map { "CAST(\(try relation.column($0, of: event).sql) AS STRING)" }
            ?? EvaluationSQL.none
        let text = try sql.stateAttribute().map { try relation.column($0, of: event).sql } ?? EvaluationSQL.none
        var isBelowZero = "FALSE"
        if relation.keys.key != nil, let amount = relation.keys.amount {
            isBelowZero = "COALESCE(\(try relation.number(amount, of: event).sql) < 0, FALSE)"
        }
        sql.text.add(
            "state_rows", "rows of purchases up to as_of that give nothing back",
            """
            SELECT key, seq, at, text
            FROM (
              SELECT *, key IS NOT NULL AND is_below_zero AND BOOL_OR(NOT is_below_zero) OVER (PARTITION BY key) AS gives_back
              FROM (SELECT \(key) AS key, seq, at, \(text) AS text, \(isBelowZero) AS is_below_zero FROM \(relation.distinctRows))
            )
            WHERE at <= \(sql.asOf) AND NOT gives_back
            """)
        return row("s", ["key", "CAST(seq AS STRING)", "CAST(at AS STRING)", "text"], "state_rows")
    }

    /// What was said of a consent: its place, `seq`, the instant, the action, and until when it holds, as it is stored.
    private func eventSelect(_ place: Int, _ category: String, _ names: ConsentEvents) throws -> String {
        let relation = try sql.tables.relation(names.event)
        let end = try relation.column(names.validUntil, of: names.event).sql
        return row(
            "g",
            [
                "'\(place)'", "CAST(seq AS STRING)", "CAST(at AS STRING)",
                try sql.textColumn(names.action, relation, names.event), "CAST(\(end) AS STRING)",
            ],
            """
            \(relation.distinctRows)
            WHERE \(try sql.textColumn(names.category, relation, names.event)) = \(sql.text.text(category, "category"))
              AND at <= \(sql.asOf)
            """)
    }
}
