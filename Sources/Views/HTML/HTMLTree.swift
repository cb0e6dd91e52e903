import Queries

/// How metrics are made of each other, as equations: a metric's value and name, then what it is made of, the parts of
/// parts below them.
struct HTMLTree {
    var table: ResultTable
    var row: ResultTable.Row
    var links: HTMLLinks?

    func write(to page: inout Markup) {
        page.element("ul", ["class": "tree"]) { page in
            for root in MetricTree(table.columns).roots {
                page.newline()
                page.element("li") { node(root, &$0) }
            }
        }
    }

    private func node(_ node: MetricTree.Node, _ page: inout Markup) {
        let column = table.columns[node.column]
        let reason = row.values[node.column] == nil ? EmptyState.reason(row, node.column) : nil
        page.element("div", ["class": "node"]) { page in
            page.element("div", ["class": "box"]) { page in
                page.element("b", ["class": reason == nil ? nil : "null", "title": reason]) { page in
                    page.number(
                        table.display(node.column, of: row), link: links?.number(table.id, column.name, []))
                }
                page.element("span", ["class": "label"]) { $0.element("bdi", text: column.title) }
                let method = Method(column)
                if node.parts.isEmpty, !method.isEmpty {
                    page.element("small", ["dir": "auto", "title": method.explanation], text: method.short)
                }
            }
            if node.parts.isEmpty { return }
            page.element("ul") { list in
                for (index, part) in node.parts.enumerated() {
                    list.element("li") { item in
                        let lead = index == 0 ? "=" : ""
                        let sign = [lead, part.sign].filter { !$0.isEmpty }.joined(separator: " ")
                        item.element("span", ["class": "sign"], text: sign)
                        self.node(part, &item)
                        let tail = index == node.parts.count - 1 ? part.tail : ""
                        if !tail.isEmpty { item.element("span", ["class": "sign"], text: tail) }
                    }
                }
            }
        }
    }
}
