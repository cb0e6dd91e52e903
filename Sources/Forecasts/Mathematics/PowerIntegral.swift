import Foundation

/// ∫ t^(k-1) dt from e^l to 1: (1 - e^(k l)) / k, and -l at k = 0, near which the quotient loses all digits.
///
/// - Parameters:
///   - k: any.
///   - l: logarithm of the lower bound, at most 0.
func powerIntegral(_ k: Double, fromLogarithm l: Double) -> Double {
    let exponent = k * l
    return abs(exponent) < 1e-12 ? -l * (1 + exponent / 2) : -expm1(exponent) / k
}
