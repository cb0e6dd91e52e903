import Quantities
import Queries

/// One report as a section of the page, by its layout.
struct HTMLReport {
    var report: ReportResult
    /// Letters, digits and `-`; unique on the page.
    var id: String
    /// The dashboard's; a report with another one says so.
    var window: Window
    var times: Times
    var links: HTMLLinks?

    private var table: ResultTable { report.table }

    func write(to page: inout Markup) {
        let charts = table.layout.isCharted && !table.isEmpty ? ChartPlan.charts(of: table, prefix: id) : []
        let attributes: KeyValuePairs<StaticString, String?> = [
            "id": id, "class": HTMLReport.place(charts.count), "aria-labelledby": "\(id)-title",
        ]
        page.element("section", attributes) { page in
            if let address = links?.export(table.id) {
                page.element("a", ["class": "export", "href": address], text: "Export CSV")
            }
            page.element("h2", ["id": "\(id)-title"]) { $0.element("bdi", text: table.title) }
            if table.window != window {
                page.element("p", ["class": "meta"], text: times.short(table.window))
            }
            if table.isEmpty {
                HTMLView.empty(EmptyState(table, times: times), &page)
            } else {
                content(charts, &page)
            }
            if !table.notes.isEmpty {
                page.element("ul", ["class": "notes"]) { list in
                    for note in table.notes { list.element("li", ["dir": "auto"], text: note) }
                }
            }
        }
    }

    /// One or two charts leave room for a neighbour in the line, on a wide page.
    private static func place(_ charts: Int) -> String { charts == 1 ? "third" : charts == 2 ? "thirds" : "whole" }

    private func content(_ charts: [Chart], _ page: inout Markup) {
        switch table.layout {
        case .kpi:
            if let tiles = KPITile.tiles(of: report, times: times) { self.tiles(tiles, &page) } else { plain(&page) }
        case .tree:
            if let row = table.rows.first ?? table.total {
                HTMLTree(table: table, row: row, links: links).write(to: &page)
            }
        case .cohort:
            if let pivot = CohortPivot(table) {
                HTMLCohort(pivot: pivot, table: table, links: links).write(to: &page)
                if table.columns.count > 1 { details("All values", &page) }
            } else {
                plain(&page)
            }
        case .trend, .distribution:
            if charts.isEmpty { return plain(&page) }
            // Four stand in one line, drawn smaller rather than shrunk, so that their letters stay readable.
            let isFour = charts.count == 4
            page.element("div", ["class": isFour ? "charts four" : "charts"]) { page in
                for chart in charts { figure(ChartDrawing(chart, width: isFour ? 280 : 380), &page) }
            }
            details("Numbers", &page)
        case .table, .forecast: plain(&page)
        }
    }

    private func figure(_ drawing: ChartDrawing, _ page: inout Markup) {
        page.element("figure") { figure in
            figure.element("figcaption") { $0.element("bdi", text: drawing.chart.title) }
            figure.append(drawing.svg())
        }
    }

    private func plain(_ page: inout Markup) {
        HTMLTable(table: table, links: links).write(to: &page)
        explanations(&page)
    }

    private func details(_ summary: String, _ page: inout Markup) {
        page.element("details", ["class": "data"]) { page in
            page.element("summary", text: summary)
            HTMLTable(table: table, links: links).write(to: &page)
            explanations(&page)
        }
    }

    private func explanations(_ page: inout Markup) {
        let methods = table.columns.map { ($0.title, Method($0)) }.filter { !$0.1.isEmpty }
        if methods.isEmpty { return }
        page.element("details", ["class": "how"]) { page in
            page.element("summary", text: "How the columns are computed")
            page.element("dl") { list in
                for (title, method) in methods {
                    list.element("dt") { $0.element("bdi", text: title) }
                    list.element("dd", ["dir": "auto"]) { HTMLReport.method(method, &$0) }
                }
            }
        }
    }

    private static func method(_ method: Method, _ page: inout Markup) {
        if let formula = method.formula { page.element("span", ["class": "formula"], text: "= " + formula) }
        if let explanation = method.explanation { page.element("span", text: explanation) }
    }

    private func tiles(_ tiles: [KPITile], _ page: inout Markup) {
        page.element("div", ["class": "tiles"]) { page in
            for tile in tiles { self.tile(tile, &page) }
        }
        if let comparison = KPITile.comparison(tiles, report, times) {
            page.element("p", ["class": "quiet"], text: comparison)
        }
    }

    private func tile(_ tile: KPITile, _ page: inout Markup) {
        page.element("div", ["class": "tile"]) { page in
            page.element("h3") { $0.element("bdi", text: tile.title) }
            let isNull = tile.reason != nil
            page.element("p", ["class": isNull ? "number null" : "number", "title": tile.reason]) { page in
                page.number(tile.value, link: links?.number(table.id, tile.metric, []))
            }
            page.element("p", ["class": "change"]) { page in
                if let change = tile.change {
                    page.element("span", ["class": change.direction.rawValue], text: "\(change.arrow) \(change.text)")
                } else if tile.previous != nil {
                    let reason = "No change: one of the two values is missing, or the previous one is 0."
                    page.element("span", ["class": "null", "title": reason], text: NumberFormatting.null)
                }
            }
            page.append(SparklineDrawing.svg(tile.course))
            if tile.method.isEmpty && tile.previous == nil && tile.reason == nil { return }
            page.element("details", ["class": "why"]) { page in
                page.element("summary", ["aria-label": "How \(tile.title) is computed"], text: "?")
                if !tile.method.isEmpty { page.element("p", ["dir": "auto"]) { HTMLReport.method(tile.method, &$0) } }
                if let reason = tile.reason { page.element("p", text: reason) }
                if let previous = tile.previous {
                    page.element("p") { line in
                        line.write("Before: ")
                        line.number(previous, link: links?.previous(table.id, tile.metric))
                    }
                }
            }
        }
    }
}
