import Quantities

/// Finds the values of some ranks without sorting all of them.
///
/// Equal values are split off together, so that many of them, as numbers of purchases are, make it faster.
struct RankSelection<Value: Comparable> {
    private var values: [Value]
    /// Fewer are sorted.
    private static var few: Int { 32 }

    init(_ values: [Value]) { self.values = values }

    /// The nearest-rank quantiles of these shares, each above 0 and below 1, in their order; empty for no values.
    mutating func quantiles(_ shares: [ExactDecimal]) -> [Value] {
        if values.isEmpty { return [] }
        let positions = shares.map { rank(of: $0, in: values.count) - 1 }
        // More splits than good pivots need: bad ones are seen, and what is left is sorted.
        let splits = 2 * (Int.bitWidth - values.count.leadingZeroBitCount)
        settle(0..<values.count, positions.sorted()[...], splits)
        return positions.map { values[$0] }
    }

    /// Puts at these ascending positions what would be there if the range were sorted.
    private mutating func settle(_ range: Range<Int>, _ positions: ArraySlice<Int>, _ splits: Int) {
        if positions.isEmpty { return }
        if range.count <= RankSelection.few || splits == 0 {
            values[range].sort()
            return
        }
        let pivot = median(range)
        // Below the pivot | equal | not looked at yet | above.
        var (equal, next, above) = (range.lowerBound, range.lowerBound, range.upperBound)
        while next < above {
            if values[next] < pivot {
                values.swapAt(equal, next)
                equal += 1
                next += 1
            } else if pivot < values[next] {
                above -= 1
                values.swapAt(next, above)
            } else {
                next += 1
            }
        }
        settle(range.lowerBound..<equal, positions.prefix { $0 < equal }, splits - 1)
        settle(above..<range.upperBound, positions.drop { $0 < above }, splits - 1)
    }

    /// The middle one of the first, the middle and the last value.
    private func median(_ range: Range<Int>) -> Value {
        let (a, b) = (values[range.lowerBound], values[range.lowerBound + range.count / 2])
        let c = values[range.upperBound - 1]
        return max(min(a, b), min(max(a, b), c))
    }
}

/// The nearest rank of a share above 0 and below 1 among so many values, the smallest having rank 1: the share of the
/// count, rounded up exactly.
func rank(of share: ExactDecimal, in count: Int) -> Int {
    let product = UInt128(share.units).multipliedFullWidth(by: UInt128(count))
    let (whole, rest) = UInt128(ExactDecimal.power(share.scale)).dividingFullWidth(product)
    return Int(whole) + (rest == 0 ? 0 : 1)
}
