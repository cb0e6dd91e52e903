import EventStores
import Quantities
import Queries

/// A comparison resolved for the type of a column: per value it costs one lookup or two comparisons.
enum ValueTest: Sendable {
    case constant(Bool)
    /// The answer by dictionary code; entry 0 is for missing values.
    case byCode([Bool])
    /// True for values in the range; `Int64.min`, which means missing, is never in it.
    case range(ClosedRange<Int64>)
    case oneOf(Set<Int64>)
    case noneOf(Set<Int64>)
    case exists(Bool)

    func holds(code: UInt32) -> Bool {
        switch self {
        case .constant(let answer): answer
        case .byCode(let answers): answers[Int(code)]
        default: preconditionFailure("a test of numbers is put to a text")
        }
    }

    func holds(word: Int64) -> Bool {
        switch self {
        case .constant(let answer): answer
        case .range(let range): range.contains(word)
        case .oneOf(let values): values.contains(word)
        case .noneOf(let values): !values.contains(word)
        case .exists(let wanted): (word != .min) == wanted
        case .byCode: preconditionFailure("a test of texts is put to a number")
        }
    }

    /// - Parameter name: the attribute or property, for errors.
    init(_ comparison: Comparison, on column: StoredColumn, name: String) throws {
        switch column {
        case .text(_, let dictionary):
            var answers = [comparison.holds(missing: ())]
            answers.reserveCapacity(dictionary.count + 1)
            if dictionary.count > 0 {
                for code in 1...UInt32(dictionary.count) {
                    answers.append(comparison.holds(text: dictionary.bytes(of: code)))
                }
            }
            self = .byCode(answers)
        case .decimal(_, let scale):
            guard let test = ValueTest(comparison, unit: 1, scale: scale) else {
                switch comparison {
                case .from, .before:
                    throw QueryError.wrongType(attribute: name, expected: "timestamp", found: "number")
                default: throw QueryError.wrongType(attribute: name, expected: "string", found: "number")
                }
            }
            self = test
        case .instant:
            self = try ValueTest.instant(comparison, name: name)
        }
    }

    /// A comparison of numbers that are held as whole words: a word stands for `word / (unit * 10^scale)`. Nil for
    /// comparisons that numbers do not have.
    init?(_ comparison: Comparison, unit: Int64, scale: Int) {
        func words(_ texts: [String]) -> Set<Int64> {
            Set(
                texts.compactMap { text in
                    ExactDecimal(text).flatMap { ValueTest.product($0, unit)?.rescaled(to: scale) }
                        .flatMap { Int64(exactly: $0.units) }
                })
        }
        func bound(_ limit: ExactDecimal) -> (floor: Int64, isExact: Bool) {
            // A limit too large for 128 bits is above or below every word: its sign decides.
            guard let product = ValueTest.product(limit, unit) else { return (limit.units < 0 ? .min : .max, false) }
            return ValueTest.bound(product, scale: scale)
        }
        let lowest = Int64.min + 1
        switch comparison {
        case .isIn(let texts): self = .oneOf(words(texts))
        case .notIn(let texts): self = .noneOf(words(texts))
        case .atLeast(let limit):
            let (floor, isExact) = bound(limit)
            self = .from(isExact ? floor : ValueTest.saturatingSuccessor(floor))
        case .greaterThan(let limit): self = .from(ValueTest.saturatingSuccessor(bound(limit).floor))
        case .atMost(let limit):
            let floor = bound(limit).floor
            self = floor < lowest ? .constant(false) : .range(lowest...floor)
        case .lessThan(let limit):
            let (floor, isExact) = bound(limit)
            let top = isExact ? (floor == .min ? .min : floor - 1) : floor
            self = top < lowest ? .constant(false) : .range(lowest...top)
        case .exists: self = .exists(true)
        case .missing: self = .exists(false)
        case .startsWith, .endsWith, .contains, .valid, .from, .before, .atMostQuantile, .aboveQuantile: return nil
        }
    }

