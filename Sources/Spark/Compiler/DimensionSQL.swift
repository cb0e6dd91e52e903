import Quantities
import Queries

/// Groups in SQL: a key is a text that says its kind in its first letter, null where a row is in no group.
///
///     t…  a text     d…  a number     i…  an instant (microseconds)     m  the value is not there
///     b…  the number of a calendar bucket     n…  an age or the lower bound of a class     r  in no segment or class
extension EvaluationSQL {
    /// - Parameter row: where the columns of the rows are (see `FactsSQL`).
    func key(_ dimension: Dimension, from row: RowColumns) throws -> String {
        let instant = "\(row.home).grouped_at"
        switch dimension {
        case .attribute(let name):
            return try key(eventValue(.attribute(name), from: row.home))
        case .property(let name):
            return try key(property(name, from: row.customer))
        case .segmentation(let id): return try key(segmentValue(id, row.segment(segmentNames.name(id))))
        case .eventSegmentation(let id): return try key(eventValue(.eventSegmentation(id), from: row.home))
        case .currency: return "CONCAT('t', \(row.home).home_currency)"
        case .calendar(let unit): return bucketKey(calendar.bucket(instant, unit))
        case .cohort(let unit): return bucketKey(calendar.bucket("r.first_at", unit))
        case .age(let unit):
            let age = "\(calendar.bucket(instant, unit)) - \(calendar.bucket("r.first_at", unit))"
            return "CASE WHEN \(age) >= 0 THEN CONCAT('n', CAST(\(age) AS STRING)) END"
        case .purchaseCount: throw QueryError.unsupported("classes of purchases without a scope")
        case .daysToSecondPurchase(let classes):
            let days = "(r.second_at - r.first_at) DIV 86400000000"
            return "CASE WHEN r.second_at IS NULL THEN 'r' ELSE \(key(of: days, in: classes)) END"
        }
    }

    private func bucketKey(_ bucket: String) -> String { "CONCAT('b', CAST(\(bucket) AS STRING))" }

    private func key(_ value: SQLValue) throws -> String {
        switch value {
        case .text(let sql): return "CASE WHEN \(sql) IS NULL THEN 'm' ELSE CONCAT('t', \(sql)) END"
        case .number(let sql): return "CASE WHEN \(sql) IS NULL THEN 'm' ELSE CONCAT('d', CAST(\(sql) AS STRING)) END"
        case .instant(let sql): return "CASE WHEN \(sql) IS NULL THEN 'm' ELSE CONCAT('i', CAST(\(sql) AS STRING)) END"
        case .segment(let sql, let names, _):
            // Two segments of one name are one group.
            let cases = names.enumerated().map { "WHEN \($0 + 1) THEN CONCAT('t', \(text.text($1, "segment")))" }
            return cases.isEmpty ? "'r'" : "CASE \(sql) \(cases.joined(separator: " ")) ELSE 'r' END"
        case .ratio, .money, .flag: throw QueryError.unsupported("a dimension that is no value")
        }
    }

    /// The lower bound of the class that a number is in.
    func key(of number: String, in classes: [Int]) -> String {
        let cases = classes.reversed().map { "WHEN \(number) >= \($0) THEN 'n\($0)'" }
        return cases.isEmpty ? "'r'" : "CASE \(cases.joined(separator: " ")) ELSE 'r' END"
    }
}
