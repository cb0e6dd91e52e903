import Foundation

/// A function's value with its first and second derivatives.
struct Curvature {
    var value: Double
    var gradient: [Double]
    var hessian: SymmetricMatrix

    init(_ count: Int) {
        value = 0
        gradient = Array(repeating: 0, count: count)
        hessian = SymmetricMatrix(count)
    }

    var isFinite: Bool { value.isFinite && gradient.allSatisfy(\.isFinite) && hessian.isFinite }

    /// By the logarithms of positive parameters: d/d ln θ = θ d/dθ.
    func byLogarithms(of parameters: [Double]) -> Curvature {
        var result = self
        for i in parameters.indices {
            result.gradient[i] = gradient[i] * parameters[i]
            for j in 0...i { result.hessian[i, j] = hessian[i, j] * parameters[i] * parameters[j] }
            result.hessian[i, i] += result.gradient[i]
        }
        return result
    }
}

/// The maximum of a likelihood in the logarithms of its parameters, by damped Newton steps.
struct Maximum {
    /// ln θ
    var point: [Double]
    var curvature: Curvature
    var iterations: Int
    /// Parameters that went to the bounds.
    var isAtBound: Bool

    /// |ln θ| is at most this: beyond, a parameter has become 0 or infinite.
    static let bound = 16.0
    /// On the way there: the search stops where the likelihood is flat, which can be before the bound.
    static let far = 12.0
    private static let longestStep = 3.0

    /// - Parameter function: of ln θ; nil where it cannot be computed.
    /// - Returns: nil where the function cannot be computed at the start.
    init?(from start: [Double], _ function: ([Double]) -> Curvature?) {
        guard let first = function(start), first.isFinite else { return nil }
        (point, curvature, iterations, isAtBound) = (start, first, 0, false)
        var damping = 0.0
        var stalls = 0
        while iterations < 200, stalls < 3, damping < 1e12 {
            iterations += 1
            let free = free
            isAtBound = free.count < point.count
            guard !free.isEmpty else { return }
            guard let (next, gain) = step(of: free, damping) else {
                damping = max(damping * 10, 1e-6)
                continue
            }
            // The last step is taken on the word of the derivatives: what it gains is less than the sum's rounding.
            let isLast = damping == 0 && gain < 1e-9 + 1e-14 * abs(curvature.value)
            guard let found = function(next), found.isFinite, isLast || found.value > curvature.value else {
                damping = max(damping * 10, 1e-6)
                continue
            }
            stalls = found.value - curvature.value < 1e-13 * abs(curvature.value) ? stalls + 1 : 0
            (point, curvature) = (next, found)
            if isLast { return }
            damping = damping > 1e-5 ? damping / 10 : 0
        }
    }

    /// A parameter at its bound stays there as long as the likelihood rises beyond.
    private var free: [Int] {
        point.indices.filter {
            !(point[$0] >= Maximum.bound && curvature.gradient[$0] > 0
                || point[$0] <= -Maximum.bound && curvature.gradient[$0] < 0)
        }
    }

    /// The next point and what the quadratic promises for it; nil where there is no such step.
    private func step(of free: [Int], _ damping: Double) -> (next: [Double], gain: Double)? {
        var matrix = SymmetricMatrix(free.count)
        for (i, a) in free.enumerated() {
            for (j, b) in free.enumerated() where j <= i { matrix[i, j] = -curvature.hessian[a, b] }
            matrix[i, i] += damping * max(1, abs(curvature.hessian[a, a]))
        }
        let gradient = free.map { curvature.gradient[$0] }
        guard let step = matrix.solution(gradient), step.allSatisfy(\.isFinite) else { return nil }
        // Far from the maximum the quadratic says little.
        let scale = min(1, Maximum.longestStep / (step.map(abs).max() ?? 1))
        var next = point
        for (i, a) in free.enumerated() {
            next[a] = min(Maximum.bound, max(-Maximum.bound, point[a] + step[i] * scale))
        }
        return (next, zip(gradient, step).reduce(0) { $0 + $1.0 * $1.1 } * scale)
    }
}
