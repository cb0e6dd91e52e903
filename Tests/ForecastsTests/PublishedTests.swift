import Forecasts
import Foundation
import Testing

/// Numbers that others published on CDNOW: at their parameters the code has what another program computed anew, to nine
/// digits, and what was printed, to the printed digits.
@Suite struct PublishedTests {
    /// A row of the file, computed by the code.
    private struct Own {
        var value: Double
        /// How far the printed number is from this one, as a share, and why; nil where it has the printed digits.
        var printed: (within: Double, because: String)?
    }

    /// Printed to seven digits; found by the recomputed numbers, all of which they give.
    private static let vignette = BetaGeometric(.bg, r: 0.2425967, alpha: 4.413659, a: 0.7929869, b: 2.426164)
    private static let article = BetaGeometric(.bg, r: 0.243, alpha: 4.414, a: 0.793, b: 2.426)
    private static let pareto = ParetoNegativeBinomial(r: 0.5534, alpha: 10.5802, s: 0.6061, beta: 11.6562)
    private static let rounded = GammaGamma(p: 6.25, q: 3.74, gamma: 15.44)

    @Test func everyRow() throws {
        guard let file = try CDNOW.json("cdnow_published_check.json"), let buyers = try CDNOW.buyers(),
            let reference = try CDNOW.json("cdnow_sample.reference.json")
        else { return }
        let rows = file.list("rows")
        var checked = 0
        for row in rows {
            let (quantity, at) = (row["quantity"] as? String ?? "", row["at"] as? String ?? "")
            guard let own = try own(quantity, at, reference, buyers) else {
                Issue.record("nothing is computed for \(quantity) at \(at)")
                continue
            }
            let (recomputed, published) = (row.number("recomputed"), row.number("published"))
            #expect(close(own.value, recomputed, 1e-9), "\(quantity) at \(at): \(own.value) for \(recomputed)")
            if let (tolerance, because) = own.printed {
                #expect(close(own.value, published, tolerance), "\(quantity) at \(at): \(own.value), \(because)")
            } else {
                let digits = abs(own.value - published) <= 0.5001 * Self.lastPlace(published)
                #expect(digits, "\(quantity) at \(at): \(own.value) is printed \(published)")
            }
            checked += 1
        }
        // None is left out.
        #expect(checked == rows.count && checked == 68, "\(checked) of \(rows.count)")
    }

    /// - Returns: nil for rows that are not known.
    private func own(
        _ quantity: String, _ at: String, _ reference: [String: Any], _ buyers: [CDNOW.Buyer]
    ) throws -> Own? {
        let numbers = Self.numbers(quantity)
        if quantity.hasSuffix(" LL") { return logLikelihood(quantity, at, reference, buyers).map { Own(value: $0) } }
        if quantity.hasPrefix("BG") {
            let model = ["own MLE": reference.model(.bg), "BTYD params": Self.vignette][at] ?? Self.article
            return betaGeometric(quantity, numbers, model)
        }
        if quantity.hasPrefix("MBG") {
            let model = BetaGeometric(.mbg, r: 0.25, alpha: 4, a: 0.8, b: 2.5)
            return betaGeometric(quantity, numbers, model)
        }
        if quantity.hasPrefix("PN") {
            let isOwn = at == "own MLE"
            return paretoNegativeBinomial(quantity, numbers, isOwn ? reference.pareto : Self.pareto, isOwn: isOwn)
        }
        if quantity.hasPrefix("GG E(M) customer"), let id = numbers.first {
            let customer = try #require(reference.list("customers").first { $0["id"] as? String == String(Int(id)) })
            let x = Int(customer.number("x"))
            // The label has the mean amount to the cent, and the row is of that.
            let mean = numbers.count == 3 ? numbers[2] : customer.number("m_x")
            let model = at == "own MLE" ? reference.spend : Self.rounded
            let amount = model.expectedAmount(frequency: x, spend: mean * Double(x)) ?? .nan
            return Own(value: amount, printed: at == "own MLE" ? nil : (2e-3, "at parameters of three digits"))
        }
        if quantity.hasPrefix("CLV customer 1 ") {
            // "Months" of 30 weeks: the package took its 30 days for weeks. At the times that its own summary rounds.
            let value = Self.valueByMonths(of: reference, weeksPerMonth: 30)
            return Own(value: value, printed: (5e-5, "at lifetimes' own fit, to times of two digits"))
        }
        return nil
    }

