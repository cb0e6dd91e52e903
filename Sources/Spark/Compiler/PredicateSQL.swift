import Quantities
import Queries

/// A value in SQL that a condition looks at.
enum SQLValue {
    case text(String)
    case number(String)
    /// The number `numerator / denominator`, the denominator above 0; null where either is.
    case ratio(String, over: String)
    /// The sum `sum`, a decimal of 38 digits with `scale` of them after the point, divided by `over`, which is above 0.
    /// Spark would take digits from both sides of a comparison with a number that has more of them after the point.
    case money(String, over: String, scale: Int)
    case instant(String)
    /// True or false, never null.
    case flag(String)
    /// The position of a segment, from 1; 0 for none. With the names, and what none is called.
    case segment(String, names: [String], remainder: String?)

    var isMissing: String {
        switch self {
        case .text(let sql), .number(let sql), .instant(let sql): "\(sql) IS NULL"
        case .ratio(let sql, let over), .money(let sql, let over, _): "(\(sql) IS NULL OR \(over) IS NULL)"
        case .flag: "FALSE"
        case .segment(let sql, _, let remainder): remainder == nil ? "\(sql) = 0" : "FALSE"
        }
    }
}

/// Conditions in SQL: true or false, never null.
struct PredicateSQL {
    /// Resolves what a condition looks at.
    let value: (Subject) throws -> SQLValue
    /// What is compared with a quantile, and the quantile.
    let quantile: (Aggregate, ExactDecimal) throws -> (value: String, bound: String)

    func sql(_ predicate: Predicate, _ text: SQLText) throws -> String {
        switch predicate {
        case .all(let parts):
            if parts.isEmpty { return "TRUE" }
            return "(" + SQLText.list(try parts.map { try sql($0, text) }, " AND ") + ")"
        case .any(let parts):
            if parts.isEmpty { return "FALSE" }
            return "(" + SQLText.list(try parts.map { try sql($0, text) }, " OR ") + ")"
        case .not(let part): return "(NOT \(try sql(part, text)))"
        case .test(.aggregate(let aggregate), .atMostQuantile(let share)):
            let (value, bound) = try quantile(aggregate, share)
            return "COALESCE(\(value) <= \(bound), FALSE)"
        case .test(.aggregate(let aggregate), .aboveQuantile(let share)):
            let (value, bound) = try quantile(aggregate, share)
            return "COALESCE(\(value) > \(bound), FALSE)"
        case .test(let subject, let comparison):
            return try test(value(subject), comparison, "\(subject)", text)
        }
    }

    private func test(
        _ value: SQLValue, _ comparison: Comparison, _ name: String, _ text: SQLText
    ) throws -> String {
        if case .flag(let sql) = value {
            guard comparison == .valid else {
                throw QueryError.unsupported("\(name) with another comparison than valid")
            }
            return sql
        }
        switch comparison {
        case .valid: throw QueryError.unsupported("valid for \(name)")
        case .atMostQuantile, .aboveQuantile: throw QueryError.unsupported("a quantile for \(name)")
        case .exists: return "(NOT \(value.isMissing))"
        case .missing: return "(\(value.isMissing))"
        case .isIn(let list): return try isIn(list, value, name, text)
        case .notIn(let list): return "(NOT \(try isIn(list, value, name, text)))"
        case .startsWith(let part): return try texts("STARTSWITH", part, value, name, text)
        case .endsWith(let part): return try texts("ENDSWITH", part, value, name, text)
        case .contains(let part): return try texts("CONTAINS", part, value, name, text)
        case .atLeast(let bound): return try numbers(">=", bound, value, name, text)
        case .greaterThan(let bound): return try numbers(">", bound, value, name, text)
        case .atMost(let bound): return try numbers("<=", bound, value, name, text)
        case .lessThan(let bound): return try numbers("<", bound, value, name, text)
        case .from(let bound): return try instants(">=", bound, value, name, text)
        case .before(let bound): return try instants("<", bound, value, name, text)
        }
    }

