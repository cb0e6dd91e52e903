import Definitions
package import Forecasts
package import Quantities
package import Queries

/// The forecast of a project's customer base, in all and by rows.
package struct ProjectForecast: Sendable {
    package var question: ForecastQuestion
    package var semantics: Semantics
    package var forecast: Forecast
    /// Nil where the forecast was refused.
    package var total: Row?
    /// In the order of the segments, or of time; empty without a split.
    package var rows: [Row]
    /// The title of the rows' column; nil without a split.
    package var splitTitle: String?
    /// The local day of `as_of`.
    package var day: CivilDate
    package var horizonDays: Int
    package var summaries: BuyerSummaries
    package var definition: String
    package var generation: String

    /// Some customers together.
    package struct Row: Sendable {
        package var key: GroupKey
        package var label: String
        package var expected: ExpectedValue
        /// What they have bought up to now.
        package var revenue: ExactDecimal
        package var orders: Interval?
        package var value: Interval?

        package init(
            key: GroupKey, label: String, expected: ExpectedValue, revenue: ExactDecimal, orders: Interval?,
            value: Interval?
        ) {
            self.key = key
            self.label = label
            self.expected = expected
            self.revenue = revenue
            self.orders = orders
            self.value = value
        }
    }

    /// One customer.
    package struct Customer: Sendable {
        /// The position among the engine's customers.
        package var position: Int32
        package var history: BuyerHistory
        package var revenue: ExactDecimal
        package var forecast: CustomerForecast
    }

    package var isRefused: Bool { if case .refused = forecast.verdict { true } else { false } }

    /// Why there is no forecast, and what to know about one, in words.
    package var reasons: [String] {
        var words: [String] = []
        if case .refused(let refusal) = forecast.verdict { words.append(refusal.words) }
        return words + forecast.flags.map(\.words)
    }

    /// A method of the known period, by name.
    package func name(of method: Holdout.Method) -> String {
        switch method {
        case .model: forecast.models?.chosen.model.variant.rawValue ?? "the model"
        case .negativeBinomial: "NBD: nobody leaves"
        case .sameRate: "each as often as before"
        }
    }

    /// Each buyer, in the order of the engine's customers; empty where the forecast was refused.
    ///
    /// - Precondition: the forecast was made by customer.
    package var customers: [Customer] {
        guard var expectations = forecast.expectations else { return [] }
        precondition(summaries.customers.count == summaries.indices.count, "a forecast of sums has no customers")
        return summaries.indices.map { index in
            let history = summaries.history(index, until: day.dayNumber)
            var found = expectations.customer(history, spend: summaries.spend(index))
            found.value = found.value.map { $0 * question.margin }
            return Customer(
                position: summaries.customers[index], history: history, revenue: summaries.revenue(index),
                forecast: found)
        }
    }

    /// When a customer's next purchase is expected: as long after the day of the evaluation as purchases lie apart. Nil where
    /// within the horizon none is likelier than one.
    package func nextOrder(of customer: Customer) -> CivilDate? {
        if customer.forecast.noOrderChance > 0.5 { return nil }
        return day.adding(days: min(100_000, Int(customer.forecast.daysBetweenOrders.rounded())))
    }
}

extension BuyerSummaries {
    /// The buyers that are in a scope.
    func indices(in scope: ForecastDefinition.CustomerScope) -> [Int] {
        switch scope {
        case .history: Array(indices)
        case .active: indices.filter { activities[$0] != .none }
        case .acquired: indices.filter { activities[$0] == .acquired }
        }
    }

    /// What repeat purchases amount to: nobody is expected to be paid for buying, whatever was given back.
    func spend(_ index: Int) -> Double { max(0, repeatSpends[index]) }

    /// A buyer's history up to a day.
    func history(_ index: Int, until day: Int) -> BuyerHistory {
        BuyerHistory(
            frequency: Int(repeats[index]), recency: Int(lastDays[index] - firstDays[index]),
            age: day - Int(firstDays[index]))
    }
}
