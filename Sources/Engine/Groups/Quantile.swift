/// Exact quantiles of a set of durations: no sketch.
///
/// The wanted values are selected, not sorted for: one histogram of the leading bits finds their buckets, and only those
/// are sorted.
final class Quantiles {
    private let samples: SampleList
    private let shift: UInt64
    /// By bucket, how many values come before it.
    private var before: [Int] = [0]
    private var sorted: [Int: [Int64]] = [:]

    /// Their counters stay in the first cache.
    private static let buckets: Int64 = 1 << 12

    /// - Parameter samples: microseconds.
    init(_ samples: SampleList) {
        self.samples = samples
        var shift: UInt64 = 0
        while samples.bits >> shift >= Quantiles.buckets { shift += 1 }
        self.shift = shift
        let counts = Lanes<Int32>(repeating: 0, count: Int(samples.bits >> shift) + 1)
        for piece in samples.pieces {
            let values = piece.values
            each(piece.count) { index in counts[Int(values[index] &>> shift)] &+= 1 }
        }
        before.reserveCapacity(counts.capacity + 1)
        for bucket in 0...Int(samples.bits >> shift) { before.append(before[bucket] + Int(counts[bucket])) }
    }

    /// The values of a bucket, sorted.
    private func values(of bucket: Int) -> [Int64] {
        let count = before[bucket + 1] - before[bucket]
        let (wanted, shift) = (Int64(bucket), shift)
        // One place more: the loop writes before it knows whether to keep.
        let found = Lanes<Int64>(repeating: 0, count: count + 1)
        var kept = 0
        for piece in samples.pieces {
            let values = piece.values
            each(piece.count) { index in
                found[kept] = values[index]
                kept &-= Int(mask(values[index] &>> shift == wanted))
            }
        }
        return (0..<count).map { found[$0] }.sorted()
    }

    /// Linear interpolation at (n - 1) p over the sorted values, in days; nil over nothing.
    func value(_ p: Double) -> Double? {
        guard samples.count > 0 else { return nil }
        let position = Double(samples.count - 1) * min(max(p, 0), 1)
        let lower = Int(position)
        let upper = min(lower + 1, samples.count - 1)
        let fraction = position - Double(lower)
        let low = Double(element(lower))
        let high = upper == lower ? low : Double(element(upper))
        return (low + (high - low) * fraction) / 86_400_000_000
    }

    /// The value that has that many before it when all are sorted.
    private func element(_ rank: Int) -> Int64 {
        // The last bucket that begins at or before the rank, and is not empty.
        var (low, high) = (0, before.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if before[middle] <= rank { low = middle } else { high = middle }
        }
        if shift == 0 { return Int64(low) }
        if sorted[low] == nil { sorted[low] = values(of: low) }
        guard let bucket = sorted[low] else { preconditionFailure("the bucket was just sorted") }
        return bucket[rank - before[low]]
    }
}

/// Quantiles of the rows of a result, so that several of one row share its histogram.
final class QuantileCache {
    struct Row: Hashable {
        var grouping: Int
        var row: Int
    }

    private var known: [Row: Quantiles] = [:]

    func quantiles(_ row: Row, _ samples: () -> SampleList) -> Quantiles {
        if let quantiles = known[row] { return quantiles }
        let quantiles = Quantiles(samples())
        known[row] = quantiles
        return quantiles
    }
}
