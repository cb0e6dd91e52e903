import Queries

/// One report as a section of the page, by its layout.
struct HTMLReport {
    var report: ReportResult
    /// Letters, digits and `-`; unique on the page.
    var id: String
    var echo: SemanticsEcho

    private var table: ResultTable { report.table }

    func write(to page: inout Markup) {
        page.element("section", ["id": id, "class": "report", "aria-labelledby": "\(id)-title"]) { page in
            page.element("h2", ["id": "\(id)-title"]) { $0.element("bdi", text: table.title) }
            if table.isEmpty {
                HTMLView.empty(EmptyState(table, echo: echo), &page)
            } else {
                content(&page)
            }
            if !table.notes.isEmpty {
                page.element("ul", ["class": "notes"]) { list in
                    for note in table.notes { list.element("li", ["dir": "auto"], text: note) }
                }
            }
        }
    }

    private func content(_ page: inout Markup) {
        switch table.layout {
        case .kpi:
            if let tiles = KPITile.tiles(of: report) { self.tiles(tiles, &page) } else { plain(&page) }
        case .tree:
            if let row = table.rows.first ?? table.total { HTMLTree(table: table, row: row).write(to: &page) }
        case .cohort:
            if let pivot = CohortPivot(table) {
                HTMLCohort(pivot: pivot, table: table).write(to: &page)
                if table.columns.count > 1 { details("All values", &page) }
            } else {
                plain(&page)
            }
        case .trend, .distribution:
            let charts = ChartPlan.charts(of: table, prefix: id)
            if charts.isEmpty { return plain(&page) }
            page.element("div", ["class": "charts"]) { page in
                for chart in charts { figure(chart, &page) }
            }
            details("Numbers", &page)
        case .table: plain(&page)
        }
    }

    private func figure(_ chart: Chart, _ page: inout Markup) {
        page.element("figure") { figure in
            figure.element("figcaption") { $0.element("bdi", text: chart.title) }
            figure.append(ChartDrawing(chart).svg())
        }
    }

    private func plain(_ page: inout Markup) {
        HTMLTable(table: table).write(to: &page)
        explanations(&page)
    }

    private func details(_ summary: String, _ page: inout Markup) {
        page.element("details", ["class": "data"]) { page in
            page.element("summary", text: summary)
            HTMLTable(table: table).write(to: &page)
            explanations(&page)
        }
    }

    private func explanations(_ page: inout Markup) {
        let explained = table.columns.filter { !$0.explanation.isEmpty }
        if explained.isEmpty { return }
        page.element("details", ["class": "how"]) { page in
            page.element("summary", text: "How the columns are computed")
            page.element("dl") { list in
                for column in explained {
                    list.element("dt") { $0.element("bdi", text: column.title) }
                    list.element("dd", ["dir": "auto"], text: column.explanation)
                }
            }
        }
    }

    private func tiles(_ tiles: [KPITile], _ page: inout Markup) {
        let compared = report.previousWindow.map { echo.times.display($0) }
        page.element("div", ["class": "tiles"]) { page in
            for tile in tiles { self.tile(tile, &page) }
        }
        if let compared { page.element("p", ["class": "quiet"], text: "Changes compare to \(compared).") }
    }

    private func tile(_ tile: KPITile, _ page: inout Markup) {
        page.element("div", ["class": "tile"]) { page in
            page.element("h3") { $0.element("bdi", text: tile.title) }
            let reason = tile.isNull ? "No value: there is nothing to divide by, or nothing to measure." : nil
            page.element("p", ["class": tile.isNull ? "number null" : "number", "title": reason], text: tile.value)
            page.element("p", ["class": "change"]) { page in
                if let change = tile.change {
                    page.element("span", ["class": change.direction.rawValue], text: "\(change.arrow) \(change.text)")
                } else if tile.previous != nil {
                    let reason = "No change: one of the two values is missing, or the previous one is 0."
                    page.element("span", ["class": "null", "title": reason], text: NumberFormatting.null)
                }
            }
            if let first = tile.courseLabels.first, let last = tile.courseLabels.last {
                page.append(
                    SparklineDrawing.svg(
                        tile.course, endsIncomplete: tile.endsIncomplete, label: "Course from \(first) to \(last)"))
            }
            if tile.explanation.isEmpty && tile.previous == nil { return }
            page.element("details", ["class": "why"]) { page in
                page.element("summary", ["aria-label": "How \(tile.title) is computed"], text: "?")
                if !tile.explanation.isEmpty { page.element("p", ["dir": "auto"], text: tile.explanation) }
                if let previous = tile.previous {
                    page.element("p", text: "Before: \(previous)")
                }
            }
        }
    }
}
