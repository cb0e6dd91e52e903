import Foundation

/// How far a forecast looks, and what money then is worth today.
package struct Horizon: Hashable, Sendable {
    package var weeks: Double
    /// Continuous, per week; 0 for none.
    package var discount: Double

    /// - Parameters:
    ///   - weeks: above 0.
    ///   - annualRate: .1 for 10 % a year; 0 for none.
    ///   - weeksPerYear: what a year has; 52 for horizons in weeks, as the field counts.
    package init(weeks: Double, annualRate: Double, weeksPerYear: Double = 52) {
        self.weeks = weeks
        discount = log1p(annualRate) / weeksPerYear
    }
}

extension BetaGeometric {
    /// Purchases of a customer who is alive within a horizon: all of them, and each worth what it is worth today.
    ///
    /// e^(-dH) E(H) + d ∫ e^(-dt) E(t) dt over the horizon, by 16 nodes (Fader, Hardie and Lee 2005, in continuous time).
    /// E(t) at all nodes is one series: its coefficients do not depend on t.
    package func purchasesWhileAlive(
        frequency: Int, age: Double, within horizon: Horizon
    ) -> (all: Double, discounted: Double) {
        let all = purchasesWhileAlive(frequency: frequency, age: age, within: horizon.weeks)
        guard horizon.discount != 0 else { return (all, all) }
        var times: SIMD16<Double> = .zero
        for (place, node) in Quadrature.sixteen.nodes.enumerated() { times[place] = horizon.weeks * node.at }
        let logRest = log((alpha + age) / (alpha + age + horizon.weeks))
        let expected =
            (a - 1) * logRest < -BetaGeometric.greatest
            ? oneByOne(frequency: frequency, age: age, within: times)
            : purchasesWhileAlive(frequency: frequency, age: age, within: times)
        var integral = 0.0
        for (place, node) in Quadrature.sixteen.nodes.enumerated() {
            integral += node.weight * exp(-horizon.discount * times[place]) * expected[place]
        }
        return (all, exp(-horizon.discount * horizon.weeks) * all + horizon.discount * horizon.weeks * integral)
    }

    private func oneByOne(frequency: Int, age: Double, within times: SIMD16<Double>) -> SIMD16<Double> {
        var result: SIMD16<Double> = .zero
        for place in 0..<16 {
            result[place] = purchasesWhileAlive(frequency: frequency, age: age, within: times[place])
        }
        return result
    }

    /// At several times at once; as `purchasesWhileAlive(frequency:age:within:)` at each.
    private func purchasesWhileAlive(
        frequency: Int, age: Double, within times: SIMD16<Double>
    ) -> SIMD16<Double> {
        let total = a + b + chances(frequency) - 1
        let start = alpha + age
        let z: SIMD16<Double> = times / (times + start)
        let upper = total - r - Double(frequency)
        var term: SIMD16<Double> = z * upper
        var sum = term
        var n = 1.0
        while n < 1_000_000 {
            let factor: Double = (upper + n) * (a + n - 1) / ((total + n) * (n + 1))
            term *= z * factor
            sum += term
            n += 1
            // The last node is the farthest: there the series is the slowest.
            if abs(term[15]) <= 1e-16 * abs(sum[15]) { break }
        }
        var result: SIMD16<Double> = .zero
        for place in 0..<16 {
            let logRest = log(start / (start + times[place]))
            let exponent = (a - 1) * logRest
            let first = powerIntegral(a - 1, fromLogarithm: logRest)
            result[place] = total * first - exp(exponent) * sum[place]
        }
        return result
    }

    /// The mean and the mean square of the purchases of a customer who is alive. Y = min(N, G): purchases N that the rate
    /// would give, up to the purchase G after which the customer leaves, and both are independent given the history:
    /// P(Y ≥ k) = P(N ≥ k) P(G ≥ k), a sum of positive terms.
    package func momentsWhileAlive(
        frequency: Int, age: Double, within weeks: Double
    ) -> (mean: Double, square: Double) {
        let shape = r + Double(frequency)
        let s = chances(frequency)
        let start = alpha + age
        let z = weeks / (start + weeks)
        // P(N = k) by its logarithm, as it may begin below all doubles, and what is left of 1.
        var logarithm = shape * log(start / (start + weeks))
        var left = -expm1(logarithm)
        var stays = 1.0
        var (mean, square) = (0.0, 0.0)
        var k = 1.0
        let typical = shape * weeks / start
        while k < 1_000_000 {
            let chance = left * stays
            mean += chance
            square += (2 * k - 1) * chance
            if k > typical, (2 * k - 1) * chance <= 1e-13 * square { break }
            logarithm += log((shape + k - 1) / k * z)
            left = max(0, left - exp(logarithm))
            stays *= (b + s + k - 1) / (a + b + s + k - 1)
            k += 1
        }
        return (mean, square)
    }
}
