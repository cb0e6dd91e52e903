import Foundation

/// The negative binomial distribution (Ehrenberg 1959): rates are gamma distributed over customers, and nobody ever leaves.
/// What the other models have to beat.
package struct NegativeBinomial: Hashable, Sendable {
    package var r: Double
    /// In weeks.
    package var alpha: Double

    package init(r: Double, alpha: Double) {
        self.r = r
        self.alpha = alpha
    }

    /// Expected purchases within a horizon given the history, times in weeks.
    package func expectedPurchases(frequency: Int, age: Double, within horizon: Double) -> Double {
        (r + Double(frequency)) / (alpha + age) * horizon
    }

    /// The likelihood of the groups with its derivatives by ln r and ln α, α in units of `unit` days. It is that of the
    /// purchases' times, as BG/NBD has it where nobody leaves, so that the two can be compared.
    static func curvature(_ groups: BuyerGroups, at logarithms: [Double], unit: Double) -> Curvature? {
        let (r, alpha) = (exp(logarithms[0]), exp(logarithms[1]))
        var result = Curvature(2)
        let atR = GammaFunctions.Values(r)
        let logAlpha = log(alpha)
        var index = 0
        while index < groups.groups.count {
            let frequency = groups.groups[index].history.frequency
            let shape = r + Double(frequency)
            let rx = GammaFunctions.Values(shape)
            while index < groups.groups.count, groups.groups[index].history.frequency == frequency {
                let group = groups.groups[index]
                let n = Double(group.customers)
                let time = alpha + Double(group.history.age) / unit
                let logTime = log(time)
                result.value += n * (rx.logGamma - atR.logGamma + r * logAlpha - shape * logTime)
                result.gradient[0] += n * (rx.digamma - atR.digamma + logAlpha - logTime)
                result.gradient[1] += n * (r / alpha - shape / time)
                result.hessian[0, 0] += n * (rx.trigamma - atR.trigamma)
                result.hessian[1, 0] += n * (1 / alpha - 1 / time)
                result.hessian[1, 1] += n * (shape / (time * time) - r / (alpha * alpha))
                index += 1
            }
        }
        return result.isFinite ? result.byLogarithms(of: [r, alpha]) : nil
    }
}
