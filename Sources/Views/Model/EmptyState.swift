package import Queries

/// What a view says where there is nothing to show: what is missing, and what to do next.
package struct EmptyState: Hashable, Sendable {
    package var missing: String
    package var next: String

    /// For a report without rows.
    package init(_ table: ResultTable, echo: SemanticsEcho) {
        switch table.layout {
        case .cohort:
            missing = "No customer made a first purchase that counts in \(echo.window)."
            next = "Choose a longer window with --from and --to, or see with tenure check which purchases count."
        default:
            missing = "No purchase that counts lies in \(echo.window)."
            next = "Choose another window with --from and --to, or see with tenure check which statuses count."
        }
    }

    private init(missing: String, next: String) {
        self.missing = missing
        self.next = next
    }

    /// For a dashboard without reports.
    package static let dashboard = EmptyState(
        missing: "This dashboard has no reports.",
        next: "Add a report under dashboard: reports: of the use case, then run tenure deploy.")

    /// Why a cell is null.
    package static func reason(_ column: ResultTable.ColumnHeader) -> String {
        let general = "No value: there is nothing to divide by, or nothing to measure."
        return column.explanation.isEmpty ? general : "\(general) \(column.explanation)"
    }

    package static let incomplete = "incomplete: not over at the as-of instant, or cut by the window"
}
