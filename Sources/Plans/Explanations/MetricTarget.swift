package import Diagnostics
package import Queries

/// Names one number of a dashboard: a metric, the report it is in, and the row.
package struct MetricTarget: Sendable {
    /// A report's id; nil for the first report that has the metric.
    package var report: String?
    package var metric: String
    /// Labels of the row's dimensions, in their order; empty for the total.
    package var row: [String]

    /// - Parameter name: `metric`, or `report.metric`.
    package init(_ name: String, row: [String]) {
        // A metric's name has no point; a report's can have some, where it is by a named grouping: `by-product.name`.
        let point = name.lastIndex(of: ".")
        self.init(
            report: point.map { String(name[..<$0]) },
            metric: point.map { String(name[name.index(after: $0)...]) } ?? name,
            row: row)
    }

    /// - Parameter report: nil for the first one that has the metric.
    package init(report: String?, metric: String, row: [String]) {
        self.report = report
        self.metric = metric
        self.row = row
    }

    /// The report, and the place of the metric among its columns.
    ///
    /// - Throws: a `Diagnostic` where there is no such report or metric.
    package func column(in result: DashboardResult) throws -> (table: ResultTable, column: Int) {
        let tables = result.reports.map(\.table)
        if let report, !tables.contains(where: { $0.id == report }) {
            throw Diagnostic(
                .unknownReport, "there is no report '\(report)'",
                hints: didYouMean(report, among: tables.map(\.id)) + [
                    "reports: \(tables.map(\.id).joined(separator: ", "))"
                ])
        }
        let searched = tables.filter { report == nil || $0.id == report }
        for table in searched {
            if let column = table.columns.firstIndex(where: { $0.name == metric }) { return (table, column) }
        }
        throw unknownMetric(in: searched)
    }

    /// The report that has the number, be it a cell or the size of a cohort.
    ///
    /// - Throws: a `Diagnostic` where there is none.
    package func table(in result: DashboardResult) throws -> ResultTable {
        let sized = result.reports.map(\.table).first { table in
            report == table.id && table.cohortMeasure == metric && cohortPart(of: table) != nil
        }
        return try sized ?? column(in: result).table
    }

    /// - Throws: a `Diagnostic` where the table has no such metric.
    package func column(of table: ResultTable) throws -> Int {
        guard let column = table.columns.firstIndex(where: { $0.name == metric }) else {
            throw unknownMetric(in: [table])
        }
        return column
    }

    private func unknownMetric(in tables: [ResultTable]) -> Diagnostic {
        let known = tables.flatMap { $0.columns.map(\.name) }.reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        return Diagnostic(
            .unknownReport, "there is no metric '\(metric)'" + (report.map { " in the report '\($0)'" } ?? ""),
            hints: didYouMean(metric, among: known) + ["metrics: \(known.joined(separator: ", "))"])
    }

    /// What stands beside the cells of a table by cohort and age.
    enum CohortPart {
        /// How many customers a cohort has: `2026-01`.
        case cohort(ResultTable.Cohort)
        /// How many all of them have: `All cohorts`.
        case everybody
        /// A column over all cohorts that are old enough: `All cohorts`, `3`.
        case age(ResultTable.AgeTotal)
        /// How many customers those have: `counted`, `3`.
        case counted(ResultTable.AgeTotal)
    }

    /// The part that the row names; nil for rows of the table.
    func cohortPart(of table: ResultTable) -> CohortPart? {
        guard !table.cohorts.isEmpty, let first = row.first else { return nil }
        if row.count == 1 {
            if first == ResultTable.allCohorts { return .everybody }
            return table.cohorts.first { $0.key.label == first }.map { .cohort($0) }
        }
        guard row.count == 2, let age = table.ages.first(where: { String($0.age) == row[1] }) else { return nil }
        return switch first {
        case ResultTable.allCohorts: .age(age)
        case ResultTable.counted: .counted(age)
        default: nil
        }
    }

    /// The row of a report, its total where none is named; nil where it has no such row.
    package func row(of table: ResultTable) -> ResultTable.Row? {
        if row.isEmpty { return table.total ?? table.rows.first }
        // Labels that only look alike are two rows.
        return table.rows.first { found in
            found.keys.count == row.count
                && zip(found.keys, row).allSatisfy { $0.label.utf8.elementsEqual($1.utf8) }
        }
    }

    /// What to say where a report has no such row.
    package func unknownRow(of table: ResultTable) -> Diagnostic {
        let dimensions = table.dimensions.map(\.title)
        if dimensions.isEmpty {
            return Diagnostic(
                .unknownDimension, "the report '\(table.id)' has one row only", hints: ["leave out --row"])
        }
        guard row.count == dimensions.count else {
            let size = table.cohortMeasure.map { ["the customers of a cohort: \(table.id).\($0) --row COHORT"] } ?? []
            return Diagnostic(
                .unknownDimension,
                "a row of '\(table.id)' is named by \(dimensions.joined(separator: " and ")), and \(row.count) given",
                hints: ["--row once for each of them"] + size)
        }
        let name = row.joined(separator: " / ")
        let known = table.rows.map { $0.keys.map(\.label).joined(separator: " / ") }
        let shown = known.prefix(12).joined(separator: ", ") + (known.count > 12 ? ", …" : "")
        let beside =
            table.ages.isEmpty
            ? [] : ["all cohorts together: --row \"\(ResultTable.allCohorts)\" --row AGE"]
        return Diagnostic(
            .unknownDimension, "'\(table.id)' has no row '\(name)'",
            hints: didYouMean(name, among: known) + ["rows: \(shown)"] + beside)
    }
}
