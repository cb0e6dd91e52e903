import Foundation

/// The customer-base model Pareto/NBD (Schmittlein, Morrison and Colombo 1987): as BG/NBD, but a customer may leave at any
/// time, at a rate that is gamma distributed over customers (shape s, rate β). A cross-check: another story of how
/// customers leave, told of the same purchases.
package struct ParetoNegativeBinomial: Hashable, Sendable {
    package var r: Double
    /// In weeks.
    package var alpha: Double
    package var s: Double
    /// In weeks.
    package var beta: Double

    package init(r: Double, alpha: Double, s: Double, beta: Double) {
        self.r = r
        self.alpha = alpha
        self.s = s
        self.beta = beta
    }

    package var parameters: [Double] { [r, alpha, s, beta] }

    /// The logarithm of the likelihood of one history, times in weeks.
    package func logLikelihood(frequency: Int, recency: Double, age: Double) -> Double {
        let terms = Terms(self, frequency: frequency, recency: recency, age: age)
        let most = max(terms.alive, terms.gone)
        return terms.common + most + log1p(exp(min(terms.alive, terms.gone) - most))
    }

    /// The probability that the customer still buys, times in weeks.
    package func aliveProbability(frequency: Int, recency: Double, age: Double) -> Double {
        let terms = Terms(self, frequency: frequency, recency: recency, age: age)
        return 1 / (1 + exp(terms.gone - terms.alive))
    }

    /// Expected purchases within a horizon given the history, times in weeks.
    package func expectedPurchases(
        frequency: Int, recency: Double, age: Double, within horizon: Double
    ) -> Double {
        aliveProbability(frequency: frequency, recency: recency, age: age)
            * (r + Double(frequency)) / (alpha + age) * timeAlive(after: age, within: horizon)
    }

    /// Expected repeat purchases of a new customer within a time after the first purchase.
    package func newCustomerPurchases(within time: Double) -> Double {
        r / alpha * timeAlive(after: 0, within: time)
    }

    /// (β+T)/(s-1) [1 - ((β+T)/(β+T+t))^(s-1)], also at s = 1: how long a customer who is alive stays within a time.
    private func timeAlive(after age: Double, within time: Double) -> Double {
        let logRest = log((beta + age) / (beta + age + time))
        return (beta + age) * powerIntegral(s - 1, fromLogarithm: logRest)
    }

    /// The parts of one history's likelihood, as logarithms.
    private struct Terms {
        var common: Double
        var alive: Double
        var gone: Double

        init(_ model: ParetoNegativeBinomial, frequency: Int, recency: Double, age: Double) {
            let shape = model.r + Double(frequency)
            common =
                GammaFunctions.logGamma(shape) - GammaFunctions.logGamma(model.r) + model.r * log(model.alpha)
                + model.s * log(model.beta)
            alive = -shape * log(model.alpha + age) - model.s * log(model.beta + age)
            gone = GoneIntegral(model, shape: shape, recency: recency, age: age).logarithm
        }
    }
}

/// s ∫ (α+τ)^-(r+x) (β+τ)^-(s+1) dτ over the time between the last purchase and the end: the likelihood of having left, up
/// to the common factor. Written as two hypergeometric functions it is the difference of nearly equal numbers; as an integral
/// it is a sum of positive ones.
///
/// Over y = ln(c + τ), with c the smaller of α and β, the integrand is close to exponential; it is integrated in pieces over
/// which it falls by e^6 at most.
private struct GoneIntegral {
    /// ln of the integral.
    var logarithm: Double
    /// Means over the integrand of the derivatives of its logarithm by r, α, s, β.
    var slope: SIMD4<Double> = .zero
    /// Second derivatives of the integral's logarithm: of the logarithm itself, and of its spread.
    var second = SymmetricMatrix(4)

