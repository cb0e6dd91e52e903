package import Quantities
package import Queries

/// How values become text. Two forms, both without any locale and byte for byte the same everywhere:
/// *display* is rounded for reading, *raw* is exact for CSV and JSON.
///
/// Rounding is half away from zero on the decimal number that the raw form shows, so that a reader who rounds the
/// exported number arrives at the displayed one.
package enum NumberFormatting {
    /// What stands for null where people read.
    package static let null = "–"

    /// The value for reading, by type: money `£1,234.50` or `CZK 1,234.50` with the currency's digits, count `1,234`,
    /// ratio `45.6%`, number `1.23`, duration `39.9 days`, periods `3.2 periods`; `–` for null.
    package static func display(
        _ value: Value?, type: ValueType, currency: String, period: Period? = nil
    ) -> String {
        guard let value else { return null }
        switch type {
        case .money:
            let digits = number(value, digits: Currency.digits(of: currency))
            let sign = digits.utf8.first == UInt8(ascii: "-") ? "-" : ""
            let magnitude = sign.isEmpty ? digits : String(digits.dropFirst())
            if let symbol = Currency.symbol(of: currency) { return "\(sign)\(symbol)\(magnitude)" }
            return currency.isEmpty ? digits : "\(sign)\(currency) \(magnitude)"
        case .count: return number(value, digits: 0)
        case .ratio: return percent(value, digits: 1)
        case .number: return number(value, digits: 2)
        case .duration: return number(value, digits: 1) + " days"
        case .periods:
            guard case .calendar(let unit)? = period else { return number(value, digits: 1) + " periods" }
            return "\(number(value, digits: 1)) \(unit.rawValue)s"
        }
    }

    /// As `display`, in few characters and without the unit, for narrow columns whose heading names the unit: per cent
    /// with one digit, money with the currency's digits below 1,000 and none above.
    package static func compact(_ value: Value?, type: ValueType, currency: String) -> String {
        guard let value else { return null }
        switch type {
        case .money: return number(value, digits: abs(value.double) < 1_000 ? Currency.digits(of: currency) : 0)
        case .count: return number(value, digits: 0)
        case .ratio: return String(percent(value, digits: 1).dropLast())
        case .number: return number(value, digits: 2)
        case .duration, .periods: return number(value, digits: 1)
        }
    }

    /// The value with all its digits: `8911407.904`, or the shortest text that reads back as the same real number.
    /// Nil for null, and for a real that is no number.
    package static func raw(_ value: Value?) -> String? {
        switch value {
        case nil: return nil
        case .exact(let decimal)?: return decimal.normalized.description
        case .real(let double)?:
            guard double.isFinite else { return nil }
            // 0 has a sign as a real number, which says nothing here.
            if double == 0 { return "0" }
            let text = double.description
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
    }

    /// With thousands separators, rounded half away from zero: `-1,234.50`. A number that rounds to 0 has no sign.
    package static func number(_ value: Value, digits: Int) -> String {
        guard let decimal = decimal(value) else { return raw(value) ?? null }
        return grouped(decimal.rounded(toScale: digits))
    }

    /// A share of one in per cent.
    package static func percent(_ value: Value, digits: Int) -> String {
        guard let share = decimal(value) else { return raw(value) ?? null }
        let hundredfold =
            if share.scale >= 2 {
                ExactDecimal(units: share.units, scale: share.scale - 2)
            } else {
                share * ExactDecimal(100)
            }
        return grouped(hundredfold.rounded(toScale: digits)) + "%"
    }

    /// The decimal number that the raw form shows; nil where 128 bits do not hold it, or where it is no number.
    package static func decimal(_ value: Value) -> ExactDecimal? {
        switch value {
        case .exact(let decimal): return decimal
        case .real(let double):
            guard double.isFinite else { return nil }
            if abs(double) < 1e-18 { return .zero }
            return ExactDecimal(double.description)
        }
    }

    private static func grouped(_ decimal: ExactDecimal) -> String {
        let text = Array(decimal.description.utf8)
        let isNegative = text.first == UInt8(ascii: "-")
        let body = isNegative ? text.dropFirst() : text[...]
        let point = body.firstIndex(of: UInt8(ascii: ".")) ?? body.endIndex
        var result: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        for index in body.startIndex..<point {
            if index > body.startIndex, (point - index) % 3 == 0 { result.append(UInt8(ascii: ",")) }
            result.append(body[index])
        }
        result += body[point...]
        return String(decoding: result, as: UTF8.self)
    }
}
