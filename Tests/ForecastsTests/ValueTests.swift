import Forecasts
import Foundation
import Testing

/// Values of CDNOW's customers against numbers that other code computed, and what they are made of against integrals.
@Suite struct ValueTests {
    private static let weeks52 = Horizon(weeks: 52, annualRate: 0.1)

    @Test func lifetimeValues() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_clv_reference.json") else {
            return
        }
        let (at, money) = (reference.numbers("bgnbd"), reference.numbers("gg"))
        let timing = BetaGeometric(.bg, r: at[0], alpha: at[1], a: at[2], b: at[3])
        let spend = GammaGamma(p: money[0], q: money[1], gamma: money[2])
        #expect(close(Self.weeks52.discount, reference.number("delta_per_week"), 1e-12))
        var (orders, discounted, value, undiscounted) = (0.0, 0.0, 0.0, 0.0)
        for buyer in buyers {
            let own = try Self.value(of: buyer, timing, spend)
            orders += own.orders
            discounted += own.discounted
            value += own.discounted * own.amount
            undiscounted += own.orders * own.amount
        }
        #expect(close(orders, reference.number("total_purchases"), 1e-9), "\(orders)")
        #expect(close(discounted, reference.number("total_discounted_purchases"), 1e-9), "\(discounted)")
        #expect(close(value, reference.number("total_clv"), 1e-9), "\(value)")
        #expect(close(undiscounted, reference.number("total_undiscounted"), 1e-9), "\(undiscounted)")
        let byID = Dictionary(uniqueKeysWithValues: buyers.map { ($0.id, $0) })
        let customers = reference.list("customers")
        #expect(customers.count == 20)
        for customer in customers {
            let buyer = try #require(byID[Int(customer.number("id"))])
            let own = try Self.value(of: buyer, timing, spend)
            // Another convention: each of twelve months is discounted from its end. Of the module's undiscounted purchases.
            let months = (1...12).map(Double.init).reduce(0) { sum, month in
                func purchases(_ months: Double) -> Double {
                    timing.expectedPurchases(
                        frequency: buyer.history.frequency, recency: buyer.recency, age: buyer.age,
                        within: months * 52 / 12)
                }
                return sum + (purchases(month) - purchases(month - 1)) / pow(1.1, month / 12)
            }
            for (name, value) in [
                ("p_alive", own.alive), ("e_spend", own.amount), ("purchases52", own.orders),
                ("discounted52", own.discounted), ("clv52", own.discounted * own.amount),
                ("clv52_month_end", months * own.amount),
            ] {
                #expect(close(value, customer.number(name), 1e-9), "\(buyer.id) \(name): \(value)")
            }
        }
    }

    private static func value(
        of buyer: CDNOW.Buyer, _ timing: BetaGeometric, _ spend: GammaGamma
    ) throws -> (alive: Double, orders: Double, discounted: Double, amount: Double) {
        let x = buyer.history.frequency
        let alive = timing.aliveProbability(frequency: x, recency: buyer.recency, age: buyer.age)
        let purchases = timing.purchasesWhileAlive(frequency: x, age: buyer.age, within: weeks52)
        let amount = try #require(spend.expectedAmount(frequency: x, spend: buyer.dollars))
        return (alive, alive * purchases.all, alive * purchases.discounted, amount)
    }

    /// The module has one rule with sixteen nodes; here as many as it takes, and other ones.
    @Test(
        arguments: [
            // Ten years is the most that a report looks ahead, and 100 % a year the most that it discounts by. What is left then
            // is of customers who came within the last days, whose first purchases come fast.
            (weeks: 52.0, rate: 0.1, tolerance: 1e-9), (52, 1, 1e-9), (520, 0.1, 2e-6), (520, 1, 3e-5),
            (weeks: nil, rate: 0.1, tolerance: 1e-9),
        ] as [(weeks: Double?, rate: Double, tolerance: Double)])
    func discountedPurchasesAreAnIntegral(weeks: Double?, rate: Double, tolerance: Double) throws {
        guard let cases = try CDNOW.json("bgnbd_edge_cases.json")?.list("list") else { return }
        for edge in cases {
            let name = edge["case"] as? String ?? ""
            let (at, x, age) = (edge.numbers("params"), Int(edge.number("x")), edge.number("T"))
            // The case's own horizon, but for the one of a million weeks.
            guard let time = weeks ?? (edge.number("t") <= 520 ? edge.number("t") : nil) else { continue }
            for variant in BetaGeometric.Variant.allCases {
                let model = BetaGeometric(variant, r: at[0], alpha: at[1], a: at[2], b: at[3])
                func all(_ weeks: Double) -> Double { model.purchasesWhileAlive(frequency: x, age: age, within: weeks) }
                let horizon = Horizon(weeks: time, annualRate: rate)
                let found = model.purchasesWhileAlive(frequency: x, age: age, within: horizon)
                let d = horizon.discount
                let expected = exp(-d * time) * all(time) + d * integral(to: time) { exp(-d * $0) * all($0) }
                #expect(
                    close(found.discounted, expected, tolerance),
                    "\(name) \(variant): \(found.discounted) for \(expected)")
                #expect(found.all == all(time) && found.discounted <= found.all)
                // The undiscounted ones by another formula.
                let moments = model.momentsWhileAlive(frequency: x, age: age, within: time)
                #expect(close(moments.mean, found.all, 1e-9), "\(name) \(variant): \(moments.mean) for \(found.all)")
            }
        }
    }

    /// The moments are a formula of their own; their mean is that of the hypergeometric series.
    @Test func theMomentsHaveTheExpectedMean() {
        var random = RandomNumbers(seed: 3)
        for _ in 0..<300 {
            let variant: BetaGeometric.Variant = random.uniform() < 0.5 ? .bg : .mbg
            let model = BetaGeometric(
                variant, r: 0.05 + 3 * random.uniform(), alpha: 0.5 + 20 * random.uniform(),
                a: 0.05 + 3 * random.uniform(), b: 0.1 + 5 * random.uniform())
            let (x, age, weeks) = (Int(random.uniform() * 30), random.uniform() * 100, 1 + random.uniform() * 100)
            let expected = model.purchasesWhileAlive(frequency: x, age: age, within: weeks)
            let moments = model.momentsWhileAlive(frequency: x, age: age, within: weeks)
            #expect(close(moments.mean, expected, 1e-9), "\(model) \(x) \(age) \(weeks): \(moments.mean) \(expected)")
            #expect(moments.square >= moments.mean * moments.mean)
        }
    }
}
