import Foundation

/// The spend model Gamma-Gamma (Fader and Hardie 2013, "The Gamma-Gamma model of monetary value").
///
/// Amounts of a customer's purchases are gamma distributed (shape p, rate ν); ν is gamma distributed over customers
/// (shape q, rate γ). Amounts and rates of purchase are taken as independent.
package struct GammaGamma: Hashable, Sendable {
    package var p: Double
    package var q: Double
    /// In money.
    package var gamma: Double

    package init(p: Double, q: Double, gamma: Double) {
        self.p = p
        self.q = q
        self.gamma = gamma
    }

    package var parameters: [Double] { [p, q, gamma] }

    /// Of a customer of whom no amount is known: pγ / (q - 1); nil for q ≤ 1, where it is infinite.
    package var meanAmount: Double? { q > 1 ? p * gamma / (q - 1) : nil }

    /// The expected amount of a purchase of a customer: p (γ + x m) / (p x + q - 1).
    ///
    /// - Parameters:
    ///   - frequency: x, repeat purchases.
    ///   - spend: x m, what they amount to together.
    /// - Returns: nil where it is infinite.
    package func expectedAmount(frequency: Int, spend: Double) -> Double? {
        expectedAmounts(customers: 1, frequency: frequency, spend: spend)
    }

    /// Sum over customers with the same number of repeat purchases of their expected amounts, which are linear in what each
    /// has spent; nil where it is infinite.
    func expectedAmounts(customers: Double, frequency: Int, spend: Double) -> Double? {
        let below = p * Double(frequency) + q - 1
        return below > 0 ? p * (gamma * customers + spend) / below : nil
    }
}

/// What customers spend on repeat purchases: what the spend model is fitted to. In the order of frequency and mean, so that
/// sums are the same whatever the order of the customers.
package struct SpendHistories: Sendable {
    /// Customers with the same number of repeat purchases.
    package struct Group: Sendable {
        package var frequency: Int
        /// Mean amount of a repeat purchase by customer, ascending, all above 0.
        package var means: [Double]
    }

    package let groups: [Group]
    package let customers: Int
    /// Customers with repeat purchases that amount to nothing or less.
    package let left: Int

    /// - Parameter spends: of each customer the repeat purchases, and what they amount to together.
    package init(_ spends: some Sequence<(frequency: Int, spend: Double)>) {
        var byFrequency: [Int: [Double]] = [:]
        var left = 0
        for (frequency, spend) in spends where frequency > 0 {
            if spend > 0, spend.isFinite {
                byFrequency[frequency, default: []].append(spend / Double(frequency))
            } else {
                left += 1
            }
        }
        groups = byFrequency.keys.sorted().map { Group(frequency: $0, means: (byFrequency[$0] ?? []).sorted()) }
        customers = groups.reduce(0) { $0 + $1.means.count }
        self.left = left
    }

    /// Over customers; 0 without any.
    package var mean: Double {
        customers == 0 ? 0 : groups.reduce(0) { $0 + $1.means.reduce(0, +) } / Double(customers)
    }

    /// All customers have the same mean, to the rounding of doubles.
    var isConstant: Bool {
        guard let least = groups.compactMap(\.means.first).min(), let most = groups.compactMap(\.means.last).max()
        else { return true }
        return most - least <= 1e-9 * most
    }
}

extension GammaGamma {
    /// The likelihood of the means with its derivatives by ln p, ln q, ln γ; γ in units of `unit`.
    static func curvature(_ spends: SpendHistories, at logarithms: [Double], unit: Double) -> Curvature? {
        let (p, q, gamma) = (exp(logarithms[0]), exp(logarithms[1]), exp(logarithms[2]))
        var result = Curvature(3)
        let atQ = GammaFunctions.Values(q)
        let logGamma = log(gamma)
        for group in spends.groups {
            let x = Double(group.frequency)
            let n = Double(group.means.count)
            // What the means add: Σ ln m, Σ ln(γ + x m), Σ 1/(γ + x m), Σ 1/(γ + x m)².
            var (logs, logTotals, inverses, squares) = (0.0, 0.0, 0.0, 0.0)
            for mean in group.means {
                let total = gamma + x * mean / unit
                logs += log(mean)
                logTotals += log(total)
                inverses += 1 / total
                squares += 1 / (total * total)
            }
            logs -= n * log(unit)
            let shape = p * x + q
            let (atShape, atPx) = (GammaFunctions.Values(shape), GammaFunctions.Values(p * x))
            result.value +=
                n * (atShape.logGamma - atPx.logGamma - atQ.logGamma + q * logGamma + p * x * log(x)) + (p * x - 1)
                * logs
                - shape * logTotals
            result.gradient[0] += x * (n * (atShape.digamma - atPx.digamma + log(x)) + logs - logTotals)
            result.gradient[1] += n * (atShape.digamma - atQ.digamma + logGamma) - logTotals
            result.gradient[2] += n * q / gamma - shape * inverses
            result.hessian[0, 0] += n * x * x * (atShape.trigamma - atPx.trigamma)
            result.hessian[1, 0] += n * x * atShape.trigamma
            result.hessian[1, 1] += n * (atShape.trigamma - atQ.trigamma)
            result.hessian[2, 0] -= x * inverses
            result.hessian[2, 1] += n / gamma - inverses
            result.hessian[2, 2] += shape * squares - n * q / (gamma * gamma)
        }
        return result.isFinite ? result.byLogarithms(of: [p, q, gamma]) : nil
    }
}
