import Foundation

/// The customer-base models BG/NBD (Fader, Hardie and Lee 2005, "Counting your customers the easy way") and MBG/NBD
/// (Batislam, Denizel and Filiztekin 2007).
///
/// While alive a customer buys at a rate λ; rates are gamma distributed over customers (shape r, rate α). After each
/// purchase the customer leaves with a probability p; these are beta distributed (a, b). In MBG the customer may leave
/// after the very first purchase, too, and not only after repeat purchases: the same formulas with one chance more.
package struct BetaGeometric: Hashable, Sendable {
    package enum Variant: String, CaseIterable, Sendable {
        case bg = "BG/NBD"
        case mbg = "MBG/NBD"
    }

    package var variant: Variant
    package var r: Double
    /// In weeks.
    package var alpha: Double
    package var a: Double
    package var b: Double

    package init(_ variant: Variant, r: Double, alpha: Double, a: Double, b: Double) {
        self.variant = variant
        self.r = r
        self.alpha = alpha
        self.a = a
        self.b = b
    }

    package var parameters: [Double] { [r, alpha, a, b] }

    /// How often the customer could have left: once a purchase, with or without the first one.
    func chances(_ frequency: Int) -> Double { Double(frequency) + (variant == .mbg ? 1 : 0) }

    /// The logarithm of the likelihood of one history, times in weeks.
    package func logLikelihood(frequency: Int, recency: Double, age: Double) -> Double {
        let x = Double(frequency)
        let s = chances(frequency)
        let common =
            GammaFunctions.logGamma(r + x) - GammaFunctions.logGamma(r) + r * log(alpha)
            + GammaFunctions.logGamma(a + b) + GammaFunctions.logGamma(b + s) - GammaFunctions.logGamma(b)
            - GammaFunctions.logGamma(a + b + s)
        let alive = -(r + x) * log(alpha + age)
        guard s > 0 else { return common + alive }
        let dead = log(a) - log(b + s - 1) - (r + x) * log(alpha + recency)
        let most = max(alive, dead)
        return common + most + log1p(exp(min(alive, dead) - most))
    }

    /// The probability that the customer still buys, times in weeks. It is 1 under BG for customers without repeat
    /// purchases.
    package func aliveProbability(frequency: Int, recency: Double, age: Double) -> Double {
        let s = chances(frequency)
        guard s > 0 else { return 1 }
        let odds = log(a) - log(b + s - 1) + (r + Double(frequency)) * log((alpha + age) / (alpha + recency))
        return 1 / (1 + exp(odds))
    }

    /// The chance of no purchase within a horizon: not alive, or alive and none. Times in weeks.
    package func noPurchaseProbability(
        frequency: Int, recency: Double, age: Double, within horizon: Double
    ) -> Double {
        let alive = aliveProbability(frequency: frequency, recency: recency, age: age)
        let none = exp((r + Double(frequency)) * log((alpha + age) / (alpha + age + horizon)))
        return 1 - alive + alive * none
    }

    /// Purchases within a horizon of a customer who is alive; does not depend on the recency. Times in weeks.
    ///
    /// E(t) = (a+b'-1)/(a-1) [1 - (1-z)^(a-1) F(a+b-1-r, a-1; a+b'-1; z)] with z = t/(α+T+t), rearranged: the first
    /// factor is taken into the sum, so that nothing is divided by a - 1 or a + b' - 1, which may be 0.
    package func purchasesWhileAlive(frequency: Int, age: Double, within horizon: Double) -> Double {
        guard horizon > 0 else { return 0 }
        let s = chances(frequency)
        let total = a + b + s - 1
        let z = horizon / (alpha + age + horizon)
        let logRest = log((alpha + age) / (alpha + age + horizon))
        let exponent = (a - 1) * logRest
        // Where nearly everybody leaves at once, that is the difference of great numbers; the sum of chances is not.
        if exponent < -BetaGeometric.greatest {
            return momentsWhileAlive(frequency: frequency, age: age, within: horizon).mean
        }
        let first = powerIntegral(a - 1, fromLogarithm: logRest)
        // Σ n≥1 (A)_n (a)_{n-1} / (C+1)_{n-1} z^n / n!
        let upper = total - r - Double(frequency)
        var term = upper * z
        var sum = term
        var n = 1.0
        while n < 10_000_000 {
            term *= (upper + n) * (a + n - 1) / ((total + n) * (n + 1)) * z
            sum += term
            n += 1
            if abs(term) <= 1e-17 * abs(sum) || term == 0 { break }
        }
        return max(0, total * first - exp(exponent) * sum)
    }

    /// How far below 1 the logarithm of a power may be.
    static var greatest: Double { 12 }

    /// Expected purchases within a horizon given the history, times in weeks.
    package func expectedPurchases(
        frequency: Int, recency: Double, age: Double, within horizon: Double
    ) -> Double {
        aliveProbability(frequency: frequency, recency: recency, age: age)
            * purchasesWhileAlive(frequency: frequency, age: age, within: horizon)
    }

    /// Expected repeat purchases of a new customer within a time after the first purchase.
    package func newCustomerPurchases(within time: Double) -> Double {
        expectedPurchases(frequency: 0, recency: 0, age: 0, within: time)
    }

    /// Weeks between purchases of a customer who is alive: one by the expected rate.
    package func weeksBetweenPurchases(frequency: Int, age: Double) -> Double {
        (alpha + age) / (r + Double(frequency))
    }
}

// MARK: - Likelihood of a customer base

