import Quantities
import Queries

/// When each buyer bought and what they spent, for customer-base models (see `BuyerSummaries`):
///
///     buyer_days       what each customer's purchases of a day amount to, with the customer's first day
///     buyer_segments   segments at as_of, where they are asked for
///
/// The bookings are read once: rows by customer and rows by day, of all customers together, come of the same sums.
extension EvaluationSQL {
    /// The questions' last days, each once.
    static func calibrations(_ questions: [BuyerQuestion]) -> [Int] {
        Array(Set(questions.compactMap(\.calibration))).sorted()
    }

    /// The evaluation that is compiled for questions about buyers: definitions alone, with no more segmentations than are
    /// asked for and those that they refer to.
    static func ofBuyers(_ evaluation: Evaluation) -> Evaluation {
        var alone = ofCustomers(evaluation)
        if evaluation.buyers.allSatisfy(\.segmentations.isEmpty) {
            (alone.customerSegmentations, alone.consents) = ([], [])
        }
        alone.buyers = evaluation.buyers
        return alone
    }

    /// Adds all steps, and gives the query that reads them. Its columns are `kind` (b: a buyer, d: a day), `customer`,
    /// `day`, `n` (of a day: purchases that are repeats), `missing_rate`, `first_day`, `last_day`, `repeats`,
    /// `repeat_spend`, `revenue`, `activity`, for each calibration five, and the segments of all segmentations.
    func buyersSelect() throws -> String {
        try addPurchases()
        try addBookings()
        addBuyerDays()
        let window = semantics.window
        let (from, to) = (text.long(window.from.microseconds, "from"), text.long(window.to.microseconds, "to"))
        var columns = [
            "CASE WHEN GROUPING(customer) = 0 THEN 'b' ELSE 'd' END AS kind", "customer", "CAST(day AS STRING) AS day",
            "CAST(COUNT_IF(day > first_day) AS STRING) AS n", "MAX(missing_rate) AS missing_rate",
            "CAST(MIN(first_day) AS STRING) AS first_day", "CAST(MAX(last_day) AS STRING) AS last_day",
            "CAST(COUNT(day) - 1 AS STRING) AS repeats",
            "CAST(\(spend("day > first_day")) AS STRING) AS repeat_spend",
            "CAST(SUM(spend) AS STRING) AS revenue",
            """
            CASE WHEN MIN(first_at) >= \(from) AND MIN(first_at) < \(to) THEN '2'
                WHEN BOOL_OR(is_active) THEN '1' ELSE '0' END AS activity
            """,
        ]
        for (place, day) in EvaluationSQL.calibrations(evaluation.buyers).enumerated() {
            let isLater = "day > \(day)"
            columns += [
                "CAST(COALESCE(MAX(CASE WHEN day <= \(day) THEN day END), MIN(first_day)) AS STRING) AS last_day\(place)",
                "CAST(COUNT_IF(day <= \(day)) - 1 AS STRING) AS repeats\(place)",
                "CAST(\(spend("day > first_day AND day <= \(day)")) AS STRING) AS repeat_spend\(place)",
                "CAST(COUNT_IF(day > first_day AND \(isLater)) AS STRING) AS later\(place)",
                "CAST(\(spend(isLater)) AS STRING) AS later_spend\(place)",
            ]
        }
        let sums = """
            SELECT \(columns.joined(separator: ",\n  "))
            FROM buyer_days
            WHERE first_day IS NOT NULL
            GROUP BY GROUPING SETS ((customer), (day))
            """
        if evaluation.customerSegmentations.isEmpty { return sums }
        try addMembers(buyersAlone: true)
        let segments =
            memberColumns.map { "CAST(m.\($0) AS STRING) AS \($0)" } + ["m.missing_rate AS missing_segment_rate"]
        return """
            SELECT b.*, \(segments.joined(separator: ", "))
            FROM (
            \(SQLText.indented(sums))
            ) b
            LEFT JOIN members m ON m.customer = b.customer
            """
    }

    private func spend(_ condition: String) -> String {
        "COALESCE(SUM(CASE WHEN \(condition) THEN spend END), CAST(0 AS \(money.displayType)))"
    }

    /// What is no purchase for counts has no day, and is in the revenue.
    private func addBuyerDays() {
        let refund = semantics.revenueBasis == .net ? "WHEN 'refund' THEN -display " : ""
        let window = semantics.window
        let (from, to) = (text.long(window.from.microseconds, "from"), text.long(window.to.microseconds, "to"))
        text.add(
            "buyer_days",
            "what the purchases of a day amount to, without what was given back on them; first_day: of the buyer",
            """
            SELECT *, MIN(day) OVER (PARTITION BY customer) AS first_day, MAX(day) OVER (PARTITION BY customer) AS last_day
            FROM (
              SELECT customer, CASE WHEN counts THEN \(calendar.day("at")) END AS day,
                CAST(SUM(CASE kind WHEN 'order' THEN display \(refund)ELSE 0 END) AS \(money.displayType)) AS spend,
                MIN(CASE WHEN is_purchase THEN at END) AS first_at,
                BOOL_OR(is_purchase AND at >= \(from) AND at < \(to)) AS is_active,
                MAX(CASE WHEN display IS NULL THEN CONCAT(booked_currency, ' ', CAST(rate_day AS STRING)) END) AS missing_rate
              FROM bookings
              WHERE kind <> 'canceled'
              GROUP BY 1, 2
            )
            """)
    }
}
