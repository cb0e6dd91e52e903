/// An exact decimal number `units / 10^scale`, for money and everything that is summed.
///
/// Nothing rounds except `rounded(toScale:)`, which presentation calls. Arithmetic that leaves 128 bits is a
/// programming error at these magnitudes (10^38) and traps; parsing and rescaling report it as nil.
package struct ExactDecimal: Sendable {
    package var units: Int128
    /// Digits after the decimal point, 0 ... 36.
    package var scale: Int

    package init(units: Int128, scale: Int) {
        self.units = units
        self.scale = scale
    }

    package init(_ integer: Int) {
        self.init(units: Int128(integer), scale: 0)
    }

    package static let zero = ExactDecimal(0)

    /// 10^exponent, for exponents 0 ... 38.
    package static func power(_ exponent: Int) -> Int128 { powers[exponent] }

    private static let powers: [Int128] = {
        var list: [Int128] = [1]
        for _ in 0..<38 { list.append((list.last ?? 1) * 10) }
        return list
    }()

    /// The number in text such as `-1234.50` or `1.5e3`; nil where the text is anything else, NaN and infinity too.
    package init?(_ text: some StringProtocol) {
        self.init(utf8: Array(text.utf8))
    }

    /// As `init(_:)`, from bytes. `decimalSeparator` is the byte between whole and fraction.
    package init?(utf8 bytes: some Collection<UInt8>, decimalSeparator: UInt8 = UInt8(ascii: ".")) {
        var units: Int128 = 0
        var scale = 0
        var digits = 0
        var seenPoint = false
        var negative = false
        var exponent: Int?
        var index = bytes.startIndex
        if index < bytes.endIndex, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
            negative = bytes[index] == UInt8(ascii: "-")
            index = bytes.index(after: index)
        }
        while index < bytes.endIndex {
            let byte = bytes[index]
            index = bytes.index(after: index)
            if (48...57).contains(byte) {
                let (product, high) = units.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(Int128(byte - 48))
                if high || carry { return nil }
                units = sum
                digits += 1
                if seenPoint { scale += 1 }
            } else if byte == decimalSeparator, !seenPoint {
                seenPoint = true
            } else if byte | 0x20 == UInt8(ascii: "e"), digits > 0 {
                guard let parsed = Int(String(decoding: bytes[index...], as: UTF8.self)), abs(parsed) <= 60 else {
                    return nil
                }
                exponent = parsed
                index = bytes.endIndex
            } else {
                return nil
            }
        }
        guard digits > 0 else { return nil }
        scale -= exponent ?? 0
        while scale > 36, units % 10 == 0 {
            units /= 10
            scale -= 1
        }
        if scale < 0 {
            guard -scale <= 38 else { return nil }
            let (product, overflow) = units.multipliedReportingOverflow(by: ExactDecimal.power(-scale))
            if overflow { return nil }
            units = product
            scale = 0
        }
        guard scale <= 36 else { return nil }
        self.init(units: negative ? -units : units, scale: scale)
    }

    /// The same value with more digits after the point; nil where 128 bits are too few or digits would be lost.
    package func rescaled(to newScale: Int) -> ExactDecimal? {
        if newScale >= scale {
            guard newScale - scale <= 38 else { return nil }
            let (product, overflow) = units.multipliedReportingOverflow(by: ExactDecimal.power(newScale - scale))
            return overflow ? nil : ExactDecimal(units: product, scale: newScale)
        }
        let divisor = ExactDecimal.power(scale - newScale)
        return units % divisor == 0 ? ExactDecimal(units: units / divisor, scale: newScale) : nil
    }

    /// Rounded to that many digits, half away from zero. For presentation only.
    package func rounded(toScale newScale: Int) -> ExactDecimal {
        guard newScale < scale else { return rescaled(to: newScale) ?? self }
        let divisor = ExactDecimal.power(scale - newScale)
        let (quotient, remainder) = units.quotientAndRemainder(dividingBy: divisor)
        let up = remainder.magnitude * 2 >= divisor.magnitude
        return ExactDecimal(units: up ? quotient + (units < 0 ? -1 : 1) : quotient, scale: newScale)
    }

    /// Without trailing zeros after the point.
    package var normalized: ExactDecimal {
        var result = self
        while result.scale > 0, result.units % 10 == 0 {
            result.units /= 10
            result.scale -= 1
        }
        return result
    }

    /// The nearest binary floating point number, within two units in the last place.
    package var double: Double {
        let normal = normalized
        return Double(normal.units) / Double(ExactDecimal.power(normal.scale))
    }
}

extension ExactDecimal: Comparable, Hashable {
    package static func == (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let (a, b) = (left.normalized, right.normalized)
        return a.units == b.units && a.scale == b.scale
    }

    package static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let scale = max(left.scale, right.scale)
        if let a = left.rescaled(to: scale), let b = right.rescaled(to: scale) { return a.units < b.units }
        return left.double < right.double
    }

    package func hash(into hasher: inout Hasher) {
        let normal = normalized
        hasher.combine(normal.units)
        hasher.combine(normal.scale)
    }
}

extension ExactDecimal {
    package static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        combine(left, right) { $0 + $1 }
    }

    package static func - (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        combine(left, right) { $0 - $1 }
    }

    package static func * (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        ExactDecimal(units: left.units * right.units, scale: left.scale + right.scale)
    }

    package static prefix func - (value: ExactDecimal) -> ExactDecimal {
        ExactDecimal(units: -value.units, scale: value.scale)
    }

    private static func combine(
        _ left: ExactDecimal, _ right: ExactDecimal, _ operation: (Int128, Int128) -> Int128
    ) -> ExactDecimal {
        let scale = max(left.scale, right.scale)
        let a = left.units * power(scale - left.scale)
        let b = right.units * power(scale - right.scale)
        return ExactDecimal(units: operation(a, b), scale: scale)
    }
}

extension ExactDecimal: CustomStringConvertible {
    /// All its digits, `-12.340` for scale 3.
    package var description: String {
        guard scale > 0 else { return String(units) }
        let magnitude = units.magnitude
        let divisor = ExactDecimal.power(scale).magnitude
        return "\(units < 0 ? "-" : "")\(magnitude / divisor).\(padded(magnitude % divisor, scale))"
    }
}

extension ExactDecimal: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = ExactDecimal(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a decimal number"))
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
