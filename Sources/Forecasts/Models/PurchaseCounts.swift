import Foundation

/// How many purchases a new customer makes: the distribution that `newCustomerPurchases(within:)` is the mean of.
///
/// X = min(N, G): purchases N that the rate would give, up to the purchase G after which the customer leaves; both are
/// independent. n purchases come with s chances to leave, and S(s) is the probability of having taken none of them:
///
///     P(X = n) = P(N = n) S(s) + P(N ≥ n) [S(s - 1) - S(s)]      the second part only where s > 0
///
/// In BG s = n, and this is Fader, Hardie and Lee 2005, eq. (8). In MBG s = n + 1: the customer may leave right after the
/// first purchase, at time 0. All terms are positive, so that no digits are lost.
extension BetaGeometric {
    /// The probability that a new customer makes exactly so many repeat purchases.
    ///
    /// - Parameters:
    ///   - purchases: n, without the first one. The time this takes is in proportion to it.
    ///   - weeks: since the first purchase, at least 0.
    /// - Returns: 0 for numbers below 0.
    package func chance(of purchases: Int, within weeks: Double) -> Double {
        purchases < 0 ? 0 : chances(below: purchases + 1, within: weeks)[purchases]
    }

    /// Expected customers by their number of repeat purchases.
    ///
    /// - Parameters:
    ///   - last: the number from which on customers are counted together, at least 0.
    ///   - ages: how many customers had their first purchase so many weeks ago.
    /// - Returns: `last` + 1 numbers: the customers with 0 ... `last` - 1 purchases, and those with `last` or more.
    package func customers(byPurchases last: Int, ages: [(weeks: Double, customers: Int)]) -> [Double] {
        var result = Array(repeating: 0.0, count: last + 1)
        for age in ages {
            for (n, chance) in chances(below: last, within: age.weeks).enumerated() {
                result[n] += Double(age.customers) * chance
            }
        }
        return result
    }

    /// P(X = 0) ... P(X = last - 1), and P(X ≥ last).
    private func chances(below last: Int, within weeks: Double) -> [Double] {
        // P(N = n), by logarithms as it may begin below all doubles, and S(s).
        var logarithm = -r * log1p(weeks / alpha)
        var exactly = [exp(logarithm)]
        var stays = [1.0]
        for n in 0...last {
            let before = Double(n)
            logarithm += log((r + before) / (before + 1) * weeks / (alpha + weeks))
            exactly.append(exp(logarithm))
            stays.append(stays[n] * (b + before) / (a + b + before))
        }
        // P(N ≥ n), from the last one downwards.
        var atLeast = probability(ofAtLeast: last, exactly: exactly[last], within: weeks)
        var result = Array(repeating: 0.0, count: last + 1)
        result[last] = atLeast * stays[max(0, Int(chances(last)) - 1)]
        for n in (0..<last).reversed() {
            atLeast += exactly[n]
            let s = Int(chances(n))
            result[n] = exactly[n] * stays[s]
            if s > 0 { result[n] += atLeast * stays[s - 1] * a / (a + b + Double(s - 1)) }
        }
        return result
    }

    /// P(N ≥ n) from P(N = n): the incomplete beta function I(n, r) at t / (α + t).
    private func probability(ofAtLeast count: Int, exactly: Double, within weeks: Double) -> Double {
        guard count > 0 else { return 1 }
        let n = Double(count)
        let z = weeks / (alpha + weeks)
        if z < (n + 1) / (n + r + 2) { return exactly * betaFraction(n, r, z) }
        return 1 - exactly * n / r * betaFraction(r, n, alpha / (alpha + weeks))
    }
}

/// I(a, b) at x without its factor x^a (1 - x)^b / (a B(a, b)): a continued fraction (DLMF 8.17.22) by the method of Lentz,
/// for x < (a + 1) / (a + b + 2), where it converges fast.
private func betaFraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
    var (result, numerator, denominator) = (1.0, 1.0, 0.0)
    /// - Returns: what one more coefficient multiplies the fraction by.
    func factor(_ coefficient: Double) -> Double {
        denominator = 1 / (1 + coefficient * denominator)
        numerator = 1 + coefficient / numerator
        return numerator * denominator
    }
    var m = 0.0
    while m < 100_000 {
        result *= factor(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)))
        m += 1
        let last = factor(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)))
        result *= last
        if abs(last - 1) < 1e-15 { break }
    }
    return 1 / result
}
