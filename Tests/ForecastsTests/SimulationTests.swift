import Forecasts
import Foundation
import Testing

/// Made-up customer bases with known parameters.
@Suite struct SimulationTests {
    @Test(arguments: [
        Simulation.timing, BetaGeometric(.bg, r: 1.4, alpha: 12, a: 1.2, b: 4),
        BetaGeometric(.mbg, r: 0.8, alpha: 8, a: 0.9, b: 2),
    ])
    func parametersAreRecovered(_ model: BetaGeometric) throws {
        let made = Simulation.customers(20_000, model, span: 700, seed: 11).forecasts(until: 700)
        let fit = try #require(BuyerGroups(made.map(\.history)).fit(model.variant))
        let errors = try #require(fit.covariance)
        #expect(fit.isIdentified)
        for (index, (found, truth)) in zip(fit.model.parameters, model.parameters).enumerated() {
            // Purchases of one day are one, which takes a little of the rate.
            let error = errors[index, index].squareRoot()
            #expect(abs(log(found / truth)) < 4 * error + 0.03, "\(index): \(found) for \(truth), \(error)")
        }
        let money = try #require(SpendHistories(made.map { ($0.history.frequency, $0.spend) }).fit())
        for (index, (found, truth)) in zip(money.model.parameters, Simulation.spend.parameters).enumerated() {
            let error = (money.covariance?[index, index] ?? .nan).squareRoot()
            #expect(abs(log(found / truth)) < 4 * error, "\(index): \(found) for \(truth), \(error)")
        }
    }

    /// Ranges of 90 % hold what happens nine times of ten, of orders and of what they are worth. With so many trials the
    /// share has a standard error of .025.
    @Test(
        arguments: [
            (Simulation.timing, 0, 1_000), (Simulation.timing, 0.1, 2_000), (mbg, 0, 3_000),
            // Where each draw of parameters is discounted by itself.
            (mbg, 1, 4_000),
        ] as [(BetaGeometric, Double, UInt64)])
    func rangesCoverWhatTheySay(_ model: BetaGeometric, annualRate: Double, seed: UInt64) throws {
        let (count, trials, end, days) = (1_200, 150, 500, 39 * 7)
        let horizon = Horizon(weeks: 39, annualRate: annualRate)
        var (orders, values, tried) = (0, 0, 0)
        for trial in 0..<trials {
            let made = Simulation.customers(count, model, span: end, horizon: days, seed: seed + UInt64(trial))
            let known = made.forecasts(until: end)
            let fit = try #require(BuyerGroups(known.map(\.history)).fit(model.variant))
            let spend = SpendModel(SpendHistories(known.map { ($0.history.frequency, $0.spend) }))
            let cells = known.map { CustomerCell($0.history, spend: $0.spend) }.merged()
            guard let ranges = Intervals(fit, spend, within: horizon)?.ranges(of: cells) else { continue }
            var (bought, worth) = (0, 0.0)
            for customer in made {
                for purchase in customer.later(after: end, days: days) {
                    bought += 1
                    let weeks = Double(customer.firstDay + purchase.day - end) / 7
                    worth += purchase.amount * exp(-horizon.discount * weeks)
                }
            }
            tried += 1
            if ranges.orders.contains(Double(bought)) { orders += 1 }
            if ranges.value?.contains(worth) ?? false { values += 1 }
        }
        #expect(tried > trials * 9 / 10, "\(tried)")
        for (name, inside) in [("orders", orders), ("values", values)] {
            let share = Double(inside) / Double(tried)
            #expect(share >= 0.85 && share <= 0.95, "\(name) \(share)")
        }
    }

    private static let mbg = BetaGeometric(.mbg, r: 0.8, alpha: 8, a: 0.9, b: 2)

    /// Of money that is worth little later the near orders count, and the range is theirs.
    @Test func rangesOfWhatIsDiscounted() throws {
        let made = Simulation.customers(4_000, span: 500, seed: 8).forecasts(until: 500)
        let cells = made.map { CustomerCell($0.history, spend: $0.spend) }.merged()
        let spend = SpendModel(SpendHistories(made.map { ($0.history.frequency, $0.spend) }))
        let fit = try #require(BuyerGroups(made.map(\.history)).fit(.bg))
        func width(_ rate: Double, weeks: Double) throws -> Double {
            let horizon = Horizon(weeks: weeks, annualRate: rate)
            let range = try #require(Intervals(fit, spend, within: horizon)?.ranges(of: cells).value)
            var expectations = Expectations(fit.model, spend, within: horizon)
            let value = try #require(expectations.value(of: cells).value)
            #expect(range.contains(value))
            return (range.high - range.low) / value
        }
        let near = try width(0, weeks: 20)
        // At 1,000 % a year what counts lies within some twenty weeks.
        for weeks in [52.0, 520] {
            let discounted = try width(10, weeks: weeks)
            #expect(discounted < near * 1.6 && discounted > near * 0.5, "\(weeks): \(discounted) beside \(near)")
        }
    }

    /// Ranges of few customers are of what few customers do.
    @Test func rangesOfFewCustomers() throws {
        let made = Simulation.customers(4_000, span: 500, seed: 5).forecasts(until: 500)
        let spend = SpendModel(SpendHistories(made.map { ($0.history.frequency, $0.spend) }))
        let fit = try #require(BuyerGroups(made.map(\.history)).fit(.bg))
        let horizon = Horizon(weeks: 52, annualRate: 0.1)
        let intervals = try #require(Intervals(fit, spend, within: horizon))
        var expectations = Expectations(fit.model, spend, within: horizon)
        let timing = Simulation.timing
        var random = RandomNumbers(seed: 17)
        var (inside, tried) = (0, 0)
        for _ in 0..<300 {
            let few = (0..<8).map { _ in made[Int(random.uniform() * 4_000)] }
            let cells = few.map { CustomerCell($0.history, spend: $0.spend) }.merged()
            let ranges = intervals.ranges(of: cells)
            #expect(ranges.orders.low >= 0 && ranges.orders.low <= expectations.value(of: cells).orders)
            // What these very customers would do, by the true parameters.
            var orders = 0
            for customer in few {
                let (x, recency, age) = (
                    customer.history.frequency, Double(customer.history.recency) / 7, Double(customer.history.age) / 7
                )
                guard random.uniform() < timing.aliveProbability(frequency: x, recency: recency, age: age) else {
                    continue
                }
                let rate = random.gamma(shape: timing.r + Double(x)) / (timing.alpha + age)
                let stays = random.geometric(random.beta(timing.a, timing.b + Double(x)))
                orders += min(random.poisson(rate * 52), stays)
            }
            tried += 1
            // A whole number beside a range with a width of a few: half a purchase either way.
            if Double(orders) >= ranges.orders.low - 0.5, Double(orders) <= ranges.orders.high + 0.5 { inside += 1 }
        }
        let share = Double(inside) / Double(tried)
        #expect(share >= 0.85 && share <= 0.99, "\(share)")
    }
}
