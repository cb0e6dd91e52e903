import Forecasts
import Foundation
import Testing

/// Data that models are not made for: numbers or a refusal, never an exception and nothing that is not finite.
@Suite struct DegenerateTests {
    private static let horizon = Horizon(weeks: 52, annualRate: 0.1)

    private func customer(_ x: Int, _ recency: Int, _ age: Int, _ spend: Double = 50) -> ForecastCustomer {
        let history = BuyerHistory(frequency: x, recency: recency, age: age)
        return ForecastCustomer(firstDay: 0, history: history, spend: spend * Double(x))
    }

    private func forecast(_ customers: [ForecastCustomer], days: Int = 400) -> Forecast {
        Forecast(CustomerBase(customers, repeats: [:], days: days, knownDays: nil), within: Self.horizon)
    }

    /// All that the forecast tells is finite.
    private func check(_ forecast: Forecast, _ name: String) {
        guard var expectations = forecast.expectations else { return }
        let all = expectations.value(of: forecast.base.cells)
        #expect(all.orders.isFinite && all.orders >= 0 && all.withoutOrder.isFinite, "\(name): \(all)")
        #expect(all.value?.isFinite ?? true, "\(name): \(all)")
        for cell in forecast.base.cells {
            let one = expectations.customer(cell.history, spend: cell.spend / Double(cell.customers))
            #expect(one.orders.isFinite && one.orders >= 0, "\(name) \(cell): \(one)")
            #expect((0...1).contains(one.noOrderChance) && (0...1).contains(one.aliveChance), "\(name) \(cell): \(one)")
            #expect(one.daysBetweenOrders.isFinite && (one.value?.isFinite ?? true), "\(name) \(cell): \(one)")
        }
        if let ranges = forecast.intervals?.ranges(of: forecast.base.cells) {
            #expect(ranges.orders.low.isFinite && ranges.orders.high >= ranges.orders.low, "\(name): \(ranges)")
        }
    }

    @Test func nobodyOrNothing() {
        #expect(forecast([]).verdict == .refused(.noCustomers))
        #expect(forecast([customer(0, 0, 0), customer(0, 0, 0)]).verdict == .refused(.noTime))
        #expect(forecast([customer(0, 0, 200)]).verdict == .refused(.noRepeatBuyers))
        #expect(forecast((0..<500).map { customer(0, 0, $0) }).verdict == .refused(.noRepeatBuyers))
        #expect(forecast([customer(3, 30, 200)]).verdict == .refused(.tooFewRepeatBuyers))
        #expect(forecast([customer(2_000, 3_000, 3_100)], days: 3_100).verdict == .refused(.tooFewRepeatBuyers))
        #expect(forecast((0..<500).map { customer(1, 5, 10 + $0 % 20) }, days: 30).verdict == .refused(.tooShort))
    }

    @Test func customersWhoDifferInNothing() {
        // Each buys once a month, and did so this very day: nobody leaves.
        let steady = forecast((0..<300).map { _ in customer(12, 360, 360) })
        check(steady, "steady")
        #expect(steady.flags.contains(.noEvidenceOfLeaving), "\(steady.flags)")
        // Nobody has come back after one repeat purchase of long ago.
        check(forecast((0..<300).map { _ in customer(1, 2, 360) }), "gone")
        check(forecast((0..<300).map { customer($0 % 2, $0 % 2 * 30, 360) }), "two kinds")
        // Everybody bought twice, twenty days apart.
        let alike = forecast((0..<600).map { customer(1, 20, 100 + $0 % 400) })
        #expect(alike.verdict == .refused(.alike), "\(alike.verdict) \(alike.flags)")
    }

    @Test func aSingleCustomerOfThousandsOfPurchases() {
        var customers = (0..<400).map { customer($0 % 4, $0 % 4 * 25, 300 + $0 % 90) }
        customers.append(customer(2_000, 2_900, 3_000, 7))
        let found = forecast(customers, days: 3_000)
        check(found, "one of 2,000")
        #expect(found.models != nil)
    }

