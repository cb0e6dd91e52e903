import Foundation

/// ∫ f dt from 0 to `end`, by the double exponential rule (Takahasi and Mori 1974): other nodes than the module's, so that
/// its integrals can be held against these. Steps are halved until twelve digits stay the same.
func integral(to end: Double, _ function: (Double) -> Double) -> Double {
    func sum(_ step: Double) -> Double {
        var sum = 0.0
        for index in Int(-4 / step)...Int(4 / step) {
            let u = Double(index) * step
            let x = .pi / 2 * sinh(u)
            // How far it is from 0, as a share, and from the end.
            let (near, far) = (1 / (1 + exp(-2 * x)), 1 / (1 + exp(2 * x)))
            let weight = .pi * cosh(u) * near * far * step
            if weight > 0 { sum += weight * function(end * near) }
        }
        return sum * end
    }
    var step = 0.25
    var last = sum(step)
    while step > 1e-3 {
        step /= 2
        let next = sum(step)
        if abs(next - last) <= 1e-12 * abs(next) { return next }
        last = next
    }
    return last
}
