import Foundation

/// The logarithm of the gamma function and its derivatives, for arguments above 0. The C library's `lgamma` writes a
/// global variable, so it cannot be used on several threads.
///
/// Each is shifted up by its recurrence to 10 and more, where the asymptotic series has all digits of a double
/// (Abramowitz and Stegun, 6.1.40, 6.3.18, 6.4.12).
enum GammaFunctions {
    private static let least = 10.0
    /// ln(2π) / 2
    private static let halfLogTwoPi = 0.918938533204672741780329736405617639861397473637783

    /// ln Γ(x)
    static func logGamma(_ x: Double) -> Double {
        var z = x
        var product = 1.0
        while z < least {
            product *= z
            z += 1
        }
        let inverse = 1 / z
        let square = inverse * inverse
        let series =
            inverse
            * (1 / 12
                - square
                * (1 / 360
                    - square
                    * (1 / 1_260
                        - square * (1 / 1_680 - square * (1 / 1_188 - square * (691 / 360_360 - square / 156))))))
        return (z - 0.5) * log(z) - z + halfLogTwoPi + series - log(product)
    }

    /// ψ(x), the first derivative of ln Γ.
    static func digamma(_ x: Double) -> Double {
        var z = x
        var sum = 0.0
        while z < least {
            sum -= 1 / z
            z += 1
        }
        let square = 1 / (z * z)
        let series =
            square
            * (1 / 12
                - square
                * (1 / 120
                    - square
                    * (1 / 252
                        - square * (1 / 240 - square * (1 / 132 - square * (691 / 32_760 - square / 12))))))
        return sum + log(z) - 0.5 / z - series
    }

    /// ψ′(x), the second derivative of ln Γ.
    static func trigamma(_ x: Double) -> Double {
        var z = x
        var sum = 0.0
        while z < least {
            sum += 1 / (z * z)
            z += 1
        }
        let inverse = 1 / z
        let square = inverse * inverse
        let series =
            inverse * square
            * (1 / 6
                - square
                * (1 / 30
                    - square
                    * (1 / 42
                        - square * (1 / 30 - square * (5 / 66 - square * (691 / 2_730 - square * 7 / 6))))))
        return sum + inverse + square / 2 + series
    }
}

extension GammaFunctions {
    /// ln Γ, ψ and ψ′ at one argument.
    struct Values {
        var logGamma: Double
        var digamma: Double
        var trigamma: Double

        init(_ x: Double) {
            logGamma = GammaFunctions.logGamma(x)
            digamma = GammaFunctions.digamma(x)
            trigamma = GammaFunctions.trigamma(x)
        }
    }
}