    @Test func amounts() {
        func spends(_ amount: (Int) -> Double) -> [ForecastCustomer] {
            (0..<400).map { customer($0 % 5, $0 % 5 * 40, 300 + $0 % 90, amount($0)) }
        }
        let constant = forecast(spends { _ in 9.99 })
        check(constant, "constant")
        guard case .constant(let price) = constant.spend else {
            Issue.record("\(constant.spend)")
            return
        }
        #expect(near(price, 9.99, 1e-12))
        for (name, amount) in [
            ("two prices", { $0 / 5 % 2 == 0 ? 9.99 : 19.99 }), ("nothing", { _ in 0 }),
            ("less than nothing", { _ in -5 }),
            ("some nothing", { $0 / 5 % 3 == 0 ? 0 : 20 }), ("one huge", { $0 == 7 ? 1e9 : 20 + Double($0 % 7) }),
            ("heavy", { 20 * pow((Double($0 * 37 % 401) + 0.5) / 401, -1 / 0.8) }),
            ("tiny", { 1e-9 * Double(1 + $0 % 9) }),
        ] as [(String, (Int) -> Double)] {
            let found = forecast(spends(amount))
            check(found, name)
            switch name {
            case "nothing", "less than nothing":
                guard case .refused(.noRepeatSpend) = found.spend else {
                    Issue.record("\(name): \(found.spend)")
                    continue
                }
            case "two prices":
                guard case .fitted(let fit) = found.spend else {
                    Issue.record("\(name): \(found.spend)")
                    continue
                }
                // Who has paid 9.99 four times pays 9.99 the next time.
                let expected = fit.model.expectedAmount(frequency: 4, spend: 4 * 9.99) ?? .nan
                #expect(abs(expected - 9.99) < 1, "\(expected)")
            case "heavy":
                #expect(
                    found.flags.contains { if case .fewOrdersDominate = $0 { true } else { false } }, "\(found.flags)")
            default: break
            }
        }
    }

    /// A stream that begins in the middle, be it that nobody is new for two months.
    @Test func historiesThatStartMidStream() {
        func days(_ starts: [Int]) -> Double? {
            CustomerBase(
                starts.map {
                    ForecastCustomer(
                        firstDay: $0, history: BuyerHistory(frequency: 0, recency: 0, age: 400 - $0), spend: 0)
                }, repeats: [:], days: 400, knownDays: nil
            ).spikeAtStart
        }
        #expect(days((0..<400).map { $0 }) == nil)
        #expect(days((0..<300).map { $0 % 30 }) == nil, "one campaign, and nobody after it")
        #expect(days((0..<300).map { $0 % 30 } + (0..<60).map { 100 + $0 }) == .infinity)
        #expect(days((0..<300).map { $0 % 30 } + (0..<60).map { 30 + $0 }) == 10)
    }

    /// The same numbers whatever the order of the rows and the unit of time.
    @Test func orderAndUnit() throws {
        let made = SimulationTests.customers(
            3_000, BetaGeometric(.bg, r: 0.7, alpha: 9, a: 0.8, b: 2.5), GammaGamma(p: 5, q: 4, gamma: 60), span: 600,
            horizon: 0, seed: 23
        ).base
        var random = RandomNumbers(seed: 1)
        let shuffled = made.shuffled(using: &random)
        let (first, second) = (forecast(made), forecast(shuffled))
        #expect(first.base.cells == second.base.cells)
        #expect(first.models?.chosen.model == second.models?.chosen.model)
        #expect(first.spend.model == second.spend.model)
        var (a, b) = (try #require(first.expectations), try #require(second.expectations))
        #expect(a.value(of: first.base.cells) == b.value(of: second.base.cells))
        let ranges = first.intervals?.ranges(of: first.base.cells)
        #expect(ranges?.orders == second.intervals?.ranges(of: second.base.cells).orders && ranges != nil)
        // In days of 24 hours, of 12 and of 8: the same customers, another count.
        let fit = try #require(first.models?.chosen)
        for factor in [2, 3] {
            let scaled = made.map {
                BuyerHistory(
                    frequency: $0.history.frequency, recency: $0.history.recency * factor, age: $0.history.age * factor)
            }
            let other = try #require(BuyerGroups(scaled).fit(fit.model.variant))
            #expect(near(other.model.r, fit.model.r, 1e-9) && near(other.model.a, fit.model.a, 1e-8))
            #expect(near(other.model.alpha, fit.model.alpha * Double(factor), 1e-9))
            #expect(other.iterations == fit.iterations)
        }
    }
}
