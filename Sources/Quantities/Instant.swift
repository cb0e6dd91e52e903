/// A point in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Microseconds are the finest grain the stored data has; comparison and arithmetic are integer and exact.
package struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since the Unix epoch; negative before it.
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The instant `seconds` whole seconds after the Unix epoch.
    package init(seconds: Int64) {
        self.microseconds = seconds * 1_000_000
    }

    /// 0000-01-01 up to the end of 9999, which ISO 8601 can name.
    private static let fourDigitYears: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999

    package static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The next representable instant: half-open windows that include this instant end there.
    package var successor: Instant { Instant(microseconds: microseconds + 1) }
}

extension Instant: CustomStringConvertible {
    /// ISO 8601 in UTC, `2026-02-01T03:30:00Z`; a fraction of three or six digits only where there is one.
    package var description: String {
        let seconds = microseconds.flooringDivision(by: 1_000_000)
        // The product may lie below the lowest number; the difference never does.
        let fraction = microseconds &- seconds &* 1_000_000
        let day = seconds.flooringDivision(by: 86_400)
        let second = seconds - day * 86_400
        let date = CivilDate(dayNumber: Int(day))
        let time = "\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        let tail =
            if fraction == 0 {
                ""
            } else if fraction % 1_000 == 0 {
                "." + padded(fraction / 1_000, 3)
            } else {
                "." + padded(fraction, 6)
            }
        return "\(date)T\(time)\(tail)Z"
    }
}

/// As ISO 8601; where the year has not four digits, as microseconds.
extension Instant: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let microseconds = try? container.decode(Int64.self) {
            self.init(microseconds: microseconds)
            return
        }
        let text = try container.decode(String.self)
        guard let instant = Instant(iso8601: text, zone: .utc) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not an ISO 8601 instant")
            )
        }
        self = instant
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if Instant.fourDigitYears.contains(microseconds) {
            try container.encode(description)
        } else {
            try container.encode(microseconds)
        }
    }
}

/// A half-open span of time `[from, to)`.
package struct Window: Hashable, Codable, Sendable {
    package var from: Instant
    package var to: Instant

    package init(from: Instant, to: Instant) {
        self.from = from
        self.to = to
    }

    package func contains(_ instant: Instant) -> Bool { from <= instant && instant < to }
}

extension FixedWidthInteger {
    /// Quotient rounded towards negative infinity, so that the remainder is never negative for a positive divisor.
    package func flooringDivision(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder != 0 && (remainder < 0) != (divisor < 0) ? quotient - 1 : quotient
    }
}

/// Decimal digits of a number that is not negative, with leading zeros up to `width`.
package func padded(_ number: some BinaryInteger, _ width: Int) -> String {
    let digits = String(number)
    return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
}
