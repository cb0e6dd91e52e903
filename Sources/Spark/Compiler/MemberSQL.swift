import Quantities
import Queries

/// All customers, also those who never bought, with what is known of them at `as_of` and the segments that they are in:
///
///     everybody        the ids that any table has
///     customers        numbers of the whole history, properties, consents
///     segmented        with a column for each customer segmentation: the segment by position, 0 for the remainder
///     members          segments alone
extension EvaluationSQL {
    /// Of an evaluation's definitions, as they hold of customers: consents are those of `as_of`, and charges are nobody's.
    static func ofCustomers(_ evaluation: Evaluation) -> Evaluation {
        var evaluation = evaluation.definitionsAlone
        // A customer has one segment; at purchases there could be several.
        evaluation.semantics.consentAsOf = .now
        evaluation.purchases.charges = nil
        return evaluation
    }

    /// Some condition asks for numbers of purchases, so that these have to be read.
    private var asksPurchases: Bool {
        evaluation.customerSegmentations.flatMap(\.segments).flatMap(\.when.tests).contains { test in
            if case .aggregate = test.subject { true } else { false }
        }
    }

    /// Adds `members`, and the steps that it needs.
    ///
    /// - Parameters:
    ///   - buyersAlone: only customers with a purchase that counts.
    ///   - hasNumbers: `customers` has numbers of purchases, whether conditions ask for them or not.
    func addMembers(buyersAlone: Bool = false, hasNumbers: Bool = false) throws {
        let readsPurchases = buyersAlone || hasNumbers || asksPurchases
        if readsPurchases, !text.has("bookings") {
            try addPurchases()
            try addBookings()
        }
        if !buyersAlone { addEverybody() }
        try addKnownCustomers(buyersAlone: buyersAlone, readsPurchases: readsPurchases)
        try addSegments(
            "segmented", "with segments by position, 0 for the remainder", from: "customers")
        let columns =
            ["customer"] + memberColumns
            + ["\(readsPurchases && needsRevenue ? "missing_segment_rate" : EvaluationSQL.none) AS missing_rate"]
        text.add(
            "members", "missing_rate: why segments cannot be told",
            "SELECT \(columns.joined(separator: ", "))\nFROM segmented")
    }

    /// Adds `everybody`: all customers that any table has, whenever their events were.
    func addEverybody() { text.add("everybody", "all customers, also those who never bought", tables.everybody) }

    /// Adds `customers`: a row each with what conditions look at.
    func addKnownCustomers(buyersAlone: Bool = false, readsPurchases: Bool) throws {
        try addConsents()
        if readsPurchases {
            try addQuantiles()
            addCustomerFacts()
        }
        var columns = [buyersAlone ? "f.customer" : "e.customer"]
        var source = buyersAlone ? "customer_facts f" : "everybody e"
        let customer = columns[0]
        func join(_ step: String, _ alias: String) {
            source += "\nLEFT JOIN \(step) \(alias) ON \(alias).customer = \(customer)"
        }
        if readsPurchases {
            if !buyersAlone { join("customer_facts", "f") }
            // Who has none has 0 of them.
            columns += ["purchases", "canceled"].map { "COALESCE(f.\($0), 0) AS \($0)" }
            columns.append(
                "CASE WHEN f.customer IS NULL THEN CAST(0 AS \(money.displayType)) ELSE f.revenue END AS revenue")
            columns += ["f.first_at", "f.last_at", "\(missingSegmentRate(from: "f")) AS missing_segment_rate"]
            if asksQuantiles { columns.append(EvaluationSQL.quantilesColumn) }
        }
        if try addProperties() {
            columns += properties.map { "c.\(propertyNames.name($0))" }
            join("properties", "c")
        }
        for name in consentEventNames {
            columns.append("\(isGiven(name, at: asOf)) AS \(name)")
            join(name, name)
        }
        if asksPredictions {
            try addPredicted()
            columns += EvaluationSQL.predictedColumns.map { "p.\($0)" }
            join("predicted", "p")
        }
        let condition = buyersAlone ? "\nWHERE f.purchases > 0" : ""
        text.add(
            "customers", "what is known of each at as_of",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(source)\(condition)")
    }

    /// The columns of `members` by segmentation, in the evaluation's order.
    var memberColumns: [String] { evaluation.customerSegmentations.map { segmentNames.name($0.id) } }

    /// How many customers are in which segment: the segmentation's position, the segment's, the count, and a missing rate.
    func segmentCountsSelect() -> String {
        """
        SELECT CAST(segmentation AS STRING) AS segmentation, CAST(segment AS STRING) AS segment,
          CAST(COUNT(*) AS STRING) AS customers, MIN(missing_rate) AS missing_rate
        FROM (
          SELECT missing_rate, POSEXPLODE(ARRAY(\(memberColumns.joined(separator: ", ")))) AS (segmentation, segment)
          FROM members
        )
        GROUP BY 1, 2
        """
    }
}
