import Quantities
import Queries

/// Where the quantiles lie that conditions name: one row of all of them, of one more look at the bookings.
///
///     quantile_values   how many buyers have which value, of each aggregate that is asked for
///     quantiles         a struct of the quantiles
///
/// The step that knows the numbers of customers has the struct as a column.
extension EvaluationSQL {
    var asksQuantiles: Bool { !quantiles.isEmpty }

    /// The struct, as a column of each row.
    static let quantilesColumn = "(SELECT quantiles FROM quantiles) AS quantiles"

    /// What is compared with a quantile, and the quantile, for rows that have both.
    func quantile(
        _ aggregate: Aggregate, _ share: ExactDecimal, from alias: String
    ) throws -> (value: String, bound: String) {
        _ = try value(of: aggregate, from: alias)
        guard let position = quantiles.firstIndex(where: { $0.aggregate == aggregate && $0.share == share }) else {
            preconditionFailure("a quantile that was not looked for")
        }
        return (sortable(aggregate, from: alias), "\(alias).quantiles.q\(position + 1)")
    }

    private func sortable(_ aggregate: Aggregate, from alias: String) -> String {
        switch aggregate {
        case .purchases: "\(alias).purchases"
        case .canceledPurchases: "\(alias).canceled"
        case .revenue: "\(alias).revenue"
        case .averagePurchaseValue: averageSQL(alias)
        case .daysSinceFirstPurchase: "\(asOf) - \(alias).first_at"
        case .daysSinceLastPurchase: "\(asOf) - \(alias).last_at"
        case .expectedOrders, .expectedValue, .noOrderChance: "\(alias).\(EvaluationSQL.column(of: aggregate))"
        }
    }

    /// A mean as its whole part and what is behind the point, so that two are equal where they are: of two means of n and m
    /// purchases those that differ do so by 1 / nm of the least unit or more, and the second part has 26 digits.
    private func averageSQL(_ alias: String) -> String {
        let scale = money.displayScale
        let (revenue, purchases) = ("\(alias).revenue", "\(alias).purchases")
        // The quotient is rounded, and may be the next whole number: the rest is below zero then, and the order the same.
        let whole = "FLOOR(\(revenue) / CAST(NULLIF(\(purchases), 0) AS DECIMAL(12, 0)))"
        let product = "CAST(\(whole) * CAST(\(purchases) AS DECIMAL(10, 0)) AS DECIMAL(37, \(scale)))"
        let rest = "CAST(CAST(\(revenue) AS DECIMAL(37, \(scale))) - \(product) AS DECIMAL(\(12 + scale), \(scale)))"
        // Spark gives a quotient as many digits after the point as the dividend has and the divisor's digits are, and one more.
        let part = "\(rest) / CAST(\(purchases) AS DECIMAL(\(max(6, 25 - scale)), 0))"
        return "CASE WHEN \(purchases) > 0 THEN STRUCT(\(whole) AS whole, \(part) AS part) END"
    }

    /// Amounts without a rate, of any of the buyers, leave no quantile of money.
    private var asksQuantilesOfMoney: Bool {
        quantiles.contains { EvaluationSQL.isMoney($0.aggregate) }
    }

    static func isMoney(_ aggregate: Aggregate) -> Bool {
        aggregate == .revenue || aggregate == .averagePurchaseValue
    }

    /// Why no quantile can be told: a currency and a day; nil where no quantile of money is asked for.
    var missingRateOfQuantiles: String? {
        asksQuantilesOfMoney ? "(SELECT quantiles.missing_rate FROM quantiles)" : nil
    }

    /// The column that tells why conditions on the customer cannot be told. Quantiles come first, as on the embedded engine:
    /// without them nobody's can be told, and all customers say the same.
    func missingSegmentRate(from alias: String) -> String {
        let own = "\(alias).missing_segment_rate"
        return missingRateOfQuantiles.map { "COALESCE(\($0), \(own))" } ?? own
    }

