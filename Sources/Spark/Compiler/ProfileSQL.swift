import Queries

/// What tables hold, as SQL. Each type of events is read once: its rows are split into cells, and all that is counted is
/// counted of equal cells.
///
///     rows     without those that were delivered twice
///     cells    by column: each value and how many rows have it; all numbers and instants of a column are one value
struct ProfileSQL {
    let tables: SparkTables
    let text: SQLText

    init(_ tables: SparkTables) {
        self.tables = tables
        text = SQLText(tables.parameters)
    }

    /// The most frequent values that a profile names.
    static let mostValues = 20

    /// The columns of the rows that `cellsSelect` gives.
    static let fields = 9

    /// Of an event type: a row of `c` for each column, and rows of `v` for its most frequent values. The column 0 is the
    /// customer, whose row has the first and the last instant; the attributes follow in the order of `columns`.
    ///
    /// - Parameter columns: names of attributes.
    func select(_ relation: SparkTables.EventRelation, columns: [String]) -> SQLStatement {
        text.add("rows", "without rows that were delivered twice", "SELECT *\nFROM \(relation.distinctRows)")
        return text.statement(cells(columns.map { relation.columns[$0] }, at: "at"))
    }

    /// Of customers: the same of their properties, and how many there are.
    func selectCustomers(columns: [String]) -> SQLStatement {
        var known = ""
        if let customers = tables.customers {
            let age = SparkTables.freeName("age", customers.properties)
            text.add(
                "newest", "the newest row of each customer counts",
                """
                SELECT *
                FROM (
                  SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY seq DESC) AS \(age)
                  FROM \(customers.source)
                )
                WHERE \(age) = 1
                """)
            known = "\nLEFT JOIN newest n ON n.customer = e.customer"
        }
        text.add("everybody", "all customers that any table has", tables.everybody)
        let names = columns.compactMap { tables.customers?.properties[$0].map(\.sql) }
        text.add(
            "rows", "a row each",
            "SELECT e.customer\(names.map { ", n.\($0)" }.joined())\nFROM everybody e\(known)")
        return text.statement(
            cells(columns.map { tables.customers?.properties[$0] }, at: "CAST(NULL AS BIGINT)"))
    }

    /// A row for each event type: its name, and the first and the last instant.
    func outlineSelect() -> SQLStatement {
        let parts = tables.events.sorted { $0.key < $1.key }.map { name, relation in
            "SELECT \(text.text(name, "event")) AS event, CAST(MIN(at) AS STRING) AS first, CAST(MAX(at) AS STRING) AS last"
                + "\nFROM \(relation.source)"
        }
        return text.statement(parts.joined(separator: "\nUNION ALL\n"))
    }

    /// The first and the last instant with a value, and the least and the greatest value.
    func evidenceSelect(_ relation: SparkTables.EventRelation, _ column: SparkTables.Column) -> SQLStatement {
        let (least, greatest) =
            column.type == .text
            ? ("NULL", "NULL") : ("MIN(\(column.sql))", "MAX(\(column.sql))")
        return text.statement(
            """
            SELECT CAST(MIN(at) AS STRING) AS first, CAST(MAX(at) AS STRING) AS last,
              CAST(\(least) AS STRING) AS least, CAST(\(greatest) AS STRING) AS greatest
            FROM \(relation.source)
            WHERE \(column.sql) IS NOT NULL
            """)
    }

    /// How many rows have a text.
    func rowsSelect(of value: String, _ relation: SparkTables.EventRelation, _ column: SparkTables.Column)
        -> SQLStatement
    {
        text.statement(
            """
            SELECT CAST(COUNT(*) AS STRING) AS n
            FROM \(relation.distinctRows)
            WHERE \(column.sql) = \(text.text(value, "value"))
            """)
    }

    /// How many customers have a text.
    func customersSelect(
        of value: String, _ relation: SparkTables.CustomerRelation, _ column: SparkTables.Column
    ) -> SQLStatement {
        text.statement(
            """
            SELECT CAST(COUNT(*) AS STRING) AS n
            FROM (
              SELECT MAX(STRUCT(seq, \(column.sql) AS value)).value AS value
              FROM \(relation.source)
              GROUP BY customer
            )
            WHERE value = \(text.text(value, "value"))
            """)
    }

