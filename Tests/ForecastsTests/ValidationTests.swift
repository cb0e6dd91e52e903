import Forecasts
import Foundation
import Testing

/// Holdout and tracking of CDNOW against numbers that other code computed.
@Suite struct ValidationTests {
    private static let methods = ["BG/NBD", "MBG/NBD", "Pareto/NBD", "naive_same_rate"]

    @Test func holdout() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        let cells = buyers.map {
            HoldoutCell($0.history, later: $0.later, spend: $0.dollars, laterSpend: Double($0.laterSpend) / 100)
        }
        let baseline = try #require(buyers.groups.fitNegativeBinomial())
        for variant in BetaGeometric.Variant.allCases {
            let fit = try #require(buyers.groups.fit(variant))
            let holdout = try #require(Holdout(cells, fit, baseline, SpendModel(buyers.spends), weeks: 39))
            #expect(Double(holdout.customers) == reference.number("n_customers"))
            #expect(holdout.weeks == reference.object("definition").number("hold_weeks"))
            #expect(close(holdout.actualSpend, reference.number("spend_star_actual"), 1e-12))
            for (method, name) in [(Holdout.Method.model, variant.rawValue), (.sameRate, "naive_same_rate")] {
                let expected = reference.object("holdout").object(name)
                let outcome = try #require(holdout.outcomes[method])
                #expect(Double(holdout.actual) == expected.number("actual"))
                for (name, value) in [
                    ("predicted", outcome.predicted), ("pct_error", (outcome.error ?? .nan) * 100),
                    ("MAE", outcome.meanAbsoluteError), ("top_decile_share_of_actual", outcome.topDecileShare ?? .nan),
                ] {
                    #expect(close(value, expected.number(name), 1e-9), "\(variant) \(method) \(name): \(value)")
                }
            }
            let expected = reference.object("holdout").object(variant.rawValue)
            #expect(close(holdout.predictedSpend ?? .nan, expected.number("spend_predicted"), 1e-9))
            #expect(close((holdout.spendError ?? .nan) * 100, expected.number("spend_pct_error"), 1e-9))
            let rows = reference.list("by_frequency")
            #expect(holdout.classes.count == rows.count && rows.count == 8)
            for (row, known) in zip(holdout.classes, rows) {
                #expect(row.label == known["x"] as? String && Double(row.customers) == known.number("n"))
                let n = Double(row.customers)
                #expect(close(Double(row.actual) / n, known.number("actual"), 1e-9))
                #expect(close((row.predicted[.model] ?? .nan) / n, known.number(variant.rawValue), 1e-9))
                #expect(close((row.predicted[.sameRate] ?? .nan) / n, known.number("naive_same_rate"), 1e-9))
            }
        }
    }

    /// What the module's `Holdout` does not have is computed here of its expectations: Pareto/NBD, which is a cross-check and
    /// is never held against a known period, RMSE, the error of each customer's money, and correlations.
    @Test func everyCustomersForecast() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        let n = Double(buyers.count)
        let amounts = try buyers.map {
            try #require(reference.spend.expectedAmount(frequency: $0.history.frequency, spend: $0.dollars))
        }
        let (later, laterSpend) = (buyers.map { Double($0.later) }, buyers.map { Double($0.laterSpend) / 100 })
        func mean(_ values: some Sequence<Double>) -> Double { values.reduce(0, +) / n }
        func correlation(_ a: [Double], _ b: [Double]) -> Double {
            let (x, y) = (mean(a), mean(b))
            func product(_ p: [Double], _ q: [Double]) -> Double { mean(zip(p, q).map { ($0 - x) * ($1 - y) }) }
            let spread = mean(a.map { ($0 - x) * ($0 - x) }) * mean(b.map { ($0 - y) * ($0 - y) })
            return product(a, b) / spread.squareRoot()
        }
        /// Equal values share the mean of their ranks.
        func ranks(_ values: [Double]) -> [Double] {
            let sorted = values.sorted()
            var places: [Double: (sum: Double, count: Double)] = [:]
            for (place, value) in sorted.enumerated() {
                let known = places[value] ?? (0, 0)
                places[value] = (known.sum + Double(place), known.count + 1)
            }
            return values.map { value in places[value].map { $0.sum / $0.count } ?? .nan }
        }
        for name in Self.methods {
            let predicted = Self.predictions(name, reference, buyers)
            let spends = zip(predicted, amounts).map { $0 * $1 }
            let total = predicted.reduce(0, +)
            // A tenth of the customers, rounded down; no two of them around its end have the same forecast.
            let best = predicted.indices.sorted { predicted[$0] > predicted[$1] }.prefix(buyers.count / 10)
            let expected = reference.object("holdout").object(name)
            var found = [
                "actual": later.reduce(0, +), "predicted": total, "pct_error": (total / later.reduce(0, +) - 1) * 100,
                "MAE": mean(zip(predicted, later).map { abs($0 - $1) }),
                "RMSE": mean(zip(predicted, later).map { ($0 - $1) * ($0 - $1) }).squareRoot(),
                "corr": correlation(predicted, later), "spearman": correlation(ranks(predicted), ranks(later)),
                "top_decile_share_of_actual": best.reduce(0) { $0 + later[$1] } / later.reduce(0, +),
            ]
            if name != "naive_same_rate" {
                let spend = spends.reduce(0, +)
                found["spend_predicted"] = spend
                found["spend_pct_error"] = (spend / laterSpend.reduce(0, +) - 1) * 100
                found["spend_MAE"] = mean(zip(spends, laterSpend).map { abs($0 - $1) })
                found["spend_corr"] = correlation(spends, laterSpend)
            }
            #expect(Set(found.keys) == Set(expected.keys), "\(name)")
            for (key, value) in found {
                #expect(close(value, expected.number(key), 1e-9), "\(name) \(key): \(value)")
            }
            for (place, row) in reference.list("by_frequency").enumerated() {
                let own = buyers.indices.filter { min(buyers[$0].history.frequency, 7) == place }
                let value = own.reduce(0) { $0 + predicted[$1] } / Double(own.count)
                #expect(close(value, row.number(name), 1e-9), "\(name) \(place): \(value)")
            }
        }
    }

    /// Purchases within 39 weeks, by customer.
    private static func predictions(
        _ method: String, _ reference: [String: Any], _ buyers: [CDNOW.Buyer]
    ) -> [Double] {
        buyers.map { buyer in
            let (x, recency, age) = (buyer.history.frequency, buyer.recency, buyer.age)
            if let variant = BetaGeometric.Variant(rawValue: method) {
                return reference.model(variant).expectedPurchases(
                    frequency: x, recency: recency, age: age, within: 39)
            }
            if method == "naive_same_rate" { return Double(x) / age * 39 }
            return reference.pareto.expectedPurchases(frequency: x, recency: recency, age: age, within: 39)
        }
    }

    /// The reference simulated customer by customer, a thousand times, as its mean has three decimals of a thousandth. The
    /// error of its quantiles is .067 of the standard deviation (√(.05 · .95 / 1,000) over the normal density there), and
    /// that of the module's 400 draws of parameters .106 of the part of it that they make.
    @Test func theRangeOfTheHoldout() throws {
        guard let buyers = try CDNOW.buyers(),
            let reference = try CDNOW.json("cdnow_clv_reference.json")?.object("holdout_total_interval90")
        else { return }
        let cells = buyers.map { CustomerCell($0.history, spend: $0.dollars) }.merged()
        let fit = try #require(buyers.groups.fit(.bg))
        let horizon = Horizon(weeks: 39, annualRate: 0)
        var expectations = Expectations(fit.model, .refused(.noRepeatSpend), within: horizon)
        let mean = expectations.value(of: cells).orders
        let (both, process) = (reference.numbers("param_plus_process"), reference.numbers("process_only"))
        // From one end to the other it is 2 · 1.645 standard deviations.
        let (deviation, ofProcess) = ((both[1] - both[0]) / 3.29, (process[1] - process[0]) / 3.29)
        #expect(abs(mean - reference.number("mean")) < 2 * deviation / 1_000.0.squareRoot(), "\(mean)")

        let found = try #require(Intervals(fit, .refused(.noRepeatSpend), within: horizon)).ranges(of: cells).orders
        let ofParameters = (deviation * deviation - ofProcess * ofProcess).squareRoot()
        let error = ((0.067 * deviation) * (0.067 * deviation) + (0.106 * ofParameters) * (0.106 * ofParameters))
            .squareRoot()
        #expect(abs(found.low - both[0]) < 2 * error && abs(found.high - both[1]) < 2 * error, "\(found) \(both)")
        // The truth is outside of both.
        #expect(reference.number("actual") == 1882 && both[1] < 1882 && !found.contains(1882))

        // With parameters that are known exactly.
        var known = fit
        var covariance = SymmetricMatrix(4)
        for index in 0..<4 { covariance[index, index] = 1e-16 }
        known.covariance = covariance
        let own = try #require(Intervals(known, .refused(.noRepeatSpend), within: horizon)).ranges(of: cells).orders
        let tolerance = 2 * 0.075 * ofProcess
        #expect(abs(own.low - process[0]) < tolerance && abs(own.high - process[1]) < tolerance, "\(own) \(process)")
    }

    @Test func tracking() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        let oldest = buyers.map(\.history.age).max() ?? 0
        var (firsts, repeats): ([Int: Int], [Int: Int]) = ([:], [:])
        for buyer in buyers {
            let first = oldest - buyer.history.age
            firsts[first, default: 0] += 1
            for day in buyer.repeats { repeats[first + day, default: 0] += 1 }
        }
        let known = reference.object("tracking")
        let actual = known.numbers("week_end_actual_cum")
        #expect(actual.count == 78 && known.number("calibration_weeks") == 39)
        for name in Self.methods.dropLast() {
            let expected = known.numbers(name)
            #expect(expected.count == 78)
            let own: [Double]
            if let variant = BetaGeometric.Variant(rawValue: name) {
                let weeks = Tracking(reference.model(variant), firsts: firsts, repeats: repeats, days: 78 * 7).weeks
                #expect(weeks.map { Double($0.actual) } == actual)
                own = weeks.map(\.expected)
            } else {
                // The module tracks no Pareto/NBD: here by the same sum.
                own = (1...78).map { week in
                    firsts.filter { $0.key < week * 7 }.reduce(0) {
                        let time = Double(week * 7 - 1 - $1.key) / 7
                        return $0 + Double($1.value) * reference.pareto.newCustomerPurchases(within: time)
                    }
                }
            }
            #expect(own.count == 78)
            // Printed to four decimals.
            for (week, (value, known)) in zip(own, expected).enumerated() {
                #expect(abs(value - known) <= 0.5001e-4, "\(name) \(week + 1): \(value) \(known)")
            }
            check(own, actual, reference.object("tracking_summary").object(name), name)
        }
    }

    /// How far the lines are from each other, in percent.
    private func check(_ own: [Double], _ actual: [Double], _ summary: [String: Any], _ name: String) {
        func mean(_ weeks: Range<Int>, _ error: (Int) -> Double) -> Double {
            let errors = weeks.map(error).filter(\.isFinite)
            return errors.reduce(0, +) / Double(errors.count)
        }
        func ofSums(_ week: Int) -> Double { abs(own[week] / actual[week] - 1) * 100 }
        for (key, value) in [
            ("end_pct_error", (own[77] / actual[77] - 1) * 100), ("cum_MAPE_all", mean(0..<78, ofSums)),
            ("cum_MAPE_holdout", mean(39..<78, ofSums)),
            (
                "weekly_MAPE_holdout",
                mean(39..<78) { abs((own[$0] - own[$0 - 1]) / (actual[$0] - actual[$0 - 1]) - 1) * 100 }
            ),
        ] {
            #expect(close(value, summary.number(key), 1e-9), "\(name) \(key): \(value)")
        }
    }
}
