import Forecasts
import Foundation
import Testing

/// The distribution of a new customer's purchases; four published numbers of it are in `PublishedTests`.
@Suite struct PurchaseCountTests {
    private static let models = BetaGeometric.Variant.allCases.flatMap { variant in
        [
            (0.243, 4.414, 0.793, 2.426), (1.5, 4, 0.3, 0.5), (0.7, 9, 1e-9, 0.84), (30, 0.5, 1.2, 40),
            (0.25, 4.4, 50, 5_000),
        ]
        .map { BetaGeometric(variant, r: $0.0, alpha: $0.1, a: $0.2, b: $0.3) }
    }

    @Test(arguments: models, [0, 0.1, 2, 39, 1_000])
    func addsUpToOneAndHasTheMean(_ model: BetaGeometric, weeks: Double) {
        let shares = model.customers(byPurchases: 2_000, ages: [(weeks, 1)])
        #expect(shares.count == 2_001 && shares.allSatisfy { $0 >= 0 && $0 <= 1 })
        #expect(close(shares.reduce(0, +), 1, 1e-12), "\(shares.reduce(0, +))")
        for n in [0, 1, 7, 300, 1_999] {
            let one = model.chance(of: n, within: weeks)
            #expect(close(shares[n], one, 1e-10), "\(n): \(shares[n]) \(one)")
        }
        // Where nobody buys as often as that, the mean is all there.
        guard shares[2_000] < 1e-15 else { return }
        let mean = shares.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
        #expect(close(mean, model.newCustomerPurchases(within: weeks), 1e-9), "\(mean)")
    }

    /// Eq. (8), and what it becomes for MBG, term by term with 1,500 digits (mpmath).
    @Test(
        arguments: [
            (0.243, 4.414, 0.793, 2.426, 2_000, 1_000, 1.7311198820141957e-10, 1.7303679063247106e-10),
            (0.243, 4.414, 0.793, 2.426, 2_000, 100, 5.6809369220920959e-44, 5.6786619364785417e-44),
            (0.243, 4.414, 0.793, 2.426, 2_000, 2, 0, 0),
            (0.243, 4.414, 0.793, 2.426, 1, 1_000, 0.22922880567714616, 0.14336865353837027),
            (1.5, 4, 0.3, 0.5, 500, 1_000, 0.00010385309020074209, 0.00010375887859200115),
            (30, 0.5, 1.2, 40, 2_000, 40, 1.0398537534567608e-5, 1.0390315502034249e-5),
            (0.25, 4.4, 50, 5_000, 60, 1_000, 0.0027560407584257622, 0.0027288072565105259),
            (0.7, 9, 1e-9, 0.84, 100, 1_000, 0.0028998825277763129, 0.0028998825277206546),
        ] as [(Double, Double, Double, Double, Int, Double, Double, Double)])
    func manyPurchasesInALongTime(
        r: Double, alpha: Double, a: Double, b: Double, n: Int, weeks: Double, bg: Double, mbg: Double
    ) {
        for (variant, expected) in [(BetaGeometric.Variant.bg, bg), (.mbg, mbg)] {
            let found = BetaGeometric(variant, r: r, alpha: alpha, a: a, b: b).chance(of: n, within: weeks)
            #expect(close(found, expected, 1e-10), "\(variant): \(found) for \(expected)")
        }
    }

    @Test(arguments: BetaGeometric.Variant.allCases)
    func simulatedCustomersBuyAsOften(_ variant: BetaGeometric.Variant) {
        let model = BetaGeometric(variant, r: 0.8, alpha: 6, a: 0.9, b: 2)
        var random = RandomNumbers(seed: 31)
        let count = 200_000
        var counts = Array(repeating: 0, count: 9)
        for _ in 0..<count {
            let (rate, leaves) = (random.gamma(shape: model.r) / model.alpha, random.beta(model.a, model.b))
            var (purchases, time) = (0, 0.0)
            var isGone = variant == .mbg && random.uniform() < leaves
            while !isGone {
                time -= log(random.uniform()) / rate
                if time > 30 { break }
                purchases += 1
                isGone = random.uniform() < leaves
            }
            counts[min(purchases, 8)] += 1
        }
        let expected = model.customers(byPurchases: 8, ages: [(30, count)])
        for (n, (found, expected)) in zip(counts, expected).enumerated() {
            let error = (expected * (1 - expected / Double(count))).squareRoot()
            #expect(abs(Double(found) - expected) < 4 * error, "\(n): \(found) for \(expected)")
        }
    }

    /// Customers of several ages add up.
    @Test func customersOfSeveralAges() {
        let model = Self.models[0]
        let all = model.customers(byPurchases: 3, ages: [(10, 400), (0, 50), (52, 1_000)])
        #expect(all.count == 4 && close(all.reduce(0, +), 1_450, 1e-12))
        for n in 0..<3 {
            let expected =
                400 * model.chance(of: n, within: 10) + (n == 0 ? 50 : 0) + 1_000 * model.chance(of: n, within: 52)
            #expect(close(all[n], expected, 1e-12), "\(n): \(all[n])")
        }
        #expect(model.customers(byPurchases: 0, ages: [(10, 400)]) == [400])
        #expect(model.customers(byPurchases: 2, ages: []) == [0, 0, 0])
        #expect(model.chance(of: -1, within: 10) == 0)
    }

    /// Figure 2 of the article: customers by repeat purchases in the calibration, as they are and as the model has them.
    @Test func theHistogramOfCDNOW() throws {
        guard let buyers = try CDNOW.buyers(), let reference = try CDNOW.json("cdnow_sample.reference.json") else {
            return
        }
        var ages: [Int: Int] = [:]
        for buyer in buyers { ages[buyer.history.age, default: 0] += 1 }
        let expected = reference.model(.bg).customers(
            byPurchases: 7, ages: ages.map { (Double($0.key) / 7, $0.value) })
        let known = reference.list("by_frequency").map { $0.number("n") }
        #expect(close(expected.reduce(0, +), known.reduce(0, +), 1e-12))
        // The article finds χ² = 4.82.
        let chi = zip(known, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / $1.1 }
        #expect(abs(chi - 4.82) < 0.05, "\(chi) of \(expected)")
    }
}
