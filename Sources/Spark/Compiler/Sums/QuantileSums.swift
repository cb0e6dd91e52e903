/// Quantiles of the gaps between purchases, by the same keys. All gaps in one place would be too many: how many there are in
/// which bucket says where the ranks are that are asked for, and only the gaps of those buckets are put in order.
///
///     buckets_…   how many gaps there are, by bucket
///     ranks_…     the buckets with a rank, and how many gaps come before them
///     gaps_…      the gaps of these buckets, and how many there are up to each
///
/// A quantile is interpolated between the two ranks around (n - 1) p, as everywhere (see `Quantiles` of the embedded engine).
final class QuantileSums {
    let name: String
    private let keys: [String]
    /// What is counted, each condition once.
    private var conditions: [String] = []
    private var quantiles: [(share: Double, condition: Int)] = []
    /// What is given: the name of a quantile, or of how many gaps there are.
    private var sums: [(name: String, sql: String)] = []
    private let names = SafeNames("sum")

    /// The microseconds of a bucket, as a power of two: 72 minutes.
    private static let bucketBits = 32
    /// None where a customer has no purchase before.
    private static let gap = "r.own_at - r.previous_at"
    private static let bucket = "SHIFTRIGHT(\(gap), \(bucketBits))"

    /// - Parameter keys: columns of `scoped`.
    init(number: Int, keys: [String]) { (name, self.keys) = ("grouping_\(number)", keys) }

    func isOver(_ keys: [String]) -> Bool { self.keys == keys }

    // MARK: - Sums, by the name that they have in the answer

    /// - Parameter condition: rows that have a gap.
    func quantile(_ share: Double, where condition: String, _ name: String) -> String {
        let share = min(max(share, 0), 1)
        let condition = place(of: condition)
        let known = quantiles.firstIndex { $0.share == share && $0.condition == condition }
        if known == nil { quantiles.append((share, condition)) }
        let number = (known ?? quantiles.count - 1) + 1
        let (lower, upper) = (value(at: "lower\(number)", condition), value(at: "upper\(number)", condition))
        let part = "(MIN(all\(condition)) - 1) * \(share)D - MIN(lower\(number))"
        return add(name, "\(lower) + (\(upper) - \(lower)) * (\(part))")
    }

    /// How many rows fulfil the condition.
    func count(_ condition: String, _ name: String) -> String { add(name, "MIN(all\(place(of: condition)))") }

    private func value(at rank: String, _ condition: Int) -> String {
        "MIN(CASE WHEN r.upto\(condition) > r.\(rank) THEN r.gap END)"
    }

    /// From 1.
    private func place(of condition: String) -> Int {
        if let known = conditions.firstIndex(of: condition) { return known + 1 }
        conditions.append(condition)
        return conditions.count
    }

    private func add(_ name: String, _ sql: String) -> String {
        if let known = sums.first(where: { $0.sql == sql }) { return known.name }
        let name = names.unused(name) { candidate in sums.contains { $0.name == candidate } }
        sums.append((name, sql))
        return name
    }

    // MARK: - SQL

    private var keyNames: [String] { keys.indices.map { "k\($0)" } }
    private var places: Range<Int> { 1..<conditions.count + 1 }
    private var isAny: String { conditions.map { "(\($0))" }.joined(separator: " OR ") }

    private func over(_ partition: [String], by order: String? = nil) -> String {
        let parts = [
            partition.isEmpty ? nil : "PARTITION BY \(partition.joined(separator: ", "))",
            order.map { "ORDER BY \($0)" },
        ]
        return "OVER (\(parts.compactMap(\.self).joined(separator: " ")))"
    }

    private var counts: [String] { places.map { "COUNT_IF(\(conditions[$0 - 1])) AS n\($0)" } }

    /// The steps, in their order.
    var steps: [(name: String, comment: String, body: String)] { [buckets, ranks, gaps] }

