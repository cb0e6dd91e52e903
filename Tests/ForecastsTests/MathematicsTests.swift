import Forecasts
import Testing

/// Numbers of random distributions and of the matrices; the gamma functions show in the reference fits.
@Suite struct MathematicsTests {
    @Test func eigenvaluesAndInverse() throws {
        var matrix = SymmetricMatrix(3)
        for (i, row) in [[4.0], [1.0, 3.0], [0.5, -1.0, 2.0]].enumerated() {
            for (j, value) in row.enumerated() { matrix[i, j] = value }
        }
        let values = matrix.eigenvalues
        // Their sum is the trace, their product the determinant.
        #expect(near(values.reduce(0, +), 9, 1e-12))
        #expect(near(values.reduce(1, *), 16.25, 1e-12), "\(values)")
        let lower = try #require(matrix.cholesky)
        #expect(near(lower.indices.reduce(1.0) { $0 * lower[$1][$1] * lower[$1][$1] }, 16.25, 1e-12))
    }

    @Test func randomNumbersHaveTheirMoments() {
        var random = RandomNumbers(seed: 7)
        func moments(_ draw: (inout RandomNumbers) -> Double) -> (mean: Double, variance: Double) {
            let values = (0..<200_000).map { _ in draw(&random) }
            let mean = values.reduce(0, +) / Double(values.count)
            return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
        }
        for (name, draw, mean, variance) in [
            ("normal", { $0.normal() }, 0, 1),
            ("gamma .3", { $0.gamma(shape: 0.3) }, 0.3, 0.3), ("gamma 7", { $0.gamma(shape: 7) }, 7, 7),
            ("beta", { $0.beta(0.8, 2.4) }, 0.25, 0.8 * 2.4 / (3.2 * 3.2 * 4.2)),
            ("poisson 2", { Double($0.poisson(2)) }, 2, 2), ("poisson 90", { Double($0.poisson(90)) }, 90, 90),
            ("geometric", { Double($0.geometric(0.2)) }, 5, 20),
        ] as [(String, (inout RandomNumbers) -> Double, Double, Double)] {
            let found = moments(draw)
            let error = (variance / 200_000).squareRoot()
            #expect(abs(found.mean - mean) < 5 * error, "\(name): \(found.mean)")
            #expect(abs(found.variance / variance - 1) < 0.05, "\(name): \(found.variance)")
        }
    }
}
