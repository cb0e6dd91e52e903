import Quantities
import Queries

/// From the rows of the table to purchases as they stand, and what can be said of each within its customer.
extension EvaluationSQL {
    func addPurchases() throws {
        try addRows()
        addStates()
        try addWorth()
        try addFacts()
    }

    var attributeColumns: [String] { attributes.map { attributeNames.name($0) } }

    private func addRows() throws {
        let event = evaluation.purchases.event
        let keys = purchases.keys
        var columns = ["customer", "at", "seq"]
        func column(_ name: String?) throws -> String {
            guard let name else { return "CAST(NULL AS STRING)" }
            return "CAST(\(try purchases.column(name, of: event).sql) AS STRING)"
        }
        columns.append("\(try column(keys.key)) AS key")
        columns.append("\(try column(keys.key == nil ? nil : keys.parent)) AS parent")
        for name in attributes {
            columns.append("\(try purchases.column(name, of: event).sql) AS \(attributeNames.name(name))")
        }
        if keys.key != nil, let amount = keys.amount {
            // A row below zero gives back what was paid with another row of its key.
            let below = "COALESCE(\(try purchases.number(amount, of: event).sql) < 0, FALSE)"
            let key = try column(keys.key)
            columns.append(
                "\(key) IS NOT NULL AND \(below)"
                    + " AND BOOL_OR(NOT \(below)) OVER (PARTITION BY customer, \(key)) AS gives_back")
        } else {
            columns.append("FALSE AS gives_back")
        }
        text.add(
            "purchase_rows", "the rows of purchases: every state of each",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(purchases.source)")
    }

    private func addStates() {
        let columns = attributeColumns
        let keyless =
            "SELECT customer, key, at, seq, parent\(columns.map { ", " + $0 }.joined())\nFROM purchase_rows\n"
            + "WHERE at <= \(asOf) AND key IS NULL"
        guard purchases.keys.key != nil else {
            text.add("purchase_states", "each row is a purchase, as there is no key", keyless)
            return
        }
        let newest = columns.map { ", newest.\($0) AS \($0)" }.joined()
        text.add(
            "purchase_states", "each purchase with its newest state not after as_of; rows without a key are one each",
            """
            SELECT customer, key, first.at AS at, first.seq AS seq, newest.parent AS parent\(newest)
            FROM (
              SELECT customer, key, MIN(STRUCT(at, seq)) AS first,
                MAX(STRUCT(at, seq, parent\(columns.map { ", " + $0 }.joined()))) AS newest
              FROM purchase_rows
              WHERE at <= \(asOf) AND key IS NOT NULL AND NOT gives_back
              GROUP BY customer, key
            )
            UNION ALL
            \(keyless)
            """)
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
            "SELECT \(inner.joined(separator: ",\n  "))\nFROM \(source)")
        let segmentColumns = evaluation.eventSegmentations.filter { $0.event == definition.event }
            .map { "p." + eventSegmentNames.name($0.id) }
        let kept =
            ["customer", "key", "at", "seq", "parent", "amount", "currency"].map { "p." + $0 }
            + columns.map { "p." + $0 } + segmentColumns
        text.add(
            "purchases",
            "s: successful, c: cancelled, u: neither; which of them count, and what kind of charge each is",
            """
            SELECT \(kept.joined(separator: ", ")),
              \(success) AND \(zero) AS counts,
              CASE WHEN \(success) THEN 's' WHEN \(canceled) THEN 'c' ELSE 'u' END AS state,
              \(charge) AS charge,
              ROW_NUMBER() OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.key) AS ordinal
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

    /// Which purchase of its customer each is, and what charges belong to.
    private func addFacts() throws {
        var columns = [
            "p.*",
            "ROW_NUMBER() OVER (PARTITION BY p.customer, p.counts ORDER BY p.at, p.ordinal) AS n",
            "LAG(p.at) OVER (PARTITION BY p.customer, p.counts ORDER BY p.at, p.ordinal) AS previous_at",
        ]
        var source = "purchases p"
        if let charges = evaluation.purchases.charges {
            let first = "p.charge = 'first_charge' AND p.counts"
            func latest(_ partition: String) -> String {
                "MAX(CASE WHEN \(first) THEN STRUCT(p.at, p.ordinal) END) OVER (PARTITION BY p.customer\(partition)"
                    + " ORDER BY p.at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW).ordinal"
            }
            var found: [String] = []
            if purchases.keys.key != nil, purchases.keys.parent != nil {
                addParents()
                source += "\nLEFT JOIN parents m ON m.customer = p.customer"
                // From parent to parent, until one is a first charge; 100 steps at most, as they may go round.
                found.append(
                    "AGGREGATE(SEQUENCE(1, 100), NAMED_STRUCT('key', p.parent, 'found', CAST(NULL AS INT)),"
                        + " (s, i) -> CASE WHEN s.found IS NOT NULL OR s.key IS NULL THEN s ELSE"
                        + " NAMED_STRUCT('key', TRY_ELEMENT_AT(m.purchases, s.key).parent,"
                        + " 'found', TRY_ELEMENT_AT(m.purchases, s.key).first_charge) END).found")
            }
            for link in charges.links {
                _ = try textColumn(link, purchases, evaluation.purchases.event)
                let column = "p.\(attributeNames.name(link))"
                found.append(
                    "CASE WHEN \(column) IS NOT NULL THEN COALESCE(\(latest(", " + column)), "
                        + "MIN(CASE WHEN \(first) THEN STRUCT(p.at, p.ordinal) END)"
                        + " OVER (PARTITION BY p.customer, \(column)).ordinal) END")
            }
            found.append(latest(""))
            columns.append(
                "CASE WHEN p.charge = 'first_charge' THEN CASE WHEN p.counts THEN p.ordinal END\n"
                    + "    WHEN p.charge IS NOT NULL THEN COALESCE(\n      "
                    + found.joined(separator: ",\n      ") + ")\n  END AS anchor")
        }
        text.add(
            "purchase_facts",
            "n: the how manieth that counts; previous_at: the one before; anchor: the first charge it belongs to",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(source)")
    }

    private func addParents() {
        text.add(
            "parents", "by key: a purchase's parent, and which purchase it is where it is a first charge",
            """
            SELECT customer, MAP_FROM_ENTRIES(COLLECT_LIST(STRUCT(key, NAMED_STRUCT('parent', parent, 'first_charge',
              CASE WHEN charge = 'first_charge' AND counts THEN ordinal END)))) AS purchases
            FROM purchases
            WHERE key IS NOT NULL
            GROUP BY customer
            """)
    }
}