extension BetaGeometric {
    /// - Parameter logarithms: of r, α, a, b; α in units of `unit` days.
    /// - Returns: the likelihood of the groups with its derivatives by the logarithms.
    static func curvature(
        _ groups: BuyerGroups, _ variant: Variant, at logarithms: [Double], unit: Double
    ) -> Curvature? {
        let model = BetaGeometric(
            variant, r: exp(logarithms[0]), alpha: exp(logarithms[1]), a: exp(logarithms[2]), b: exp(logarithms[3]))
        let result = model.curvature(groups, unit: unit)
        return result.isFinite ? result.byLogarithms(of: model.parameters) : nil
    }

    private func curvature(_ groups: BuyerGroups, unit: Double) -> Curvature {
        var result = Curvature(4)
        let atR = GammaFunctions.Values(r)
        let atB = GammaFunctions.Values(b)
        let atSum = GammaFunctions.Values(a + b)
        let logAlpha = log(alpha)
        var index = 0
        let all = groups.groups
        // Groups of one frequency follow each other: what depends on the frequency alone is computed once.
        while index < all.count {
            let frequency = all[index].history.frequency
            let (x, s) = (Double(frequency), chances(frequency))
            var part = LifePart(shape: r + x, alpha: alpha, a: a, rest: s > 0 ? b + s - 1 : nil)
            while index < all.count, all[index].history.frequency == frequency {
                let group = all[index]
                part.add(
                    Double(group.customers), recency: Double(group.history.recency) / unit,
                    age: Double(group.history.age) / unit)
                index += 1
            }
            let n = part.customers
            let (rx, bs, abs) = (
                GammaFunctions.Values(r + x), GammaFunctions.Values(b + s), GammaFunctions.Values(a + b + s)
            )
            result.value += part.value
            result.value += n * (rx.logGamma - atR.logGamma + r * logAlpha)
            result.value += n * (atSum.logGamma + bs.logGamma - atB.logGamma - abs.logGamma)
            let common = [
                rx.digamma - atR.digamma + logAlpha, r / alpha, atSum.digamma - abs.digamma,
                atSum.digamma + bs.digamma - atB.digamma - abs.digamma,
            ]
            for i in 0..<4 {
                result.gradient[i] += n * common[i] + part.gradient[i]
                for j in 0...i { result.hessian[i, j] += part.spread[j][i] }
            }
            result.hessian[0, 0] += n * (rx.trigamma - atR.trigamma)
            result.hessian[1, 0] += n / alpha + part.secondRAlpha
            result.hessian[1, 1] += part.secondAlpha - n * r / (alpha * alpha)
            result.hessian[2, 2] += n * (atSum.trigamma - abs.trigamma) + part.secondA
            result.hessian[3, 2] += n * (atSum.trigamma - abs.trigamma)
            result.hessian[3, 3] += n * (atSum.trigamma + bs.trigamma - atB.trigamma - abs.trigamma) + part.secondB
        }
        return result
    }
}

/// The sum of ln(e^u + e^v) over the groups of one frequency, u for customers who are alive and v for those who are gone,
/// with its derivatives by r, α, a and b:
///
///     ∇  = P u′ + Q v′
///     ∇² = P u″ + Q v″ + P Q (u′ - v′)(u′ - v′)ᵀ      P, Q: the probabilities of alive and gone
private struct LifePart {
    let shape: Double
    let alpha: Double
    let a: Double
    /// b + s - 1; nil where nobody can be gone.
    let rest: Double?
    private let logDead: Double

    private(set) var customers = 0.0
    private(set) var value = 0.0
    private(set) var gradient: SIMD4<Double> = .zero
    /// Σ n P Q (u′ - v′)(u′ - v′)ᵀ, by column.
    private(set) var spread: [SIMD4<Double>] = Array(repeating: .zero, count: 4)
    private(set) var secondRAlpha = 0.0
    private(set) var secondAlpha = 0.0
    private(set) var secondA = 0.0
    private(set) var secondB = 0.0

    init(shape: Double, alpha: Double, a: Double, rest: Double?) {
        self.shape = shape
        self.alpha = alpha
        self.a = a
        self.rest = rest
        logDead = rest.map { log(a) - log($0) } ?? 0
    }

    mutating func add(_ n: Double, recency: Double, age: Double) {
        customers += n
        let logAge = log(alpha + age)
        let perAge = 1 / (alpha + age)
        let u = -shape * logAge
        let slopeU = SIMD4(-logAge, -shape * perAge, 0, 0)
        guard let rest else {
            value += n * u
            gradient += n * slopeU
            secondRAlpha -= n * perAge
            secondAlpha += n * shape * perAge * perAge
            return
        }
        let logRecency = log(alpha + recency)
        let perRecency = 1 / (alpha + recency)
        let v = logDead - shape * logRecency
        let slopeV = SIMD4(-logRecency, -shape * perRecency, 1 / a, -1 / rest)
        let ratio = exp(-abs(u - v))
        value += n * (max(u, v) + log1p(ratio))
        let (greater, lesser) = (1 / (1 + ratio), ratio / (1 + ratio))
        let alive = u >= v ? greater : lesser
        let gone = u >= v ? lesser : greater
        gradient += n * (alive * slopeU + gone * slopeV)
        let difference = slopeU - slopeV
        let weight = n * alive * gone
        for j in 0..<4 { spread[j] += weight * difference[j] * difference }
        secondRAlpha -= n * (alive * perAge + gone * perRecency)
        secondAlpha += n * shape * (alive * perAge * perAge + gone * perRecency * perRecency)
        secondA -= n * gone / (a * a)
        secondB += n * gone / (rest * rest)
    }
}
