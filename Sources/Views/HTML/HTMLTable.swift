import Queries

/// A table of rows: text left, numbers right, the total set off.
struct HTMLTable {
    var table: ResultTable
    var links: HTMLLinks?

    func write(to page: inout Markup) {
        page.element("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": table.title]) { page in
            page.element("table") { page in
                page.element("thead") { page in
                    page.element("tr") { header(&$0) }
                }
                page.element("tbody") { page in
                    for row in table.rows {
                        page.newline()
                        line(row, keys: row.keys.map(\.label), &page)
                    }
                }
                if let total = table.total {
                    page.element("tfoot") { page in
                        line(total, keys: ["Total"] + Array(repeating: "", count: max(0, keys - 1)), &page)
                    }
                }
            }
        }
        if table.rows.contains(where: \.isIncomplete) {
            page.element("p", ["class": "quiet"], text: "* \(EmptyState.incomplete)")
        }
    }

    private var keys: Int { max(1, table.dimensions.count) }

    private func header(_ row: inout Markup) {
        if table.dimensions.isEmpty { row.literal("<td></td>") }
        for (index, dimension) in table.dimensions.enumerated() {
            let order = index == 0 ? links?.order(table.id, nil) : nil
            row.element("th", ["scope": "col", "aria-sort": order?.now?.rawValue]) {
                heading(dimension.title, order, &$0)
            }
        }
        for column in table.columns {
            let method = Method(column)
            let order = links?.order(table.id, column.name)
            row.element(
                "th",
                [
                    "scope": "col", "class": "n", "title": method.isEmpty ? nil : method.line,
                    "aria-sort": order?.now?.rawValue,
                ]
            ) { heading(column.title, order, &$0) }
        }
    }

    private func heading(_ title: String, _ order: (address: String, now: HTMLLinks.Order?)?, _ cell: inout Markup) {
        guard let order else { return cell.element("bdi", text: title) }
        cell.element("a", ["class": "sort", "href": order.address]) { link in
            link.element("bdi", text: title)
            if let now = order.now {
                link.element("span", ["aria-hidden": "true"], text: now == .ascending ? " ↑" : " ↓")
            }
        }
    }

    private func line(_ row: ResultTable.Row, keys: [String], _ page: inout Markup) {
        page.element("tr", ["class": row.isIncomplete ? "part" : nil]) { page in
            if keys.isEmpty { page.literal("<td></td>") }
            for (index, key) in keys.enumerated() {
                // A name of some words stays on its line; only long ones are broken.
                let isShort = DisplayWidth.of(key) <= 28
                page.element("th", ["scope": index == 0 ? "row" : nil, "class": isShort ? "short" : nil]) { cell in
                    cell.element("bdi", text: key)
                    if row.isIncomplete, index == keys.count - 1 { cell.literal("*") }
                }
            }
            for index in table.columns.indices {
                let reason = row.values[index] == nil ? EmptyState.reason(row, index) : nil
                let labels = row.keys.map(\.label)
                let link = links?.number(table.id, table.columns[index].name, labels)
                HTMLTable.cell(table.display(index, of: row), reason: reason, link: link, &page)
            }
        }
    }

    /// A number's cell; null has its reason.
    static func cell(_ text: String, reason: String?, link: String? = nil, _ page: inout Markup) {
        page.element("td", ["class": reason == nil ? nil : "null", "title": reason]) { $0.number(text, link: link) }
    }
}