    private func logLikelihood(
        _ quantity: String, _ at: String, _ reference: [String: Any], _ buyers: [CDNOW.Buyer]
    ) -> Double? {
        func sum(_ one: (Int, Double, Double) -> Double) -> Double {
            buyers.reduce(0) { $0 + one($1.history.frequency, $1.recency, $1.age) }
        }
        switch (quantity, at) {
        case ("BG/NBD LL", _):
            let model = at == "own MLE" ? reference.model(.bg) : Self.vignette
            return sum { model.logLikelihood(frequency: $0, recency: $1, age: $2) }
        case ("Pareto/NBD LL", _):
            let vignette = ParetoNegativeBinomial(r: 0.553, alpha: 10.58, s: 0.606, beta: 11.658)
            let model = at == "own MLE" ? reference.pareto : vignette
            return sum { model.logLikelihood(frequency: $0, recency: $1, age: $2) }
        case ("GG LL", "own MLE"): return buyers.spends.fit()?.logLikelihood
        default: return nil
        }
    }

    private func betaGeometric(_ quantity: String, _ numbers: [Double], _ model: BetaGeometric) -> Own? {
        let words = quantity.split(separator: " ")
        switch (words[1], numbers.count) {
        case ("CET", 4):
            return Own(
                value: model.expectedPurchases(
                    frequency: Int(numbers[1]), recency: Self.recency(numbers[2]), age: numbers[3], within: numbers[0]))
        case ("P(alive)", 3):
            return Own(
                value: model.aliveProbability(
                    frequency: Int(numbers[0]), recency: Self.recency(numbers[1]), age: numbers[2]))
        case ("E[X(t)]", 1), ("E[X(52)]", 1):
            let why = (2e-4, "at parameters of other digits")
            return Own(value: model.newCustomerPurchases(within: numbers[0]), printed: numbers[0] == 78 ? why : nil)
        case ("logp", _):
            let given = BetaGeometric(model.variant, r: 0.25, alpha: 4, a: 0.8, b: 2.5)
            let isNew = numbers[0] == 0
            return Own(
                value: given.logLikelihood(
                    frequency: Int(numbers[0]), recency: isNew ? 0 : numbers[1], age: isNew ? numbers[1] : numbers[2]))
        case (let word, 2) where word.hasPrefix("P(X("):
            return Own(value: model.chance(of: Int(numbers[1]), within: numbers[0]))
        default: return nil
        }
    }

    private func paretoNegativeBinomial(
        _ quantity: String, _ numbers: [Double], _ model: ParetoNegativeBinomial, isOwn: Bool
    ) -> Own? {
        // The parameters that it was printed for have more digits than were printed.
        let because = (5e-4, "at parameters of four digits")
        let words = quantity.split(separator: " ")
        switch (words[1], numbers.count) {
        case ("CET", 4):
            let value = model.expectedPurchases(
                frequency: Int(numbers[1]), recency: Self.recency(numbers[2]), age: numbers[3], within: numbers[0])
            return Own(value: value, printed: because)
        case ("P(alive)", 3):
            let value = model.aliveProbability(
                frequency: Int(numbers[0]), recency: Self.recency(numbers[1]), age: numbers[2])
            return Own(value: value, printed: because)
        case (_, 1):
            let value = model.newCustomerPurchases(within: numbers[0])
            if isOwn { return Own(value: value, printed: (6e-3, "printed for .55, 10.56, .61, 11.64")) }
            // Of one these are all the digits of a double.
            return Own(value: value, printed: numbers[0] == 52 ? because : (1e-12, "all digits"))
        default: return nil
        }
    }

    /// What the package's manual prints is of parameters that its example has.
    @Test func theManualOfBTYD() throws {
        guard let rows = try CDNOW.json("cdnow_published_check.json")?.list("rows") else { return }
        let model = ParetoNegativeBinomial(r: 0.55, alpha: 10.56, s: 0.61, beta: 11.64)
        let own = rows.filter { $0["source"] as? String == "BTYD.pdf (lifetimes test)" }
        for row in own {
            let (time, published) = (Self.numbers(row["quantity"] as? String ?? "")[0], row.number("published"))
            let value = model.newCustomerPurchases(within: time)
            #expect(abs(value - published) <= 0.5001 * Self.lastPlace(published), "\(time): \(value) \(published)")
        }
        #expect(own.count == 9)
    }

