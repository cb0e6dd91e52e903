/// Linear interpolation at (n - 1) p over the sorted values, in days; nil over nothing. Exact: no sketch.
///
/// The two values are selected, not sorted for: with a histogram of their leading bits, then again within the bucket.
func quantile(_ microseconds: [Int64], _ p: Double) -> Double? {
    guard !microseconds.isEmpty else { return nil }
    let position = Double(microseconds.count - 1) * min(max(p, 0), 1)
    let lower = Int(position)
    let upper = min(lower + 1, microseconds.count - 1)
    let fraction = position - Double(lower)
    let low = Double(element(lower, ofSorted: microseconds))
    let high = upper == lower ? low : Double(element(upper, ofSorted: microseconds))
    return (low + (high - low) * fraction) / 86_400_000_000
}

/// The element that has that many before it when the values are sorted.
func element(_ rank: Int, ofSorted values: [Int64]) -> Int64 {
    precondition(values.indices.contains(rank), "no such rank")
    if values.count < 512 { return values.sorted()[rank] }
    var (least, most) = (Int64.max, Int64.min)
    for value in values {
        least = min(least, value)
        most = max(most, value)
    }
    let range = UInt64(bitPattern: most &- least)
    if range == 0 { return least }
    let bits = UInt64.bitWidth - range.leadingZeroBitCount
    let shift = UInt64(max(0, bits - 12))
    var counts = [Int](repeating: 0, count: Int(range >> shift) + 1)
    for value in values { counts[Int(UInt64(bitPattern: value &- least) >> shift)] += 1 }
    var before = 0
    var bucket = 0
    while before + counts[bucket] <= rank {
        before += counts[bucket]
        bucket += 1
    }
    if shift == 0 { return least &+ Int64(bucket) }
    let wanted = UInt64(bucket)
    var rest: [Int64] = []
    rest.reserveCapacity(counts[bucket])
    for value in values where UInt64(bitPattern: value &- least) >> shift == wanted { rest.append(value) }
    return element(rank - before, ofSorted: rest)
}