    private func isIn(
        _ list: [String], _ value: SQLValue, _ name: String, _ text: SQLText
    ) throws -> String {
        switch value {
        case .text(let sql):
            if list.isEmpty { return "FALSE" }
            return "COALESCE(\(sql) IN (\(SQLText.list(list.map { text.text($0) }))), FALSE)"
        case .segment(let sql, let names, let remainder):
            var positions = names.indices.filter { position in list.contains { same($0, names[position]) } }
                .map { $0 + 1 }
            if let remainder, list.contains(where: { same($0, remainder) }) { positions.append(0) }
            if positions.isEmpty { return "FALSE" }
            return "\(sql) IN (\(SQLText.list(positions.map(String.init))))"
        case .number(let sql):
            let numbers = list.compactMap { ExactDecimal($0) }
            if numbers.isEmpty { return "FALSE" }
            return "COALESCE(\(sql) IN (\(SQLText.list(numbers.map { text.number($0) }))), FALSE)"
        case .ratio(let sql, let over):
            let numbers = list.compactMap { ExactDecimal($0) }
            if numbers.isEmpty { return "FALSE" }
            let tests = numbers.map { "COALESCE(\(sql) = \(text.number($0)) * \(over), FALSE)" }
            return "(" + SQLText.list(tests, " OR ") + ")"
        case .money(let sql, let over, let scale):
            let numbers = list.compactMap { ExactDecimal($0) }
            if numbers.isEmpty { return "FALSE" }
            let tests = numbers.map { number in
                let product = "\(text.number(number)) * \(over)"
                let bound = "FLOOR(\(product), \(scale))"
                return "COALESCE(\(sql) = CAST(\(bound) AS DECIMAL(38, \(scale))) AND \(bound) = \(product), FALSE)"
            }
            return "(" + SQLText.list(tests, " OR ") + ")"
        default: throw QueryError.wrongType(attribute: name, expected: "text or number", found: "instant")
        }
    }

    private func texts(
        _ function: String, _ part: String, _ value: SQLValue, _ name: String, _ text: SQLText
    ) throws -> String {
        switch value {
        case .text(let sql): return "COALESCE(\(function)(\(sql), \(text.text(part))), FALSE)"
        case .segment(let sql, let names, let remainder):
            func holds(_ name: String) -> Bool {
                let (bytes, part) = (Array(name.utf8), Array(part.utf8))
                return switch function {
                case "STARTSWITH": bytes.starts(with: part)
                case "ENDSWITH": bytes.reversed().starts(with: part.reversed())
                default:
                    part.isEmpty
                        || bytes.indices.contains { bytes[$0...].starts(with: part) }
                }
            }
            var positions = names.indices.filter { holds(names[$0]) }.map { $0 + 1 }
            if let remainder, holds(remainder) { positions.append(0) }
            return positions.isEmpty ? "FALSE" : "\(sql) IN (\(SQLText.list(positions.map(String.init))))"
        default: throw QueryError.wrongType(attribute: name, expected: "text", found: "number or instant")
        }
    }

    private func numbers(
        _ sign: String, _ bound: ExactDecimal, _ value: SQLValue, _ name: String, _ text: SQLText
    ) throws -> String {
        switch value {
        case .number(let sql): return "COALESCE(\(sql) \(sign) \(text.number(bound)), FALSE)"
        case .ratio(let sql, let over): return "COALESCE(\(sql) \(sign) \(text.number(bound)) * \(over), FALSE)"
        case .money(let sql, let over, let scale):
            // What has so many digits is above a number where it is above that number cut to them.
            let cut = sign == ">" || sign == "<=" ? "FLOOR" : "CEIL"
            let bound = "\(cut)(\(text.number(bound)) * \(over), \(scale))"
            return "COALESCE(\(sql) \(sign) CAST(\(bound) AS DECIMAL(38, \(scale))), FALSE)"
        default: throw QueryError.wrongType(attribute: name, expected: "number", found: "text or instant")
        }
    }

    private func instants(
        _ sign: String, _ bound: Instant, _ value: SQLValue, _ name: String, _ text: SQLText
    ) throws -> String {
        guard case .instant(let sql) = value else {
            throw QueryError.wrongType(attribute: name, expected: "instant", found: "text or number")
        }
        return "COALESCE(\(sql) \(sign) \(text.long(bound.microseconds, "instant")), FALSE)"
    }

    private func same(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}