    init(_ model: ParetoNegativeBinomial, shape: Double, recency: Double, age: Double, withDerivatives: Bool = false) {
        let (alpha, s, beta) = (model.alpha, model.s, model.beta)
        let shift = min(alpha, beta)
        let decay = shape + s
        var y = log(shift + recency)
        let end = log(shift + age)
        let top = -shape * log(alpha + recency) - (s + 1) * log(beta + recency) + y
        var sum = 0.0
        var slopes: SIMD4<Double> = .zero
        var products: [SIMD4<Double>] = Array(repeating: .zero, count: 4)
        var (secondRAlpha, secondAlpha, secondSBeta, secondBeta) = (0.0, 0.0, 0.0, 0.0)
        var fallen = 0.0
        while y < end, fallen < 44 {
            let next = min(end, y + 6 / decay)
            for node in Quadrature.twelve.nodes {
                let at = y + (next - y) * node.at
                let time = exp(at) - shift
                let (toAlpha, toBeta) = (alpha + time, beta + time)
                let (logAlpha, logBeta) = (log(toAlpha), log(toBeta))
                let weight = node.weight * (next - y) * exp(-shape * logAlpha - (s + 1) * logBeta + at - top)
                sum += weight
                guard withDerivatives else { continue }
                let slope = SIMD4(-logAlpha, -shape / toAlpha, 1 / s - logBeta, -(s + 1) / toBeta)
                slopes += weight * slope
                for j in 0..<4 { products[j] += weight * slope[j] * slope }
                secondRAlpha -= weight / toAlpha
                secondAlpha += weight * shape / (toAlpha * toAlpha)
                secondSBeta -= weight / toBeta
                secondBeta += weight * (s + 1) / (toBeta * toBeta)
            }
            fallen += 6
            y = next
        }
        guard sum > 0 else {
            // Nobody can have left since a purchase of this very day.
            logarithm = -.infinity
            return
        }
        logarithm = log(s) + top + log(sum)
        guard withDerivatives else { return }
        slope = slopes / sum
        for i in 0..<4 { for j in 0...i { second[i, j] = products[j][i] / sum - slope[i] * slope[j] } }
        second[1, 0] += secondRAlpha / sum
        second[1, 1] += secondAlpha / sum
        second[2, 2] -= 1 / (s * s)
        second[3, 2] += secondSBeta / sum
        second[3, 3] += secondBeta / sum
    }
}

extension ParetoNegativeBinomial {
    /// The likelihood of the groups with its derivatives by ln r, ln α, ln s, ln β; α and β in units of `unit` days.
    static func curvature(_ groups: BuyerGroups, at logarithms: [Double], unit: Double) -> Curvature? {
        let model = ParetoNegativeBinomial(
            r: exp(logarithms[0]), alpha: exp(logarithms[1]), s: exp(logarithms[2]), beta: exp(logarithms[3]))
        let (r, alpha, s, beta) = (model.r, model.alpha, model.s, model.beta)
        var result = Curvature(4)
        let atR = GammaFunctions.Values(r)
        var known: (frequency: Int, values: GammaFunctions.Values)?
        for group in groups.groups {
            let n = Double(group.customers)
            let shape = r + Double(group.history.frequency)
            let (recency, age) = (Double(group.history.recency) / unit, Double(group.history.age) / unit)
            if known?.frequency != group.history.frequency {
                known = (group.history.frequency, GammaFunctions.Values(shape))
            }
            guard let atShape = known?.values else { continue }
            let (toAlpha, toBeta) = (alpha + age, beta + age)
            let alive = -shape * log(toAlpha) - s * log(toBeta)
            let slopeAlive = SIMD4(-log(toAlpha), -shape / toAlpha, -log(toBeta), -s / toBeta)
            let gone = GoneIntegral(model, shape: shape, recency: recency, age: age, withDerivatives: true)
            let most = max(alive, gone.logarithm)
            let ratio = exp(min(alive, gone.logarithm) - most)
            let (greater, lesser) = (1 / (1 + ratio), ratio / (1 + ratio))
            let (p, q) = alive >= gone.logarithm ? (greater, lesser) : (lesser, greater)
            result.value +=
                n * (atShape.logGamma - atR.logGamma + r * log(alpha) + s * log(beta) + most + log1p(ratio))
            let common = SIMD4(
                atShape.digamma - atR.digamma + log(alpha), r / alpha, log(beta), s / beta)
            let slope = common + p * slopeAlive + q * gone.slope
            let difference = slopeAlive - gone.slope
            for i in 0..<4 {
                result.gradient[i] += n * slope[i]
                for j in 0...i {
                    result.hessian[i, j] += n * (p * q * difference[i] * difference[j] + q * gone.second[i, j])
                }
            }
            result.hessian[0, 0] += n * (atShape.trigamma - atR.trigamma)
            result.hessian[1, 0] += n * (1 / alpha - p / toAlpha)
            result.hessian[1, 1] += n * (p * shape / (toAlpha * toAlpha) - r / (alpha * alpha))
            result.hessian[3, 2] += n * (1 / beta - p / toBeta)
            result.hessian[3, 3] += n * (p * s / (toBeta * toBeta) - s / (beta * beta))
        }
        return result.isFinite ? result.byLogarithms(of: model.parameters) : nil
    }
}
