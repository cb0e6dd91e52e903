import Quantities

/// Takes numbers and names from the front of a text.
struct DigitCursor {
    private let text: ArraySlice<UInt8>
    private var index: Int

    init(_ text: ArraySlice<UInt8>) {
        self.text = text
        index = text.startIndex
    }

    var atEnd: Bool { index == text.endIndex }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard index < text.endIndex, text[index] == byte else { return false }
        index += 1
        return true
    }

    /// As many digits as there are, within `count`.
    mutating func number(_ count: ClosedRange<Int>) -> Int? {
        var value = 0
        var digits = 0
        while digits < count.upperBound, index < text.endIndex, text[index] &- 48 < 10 {
            value = value * 10 + Int(text[index] &- 48)
            digits += 1
            index += 1
        }
        return digits >= count.lowerBound ? value : nil
    }

    /// A fraction of a second of that many digits; digits past the sixth are cut.
    mutating func microseconds(_ count: ClosedRange<Int>) -> Int64? {
        var value: Int64 = 0
        var digits = 0
        while digits < count.upperBound, index < text.endIndex, text[index] &- 48 < 10 {
            if digits < 6 { value = value * 10 + Int64(text[index] &- 48) }
            digits += 1
            index += 1
        }
        guard digits >= count.lowerBound else { return nil }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    /// `AM`, `pm`.
    mutating func isAfternoon() -> Bool? {
        guard index + 2 <= text.endIndex, text[index + 1] | 0x20 == UInt8(ascii: "m") else { return nil }
        let first = text[index] | 0x20
        guard first == UInt8(ascii: "a") || first == UInt8(ascii: "p") else { return nil }
        index += 2
        return first == UInt8(ascii: "p")
    }

    /// `Z`, `+02:00`, `-0330`, `+05` in seconds.
    mutating func offset() -> Int? {
        if skip(UInt8(ascii: "Z")) || skip(UInt8(ascii: "z")) { return 0 }
        let isWest = index < text.endIndex && text[index] == UInt8(ascii: "-")
        guard skip(UInt8(ascii: "+")) || skip(UInt8(ascii: "-")), let hours = number(2...2), hours <= 18 else {
            return nil
        }
        let hasColon = skip(UInt8(ascii: ":"))
        var minutes = 0
        if hasColon || !atEnd {
            guard let value = number(2...2), value < 60 else { return nil }
            minutes = value
        }
        let seconds = hours * 3_600 + minutes * 60
        return isWest ? -seconds : seconds
    }

    /// 1 for `Jan`, `JANUARY` and so on.
    mutating func monthName(full: Bool) -> Int? {
        let letters = text[index...].prefix { ($0 | 0x20) &- UInt8(ascii: "a") < 26 }
        for (number, name) in DigitCursor.months.enumerated() {
            let expected = full ? name : Array(name.prefix(3))
            guard letters.count == expected.count else { continue }
            if letters.elementsEqual(expected, by: { $0 | 0x20 == $1 }) {
                index += letters.count
                return number + 1
            }
        }
        return nil
    }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ].map { Array($0.utf8) }
}
