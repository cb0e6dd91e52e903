package import Queries

/// The dashboard as one page that needs nothing else: no script, no request, no font, good in print.
///
/// The page forbids itself everything but its own style sheet (`StyleSheet.contentSecurityPolicy`), so even markup that
/// found a way in could neither run nor load. Ends with a newline.
package struct HTMLView: Sendable {
    package init() {}

    package func render(_ result: DashboardResult) -> String {
        var page = Markup()
        page.literal("<!doctype html>\n")
        page.element("html", ["lang": "en"]) { page in
            page.element("head") { head(result, &$0) }
            page.newline()
            page.element("body") { $0.append(body(result)) }
        }
        page.newline()
        return page.text
    }

    private func head(_ result: DashboardResult, _ page: inout Markup) {
        page.literal("<meta charset=\"utf-8\">\n")
        page.tag("meta", ["http-equiv": "Content-Security-Policy", "content": StyleSheet.contentSecurityPolicy])
        page.literal("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        page.literal("\n<meta name=\"color-scheme\" content=\"light dark\">\n")
        page.element("title", text: result.title)
        page.newline()
        page.element("style") { $0.literal(StyleSheet.text) }
    }

    /// What stands between `<body>` and `</body>`, for pages that have a frame of their own. It needs the style sheet.
    ///
    /// - Parameter links: addresses of what is behind the numbers, where a server has them.
    package func body(_ result: DashboardResult, links: HTMLLinks? = nil) -> Markup {
        let result = result.withShortHeadings
        let echo = SemanticsEcho(result)
        var page = Markup()
        page.element("header") { header(result, echo, &$0) }
        page.newline()
        page.element("main") { page in
            if result.reports.isEmpty { HTMLView.empty(.dashboard, &page) }
            for (index, report) in result.reports.enumerated() {
                let section = HTMLReport(
                    report: report, id: "report-\(index + 1)", window: result.semantics.window, times: echo.times,
                    links: links)
                page.newline()
                section.write(to: &page)
            }
        }
        page.newline()
        page.element("footer") { footer(result, echo, &$0) }
        return page
    }

    private func header(_ result: DashboardResult, _ echo: SemanticsEcho, _ page: inout Markup) {
        let semantics = result.semantics
        page.element("h1") { $0.element("bdi", text: result.title) }
        page.element("p", ["class": "meta"]) { page in
            page.element("b", text: echo.window)
            for part in [semantics.timezone, semantics.displayCurrency, "as of \(echo.asOf)"] {
                page.literal(" <i>·</i> ")
                page.element("span", text: part)
            }
            if !result.warnings.isEmpty {
                page.literal(" <i>·</i> ")
                let count = result.warnings.count
                page.element(
                    "a", ["class": "warn", "href": "#warnings"], text: "\(count) warning\(count == 1 ? "" : "s")")
            }
        }
        guard result.reports.count > 2 else { return }
        page.element("nav", ["aria-label": "Reports"]) { page in
            for (index, report) in result.reports.enumerated() {
                page.element("a", ["href": "#report-\(index + 1)"]) { $0.element("bdi", text: report.table.title) }
                page.literal(" ")
            }
        }
    }

    private func footer(_ result: DashboardResult, _ echo: SemanticsEcho, _ page: inout Markup) {
        if !result.warnings.isEmpty {
            page.element("section", ["id": "warnings"]) { page in
                page.element("h2", text: "Warnings")
                page.element("ul", ["class": "warnings"]) { list in
                    for warning in result.warnings { list.element("li", ["dir": "auto"], text: warning) }
                }
            }
        }
        page.element("h2", text: "How these numbers were made")
        page.element("dl", ["class": "echo"]) { list in
            for entry in echo.entries {
                list.element("div") { pair in
                    pair.element("dt", text: entry.title)
                    pair.element("dd", text: entry.value)
                }
            }
        }
    }

    static func empty(_ state: EmptyState, _ page: inout Markup) {
        page.element("div", ["class": "empty"]) { page in
            page.element("p", text: state.missing)
            page.element("p", ["class": "next"], text: state.next)
        }
    }
}