    /// At most a word, or above it.
    init(cut: Int64, isAbove: Bool) {
        if isAbove {
            self = cut == .max ? .constant(false) : .from(cut + 1)
        } else {
            self = cut == .min ? .constant(false) : .range((.min + 1)...cut)
        }
    }

    private static func product(_ value: ExactDecimal, _ unit: Int64) -> ExactDecimal? {
        let (units, overflow) = value.units.multipliedReportingOverflow(by: Int128(unit))
        return overflow ? nil : ExactDecimal(units: units, scale: value.scale)
    }

    private static func instant(_ comparison: Comparison, name: String) throws -> ValueTest {
        func values(_ texts: [String]) -> Set<Int64> {
            Set(texts.compactMap { Instant(iso8601: $0, zone: .utc)?.microseconds })
        }
        switch comparison {
        case .isIn(let texts): return .oneOf(values(texts))
        case .notIn(let texts): return .noneOf(values(texts))
        case .from(let instant): return ValueTest.from(instant.microseconds)
        case .before(let instant):
            let top = instant.microseconds - 1
            return top <= .min + 1 ? .constant(false) : .range((.min + 1)...top)
        case .exists: return .exists(true)
        case .missing: return .exists(false)
        default: throw QueryError.wrongType(attribute: name, expected: "string or number", found: "timestamp")
        }
    }

    private static func from(_ low: Int64) -> ValueTest {
        .range(max(low, .min + 1)...Int64.max)
    }

    private static func saturatingSuccessor(_ value: Int64) -> Int64 { value == .max ? .max : value + 1 }

    /// The largest stored number not above the limit, and whether it equals it.
    private static func bound(_ limit: ExactDecimal, scale: Int) -> (floor: Int64, isExact: Bool) {
        let normal = limit.normalized
        let floor: Int128
        var isExact = true
        if normal.scale <= scale {
            guard let rescaled = normal.rescaled(to: scale) else { return (normal.units < 0 ? .min : .max, false) }
            floor = rescaled.units
        } else {
            let divisor = ExactDecimal.power(normal.scale - scale)
            floor = normal.units.flooringDivision(by: divisor)
            isExact = floor * divisor == normal.units
        }
        if floor > Int128(Int64.max) { return (.max, false) }
        if floor < Int128(Int64.min) { return (.min, false) }
        return (Int64(floor), isExact)
    }
}

extension Comparison {
    /// For a value that is not there.
    func holds(missing: Void) -> Bool {
        switch self {
        case .notIn, .missing: true
        default: false
        }
    }

    /// For a text value, byte for byte; numbers and instants are read from the text, and are false where it has none.
    func holds(text bytes: [UInt8]) -> Bool {
        switch self {
        case .isIn(let texts): texts.contains { $0.utf8.elementsEqual(bytes) }
        case .notIn(let texts): !texts.contains { $0.utf8.elementsEqual(bytes) }
        case .startsWith(let prefix): bytes.starts(with: prefix.utf8)
        case .endsWith(let suffix): bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
        case .contains(let part): part.utf8.isEmpty || bytes.firstRange(of: Array(part.utf8)) != nil
        case .atLeast(let limit): ExactDecimal(utf8: bytes).map { $0 >= limit } ?? false
        case .greaterThan(let limit): ExactDecimal(utf8: bytes).map { $0 > limit } ?? false
        case .atMost(let limit): ExactDecimal(utf8: bytes).map { $0 <= limit } ?? false
        case .lessThan(let limit): ExactDecimal(utf8: bytes).map { $0 < limit } ?? false
        case .from(let instant): Instant(iso8601: bytes, zone: .utc).map { $0 >= instant } ?? false
        case .before(let instant): Instant(iso8601: bytes, zone: .utc).map { $0 < instant } ?? false
        case .exists: true
        case .missing, .valid, .atMostQuantile, .aboveQuantile: false
        }
    }
}

extension [UInt8] {
    fileprivate func firstRange(of part: [UInt8]) -> Range<Int>? {
        guard part.count <= count else { return nil }
        for start in 0...(count - part.count) where self[start..<start + part.count].elementsEqual(part) {
            return start..<start + part.count
        }
        return nil
    }
}
