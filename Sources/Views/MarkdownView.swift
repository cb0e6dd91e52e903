package import Queries

/// The dashboard for a pull request or a wiki: GitHub Flavored Markdown. Ends with a newline.
package struct MarkdownView: Sendable {
    package init() {}

    package func render(_ result: DashboardResult) -> String {
        let result = result.withShortHeadings
        let echo = SemanticsEcho(result)
        let semantics = result.semantics
        var lines = ["# \(escaped(result.title))", ""]
        let place = "\(escaped(semantics.timezone)) · \(escaped(semantics.displayCurrency)) · as of \(echo.asOf)"
        lines += ["**\(echo.window)** · \(place)  ", SemanticsEcho.policies(semantics).joined(separator: " · "), ""]
        if result.reports.isEmpty { lines += empty(.dashboard) }
        for report in result.reports {
            lines += ["## \(escaped(report.table.title))", ""]
            if report.table.window != semantics.window { lines += [echo.times.short(report.table.window), ""] }
            lines += body(report, echo.times)
            if !report.table.notes.isEmpty { lines += report.table.notes.map { "- \(escaped($0))" } + [""] }
        }
        if !result.warnings.isEmpty {
            lines += ["## Warnings", ""] + result.warnings.map { "- \(escaped($0))" } + [""]
        }
        lines += ["## How these numbers were made", ""]
        lines += grid(["Policy", "Value"], numbers: [], echo.entries.map { [escaped($0.title), escaped($0.value)] })
        return lines.dropLast(lines.last == "" ? 1 : 0).joined(separator: "\n") + "\n"
    }

    /// Text from anywhere, on one line, so that none of it is markup. Byte by byte, whatever combining mark follows.
    ///
    /// `& < >` become references; backslash, backquote, `* _ [ ] | ~ $ #` get a backslash; what would begin a list, a
    /// rule or a heading too; control characters become blanks.
    package func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case 0..<0x20, 0x7F: bytes.append(0x20)
            case _ where "\\`*_[]|~$#".utf8.contains(byte): bytes += [UInt8(ascii: "\\"), byte]
            default: bytes.append(byte)
            }
        }
        if let place = markerPlace(bytes) { bytes.insert(UInt8(ascii: "\\"), at: place) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where a backslash must stand, so that the text begins no list (`- `, `+ `, `1. `, `1) `), no rule (`---`) and underlines
    /// no heading (`===`); nil where it would not.
    private func markerPlace(_ bytes: [UInt8]) -> Int? {
        let digits = bytes.prefix { (48...57).contains($0) }.count
        guard digits < bytes.count else { return nil }
        let mark = bytes[digits]
        let next = digits + 1 < bytes.count ? bytes[digits + 1] : 0x20
        if digits > 0 { return ".)".utf8.contains(mark) && next == 0x20 ? digits : nil }
        if mark == UInt8(ascii: "=") { return 0 }
        return "+-".utf8.contains(mark) && (next == 0x20 || next == mark) ? 0 : nil
    }

    private func body(_ report: ReportResult, _ times: Times) -> [String] {
        let table = report.table
        if table.isEmpty { return empty(EmptyState(table, times: times)) }
        switch table.layout {
        case .kpi:
            guard let tiles = KPITile.tiles(of: report, times: times) else { return rows(table) }
            let compared = KPITile.comparison(tiles, report, times).map { [escaped($0), ""] } ?? []
            return self.tiles(tiles) + compared
        case .tree: return tree(table)
        case .cohort: return CohortPivot(table).map { cohort($0) } ?? rows(table)
        case .table, .trend, .distribution, .forecast: return rows(table)
        }
    }

    private func empty(_ state: EmptyState) -> [String] {
        ["\(escaped(state.missing)) \(escaped(state.next))", ""]
    }

    private func tiles(_ tiles: [KPITile]) -> [String] {
        let isCompared = tiles.contains { $0.previous != nil }
        let header = ["Metric", "Value"] + (isCompared ? ["Before", "Change"] : [])
        return grid(
            header, numbers: [1, 2, 3],
            tiles.map { tile in
                let change = tile.change.map { "\($0.arrow) \($0.text)" } ?? NumberFormatting.null
                let comparison = isCompared ? [escaped(tile.previous ?? NumberFormatting.null), change] : []
                return [escaped(tile.title), escaped(tile.value)] + comparison
            })
    }

    private func rows(_ table: ResultTable) -> [String] {
        let keys = max(1, table.dimensions.count)
        var header = table.dimensions.map { escaped($0.title) }
        if header.isEmpty { header = [""] }
        header += table.columns.map { escaped($0.title) }
        func cells(_ row: ResultTable.Row) -> [String] {
            table.columns.indices.map { escaped(table.display($0, of: row)) }
        }
        var lines = table.rows.map { row in
            var labels = row.keys.map { escaped($0.label) }
            while labels.count < keys { labels.append("") }
            if row.isIncomplete { labels[keys - 1] += "\\*" }
            return labels + cells(row)
        }
        if let total = table.total {
            lines.append(
                (["Total"] + Array(repeating: "", count: keys - 1) + cells(total)).map { $0.isEmpty ? "" : "**\($0)**" }
            )
        }
        var result = grid(header, numbers: Set(keys..<header.count), lines)
        if table.rows.contains(where: \.isIncomplete) { result += ["\\* \(EmptyState.incomplete)", ""] }
        return result
    }

    private func cohort(_ pivot: CohortPivot) -> [String] {
        let header = ["Cohort"] + (pivot.hasSizes ? ["Customers"] : []) + pivot.ages.map { String($0) }
        func lead(_ label: String, _ size: String) -> [String] { [label] + (pivot.hasSizes ? [size] : []) }
        func cells(_ line: CohortPivot.Line) -> [String] {
            lead(escaped(line.label), CohortPivot.count(line.size))
                + pivot.ages.map { age in
                    guard let cell = pivot.cell(line, at: age) else { return "" }
                    return escaped(pivot.compact(cell.value, of: line)) + (cell.isIncomplete ? "\\*" : "")
                }
        }
        var lines = pivot.cohorts.map(cells)
        if let all = pivot.all {
            lines.append(cells(all).map { $0.isEmpty ? "" : "**\($0)**" })
            if pivot.hasSizes, pivot.isPartlyCounted {
                lines.append(
                    lead(ResultTable.counted, "")
                        + pivot.counted.map { $0.map { CohortPivot.count($0.customers) } ?? "" })
                lines.append(
                    lead("coverage", "")
                        + pivot.counted.map { escaped($0.map { CohortPivot.share($0.coverage) } ?? "") })
            }
        }
        var result = [escaped(pivot.heading), ""]
        result += grid(header, numbers: Set(1..<header.count), lines)
        if pivot.hasIncompleteCells { result += ["\\* \(EmptyState.incomplete)", ""] }
        return result
    }

    private func tree(_ table: ResultTable) -> [String] {
        guard let row = table.rows.first ?? table.total else { return [] }
        var lines: [String] = []
        func add(_ node: MetricTree.Node, _ depth: Int) {
            let column = table.columns[node.column]
            let sign = node.sign.isEmpty ? "" : escaped(node.sign) + " "
            let tail = node.tail.isEmpty ? "" : " " + escaped(node.tail)
            let method = node.parts.isEmpty ? Method(column) : nil
            let formula = method?.formula.map { " = " + escaped($0) } ?? ""
            let explanation = method?.explanation.map { " · " + escaped($0) } ?? ""
            let value = escaped(table.display(node.column, of: row))
            lines.append(
                String(repeating: "  ", count: depth) + "- \(sign)\(escaped(column.title)): **\(value)**\(tail)"
                    + formula + explanation)
            for part in node.parts { add(part, depth + 1) }
        }
        for root in MetricTree(table.columns).roots { add(root, 0) }
        return lines + [""]
    }

    /// `numbers` are the columns that stand right. Cells are markdown already.
    private func grid(_ header: [String], numbers: Set<Int>, _ lines: [[String]]) -> [String] {
        func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
        let rule = header.indices.map { numbers.contains($0) ? "---:" : "---" }
        return [line(header), line(rule)] + lines.map(line) + [""]
    }
}