    // MARK: - Cells

    /// Both parts of the query read all columns and rows of the step `cells`, so that Spark makes it once.
    ///
    /// - Parameter at: the instant of a row.
    private func cells(_ columns: [SparkTables.Column?], at: String) -> String {
        let cells = columns.map { column -> String in
            switch column?.type {
            case .text: column?.sql ?? EvaluationSQL.none
            case .number, .instant: "CASE WHEN \(column?.sql ?? "NULL") IS NOT NULL THEN '' END"
            case nil: EvaluationSQL.none
            }
        }
        text.add(
            "cells", "by column, each value and how many rows have it; column 0 is the customer",
            """
            SELECT place, value, COUNT(*) AS n, MIN(at) AS first, MAX(at) AS last
            FROM (
              SELECT CASE WHEN place = 0 THEN at END AS at, place, value
              FROM (SELECT \(at) AS at, POSEXPLODE(ARRAY(\((["customer"] + cells).joined(separator: ", ")))) AS (place, value) FROM rows)
            )
            WHERE value IS NOT NULL
            GROUP BY place, value
            """)
        let none = EvaluationSQL.none
        return """
            SELECT 'c' AS kind, CAST(place AS STRING) AS place, \(none) AS value, CAST(SUM(n) AS STRING) AS n,
              CAST(COUNT(*) AS STRING) AS distinct, CAST(SUM(CASE WHEN \(isNumber("value")) THEN n ELSE 0 END) AS STRING) AS numeric,
              CAST(MIN(first) AS STRING) AS first, CAST(MAX(last) AS STRING) AS last, \(none) AS rank
            FROM cells
            GROUP BY place
            UNION ALL
            SELECT 'v', CAST(place AS STRING), value, CAST(n AS STRING), \(none), \(none), CAST(first AS STRING),
              CAST(last AS STRING), CAST(rank AS STRING)
            FROM (
              SELECT *, ROW_NUMBER() OVER (PARTITION BY place ORDER BY n DESC, value) AS rank
              FROM cells
            )
            WHERE rank <= \(ProfileSQL.mostValues)
            """
    }

    /// Whether a text is a number as `ExactDecimal` reads them: its digits have room in 128 bits, of which at most 36 stand
    /// after the point.
    private func isNumber(_ value: String) -> String {
        let pattern = text.text("^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?0*[0-9]{1,18})?(?![\\s\\S])", "number")
        func part(_ expression: String, _ name: String, _ group: Int) -> String {
            "REGEXP_EXTRACT(\(value), \(text.text(expression, name)), \(group))"
        }
        let split = "^[+-]?([0-9]*)[.]?([0-9]*)([eE]([+-]?[0-9]+))?"
        let (whole, fraction, exponent) = (
            part(split, "parts", 1), part(split, "parts", 2),
            "COALESCE(CAST(NULLIF(\(part(split, "parts", 4)), '') AS BIGINT), 0)"
        )
        // Zeros in front are nothing; zeros at the end are taken off where there are too many digits after the point.
        let digits = "LTRIM('0', CONCAT(\(whole), \(fraction)))"
        let scale = "(LENGTH(\(fraction)) - \(exponent))"
        let zeros = "(LENGTH(\(digits)) - LENGTH(RTRIM('0', \(digits))))"
        func fits(_ digits: String) -> String {
            "(LENGTH(\(digits)) < 39 OR LENGTH(\(digits)) = 39 AND \(digits) <= '170141183460469231731687303715884105727')"
        }
        return """
            \(value) RLIKE \(pattern) AND CASE
              WHEN LENGTH(\(value)) < 30 AND \(value) RLIKE \(text.text("^[+-]?[0-9.]+$", "plain")) THEN TRUE
              WHEN ABS(\(exponent)) > 60 OR NOT \(fits(digits)) THEN FALSE
              WHEN \(digits) = '' THEN \(scale) >= -38
              WHEN \(scale) < 0 THEN \(scale) >= -38 AND \(fits("CONCAT(\(digits), REPEAT('0', CAST(-\(scale) AS INT)))"))
              ELSE \(scale) - \(zeros) <= 36 END
            """
    }
}
