package import Queries

/// What a view says where there is nothing to show: what is missing, and what to do next.
package struct EmptyState: Hashable, Sendable {
    package var missing: String
    package var next: String

    /// For a report without rows.
    package init(_ table: ResultTable, times: Times) {
        let window = times.short(table.window)
        switch table.layout {
        case .cohort:
            missing = "No customer made a first purchase that counts in \(window)."
            next = "Choose a longer window with --from and --to, or see with tenure check which purchases count."
        case .forecast:
            missing = "There is no forecast."
            next = "The notes say why; tenure forecast tells more."
        default:
            missing = "No purchase that counts lies in \(window)."
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

    /// Why a row has no value in a column.
    package static func reason(_ row: ResultTable.Row, _ column: Int) -> String {
        row.nullReasons[column].map { "No value: \($0)." }
            ?? "No value: there is nothing to divide by, or nothing to measure."
    }

    package static let incomplete = "incomplete: not over at the as-of instant, or cut by the window"
}
