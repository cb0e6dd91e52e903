import Forecasts
import Foundation

/// A made-up customer: when and what the customer bought.
struct SimulatedCustomer {
    /// Since the first purchase of all.
    var firstDay: Int
    /// Days with a repeat purchase since the first purchase, ascending, with the amount of each.
    var repeats: [(day: Int, amount: Double)]

    /// Repeat purchases after the first and up to a day since the first purchase of all.
    private func repeats(until end: Int) -> ArraySlice<(day: Int, amount: Double)> {
        repeats.prefix { firstDay + $0.day <= end }
    }

    private func history(until end: Int) -> BuyerHistory {
        let known = repeats(until: end)
        return BuyerHistory(frequency: known.count, recency: known.last?.day ?? 0, age: end - firstDay)
    }

    /// - Parameter calibration: the day that it ends; nil for none.
    func forecast(until end: Int, calibration: Int? = nil) -> ForecastCustomer {
        let spend = repeats(until: end).reduce(0) { $0 + $1.amount }
        guard let calibration, firstDay <= calibration else {
            return ForecastCustomer(firstDay: firstDay, history: history(until: end), spend: spend)
        }
        let before = repeats(until: calibration)
        let spendBefore = before.reduce(0) { $0 + $1.amount }
        return ForecastCustomer(
            firstDay: firstDay, history: history(until: end), spend: spend,
            calibration: history(until: calibration), calibrationSpend: spendBefore,
            later: repeats(until: end).count - before.count, laterSpend: spend - spendBefore)
    }

    /// What is bought in the days after a day.
    func later(after start: Int, days: Int) -> ArraySlice<(day: Int, amount: Double)> {
        repeats(until: start + days).dropFirst(repeats(until: start).count)
    }
}

/// Made-up customer bases with known parameters.
enum Simulation {
    static let timing = BetaGeometric(.bg, r: 0.6, alpha: 9, a: 0.8, b: 2.6)
    static let spend = GammaGamma(p: 5, q: 4, gamma: 60)

    /// Customers who came over `span` days, and what they bought up to `horizon` days after.
    static func customers(
        _ count: Int, _ model: BetaGeometric = timing, _ spend: GammaGamma = spend, span: Int, ageAtLeast: Int = 30,
        horizon: Int = 0, seed: UInt64
    ) -> [SimulatedCustomer] {
        var random = RandomNumbers(seed: seed)
        return (0..<count).map { _ in
            let age = ageAtLeast + Int(random.uniform() * Double(span - ageAtLeast))
            let rate = random.gamma(shape: model.r) / model.alpha / 7
            let leaves = random.beta(model.a, model.b)
            let value = random.gamma(shape: spend.q) / spend.gamma
            var customer = SimulatedCustomer(firstDay: span - age, repeats: [])
            var time = 0.0
            var isAlive = !(model.variant == .mbg && random.uniform() < leaves)
            while isAlive {
                time -= log(random.uniform()) / rate
                if time >= Double(min(age + horizon, 40_000)) { break }
                let amount = random.gamma(shape: spend.p) / value
                // Purchases of one day are one; that of the first day is none.
                if Int(time) > customer.repeats.last?.day ?? 0 { customer.repeats.append((Int(time), amount)) }
                if random.uniform() < leaves { isAlive = false }
            }
            return customer
        }
    }
}

extension Sequence<SimulatedCustomer> {
    func forecasts(until end: Int) -> [ForecastCustomer] { map { $0.forecast(until: end) } }

    /// - Parameter knownDays: how many days at the end the forecast is held against; nil for none.
    func base(until end: Int, knownDays: Int? = nil) -> CustomerBase {
        let calibration = knownDays.map { end - $0 }
        var repeats: [Int: Int] = [:]
        for customer in self {
            for purchase in customer.repeats where customer.firstDay + purchase.day <= end {
                repeats[customer.firstDay + purchase.day, default: 0] += 1
            }
        }
        return CustomerBase(
            map { $0.forecast(until: end, calibration: calibration) }, repeats: repeats, days: end,
            knownDays: knownDays)
    }

    /// The same customers, but from a day on one of `every` purchases is not made, and amounts are `factor` times as high.
    func changed(after day: Int, leavingOut every: Int = .max, amounts factor: Double = 1) -> [SimulatedCustomer] {
        var count = 0
        return map { customer in
            var customer = customer
            customer.repeats = customer.repeats.compactMap { purchase in
                guard customer.firstDay + purchase.day > day else { return purchase }
                count += 1
                return count % every == 0 ? nil : (purchase.day, purchase.amount * factor)
            }
            return customer
        }
    }
}
