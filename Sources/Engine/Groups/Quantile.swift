/// Exact quantiles of a set of durations: no sketch.
///
/// The wanted values are selected, not sorted for: one histogram of the leading bits finds their buckets, and only those
/// are sorted.
final class Quantiles {
    private let values: [Int64]
    private let least: Int64
    private let shift: UInt64
    /// By bucket, how many values come before it.
    private var before: [Int] = []
    private var sorted: [Int: [Int64]] = [:]

    private static let buckets = 1 << 14

    /// - Parameter values: microseconds.
    init(_ values: [Int64]) {
        self.values = values
        let (least, most) = unsafe values.withUnsafeBufferPointer { values in
            var (least, most) = (Int64.max, Int64.min)
            each(values.count) { index in
                least = unsafe min(least, values[index])
                most = unsafe max(most, values[index])
            }
            return (least, most)
        }
        let range = values.isEmpty ? 0 : UInt64(bitPattern: most &- least)
        var shift: UInt64 = 0
        while range >> shift >= UInt64(Quantiles.buckets) { shift += 1 }
        (self.least, self.shift) = (least, shift)
        if values.isEmpty { return }
        var counts = [Int](repeating: 0, count: Int(range >> shift) + 1)
        unsafe values.withUnsafeBufferPointer { values in
            unsafe counts.withUnsafeMutableBufferPointer { counts in
                each(values.count) { index in
                    unsafe counts[Int(UInt64(bitPattern: values[index] &- least) &>> shift)] &+= 1
                }
            }
        }
        before.reserveCapacity(counts.count + 1)
        var sum = 0
        for count in counts {
            before.append(sum)
            sum += count
        }
        before.append(sum)
    }

    /// The values of a bucket, sorted.
    private func values(of bucket: Int) -> [Int64] {
        let (first, width) = (least &+ Int64(bitPattern: UInt64(bucket) << shift), UInt64(1) << shift)
        let count = before[bucket + 1] - before[bucket]
        // One place more: the loop writes before it knows whether to keep.
        let found = Lanes<Int64>(repeating: 0, count: count + 1)
        var kept = 0
        unsafe values.withUnsafeBufferPointer { values in
            each(values.count) { index in
                let value = unsafe values[index]
                found[kept] = value
                kept &-= Int(mask(UInt64(bitPattern: value &- first) < width))
            }
        }
        return (0..<count).map { found[$0] }.sorted()
    }

    /// Linear interpolation at (n - 1) p over the sorted values, in days; nil over nothing.
    func value(_ p: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let position = Double(values.count - 1) * min(max(p, 0), 1)
        let lower = Int(position)
        let upper = min(lower + 1, values.count - 1)
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
        if shift == 0 { return least &+ Int64(low) }
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

    func quantiles(_ row: Row, _ samples: () -> [Int64]) -> Quantiles {
        if let quantiles = known[row] { return quantiles }
        let quantiles = Quantiles(samples())
        known[row] = quantiles
        return quantiles
    }
}
