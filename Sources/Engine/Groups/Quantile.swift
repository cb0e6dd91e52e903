/// Exact quantiles of a set of durations: no sketch.
///
/// The wanted values are selected, not sorted for: one histogram of the leading bits finds their buckets, and only those
/// are sorted.
final class Quantiles {
    private let samples: SampleList
    private let count: Int
    private let shift: UInt64
    /// By bucket, how many values come before it.
    private var before: [Int] = [0]
    /// The values of the buckets that some quantile needs, ascending; and where in them each of these buckets begins.
    private var sorted: [Int64] = []
    private var begins: [Int: Int] = [:]

    /// Their counters stay in the first cache.
    private static let buckets: Int64 = 1 << 12

    /// - Parameters:
    ///   - samples: microseconds.
    ///   - quantiles: which `value` will be asked for.
    init(_ samples: SampleList, _ quantiles: [Double]) {
        self.samples = samples
        count = samples.count
        var shift: UInt64 = 0
        while samples.bits >> shift >= Quantiles.buckets { shift += 1 }
        self.shift = shift
        let bucketCount = Int(samples.bits >> shift) + 1
        let counts = Lanes<Int32>(repeating: 0, count: bucketCount)
        Quantiles.forEach(samples) { value in counts[Int(value &>> shift)] &+= 1 }
        before.reserveCapacity(bucketCount + 1)
        for bucket in 0..<bucketCount { before.append(before[bucket] + Int(counts[bucket])) }
        if shift > 0, count > 0 { sortBuckets(of: quantiles, bucketCount) }
    }

    /// Gathers the values of all buckets that are needed in one walk, and sorts them.
    private func sortBuckets(of quantiles: [Double], _ bucketCount: Int) {
        let isWanted = Lanes<UInt8>(repeating: 0, count: bucketCount)
        for p in quantiles {
            let ranks = ranks(p)
            isWanted[bucket(of: ranks.lower)] = 1
            isWanted[bucket(of: ranks.upper)] = 1
        }
        var wanted = 0
        for bucket in 0..<bucketCount where isWanted[bucket] != 0 {
            begins[bucket] = wanted
            wanted += before[bucket + 1] - before[bucket]
        }
        // One place more: the loop writes before it knows whether to keep.
        let found = Lanes<Int64>(repeating: 0, count: wanted + 1)
        let shift = shift
        var kept = 0
        Quantiles.forEach(samples) { value in
            found[kept] = value
            kept &+= Int(isWanted[Int(value &>> shift)])
        }
        sorted = (0..<wanted).map { found[$0] }.sorted()
    }

    /// Calls the body with each value in microseconds.
    @inline(__always)
    private static func forEach(_ samples: SampleList, _ body: (Int64) -> Void) {
        for piece in samples.seconds.pieces {
            let values = piece.values
            each(piece.count) { index in body(Int64(values[index]) &* SampleList.microsecondsOfSecond) }
        }
        for piece in samples.microseconds.pieces {
            let values = piece.values
            each(piece.count) { index in body(values[index]) }
        }
    }

    private func ranks(_ p: Double) -> (lower: Int, upper: Int, fraction: Double) {
        let position = Double(count - 1) * min(max(p, 0), 1)
        let lower = Int(position)
        return (lower, min(lower + 1, count - 1), position - Double(lower))
    }

    /// Linear interpolation at (n - 1) p over the sorted values, in days; nil over nothing.
    func value(_ p: Double) -> Double? {
        guard count > 0 else { return nil }
        let (lower, upper, fraction) = ranks(p)
        let low = Double(element(lower))
        let high = upper == lower ? low : Double(element(upper))
        return (low + (high - low) * fraction) / 86_400_000_000
    }

    /// The last bucket that begins at or before the rank, and is not empty.
    private func bucket(of rank: Int) -> Int {
        var (low, high) = (0, before.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if before[middle] <= rank { low = middle } else { high = middle }
        }
        return low
    }

    /// The value that has that many before it when all are sorted.
    private func element(_ rank: Int) -> Int64 {
        let bucket = bucket(of: rank)
        if shift == 0 { return Int64(bucket) }
        guard let begin = begins[bucket] else { preconditionFailure("a quantile that was not announced") }
        return sorted[begin + rank - before[bucket]]
    }
}

/// Quantiles of the rows of a result, so that several of one row share its histogram.
final class QuantileCache {
    struct Row: Hashable {
        var grouping: Int
        var row: Int
    }

    private let quantiles: [Double]
    private var known: [Row: Quantiles] = [:]

    /// - Parameter query: whose quantiles are asked for.
    init(_ query: QueryPlan) {
        quantiles = query.sources.compactMap { if case .quantile(let p) = $0.source { p } else { nil } }
    }

    func quantiles(_ row: Row, _ samples: () -> SampleList) -> Quantiles {
        if let known = known[row] { return known }
        let made = Quantiles(samples(), quantiles)
        known[row] = made
        return made
    }
}