    private var buckets: (name: String, comment: String, body: String) {
        let listed = zip(keys, keyNames).map { "r.\($0) AS \($1)" } + ["\(QuantileSums.bucket) AS bucket"]
        return (
            "buckets_\(name)", "how many gaps there are, by buckets of 72 minutes",
            """
            SELECT \((listed + counts).joined(separator: ",\n  "))
            FROM scoped r
            WHERE \(isAny)
            GROUP BY \(listed.indices.map { "\($0 + 1)" }.joined(separator: ", "))
            """
        )
    }

    private var ranks: (name: String, comment: String, body: String) {
        let windows = places.flatMap { place in
            [
                "SUM(n\(place)) \(over(keyNames, by: "bucket")) - n\(place) AS before\(place)",
                "SUM(n\(place)) \(over(keyNames)) AS all\(place)",
            ]
        }
        let lower = quantiles.enumerated().map { place, quantile in
            "CAST(FLOOR((all\(quantile.condition) - 1) * \(quantile.share)D) AS BIGINT) AS lower\(place + 1)"
        }
        let upper = quantiles.enumerated().map { place, quantile in
            "LEAST(lower\(place + 1) + 1, all\(quantile.condition) - 1) AS upper\(place + 1)"
        }
        let isWanted = quantiles.enumerated().map { place, quantile in
            let (before, n) = ("before\(quantile.condition)", "n\(quantile.condition)")
            return "\(before) <= upper\(place + 1) AND \(before) + \(n) > lower\(place + 1)"
        }
        return (
            "ranks_\(name)", "the buckets with a rank that is asked for, and how many come before them",
            """
            SELECT *
            FROM (
              SELECT *, \(upper.joined(separator: ", "))
              FROM (
                SELECT *,
                  \(lower.joined(separator: ",\n      "))
                FROM (
                  SELECT *,
                    \(windows.joined(separator: ",\n        "))
                  FROM buckets_\(name)
                )
              )
            )
            WHERE \(isWanted.map { "(\($0))" }.joined(separator: " OR "))
            """
        )
    }

    private var gaps: (name: String, comment: String, body: String) {
        let known =
            keyNames + ["bucket"] + places.flatMap { ["before\($0)", "all\($0)"] }
            + quantiles.indices.flatMap { ["lower\($0 + 1)", "upper\($0 + 1)"] }
        let listed = known.map { "p.\($0)" } + ["\(QuantileSums.gap) AS gap"]
        let isSame = zip(keys, keyNames).map { "p.\($1) <=> r.\($0)" } + ["p.bucket = \(QuantileSums.bucket)"]
        let upto = places.map { place in
            "before\(place) + SUM(n\(place)) \(over(keyNames + ["bucket"], by: "gap")) AS upto\(place)"
        }
        return (
            "gaps_\(name)", "the gaps of these buckets, and how many there are up to each",
            """
            SELECT *,
              \(upto.joined(separator: ",\n  "))
            FROM (
              SELECT /*+ BROADCAST(p) */ \((listed + counts).joined(separator: ",\n    "))
              FROM scoped r
              JOIN ranks_\(name) p ON \(isSame.joined(separator: " AND "))
              WHERE \(isAny)
              GROUP BY \(listed.indices.map { "\($0 + 1)" }.joined(separator: ", "))
            )
            """
        )
    }

    func select(keyCount: Int) -> String {
        let columns =
            ["'\(name)' AS grouping"]
            + (0..<keyCount).map { "CAST(\(keys.indices.contains($0) ? "k\($0)" : "NULL") AS STRING) AS g\($0)" }
        let fields = sums.map { "'\($0.name)', CAST(\($0.sql) AS STRING)" }
        let groups = keys.isEmpty ? "" : "\nGROUP BY \(keyNames.joined(separator: ", "))"
        return """
            SELECT \(columns.joined(separator: ",\n  ")),
              TO_JSON(NAMED_STRUCT(\(fields.joined(separator: ",\n    ")))) AS sums
            FROM gaps_\(name) r\(groups)
            """
    }
}
