import Queries

/// A cohort triangle as a heat map that is a table: every cell carries its number, the shade only helps.
struct HTMLCohort {
    private let pivot: CohortPivot
    private let table: ResultTable
    /// The greatest value that counts for the shades.
    private let greatest: Double
    /// Every cohort has the same at age 0 (all of them buy then), which says nothing and gets no shade.
    private let isStartConstant: Bool

    private let links: HTMLLinks?

    init(pivot: CohortPivot, table: ResultTable, links: HTMLLinks? = nil) {
        self.links = links
        self.pivot = pivot
        self.table = table
        let starts = Set(pivot.cohorts.compactMap { pivot.cell($0, at: 0)?.value?.double })
        let isStartConstant = pivot.ages.count > 1 && starts.count == 1
        self.isStartConstant = isStartConstant
        greatest =
            pivot.cohorts.flatMap { line in
                line.cells.dropFirst(isStartConstant ? 1 : 0).compactMap { $0?.value?.double }
            }.filter(\.isFinite).max() ?? 0
    }

    func write(to page: inout Markup) {
        page.element("p", ["class": "quiet"], text: pivot.heading)
        page.element("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": table.title]) { page in
            page.element("table", ["class": "heat"]) { page in
                page.element("thead") { page in
                    page.element("tr") { row in
                        row.element("th", ["scope": "col"], text: "Cohort")
                        if pivot.hasSizes { row.element("th", ["scope": "col", "class": "n"], text: "Customers") }
                        for age in pivot.ages { row.element("th", ["scope": "col", "class": "n"], text: String(age)) }
                    }
                }
                page.element("tbody") { page in
                    for line in pivot.cohorts {
                        page.newline()
                        write(line, &page)
                    }
                }
                if let all = pivot.all { page.element("tfoot") { foot(all, &$0) } }
            }
        }
        if pivot.hasIncompleteCells {
            page.element("p", ["class": "quiet"], text: "Pale and *: \(EmptyState.incomplete).")
        }
        if table.rows.contains(where: { row in row.keys.contains { isBeyond($0.key) } }) {
            let text = "Ages from \(CohortPivot.limit) on are in the CSV and JSON exports."
            page.element("p", ["class": "quiet"], text: text)
        }
    }

    private func isBeyond(_ key: GroupKey) -> Bool {
        if case .number(let age) = key { return age >= CohortPivot.limit }
        return false
    }

    private func write(_ line: CohortPivot.Line, _ page: inout Markup) {
        page.element("tr") { row in
            row.element("th", ["scope": "row"]) { $0.element("bdi", text: line.label) }
            if pivot.hasSizes {
                row.element("td", ["class": "size"]) {
                    $0.number(CohortPivot.count(line.size), link: size([line.label]))
                }
            }
            for age in pivot.ages { cell(pivot.cell(line, at: age), line, age, &row) }
        }
    }

    /// All cohorts together and, where some are too young for an age, how many customers that is.
    private func foot(_ all: CohortPivot.Line, _ page: inout Markup) {
        write(all, &page)
        guard pivot.hasSizes, pivot.isPartlyCounted else { return }
        page.element("tr", ["class": "counted"]) { row in
            row.element("th", ["scope": "row"], text: ResultTable.counted)
            row.literal("<td></td>")
            for total in pivot.counted {
                let title = total.map {
                    "\(CohortPivot.share($0.coverage)) of all customers: those of the cohorts old enough"
                }
                row.element("td", ["title": title]) { cell in
                    guard let total else { return }
                    cell.number(
                        CohortPivot.count(total.customers), link: size([ResultTable.counted, String(total.age)]))
                }
            }
        }
    }

    private func cell(_ cell: CohortPivot.Cell?, _ line: CohortPivot.Line, _ age: Int, _ row: inout Markup) {
        guard let cell else {
            row.literal("<td class=\"none\"></td>")
            return
        }
        guard let value = cell.value else {
            HTMLTable.cell(NumberFormatting.null, reason: cell.reason ?? "No value.", &row)
            return
        }
        let text = pivot.compact(value, of: line)
        let all = zip(table.columns, cell.values).map { column, value in
            "\(column.title): \(NumberFormatting.display(value, type: column.type, currency: line.currency, period: table.period))"
        }
        let tail = cell.isIncomplete ? ["incomplete"] : []
        let title = (["\(line.label), \(pivot.unit.isEmpty ? "age" : pivot.unit) \(age)"] + all + tail)
            .joined(separator: "\n")
        let shade = cell.isIncomplete ? "part h\(min(3, shade(value.double, age)))" : "h\(shade(value.double, age))"
        let link = table.columns.first.flatMap { links?.number(table.id, $0.name, [line.label, String(age)]) }
        row.element("td", ["class": shade, "title": title]) {
            $0.number(cell.isIncomplete ? text + "*" : text, link: link)
        }
    }

    /// The way to who a number of customers is.
    private func size(_ row: [String]) -> String? {
        table.cohortMeasure.flatMap { links?.number(table.id, $0, row) }
    }

    /// 0 ... 9: the share of the greatest value.
    private func shade(_ value: Double, _ age: Int) -> Int {
        guard value.isFinite, value > 0, greatest > 0, age > 0 || !isStartConstant else { return 0 }
        return min(9, Int(value / greatest * 9.999))
    }
}
