import Quantities
import Queries

/// What is said of customers: numbers of their whole history, properties, consents, segments.
extension EvaluationSQL {
    /// Adds the step `properties`; false where no property is read.
    func addProperties() throws -> Bool {
        if text.has("properties") { return true }
        guard let relation = tables.customers, !properties.isEmpty else { return false }
        let columns = try properties.map { name in
            "\(try column(ofProperty: name).sql) AS \(propertyNames.name(name))"
        }
        let names = properties.map { propertyNames.name($0) }
        text.add(
            "properties", "properties of customers; the newest row of each customer counts",
            """
            SELECT customer, \(names.map { "newest.\($0) AS \($0)" }.joined(separator: ", "))
            FROM (
              SELECT customer, MAX(STRUCT(seq, \(names.joined(separator: ", ")))) AS newest
              FROM (SELECT customer, seq, \(columns.joined(separator: ", ")) FROM \(relation.source))
              GROUP BY customer
            )
            """)
        return true
    }

    private func column(ofProperty name: String) throws -> SparkTables.Column {
        _ = try type(ofProperty: name)
        guard let column = tables.customers?.properties[name] else { preconditionFailure("a property with a type") }
        return column
    }

    /// Numbers of a customer's whole history, each over all of the customer's bookings.
    private var historyColumns: [(name: String, sql: String)] {
        let sign = semantics.revenueBasis == .net ? "WHEN 'refund' THEN -in_segment_currency " : ""
        return [
            (
                "revenue",
                "CAST(SUM(CASE kind WHEN 'order' THEN in_segment_currency \(sign)ELSE 0 END)%OVER AS \(money.displayType))"
            ),
            (
                "missing_segment_rate",
                "MAX(CASE WHEN in_segment_currency IS NULL AND kind IN ('order', 'refund')"
                    + " THEN CONCAT(booked_currency, ' ', CAST(rate_day AS STRING)) END)%OVER"
            ),
            ("purchases", "COUNT_IF(is_purchase)%OVER"), ("canceled", "COUNT_IF(kind = 'canceled')%OVER"),
            ("first_at", "MIN(CASE WHEN is_purchase THEN at END)%OVER"),
            ("second_at", "MIN(CASE WHEN is_purchase AND n = 2 THEN at END)%OVER"),
            ("last_at", "MAX(CASE WHEN is_purchase THEN at END)%OVER"),
        ]
    }

    /// The columns that say of each booking what its customer's history is.
    var historyOfBookings: [String] {
        historyColumns.map { "\($0.sql.replacing("%OVER", with: " OVER (PARTITION BY customer)")) AS \($0.name)" }
    }

    /// Adds `customer_facts`: one row a customer with a purchase that is successful or cancelled.
    func addCustomerFacts() {
        if text.has("customer_facts") { return }
        text.add(
            "customer_facts", "of the whole history up to as_of, revenue in the currency of conditions",
            "SELECT customer,\n  "
                + historyColumns.map { "\($0.sql.replacing("%OVER", with: "")) AS \($0.name)" }
                .joined(separator: ",\n  ")
                + "\nFROM bookings\nGROUP BY customer")
    }

    /// The segment of a customer by position, 0 for the remainder.
    ///
    /// - Parameters:
    ///   - row: the alias of a row with what is known of the customer.
    ///   - state: the column that tells whether a consent is given.
    func segmentSQL(_ id: String, from row: String, _ state: @escaping (String) -> String) throws -> String {
        let segmentation = try customerSegmentation(id)
        let predicate = PredicateSQL(
            value: { [unowned self] subject in
                switch subject {
                case .segmentation(let other):
                    let referred = try customerSegmentation(other)
                    return .segment(
                        "(\(try segmentSQL(other, from: row, state)))", names: referred.segments.map(\.name),
                        remainder: referred.remainder)
                case .consent(let category): return .flag(try consent(category, from: row, state))
                default: return try customerValue(subject, from: row)
                }
            },
            quantile: { [unowned self] in try quantile($0, $1, from: row) })
        let cases = try segmentation.segments.enumerated().map { position, segment in
            "WHEN \(try predicate.sql(segment.when, text)) THEN \(position + 1)"
        }
        return cases.isEmpty ? "0" : "CASE \(cases.joined(separator: " ")) ELSE 0 END"
    }

    func segmentValue(_ id: String, _ column: String) throws -> SQLValue {
        let segmentation = try customerSegmentation(id)
        return .segment(column, names: segmentation.segments.map(\.name), remainder: segmentation.remainder)
    }

    /// A property or a number of the whole history.
    func customerValue(_ subject: Subject, from row: String) throws -> SQLValue {
        switch subject {
        case .property(let name): return try property(name, from: row)
        case .aggregate(let aggregate): return try value(of: aggregate, from: row)
        default: throw QueryError.unsupported("\(subject) as a condition on a customer")
        }
    }

    private func value(of aggregate: Aggregate, from alias: String) throws -> SQLValue {
        func days(_ column: String) -> SQLValue {
            .ratio("CAST(\(asOf) - \(alias).\(column) AS DECIMAL(20, 0))", over: "86400000000")
        }
        switch aggregate {
        case .purchases: return .number("CAST(\(alias).purchases AS DECIMAL(20, 0))")
        case .canceledPurchases: return .number("CAST(\(alias).canceled AS DECIMAL(20, 0))")
        case .revenue: return .money("\(alias).revenue", over: "CAST(1 AS DECIMAL(1, 0))", scale: money.displayScale)
        case .averagePurchaseValue:
            let purchases = "CAST(NULLIF(\(alias).purchases, 0) AS DECIMAL(12, 0))"
            return .money("\(alias).revenue", over: purchases, scale: money.displayScale)
        case .daysSinceFirstPurchase: return days("first_at")
        case .daysSinceLastPurchase: return days("last_at")
        case .expectedOrders, .expectedValue, .noOrderChance:
            return .ratio("CAST(\(alias).\(EvaluationSQL.column(of: aggregate)) AS DECIMAL(20, 0))", over: "1000000")
        }
    }

