package import Quantities

/// A whole dashboard, evaluated: what `evaluate`, `export` and the server show.
package struct DashboardResult: Codable, Hashable, Sendable {
    package var id: String
    package var title: String
    package var semantics: Semantics
    /// The first 12 hexadecimal digits of the definition's hash.
    package var definition: String
    /// The store's generation.
    package var generation: String
    /// Sentences about the data that every reader should see.
    package var warnings: [String]
    package var reports: [ReportResult]

    package init(
        id: String, title: String, semantics: Semantics, definition: String, generation: String, warnings: [String],
        reports: [ReportResult]
    ) {
        self.id = id
        self.title = title
        self.semantics = semantics
        self.definition = definition
        self.generation = generation
        self.warnings = warnings
        self.reports = reports
    }
}

/// One report with what it is compared to.
package struct ReportResult: Codable, Hashable, Sendable {
    package var table: ResultTable
    /// The same for the window before; KPI reports with `compare: previous_period`.
    package var previous: ResultTable?
    package var previousWindow: Window?
    /// The same columns by month, for sparklines; KPI reports.
    package var course: ResultTable?

    package init(
        table: ResultTable, previous: ResultTable? = nil, previousWindow: Window? = nil, course: ResultTable? = nil
    ) {
        self.table = table
        self.previous = previous
        self.previousWindow = previousWindow
        self.course = course
    }
}
