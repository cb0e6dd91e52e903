import Forecasts
import Testing

/// Fits and expectations on CDNOW against published numbers and against other code.
@Suite struct ReferenceTests {
    private func groups(_ buyers: [CDNOW.Buyer]) -> BuyerGroups { BuyerGroups(buyers.map(\.history)) }

    @Test func theSummaryOfTheLog() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        let groups = groups(buyers)
        #expect(Double(groups.customers) == reference.number("n_customers"))
        #expect(Double(groups.groups.count) == reference.number("distinct_x_tx_T"))
        #expect(Double(groups.repeats) == reference.number("sum_x"))
        #expect(Double(groups.customers - groups.repeaters) == reference.number("zero_repeat"))
        #expect(Double(buyers.reduce(0) { $0 + $1.later }) == reference.number("sum_x_star"))
    }

    @Test func fits() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        let groups = groups(buyers)
        func check(
            _ name: String, _ parameters: [Double], _ logLikelihood: Double, _ names: [String], _ tolerance: Double,
            _ fit: (covariance: SymmetricMatrix?, eigenvalues: [Double])
        ) {
            let expected = reference.object("fits").object(name)
            let values = expected.object("params").isEmpty ? expected : expected.object("params")
            for (value, key) in zip(parameters, names) {
                #expect(near(value, values.number(key), tolerance), "\(name) \(key): \(value) | \(values.number(key))")
            }
            #expect(abs(logLikelihood - expected.number("LL")) < 1e-5, "\(name): \(logLikelihood)")
            if let covariance = expected["cov_log"] as? [[Double]] {
                for i in names.indices {
                    for j in names.indices {
                        #expect(
                            near(fit.covariance?[i, j] ?? .nan, covariance[i][j], tolerance * 10), "\(name) \(i) \(j)")
                    }
                }
                let eigenvalues = expected["hess_eig_log"] as? [Double] ?? []
                for (a, b) in zip(fit.eigenvalues, eigenvalues) {
                    #expect(near(a, b, tolerance * 10), "\(name) \(a) \(b)")
                }
            }
        }
        let nbd = try #require(groups.fitNegativeBinomial())
        check("NBD", [nbd.model.r, nbd.model.alpha], nbd.logLikelihood, ["r", "alpha"], 1e-5, (nil, []))
        for variant in BetaGeometric.Variant.allCases {
            let fit = try #require(groups.fit(variant))
            #expect(fit.isIdentified && fit.iterations <= 20, "\(variant): \(fit.iterations) iterations")
            check(
                variant.rawValue, fit.model.parameters, fit.logLikelihood, ["r", "alpha", "a", "b"], 1e-5,
                (fit.covariance, fit.eigenvalues))
        }
        let pareto = try #require(groups.fitPareto())
        check(
            "Pareto/NBD", pareto.model.parameters, pareto.logLikelihood, ["r", "alpha", "s", "beta"], 1e-3,
            (pareto.covariance, pareto.eigenvalues))
        let spend = try #require(
            SpendHistories(buyers.map { ($0.history.frequency, Double($0.spend) / 100) }).fit())
        #expect(spend.customers == 946)
        check(
            "Gamma-Gamma", spend.model.parameters, spend.logLikelihood, ["p", "q", "gamma"], 1e-5,
            (spend.covariance, spend.eigenvalues))
        let errors = try #require(groups.fit(.bg)).standardErrors([0.242594522, 4.413602019, 0.792922017, 2.425906777])
        let expected = reference.object("fits").object("BG/NBD").object("se")
        for (error, name) in zip(errors ?? [], ["r", "alpha", "a", "b"]) {
            #expect(near(error, expected.number(name), 1e-5), "\(name): \(error)")
        }
        #expect(errors?.count == 4)
    }

    @Test func customers() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        let fits = reference.object("fits")
        let byID = Dictionary(uniqueKeysWithValues: buyers.map { (String($0.id), $0) })
        var checked = 0
        for customer in reference.list("customers") {
            let id = try #require(customer["id"] as? String)
            let buyer = try #require(byID[String(Int(id) ?? -1)])
            let (x, recency, age) = (
                buyer.history.frequency, Double(buyer.history.recency) / 7, Double(buyer.history.age) / 7
            )
            #expect(Double(x) == customer.number("x") && near(age, customer.number("T"), 1e-12))
            for variant in BetaGeometric.Variant.allCases {
                let at = fits.object(variant.rawValue).object("params")
                let model = BetaGeometric(
                    variant, r: at.number("r"), alpha: at.number("alpha"), a: at.number("a"), b: at.number("b"))
                let alive = model.aliveProbability(frequency: x, recency: recency, age: age)
                #expect(near(alive, customer.number("p_alive \(variant.rawValue)"), 1e-9), "\(id) \(variant)")
                let expected = model.expectedPurchases(frequency: x, recency: recency, age: age, within: 39)
                #expect(near(expected, customer.number("cet \(variant.rawValue)"), 1e-9), "\(id) \(variant)")
            }
            let at = fits.object("Pareto/NBD").object("params")
            let pareto = ParetoNegativeBinomial(
                r: at.number("r"), alpha: at.number("alpha"), s: at.number("s"), beta: at.number("beta"))
            let alive = pareto.aliveProbability(frequency: x, recency: recency, age: age)
            #expect(near(alive, customer.number("p_alive Pareto/NBD"), 1e-9), "\(id) Pareto \(alive)")
            let expected = pareto.expectedPurchases(frequency: x, recency: recency, age: age, within: 39)
            #expect(near(expected, customer.number("cet Pareto/NBD"), 1e-9), "\(id) Pareto \(expected)")
            let money = fits.object("Gamma-Gamma").object("params")
            let spend = GammaGamma(p: money.number("p"), q: money.number("q"), gamma: money.number("gamma"))
            let amount = spend.expectedAmount(frequency: x, spend: Double(buyer.spend) / 100) ?? .nan
            #expect(near(amount, customer.number("gg_mean"), 1e-9), "\(id) amount \(amount)")
            checked += 1
        }
        #expect(checked >= 10)
    }

    @Test func edgeCases() throws {
        guard let cases = try CDNOW.json("bgnbd_edge_cases.json")?.list("list") else { return }
        for edge in cases {
            let name = edge["case"] as? String ?? ""
            let at = edge["params"] as? [Double] ?? []
            let model = BetaGeometric(.bg, r: at[0], alpha: at[1], a: at[2], b: at[3])
            let (x, recency, age) = (Int(edge.number("x")), edge.number("t_x"), edge.number("T"))
            let alive = model.aliveProbability(frequency: x, recency: recency, age: age)
            #expect(near(alive, edge.number("p_alive"), 1e-9), "\(name): \(alive)")
            let expected = model.expectedPurchases(frequency: x, recency: recency, age: age, within: edge.number("t"))
            #expect(
                near(expected, edge.number("cet_exact"), 1e-9), "\(name): \(expected) | \(edge.number("cet_exact"))")
        }
        #expect(cases.count >= 15)
    }
}
