import Foundation

/// A model fitted by maximum likelihood, with what the data say about its parameters.
package struct Fit<Model: Sendable>: Sendable {
    package var model: Model
    /// At the maximum; of timing models in weeks.
    package var logLikelihood: Double
    /// Customers that it was fitted to.
    package var customers: Int
    /// Covariance of the parameters' logarithms (the inverse of the observed information); nil where the data do not tell
    /// them apart.
    package var covariance: SymmetricMatrix?
    /// Of the observed information by the parameters' logarithms, ascending.
    package var eigenvalues: [Double]
    package var iterations: Int
    /// A parameter went to its bound: to 0, or to infinity.
    package var isAtBound: Bool

    /// The data tell the parameters apart: none went to its bound, and each is known to a factor.
    package var isIdentified: Bool {
        !isAtBound && covariance != nil && (eigenvalues.first ?? 0) >= Fit.leastInformation
    }

    /// Less information along some direction means a standard error of a logarithm above 2: a factor of 50 between the
    /// bounds of an interval of 90 %.
    private static var leastInformation: Double { 0.25 }

    init(_ model: Model, _ maximum: Maximum, logLikelihood: Double, customers: Int) {
        self.model = model
        self.logLikelihood = logLikelihood
        self.customers = customers
        iterations = maximum.iterations
        isAtBound = maximum.isAtBound || maximum.point.contains { abs($0) > Maximum.far }
        var information = SymmetricMatrix(maximum.point.count)
        for i in 0..<information.count { for j in 0...i { information[i, j] = -maximum.curvature.hessian[i, j] } }
        eigenvalues = information.eigenvalues
        covariance = information.inverse
    }

    /// Of each parameter, by the delta method; nil where the data do not tell them apart.
    package func standardErrors(_ parameters: [Double]) -> [Double]? {
        covariance.map { covariance in
            parameters.indices.map { parameters[$0] * max(0, covariance[$0, $0]).squareRoot() }
        }
    }

    package var akaike: Double { 2 * Double(eigenvalues.count) - 2 * logLikelihood }
}

/// What parameters are told in: weeks.
package let daysPerWeek = 7.0

extension BuyerGroups {
    /// Times are scaled so that the oldest customer is this old: the search takes the same steps whatever the unit.
    private static let span = 10.0

    /// Days in a unit of the scaled times.
    private var unit: Double { max(1, Double(oldest)) / BuyerGroups.span }

    /// A likelihood in the scaled unit, in weeks: each repeat purchase is a density by time.
    private func inWeeks(_ value: Double) -> Double { value - Double(repeats) * log(unit / daysPerWeek) }

    /// - Returns: nil without customers.
    package func fit(_ variant: BetaGeometric.Variant) -> Fit<BetaGeometric>? {
        guard
            let found = Maximum(
                from: [0, 0, 0, 0], { BetaGeometric.curvature(self, variant, at: $0, unit: unit) })
        else { return nil }
        let at = found.point.map { exp($0) }
        let model = BetaGeometric(variant, r: at[0], alpha: at[1] * unit / daysPerWeek, a: at[2], b: at[3])
        return Fit(model, found, logLikelihood: inWeeks(found.curvature.value), customers: customers)
    }

    /// - Returns: nil without customers.
    package func fitNegativeBinomial() -> Fit<NegativeBinomial>? {
        guard
            let found = Maximum(from: [0, 0], { NegativeBinomial.curvature(self, at: $0, unit: unit) })
        else { return nil }
        let at = found.point.map { exp($0) }
        return Fit(
            NegativeBinomial(r: at[0], alpha: at[1] * unit / daysPerWeek), found,
            logLikelihood: inWeeks(found.curvature.value), customers: customers)
    }

    /// - Returns: nil without customers.
    package func fitPareto() -> Fit<ParetoNegativeBinomial>? {
        guard
            let found = Maximum(
                from: [0, 0, 0, 0], { ParetoNegativeBinomial.curvature(self, at: $0, unit: unit) })
        else { return nil }
        let at = found.point.map { exp($0) }
        let model = ParetoNegativeBinomial(
            r: at[0], alpha: at[1] * unit / daysPerWeek, s: at[2], beta: at[3] * unit / daysPerWeek)
        return Fit(model, found, logLikelihood: inWeeks(found.curvature.value), customers: customers)
    }
}

extension SpendHistories {
    /// - Returns: nil without customers who spent something on repeat purchases.
    package func fit() -> Fit<GammaGamma>? {
        guard customers > 0 else { return nil }
        let unit = mean
        guard let found = Maximum(from: [0, 0, 0], { GammaGamma.curvature(self, at: $0, unit: unit) }) else {
            return nil
        }
        let at = found.point.map { exp($0) }
        return Fit(
            GammaGamma(p: at[0], q: at[1], gamma: at[2] * unit), found,
            logLikelihood: found.curvature.value - Double(customers) * log(unit), customers: customers)
    }
}
