/// Spearman's rank correlation.
enum RankCorrelation {
    /// Pearson's correlation of the ranks; equal values have the mean of their ranks. Nil for fewer than three pairs, or
    /// where one side is constant.
    static func spearman(_ pairs: some Sequence<(Double, Double)>) -> Double? {
        let pairs = Array(pairs)
        guard pairs.count >= 3 else { return nil }
        let (a, b) = (ranks(pairs.map(\.0)), ranks(pairs.map(\.1)))
        let mean = Double(pairs.count + 1) / 2
        var (covariance, left, right) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            covariance += (x - mean) * (y - mean)
            left += (x - mean) * (x - mean)
            right += (y - mean) * (y - mean)
        }
        return left > 0 && right > 0 ? covariance / (left * right).squareRoot() : nil
    }

    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = Array(repeating: 0.0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            let rank = Double(start + end + 1) / 2
            for place in start..<end { ranks[order[place]] = rank }
            start = end
        }
        return ranks
    }
}
