import Queries

/// Tables, trends, distributions and cohorts on a terminal.
extension TextView {
    /// Rows with their numbers; trends and distributions have bars of the first metric.
    func grid(_ table: ResultTable) -> [String] {
        let hasBars = table.layout.isCharted && !table.columns.isEmpty
        let barWidth = 14
        let greatest = table.rows.compactMap { $0.values.first??.double }.filter(\.isFinite).map(abs).max() ?? 0
        var columns = table.dimensions.map {
            TextGrid.Column(title: DisplayWidth.printable($0.title), isNumber: false)
        }
        if columns.isEmpty { columns = [TextGrid.Column(title: "", isNumber: false)] }
        let keys = columns.count
        for (index, column) in table.columns.enumerated() {
            columns.append(TextGrid.Column(title: DisplayWidth.printable(column.title), isNumber: true))
            if index == 0, hasBars { columns.append(TextGrid.Column(title: "", isNumber: false, isBar: true)) }
        }
        var lines = table.rows.map { row in
            var cells = row.keys.map { DisplayWidth.printable($0.label) }
            while cells.count < keys { cells.append("") }
            if row.isIncomplete, keys > 0 { cells[keys - 1] += "*" }
            for index in table.columns.indices {
                cells.append(DisplayWidth.printable(table.display(index, of: row)))
                if index == 0, hasBars {
                    cells.append(BlockBars.bar(row.values[0]?.double, greatest: greatest, width: barWidth))
                }
            }
            return TextGrid.Line(cells: cells)
        }
        if let total = table.total {
            var cells = ["Total"] + Array(repeating: "", count: keys - 1)
            for index in table.columns.indices {
                cells.append(DisplayWidth.printable(table.display(index, of: total)))
                if index == 0, hasBars { cells.append("") }
            }
            lines.append(TextGrid.Line(cells: cells, isTotal: true))
        }
        let grid = TextGrid(columns: columns, lines: lines, keys: keys, mayTranspose: table.layout == .table)
        var result = grid.render(width: width, style: style)
        if table.rows.contains(where: \.isIncomplete) { result += footnote }
        return result
    }

    private var footnote: [String] { paragraph(EmptyState.incomplete, lead: "* ").map(style.quiet) }

    /// The triangle, as many ages as fit in the width.
    func cohort(_ pivot: CohortPivot) -> [String] {
        let all = pivot.cohorts + (pivot.all.map { [$0] } ?? [])
        // The mark of an incomplete cell has a column of its own, so that digits stay in line.
        func text(_ cell: CohortPivot.Cell?, _ line: CohortPivot.Line) -> String {
            guard let cell else { return "" }
            return pivot.compact(cell.value, of: line) + (cell.isIncomplete ? "*" : " ")
        }
        func lead(_ line: CohortPivot.Line) -> [String] {
            let size = NumberFormatting.compact(line.size, type: .count, currency: line.currency)
            return [DisplayWidth.truncated(DisplayWidth.printable(line.label), to: 16)]
                + (pivot.sizeTitle == nil ? [] : [size])
        }
        var used = 0
        for index in lead(all.first ?? CohortPivot.Line(label: "", size: nil, currency: "", cells: [])).indices {
            used += 1 + max(6, all.map { DisplayWidth.of(lead($0)[index]) }.max() ?? 0)
        }
        var shown = 0
        for age in pivot.ages {
            let widest = max(2, all.map { DisplayWidth.of(text(pivot.cell($0, at: age), $0)) }.max() ?? 0)
            if used + widest > width { break }
            used += widest + 1
            shown += 1
        }
        var columns = [TextGrid.Column(title: "Cohort", isNumber: false)]
        if pivot.sizeTitle != nil { columns.append(TextGrid.Column(title: "Size", isNumber: true)) }
        columns += pivot.ages.prefix(shown).map { TextGrid.Column(title: "\($0) ", isNumber: true) }
        func line(_ line: CohortPivot.Line, isTotal: Bool) -> TextGrid.Line {
            let cells = pivot.ages.prefix(shown).map { text(pivot.cell(line, at: $0), line) }
            return TextGrid.Line(cells: lead(line) + cells, isTotal: isTotal)
        }
        var lines = pivot.cohorts.map { line($0, isTotal: false) }
        if let all = pivot.all { lines.append(line(all, isTotal: true)) }
        let unit = pivot.unit.isEmpty ? "periods" : pivot.unit + "s"
        var result = [style.quiet(self.line("\(title(of: pivot)), by \(unit) since the first purchase"))]
        result += TextGrid(columns: columns, lines: lines, gap: 1).render(width: width, style: style)
        if pivot.hasIncompleteCells { result += footnote }
        if shown < pivot.ages.count {
            let more =
                "\(unit) \(shown)–\(pivot.ages.count - 1) do not fit: a wider terminal or --format csv shows them"
            result += paragraph(more).map(style.quiet)
        }
        return result
    }

    private func title(of pivot: CohortPivot) -> String {
        let currency = pivot.cohorts.first?.currency ?? ""
        switch pivot.column.type {
        case .money: return currency.isEmpty ? pivot.column.title : "\(pivot.column.title) in \(currency)"
        case .ratio: return "\(pivot.column.title) in %"
        case .duration: return "\(pivot.column.title) in days"
        case .count, .number, .periods: return pivot.column.title
        }
    }
}
