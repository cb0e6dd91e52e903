import Quantities
import Queries

/// Groups in SQL: a key is a text that says its kind in its first letter, null where a row is in no group.
///
///     t…  a text     d…  a number     i…  an instant (microseconds)     m  the value is not there
///     b…  the number of a calendar bucket     n…  an age or the lower bound of a class     r  in no segment or class
extension EvaluationSQL {
    /// - Parameters:
    ///   - row: the alias of the rows of a pass (see `MeasureSQL`).
    ///   - instant: when the row is booked.
    func key(_ dimension: Dimension, from row: String, at instant: String) throws -> String {
        switch dimension {
        case .attribute(let name):
            return try key(eventValue(.attribute(name), from: row))
        case .property(let name):
            return try key(property(name, from: row))
        case .segmentation(let id): return try key(segmentValue(id, from: row))
        case .eventSegmentation(let id): return try key(eventValue(.eventSegmentation(id), from: row))
        case .currency: return "CONCAT('t', \(row).home_currency)"
        case .calendar(let unit): return bucketKey(calendar.bucket(instant, unit))
        case .cohort(let unit): return bucketKey(calendar.bucket("\(row).first_at", unit))
        case .age(let unit):
            let age = "\(calendar.bucket(instant, unit)) - \(calendar.bucket("\(row).first_at", unit))"
            return "CASE WHEN \(age) >= 0 THEN CONCAT('n', CAST(\(age) AS STRING)) END"
        case .purchaseCount(let classes):
            return key(of: "\(row).purchases_in_scope", in: classes)
        case .daysToSecondPurchase(let classes):
            let days = "(\(row).second_at - \(row).first_at) DIV 86400000000"
            return "CASE WHEN \(row).second_at IS NULL THEN 'r' ELSE \(key(of: days, in: classes)) END"
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
        case .ratio, .flag: throw QueryError.unsupported("a dimension that is no value")
        }
    }

    /// The lower bound of the class that a number is in.
    private func key(of number: String, in classes: [Int]) -> String {
        let cases = classes.reversed().map { "WHEN \(number) >= \($0) THEN 'n\($0)'" }
        return cases.isEmpty ? "'r'" : "CASE \(cases.joined(separator: " ")) ELSE 'r' END"
    }
}
