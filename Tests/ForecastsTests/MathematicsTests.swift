import Forecasts
import Testing

/// Random distributions, matrices and rank correlation; the gamma functions show in the reference fits.
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

    /// Ranks 1.5, 1.5, 3, 4, 5 and 2, 3.5, 3.5, 1, 5: covariance 2.75, variances 9.5 and 9.5.
    @Test func rankCorrelation() {
        func correlation(_ pairs: [(frequency: Int, mean: Double)]) -> Double? {
            let customers = pairs.map {
                ForecastCustomer(
                    firstDay: 0, history: BuyerHistory(frequency: $0.frequency, recency: 90, age: 100),
                    spend: $0.mean * Double($0.frequency))
            }
            // Who has bought once or paid nothing has no amount.
            let others = [
                ForecastCustomer(firstDay: 0, history: BuyerHistory(frequency: 0, recency: 0, age: 100), spend: 0),
                ForecastCustomer(firstDay: 0, history: BuyerHistory(frequency: 9, recency: 90, age: 100), spend: 0),
            ]
            return CustomerBase(customers + others, repeats: [:], days: 100, knownDays: nil).rankCorrelation
        }
        #expect(close(correlation([(1, 10), (1, 20), (2, 20), (3, 5), (5, 40)]) ?? .nan, 2.75 / 9.5, 1e-12))
        #expect(close(correlation([(1, 1), (2, 10), (3, 11), (4, 900)]) ?? .nan, 1, 1e-12))
        #expect(close(correlation([(1, 900), (2, 11), (3, 10), (4, 1)]) ?? .nan, -1, 1e-12))
        #expect(correlation([(1, 10), (2, 20)]) == nil && correlation([(2, 10), (2, 20), (2, 30)]) == nil)
        #expect(correlation([(1, 10), (2, 10), (3, 10)]) == nil)
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
