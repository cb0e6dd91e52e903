/// The gaps of one thread, kept for exact quantiles: each in one word with its month, and counted by size in classes, so
/// that a quantile looks only at the class it falls into.
final class GapSamples {
    private let words: PlainArray<Int64>
    private(set) var count = 0
    /// By month, then by class.
    let histogram: PlainArray<UInt32>
    let classes: Int
    private let months: Int
    /// A class is `2^shift` microseconds wide.
    private let shift: Int64

    /// Room below the gap for the month.
    private static let monthBits: Int64 = 8

    init(rows: Int, months: Int, days: Int) {
        words = PlainArray(roomFor: rows)
        self.months = months
        let longest = Int64(days + 1) * KernelCalendar.microsecondsOfDay
        shift = Int64(max(0, Int64.bitWidth - longest.leadingZeroBitCount - 12))
        classes = Int(longest >> shift) + 1
        histogram = PlainArray(repeating: 0, count: months * classes)
    }

    @inline(__always) func append(_ gap: Int64, month: Int) {
        words[count] = gap &<< GapSamples.monthBits | Int64(month)
        count &+= 1
        histogram[month * classes + Int(gap &>> shift)] &+= 1
    }

    /// The quantiles of all threads' gaps in days: by month, and last over all of them; nil over nothing. Linear
    /// interpolation at (n - 1) p.
    static func quantiles(_ p: [Double], _ threads: [GapSamples]) -> [[Double?]] {
        guard let first = threads.first else { return [] }
        let (months, classes) = (first.months, first.classes)
        // The last row of the histogram is that of all months.
        var counts = [Int](repeating: 0, count: (months + 1) * classes)
        for thread in threads {
            for month in 0..<months {
                for size in 0..<classes {
                    let count = Int(thread.histogram[month * classes + size])
                    counts[month * classes + size] += count
                    counts[months * classes + size] += count
                }
            }
        }
        // The classes that the wanted ranks fall into, and how many gaps are in smaller ones.
        struct Wanted {
            var rank: Int
            var list: Int
            var smaller: Int
        }
        let lists = PlainArray<Int32>(repeating: -1, count: (months + 1) * classes)
        var listCount = 0
        func want(_ row: Int, rank: Int) -> Wanted {
            var smaller = 0
            var size = 0
            while smaller + counts[row * classes + size] <= rank {
                smaller += counts[row * classes + size]
                size += 1
            }
            if lists[row * classes + size] < 0 {
                lists[row * classes + size] = Int32(listCount)
                listCount += 1
            }
            return Wanted(rank: rank, list: Int(lists[row * classes + size]), smaller: smaller)
        }
        let wanted = (0...months).map { row in
            let count = counts[(row * classes)..<((row + 1) * classes)].reduce(0, +)
            return p.map { p -> (low: Wanted, high: Wanted, fraction: Double)? in
                if count == 0 { return nil }
                let position = Double(count - 1) * p
                let low = Int(position)
                return (want(row, rank: low), want(row, rank: min(low + 1, count - 1)), position - Double(low))
            }
        }
        var values = [[Int64]](repeating: [], count: listCount)
        for thread in threads {
            for index in 0..<thread.count {
                let word = thread.words[index]
                let gap = word &>> monthBits
                let size = Int(gap &>> first.shift)
                let ofMonth = lists[(Int(word) & 0xFF) * classes + size]
                if ofMonth >= 0 { values[Int(ofMonth)].append(gap) }
                let ofAll = lists[months * classes + size]
                if ofAll >= 0 { values[Int(ofAll)].append(gap) }
            }
        }
        for index in values.indices { values[index].sort() }
        func value(_ wanted: Wanted) -> Double { Double(values[wanted.list][wanted.rank - wanted.smaller]) }
        return wanted.map { row in
            row.map { wanted in
                wanted.map { low, high, fraction in
                    (value(low) + (value(high) - value(low)) * fraction) / 86_400_000_000
                }
            }
        }
    }
}
