import Foundation

/// Customers with the same history at the end of the calibration, and with as many purchases after it.
package struct HoldoutCell: Hashable, Sendable {
    package var history: BuyerHistory
    /// Days with a purchase in the holdout.
    package var later: Int
    package var customers: Int
    /// What their repeat purchases in the calibration amount to, and those in the holdout.
    package var spend: Double
    package var laterSpend: Double

    package init(_ history: BuyerHistory, later: Int, customers: Int = 1, spend: Double, laterSpend: Double) {
        self.history = history
        self.later = later
        self.customers = customers
        self.spend = spend
        self.laterSpend = laterSpend
    }
}

/// How well a model that is fitted to the time before predicts a period that is known: beside it two forecasts without a
/// model, so that one sees what it is worth.
package struct Holdout: Sendable {
    package enum Method: String, CaseIterable, Sendable {
        case model, negativeBinomial = "negative_binomial", sameRate = "same_rate"
    }

    /// One method's forecast of the period.
    package struct Outcome: Sendable {
        package var predicted: Double
        /// (predicted - actual) / actual; nil where there was nothing.
        package var error: Double?
        /// Mean over customers of the distance between predicted and actual.
        package var meanAbsoluteError: Double
        /// The share of all purchases that the tenth of the customers makes of whom the most are predicted.
        package var topDecileShare: Double?
    }

    /// Customers with as many repeat purchases in the calibration.
    package struct Class: Sendable {
        /// `0` … `6`, `7+`
        package var label: String
        package var customers: Int
        /// Purchases in the period, all customers together.
        package var actual: Int
        package var predicted: [Method: Double]
    }

    package let weeks: Double
    package var days: Int { Int((weeks * daysPerWeek).rounded()) }
    package let customers: Int
    package let actual: Int
    package let outcomes: [Method: Outcome]
    /// Of the model's forecast; nil where there is none.
    package let interval: Interval?
    package let classes: [Class]
    /// Money: nil where the spend model was refused.
    package let predictedSpend: Double?
    package let actualSpend: Double

    /// Longest number of repeat purchases with a class of its own.
    private static let lastClass = 7

    /// - Returns: nil where nothing can be fitted.
    package init?(
        _ cells: [HoldoutCell], _ fit: Fit<BetaGeometric>, _ baseline: Fit<NegativeBinomial>, _ spend: SpendModel,
        weeks: Double
    ) {
        self.weeks = weeks
        var classes = (0...Holdout.lastClass).map {
            Class(label: $0 == Holdout.lastClass ? "\($0)+" : String($0), customers: 0, actual: 0, predicted: [:])
        }
        var tallies: [Method: Tally] = [:]
        for method in Method.allCases { tallies[method] = Tally() }
        var expectations = Expectations(fit.model, spend, within: Horizon(weeks: weeks, annualRate: 0))
        var money: Double? = 0
        var (customers, actual, actualSpend) = (0, 0, 0.0)
        for cell in HoldoutCell.merged(cells) {
            let history = cell.history
            let age = Double(history.age) / daysPerWeek
            let value = expectations.value(
                of: CustomerCell(history, customers: cell.customers, spend: cell.spend, spendSquares: 0))
            let n = Double(cell.customers)
            let each: [Method: Double] = [
                .model: value.orders / n,
                .negativeBinomial: baseline.model.expectedPurchases(
                    frequency: history.frequency, age: age, within: weeks),
                .sameRate: age > 0 ? Double(history.frequency) / age * weeks : 0,
            ]
            let place = min(history.frequency, Holdout.lastClass)
            classes[place].customers += cell.customers
            classes[place].actual += cell.customers * cell.later
            for (method, expected) in each {
                tallies[method]?.add(expected, cell)
                classes[place].predicted[method, default: 0] += n * expected
            }
            money = money.flatMap { sum in value.value.map { sum + $0 } }
            customers += cell.customers
            actual += cell.customers * cell.later
            actualSpend += cell.laterSpend
        }
        guard customers > 0 else { return nil }
        self.customers = customers
        self.actual = actual
        self.actualSpend = actualSpend
        predictedSpend = money
        self.classes = classes.filter { $0.customers > 0 }
        outcomes = tallies.mapValues { $0.outcome(customers: customers, actual: actual) }
        let histories = cells.map { CustomerCell($0.history, customers: $0.customers, spend: 0, spendSquares: 0) }
            .merged()
        interval = Intervals(fit, .refused(.noRepeatSpend), within: Horizon(weeks: weeks, annualRate: 0))
            .map { $0.ranges(of: histories).orders }
    }

    /// (predicted - actual) / actual of the money; nil where one of them is missing.
    package var spendError: Double? {
        predictedSpend.flatMap { actualSpend > 0 ? ($0 - actualSpend) / actualSpend : nil }
    }

    /// By which share the orders were missed, where that is more than a fifth; infinite where some were predicted and none
    /// was made.
    package var missedOrders: Double? {
        guard let outcome = outcomes[.model] else { return nil }
        guard let error = outcome.error else { return outcome.predicted >= 1 ? .infinity : nil }
        return abs(error) > 0.2 ? error : nil
    }

    /// The same of what was spent, where anything was.
    package var missedSpend: Double? { spendError.flatMap { abs($0) > 0.2 ? $0 : nil } }

    /// Sums of one method over customers.
    private struct Tally {
        var predicted = 0.0
        var distance = 0.0
        /// By forecast: how many customers have it, and what they bought.
        var byForecast: [Double: (customers: Int, later: Int)] = [:]

        mutating func add(_ expected: Double, _ cell: HoldoutCell) {
            predicted += expected * Double(cell.customers)
            distance += abs(expected - Double(cell.later)) * Double(cell.customers)
            let known = byForecast[expected] ?? (0, 0)
            byForecast[expected] = (known.customers + cell.customers, known.later + cell.customers * cell.later)
        }

        func outcome(customers: Int, actual: Int) -> Outcome {
            Outcome(
                predicted: predicted, error: actual == 0 ? nil : (predicted - Double(actual)) / Double(actual),
                meanAbsoluteError: distance / Double(customers),
                topDecileShare: actual == 0 ? nil : best(of: customers / 10) / Double(actual))
        }

        /// Purchases of the customers with the greatest forecasts; of those with the same forecast as many as fit, by their mean.
        private func best(of count: Int) -> Double {
            var (left, sum) = (Double(count), 0.0)
            for (_, cell) in byForecast.sorted(by: { $0.key > $1.key }) {
                let taken = min(left, Double(cell.customers))
                sum += Double(cell.later) * taken / Double(cell.customers)
                left -= taken
                if left <= 0 { break }
            }
            return sum
        }
    }
}
