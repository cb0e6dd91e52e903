import Definitions
import Diagnostics
import EventStores
import Quantities
import Queries

/// What came, held against what is expected.
struct ScenarioComparison {
    /// Nil where the use case has no dashboard.
    let result: DashboardResult?
    let memberships: [Membership]
    let store: EventStore

    func failures(_ expectation: Scenario.Expectation) throws -> [Diagnostic] {
        switch expectation {
        case .metric(let report, let row, let metric, let value): return compare(report, row, metric, value)
        case .segment(let segmentation, let customer, let segment):
            return try compare(segmentation, customer, segment)
        case .warning(let text):
            let warnings = (result?.warnings ?? []) + (result?.reports ?? []).flatMap(\.table.notes)
            if warnings.contains(where: { $0.contains(text.value) }) { return [] }
            return [
                failed(
                    "no warning says '\(text.value)'", text.place,
                    warnings.isEmpty ? ["there are none"] : warnings.map { "there is: \($0)" })
            ]
        }
    }

    private func compare(
        _ report: Located<String>, _ row: Located<String>?, _ metric: Located<String>, _ value: Located<String>
    ) -> [Diagnostic] {
        let tables = (result?.reports ?? []).map(\.table)
        guard let table = tables.first(where: { $0.id == report.value }) else {
            return [unknown("report", report, tables.map(\.id))]
        }
        guard let column = table.columns.firstIndex(where: { $0.name == metric.value }) else {
            return [unknown("metric of '\(report.value)'", metric, table.columns.map(\.name))]
        }
        let found: ResultTable.Row?
        if let row {
            func label(_ row: ResultTable.Row) -> String { row.keys.map(\.label).joined(separator: " / ") }
            found = table.rows.first { label($0).utf8.elementsEqual(row.value.utf8) }
            if found == nil { return [unknown("row of '\(report.value)'", row, table.rows.map(label))] }
        } else {
            found = table.total ?? table.rows.first
        }
        let actual = found?.values[column]
        let subject = [report.value, row?.value, metric.value].compactMap { $0 }.joined(separator: " / ")
        if isEqual(actual, value.value) { return [] }
        return [failed("\(subject) is \(text(actual)), not \(value.value)", value.place, [])]
    }

    private func compare(
        _ segmentation: Located<String>, _ customer: Located<String>, _ segment: Located<String>
    ) throws -> [Diagnostic] {
        guard let membership = memberships.first(where: { $0.id == segmentation.value }) else {
            return [unknown("customer segmentation", segmentation, memberships.map(\.id))]
        }
        guard let index = try store.customers.index(of: Array(customer.value.utf8)) else {
            return [unknown("customer", customer, [])]
        }
        guard membership.segments.contains(segment.value) else {
            return [unknown("segment of '\(segmentation.value)'", segment, membership.segments)]
        }
        let found = membership.segments[Int(membership.positions[index])]
        if found == segment.value { return [] }
        return [
            failed(
                "\(customer.value) is in '\(found)' of \(segmentation.value), not in '\(segment.value)'", segment.place,
                [])
        ]
    }

    /// Sums are compared exactly; quotients with as many digits as the expectation has.
    private func isEqual(_ value: Value?, _ expected: String) -> Bool {
        guard let value else { return expected == "none" }
        guard let number = ExactDecimal(expected) else { return false }
        switch value {
        case .exact(let exact): return exact == number
        case .real(let real): return ExactDecimal("\(real)")?.rounded(toScale: number.scale) == number
        }
    }

    private func text(_ value: Value?) -> String {
        switch value {
        case nil: "none"
        case .exact(let exact)?: exact.normalized.description
        case .real(let real)?: "\(real)"
        }
    }

    private func failed(_ message: String, _ place: Place, _ hints: [String]) -> Diagnostic {
        Diagnostic(.scenarioFailed, message, at: place, hints: hints)
    }

    private func unknown(_ what: String, _ name: Located<String>, _ known: [String]) -> Diagnostic {
        Diagnostic(
            .unknownReference, "there is no \(what) '\(name.value)'", at: name.place,
            hints: didYouMean(name.value, among: known)
                + (known.isEmpty ? [] : ["there are: \(known.joined(separator: ", "))"]))
    }
}