    /// Adds `quantiles`, where conditions name any.
    ///
    /// - Throws: `QueryError` where a quantile is not between 0 and 1.
    func addQuantiles() throws {
        if !asksQuantiles || text.has("quantiles") { return }
        for quantile in quantiles where quantile.share <= .zero || quantile.share >= ExactDecimal(1) {
            throw QueryError.unsupported("the quantile \(quantile.share), which is not between 0 and 1")
        }
        for quantile in quantiles where quantile.share.normalized.scale > 36 {
            throw QueryError.unsupported("the quantile \(quantile.share), which has more than 36 digits, on Spark")
        }
        let aggregates = quantiles.reduce(into: [Aggregate]()) {
            if !$0.contains($1.aggregate) { $0.append($1.aggregate) }
        }
        let values = try everybodysTables.map { try valuesSelect(aggregates, of: $0) } ?? valuesSelect(aggregates)
        text.add(
            "quantile_values",
            "how many buyers have which value: " + aggregates.map(\.rawValue).joined(separator: ", "),
            values)
        var columns = quantiles.enumerated().map { position, quantile in
            let value = "v_\(quantile.aggregate.rawValue)"
            let isReached = "\(value) IS NOT NULL AND \(reached(quantile.share))"
            return "MIN(CASE WHEN \(isReached) THEN \(value) END) AS q\(position + 1)"
        }
        if asksQuantilesOfMoney { columns.insert("MIN(missing_rate) AS missing_rate", at: 0) }
        // A row has one of the values.
        let all = aggregates.map { "v_\($0.rawValue)" }.joined(separator: ", ")
        text.add(
            "quantiles", "the least value that so many of the buyers have at most",
            """
            SELECT STRUCT(
              \(columns.joined(separator: ",\n  "))
            ) AS quantiles
            FROM (
              SELECT *, SUM(buyers) OVER (PARTITION BY aggregate ORDER BY \(all)) AS at_most,
                SUM(buyers) OVER (PARTITION BY aggregate) AS everybody
              FROM quantile_values
            )
            """)
    }

    /// `at_most` buyers are as many as a share of `everybody`, exactly: products of 38 digits at most.
    private func reached(_ share: ExactDecimal) -> String {
        let everybody = "CAST(everybody AS DECIMAL(15, 0))"
        let plain = share.normalized
        if plain.scale <= 18 { return "at_most >= \(text.number(plain)) * \(everybody)" }
        // The first 18 digits, and those behind them as a share of the last of these.
        let (first, rest) = plain.units.quotientAndRemainder(dividingBy: ExactDecimal.power(plain.scale - 18))
        let (high, low) = (ExactDecimal(units: first, scale: 18), ExactDecimal(units: rest, scale: plain.scale - 18))
        let left = "CAST(CAST(at_most AS DECIMAL(15, 0)) - \(text.number(high)) * \(everybody) AS DECIMAL(35, 18))"
        let unit = text.number(ExactDecimal(units: ExactDecimal.power(18), scale: 0))
        return "\(left) * \(unit) >= \(text.number(low)) * \(everybody)"
    }

    /// Of all buyers, in a query with steps of its own.
    private func valuesSelect(_ aggregates: [Aggregate], of tables: SparkTables) throws -> String {
        var ofPurchases = evaluation.definitionsAlone
        (ofPurchases.customerSegmentations, ofPurchases.consents) = ([], [])
        ofPurchases.purchases.charges = nil
        let everybody = try EvaluationSQL(ofPurchases, tables, given: text.parameters)
        everybody.predicted = predicted
        try everybody.addPurchases()
        try everybody.addBookings()
        let query = try everybody.valuesSelect(aggregates)
        return text.nested(everybody.text, query)
    }

    private func valuesSelect(_ aggregates: [Aggregate]) throws -> String {
        addCustomerFacts()
        var source = "customer_facts f"
        if aggregates.contains(where: \.isPredicted) {
            try addPredicted()
            source += "\nLEFT JOIN predicted p ON p.customer = f.customer"
        }
        // Where one is missing there are no quantiles, and whatever else the row says is not looked at.
        let isMoney = aggregates.contains { EvaluationSQL.isMoney($0) }
        let missing = isMoney ? ", MIN(missing_rate) AS missing_rate" : ""
        let values =
            aggregates.map { aggregate in
                "\(sortable(aggregate, from: aggregate.isPredicted ? "p" : "f")) AS v_\(aggregate.rawValue)"
            } + (isMoney ? ["f.missing_segment_rate AS missing_rate"] : [])
        let names = aggregates.map { "v_\($0.rawValue)" }
        let isAny = (names + (isMoney ? ["missing_rate"] : [])).map { "\($0) IS NOT NULL" }.joined(separator: " OR ")
        return """
            SELECT *
            FROM (
              SELECT \(names.joined(separator: ", ")), GROUPING_ID() AS aggregate, COUNT(*) AS buyers\(missing)
              FROM (
                SELECT \(values.joined(separator: ",\n      "))
            \(SQLText.indented(SQLText.indented("FROM " + source)))
                WHERE f.purchases > 0
              )
              GROUP BY GROUPING SETS (\(names.map { "(\($0))" }.joined(separator: ", ")))
            )
            WHERE \(isAny)
            """
    }

    /// The quantiles that conditions name.
    private var quantiles: [(aggregate: Aggregate, share: ExactDecimal)] {
        var found: [(aggregate: Aggregate, share: ExactDecimal)] = []
        for (subject, comparison) in evaluation.customerTests {
            guard case .aggregate(let aggregate) = subject, let share = comparison.quantile,
                !found.contains(where: { $0.aggregate == aggregate && $0.share == share })
            else { continue }
            found.append((aggregate, share))
        }
        return found
    }
}
