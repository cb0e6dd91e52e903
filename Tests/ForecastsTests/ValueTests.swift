import Forecasts
import Testing

/// Values, holdout and tracking of CDNOW against numbers that other code computed.
@Suite struct ValueTests {
    private static let weeks52 = Horizon(weeks: 52, annualRate: 0.1)

    private func model(_ reference: [String: Any], _ variant: BetaGeometric.Variant) -> BetaGeometric {
        let at = reference.object("fits").object(variant.rawValue).object("params")
        return BetaGeometric(
            variant, r: at.number("r"), alpha: at.number("alpha"), a: at.number("a"), b: at.number("b"))
    }

    @Test func lifetimeValues() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_clv_reference.json") else {
            return
        }
        let (at, money) = (reference["bgnbd"] as? [Double] ?? [], reference["gg"] as? [Double] ?? [])
        let timing = BetaGeometric(.bg, r: at[0], alpha: at[1], a: at[2], b: at[3])
        let spend = GammaGamma(p: money[0], q: money[1], gamma: money[2])
        #expect(near(Self.weeks52.discount, reference.number("delta_per_week"), 1e-12))
        var (orders, discounted, value, undiscounted) = (0.0, 0.0, 0.0, 0.0)
        var byID: [Int: (discounted: Double, value: Double, orders: Double)] = [:]
        for buyer in buyers {
            let history = buyer.history
            let (x, recency, age) = (history.frequency, Double(history.recency) / 7, Double(history.age) / 7)
            let alive = timing.aliveProbability(frequency: x, recency: recency, age: age)
            let purchases = timing.purchasesWhileAlive(frequency: x, age: age, within: Self.weeks52)
            let amount = try #require(spend.expectedAmount(frequency: x, spend: Double(buyer.spend) / 100))
            orders += alive * purchases.all
            discounted += alive * purchases.discounted
            value += alive * purchases.discounted * amount
            undiscounted += alive * purchases.all * amount
            byID[buyer.id] = (
                alive * purchases.discounted, alive * purchases.discounted * amount, alive * purchases.all
            )
        }
        #expect(near(orders, reference.number("total_purchases"), 1e-9), "\(orders)")
        #expect(near(discounted, reference.number("total_discounted_purchases"), 1e-9), "\(discounted)")
        #expect(near(value, reference.number("total_clv"), 1e-9), "\(value)")
        #expect(near(undiscounted, reference.number("total_undiscounted"), 1e-9), "\(undiscounted)")
        let customers = reference.list("customers")
        #expect(customers.count >= 20)
        for customer in customers {
            let found = try #require(byID[Int(customer.number("id"))])
            #expect(near(found.discounted, customer.number("discounted52"), 1e-9))
            #expect(near(found.orders, customer.number("purchases52"), 1e-9))
            #expect(near(found.value, customer.number("clv52"), 1e-9), "\(customer)")
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
            #expect(near(moments.mean, expected, 1e-9), "\(model) \(x) \(age) \(weeks): \(moments.mean) \(expected)")
            #expect(moments.square >= moments.mean * moments.mean)
            let horizon = Horizon(weeks: weeks, annualRate: 0)
            #expect(
                near(model.purchasesWhileAlive(frequency: x, age: age, within: horizon).discounted, expected, 1e-12))
            let worth = model.purchasesWhileAlive(
                frequency: x, age: age, within: Horizon(weeks: weeks, annualRate: 0.2)
            ).discounted
            #expect(worth < expected && worth > expected * 0.6)
        }
    }

    @Test func holdout() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json"),
            let values = try CDNOW.json("cdnow_clv_reference.json")
        else { return }
        let groups = BuyerGroups(buyers.map(\.history))
        let cells = buyers.map {
            HoldoutCell(
                $0.history, later: $0.later, spend: Double($0.spend) / 100, laterSpend: Double($0.laterSpend) / 100)
        }
        let spend = SpendModel(SpendHistories(buyers.map { ($0.history.frequency, Double($0.spend) / 100) }))
        let baseline = try #require(groups.fitNegativeBinomial())
        for variant in BetaGeometric.Variant.allCases {
            let fit = try #require(groups.fit(variant))
            let holdout = try #require(Holdout(cells, fit, baseline, spend, weeks: 39))
            let expected = reference.object("holdout").object(variant.rawValue)
            let outcome = try #require(holdout.outcomes[.model])
            #expect(Double(holdout.actual) == expected.number("actual"))
            #expect(near(outcome.predicted, expected.number("predicted"), 1e-6), "\(outcome.predicted)")
            #expect(near((outcome.error ?? .nan) * 100, expected.number("pct_error"), 1e-5))
            #expect(near(outcome.meanAbsoluteError, expected.number("MAE"), 1e-6))
            #expect(near(holdout.predictedSpend ?? .nan, expected.number("spend_predicted"), 1e-6))
            #expect(near(holdout.actualSpend, reference.number("spend_star_actual"), 1e-9))
            let share = try #require(outcome.topDecileShare)
            #expect(abs(share - expected.number("top_decile_share_of_actual")) < 0.01, "\(share)")
            for (row, known) in zip(holdout.classes, reference.list("by_frequency")) {
                #expect(row.label == known["x"] as? String && Double(row.customers) == known.number("n"))
                let n = Double(row.customers)
                #expect(near(Double(row.actual) / n, known.number("actual"), 1e-9))
                #expect(near((row.predicted[.model] ?? .nan) / n, known.number(variant.rawValue), 1e-6))
                #expect(near((row.predicted[.sameRate] ?? .nan) / n, known.number("naive_same_rate"), 1e-9))
            }
            #expect(holdout.classes.count == 8)
            if variant == .bg {
                let naive = reference.object("holdout").object("naive_same_rate")
                #expect(near(holdout.outcomes[.sameRate]?.predicted ?? .nan, naive.number("predicted"), 1e-9))
                #expect(near(holdout.outcomes[.sameRate]?.meanAbsoluteError ?? .nan, naive.number("MAE"), 1e-9))
                // The range of the reference is simulated customer by customer; the truth is outside of both.
                let range = values.object("holdout_total_interval90")["param_plus_process"] as? [Double] ?? []
                let interval = try #require(holdout.interval)
                #expect(abs(interval.low - range[0]) < 20 && abs(interval.high - range[1]) < 20, "\(interval) \(range)")
                #expect(!interval.contains(1882) && holdout.missed)
            }
        }
    }

    @Test func tracking() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        var firsts: [Int: Int] = [:]
        let oldest = buyers.map(\.history.age).max() ?? 0
        for buyer in buyers { firsts[oldest - buyer.history.age, default: 0] += 1 }
        for variant in BetaGeometric.Variant.allCases {
            let tracking = Tracking(model(reference, variant), firsts: firsts, repeats: [:], days: 78 * 7)
            let expected = reference.object("tracking")[variant.rawValue] as? [Double] ?? []
            #expect(tracking.weeks.count == 78 && expected.count == 78)
            for (week, known) in zip(tracking.weeks, expected) {
                #expect(abs(week.expected - known) < 1e-4, "\(week.week): \(week.expected) \(known)")
            }
        }
    }

    @Test func publishedNumbers() throws {
        guard let rows = try CDNOW.json("cdnow_published_check.json")?.list("rows"),
            let fits = try CDNOW.json("cdnow_sample.reference.json")?.object("fits")
        else { return }
        let own = fits.object("BG/NBD").object("params")
        let bg = BetaGeometric(
            .bg, r: own.number("r"), alpha: own.number("alpha"), a: own.number("a"), b: own.number("b"))
        let published = BetaGeometric(.bg, r: 0.243, alpha: 4.414, a: 0.793, b: 2.426)
        let pn = fits.object("Pareto/NBD").object("params")
        let pareto = ParetoNegativeBinomial(
            r: pn.number("r"), alpha: pn.number("alpha"), s: pn.number("s"), beta: pn.number("beta"))
        let given = BetaGeometric(.bg, r: 0.25, alpha: 4, a: 0.8, b: 2.5)
        let givenMBG = BetaGeometric(.mbg, r: 0.25, alpha: 4, a: 0.8, b: 2.5)
        func bgCell(_ model: BetaGeometric, _ x: Int, _ recency: Double, _ age: Double, _ weeks: Double) -> Double {
            model.expectedPurchases(frequency: x, recency: recency, age: age, within: weeks)
        }
        var checked = 0
        for row in rows {
            let quantity = row["quantity"] as? String ?? ""
            let at = row["at"] as? String ?? ""
            let value: Double?
            var tolerance = 1e-9
            switch (quantity, at) {
            case ("BG CET t=39 x=2 tx=30.43 T=38.86", "published params"):
                value = bgCell(published, 2, 30.43, 38.86, 39)
            case ("BG CET t=39 x=2 tx=30.43 T=38.86", _): value = bgCell(bg, 2, 30.43, 38.86, 39)
            case ("BG logp x=0 T=40 (a=.8 b=2.5 r=.25 al=4)", _):
                value = given.logLikelihood(frequency: 0, recency: 0, age: 40)
            case ("BG logp x=200 tx=38 T=40", _): value = given.logLikelihood(frequency: 200, recency: 38, age: 40)
            case ("MBG logp x=0 T=40", _): value = givenMBG.logLikelihood(frequency: 0, recency: 0, age: 40)
            case ("MBG logp x=200 tx=38 T=40", _): value = givenMBG.logLikelihood(frequency: 200, recency: 38, age: 40)
            case (_, "own MLE") where quantity.hasPrefix("BG E[X(t)] t="):
                value = bg.newCustomerPurchases(within: Double(quantity.dropFirst(13)) ?? .nan)
            case (_, "own MLE") where quantity.hasPrefix("PN E[X("):
                value = pareto.newCustomerPurchases(within: Double(quantity.dropFirst(7).prefix { $0 != ")" }) ?? .nan)
            case ("PN P(alive) x=0 tx=0 T=39", _):
                value = pareto.aliveProbability(frequency: 0, recency: 0, age: 39)
            case (_, "BTYD params") where quantity.hasPrefix("BG CET T*=52 x="):
                // At parameters that are rounded elsewhere.
                let numbers = quantity.split(separator: " ").compactMap { Double($0.drop { !$0.isNumber }) }
                value = numbers.count == 4 ? bgCell(bg, Int(numbers[1]), numbers[2], numbers[3], 52) : nil
                tolerance = 1e-4
            case ("BG P(alive) x=26 tx=30.857 T=31", _):
                value = bg.aliveProbability(frequency: 26, recency: 30.857142857, age: 31)
                tolerance = 1e-4
            case ("BG E[X(52)]", _):
                value = bg.newCustomerPurchases(within: 52)
                tolerance = 1e-4
            default: value = nil
            }
            guard let value else { continue }
            #expect(near(value, row.number("recomputed"), tolerance), "\(quantity) \(at): \(value)")
            checked += 1
        }
        #expect(checked >= 24, "\(checked) of \(rows.count)")
    }
}
