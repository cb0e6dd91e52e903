package import Diagnostics
import Quantities
package import Queries

/// The dashboard for programs. Numbers are exact: money has all its digits, ratios are the shortest text that reads
/// back as the same number, null is `null`. Ends with a newline.
///
///     {"schema_version": 1, "dashboard": {…}, "semantics": {…}, "warnings": […], "reports": [
///       {"id", "title", "layout", "window", "period", "dimensions": [{"name", "title", "kind"}],
///        "columns": [{"name", "title", "type", "formula", "explanation"}],
///        "rows": [{"keys": {…}, "values": {…}, "currency", "incomplete", "null_reasons": {…}}], "total",
///        "cohorts": [{"cohort", "customers"}], "ages": [{"age", "values": {…}, "customers", "coverage"}], "notes",
///        "previous", "course"}]}
///
/// `formula` is as in the definition, null for a measure. `null_reasons` is there where a value is null. `cohorts` and
/// `ages` are those of reports by cohort and age; an age counts the cohorts that are old enough, `coverage` is their share
/// of all customers.
package struct JSONView: Sendable {
    /// Raised by a change that breaks readers; new members do not.
    package static let schemaVersion = 1

    package init() {}

    package func render(_ result: DashboardResult) -> String {
        let dashboard: JSONText = .object([
            ("id", .string(result.id)), ("title", .string(result.title)), ("definition", .string(result.definition)),
            ("generation", .string(result.generation)),
        ])
        let value: JSONText = .object([
            ("schema_version", .integer(JSONView.schemaVersion)), ("dashboard", dashboard),
            ("semantics", semantics(result.semantics)), ("warnings", .strings(result.warnings)),
            ("reports", .array(result.reports.map(report))),
        ])
        return value.indented + "\n"
    }

    /// The policies by their names in YAML; instants in UTC; `to` is exclusive.
    package func semantics(_ semantics: Semantics) -> JSONText {
        let currencies = semantics.rates.rates.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return .object([
            ("as_of", .string(semantics.asOf.description)), ("window", window(semantics.window)),
            ("timezone", .string(semantics.timezone)), ("display_currency", .string(semantics.displayCurrency)),
            ("default_currency", .string(semantics.defaultCurrency)), ("fx", .string(semantics.fx.rawValue)),
            ("fx_currencies", .inline(.strings(currencies))),
            ("revenue_basis", .string(semantics.revenueBasis.rawValue)),
            ("refund_dating", .string(semantics.refundDating.rawValue)),
            ("consent_as_of", .string(semantics.consentAsOf.rawValue)),
            ("attribution", .string(semantics.attribution.rawValue)),
        ])
    }

    private func report(_ report: ReportResult) -> JSONText {
        guard case .object(var members) = table(report.table) else { return .null }
        if let previous = report.previous {
            members.append(
                ("previous", .object([("window", window(previous.window))] + rows(previous))))
        }
        if let course = report.course {
            members.append(("course", .object([("dimensions", dimensions(course))] + rows(course))))
        }
        return .object(members)
    }

    /// One table with its columns, rows, total and notes.
    package func table(_ table: ResultTable) -> JSONText {
        let columns: [JSONText] = table.columns.map { column in
            .inline(
                .object([
                    ("name", .string(column.name)), ("title", .string(column.title)),
                    ("type", .string(column.type.rawValue)),
                    ("formula", .nullable(column.expression?.source)), ("explanation", .string(column.explanation)),
                ]))
        }
        return .object(
            [
                ("id", .string(table.id)), ("title", .string(table.title)), ("layout", .string(table.layout.rawValue)),
                ("window", window(table.window)),
                ("period", .string(table.period.name)), ("dimensions", dimensions(table)), ("columns", .array(columns)),
            ] + rows(table) + cohorts(table) + [("notes", .strings(table.notes))])
    }

    private func dimensions(_ table: ResultTable) -> JSONText {
        .array(
            zip(FieldNames.dimensions(of: table), table.dimensions).map { name, header in
                .inline(
                    .object([
                        ("name", .string(name)), ("title", .string(header.title)),
                        ("kind", .string(header.dimension.kindName)),
                    ]))
            })
    }

    private func rows(_ table: ResultTable) -> [(String, JSONText)] {
        let names = FieldNames.dimensions(of: table)
        func row(_ row: ResultTable.Row) -> JSONText {
            let keys = zip(names, row.keys).map { ($0, key($1)) }
            var members: [(String, JSONText)] = [
                ("keys", .object(keys)), ("values", values(row.values, of: table)),
                ("currency", .string(row.currency)), ("incomplete", .boolean(row.isIncomplete)),
            ]
            if !row.nullReasons.isEmpty {
                let reasons = table.columns.enumerated().compactMap { index, column in
                    row.nullReasons[index].map { (column.name, JSONText.string($0)) }
                }
                members.append(("null_reasons", .object(reasons)))
            }
            return .inline(.object(members))
        }
        return [("rows", .array(table.rows.map(row))), ("total", table.total.map(row) ?? .null)]
    }

    private func values(_ values: [Value?], of table: ResultTable) -> JSONText {
        .object(zip(table.columns, values).map { ($0.name, number($1)) })
    }

    private func number(_ value: Value?) -> JSONText { NumberFormatting.raw(value).map { .number($0) } ?? .null }

    private func cohorts(_ table: ResultTable) -> [(String, JSONText)] {
        if table.cohorts.isEmpty && table.ages.isEmpty { return [] }
        func count(_ customers: Int?) -> JSONText { customers.map { .integer($0) } ?? .null }
        let cohorts = table.cohorts.map { cohort in
            JSONText.inline(.object([("cohort", key(cohort.key)), ("customers", count(cohort.customers))]))
        }
        let ages = table.ages.map { age in
            JSONText.inline(
                .object([
                    ("age", .integer(age.age)), ("values", values(age.values, of: table)),
                    ("customers", count(age.customers)), ("coverage", number(age.coverage.map { .real($0) })),
                ]))
        }
        return [("cohorts", .array(cohorts)), ("ages", .array(ages))]
    }

    /// The label, with the kind that tells a missing value from a text that reads like its label.
    private func key(_ key: ResultTable.Key) -> JSONText {
        var members: [(String, JSONText)] = [("label", .string(key.label))]
        switch key.key {
        case .text(let text): members.append(("text", .string(text)))
        case .missing: members.append(("missing", .boolean(true)))
        case .remainder: members.append(("remainder", .boolean(true)))
        case .bucket(let index): members.append(("bucket", .integer(index)))
        case .number(let number): members.append(("number", .integer(number)))
        }
        return .object(members)
    }

    private func window(_ window: Window) -> JSONText {
        .inline(
            .object([("from", .string(window.from.description)), ("to", .string(window.to.description))]))
    }
}

extension Period {
    /// `month`, `30 days`
    fileprivate var name: String {
        switch self {
        case .calendar(let unit): unit.rawValue
        case .days(let count): "\(count) days"
        }
    }
}
