import Quantities
package import Queries

/// Which charts show a table of rows in order (trends, distributions).
///
/// Columns share a chart where they have one type and sizes that one scale can show (within a factor of 12), four at
/// most. A single column of exact values is a sum, drawn as bars from zero; ratios, and several columns, are lines.
package enum ChartPlan {
    /// `prefix` begins the charts' ids. Columns without any value have no chart.
    package static func charts(of table: ResultTable, prefix: String) -> [Chart] {
        let table = withoutSliver(table)
        let categories = table.rows.map { row in category(row, of: table) }
        let groups = groups(of: table)
        return groups.enumerated().map { index, columns in
            let series = columns.map { column in
                Chart.Series(
                    title: table.columns[column].title, values: table.rows.map { $0.values[column]?.double },
                    labels: table.rows.map { table.display(column, of: $0) })
            }
            let isSum = columns.count == 1 && table.rows.allSatisfy { isExact($0.values[columns[0]]) }
            let type = table.columns[columns[0]].type
            let isBar = isSum || table.layout == .distribution
            return Chart(
                id: "\(prefix)-\(index + 1)", title: series.map(\.title).joined(separator: ", "),
                description: description(table, columns), mark: isBar && columns.count == 1 ? .bar : .line,
                categories: categories, series: series, type: type,
                currency: table.rows.first?.currency ?? "")
        }.filter { !$0.isEmpty }
    }

    /// A window that begins late in a month begins with a row of nothing, which in a drawing looks like a fall.
    private static func withoutSliver(_ table: ResultTable) -> ResultTable {
        guard table.layout == .trend, table.dimensions.count == 1, table.rows.count > 1, let first = table.rows.first,
            first.isIncomplete,
            first.values.allSatisfy({ ($0?.double ?? 0) == 0 })
        else { return table }
        var table = table
        table.rows.removeFirst()
        return table
    }

    private static func groups(of table: ResultTable) -> [[Int]] {
        var groups: [(columns: [Int], greatest: Double)] = []
        for (index, column) in table.columns.enumerated() {
            let greatest = table.rows.compactMap { $0.values[index]?.double }.filter(\.isFinite).map(abs).max() ?? 0
            // Categories of a distribution do not follow each other: a line between them would say they do.
            let place =
                table.layout == .distribution
                ? nil
                : groups.firstIndex { group in
                    table.columns[group.columns[0]].type == column.type && group.columns.count < 4
                        && max(greatest, group.greatest) <= 12 * min(greatest, group.greatest)
                }
            if let place {
                groups[place].columns.append(index)
                groups[place].greatest = max(groups[place].greatest, greatest)
            } else {
                groups.append(([index], greatest))
            }
        }
        return groups.map(\.columns)
    }

    private static func isExact(_ value: Value?) -> Bool {
        if case .real? = value { return false }
        return true
    }

    private static func description(_ table: ResultTable, _ columns: [Int]) -> String {
        guard let first = table.rows.first, let last = table.rows.last else { return "" }
        return columns.map { index in
            let known = table.rows.filter { $0.values[index]?.double.isFinite == true }
            guard
                let least = known.min(by: { ($0.values[index]?.double ?? 0) < ($1.values[index]?.double ?? 0) }),
                let greatest = known.max(by: { ($0.values[index]?.double ?? 0) < ($1.values[index]?.double ?? 0) })
            else { return "" }
            return "\(table.columns[index].title) from \(table.label(of: first)) to \(table.label(of: last)): "
                + "least \(table.display(index, of: least)) (\(table.label(of: least))), "
                + "greatest \(table.display(index, of: greatest)) (\(table.label(of: greatest)))."
        }.joined(separator: " ")
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func category(_ row: ResultTable.Row, of table: ResultTable) -> Chart.Category {
        let label = table.label(of: row)
        var category = Chart.Category(label: label, short: label, isIncomplete: row.isIncomplete)
        guard table.dimensions.count == 1, case .bucket(let index)? = row.keys.first?.key else { return category }
        let unit: CalendarUnit
        switch table.dimensions[0].dimension {
        case .calendar(let calendar), .cohort(let calendar): unit = calendar
        default: return category
        }
        let start = unit.start(of: index)
        switch unit {
        case .day:
            category.short = String(start.day)
            category.group = "\(months[start.month - 1]) \(start.year)"
        case .month:
            category.short = months[start.month - 1]
            category.group = String(start.year)
        case .quarter:
            category.short = "Q\((start.month - 1) / 3 + 1)"
            category.group = String(start.year)
        case .week:
            let parts = unit.label(of: index).split(separator: "-")
            category.short = parts.last.map { String($0) } ?? label
            category.group = parts.first.map { String($0) } ?? ""
        case .year: break
        }
        return category
    }
}
