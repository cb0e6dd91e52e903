import Quantities
import Queries

/// From the rows of the table to purchases as they stand, and what can be said of each within its customer.
extension EvaluationSQL {
    func addPurchases() throws {
        try addRows()
        try addStates()
        try addWorth()
        try addRefunds()
        try addFacts()
    }

    var attributeColumns: [String] { attributes.map { attributeNames.name($0) } }

    /// Rows below zero may be refunds of other rows of their key.
    var hasRowsBelowZero: Bool { purchases.keys.key != nil && purchases.keys.amount != nil }

    private func addRows() throws {
        let event = evaluation.purchases.event
        let keys = purchases.keys
        var columns = ["customer", "at", "seq", "\(purchases.content) AS content"]
        func column(_ name: String?) throws -> String {
            guard let name else { return EvaluationSQL.none }
            return "CAST(\(try purchases.column(name, of: event).sql) AS STRING)"
        }
        columns.append("\(try column(keys.key)) AS key")
        columns.append("\(try column(keys.key == nil ? nil : keys.parent)) AS parent")
        for name in attributes {
            columns.append("\(try purchases.column(name, of: event).sql) AS \(attributeNames.name(name))")
        }
        if hasRowsBelowZero, let amount = keys.amount {
            columns.append("COALESCE(\(try purchases.number(amount, of: event).sql) < 0, FALSE) AS is_below_zero")
        }
        text.add(
            "purchase_rows", "the rows of purchases, every state of each; from here on customers stay together",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(purchases.source)\nDISTRIBUTE BY customer")
    }

    private func addStates() throws {
        let columns = attributeColumns
        guard purchases.keys.key != nil else {
            text.add(
                "purchase_states", "each row is a purchase, as there is no key",
                """
                SELECT customer, key, at, seq, content, parent\(columns.map { ", " + $0 }.joined()),
                  \(noRefunds) AS given_back
                FROM purchase_rows
                WHERE at <= \(asOf)
                """)
            return
        }
        addHistory()
        let copied = columns.map { ", " + $0 }.joined()
        text.add(
            "purchase_states",
            "each purchase as its newest row says, with the instant of its first one; a row without key is a purchase",
            """
            SELECT customer, key, CASE WHEN key IS NULL THEN at ELSE first.at END AS at,
              CASE WHEN key IS NULL THEN seq ELSE first.seq END AS seq,
              CASE WHEN key IS NULL THEN content ELSE first.content END AS content, parent, given_back\(copied)
            FROM purchase_history
            WHERE is_state AND (key IS NULL OR STRUCT(at, seq, content) = newest)
            """)
    }

    /// Adds the rows of purchases with a key, each beside the first and the newest one of its purchase. All of it is looked at
    /// in one order, so that rows are sorted once.
    private func addHistory() {
        // A row that was delivered twice is one, and the first: a later one of the same instant is newer than it.
        var rows = """
            (
              SELECT *
              FROM (
                SELECT *, ROW_NUMBER() OVER (PARTITION BY customer, key, at, content ORDER BY seq) AS copy
                FROM purchase_rows
              )
              WHERE copy = 1 OR key IS NULL
            )
            """
        let ofPurchase = "OVER (PARTITION BY customer, key)"
        var givesBack = "FALSE"
        var given = noRefunds
        if hasRowsBelowZero {
            let currency = evaluation.purchases.currency.map { attributeNames.name($0) } ?? EvaluationSQL.none
            rows = """
                (
                  SELECT *, key IS NOT NULL AND is_below_zero AND BOOL_OR(NOT is_below_zero) \(ofPurchase) AS gives_back
                  FROM \(SQLText.indented(rows))
                )
                """
            givesBack = "gives_back"
            let amount = attributeNames.name(evaluation.purchases.amount)
            given = """
                COLLECT_LIST(CASE WHEN gives_back AND at <= \(asOf) THEN
                    NAMED_STRUCT('at', at, 'amount', CAST(ABS(COALESCE(\(amount), 0)) AS \(money.amountType)), 'currency', \(currency)) END)
                    \(ofPurchase)
                """
        }
        text.add(
            "purchase_history",
            "every row beside the first and the newest of its purchase, and what rows below zero give back",
            """
            SELECT *,
              MIN(CASE WHEN is_state THEN STRUCT(at, seq, content) END) \(ofPurchase) AS first,
              MAX(CASE WHEN is_state THEN STRUCT(at, seq, content) END) \(ofPurchase) AS newest,
              \(given) AS given_back
            FROM (
              SELECT *, at <= \(asOf)\(givesBack == "FALSE" ? "" : " AND NOT \(givesBack)") AS is_state
              FROM \(SQLText.indented(rows))
            )
            """)
    }

    private var noRefunds: String {
        "CAST(ARRAY() AS ARRAY<STRUCT<at: BIGINT, amount: \(money.amountType), currency: STRING>>)"
    }

    private func addWorth() throws {
        let definition = evaluation.purchases
        let columns = attributeColumns
        // Segments of each purchase's state, 0 for none.
        var segments: [String] = []
        for segmentation in evaluation.eventSegmentations where segmentation.event == definition.event {
            segments.append(
                "\(try eventSegments(segmentation, from: "p")) AS \(eventSegmentNames.name(segmentation.id))")
        }
        let amount = attributeNames.name(definition.amount)
        let currency = try definition.currency.map { name -> String in
            _ = try textColumn(name, purchases, definition.event)
            return "COALESCE(p.\(attributeNames.name(name)), \(text.text(semantics.defaultCurrency, "currency")))"
        }
        var inner = ["p.*", "CAST(COALESCE(p.\(amount), 0) AS \(money.amountType)) AS amount"]
        inner.append("\(currency ?? text.text(semantics.defaultCurrency, "currency")) AS currency")
        inner += segments
        // Refunds find test orders too, so these are marked here and left out below.
        var source = "purchase_states p"
        var excluded = "FALSE"
        if let exclude = definition.exclude {
            if try addProperties() { source += "\nLEFT JOIN properties c ON c.customer = p.customer" }
            let predicate = PredicateSQL(
                value: { [unowned self] subject in
                    switch subject {
                    case .property(let name): return try property(name, from: "c")
                    case .eventSegmentation(let id):
                        // Not a column yet.
                        let segmentation = try eventSegmentation(id)
                        return .segment(
                            try eventSegments(segmentation, from: "p"), names: segmentation.segments.map(\.name),
                            remainder: nil)
                    default: return try eventValue(subject, from: "p")
                    }
                }, quantile: EvaluationSQL.noQuantile)
            excluded = try predicate.sql(exclude, text)
        }
        inner.append("\(excluded) AS is_excluded")
        let success = try positions(definition.success, "p")
        let canceled = try positions(definition.canceled, "p")
        let zero = definition.zeroAmount == .count ? "p.amount >= 0" : "p.amount > 0"
        var charge = "CAST(NULL AS STRING)"
        if let charges = definition.charges {
            let order: [ChargeKind] = [.firstCharge, .upsell, .rebill]
            let cases = try order.compactMap { kind in
                try charges.kinds[kind].map { "WHEN \(try positions($0, "p")) THEN '\(kind.rawValue)'" }
            }
            if !cases.isEmpty { charge = "CASE \(cases.joined(separator: " ")) END" }
        }
        text.add(
            "purchase_worth", "their amounts, currencies and segments; which of them are test orders",
            "SELECT \(inner.joined(separator: ",\n  "))\nFROM \(source)\nWHERE p.at IS NOT NULL")
        let segmentColumns = evaluation.eventSegmentations.filter { $0.event == definition.event }
            .map { "p." + eventSegmentNames.name($0.id) }
        let kept =
            ["customer", "key", "at", "seq", "content", "parent", "amount", "currency", "given_back"].map { "p." + $0 }
            + columns.map { "p." + $0 } + segmentColumns
        text.add(
            "purchases",
            "s: successful, c: cancelled, u: neither; which of them count, and what kind of charge each is",
            """
            SELECT \(kept.joined(separator: ", ")),
              \(success) AND \(zero) AS counts,
              CASE WHEN \(success) THEN 's' WHEN \(canceled) THEN 'c' ELSE 'u' END AS state,
              \(charge) AS charge,
              ROW_NUMBER() OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.content, p.key) AS ordinal
            FROM purchase_worth p
            WHERE NOT p.is_excluded
            """)
    }

    /// The first segment that a row is in, by position from 1; 0 for none.
    func eventSegments(_ segmentation: EventSegmentation, from alias: String) throws -> String {
        let predicate = PredicateSQL(
            value: { [unowned self] subject in
                guard case .eventSegmentation(let id) = subject else { return try eventValue(subject, from: alias) }
                let other = try eventSegmentation(id)
                return .segment(
                    try eventSegments(other, from: alias), names: other.segments.map(\.name), remainder: nil)
            }, quantile: EvaluationSQL.noQuantile)
        let cases = try segmentation.segments.enumerated().map { position, segment in
            "WHEN \(try predicate.sql(segment.when, text)) THEN \(position + 1)"
        }
        return cases.isEmpty ? "0" : "CASE \(cases.joined(separator: " ")) ELSE 0 END"
    }

    static func noQuantile(_ aggregate: Aggregate, _ share: ExactDecimal) throws -> (value: String, bound: String) {
        throw QueryError.unsupported("a quantile of \(aggregate) as a condition on an event")
    }

    /// A purchase is in one of these segments.
    private func positions(_ selection: SegmentSelection, _ alias: String) throws -> String {
        let segmentation = try eventSegmentation(selection.segmentation)
        let found = segmentation.segments.indices.filter { position in
            selection.segments.contains { $0.utf8.elementsEqual(segmentation.segments[position].name.utf8) }
        }
        if found.isEmpty { return "FALSE" }
        let list = found.map { String($0 + 1) }.joined(separator: ", ")
        return "\(alias).\(eventSegmentNames.name(segmentation.id)) IN (\(list))"
    }

    /// What a row stands under: the columns of a purchase that groups and filters read.
    var homeColumns: [String] {
        let segments = evaluation.eventSegmentations.filter { $0.event == evaluation.purchases.event }
            .map { eventSegmentNames.name($0.id) }
        return attributeColumns + segments
    }

    private func home(_ alias: String) -> String {
        let fields = [
            "'at', \(alias).at", "'ordinal', \(alias).ordinal", "'home_currency', \(alias).currency",
            "'grouped_at', \(alias).at",
        ]
        return "NAMED_STRUCT(\((fields + homeColumns.map { "'\($0)', \(alias).\($0)" }).joined(separator: ", ")))"
    }

    /// Which purchase of its customer each is, and what charges belong to.
    private func addFacts() throws {
        // In the order of the step before, so that rows are not sorted once more.
        let upTo =
            "OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.content, p.key ROWS BETWEEN UNBOUNDED PRECEDING AND"
        var columns = [
            "p.*", "COUNT_IF(p.counts) \(upTo) CURRENT ROW) AS n",
            "LAST_VALUE(CASE WHEN p.counts THEN p.at END, TRUE) \(upTo) 1 PRECEDING) AS previous_at",
        ]
        guard let charges = evaluation.purchases.charges, semantics.attribution == .anchored else {
            text.add(
                "purchase_facts", "of those that count, n: which one it is; previous_at: the one before",
                "SELECT \(columns.joined(separator: ",\n  "))\nFROM purchases p")
            return
        }
        let first = "CASE WHEN p.charge = 'first_charge' AND p.counts THEN \(home("p")) END"
        func latest(_ partition: String) -> String {
            "MAX(\(first)) OVER (PARTITION BY p.customer\(partition)"
                + " ORDER BY p.at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        }
        columns.append("\(first) AS own")
        columns.append("\(latest("")) AS latest")
        var found: [String] = []
        if purchases.keys.key != nil, purchases.keys.parent != nil {
            columns.append(
                "COLLECT_LIST(CASE WHEN p.key IS NOT NULL THEN STRUCT(p.key AS key, STRUCT(p.parent AS parent, \(first) AS found) AS value) END)"
                    + " OVER (PARTITION BY p.customer) AS family")
            // From parent to parent, until one is a first charge; 100 steps at most, as they may go round.
            found.append(
                """
                AGGREGATE(SEQUENCE(1, 100), NAMED_STRUCT('parent', p.parent, 'found', CASE WHEN FALSE THEN p.latest END),
                      (s, i) -> CASE WHEN s.found IS NOT NULL OR s.parent IS NULL THEN s
                        ELSE COALESCE(TRY_ELEMENT_AT(MAP_FROM_ENTRIES(p.family), s.parent),
                          NAMED_STRUCT('parent', \(EvaluationSQL.none), 'found', CASE WHEN FALSE THEN p.latest END)) END).found
                """)
        }
        for (place, link) in charges.links.enumerated() {
            _ = try textColumn(link, purchases, evaluation.purchases.event)
            let column = "p.\(attributeNames.name(link))"
            columns.append(
                "CASE WHEN \(column) IS NOT NULL THEN COALESCE(\(latest(", " + column)), "
                    + "MIN(\(first)) OVER (PARTITION BY p.customer, \(column))) END AS linked\(place + 1)")
            found.append("p.linked\(place + 1)")
        }
        found.append("p.latest")
        text.add(
            "charges", "the customer's latest first charge before each purchase, and those of the same link",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM purchases p")
        let kept =
            [
                "customer", "key", "at", "seq", "ordinal", "amount", "currency", "given_back", "counts", "state",
                "charge", "n", "previous_at",
            ]
            + homeColumns
        text.add(
            "purchase_facts",
            "of those that count, n: which one it is; previous_at: the one before; anchor: the first charge it belongs to",
            """
            SELECT \(kept.map { "p.\($0)" }.joined(separator: ", ")),
              CASE WHEN p.charge = 'first_charge' THEN p.own
                WHEN p.charge IS NOT NULL THEN COALESCE(
                  \(found.joined(separator: ",\n      ")))
              END AS anchor
            FROM charges p
            """)
    }
}
