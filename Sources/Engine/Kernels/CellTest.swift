import EventStores
import Quantities
import Queries

/// A comparison resolved to one column: what it costs per row is one load and one lookup or two comparisons.
enum CellTest: Sendable {
    case constant(Bool)
    /// The answer by dictionary code; entry 0 is for missing values.
    case byCode(Cells<UInt32>, [Bool])
    /// True for values in the range; `Int64.min`, which means missing, is never in it.
    case range(Cells<Int64>, ClosedRange<Int64>)
    case oneOf(Cells<Int64>, Set<Int64>)
    case noneOf(Cells<Int64>, Set<Int64>)
    case exists(Cells<Int64>, Bool)

    func holds(_ row: Int) -> Bool {
        switch self {
        case .constant(let answer): answer
        case .byCode(let codes, let answers): answers[Int(codes[row])]
        case .range(let cells, let range): range.contains(cells[row])
        case .oneOf(let cells, let values): values.contains(cells[row])
        case .noneOf(let cells, let values): !values.contains(cells[row])
        case .exists(let cells, let wanted): (cells[row] != .min) == wanted
        }
    }

    /// - Parameter name: the attribute or property, for errors.
    init(_ comparison: Comparison, on column: StoredColumn, name: String) throws {
        switch column {
        case .text(let codes, let dictionary):
            var answers = [comparison.holds(missing: ())]
            answers.reserveCapacity(dictionary.count + 1)
            if dictionary.count > 0 {
                for code in 1...UInt32(dictionary.count) {
                    answers.append(comparison.holds(text: dictionary.bytes(of: code)))
                }
            }
            self = .byCode(codes, answers)
        case .decimal(let units, let scale):
            self = try CellTest.number(comparison, units, name: name) {
                $0.rescaled(to: scale).flatMap { Int64(exactly: $0.units) }
            } bound: {
                CellTest.bound($0, scale: scale)
            }
        case .instant(let microseconds):
            self = try CellTest.instant(comparison, microseconds, name: name)
        }
    }

    private static func number(
        _ comparison: Comparison, _ cells: Cells<Int64>, name: String, exact: (ExactDecimal) -> Int64?,
        bound: (ExactDecimal) -> (floor: Int64, isExact: Bool)
    ) throws -> CellTest {
        func values(_ texts: [String]) -> Set<Int64> {
            Set(texts.compactMap { ExactDecimal($0).flatMap(exact) })
        }
        let lowest = Int64.min + 1
        switch comparison {
        case .isIn(let texts): return .oneOf(cells, values(texts))
        case .notIn(let texts): return .noneOf(cells, values(texts))
        case .atLeast(let limit):
            let (floor, isExact) = bound(limit)
            return CellTest.from(isExact ? floor : saturatingSuccessor(floor), cells)
        case .greaterThan(let limit): return CellTest.from(saturatingSuccessor(bound(limit).floor), cells)
        case .atMost(let limit):
            let floor = bound(limit).floor
            return floor < lowest ? .constant(false) : .range(cells, lowest...floor)
        case .lessThan(let limit):
            let (floor, isExact) = bound(limit)
            let top = isExact ? (floor == .min ? .min : floor - 1) : floor
            return top < lowest ? .constant(false) : .range(cells, lowest...top)
        case .exists: return .exists(cells, true)
        case .missing: return .exists(cells, false)
        case .startsWith, .endsWith, .contains, .valid:
            throw QueryError.wrongType(attribute: name, expected: "string", found: "number")
        case .from, .before:
            throw QueryError.wrongType(attribute: name, expected: "timestamp", found: "number")
        }
    }

    private static func instant(_ comparison: Comparison, _ cells: Cells<Int64>, name: String) throws -> CellTest {
        func values(_ texts: [String]) -> Set<Int64> {
            Set(texts.compactMap { Instant(iso8601: $0, zone: .utc)?.microseconds })
        }
        switch comparison {
        case .isIn(let texts): return .oneOf(cells, values(texts))
        case .notIn(let texts): return .noneOf(cells, values(texts))
        case .from(let instant): return CellTest.from(instant.microseconds, cells)
        case .before(let instant):
            let top = instant.microseconds - 1
            return top <= .min + 1 ? .constant(false) : .range(cells, (.min + 1)...top)
        case .exists: return .exists(cells, true)
        case .missing: return .exists(cells, false)
        default: throw QueryError.wrongType(attribute: name, expected: "string or number", found: "timestamp")
        }
    }

    private static func from(_ low: Int64, _ cells: Cells<Int64>) -> CellTest {
        .range(cells, max(low, .min + 1)...Int64.max)
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
        case .missing, .valid: false
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
