import Foundation

/// Gauss-Legendre quadrature: exact for polynomials of degree 2n - 1.
struct Quadrature: Sendable {
    /// Nodes in 0 ... 1 with their weights, which add up to 1.
    let nodes: [(at: Double, weight: Double)]

    static let sixteen = Quadrature(16)
    static let twelve = Quadrature(12)

    /// The zeros of the Legendre polynomial by Newton's method.
    init(_ count: Int) {
        nodes = (0..<count).map { index in
            var x = cos(.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
            var slope = 1.0
            for _ in 0..<100 {
                var (last, current) = (1.0, x)
                for degree in 2...count {
                    let n = Double(degree)
                    (last, current) = (current, ((2 * n - 1) * x * current - (n - 1) * last) / n)
                }
                slope = Double(count) * (x * current - last) / (x * x - 1)
                let step = current / slope
                x -= step
                if abs(step) < 1e-16 { break }
            }
            return (at: (1 - x) / 2, weight: 1 / ((1 - x * x) * slope * slope))
        }
    }

    /// The integral over a range.
    func integral(from lower: Double, to upper: Double, _ function: (Double) -> Double) -> Double {
        let width = upper - lower
        var sum = 0.0
        for node in nodes { sum += node.weight * function(lower + width * node.at) }
        return sum * width
    }
}
