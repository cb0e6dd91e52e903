extension Instant {
    /// Reads `2026-01-31`, `2026-01-31T10:00`, `2026-01-31 10:00:00.123456`, each with an optional `Z` or `+02:00`.
    ///
    /// Without an offset the wall time is that of `zone`; a date alone is local midnight. Digits of the fraction
    /// past the sixth are cut. Nil for anything else, also for dates and times that do not exist on a clock.
    package init?(iso8601 text: some StringProtocol, zone: Zone) {
        self.init(iso8601: Array(text.utf8), zone: zone)
    }

    package init?(iso8601 bytes: [UInt8], zone: Zone) {
        if let value = unsafe bytes.withUnsafeBufferPointer({ unsafe Instant.microseconds(ofUTCTimestamp: $0) }) {
            self.init(microseconds: value)
            return
        }
        var reader = DigitReader(bytes: bytes)
        guard let year = reader.digits(4), reader.skip(UInt8(ascii: "-")),
            let month = reader.digits(2), reader.skip(UInt8(ascii: "-")),
            let day = reader.digits(2),
            let date = CivilDate(validating: year, month, day)
        else { return nil }
        if reader.atEnd {
            self = zone.startOfDay(date)
            return
        }
        guard reader.skip(UInt8(ascii: "T")) || reader.skip(UInt8(ascii: "t")) || reader.skip(UInt8(ascii: " ")),
            let hour = reader.digits(2), hour < 24, reader.skip(UInt8(ascii: ":")),
            let minute = reader.digits(2), minute < 60
        else { return nil }
        var time = Int64(hour * 60 + minute) * 60_000_000
        if reader.skip(UInt8(ascii: ":")) {
            guard let second = reader.digits(2), second < 60 else { return nil }
            time += Int64(second) * 1_000_000
            if reader.skip(UInt8(ascii: ".")) || reader.skip(UInt8(ascii: ",")) {
                guard let fraction = reader.microsecondFraction() else { return nil }
                time += fraction
            }
        }
        _ = reader.skip(UInt8(ascii: " "))
        if reader.atEnd {
            self = zone.instant(of: date, timeOfDay: time)
            return
        }
        let rest = String(decoding: reader.remaining, as: UTF8.self)
        let seconds: Int
        if rest == "Z" || rest == "z" || rest == "UTC" {
            seconds = 0
        } else if let offset = Zone.fixedOffset(rest) {
            seconds = offset
        } else {
            return nil
        }
        self.init(
            microseconds: Int64(date.dayNumber) * 86_400_000_000 + time - Int64(seconds) * 1_000_000)
    }
}

extension Instant {
    /// The microseconds of the one form that most machines write, `2026-01-31T10:00:00Z`; nil for every other text,
    /// which may be right as well: `init(iso8601:zone:)` reads all.
    @unsafe
    package static func microseconds(ofUTCTimestamp text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count == 20 else { return nil }
        // A digit that is none makes a number above 9 and sets this.
        var isWrong = false
        @inline(__always) func two(_ index: Int) -> Int {
            let (tens, ones) = unsafe (text[index] &- 48, text[index + 1] &- 48)
            isWrong = isWrong || tens > 9 || ones > 9
            return Int(tens) &* 10 &+ Int(ones)
        }
        guard
            unsafe text[4] == UInt8(ascii: "-") && text[7] == UInt8(ascii: "-") && text[10] == UInt8(ascii: "T")
                && text[13] == UInt8(ascii: ":") && text[16] == UInt8(ascii: ":") && text[19] == UInt8(ascii: "Z")
        else { return nil }
        let (year, month, day) = (two(0) &* 100 &+ two(2), two(5), two(8))
        let (hour, minute, second) = (two(11), two(14), two(17))
        guard !isWrong, hour < 24, minute < 60, second < 60, month >= 1, month <= 12, day >= 1,
            day <= 28 || day <= CivilDate.days(inMonth: month, of: year)
        else { return nil }
        // `CivilDate.dayNumber` for years from 0: shifted by ten times the calendar's 400 years, no division has to
        // round downwards.
        let shiftedYear = UInt32(truncatingIfNeeded: month <= 2 ? year &+ 3999 : year &+ 4000)
        let shiftedMonth = UInt32(truncatingIfNeeded: month > 2 ? month &- 3 : month &+ 9)
        let days =
            365 &* shiftedYear &+ shiftedYear / 4 &- shiftedYear / 100 &+ shiftedYear / 400
            &+ (153 &* shiftedMonth &+ 2) / 5 &+ UInt32(truncatingIfNeeded: day &- 1)
        let dayNumber = Int64(days) &- 1_460_970 &- 719_468
        let seconds = Int64(truncatingIfNeeded: hour &* 3_600 &+ minute &* 60 &+ second)
        return (dayNumber &* 86_400 &+ seconds) &* 1_000_000
    }
}

/// A cursor over bytes that takes fixed runs of digits.
private struct DigitReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var atEnd: Bool { position == bytes.count }

    var remaining: ArraySlice<UInt8> { bytes[position...] }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        position += count
        return value
    }

    mutating func microsecondFraction() -> Int64? {
        var value: Int64 = 0
        var count = 0
        while position < bytes.count, (48...57).contains(bytes[position]) {
            if count < 6 { value = value * 10 + Int64(bytes[position] - 48) }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 6)..<6 { value *= 10 }
        return value
    }
}
