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

    /// The verdict is that one, and where there are numbers, all of them are finite.
    private func check(_ forecast: Forecast, _ verdict: ForecastVerdict, _ name: String) {
        #expect(forecast.verdict == verdict, "\(name): \(forecast.verdict) \(forecast.flags)")
        var isRefused = false
        if case .refused = forecast.verdict { isRefused = true }
        #expect((forecast.expectations == nil) == isRefused, "\(name)")
        guard var expectations = forecast.expectations else {
            #expect(forecast.intervals == nil, "\(name)")
            return
        }
        let all = expectations.value(of: forecast.base.cells)
        #expect(all.orders.isFinite && all.orders >= 0 && all.withoutOrder.isFinite, "\(name): \(all)")
        #expect(all.value?.isFinite ?? true, "\(name): \(all)")
        for cell in forecast.base.cells {
            let one = expectations.customer(cell.history, spend: cell.spend / Double(cell.customers))
            #expect(one.orders.isFinite && one.orders >= 0, "\(name) \(cell): \(one)")
            #expect((0...1).contains(one.noOrderChance) && (0...1).contains(one.aliveChance), "\(name) \(cell): \(one)")
            #expect(one.daysBetweenOrders.isFinite && (one.value?.isFinite ?? true), "\(name) \(cell): \(one)")
        }
        // There are ranges where the parameters are known, and of the value where there is one.
        #expect((forecast.intervals == nil) == forecast.flags.contains(.notIdentified), "\(name)")
        guard let ranges = forecast.intervals?.ranges(of: forecast.base.cells) else { return }
        #expect((ranges.value == nil) == (all.value == nil), "\(name)")
        for range in [ranges.orders, ranges.value].compactMap(\.self) {
            #expect(range.low.isFinite && range.high.isFinite, "\(name): \(range)")
            #expect(range.low >= 0 && range.low <= range.high, "\(name): \(range)")
        }
        #expect(ranges.orders.contains(all.orders), "\(name): \(ranges) \(all)")
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
        check(steady, .upperEstimate, "steady")
        #expect(steady.flags.contains(.noEvidenceOfLeaving), "\(steady.flags)")
        // Nobody has come back after one repeat purchase of long ago.
        check(forecast((0..<300).map { _ in customer(1, 2, 360) }), .refused(.alike), "gone")
        check(forecast((0..<300).map { customer($0 % 2, $0 % 2 * 30, 360) }), .refused(.alike), "two kinds")
        // Everybody bought twice, twenty days apart.
        check(forecast((0..<600).map { customer(1, 20, 100 + $0 % 400) }), .refused(.alike), "alike")
    }

    @Test func aSingleCustomerOfThousandsOfPurchases() {
        var customers = (0..<400).map { customer($0 % 4, $0 % 4 * 25, 300 + $0 % 90) }
        customers.append(customer(2_000, 2_900, 3_000, 7))
        check(forecast(customers, days: 3_000), .usable, "one of 2,000")
    }

    /// Customers who came today say nothing of any model, and are forecast as new ones.
    @Test func customersOfToday() throws {
        let known = Simulation.customers(2_000, span: 700, seed: 6).forecasts(until: 700)
        let today = (0..<300).map { _ in
            ForecastCustomer(firstDay: 700, history: BuyerHistory(frequency: 0, recency: 0, age: 0), spend: 0)
        }
        for variant in BetaGeometric.Variant.allCases {
            let without = try #require(BuyerGroups(known.map(\.history)).fit(variant))
            let fit = try #require(BuyerGroups((known + today).map(\.history)).fit(variant))
            #expect(fit.customers == without.customers + 300)
            #expect(close(fit.logLikelihood, without.logLikelihood, 1e-12), "\(variant)")
            for (a, b) in zip(fit.model.parameters, without.model.parameters) {
                #expect(close(a, b, 1e-8), "\(variant)")
            }
        }
        let found = forecast(known + today, days: 700)
        check(found, .usable, "today")
        var expectations = try #require(found.expectations)
        let one = expectations.customer(BuyerHistory(frequency: 0, recency: 0, age: 0), spend: 0)
        #expect(close(one.orders, expectations.timing.newCustomerPurchases(within: 52), 1e-12))
        #expect(close(one.averageOrder ?? .nan, found.spend.model?.meanAmount ?? .nan, 1e-12))
    }

    @Test func amounts() {
        let customers = Simulation.customers(1_500, span: 700, seed: 6).forecasts(until: 700)
        func spends(_ amount: (Int) -> Double) -> [ForecastCustomer] {
            customers.enumerated().map { index, customer in
                var customer = customer
                customer.spend = amount(index) * Double(customer.history.frequency)
                return customer
            }
        }
        let constant = forecast(spends { _ in 9.99 }, days: 700)
        check(constant, .usable, "constant")
        guard case .constant(let price) = constant.spend else {
            Issue.record("\(constant.spend)")
            return
        }
        #expect(close(price, 9.99, 1e-12))
        for (name, amount) in [
            ("two prices", { $0 / 5 % 2 == 0 ? 9.99 : 19.99 }), ("nothing", { _ in 0 }),
            ("less than nothing", { _ in -5 }),
            ("some nothing", { $0 / 5 % 3 == 0 ? 0 : 20 }), ("one huge", { $0 == 7 ? 1e9 : 20 + Double($0 % 7) }),
            ("heavy", { 20 * pow((Double($0 * 37 % 401) + 0.5) / 401, -1 / 0.8) }),
            ("tiny", { 1e-9 * Double(1 + $0 % 9) }),
        ] as [(String, (Int) -> Double)] {
            let found = forecast(spends(amount), days: 700)
            check(found, .usable, name)
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
        let made = Simulation.customers(
            3_000, BetaGeometric(.bg, r: 0.7, alpha: 9, a: 0.8, b: 2.5), span: 600, seed: 23
        ).forecasts(until: 600)
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
