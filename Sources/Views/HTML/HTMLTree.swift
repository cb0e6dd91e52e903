import Queries

/// How metrics are made of each other, as boxes: each with its value, its parts below it between their signs.
struct HTMLTree {
    var table: ResultTable
    var row: ResultTable.Row

    func write(to page: inout Markup) {
        page.element("div", ["class": "tree"]) { page in
            for root in MetricTree(table.columns).roots {
                page.newline()
                page.element("ul") { node(root, &$0) }
            }
        }
    }

    private func node(_ node: MetricTree.Node, _ page: inout Markup) {
        let column = table.columns[node.column]
        let isNull = row.values[node.column] == nil
        page.element("li") { page in
            if !node.sign.isEmpty { page.element("span", ["class": "sign"], text: node.sign) }
            page.element("div", ["class": "node"]) { page in
                page.element("div", ["class": "box"]) { page in
                    page.element("span", ["class": "label"]) { $0.element("bdi", text: column.title) }
                    let reason = isNull ? EmptyState.reason(column) : nil
                    page.element(
                        "b", ["class": isNull ? "null" : nil, "title": reason],
                        text: table.display(node.column, of: row))
                    if !column.explanation.isEmpty {
                        page.element("small", ["dir": "auto"], text: column.explanation)
                    }
                }
                if !node.parts.isEmpty {
                    page.element("ul") { list in
                        for part in node.parts { self.node(part, &list) }
                    }
                }
            }
        }
    }
}
