package import Queries

/// The dashboard for a terminal: key figures as tiles, tables, small bars, cohort triangles, formula trees.
///
/// Lines have at most `width` columns as far as numbers allow; labels are cut with `…`. Text from data can not move the
/// cursor: control characters are shown, not sent. Ends with a newline.
package struct TextView: Sendable {
    /// Columns of the terminal, at least 40.
    package var width: Int
    let style: TerminalStyle

    package init(width: Int = 100, color: Bool = false) {
        self.width = max(40, width)
        self.style = TerminalStyle(color: color)
    }

    package func render(_ result: DashboardResult) -> String {
        let result = result.withShortHeadings
        let echo = SemanticsEcho(result)
        var lines = heading(result, echo)
        if result.reports.isEmpty { lines += [""] + empty(.dashboard) }
        for report in result.reports {
            lines += ["", style.strong(line(report.table.title))]
            if report.table.window != result.semantics.window {
                lines.append(style.quiet(line(echo.times.short(report.table.window))))
            }
            lines += body(report, echo.times)
            lines += report.table.notes.flatMap { paragraph($0, lead: "· ") }.map(style.quiet)
        }
        if !result.warnings.isEmpty {
            lines += ["", style.strong("Warnings")]
            lines += result.warnings.flatMap { paragraph($0, lead: "! ") }.map(style.warning)
        }
        lines += ["", style.quiet(line("definition \(result.definition) · data generation \(result.generation)"))]
        return lines.joined(separator: "\n") + "\n"
    }

    private func heading(_ result: DashboardResult, _ echo: SemanticsEcho) -> [String] {
        let semantics = result.semantics
        let place = [echo.window, semantics.timezone, semantics.displayCurrency, "as of \(echo.asOf)"]
        return [style.strong(line(result.title))]
            + (list(place) + list(SemanticsEcho.policies(semantics))).map(style.quiet)
    }

    /// The parts with dots between them, on lines that end between parts.
    private func list(_ parts: [String]) -> [String] {
        var lines: [String] = []
        for part in parts.map(DisplayWidth.printable) {
            if let last = lines.last, DisplayWidth.of(last) + 3 + DisplayWidth.of(part) <= width {
                lines[lines.count - 1] = last + " · " + part
            } else {
                lines.append(DisplayWidth.truncated(part, to: width))
            }
        }
        return lines
    }

    private func body(_ report: ReportResult, _ times: Times) -> [String] {
        let table = report.table
        if table.isEmpty { return empty(EmptyState(table, times: times)) }
        switch table.layout {
        case .kpi:
            guard let tiles = KPITile.tiles(of: report, times: times) else { return grid(table) }
            let compared = KPITile.comparison(tiles, report, times).map { [style.quiet(line($0))] } ?? []
            return TextTiles(width: width, style: style).render(tiles) + compared
        case .tree: return tree(table)
        case .cohort: return CohortPivot(table).map { cohort($0) } ?? grid(table)
        case .table, .trend, .distribution, .forecast: return grid(table)
        }
    }

    /// The text on one line of printable characters, cut to the width.
    func line(_ text: String) -> String {
        DisplayWidth.truncated(DisplayWidth.printable(text), to: width)
    }

    /// The text on lines, those after the first indented like the text after `lead`.
    func paragraph(_ text: String, lead: String = "") -> [String] {
        let indent = DisplayWidth.of(lead)
        return DisplayWidth.wrapped(DisplayWidth.printable(text), to: width - indent).enumerated().map { index, part in
            (index == 0 ? lead : String(repeating: " ", count: indent)) + part
        }
    }

    private func empty(_ state: EmptyState) -> [String] {
        paragraph(state.missing) + paragraph(state.next, lead: "Next: ").map(style.quiet)
    }

    /// A line a metric, its parts below it; how a part without parts is computed stands beside it.
    private func tree(_ table: ResultTable) -> [String] {
        guard let row = table.rows.first ?? table.total else { return [] }
        var labels: [(label: String, value: String, method: String)] = []
        func add(_ node: MetricTree.Node, _ indent: String, _ branch: String, _ rest: String) {
            let column = table.columns[node.column]
            let sign = node.sign.isEmpty ? "" : DisplayWidth.printable(node.sign) + " "
            let tail = node.tail.isEmpty ? "" : " " + DisplayWidth.printable(node.tail)
            labels.append(
                (
                    indent + branch + sign + DisplayWidth.printable(column.title) + tail,
                    DisplayWidth.printable(table.display(node.column, of: row)),
                    node.parts.isEmpty ? DisplayWidth.printable(Method(column).short) : ""
                ))
            for (index, part) in node.parts.enumerated() {
                let isLast = index == node.parts.count - 1
                add(part, indent + rest, isLast ? "└ " : "├ ", isLast ? "  " : "│ ")
            }
        }
        for root in MetricTree(table.columns).roots { add(root, "", "", "") }
        let labelWidth = min(width / 2, labels.map { DisplayWidth.of($0.label) }.max() ?? 0)
        let valueWidth = labels.map { DisplayWidth.of($0.value) }.max() ?? 0
        let lead = labelWidth + valueWidth + 4
        return labels.map { label, value, method in
            let name = DisplayWidth.padded(DisplayWidth.truncated(label, to: labelWidth), to: labelWidth)
            let number = DisplayWidth.padded(value, to: valueWidth, right: true)
            let shown = DisplayWidth.truncated(method, to: max(0, width - lead))
            return "\(name)  \(style.strong(number))" + (shown.isEmpty ? "" : "  " + style.quiet(shown))
        }
    }
}
