/// Rows grouped by the same keys, and what is added up of them. Where distinct customers are counted the rows are first added
/// up by customer, and all other sums with them.
final class SumGrouping {
    let name: String
    private let keys: [String]
    /// Nil for `scoped`.
    private let periods: String?
    /// What is added up by customer.
    private var columns: [(name: String, sql: String)] = []
    /// What is given: by customer and at once.
    private var sums: [(name: String, ofCustomers: String, atOnce: String)] = []
    private var countsCustomers = false
    private let names = SafeNames("sum")

    /// - Parameters:
    ///   - keys: columns of the step that is read.
    ///   - periods: the step that is read; nil for `scoped`.
    init(number: Int, keys: [String], from periods: String? = nil) {
        name = "grouping_\(number)"
        (self.keys, self.periods) = (keys, periods)
    }

    func isOver(_ keys: [String], from periods: String? = nil) -> Bool { self.keys == keys && self.periods == periods }

    // MARK: - Sums, by the name that they have in the answer

    func count(_ condition: String, _ name: String) -> String {
        let counted = "COUNT_IF(\(condition))"
        return add(name, "SUM(\(column(counted, name)))", counted)
    }

    /// Distinct customers with at least so many rows.
    func customers(_ least: Int, _ condition: String, _ name: String) -> String {
        countsCustomers = true
        let sql = "COUNT_IF(\(column("COUNT_IF(\(condition))", name)) >= \(least))"
        return add(name, sql, sql)
    }

    /// Microseconds: those of a customer have room in 64 bits, those of all have not.
    func duration(_ amount: String, where condition: String, _ name: String) -> String {
        let column = column("SUM(\(amount)) FILTER (WHERE \(condition))", name)
        return add(
            name, "SUM(CAST(\(column) AS DECIMAL(38, 0)))",
            "SUM(CAST(\(amount) AS DECIMAL(38, 0))) FILTER (WHERE \(condition))")
    }

    func sum(_ number: String, where condition: String, _ name: String) -> String {
        let sum = "SUM(\(number)) FILTER (WHERE \(condition))"
        return add(name, "SUM(\(column(sum, name)))", sum)
    }

    private func column(_ sql: String, _ name: String) -> String {
        if let known = columns.first(where: { $0.sql == sql }) { return known.name }
        let name = names.unused(name) { candidate in columns.contains { $0.name == candidate } }
        columns.append((name, sql))
        return name
    }

    private func add(_ name: String, _ ofCustomers: String, _ atOnce: String) -> String {
        if let known = sums.first(where: { $0.ofCustomers == ofCustomers && $0.atOnce == atOnce }) { return known.name }
        let name = names.unused(name) { candidate in sums.contains { $0.name == candidate } }
        sums.append((name, ofCustomers, atOnce))
        return name
    }

    // MARK: - SQL

    private var keyNames: [String] { keys.indices.map { "k\($0)" } }

    private var isByCustomer: Bool { countsCustomers && periods == nil }

    /// The step that adds up by customer, where there is such.
    ///
    /// - Parameter customer: the columns that tell customers apart.
    func customers(_ customer: [String]) -> (name: String, comment: String, body: String)? {
        guard isByCustomer else { return nil }
        let listed =
            zip(keys, keyNames).map { "r.\($0) AS \($1)" }
            + columns.map { "\($0.sql) AS \($0.name)" }
        let grouped = customer + keys.map { "r.\($0)" }
        return (
            "customers_\(name)", "added up by customer\(keys.isEmpty ? "" : " and group")",
            """
            SELECT \(listed.joined(separator: ",\n  "))
            FROM scoped r
            GROUP BY \(grouped.joined(separator: ", "))
            """
        )
    }

    func select(keyCount: Int) -> String {
        var columns = ["'\(name)' AS grouping"]
        for place in 0..<keyCount {
            let key = keys.indices.contains(place) ? (isByCustomer ? "k\(place)" : keys[place]) : "NULL"
            columns.append("CAST(\(key) AS STRING) AS g\(place)")
        }
        let fields = sums.map { "'\($0.name)', CAST(\(isByCustomer ? $0.ofCustomers : $0.atOnce) AS STRING)" }
        columns.append("TO_JSON(NAMED_STRUCT(\(fields.joined(separator: ",\n    ")))) AS sums")
        let source = isByCustomer ? "customers_\(name)" : periods ?? "scoped"
        var select = "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(source) r"
        if !keys.isEmpty { select += "\nGROUP BY \((isByCustomer ? keyNames : keys).joined(separator: ", "))" }
        return select
    }
}

/// When each customer bought, in periods: one row a customer, group and period.
struct PeriodSums {
    let name: String
    /// Columns of `scoped`.
    let keys: [String]
    let condition: String
    let period: String

    init(number: Int, keys: [String], condition: String, period: String) {
        name = "periods_\(number)"
        (self.keys, self.condition, self.period) = (keys, condition, period)
    }

    /// - Parameter customer: the columns that tell customers apart.
    func step(_ customer: [String]) -> (name: String, comment: String, body: String) {
        let names = keys.indices.map { "k\($0)" }
        let partition = (customer + names).joined(separator: ", ")
        let columns = customer + zip(keys, names).map { "r.\($0) AS \($1)" } + ["r.\(period) AS period"]
        let body = """
            SELECT *, LAG(period) OVER (PARTITION BY \(partition) ORDER BY period) AS before
            FROM (
              SELECT \(columns.joined(separator: ", ")), COUNT(*) AS purchases
              FROM scoped r
              WHERE r.\(condition)
              GROUP BY \((customer + keys + [period]).joined(separator: ", "))
            )
            """
        return (name, "when each customer bought; before: the period before that", body)
    }
}
