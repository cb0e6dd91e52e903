/// Numbers to places on an axis, with round ticks.
///
/// Every finite input gives a finite scale: no data is 0 ... 1, a single value is a span of its own size.
package struct LinearScale: Hashable, Sendable {
    /// The ends of the axis; both are ticks.
    package let lower: Double
    package let upper: Double
    /// The distance between ticks: 1, 2 or 5 times a power of ten.
    package let step: Double
    /// Ascending.
    package let ticks: [Double]

    /// `values` may hold numbers that are not finite, which do not count. With `fromZero` 0 is on the axis; else it is
    /// where the values lie so far apart that their distance from 0 matters little.
    package init(_ values: [Double], fromZero: Bool, about count: Int = 4) {
        let known = values.filter { $0.isFinite && abs($0) < 1e300 }
        var low = known.min() ?? 0
        var high = known.max() ?? 0
        let spread = high - low
        let isFarFromZero = (low > 0 || high < 0) && spread > 0 && spread < max(abs(low), abs(high)) * 0.4
        if fromZero || !isFarFromZero {
            low = min(0, low)
            high = max(0, high)
        }
        if low == high { high = low + 1 }
        let (step, power) = LinearScale.step(for: (high - low) / Double(max(1, count)))
        let first = (low / step).rounded(.down)
        let last = (high / step).rounded(.up)
        self.step = step
        ticks = (0...Int(min(50, last - first))).map { index in
            let multiple = first + Double(index)
            // A negative power of ten is no exact double: dividing by the exact positive one rounds once only.
            return power < 0
                ? (multiple * (step / LinearScale.ten(power)).rounded()) / LinearScale.ten(-power) : multiple * step
        }
        lower = ticks.first ?? low
        upper = ticks.last ?? high
    }

    /// 0 at `lower`, 1 at `upper`; what lies outside is moved to the nearer end.
    package func fraction(_ value: Double) -> Double {
        guard value.isFinite else { return 0 }
        return min(1, max(0, (value / 2 - lower / 2) / (upper / 2 - lower / 2)))
    }

    /// The least round step that is not smaller than `raw`, and its power of ten.
    private static func step(for raw: Double) -> (Double, Int) {
        guard raw > 0, raw.isFinite else { return (1, 0) }
        var power = 0
        while ten(power + 1) <= raw, power < 307 { power += 1 }
        while ten(power) > raw, power > -300 { power -= 1 }
        for multiple in [1.0, 2.0, 5.0] where multiple * ten(power) >= raw { return (multiple * ten(power), power) }
        return (ten(power + 1), power + 1)
    }

    private static func ten(_ power: Int) -> Double {
        var result = 1.0
        for _ in 0..<abs(power) { result *= 10 }
        return power < 0 ? 1 / result : result
    }
}
