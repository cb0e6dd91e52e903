import Quantities
import Queries

/// When each buyer bought and what they spent, for customer-base models (see `BuyerSummaries`):
///
///     buyer_days       what each customer's purchases of a day amount to, with the customer's first day
///     buyers           a row each, and a row for each day of all of them
///     members          segments at as_of, where they are asked for                                      MemberSQL
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
        alone.buyers = evaluation.buyers
        alone = alone.askedAlone
        if alone.customerSegmentations.isEmpty { alone.consents = [] }
        return alone
    }

    /// Adds all steps, and gives the query that reads them. Its columns are `kind` (b: a buyer, d: a day), `customer`,
    /// `day`, `n` (of a day: purchases that are repeats), `missing_rate`, `first_day`, `last_day`, `repeats`,
    /// `repeat_spend`, `activity`, for each calibration five, the segments of all segmentations, and of all of that
    /// `customers` and `revenue`. Where nobody asks for customers by themselves, those who bought on one day alone are counted:
    /// their `customer` is null.
    func buyersSelect() throws -> String {
        try addPurchases()
        try addBookings()
        addBuyerDays()
        let window = semantics.window
        let (from, to) = (text.long(window.from.microseconds, "from"), text.long(window.to.microseconds, "to"))
        var columns = [
            ("kind", "CASE WHEN GROUPING(customer) = 0 THEN 'b' ELSE 'd' END"), ("customer", "customer"),
            ("day", "day"), ("n", "COUNT_IF(day > first_day)"), ("missing_rate", "MIN(missing_rate)"),
            ("first_day", "MIN(first_day)"), ("last_day", "MAX(last_day)"), ("repeats", "COUNT(day) - 1"),
            ("repeat_spend", spend("day > first_day")),
            (
                "activity",
                """
                CASE WHEN MIN(first_at) >= \(from) AND MIN(first_at) < \(to) THEN '2'
                    WHEN BOOL_OR(is_active) THEN '1' ELSE '0' END
                """
            ),
        ]
        for (place, day) in EvaluationSQL.calibrations(evaluation.buyers).enumerated() {
            let isLater = "day > \(day)"
            columns += [
                (
                    "last_day\(place)",
                    "COALESCE(MAX(CASE WHEN day <= \(day) THEN day END), MIN(first_day))"
                ),
                ("repeats\(place)", "COUNT_IF(day <= \(day)) - 1"),
                ("repeat_spend\(place)", spend("day > first_day AND day <= \(day)")),
                ("later\(place)", "COUNT_IF(day > first_day AND \(isLater))"),
                ("later_spend\(place)", spend("first_day <= \(day) AND \(isLater)")),
            ]
        }
        text.add(
            "buyers", "kind b: a buyer; d: a day, of all buyers",
            """
            SELECT \((columns + [("revenue", "SUM(spend)")]).map { "\($1) AS \($0)" }.joined(separator: ",\n  "))
            FROM buyer_days
            WHERE first_day IS NOT NULL
            GROUP BY GROUPING SETS ((customer), (day))
            """)
        let isByCustomer = evaluation.buyers.contains(where: \.isByCustomer)
        var selected = columns.map { name, _ in
            let isAlone = name == "customer" && !isByCustomer
            let sql = isAlone ? "CASE WHEN b.kind = 'b' AND b.repeats > 0 THEN b.customer END" : "b.\(name)"
            return "CAST(\(sql) AS STRING) AS \(name)"
        }
        var source = "buyers b"
        if !evaluation.customerSegmentations.isEmpty {
            try addMembers(buyersAlone: true)
            source += "\nLEFT JOIN members m ON m.customer = b.customer"
            selected += memberColumns.map { "CAST(m.\($0) AS STRING) AS \($0)" }
            selected.append("m.missing_rate AS missing_segment_rate")
        }
        let (count, revenue) = isByCustomer ? ("1", "b.revenue") : ("COUNT(*)", "SUM(b.revenue)")
        let groups = isByCustomer ? "" : "\nGROUP BY \(selected.indices.map { "\($0 + 1)" }.joined(separator: ", "))"
        selected += ["CAST(\(count) AS STRING) AS customers", "CAST(\(revenue) AS STRING) AS revenue"]
        return "SELECT \(selected.joined(separator: ",\n  "))\nFROM \(source)\(groups)"
    }

    private func spend(_ condition: String) -> String {
        "COALESCE(SUM(CASE WHEN \(condition) THEN spend END), CAST(0 AS \(money.displayType)))"
    }

    /// What is no purchase for counts has no day, and is in the revenue.
    private func addBuyerDays() {
        let isNet = semantics.revenueBasis == .net
        let refund = isNet ? "WHEN 'refund' THEN -display " : ""
        let isSummed = isNet ? "kind IN ('order', 'refund')" : "kind = 'order'"
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
                MIN(CASE WHEN display IS NULL AND \(isSummed) THEN CONCAT(booked_currency, ' ', CAST(rate_day AS STRING)) END) AS missing_rate
              FROM bookings
              WHERE kind <> 'canceled'
              GROUP BY 1, 2
            )
            """)
    }
}
