import Queries

/// What the rows of sums are, by the name of their grouping.
struct SumPlan {
    /// How many keys each row has.
    let keyCount: Int
    var readings: [String: [PartReading]] = [:]
    /// What counts findings; the first key of the row is their detail.
    var findings: [(grouping: String, sum: String, kind: QualityFinding.Kind)] = []

    init(keyCount: Int) { self.keyCount = keyCount }

    /// What a query's answer takes, in the order of groupings.
    func readings(of query: Int) -> [(grouping: String, reading: PartReading)] {
        readings.sorted { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }.flatMap { grouping, all in
            all.filter { $0.query == query && !$0.values.isEmpty }.map { (grouping, $0) }
        }
    }
}

/// What a part of a query's answer takes from the rows of a grouping.
struct PartReading {
    enum Part { case total, group, cohort }

    let query: Int
    let part: Part
    /// The sum that counts the rows of the part; nil for the total, which is there without any.
    var rows: String?
    /// Of sums by period, which stands behind the other keys: all periods of the part are added up. A period is shown that many
    /// periods later.
    var periods: (complete: CompletePeriods, later: Int)?
    /// By measure of the query.
    private(set) var values: [(measure: Int, sum: String)] = []

    init(query: Int, part: Part) { (self.query, self.part) = (query, part) }

    mutating func add(_ measure: Int, _ sum: String) { values.append((measure, sum)) }
}

/// What cannot be added up, found in one look at the rows that have it: amounts without a rate, and currencies that are mixed.
final class TroubleSums {
    static let name = "trouble"
    private var missing: [String] = []
    private var ofConditions: [String] = []
    private var mixed: [String] = []
    /// What says that quantiles cannot be told, whatever rows there are.
    var missingOfQuantiles: String?

    func addMissing(_ condition: String) { TroubleSums.add(condition, to: &missing) }
    /// - Parameter condition: of rows that have a missing rate of conditions.
    func addMissingOfConditions(_ condition: String) { TroubleSums.add(condition, to: &ofConditions) }
    func addMixed(_ condition: String) { TroubleSums.add(condition, to: &mixed) }

    private static func add(_ condition: String, to list: inout [String]) {
        if !list.contains(condition) { list.append(condition) }
    }

    /// Gives texts: `missing` and `missing_of_conditions` are a currency and the number of a day, `mixed` is a currency.
    func select(keyCount: Int) -> String? {
        func any(_ conditions: [String]) -> String {
            "(" + conditions.map { "(\($0))" }.joined(separator: " OR ") + ")"
        }
        var found: [(name: String, condition: String, text: String)] = []
        if !missing.isEmpty {
            let text = "CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING))"
            found.append(("missing", "r.display IS NULL AND \(any(missing))", text))
        }
        if !ofConditions.isEmpty {
            found.append(("missing_of_conditions", any(ofConditions), "r.missing_segment_rate"))
        }
        if !mixed.isEmpty { found.append(("mixed", any(mixed), "r.booked_currency")) }
        if found.isEmpty { return nil }
        let fields = found.map { name, condition, text in
            var sql = "MIN(CASE WHEN \(condition) THEN \(text) END)"
            if name == "missing_of_conditions", let missingOfQuantiles {
                sql = "COALESCE(\(sql), \(missingOfQuantiles))"
            }
            return "'\(name)', \(sql)"
        }
        let keys = (0..<keyCount).map { ",\n  \(EvaluationSQL.none) AS g\($0)" }.joined()
        return """
            SELECT '\(TroubleSums.name)' AS grouping\(keys),
              TO_JSON(NAMED_STRUCT(\(fields.joined(separator: ",\n    ")))) AS sums
            FROM scoped r
            WHERE \(found.map { "(\($0.condition))" }.joined(separator: " OR "))
            """
    }
}
