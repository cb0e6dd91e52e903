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
        let isNet = semantics.revenueBasis == .net
        let sign = isNet ? "WHEN 'refund' THEN -in_segment_currency " : ""
        return [
            (
                "revenue",
                "CAST(SUM(CASE kind WHEN 'order' THEN in_segment_currency \(sign)ELSE 0 END)%OVER AS \(money.displayType))"
            ),
            (
                "missing_segment_rate",
                "MIN(CASE WHEN in_segment_currency IS NULL AND kind IN ('order'\(isNet ? ", 'refund'" : ""))"
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

    /// Adds the segments of a row's customer as columns, by position and 0 for the remainder: `step`, and before it a step
    /// for the segmentations that others refer to, so that what they say is told once.
    ///
    /// - Parameters:
    ///   - source: the step to read.
    ///   - variants: prefixes of the columns of consents and segments: those of a row itself have none.
    func addSegments(_ step: String, _ comment: String, from source: String, variants: [String] = [""]) throws {
        var levels: [[CustomerSegmentation]] = []
        for segmentation in evaluation.customerSegmentations {
            let level = try level(segmentation)
            while levels.count <= level { levels.append([]) }
            levels[level].append(segmentation)
        }
        var source = source
        for level in levels.indices.dropLast() {
            let name = "segments_\(level + 1)"
            text.add(name, "segments that others refer to", try select(levels[level], source, variants))
            source = name
        }
        text.add(step, comment, try select(levels.last ?? [], source, variants))
    }

    private func select(_ segmentations: [CustomerSegmentation], _ source: String, _ variants: [String]) throws
        -> String
    {
        var columns = ["r.*"]
        for segmentation in segmentations {
            let name = segmentNames.name(segmentation.id)
            columns += try variants.map { "\(try segmentSQL(segmentation, $0)) AS \($0)\(name)" }
        }
        return "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(source) r"
    }

    /// 0 for a segmentation that refers to no other, and one more than the highest of those it refers to.
    private func level(_ segmentation: CustomerSegmentation) throws -> Int {
        let referred = Set(segmentation.segments.flatMap(\.when.segmentations))
        return try referred.map { try level(customerSegmentation($0)) + 1 }.max() ?? 0
    }

    private func segmentSQL(_ segmentation: CustomerSegmentation, _ variant: String) throws -> String {
        let predicate = PredicateSQL(
            value: { [unowned self] subject in
                switch subject {
                case .segmentation(let other):
                    try segmentValue(other, "r.\(variant)\(segmentNames.name(other))")
                case .consent(let category): .flag(try consent(category, from: "r") { "r.\(variant)\($0)" })
                default: try customerValue(subject, from: "r")
                }
            },
            quantile: { [unowned self] in try quantile($0, $1, from: "r") })
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

    func value(of aggregate: Aggregate, from alias: String) throws -> SQLValue {
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
    var needsRevenue: Bool { EvaluationSQL.askRevenue(evaluation.customerTests) }

    static func askRevenue(_ tests: [Predicate.Test]) -> Bool {
        tests.contains { test in
            if case .aggregate(let aggregate) = test.subject { isMoney(aggregate) } else { false }
        }
    }
}
