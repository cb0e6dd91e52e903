import Diagnostics
import Quantities
package import Queries

/// The dashboard for spreadsheets: RFC 4180, comma, CRLF, UTF-8 without a byte order mark.
///
/// Numbers are exact and plain (`8911407.904`, `0.25`), null is an empty cell. A text that begins with `=`, `+`, `-`,
/// `@`, TAB or CR gets a leading `'`, so that no spreadsheet takes it for a formula; numbers are untouched.
///
/// *One report*: its dimensions by their field names, its columns by their names, then `currency` where a column is
/// money and `incomplete` where a dimension is time. The total is the last line, `Total` in its first cell (empty keys
/// after it). A KPI report that is compared has a first column `window` with the lines `current` and `previous`. A
/// report by cohort and age has a column `customers`, the size of the line's cohort, and before the total one line an age
/// with the cohort `All cohorts`: those that are old enough, with their customers and, in the column `coverage`, their
/// share of everybody.
///
/// *All reports*: one line a number,
/// `report,line,dimension,key,dimension_2,key_2,metric,type,value,currency,incomplete`; `line` is `row`, `all_cohorts`,
/// `total`, `previous` or `course`. A report of more than two dimensions adds `dimension_3,key_3`, ….
package struct CSVView: Sendable {
    package init() {}

    /// `report` is the id of one report, nil is all of them. Throws a diagnostic for an id that the result does not have.
    package func render(_ result: DashboardResult, report: String? = nil) throws -> String {
        guard let report else { return long(result) }
        guard let found = result.reports.first(where: { $0.table.id.utf8.elementsEqual(report.utf8) }) else {
            let known = result.reports.map(\.table.id)
            throw Diagnostic(
                .unknownReport, "the dashboard '\(result.id)' has no report '\(report)'",
                hints: didYouMean(report, among: known) + ["reports: \(known.joined(separator: ", "))"])
        }
        return table(found)
    }

    /// One report as a table of its own.
    package func table(_ report: ReportResult) -> String {
        let table = report.table
        let isCompared = table.dimensions.isEmpty && report.previous != nil
        let hasCurrency = table.columns.contains { $0.type == .money }
        let isTimed = table.dimensions.contains { $0.dimension.isTime }
        let hasCohorts = !table.cohorts.isEmpty
        var header = isCompared ? ["window"] : []
        header += FieldNames.dimensions(of: table) + table.columns.map(\.name)
        for (name, isThere) in [
            ("customers", hasCohorts), ("coverage", hasCohorts), ("currency", hasCurrency), ("incomplete", isTimed),
        ] where isThere { header.append(free(name, header)) }
        var sheet = CSVSheet()
        sheet.line(header.map { .text($0) })
        func add(
            _ row: ResultTable.Row, of source: ResultTable, lead: [CSVCell], customers: Int? = nil,
            coverage: Double? = nil
        ) {
            var cells = lead
            for column in table.columns {
                cells.append(.number(source.position(of: column).flatMap { NumberFormatting.raw(row.values[$0]) }))
            }
            if hasCohorts {
                cells += [
                    .number(customers.map { String($0) }), .number(NumberFormatting.raw(coverage.map { .real($0) })),
                ]
            }
            if hasCurrency { cells.append(.text(row.currency)) }
            if isTimed { cells.append(.word(row.isIncomplete ? "true" : "false")) }
            sheet.line(cells)
        }
        let sizes = Dictionary(table.cohorts.map { ($0.key.key, $0.customers) }) { first, _ in first }
        for row in table.rows {
            let size = row.keys.lazy.compactMap { sizes[$0.key] }.first ?? nil
            let current: [CSVCell] = isCompared ? [.word("current")] : []
            add(row, of: table, lead: current + row.keys.map { .text($0.label) }, customers: size)
        }
        if isCompared, let previous = report.previous {
            for row in previous.rows { add(row, of: previous, lead: [.word("previous")]) }
        }
        for age in table.ageTotals {
            add(
                age.row, of: table, lead: age.row.keys.map { .word($0.label) }, customers: age.total.customers,
                coverage: age.total.coverage)
        }
        if let total = table.total {
            let keys: [CSVCell] = table.dimensions.indices.map { .word($0 == 0 ? "Total" : "") }
            add(total, of: table, lead: (isCompared ? [.word("current")] : []) + keys)
        }
        return sheet.text
    }

    /// The name, with a number where the heading has it already.
    private func free(_ name: String, _ header: [String]) -> String {
        var result = name
        var number = 2
        while header.contains(where: { $0.utf8.elementsEqual(result.utf8) }) {
            result = "\(name)_\(number)"
            number += 1
        }
        return result
    }

    private func long(_ result: DashboardResult) -> String {
        let tables = result.reports.flatMap { [$0.table, $0.previous, $0.course].compactMap { $0 } }
        let depth = max(2, tables.map(\.dimensions.count).max() ?? 0)
        var header = ["report", "line"]
        for index in 1...depth {
            header += index == 1 ? ["dimension", "key"] : ["dimension_\(index)", "key_\(index)"]
        }
        header += ["metric", "type", "value", "currency", "incomplete"]
        var sheet = CSVSheet()
        sheet.line(header.map { .word($0) })
        for report in result.reports {
            let id = report.table.id
            func add(
                _ table: ResultTable, _ row: ResultTable.Row, _ line: String, _ counted: ResultTable.AgeTotal? = nil
            ) {
                var lead: [CSVCell] = [.text(id), .word(line)]
                let names = FieldNames.dimensions(of: table)
                for index in 0..<depth {
                    let has = index < names.count && index < row.keys.count
                    lead += has ? [.text(names[index]), .text(row.keys[index].label)] : [.word(""), .word("")]
                }
                var numbers = zip(table.columns, row.values).map { ($0.name, $0.type, $1) }
                if let counted { numbers += counted.figures }
                for (name, type, value) in numbers {
                    let currency: CSVCell = type == .money ? .text(row.currency) : .word("")
                    sheet.line(
                        lead + [
                            .text(name), .word(type.rawValue), .number(NumberFormatting.raw(value)), currency,
                            .word(row.isIncomplete ? "true" : "false"),
                        ])
                }
            }
            for row in report.table.rows { add(report.table, row, "row") }
            for age in report.table.ageTotals { add(report.table, age.row, "all_cohorts", age.total) }
            if let total = report.table.total { add(report.table, total, "total") }
            if let previous = report.previous { for row in previous.rows { add(previous, row, "previous") } }
            if let course = report.course { for row in course.rows { add(course, row, "course") } }
        }
        return sheet.text
    }
}

extension ResultTable.AgeTotal {
    /// Who is counted, as numbers of the long form.
    fileprivate var figures: [(String, ValueType, Value?)] {
        [
            ("customers", .count, customers.map { .exact(ExactDecimal($0)) }),
            ("coverage", .ratio, coverage.map { .real($0) }),
        ]
    }
}

extension ResultTable {
    /// The ages' totals as rows like the others, with `All cohorts` in the cohort's place.
    fileprivate var ageTotals: [(row: Row, total: AgeTotal)] {
        ages.map { total in
            let keys = dimensions.map { header in
                if case .age = header.dimension { return Key(.number(total.age), label: String(total.age)) }
                return Key(.remainder, label: ResultTable.allCohorts)
            }
            return (Row(keys: keys, values: total.values, currency: self.total?.currency ?? ""), total)
        }
    }
}
