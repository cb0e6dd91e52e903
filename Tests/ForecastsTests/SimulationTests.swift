import Forecasts
import Foundation
import Testing

/// Made-up customer bases with known parameters.
@Suite struct SimulationTests {
    /// Customers who came over `span` days, and what they bought in the `horizon` days after.
    static func customers(
        _ count: Int, _ model: BetaGeometric, _ spend: GammaGamma, span: Int, ageAtLeast: Int = 30, horizon: Int,
        seed: UInt64
    ) -> (base: [ForecastCustomer], later: Int, laterSpend: Double) {
        var random = RandomNumbers(seed: seed)
        var base: [ForecastCustomer] = []
        var (later, laterSpend) = (0, 0.0)
        for _ in 0..<count {
            let age = ageAtLeast + Int(random.uniform() * Double(span - ageAtLeast))
            let rate = random.gamma(shape: model.r) / model.alpha / 7
            let leaves = random.beta(model.a, model.b)
            let value = random.gamma(shape: spend.q) / spend.gamma
            var time = 0.0
            var days: [Int] = [0]
            var (isAlive, own, after) = (true, 0.0, 0)
            if model.variant == .mbg, random.uniform() < leaves { isAlive = false }
            while isAlive {
                time -= log(random.uniform()) / rate
                let day = Int(time)
                if day >= age + horizon || day > 40_000 { break }
                let amount = random.gamma(shape: spend.p) / value
                if day > days[days.count - 1] {
                    if day <= age {
                        days.append(day)
                        own += amount
                    } else {
                        after += 1
                        laterSpend += amount
                        days.append(day)
                    }
                }
                if random.uniform() < leaves { isAlive = false }
            }
            let known = days.filter { $0 <= age }
            later += after
            base.append(
                ForecastCustomer(
                    firstDay: span - age,
                    history: BuyerHistory(frequency: known.count - 1, recency: known[known.count - 1], age: age),
                    spend: own))
        }
        return (base, later, laterSpend)
    }

    private static let timing = BetaGeometric(.bg, r: 0.6, alpha: 9, a: 0.8, b: 2.6)
    private static let spend = GammaGamma(p: 5, q: 4, gamma: 60)

    @Test(arguments: [
        BetaGeometric(.bg, r: 0.6, alpha: 9, a: 0.8, b: 2.6), BetaGeometric(.bg, r: 1.4, alpha: 12, a: 1.2, b: 4),
        BetaGeometric(.mbg, r: 0.8, alpha: 8, a: 0.9, b: 2),
    ])
    func parametersAreRecovered(_ model: BetaGeometric) throws {
        let made = Self.customers(20_000, model, Self.spend, span: 700, horizon: 0, seed: 11)
        let fit = try #require(BuyerGroups(made.base.map(\.history)).fit(model.variant))
        let errors = try #require(fit.covariance)
        #expect(fit.isIdentified)
        for (index, (found, truth)) in zip(fit.model.parameters, model.parameters).enumerated() {
            // Purchases of one day are one, which takes a little of the rate.
            let error = errors[index, index].squareRoot()
            #expect(abs(log(found / truth)) < 4 * error + 0.03, "\(index): \(found) for \(truth), \(error)")
        }
        let money = try #require(SpendHistories(made.base.map { ($0.history.frequency, $0.spend) }).fit())
        for (index, (found, truth)) in zip(money.model.parameters, Self.spend.parameters).enumerated() {
            let error = (money.covariance?[index, index] ?? .nan).squareRoot()
            #expect(abs(log(found / truth)) < 4 * error, "\(index): \(found) for \(truth), \(error)")
        }
    }

    /// Ranges of 90 % hold what happens nine times of ten.
    @Test func rangesCoverWhatTheySay() throws {
        let (count, trials) = (1_500, 200)
        let horizon = Horizon(weeks: 39, annualRate: 0)
        var (orders, values, tried) = (0, 0, 0)
        for trial in 0..<trials {
            let made = Self.customers(
                count, Self.timing, Self.spend, span: 500, horizon: 39 * 7, seed: UInt64(1_000 + trial))
            let cells = made.base.map { CustomerCell($0.history, spend: $0.spend) }.merged()
            let fit = try #require(BuyerGroups(made.base.map(\.history)).fit(.bg))
            let spend = SpendModel(SpendHistories(made.base.map { ($0.history.frequency, $0.spend) }))
            guard let ranges = Intervals(fit, spend, within: horizon)?.ranges(of: cells) else { continue }
            tried += 1
            if ranges.orders.contains(Double(made.later)) { orders += 1 }
            if ranges.value?.contains(made.laterSpend) ?? false { values += 1 }
        }
        #expect(tried > trials * 9 / 10, "\(tried)")
        let (orderShare, valueShare) = (Double(orders) / Double(tried), Double(values) / Double(tried))
        #expect(orderShare >= 0.85 && orderShare <= 0.95, "orders \(orderShare)")
        #expect(valueShare >= 0.85 && valueShare <= 0.95, "values \(valueShare)")
    }

    /// Of money that is worth little later the near orders count, and the range is theirs.
    @Test func rangesOfWhatIsDiscounted() throws {
        let made = Self.customers(4_000, Self.timing, Self.spend, span: 500, horizon: 0, seed: 8)
        let cells = made.base.map { CustomerCell($0.history, spend: $0.spend) }.merged()
        let spend = SpendModel(SpendHistories(made.base.map { ($0.history.frequency, $0.spend) }))
        let fit = try #require(BuyerGroups(made.base.map(\.history)).fit(.bg))
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
        let made = Self.customers(4_000, Self.timing, Self.spend, span: 500, horizon: 0, seed: 5)
        let spend = SpendModel(SpendHistories(made.base.map { ($0.history.frequency, $0.spend) }))
        let fit = try #require(BuyerGroups(made.base.map(\.history)).fit(.bg))
        let horizon = Horizon(weeks: 52, annualRate: 0.1)
        let intervals = try #require(Intervals(fit, spend, within: horizon))
        var expectations = Expectations(fit.model, spend, within: horizon)
        var random = RandomNumbers(seed: 17)
        var (inside, tried) = (0, 0)
        for _ in 0..<300 {
            let few = (0..<8).map { _ in made.base[Int(random.uniform() * 4_000)] }
            let cells = few.map { CustomerCell($0.history, spend: $0.spend) }.merged()
            let ranges = intervals.ranges(of: cells)
            #expect(ranges.orders.low >= 0 && ranges.orders.low <= expectations.value(of: cells).orders)
            // What these very customers would do, by the true parameters.
            var orders = 0
            for customer in few {
                let (x, recency, age) = (
                    customer.history.frequency, Double(customer.history.recency) / 7, Double(customer.history.age) / 7
                )
                guard random.uniform() < Self.timing.aliveProbability(frequency: x, recency: recency, age: age) else {
                    continue
                }
                let rate = random.gamma(shape: Self.timing.r + Double(x)) / (Self.timing.alpha + age)
                let stays = random.geometric(random.beta(Self.timing.a, Self.timing.b + Double(x)))
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
