import Diagnostics
import Quantities
import Queries

/// A number of a table as a reader names it, with its formula and the bookings that each part of the formula reads.
struct ExplainedNumber {
    var column: ResultTable.ColumnHeader
    var formula: Formula
    /// As the row is named; empty for the total.
    var labels: [String]
    var value: Value?
    var currency: String
    var nullReason: String?
    /// Who is counted, where that is not everybody.
    var note: String?
    /// By what a part of the formula looks at; nil where the number has no such part.
    var scopes: [MetricExplanation.Input.Place: TraceScope]
}

extension ExplainedNumber {
    /// - Parameter title: of a measure.
    /// - Throws: a `Diagnostic` where the table has no such column or row.
    init(
        _ target: MetricTarget, in table: ResultTable, of query: Query, title: (String) -> String
    ) throws {
        if let part = target.cohortPart(of: table), let number = ExplainedNumber(part, target, table, query, title) {
            self = number
            return
        }
        let position = try target.column(of: table)
        let row = target.row(of: table)
        if row == nil, !target.row.isEmpty { throw target.unknownRow(of: table) }
        let keys = target.row.isEmpty ? nil : row?.keys
        self.init(
            column: table.columns[position], formula: query.columns[position].formula,
            labels: keys?.map(\.label) ?? [], value: row?.values[position], currency: row?.currency ?? "",
            nullReason: row?.nullReasons[position], scopes: ExplainedNumber.scopes(keys?.map(\.key), query))
    }

    /// What one row reads; the whole table where there is none.
    private static func scopes(
        _ keys: [GroupKey]?, _ query: Query
    ) -> [MetricExplanation.Input.Place: TraceScope] {
        guard let keys else {
            return [.row: .everything, .cohort: .everything, .cohortSoFar: .everything, .total: .everything]
        }
        var scopes: [MetricExplanation.Input.Place: TraceScope] = [.row: .group(keys), .total: .everything]
        guard let cohort = query.groupBy.firstIndex(where: { if case .cohort = $0 { true } else { false } }) else {
            return scopes
        }
        scopes[.cohort] = .cohorts([keys[cohort]], .all)
        for (key, dimension) in zip(keys, query.groupBy) {
            if case .age = dimension, case .number(let age) = key {
                scopes[.cohortSoFar] = .cohorts([keys[cohort]], .upTo(age))
            }
        }
        return scopes
    }

    /// A number beside the cells of a table by cohort and age; nil where it has none.
    private init?(
        _ part: MetricTarget.CohortPart, _ target: MetricTarget, _ table: ResultTable, _ query: Query,
        _ title: (String) -> String
    ) {
        func size(_ cohorts: [GroupKey], _ customers: Int?) -> ExplainedNumber? {
            guard let measure = table.cohortMeasure, let customers, target.metric == measure else { return nil }
            return ExplainedNumber(
                column: ResultTable.ColumnHeader(name: measure, title: title(measure), type: .count),
                formula: .ofCohort(.measure(measure)), labels: target.row, value: .exact(ExactDecimal(customers)),
                currency: "", scopes: [.cohort: .cohorts(cohorts, .all)])
        }
        switch part {
        case .cohort(let cohort):
            guard let number = size([cohort.key.key], cohort.customers) else { return nil }
            self = number
        case .everybody:
            let sizes = table.cohorts.compactMap(\.customers)
            guard let number = size(table.cohorts.map(\.key.key), sizes.reduce(0, +)) else { return nil }
            self = number
        case .counted(let age):
            guard let number = size(table.cohorts.prefix(age.cohorts).map(\.key.key), age.customers) else { return nil }
            self = number
            note = ExplainedNumber.note(age, table)
        case .age(let age):
            guard let position = table.columns.firstIndex(where: { $0.name == target.metric }) else { return nil }
            let cohorts = table.cohorts.prefix(age.cohorts).map(\.key.key)
            self.init(
                column: table.columns[position], formula: query.columns[position].formula, labels: target.row,
                value: age.values[position], currency: table.total?.currency ?? "",
                nullReason: age.values[position] == nil
                    ? "over several cohorts there is none, or nothing to divide by" : nil,
                note: ExplainedNumber.note(age, table),
                scopes: [
                    .row: .cohorts(cohorts, .only(age.age)), .cohortSoFar: .cohorts(cohorts, .upTo(age.age)),
                    .cohort: .cohorts(cohorts, .all), .total: .everything,
                ])
        }
    }

    private static func note(_ age: ResultTable.AgeTotal, _ table: ResultTable) -> String? {
        guard let first = table.cohorts.first?.key.label, age.cohorts > 0 else { return nil }
        let last = table.cohorts[age.cohorts - 1].key.label
        let span = first == last ? first : "\(first) – \(last)"
        return age.cohorts == table.cohorts.count
            ? "Over all cohorts, \(span)."
            : "Over the cohorts that are old enough: \(age.cohorts) of \(table.cohorts.count), \(span)."
    }
}