    /// Expected purchases without an end, discounted (DERT): no report looks beyond ten years, so the module has no function
    /// of it. It is an integral of the expectations that it has.
    @Test func withoutAnEnd() throws {
        guard let file = try CDNOW.json("cdnow_published_check.json")?.object("dert"),
            let values = try CDNOW.json("cdnow_clv_reference.json"), let buyers = try CDNOW.buyers(),
            let reference = try CDNOW.json("cdnow_sample.reference.json")
        else { return }
        func discounted(
            _ model: ParetoNegativeBinomial, _ x: Int, _ recency: Double, _ age: Double, _ discount: Double
        ) -> Double {
            // ∫ e^(-dt) dE(t) = d ∫ e^(-dt) E(t) dt, up to where e^(-dt) is below the digits of a double.
            integral(to: 50) {
                exp(-$0) * model.expectedPurchases(frequency: x, recency: recency, age: age, within: $0 / discount)
            }
        }
        // Of the manual of BTYD.
        let manual = ParetoNegativeBinomial(r: 0.5629966, alpha: 12.559037, s: 0.4081095, beta: 10.5148048)
        #expect(close(discounted(manual, 7, 35, 77.86, 0.0027), file.number("x7_tx35_T77_86"), 1e-9))
        let known = file.numbers("x1_10_tx30")
        #expect(known.count == 10)
        for (index, expected) in known.enumerated() {
            let value = discounted(manual, index + 1, 30, 77.86, 0.0027)
            #expect(close(value, expected, 1e-9), "\(index + 1): \(value) \(expected)")
        }
        let byID = Dictionary(uniqueKeysWithValues: buyers.map { ($0.id, $0) })
        var checked = 0
        for customer in values.list("customers") where customer["pareto_DERT_infinite"] is Double {
            let buyer = try #require(byID[Int(customer.number("id"))])
            let value = discounted(
                reference.pareto, buyer.history.frequency, buyer.recency, buyer.age, values.number("delta_per_week"))
            #expect(close(value, customer.number("pareto_DERT_infinite"), 1e-9), "\(buyer.id): \(value)")
            checked += 1
        }
        #expect(checked == 10)
    }

    @Test func theRightMonths() throws {
        guard let file = try CDNOW.json("cdnow_published_check.json"),
            let reference = try CDNOW.json("cdnow_sample.reference.json")
        else { return }
        let value = Self.valueByMonths(of: reference, weeksPerMonth: 52.0 / 12)
        #expect(close(value, file.number("clv12_customer1_correct"), 1e-9), "\(value)")
    }

    /// Of customer 1, times and amount of two digits: twelve months, each discounted by 1 % a month from its end.
    private static func valueByMonths(of reference: [String: Any], weeksPerMonth: Double) -> Double {
        let model = reference.model(.bg)
        func purchases(_ months: Double) -> Double {
            model.expectedPurchases(frequency: 2, recency: 30.43, age: 38.86, within: months * weeksPerMonth)
        }
        let amount = reference.spend.expectedAmount(frequency: 2, spend: 2 * 22.35) ?? .nan
        return amount * (1...12).map(Double.init).reduce(0) { $0 + (purchases($1) - purchases($1 - 1)) / pow(1.01, $1) }
    }

    /// The last purchase of one customer is printed 30.857, which is 216 days.
    private static func recency(_ weeks: Double) -> Double { abs(weeks * 7 - 216) < 0.01 ? 216.0 / 7 : weeks }

    /// All numbers of a text, in their order.
    private static func numbers(_ text: String) -> [Double] {
        text.split { !$0.isNumber && $0 != "." }.compactMap { Double($0) }
    }

    /// What one of the last printed place is worth.
    private static func lastPlace(_ value: Double) -> Double {
        let parts = "\(value)".split(separator: "e")
        let decimals = parts[0].split(separator: ".").last.map { $0 == "0" ? 0 : $0.count } ?? 0
        return pow(10, Double(-decimals + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)))
    }
}
