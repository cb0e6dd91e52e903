import Quantities
package import Queries

/// One key figure with what it is compared to.
package struct KPITile: Hashable, Sendable {
    package var title: String
    /// The name of the metric.
    package var metric: String
    package var method: Method
    /// The value for reading, `–` for null.
    package var value: String
    /// Why there is no value; nil where there is one.
    package var reason: String?
    /// The previous window's value for reading; nil where nothing is compared.
    package var previous: String?
    /// Nil where nothing is compared, or a change has no meaning.
    package var change: Change?
    /// The months of the window, oldest first; empty where there is no course.
    package var course: [Point]

    /// One month of a course.
    package struct Point: Hashable, Sendable {
        package var label: String
        package var value: Double?
        /// Not over, or cut by the window.
        package var isIncomplete: Bool

        package init(label: String, value: Double?, isIncomplete: Bool = false) {
            self.label = label
            self.value = value
            self.isIncomplete = isIncomplete
        }
    }

    /// The tiles of a KPI report, one a column; nil where the report is no single row.
    ///
    /// A course has the months that the report's window touches, and only figures of the window have one: a value over
    /// customers' whole histories does not come about month by month.
    package static func tiles(of report: ReportResult, times: Times) -> [KPITile]? {
        let table = report.table
        guard table.dimensions.isEmpty, let row = table.rows.first ?? table.total else { return nil }
        let before = report.previous.flatMap { $0.rows.first ?? $0.total }
        let tiles = table.columns.enumerated().map { index, column in
            let value = row.values[index]
            var tile = KPITile(
                title: column.title, metric: column.name, method: Method(column), value: table.display(index, of: row),
                reason: value == nil ? EmptyState.reason(row, index) : nil, course: [])
            if let previous = report.previous, let before, let place = previous.position(of: column) {
                tile.previous = previous.display(place, of: before)
                tile.change = Change(from: before.values[place], to: value, type: column.type)
            }
            if column.isOfWindow, let course = report.course, let place = course.position(of: column) {
                tile.course = points(course, place, window: table.window, times)
            }
            return tile
        }
        return withoutEmptyComparison(tiles)
    }

    /// The tiles without their empty comparisons where none of them has a change.
    private static func withoutEmptyComparison(_ tiles: [KPITile]) -> [KPITile] {
        if tiles.contains(where: { $0.change != nil }) { return tiles }
        return tiles.map { tile in
            var tile = tile
            tile.previous = nil
            return tile
        }
    }

    /// What the changes compare to, for below the tiles; nil where nothing is compared.
    package static func comparison(_ tiles: [KPITile], _ report: ReportResult, _ times: Times) -> String? {
        guard let previous = report.previous else { return nil }
        let window = times.short(previous.window)
        // Before the data begin everything is 0 or null: a dash at every figure would only repeat that.
        return tiles.contains { $0.change != nil }
            ? "Changes compare to \(window)." : "Nothing to compare with in \(window)."
    }

    private static func points(_ course: ResultTable, _ place: Int, window: Window, _ times: Times) -> [Point] {
        guard case .calendar(let unit)? = course.dimensions.first?.dimension else { return [] }
        let points = course.rows.compactMap { row -> Point? in
            guard let key = row.keys.first, case .bucket(let index) = key.key, times.touches(unit, index, window) else {
                return nil
            }
            return Point(label: key.label, value: row.values[place]?.double, isIncomplete: row.isIncomplete)
        }
        // A window that begins late in a month begins with nothing, which says nothing.
        let isSliver = points.first.map { $0.isIncomplete && ($0.value ?? 0) == 0 } ?? false
        return isSliver ? Array(points.dropFirst()) : points
    }
}

extension ResultTable {
    /// The index of the column of the same name, compared byte for byte.
    func position(of column: ColumnHeader) -> Int? {
        columns.firstIndex { $0.name.utf8.elementsEqual(column.name.utf8) }
    }

    /// The value in a row for reading.
    func display(_ index: Int, of row: Row) -> String {
        NumberFormatting.display(row.values[index], type: columns[index].type, currency: row.currency, period: period)
    }

    /// The label of a row: its keys' labels, in order.
    package func label(of row: Row) -> String { row.keys.map(\.label).joined(separator: " · ") }

    /// Nothing was measured: there is no row, or no row and no total holds any value.
    var isEmpty: Bool { rows.isEmpty && !(total?.values.contains { $0 != nil } ?? false) }
}
