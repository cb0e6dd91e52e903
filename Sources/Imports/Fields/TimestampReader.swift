package import Definitions
package import Diagnostics
package import Quantities

/// Reads timestamps of one format. Wall times without an offset are those of its zone: a time that occurs twice is
/// its first occurrence, one that the clocks skip is moved forward by the gap; a date alone is local midnight.
package struct TimestampReader: Sendable {
    private enum Form: Sendable {
        case iso8601
        /// Microseconds of one unit.
        case unix(Int64)
        case pattern(TimestampPattern)
    }

    private let form: Form
    private let zone: Zone
    /// What messages call the format.
    private let name: String

    /// For ISO 8601.
    package init(iso8601In zone: Zone) {
        self.zone = zone
        (form, name) = (.iso8601, TimestampReader.iso8601Name)
    }

    private static let iso8601Name = "ISO 8601, such as 2026-01-31T10:00:00Z"

    /// Throws a `Diagnostic` at `place` for a pattern that can not be used.
    package init(_ format: TimestampFormat, zone: Zone, at place: Place?) throws {
        self.zone = zone
        switch format {
        case .iso8601: (form, name) = (.iso8601, TimestampReader.iso8601Name)
        case .unixSeconds: (form, name) = (.unix(1_000_000), "seconds since 1970")
        case .unixMilliseconds: (form, name) = (.unix(1_000), "milliseconds since 1970")
        case .unixMicroseconds: (form, name) = (.unix(1), "microseconds since 1970")
        case .pattern(let text):
            do throws(TimestampPatternProblem) {
                form = .pattern(try TimestampPattern(text))
            } catch {
                throw Diagnostic(
                    .error, .importTimestampPattern, "the pattern '\(text)' can not be used: \(error.reason)",
                    at: place,
                    hints: ["dd/MM/yyyy H:mm is a pattern"])
            }
            name = "the pattern '\(text)'"
        }
    }

    /// The instant that `text`, without the blanks around it, means. Throws a `RowProblem` without a place.
    package func read(_ text: ArraySlice<UInt8>) throws(RowProblem) -> Instant {
        let text = trim(text)
        switch form {
        case .iso8601:
            guard let instant = Instant(iso8601: Array(text), zone: zone) else { throw problem(text) }
            return instant
        case .unix(let unit):
            return try unix(text, unit)
        case .pattern(let pattern):
            guard let reading = pattern.read(text) else { throw problem(text) }
            return try instant(reading, hasTime: pattern.hasTime, text)
        }
    }

    var isISO8601: Bool { if case .iso8601 = form { true } else { false } }

    private func instant(
        _ reading: TimestampPattern.Reading, hasTime: Bool, _ text: ArraySlice<UInt8>
    ) throws(RowProblem) -> Instant {
        guard let date = CivilDate(validating: reading.year, reading.month, reading.day) else {
            let swapped = CivilDate(validating: reading.year, reading.day, reading.month) != nil
            throw RowProblem(
                .importTimestamp, "\(shown(text)) names a date that does not exist",
                hints: swapped ? ["are day and month the other way round?"] : [])
        }
        let seconds = Int64(reading.hour * 3_600 + reading.minute * 60 + reading.second)
        let time = seconds * 1_000_000 + reading.microsecond
        if let offset = reading.offset {
            return Instant(
                microseconds: Int64(date.dayNumber) * 86_400_000_000 + time - Int64(offset) * 1_000_000)
        }
        return hasTime ? zone.instant(of: date, timeOfDay: time) : zone.startOfDay(date)
    }

    /// The years 1 to 9999: what is outside was counted in another unit.
    private static let plausible: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

    private func unix(_ text: ArraySlice<UInt8>, _ unit: Int64) throws(RowProblem) -> Instant {
        let point = UInt8(ascii: ".")
        guard let number = NumberText.readShort(text, point) ?? ExactDecimal(utf8: text) else { throw problem(text) }
        let (scaled, overflow) = number.units.multipliedReportingOverflow(by: Int128(unit))
        // Past the microsecond there is nothing that could be kept; cut towards the past, as everywhere.
        let microseconds = scaled.flooringDivision(by: ExactDecimal.power(number.scale))
        guard !overflow, let value = Int64(exactly: microseconds), TimestampReader.plausible.contains(value) else {
            throw RowProblem(
                .importTimestamp, "\(shown(text)) as \(name) is not in the years 1 to 9999",
                hints: ["the formats unix_ms and unix_us are for milliseconds and microseconds"])
        }
        return Instant(microseconds: value)
    }

    private func problem(_ text: ArraySlice<UInt8>) -> RowProblem {
        RowProblem(.importTimestamp, "\(shown(text)) is not a timestamp of the format: \(name)")
    }
}
