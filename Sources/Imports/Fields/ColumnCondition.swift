import Definitions
import Diagnostics
import Quantities

/// A condition over columns, compiled: names are indexes, texts are bytes, bounds are parsed.
///
/// Two-valued: a test of a missing value is false, except `not_in`, `not_equals` and `exists: false`.
indirect enum ColumnCondition: Sendable {
    case all([ColumnCondition])
    case any([ColumnCondition])
    case not(ColumnCondition)
    case isIn(column: Int, [[UInt8]], expected: Bool)
    case starts(column: Int, [UInt8])
    case ends(column: Int, [UInt8])
    case contains(column: Int, [UInt8])
    case number(column: Int, Comparison, ExactDecimal, decimalSeparator: UInt8)
    /// From the bound on, or before it.
    case instant(column: Int, Instant, from: Bool, TimestampReader)
    case exists(column: Int, Bool)

    enum Comparison: Sendable {
        case atLeast, greaterThan, atMost, lessThan
    }

    /// Throws `RowProblem` where a value is no number or timestamp and is compared as one.
    func holds(_ record: Record) throws(RowProblem) -> Bool {
        switch self {
        case .all(let parts):
            for part in parts where !(try part.holds(record)) { return false }
            return true
        case .any(let parts):
            for part in parts where try part.holds(record) { return true }
            return false
        case .not(let part):
            return !(try part.holds(record))
        case .isIn(let column, let values, let expected):
            let text = record.text(column)
            if text.isEmpty { return !expected }
            for value in values where value.count == text.count && text.elementsEqual(value) { return expected }
            return !expected
        case .starts(let column, let start):
            let text = record.text(column)
            return !text.isEmpty && text.starts(with: start)
        case .ends(let column, let ending):
            let text = record.text(column)
            return !text.isEmpty && text.suffix(ending.count).elementsEqual(ending)
        case .contains(let column, let part):
            return ColumnCondition.find(part, in: record.text(column))
        case .exists(let column, let expected):
            return record.text(column).isEmpty != expected
        case .number(let column, let comparison, let bound, let separator):
            let text = record.text(column)
            if text.isEmpty { return false }
            let value: ExactDecimal
            do throws(RowProblem) {
                value = try NumberText.read(text, decimalSeparator: separator)
            } catch {
                throw error.placed(at: column)
            }
            switch comparison {
            case .atLeast: return value >= bound
            case .greaterThan: return value > bound
            case .atMost: return value <= bound
            case .lessThan: return value < bound
            }
        case .instant(let column, let bound, let from, let reader):
            let text = record.text(column)
            if text.isEmpty { return false }
            do throws(RowProblem) {
                return (try reader.read(text) >= bound) == from
            } catch {
                throw error.placed(at: column)
            }
        }
    }

    private static func find(_ part: [UInt8], in text: ArraySlice<UInt8>) -> Bool {
        guard !text.isEmpty, part.count <= text.count else { return false }
        for start in text.startIndex...(text.endIndex - part.count)
        where text[start..<start + part.count].elementsEqual(part) { return true }
        return false
    }
}

extension RowProblem {
    /// The same with a column as its place, unless it has one.
    func placed(at column: Int) -> RowProblem {
        guard case .row = location else { return self }
        var problem = self
        problem.location = .field(column)
        return problem
    }
}

extension ColumnCondition {
    /// Nil, and diagnostics, where the condition can not be asked of columns.
    init?(_ condition: Located<Condition>, _ context: FieldContext) {
        func compiled(_ parts: [Located<Condition>]) -> [ColumnCondition]? {
            // All of them, so that every problem is reported.
            let list = parts.map { ColumnCondition($0, context) }
            let good = list.compactMap(\.self)
            return good.count == list.count ? good : nil
        }
        switch condition.value {
        case .all(let parts):
            guard let parts = compiled(parts) else { return nil }
            self = .all(parts)
        case .any(let parts):
            guard let parts = compiled(parts) else { return nil }
            self = .any(parts)
        case .not(let part):
            guard let part = ColumnCondition(part, context) else { return nil }
            self = .not(part)
        case .test(let subject, let test):
            guard case .column(let name) = subject.value else {
                context.columns.report(
                    .importMapping, "a condition of a source asks for a column, not for another subject",
                    at: subject.place, hints: ["{column: name, …}"])
                return nil
            }
            guard let column = context.columns.index(of: name, at: subject.place) else { return nil }
            guard let test = ColumnCondition(test, column: column, context) else { return nil }
            self = test
        }
    }

    private init?(_ test: Located<Condition.Test>, column: Int, _ context: FieldContext) {
        func number(_ comparison: Comparison, _ bound: ExactDecimal) -> ColumnCondition {
            .number(column: column, comparison, bound, decimalSeparator: context.decimalSeparator)
        }
        switch test.value {
        case .isIn(let values): self = .isIn(column: column, values.map { Array($0.utf8) }, expected: true)
        case .notIn(let values): self = .isIn(column: column, values.map { Array($0.utf8) }, expected: false)
        case .startsWith(let text): self = .starts(column: column, Array(text.utf8))
        case .endsWith(let text): self = .ends(column: column, Array(text.utf8))
        case .contains(let text): self = .contains(column: column, Array(text.utf8))
        case .atLeast(let bound): self = number(.atLeast, bound)
        case .greaterThan(let bound): self = number(.greaterThan, bound)
        case .atMost(let bound): self = number(.atMost, bound)
        case .lessThan(let bound): self = number(.lessThan, bound)
        case .exists(let expected): self = .exists(column: column, expected)
        case .from(let text), .before(let text):
            guard let bound = Instant(iso8601: text, zone: context.zone) else {
                context.columns.report(
                    .importMapping, "'\(text)' is not a date or timestamp (ISO 8601)", at: test.place,
                    hints: ["2026-01-31, 2026-01-31T10:00:00Z"])
                return nil
            }
            var from = false
            if case .from = test.value { from = true }
            self = .instant(column: column, bound, from: from, TimestampReader(iso8601In: context.zone))
        case .valid:
            context.columns.report(
                .importMapping, "'is: valid' asks about consents, a column has none", at: test.place)
            return nil
        case .atMostQuantile, .aboveQuantile:
            context.columns.report(
                .importMapping, "a quantile is one of an aggregate of customers, a column has none", at: test.place)
            return nil
        }
    }
}
