import Definitions
import Diagnostics
import Quantities

/// Conditions on the rows of a table: true or false, never null. A test of a missing value is false, except `not_in`,
/// `not_equals` and `exists: false`.
struct RowConditionSQL {
    private let fields: FieldSQL

    init(_ fields: FieldSQL) { self.fields = fields }

    /// Nil, and diagnostics, where the condition can not be asked of the columns.
    func sql(_ condition: Located<Condition>) -> String? {
        func parts(_ list: [Located<Condition>], _ joint: String, _ empty: String) -> String? {
            // All of them, so that every problem is reported.
            let all = list.map { sql($0) }
            let good = all.compactMap(\.self)
            guard good.count == all.count else { return nil }
            return good.isEmpty ? empty : "(" + good.joined(separator: " \(joint) ") + ")"
        }
        switch condition.value {
        case .all(let list): return parts(list, "AND", "TRUE")
        case .any(let list): return parts(list, "OR", "FALSE")
        case .not(let part): return sql(part).map { "(NOT \($0))" }
        case .test(let subject, let test):
            guard case .column(let name) = subject.value else {
                fields.report(
                    "a condition of a source asks for a column, not for another subject", at: subject.place,
                    ["{column: name, …}"])
                return nil
            }
            guard let column = fields.column(name, at: subject.place) else { return nil }
            return sql(test, column)
        }
    }

    private func sql(_ test: Located<Condition.Test>, _ column: TableSchema.Column) -> String? {
        let value = fields.text(of: column)
        func parameter(_ text: String) -> String { fields.text.text(text, "text") }
        func isIn(_ values: [String]) -> String {
            values.isEmpty ? "FALSE" : "COALESCE(\(value) IN (\(SQLText.list(values.map(parameter)))), FALSE)"
        }
        func number(_ sign: String, _ bound: ExactDecimal) -> String? {
            fields.number(column, at: test.place)
                .map { "COALESCE(\($0.sql) \(sign) \(fields.text.number(bound)), FALSE)" }
        }
        func instant(_ sign: String, _ text: String) -> String? {
            guard let bound = Instant(iso8601: text, zone: fields.zone) else {
                fields.report(
                    "'\(text)' is not a date or timestamp (ISO 8601)", at: test.place,
                    ["2026-01-31, 2026-01-31T10:00:00Z"])
                return nil
            }
            return TimestampSQL(fields, .iso8601, fields.zone).sql(column, at: test.place).map {
                "COALESCE(\($0) \(sign) \(fields.text.long(bound.microseconds, "instant")), FALSE)"
            }
        }
        switch test.value {
        case .isIn(let values): return isIn(values)
        case .notIn(let values): return "(NOT \(isIn(values)))"
        case .startsWith(let text): return "COALESCE(STARTSWITH(\(value), \(parameter(text))), FALSE)"
        case .endsWith(let text): return "COALESCE(ENDSWITH(\(value), \(parameter(text))), FALSE)"
        case .contains(let text): return "COALESCE(CONTAINS(\(value), \(parameter(text))), FALSE)"
        case .atLeast(let bound): return number(">=", bound)
        case .greaterThan(let bound): return number(">", bound)
        case .atMost(let bound): return number("<=", bound)
        case .lessThan(let bound): return number("<", bound)
        case .exists(let expected): return "\(value) IS \(expected ? "NOT NULL" : "NULL")"
        case .from(let text): return instant(">=", text)
        case .before(let text): return instant("<", text)
        case .valid:
            fields.report("'is: valid' asks about consents, a column has none", at: test.place)
            return nil
        case .atMostQuantile, .aboveQuantile:
            fields.report("a quantile is one of an aggregate of customers, a column has none", at: test.place)
            return nil
        }
    }
}
