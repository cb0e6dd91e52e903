import Quantities
package import Queries

/// Short numbers for axes and marks: `£200k`, `1.5M`, `40%`.
package struct AxisLabels: Sendable {
    private let type: ValueType
    private let currency: String

    package init(type: ValueType, currency: String) {
        self.type = type
        self.currency = currency
    }

    /// The labels of a scale's ticks, all with the digits and the unit that tell neighbours apart.
    package func labels(of scale: LinearScale) -> [String] {
        let factor = type == .ratio ? 100.0 : 1
        let greatest = max(abs(scale.lower), abs(scale.upper)) * factor
        let (unit, suffix) = AxisLabels.unit(greatest)
        let step = scale.step * factor / unit
        var digits = 0
        while digits < 6, abs((step * AxisLabels.ten(digits)).rounded() - step * AxisLabels.ten(digits)) > 1e-6 {
            digits += 1
        }
        return scale.ticks.map {
            $0 == 0
                ? decorate(.real(0), digits: 0, suffix: "")
                : decorate(.real($0 * factor / unit), digits: digits, suffix: suffix)
        }
    }

    /// A number in about three digits; plain numbers below ten and small money with two after the point, as in tables.
    package func short(_ value: Double) -> String {
        guard value.isFinite else { return NumberFormatting.null }
        let scaled = value * (type == .ratio ? 100 : 1)
        let (unit, suffix) = AxisLabels.unit(abs(scaled))
        let size = abs(scaled) / unit
        let isWhole = size == size.rounded() || (unit == 1 && type == .count)
        let isFine = unit == 1 && !isWhole && ((type == .money && size < 100) || (type == .number && size < 10))
        let digits = isFine ? (type == .money ? Currency.digits(of: currency) : 2) : isWhole || size >= 100 ? 0 : 1
        return decorate(.real(scaled / unit), digits: digits, suffix: suffix)
    }

    private func decorate(_ value: Value, digits: Int, suffix: String) -> String {
        let number = NumberFormatting.number(value, digits: digits) + suffix
        switch type {
        case .money:
            guard let symbol = Currency.symbol(of: currency) else { return number }
            return number.hasPrefix("-") ? "-" + symbol + number.dropFirst() : symbol + number
        case .ratio: return number + "%"
        case .duration: return number + " d"
        case .count, .number, .periods: return number
        }
    }

    private static func unit(_ greatest: Double) -> (Double, String) {
        if greatest >= 1e9 { return (1e9, "B") }
        if greatest >= 1e6 { return (1e6, "M") }
        if greatest >= 1e4 { return (1e3, "k") }
        return (1, "")
    }

    private static func ten(_ power: Int) -> Double { (0..<power).reduce(1.0) { result, _ in result * 10 } }
}
