import Foundation

/// Random numbers that are the same for the same seed everywhere: SplitMix64 (Steele, Lea and Flood 2014).
package struct RandomNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Above 0, below 1.
    package mutating func uniform() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }

    /// Of mean 0 and variance 1 (Box and Muller).
    package mutating func normal() -> Double {
        (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    /// Of rate 1 (Marsaglia and Tsang 2000).
    package mutating func gamma(shape: Double) -> Double {
        if shape < 1 { return gamma(shape: shape + 1) * exp(log(uniform()) / shape) }
        let d = shape - 1 / 3.0
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            if v <= 0 { continue }
            if log(uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    package mutating func beta(_ a: Double, _ b: Double) -> Double {
        let (x, y) = (gamma(shape: a), gamma(shape: b))
        return x + y > 0 ? x / (x + y) : (uniform() < a / (a + b) ? 1 : 0)
    }

    /// Events of a process of that mean: waiting times for small means, halves of a large one by the gamma time of its
    /// middle event (Ahrens and Dieter 1974).
    package mutating func poisson(_ mean: Double) -> Int {
        var (mean, count) = (mean, 0)
        while mean > 30 {
            let middle = Int(mean * 7 / 8)
            let time = gamma(shape: Double(middle))
            if time >= mean { return count + binomial(middle - 1, mean / time) }
            count += middle
            mean -= time
        }
        var product = uniform()
        let limit = exp(-mean)
        while product > limit {
            product *= uniform()
            count += 1
        }
        return count
    }

    /// Successes of `count` trials.
    private mutating func binomial(_ count: Int, _ share: Double) -> Int {
        var (count, share, successes) = (count, share, 0)
        while count > 30 {
            // The middle one of the trials' sorted uniforms.
            let middle = count / 2 + 1
            let x = beta(Double(middle), Double(count - middle + 1))
            if x <= share {
                successes += middle
                share = (share - x) / (1 - x)
                count -= middle
            } else {
                share /= x
                count = middle - 1
            }
        }
        for _ in 0..<max(0, count) where uniform() < share { successes += 1 }
        return successes
    }

    /// Trials up to and with the first success; `Int.max` where there will be none.
    package mutating func geometric(_ share: Double) -> Int {
        if share >= 1 { return 1 }
        let trials = log(uniform()) / log1p(-share)
        return trials < 1e15 ? Int(trials) + 1 : .max
    }
}
