import Diagnostics
import Queries

/// The formats of results.
package enum OutputFormat: String, CaseIterable, Sendable {
    case table, json, csv, markdown
}

/// A plain table of texts that a command prints: one payload, rendered as a table, JSON, CSV or Markdown.
package struct Listing: Sendable {
    package struct Column: Sendable {
        /// The name in JSON and CSV.
        var name: String
        /// The heading for people.
        var title: String
        var isNumber: Bool

        package init(_ name: String, title: String? = nil, isNumber: Bool = false) {
            self.name = name
            self.title = title ?? name
            self.isNumber = isNumber
        }
    }

    /// The word under which JSON has the rows, `assets`.
    package var name: String
    package var columns: [Column]
    /// One text a column.
    package var rows: [[String]]
    /// Said instead of an empty table.
    package var empty: String

    package init(_ name: String, columns: [Column], rows: [[String]], empty: String) {
        self.name = name
        self.columns = columns
        self.rows = rows
        self.empty = empty
    }

    /// - Parameters:
    ///   - width: columns of the terminal, for tables.
    package func render(_ format: OutputFormat, width: Int = 100) -> String {
        switch format {
        case .table: return rows.isEmpty ? empty : table(width)
        case .json:
            let objects = rows.map { row in
                JSONText.object(zip(columns, row).map { ($0.name, $0.isNumber ? .number($1) : .string($1)) })
            }
            return JSONText.object([("schema_version", .integer(1)), (name, .array(objects))]).indented
        case .csv:
            var sheet = CSVSheet()
            sheet.line(columns.map { .word($0.name) })
            for row in rows { sheet.line(zip(columns, row).map { $0.isNumber ? .number($1) : .text($1) }) }
            return sheet.text
        case .markdown:
            let view = MarkdownView()
            func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
            let header = [line(columns.map(\.title)), line(columns.map { $0.isNumber ? "---:" : "---" })]
            return (header + rows.map { line($0.map(view.escaped)) }).joined(separator: "\n")
        }
    }

    /// For pages.
    package var markup: Markup {
        var page = Markup()
        if rows.isEmpty {
            page.element("p", ["class": "quiet"], text: empty)
            return page
        }
        page.element("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": name]) { page in
            page.element("table") { table in
                table.element("thead") { head in
                    head.element("tr") { row in
                        for column in columns {
                            row.element(
                                "th", ["scope": "col", "class": column.isNumber ? "n" : nil], text: column.title)
                        }
                    }
                }
                table.element("tbody") { body in
                    for cells in rows {
                        body.newline()
                        body.element("tr") { row in
                            for (column, cell) in zip(columns, cells) {
                                row.element("td", ["class": column.isNumber ? nil : "t"]) {
                                    $0.element("bdi", text: cell)
                                }
                            }
                        }
                    }
                }
            }
        }
        return page
    }

    private func table(_ width: Int) -> String {
        let grid = TextGrid(
            columns: columns.map { TextGrid.Column(title: $0.title, isNumber: $0.isNumber) },
            lines: rows.map { TextGrid.Line(cells: $0.map(DisplayWidth.printable)) })
        return grid.render(width: width, style: TerminalStyle(color: false)).joined(separator: "\n")
    }
}
