import Foundation

/// A small symmetric matrix, such as that of second derivatives by up to four parameters.
package struct SymmetricMatrix: Hashable, Sendable {
    package let count: Int
    private var entries: [Double]

    /// Of zeros.
    package init(_ count: Int) {
        self.count = count
        entries = Array(repeating: 0, count: count * count)
    }

    /// The entry and the one opposite to it.
    package subscript(_ row: Int, _ column: Int) -> Double {
        get { entries[row * count + column] }
        set {
            entries[row * count + column] = newValue
            entries[column * count + row] = newValue
        }
    }

    package var isFinite: Bool { entries.allSatisfy(\.isFinite) }

    /// The lower triangle L with L Lᵀ = this matrix, row by row; nil where it is not positive definite.
    package var cholesky: [[Double]]? {
        var lower = Array(repeating: Array(repeating: 0.0, count: count), count: count)
        for row in 0..<count {
            for column in 0...row {
                var sum = self[row, column]
                for k in 0..<column { sum -= lower[row][k] * lower[column][k] }
                if row == column {
                    guard sum > 0, sum.isFinite else { return nil }
                    lower[row][row] = sum.squareRoot()
                } else {
                    lower[row][column] = sum / lower[column][column]
                }
            }
        }
        return lower
    }

    /// The vector x with this matrix · x = `right`; nil where the matrix is not positive definite.
    func solution(_ right: [Double]) -> [Double]? {
        guard let lower = cholesky else { return nil }
        var result = right
        for row in 0..<count {
            for k in 0..<row { result[row] -= lower[row][k] * result[k] }
            result[row] /= lower[row][row]
        }
        for row in (0..<count).reversed() {
            for k in (row + 1)..<max(count, row + 1) { result[row] -= lower[k][row] * result[k] }
            result[row] /= lower[row][row]
        }
        return result
    }

    /// Nil where the matrix is not positive definite.
    var inverse: SymmetricMatrix? {
        var result = SymmetricMatrix(count)
        for column in 0..<count {
            var unit = Array(repeating: 0.0, count: count)
            unit[column] = 1
            guard let solved = solution(unit) else { return nil }
            for row in 0...column { result[row, column] = solved[row] }
        }
        return result
    }

    /// In ascending order, by Jacobi rotations.
    package var eigenvalues: [Double] {
        var matrix = self
        for _ in 0..<60 {
            var off = 0.0
            for row in 0..<count { for column in 0..<row { off += matrix[row, column] * matrix[row, column] } }
            if off < 1e-24 * max(1e-300, (0..<count).reduce(0) { $0 + matrix[$1, $1] * matrix[$1, $1] }) { break }
            for p in 0..<count { for q in (p + 1)..<max(count, p + 1) { matrix.rotate(p, q) } }
        }
        return (0..<count).map { matrix[$0, $0] }.sorted()
    }

    /// Makes the entry at (p, q) zero.
    private mutating func rotate(_ p: Int, _ q: Int) {
        let off = self[p, q]
        if off == 0 { return }
        let theta = (self[q, q] - self[p, p]) / (2 * off)
        let tangent = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for k in 0..<count where k != p && k != q {
            let (a, b) = (self[k, p], self[k, q])
            self[k, p] = cosine * a - sine * b
            self[k, q] = sine * a + cosine * b
        }
        let (a, b) = (self[p, p], self[q, q])
        self[p, p] = a - tangent * off
        self[q, q] = b + tangent * off
        self[p, q] = 0
    }
}
