import Diagnostics
import Quantities

/// A timestamp pattern such as `dd/MM/yyyy H:mm`, made ready for reading: letters of Unicode TR 35.
///
/// One letter takes one or two digits (`y`: four), two letters exactly two; `MMM` and `MMMM` are English month names
/// in any case, `a` is AM or PM, a run of `S` that many digits of the fraction, one `S` one or more, `X` an offset or
/// `Z`. Text in quotes and everything that is no letter stands for itself.
struct TimestampPattern: Sendable {
    private enum Part: Sendable {
        case literal(UInt8)
        case year(digits: Int)
        case month(ClosedRange<Int>)
        case monthName(full: Bool)
        case day(ClosedRange<Int>)
        case hour(ClosedRange<Int>)
        case halfDayHour(ClosedRange<Int>)
        case minute(ClosedRange<Int>)
        case second(ClosedRange<Int>)
        case fraction(ClosedRange<Int>)
        case halfDay
        case offset
    }

    /// What a text said.
    struct Reading {
        var year = 1970
        var month = 1
        var day = 1
        var hour = 0
        var minute = 0
        var second = 0
        var microsecond: Int64 = 0
        var isAfternoon: Bool?
        /// Seconds east of UTC.
        var offset: Int?
    }

    private var parts: [Part] = []
    /// Without a time the local day's first instant is meant.
    private(set) var hasTime = false

    /// Throws the reason why the pattern can not be used.
    init(_ pattern: String) throws(TimestampPatternProblem) {
        let bytes = Array(pattern.utf8)
        var letters: Set<UInt8> = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "'") {
                index = try literal(bytes, index)
                continue
            }
            guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20), byte < 0x80 else {
                parts.append(.literal(byte))
                index += 1
                continue
            }
            var count = 1
            while index + count < bytes.count, bytes[index + count] == byte { count += 1 }
            index += count
            parts.append(try TimestampPattern.part(byte, count))
            if !letters.insert(byte).inserted { throw TimestampPatternProblem("it names \(shown([byte])) twice") }
        }
        for (letter, name) in [("y", "year (yyyy)"), ("M", "month (MM)"), ("d", "day (dd)")] {
            if !letters.contains(where: { $0 == letter.utf8.first }) {
                throw TimestampPatternProblem("it names no \(name)")
            }
        }
        func has(_ letter: Unicode.Scalar) -> Bool { letters.contains(UInt8(ascii: letter)) }
        if has("h") != has("a") {
            throw TimestampPatternProblem("h (hours 1 to 12) and a (AM or PM) only make sense together; H is 0 to 23")
        }
        if has("h"), has("H") { throw TimestampPatternProblem("it names both H and h") }
        hasTime = has("H") || has("h")
        if !hasTime, has("m") || has("s") || has("S") { throw TimestampPatternProblem("it has minutes without hours") }
    }

    private mutating func literal(_ bytes: [UInt8], _ start: Int) throws(TimestampPatternProblem) -> Int {
        var index = start + 1
        if index < bytes.count, bytes[index] == UInt8(ascii: "'") {
            parts.append(.literal(bytes[index]))
            return index + 1
        }
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "'") {
                // Two quotes inside quoted text are one.
                guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "'") else { return index + 1 }
                index += 1
            }
            parts.append(.literal(bytes[index]))
            index += 1
        }
        throw TimestampPatternProblem("its quoted text is not closed")
    }

    private static func part(_ letter: UInt8, _ count: Int) throws(TimestampPatternProblem) -> Part {
        let digits = count == 1 ? 1...2 : 2...2
        switch (letter, count) {
        case (UInt8(ascii: "y"), 2): return .year(digits: 2)
        case (UInt8(ascii: "y"), 1), (UInt8(ascii: "y"), 4): return .year(digits: 4)
        case (UInt8(ascii: "M"), 1...2): return .month(digits)
        case (UInt8(ascii: "M"), 3...4): return .monthName(full: count == 4)
        case (UInt8(ascii: "d"), 1...2): return .day(digits)
        case (UInt8(ascii: "H"), 1...2): return .hour(digits)
        case (UInt8(ascii: "h"), 1...2): return .halfDayHour(digits)
        case (UInt8(ascii: "m"), 1...2): return .minute(digits)
        case (UInt8(ascii: "s"), 1...2): return .second(digits)
        case (UInt8(ascii: "S"), 1): return .fraction(1...18)
        case (UInt8(ascii: "S"), 2...9): return .fraction(count...count)
        case (UInt8(ascii: "a"), 1): return .halfDay
        case (UInt8(ascii: "X"), 1...3): return .offset
        default:
            let run = [UInt8](repeating: letter, count: count)
            let hint =
                switch letter {
                case UInt8(ascii: "D"): "; d is the day of the month"
                case UInt8(ascii: "Y"): "; y is the year"
                case UInt8(ascii: "Z"), UInt8(ascii: "z"), UInt8(ascii: "x"): "; X is an offset such as +02:00"
                case UInt8(ascii: "T"): "; a letter that stands for itself is quoted: 'T'"
                default: ""
                }
            throw TimestampPatternProblem("\(shown(run)) means nothing in it\(hint)")
        }
    }

    /// Nil where the text has another form, or an hour, minute or second that no clock shows. Whether the date
    /// exists is for the caller to see.
    func read(_ text: ArraySlice<UInt8>) -> Reading? {
        var reading = Reading()
        var cursor = DigitCursor(text)
        for part in parts {
            switch part {
            case .literal(let byte):
                guard cursor.skip(byte) else { return nil }
            case .year(let digits):
                guard let value = cursor.number(digits...digits) else { return nil }
                reading.year = digits == 4 ? value : value < 70 ? 2000 + value : 1900 + value
            case .month(let digits):
                guard let value = cursor.number(digits) else { return nil }
                reading.month = value
            case .monthName(let full):
                guard let value = cursor.monthName(full: full) else { return nil }
                reading.month = value
            case .day(let digits):
                guard let value = cursor.number(digits) else { return nil }
                reading.day = value
            case .hour(let digits):
                guard let value = cursor.number(digits), value < 24 else { return nil }
                reading.hour = value
            case .halfDayHour(let digits):
                guard let value = cursor.number(digits), (1...12).contains(value) else { return nil }
                reading.hour = value % 12
            case .minute(let digits):
                guard let value = cursor.number(digits), value < 60 else { return nil }
                reading.minute = value
            case .second(let digits):
                guard let value = cursor.number(digits), value < 60 else { return nil }
                reading.second = value
            case .fraction(let digits):
                guard let value = cursor.microseconds(digits) else { return nil }
                reading.microsecond = value
            case .halfDay:
                guard let value = cursor.isAfternoon() else { return nil }
                reading.isAfternoon = value
            case .offset:
                guard let value = cursor.offset() else { return nil }
                reading.offset = value
            }
        }
        guard cursor.atEnd else { return nil }
        if reading.isAfternoon == true { reading.hour += 12 }
        return reading
    }
}

/// Why a pattern can not be used, as the end of a sentence.
struct TimestampPatternProblem: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}
