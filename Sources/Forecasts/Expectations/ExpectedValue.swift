import Foundation

/// What customers are expected to do within a horizon.
package struct ExpectedValue: Hashable, Sendable {
    package var customers: Int
    /// Purchases, one a day at the most.
    package var orders: Double
    /// What they amount to, each as it is worth today; nil where the spend model was refused.
    package var value: Double?
    /// Sum over customers of the chance of no purchase within the horizon.
    package var withoutOrder: Double
    /// Sum over customers of the chance that they still buy.
    package var alive: Double

    /// The share of customers that are expected not to buy; nil without customers.
    package var noOrderShare: Double? { customers == 0 ? nil : withoutOrder / Double(customers) }

    static let nothing = ExpectedValue(customers: 0, orders: 0, value: 0, withoutOrder: 0, alive: 0)
}

/// Expectations by history: what depends on frequency and age alone is computed once.
package struct Expectations: Sendable {
    package let timing: BetaGeometric
    package let spend: SpendModel
    package let horizon: Horizon
    private var known: [Int: (all: Double, discounted: Double)] = [:]

    package init(_ timing: BetaGeometric, _ spend: SpendModel, within horizon: Horizon) {
        self.timing = timing
        self.spend = spend
        self.horizon = horizon
    }

    /// Purchases while alive.
    private mutating func purchases(_ frequency: Int, _ age: Int) -> (all: Double, discounted: Double) {
        let key = frequency << 24 | age
        if let found = known[key] { return found }
        let found = timing.purchasesWhileAlive(frequency: frequency, age: Double(age) / daysPerWeek, within: horizon)
        known[key] = found
        return found
    }

    /// Of customers with the same history.
    package mutating func value(of cell: CustomerCell) -> ExpectedValue {
        let history = cell.history
        let (recency, age) = (Double(history.recency) / daysPerWeek, Double(history.age) / daysPerWeek)
        let alive = timing.aliveProbability(frequency: history.frequency, recency: recency, age: age)
        let purchases = purchases(history.frequency, history.age)
        let none = timing.noPurchaseProbability(
            frequency: history.frequency, recency: recency, age: age, within: horizon.weeks)
        let customers = Double(cell.customers)
        let amounts = spend.expectedAmounts(
            customers: customers, frequency: history.frequency, spend: cell.spend)
        return ExpectedValue(
            customers: cell.customers, orders: customers * alive * purchases.all,
            value: amounts.map { $0 * alive * purchases.discounted }, withoutOrder: customers * none,
            alive: customers * alive)
    }

    /// Of all of them together.
    package mutating func value(of cells: [CustomerCell]) -> ExpectedValue {
        var sum = ExpectedValue.nothing
        for cell in cells {
            let part = value(of: cell)
            sum.customers += part.customers
            sum.orders += part.orders
            sum.withoutOrder += part.withoutOrder
            sum.alive += part.alive
            sum.value = sum.value.flatMap { total in part.value.map { total + $0 } }
        }
        return sum
    }

    /// Of one customer.
    package mutating func customer(_ history: BuyerHistory, spend amount: Double) -> CustomerForecast {
        let expected = value(of: CustomerCell(history, spend: amount))
        return CustomerForecast(
            orders: expected.orders,
            averageOrder: spend.expectedAmounts(customers: 1, frequency: history.frequency, spend: amount),
            value: expected.value, noOrderChance: expected.withoutOrder, aliveChance: expected.alive,
            daysBetweenOrders: timing.weeksBetweenPurchases(
                frequency: history.frequency, age: Double(history.age) / daysPerWeek) * daysPerWeek)
    }
}

/// What one customer is expected to do within a horizon.
package struct CustomerForecast: Hashable, Sendable {
    package var orders: Double
    /// The expected amount of a purchase; nil where the spend model was refused.
    package var averageOrder: Double?
    /// Discounted.
    package var value: Double?
    package var noOrderChance: Double
    package var aliveChance: Double
    /// By the expected rate, while the customer is alive.
    package var daysBetweenOrders: Double
}
