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
        let grid = TextGrid(
            columns: columns, lines: lines, keys: keys,
            mayTranspose: table.layout == .table || table.layout == .forecast)
        var result = grid.render(width: width, style: style)
        if table.rows.contains(where: \.isIncomplete) { result += footnote }
        return result
    }

    private var footnote: [String] { paragraph(EmptyState.incomplete, lead: "* ").map(style.quiet) }

    /// The triangle, as many ages as fit in the width, and all cohorts together with those who are counted there.
    func cohort(_ pivot: CohortPivot) -> [String] {
        // The mark of an incomplete cell has a column of its own, so that digits stay in line.
        func texts(_ line: CohortPivot.Line) -> [String] {
            pivot.ages.map { age in
                guard let cell = pivot.cell(line, at: age) else { return "" }
                return pivot.compact(cell.value, of: line) + (cell.isIncomplete ? "*" : " ")
            }
        }
        func lead(_ label: String, _ size: String) -> [String] {
            [DisplayWidth.truncated(DisplayWidth.printable(label), to: 16)] + (pivot.hasSizes ? [size] : [])
        }
        var lines = pivot.cohorts.map { line in
            TextGrid.Line(cells: lead(line.label, CohortPivot.count(line.size)) + texts(line))
        }
        if let all = pivot.all {
            lines.append(
                TextGrid.Line(cells: lead(all.label, CohortPivot.count(all.size)) + texts(all), isTotal: true))
            if pivot.hasSizes, pivot.isPartlyCounted {
                let counts = pivot.counted.map { $0.map { CohortPivot.count($0.customers) } ?? "" }
                let shares = pivot.counted.map { $0.map { CohortPivot.share($0.coverage) } ?? "" }
                lines.append(TextGrid.Line(cells: lead("  counted", "") + counts, isQuiet: true))
                lines.append(TextGrid.Line(cells: lead("  coverage", "") + shares, isQuiet: true))
            }
        }
        let titles = ["Cohort"] + (pivot.hasSizes ? ["Size"] : []) + pivot.ages.map { "\($0) " }
        func widest(_ index: Int) -> Int {
            max(DisplayWidth.of(titles[index]), lines.map { DisplayWidth.of($0.cells[index]) }.max() ?? 0)
        }
        let leads = titles.count - pivot.ages.count
        var used = (0..<leads).reduce(-1) { $0 + 1 + widest($1) }
        var shown = 0
        for age in pivot.ages {
            used += 1 + widest(leads + age)
            if used > width { break }
            shown += 1
        }
        let columns = titles.prefix(leads + shown).enumerated().map { index, title in
            TextGrid.Column(title: title, isNumber: index > 0)
        }
        for index in lines.indices { lines[index].cells = Array(lines[index].cells.prefix(leads + shown)) }
        var result = [style.quiet(line(pivot.heading))]
        result += TextGrid(columns: columns, lines: lines, gap: 1).render(width: width, style: style)
        if pivot.hasIncompleteCells { result += footnote }
        if shown < pivot.ages.count {
            let unit = pivot.unit.isEmpty ? "period" : pivot.unit
            let last = pivot.ages.count - 1
            let left = shown == last ? "\(unit) \(last) does not fit" : "\(unit)s \(shown)–\(last) do not fit"
            result += paragraph("\(left): a wider terminal or --format csv shows more").map(style.quiet)
        }
        return result
    }
}
