import Forecasts
import Foundation
import Testing

/// Fits and expectations on CDNOW against other code.
@Suite struct ReferenceTests {
    /// Left out: `n_rows` (lines of the log, which the import has), `corr_x_m` (the module ranks, as amounts are skewed).
    @Test func theSummaryOfTheLog() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        let (groups, spends) = (buyers.groups, buyers.spends)
        let ages = groups.groups.map { Double($0.history.age) / 7 }
        for (name, value) in [
            ("n_customers", groups.customers), ("distinct_x_tx_T", groups.groups.count), ("sum_x", groups.repeats),
            ("zero_repeat", groups.customers - groups.repeaters), ("sum_x_star", buyers.reduce(0) { $0 + $1.later }),
            ("max_x", groups.groups.map(\.history.frequency).max() ?? 0),
            ("T_zero", groups.groups.count { $0.history.age == 0 }), ("gg_n", spends.customers),
            ("gg_dropped_zero_mean", spends.left),
        ] {
            #expect(Double(value) == reference.number(name), "\(name): \(value)")
        }
        #expect([ages.min(), ages.max()] == reference.numbers("T_range"))
        let perRepeat = buyers.reduce(0) { $0 + $1.dollars } / Double(groups.repeats)
        #expect(close(perRepeat, reference.number("mean_spend_per_repeat"), 1e-12))
        let later = Double(buyers.reduce(0) { $0 + $1.laterSpend }) / 100
        #expect(close(later, reference.number("spend_star_actual"), 1e-12))
        // By cents, so that equal means are equal numbers: the exact value. The reference has means of dollars as they came
        // out of a division, some of which are no ties any more.
        let customers = buyers.map {
            ForecastCustomer(firstDay: 0, history: $0.history, spend: Double($0.spend))
        }
        let ranks = try #require(CustomerBase(customers, repeats: [:], days: 272, knownDays: nil).rankCorrelation)
        #expect(close(ranks, 0.20630151658391757, 1e-12), "\(ranks)")
        #expect(close(ranks, reference.number("spearman_x_m"), 1e-4), "\(ranks)")
    }

    /// Left out of `fits`: what tells of the other code's search (`iterations`, `status`, `max_abs_grad_log`).
    @Test func fits() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        let groups = buyers.groups
        func check<Model>(
            _ name: String, _ fit: Fit<Model>, _ parameters: [Double], _ names: [String], _ tolerance: Double,
            curvature: Double = 1e-7
        ) throws {
            let expected = reference.object("fits").object(name)
            let values = expected.object("params").isEmpty ? expected : expected.object("params")
            for (value, key) in zip(parameters, names) {
                #expect(close(value, values.number(key), tolerance), "\(name) \(key): \(value) | \(values.number(key))")
            }
            #expect(abs(fit.logLikelihood - expected.number("LL")) < 1e-6, "\(name): \(fit.logLikelihood)")
            // Of NBD there are no more.
            guard !expected.object("se").isEmpty else { return }
            #expect(Double(fit.customers) == expected.number("n"))
            #expect(abs(fit.akaike - expected.number("AIC")) < 2e-6, "\(name): \(fit.akaike)")
            #expect(fit.isIdentified == expected["identified"] as? Bool, "\(name)")
            let errors = try #require(fit.standardErrors(parameters))
            let covariance = try #require(fit.covariance)
            let rows = try #require(expected["cov_log"] as? [[Double]])
            for (i, key) in names.enumerated() {
                let error = expected.object("se").number(key)
                #expect(close(errors[i], error, curvature), "\(name) \(key): \(errors[i]) | \(error)")
                for j in names.indices {
                    #expect(close(covariance[i, j], rows[i][j], curvature), "\(name) \(i) \(j)")
                }
            }
            let eigenvalues = expected.numbers("hess_eig_log")
            #expect(eigenvalues.count == fit.eigenvalues.count)
            for (a, b) in zip(fit.eigenvalues, eigenvalues) {
                #expect(close(a, b, curvature), "\(name) \(a) \(b)")
            }
        }
        let nbd = try #require(groups.fitNegativeBinomial())
        try check("NBD", nbd, [nbd.model.r, nbd.model.alpha], ["r", "alpha"], 1e-6)
        for variant in BetaGeometric.Variant.allCases {
            let fit = try #require(groups.fit(variant))
            #expect(fit.iterations <= 20, "\(variant): \(fit.iterations) iterations")
            try check(variant.rawValue, fit, fit.model.parameters, ["r", "alpha", "a", "b"], 1e-9)
        }
        let pareto = try #require(groups.fitPareto())
        // The reference has this curvature by differences with some three digits; differences of the fourth order with seven
        // digits, and another quadrature, have the code's.
        try check(
            "Pareto/NBD", pareto, pareto.model.parameters, ["r", "alpha", "s", "beta"], 1e-6, curvature: 2e-3)
        for (a, b) in zip(pareto.eigenvalues, [2.6557079, 84.249165, 286.61385, 1628.3206]) {
            #expect(close(a, b, 1e-6), "\(a) \(b)")
        }
        let spend = try #require(buyers.spends.fit())
        try check("Gamma-Gamma", spend, spend.model.parameters, ["p", "q", "gamma"], 1e-9)
        // A second file has the same fits.
        let again = try #require(try CDNOW.json("cdnow_published_check.json")).object("fits")
        for (name, short) in [("BG/NBD", "BG"), ("MBG/NBD", "MBG"), ("Pareto/NBD", "PN"), ("Gamma-Gamma", "GG")] {
            #expect(again.object(short) as NSDictionary == reference.object("fits").object(name) as NSDictionary)
        }
    }

    /// The Python package lifetimes stops a little before the maximum.
    @Test func lifetimesFoundTheSame() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        func check(_ name: String, _ parameters: [Double], _ logLikelihood: Double, _ names: [String]) {
            let expected = reference.object("lifetimes_0_11_3").object(name)
            let tolerance = expected.number("max_rel_param_diff") * 1.01
            for (value, key) in zip(parameters, names) {
                let other = expected.object("params").number(key)
                #expect(close(value, other, tolerance), "\(name) \(key): \(value) | \(other)")
            }
            let gap = logLikelihood - expected.number("LL")
            #expect(gap > -1e-9 && abs(gap - expected.number("LL_gap")) < 1e-8, "\(name): \(gap)")
        }
        for variant in BetaGeometric.Variant.allCases {
            let fit = try #require(buyers.groups.fit(variant))
            check(variant.rawValue, fit.model.parameters, fit.logLikelihood, ["r", "alpha", "a", "b"])
        }
        let pareto = try #require(buyers.groups.fitPareto())
        check("Pareto/NBD", pareto.model.parameters, pareto.logLikelihood, ["r", "alpha", "s", "beta"])
        let spend = try #require(buyers.spends.fit())
        check("Gamma-Gamma", spend.model.parameters, spend.logLikelihood, ["p", "q", "v"])
    }

    @Test func customers() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        let (pareto, spend) = (reference.pareto, reference.spend)
        let byID = Dictionary(uniqueKeysWithValues: buyers.map { (String($0.id), $0) })
        let customers = reference.list("customers")
        for customer in customers {
            let id = try #require(customer["id"] as? String)
            let buyer = try #require(byID[String(Int(id) ?? -1)])
            let (x, recency, age) = (buyer.history.frequency, buyer.recency, buyer.age)
            #expect(Double(x) == customer.number("x") && Double(buyer.later) == customer.number("x_star"))
            #expect(close(recency, customer.number("t_x"), 1e-12) && close(age, customer.number("T"), 1e-12))
            #expect(close(x == 0 ? 0 : buyer.dollars / Double(x), customer.number("m_x"), 1e-12))
            var values: [(name: String, value: Double)] = [
                ("p_alive Pareto/NBD", pareto.aliveProbability(frequency: x, recency: recency, age: age)),
                ("cet Pareto/NBD", pareto.expectedPurchases(frequency: x, recency: recency, age: age, within: 39)),
                ("gg_mean", spend.expectedAmount(frequency: x, spend: buyer.dollars) ?? .nan),
            ]
            for variant in BetaGeometric.Variant.allCases {
                let (model, name) = (reference.model(variant), variant.rawValue)
                values.append(("p_alive \(name)", model.aliveProbability(frequency: x, recency: recency, age: age)))
                let expected = model.expectedPurchases(frequency: x, recency: recency, age: age, within: 39)
                values.append(("cet \(name)", expected))
            }
            for (name, value) in values {
                #expect(close(value, customer.number(name), 1e-9), "\(id) \(name): \(value) | \(customer.number(name))")
            }
        }
        #expect(customers.count == 11)
        #expect(close(spend.meanAmount ?? .nan, reference.number("pop_mean_gg"), 1e-9))
        for variant in BetaGeometric.Variant.allCases {
            var expectations = Expectations(
                reference.model(variant), .refused(.noRepeatSpend), within: Horizon(weeks: 39, annualRate: 0))
            let alive = expectations.value(of: buyers.map { CustomerCell($0.history, spend: 0) }).alive
            let expected = reference.object("mean_p_alive").number(variant.rawValue)
            #expect(close(alive / Double(buyers.count), expected, 1e-9), "\(variant): \(alive)")
        }
        let alive = buyers.reduce(0) {
            $0 + pareto.aliveProbability(frequency: $1.history.frequency, recency: $1.recency, age: $1.age)
        }
        let expected = reference.object("mean_p_alive").number("Pareto/NBD")
        #expect(close(alive / Double(buyers.count), expected, 1e-9), "Pareto: \(alive)")
    }

    @Test func edgeCases() throws {
        guard let cases = try CDNOW.json("bgnbd_edge_cases.json")?.list("list") else { return }
        for edge in cases {
            let name = edge["case"] as? String ?? ""
            let at = edge.numbers("params")
            let model = BetaGeometric(.bg, r: at[0], alpha: at[1], a: at[2], b: at[3])
            let (x, recency, age) = (Int(edge.number("x")), edge.number("t_x"), edge.number("T"))
            let alive = model.aliveProbability(frequency: x, recency: recency, age: age)
            #expect(close(alive, edge.number("p_alive"), 1e-9), "\(name): \(alive)")
            let expected = model.expectedPurchases(frequency: x, recency: recency, age: age, within: edge.number("t"))
            #expect(
                close(expected, edge.number("cet_exact"), 1e-9), "\(name): \(expected) | \(edge.number("cet_exact"))")
        }
        #expect(cases.count == 15)
    }
}