    /// A condition asks for customers' revenue, so that none of its amounts may be without a rate.
    var needsRevenue: Bool {
        func asks(_ predicate: Predicate) -> Bool {
            switch predicate {
            case .all(let parts), .any(let parts): parts.contains(where: asks)
            case .not(let part): asks(part)
            case .test(.aggregate(let aggregate), _): aggregate == .revenue || aggregate == .averagePurchaseValue
            case .test: false
            }
        }
        let filters = evaluation.queries.flatMap { [$0.filter] + $0.measures.map(\.filter) }.compactMap(\.self)
        return (evaluation.customerSegmentations.flatMap(\.segments).map(\.when) + filters).contains(where: asks)
    }

    // MARK: - Quantiles

    private func sortable(_ aggregate: Aggregate, from alias: String) -> String {
        switch aggregate {
        case .purchases: "\(alias).purchases"
        case .canceledPurchases: "\(alias).canceled"
        case .revenue: "\(alias).revenue"
        case .averagePurchaseValue: "\(alias).revenue / CAST(NULLIF(\(alias).purchases, 0) AS DECIMAL(12, 0))"
        case .daysSinceFirstPurchase: "\(asOf) - \(alias).first_at"
        case .daysSinceLastPurchase: "\(asOf) - \(alias).last_at"
        case .expectedOrders, .expectedValue, .noOrderChance: "\(alias).\(EvaluationSQL.column(of: aggregate))"
        }
    }

    func quantile(
        _ aggregate: Aggregate, _ share: ExactDecimal, from alias: String
    ) throws -> (value: String, bound: String) {
        _ = try value(of: aggregate, from: alias)
        guard let position = quantiles.firstIndex(where: { $0.aggregate == aggregate && $0.share == share }) else {
            preconditionFailure("a quantile that was not looked for")
        }
        return (sortable(aggregate, from: alias), "(SELECT value FROM quantile_\(position + 1))")
    }

    /// Adds where the quantiles lie that conditions name.
    func addQuantiles() throws {
        if quantiles.isEmpty || text.has("quantile_1") { return }
        if everybodysTables == nil { addCustomerFacts() }
        for (position, quantile) in quantiles.enumerated() {
            guard quantile.share > .zero, quantile.share < ExactDecimal(1) else {
                throw QueryError.unsupported("the quantile \(quantile.share), which is not between 0 and 1")
            }
            text.add(
                "quantile_\(position + 1)",
                "the least \(quantile.aggregate.rawValue) that \(quantile.share) of the buyers have at most",
                try everybodysTables.map { try select(quantile, of: $0) } ?? select(quantile))
        }
    }

    /// Of all buyers, in a query with steps of its own.
    private func select(
        _ quantile: (aggregate: Aggregate, share: ExactDecimal), of tables: SparkTables
    ) throws -> String {
        var ofPurchases = evaluation.definitionsAlone
        (ofPurchases.customerSegmentations, ofPurchases.consents) = ([], [])
        ofPurchases.purchases.charges = nil
        let everybody = try EvaluationSQL(ofPurchases, tables, given: text.parameters)
        everybody.predicted = predicted
        try everybody.addPurchases()
        try everybody.addBookings()
        if quantile.aggregate.isPredicted { try everybody.addPredicted() }
        everybody.addCustomerFacts()
        let query = try everybody.select(quantile)
        return text.nested(everybody.text, query)
    }

    private func select(_ quantile: (aggregate: Aggregate, share: ExactDecimal)) throws -> String {
        var source = "customer_facts f"
        var value = sortable(quantile.aggregate, from: "f")
        if quantile.aggregate.isPredicted {
            try addPredicted()
            source += "\n    LEFT JOIN predicted p ON p.customer = f.customer"
            value = sortable(quantile.aggregate, from: "p")
        }
        return """
            SELECT MIN(value) AS value
            FROM (
              SELECT value, SUM(buyers) OVER (ORDER BY value) AS at_most, SUM(buyers) OVER () AS everybody
              FROM (
                SELECT \(value) AS value, COUNT(*) AS buyers
                FROM \(source)
                WHERE f.purchases > 0
                GROUP BY 1
              )
              WHERE value IS NOT NULL
            )
            WHERE at_most >= \(text.number(quantile.share)) * everybody
            """
    }

    /// The quantiles that conditions name.
    private var quantiles: [(aggregate: Aggregate, share: ExactDecimal)] {
        var found: [(aggregate: Aggregate, share: ExactDecimal)] = []
        func visit(_ predicate: Predicate) {
            switch predicate {
            case .all(let parts), .any(let parts): for part in parts { visit(part) }
            case .not(let part): visit(part)
            case .test(.aggregate(let aggregate), let comparison):
                guard let share = comparison.quantile,
                    !found.contains(where: { $0.aggregate == aggregate && $0.share == share })
                else { return }
                found.append((aggregate, share))
            case .test: break
            }
        }
        for segment in evaluation.customerSegmentations.flatMap(\.segments) { visit(segment.when) }
        for query in evaluation.queries {
            for filter in [query.filter] + query.measures.map(\.filter) { filter.map(visit) }
        }
        return found
    }
}
