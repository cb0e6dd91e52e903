import Queries
import Views

/// In which order the rows of a table are shown, where a reader has chosen one: `revenue`, or `-revenue` for the greatest
/// first; `name` is by their labels.
struct RowOrder {
    let column: String
    let isDescending: Bool

    init(_ text: String) {
        isDescending = text.hasPrefix("-")
        column = isDescending ? String(text.dropFirst()) : text
    }

    /// The texts that can be chosen, for these columns.
    static func choices(_ columns: [String]) -> [String] {
        let all = ["name"] + columns
        return all + all.map { "-" + $0 }
    }

    /// Rows without a value come last; those of one value stay in their order.
    func sorted(_ table: ResultTable) -> [ResultTable.Row] {
        guard let place = table.columns.firstIndex(where: { $0.name == column }) else { return byName(table) }
        return table.rows.enumerated().sorted { a, b in
            switch (a.element.values[place]?.double, b.element.values[place]?.double) {
            case (let left?, let right?) where left != right: isDescending ? left > right : left < right
            case (nil, .some): false
            case (.some, nil): true
            default: a.offset < b.offset
            }
        }.map(\.element)
    }

    /// Rows of time are in their order already; others by their labels, byte by byte.
    private func byName(_ table: ResultTable) -> [ResultTable.Row] {
        var rows = table.rows
        let isOfTime = table.dimensions.contains { header in
            if case .calendar = header.dimension { return true }
            return false
        }
        if !isOfTime {
            rows.sort { table.label(of: $0).utf8.lexicographicallyPrecedes(table.label(of: $1).utf8) }
        }
        return isDescending ? rows.reversed() : rows
    }
}
