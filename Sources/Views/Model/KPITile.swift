package import Queries

/// One key figure with what it is compared to.
package struct KPITile: Hashable, Sendable {
    package var title: String
    /// How the number is computed; may be empty.
    package var explanation: String
    package var isNull: Bool
    package var value: String
    /// The previous window's value for reading; nil where nothing is compared.
    package var previous: String?
    /// Nil where nothing is compared, or a change has no meaning.
    package var change: Change?
    /// One value a month, oldest first; empty where there is no course.
    package var course: [Double?]
    /// Labels of the months of `course`.
    package var courseLabels: [String]
    /// The last month of `course` is not over, or is cut by the window.
    package var endsIncomplete = false

    /// The tiles of a KPI report, one a column; nil where the report is no single row.
    package static func tiles(of report: ReportResult) -> [KPITile]? {
        guard report.table.dimensions.isEmpty, let row = report.table.rows.first ?? report.table.total else {
            return nil
        }
        let before = report.previous.flatMap { $0.rows.first ?? $0.total }
        return report.table.columns.enumerated().map { index, column in
            let value = row.values[index]
            var tile = KPITile(
                title: column.title, explanation: column.explanation, isNull: value == nil,
                value: NumberFormatting.display(value, type: column.type, currency: row.currency), previous: nil,
                change: nil, course: [], courseLabels: [])
            if let previous = report.previous, let before, let place = previous.position(of: column) {
                let old = before.values[place]
                tile.previous = NumberFormatting.display(old, type: column.type, currency: before.currency)
                tile.change = Change(from: old, to: value, type: column.type)
            }
            if let course = report.course, let place = course.position(of: column) {
                tile.course = course.rows.map { $0.values[place]?.double }
                tile.courseLabels = course.rows.map { $0.keys.first?.label ?? "" }
                tile.endsIncomplete = course.rows.last?.isIncomplete ?? false
            }
            return tile
        }
    }
}

extension ResultTable {
    /// The index of the column of the same name, compared byte for byte.
    func position(of column: ColumnHeader) -> Int? {
        columns.firstIndex { $0.name.utf8.elementsEqual(column.name.utf8) }
    }

    /// The value in a row for reading.
    func display(_ index: Int, of row: Row) -> String {
        NumberFormatting.display(row.values[index], type: columns[index].type, currency: row.currency)
    }

    /// The label of a row: its keys' labels, in order.
    func label(of row: Row) -> String { row.keys.map(\.label).joined(separator: " · ") }

    /// Nothing was measured: there is no row, or no row and no total holds any value.
    var isEmpty: Bool { rows.isEmpty && !(total?.values.contains { $0 != nil } ?? false) }
}
