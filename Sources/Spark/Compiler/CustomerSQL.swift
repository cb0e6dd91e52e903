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

    /// Adds `customer_facts`: one row a customer with a purchase of any state.
    func addCustomerFacts() {
        let sign = semantics.revenueBasis == .net ? "WHEN 'refund' THEN -in_segment_currency" : ""
        text.add(
            "customer_revenue", "of the whole history, in the currency of conditions",
            """
            SELECT customer,
              CAST(SUM(CASE kind WHEN 'order' THEN in_segment_currency \(sign) ELSE 0 END) AS \(money.displayType)) AS revenue,
              MAX(CASE WHEN in_segment_currency IS NULL AND kind <> 'canceled'
                THEN CONCAT(booked_currency, ' ', CAST(rate_day AS STRING)) END) AS missing_rate
            FROM bookings
            GROUP BY customer
            """)
        text.add(
            "customer_facts", "of the whole history up to as_of",
            """
            SELECT p.customer, FIRST(r.revenue) AS revenue, FIRST(r.missing_rate) AS missing_rate,
              COUNT_IF(p.counts) AS purchases,
              COUNT_IF(p.state = 'c') AS canceled,
              MIN(CASE WHEN p.counts THEN p.at END) AS first_at,
              MIN(CASE WHEN p.counts AND p.n = 2 THEN p.at END) AS second_at,
              MAX(CASE WHEN p.counts THEN p.at END) AS last_at
            FROM purchase_facts p
            LEFT JOIN customer_revenue r ON r.customer = p.customer
            GROUP BY p.customer
            """)
    }

    /// Adds `customers`, and where consents are those of each purchase `segmented`, the purchases with their segments.
    ///
    /// - Parameter everybody: also customers who never bought.
    func addCustomers(everybody: Bool = false) throws {
        try addQuantiles()
        let hasProperties = try addProperties()
        var source = "customer_facts f"
        var columns = [
            "f.customer", "COALESCE(f.purchases, 0) AS purchases", "COALESCE(f.canceled, 0) AS canceled",
            "COALESCE(f.revenue, 0) AS revenue", "f.missing_rate", "f.first_at", "f.second_at", "f.last_at",
        ]
        if everybody {
            addEverybody()
            source = "everybody e\nLEFT JOIN customer_facts f ON f.customer = e.customer"
            columns[0] = "e.customer"
        }
        let own = everybody ? "e" : "f"
        if hasProperties {
            source += "\nLEFT JOIN properties c ON c.customer = \(own).customer"
            columns += properties.map { "c.\(propertyNames.name($0))" }
        }
        let (states, joins) = consentJoins(["customer"], to: own, suffix: "now")
        text.add(
            "customer_states", "with properties and the consents of as_of",
            "SELECT \((columns + states).joined(separator: ",\n  "))\nFROM \(source)\(joins)")
        let segments = isAtPurchase && !everybody ? [] : try segmentColumns(from: "c")
        text.add(
            "customers", "with their segments by position, 0 for the remainder",
            "SELECT \((["c.*"] + segments).joined(separator: ",\n  "))\nFROM customer_states c")
        guard isAtPurchase, !everybody else { return }
        let stateNames = evaluation.consents.compactMap { consent -> String? in
            if case .events = consent.source { consentNames.name(consent.category) } else { nil }
        }
        let (purchaseStates, purchaseJoins) = consentJoins(["customer", "ordinal"], to: "p", suffix: "at_purchase")
        let known = purchaseStates.isEmpty ? "" : ", " + purchaseStates.joined(separator: ", ")
        let facts =
            ["purchases", "canceled", "revenue", "missing_rate", "first_at", "second_at", "last_at"]
            + (hasProperties ? properties.map { propertyNames.name($0) } : [])
        text.add(
            "segmented", "each purchase with its customer's segments, by the consents that were given then",
            """
            SELECT c.customer, c.ordinal\(states.isEmpty ? "" : ", " + stateNames.map { "c.\($0)" }.joined(separator: ", "))\
            \((try segmentColumns(from: "c")).map { ",\n  " + $0 }.joined())
            FROM (
              SELECT p.customer, p.ordinal\(facts.map { ", c.\($0)" }.joined())\(known)
              FROM purchase_facts p
              JOIN customer_states c ON c.customer = p.customer\(SQLText.indented(purchaseJoins))
            ) c
            """)
    }

    private func addEverybody() {
        var parts = tables.events.values.map(\.source).sorted().map { "SELECT customer FROM \($0)" }
        if let customers = tables.customers { parts.append("SELECT customer FROM \(customers.source)") }
        text.add(
            "everybody", "all customers, whether they bought or not",
            parts.joined(separator: "\nUNION\n") + (parts.count == 1 ? "\nGROUP BY customer" : ""))
    }

    /// Each segmentation after those it refers to: a column may be read by the ones after it.
    private func segmentColumns(from alias: String) throws -> [String] {
        var columns: [String] = []
        var made: Set<String> = []
        func add(_ id: String) throws {
            if !made.insert(id).inserted { return }
            let segmentation = try customerSegmentation(id)
            func visit(_ predicate: Predicate) throws {
                switch predicate {
                case .all(let parts), .any(let parts): for part in parts { try visit(part) }
                case .not(let part): try visit(part)
                case .test(.segmentation(let other), _): try add(other)
                case .test: break
                }
            }
            for segment in segmentation.segments { try visit(segment.when) }
            let predicate = PredicateSQL(
                value: { [unowned self] subject in
                    if case .segmentation(let other) = subject { return try segmentValue(other, from: nil) }
                    return try customerValue(subject, from: alias)
                },
                quantile: { [unowned self] in try quantile($0, $1, from: alias) })
            let cases = try segmentation.segments.enumerated().map { position, segment in
                "WHEN \(try predicate.sql(segment.when, text)) THEN \(position + 1)"
            }
            columns.append(
                (cases.isEmpty ? "0" : "CASE \(cases.joined(separator: " ")) ELSE 0 END")
                    + " AS \(segmentNames.name(id))")
        }
        for segmentation in evaluation.customerSegmentations { try add(segmentation.id) }
        return columns
    }

    func segmentValue(_ id: String, from alias: String?) throws -> SQLValue {
        let segmentation = try customerSegmentation(id)
        let column = segmentNames.name(id)
        return .segment(
            alias.map { "\($0).\(column)" } ?? column, names: segmentation.segments.map(\.name),
            remainder: segmentation.remainder)
    }

    /// What a condition on customers looks at, from the columns of `customers` or one like it.
    func customerValue(_ subject: Subject, from alias: String) throws -> SQLValue {
        switch subject {
        case .property(let name): return try property(name, from: alias)
        case .consent(let category): return .flag(try consent(category, from: alias))
        case .segmentation(let id): return try segmentValue(id, from: alias)
        case .aggregate(let aggregate): return try value(of: aggregate, from: alias)
        case .attribute, .eventSegmentation:
            throw QueryError.unsupported("\(subject) as a condition on a customer")
        }
    }

    private func value(of aggregate: Aggregate, from alias: String) throws -> SQLValue {
        func days(_ column: String) -> SQLValue {
            .ratio("CAST(\(asOf) - \(alias).\(column) AS DECIMAL(20, 0))", over: "86400000000")
        }
        switch aggregate {
        case .purchases: return .number("CAST(\(alias).purchases AS DECIMAL(20, 0))")
        case .canceledPurchases: return .number("CAST(\(alias).canceled AS DECIMAL(20, 0))")
        case .revenue: return .number("\(alias).revenue")
        case .averagePurchaseValue:
            return .ratio("\(alias).revenue", over: "CAST(NULLIF(\(alias).purchases, 0) AS DECIMAL(12, 0))")
        case .daysSinceFirstPurchase: return days("first_at")
        case .daysSinceLastPurchase: return days("last_at")
        case .expectedOrders, .expectedValue, .noOrderChance:
            throw QueryError.unsupported("\(aggregate.rawValue), a model's word, as a condition on Spark")
        }
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
        case .expectedOrders, .expectedValue, .noOrderChance: "NULL"
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

    private func addQuantiles() throws {
        for (position, quantile) in quantiles.enumerated() {
            guard quantile.share > .zero, quantile.share < ExactDecimal(1) else {
                throw QueryError.unsupported("the quantile \(quantile.share), which is not between 0 and 1")
            }
            text.add(
                "quantile_\(position + 1)",
                "the least \(quantile.aggregate.rawValue) that \(quantile.share) of the buyers have at most",
                """
                SELECT MIN(value) AS value
                FROM (
                  SELECT value, SUM(buyers) OVER (ORDER BY value) AS at_most, SUM(buyers) OVER () AS everybody
                  FROM (
                    SELECT \(sortable(quantile.aggregate, from: "f")) AS value, COUNT(*) AS buyers
                    FROM customer_facts f
                    WHERE f.purchases > 0
                    GROUP BY 1
                  )
                )
                WHERE at_most >= \(text.number(quantile.share)) * everybody
                """)
        }
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
