package import Queries

/// The dashboard for spreadsheets: RFC 4180, comma, CRLF, UTF-8 without a byte order mark.
///
/// Numbers are exact and plain (`8911407.904`, `0.25`), null is an empty cell. A text that begins with `=`, `+`, `-`,
/// `@`, TAB or CR gets a leading `'`, so that no spreadsheet takes it for a formula; numbers are untouched.
///
/// *One report*: its dimensions by their field names, its columns by their names, then `currency` where a column is
/// money and `incomplete` where a dimension is time. The total is the last line, `Total` in its first cell (empty keys
/// after it). A KPI report that is compared has a first column `window` with the lines `current` and `previous`.
///
/// *All reports*: one line a number,
/// `report,line,dimension,key,dimension_2,key_2,metric,type,value,currency,incomplete`; `line` is `row`, `total`,
/// `previous` or `course`. A report of more than two dimensions adds `dimension_3,key_3`, ….
package struct CSVView: Sendable {
    package init() {}

    /// `report` is the id of one report, nil is all of them. Throws `UnknownReport` for an id that the result does not
    /// have.
    package func render(_ result: DashboardResult, report: String? = nil) throws -> String {
        guard let report else { return long(result) }
        guard let found = result.reports.first(where: { $0.table.id.utf8.elementsEqual(report.utf8) }) else {
            throw UnknownReport(id: report, known: result.reports.map(\.table.id))
        }
        return table(found)
    }

    /// One report as a table of its own.
    package func table(_ report: ReportResult) -> String {
        let table = report.table
        let isCompared = table.dimensions.isEmpty && report.previous != nil
        let hasCurrency = table.columns.contains { $0.type == .money }
        let isTimed = table.dimensions.contains { $0.dimension.isTime }
        var header = isCompared ? ["window"] : []
        header += FieldNames.dimensions(of: table) + table.columns.map(\.name)
        if hasCurrency { header.append(free("currency", header)) }
        if isTimed { header.append(free("incomplete", header)) }
        var sheet = CSVSheet()
        sheet.line(header.map { .text($0) })
        func add(_ row: ResultTable.Row, of source: ResultTable, lead: [CSVCell], keys: [CSVCell]) {
            var cells = lead + keys
            for column in table.columns {
                cells.append(.number(source.position(of: column).flatMap { NumberFormatting.raw(row.values[$0]) }))
            }
            if hasCurrency { cells.append(.text(row.currency)) }
            if isTimed { cells.append(.word(row.isIncomplete ? "true" : "false")) }
            sheet.line(cells)
        }
        for row in table.rows {
            add(row, of: table, lead: isCompared ? [.word("current")] : [], keys: row.keys.map { .text($0.label) })
        }
        if isCompared, let previous = report.previous {
            for row in previous.rows { add(row, of: previous, lead: [.word("previous")], keys: []) }
        }
        if let total = table.total {
            let keys: [CSVCell] = table.dimensions.indices.map { .word($0 == 0 ? "Total" : "") }
            add(total, of: table, lead: isCompared ? [.word("current")] : [], keys: keys)
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
            func add(_ table: ResultTable, _ row: ResultTable.Row, _ line: String) {
                var lead: [CSVCell] = [.text(id), .word(line)]
                let names = FieldNames.dimensions(of: table)
                for index in 0..<depth {
                    let has = index < names.count && index < row.keys.count
                    lead += has ? [.text(names[index]), .text(row.keys[index].label)] : [.word(""), .word("")]
                }
                for (column, value) in zip(table.columns, row.values) {
                    let currency: CSVCell = column.type == .money ? .text(row.currency) : .word("")
                    sheet.line(
                        lead + [
                            .text(column.name), .word(column.type.rawValue), .number(NumberFormatting.raw(value)),
                            currency, .word(row.isIncomplete ? "true" : "false"),
                        ])
                }
            }
            for row in report.table.rows { add(report.table, row, "row") }
            if let total = report.table.total { add(report.table, total, "total") }
            if let previous = report.previous { for row in previous.rows { add(previous, row, "previous") } }
            if let course = report.course { for row in course.rows { add(course, row, "course") } }
        }
        return sheet.text
    }
}

/// A dashboard has no report of that id.
package struct UnknownReport: Error, Hashable, Sendable {
    package var id: String
    /// The ids it has, in its order.
    package var known: [String]
}
