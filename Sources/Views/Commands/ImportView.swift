import Diagnostics
package import EventStores
package import Imports
import Quantities
import Queries

/// What an import read and what became of it: accepted + rejected = read, for every source.
package struct ImportView: Sendable {
    private let report: ImportReport
    private let outcome: ImportOutcome?

    /// - Parameter outcome: nil where nothing was written.
    package init(report: ImportReport, outcome: ImportOutcome?) {
        self.report = report
        self.outcome = outcome
    }

    package func render() -> String {
        func number(_ value: Int) -> String {
            NumberFormatting.display(.exact(.init(value)), type: .count, currency: "")
        }
        var lines: [String] = []
        for source in report.sources {
            lines.append(
                "\(source.source): \(number(source.read)) rows read = \(number(source.accepted)) accepted + "
                    + "\(number(source.rejected)) rejected" + reasons(source.rows))
            if source.events > 0 { lines.append("    \(number(source.events)) events") }
        }
        for name in report.notRead { lines.append("\(name): not read, as an earlier source has errors") }
        for file in report.leftOut {
            lines.append("\(file.path): already imported on \(minute(file.importedAt)), left out; --again imports it")
        }
        guard let outcome else { return lines.joined(separator: "\n") }
        lines.append("")
        for table in outcome.tables {
            var line = "\(table.name): \(number(table.rows)) events"
            if table.repeatsDropped > 0 {
                line += ", \(number(table.repeatsDropped)) identical repeats left out"
            }
            lines.append(line)
            if table.sharedKeys > 0 {
                lines.append(
                    "    \(number(table.sharedKeys)) keys belong to more than one customer: each has a purchase of its own"
                )
            }
        }
        lines.append("\(number(outcome.customers)) customers")
        lines.append("store generation \(outcome.generation), \(ImportView.bytes(outcome.bytes))")
        return lines.joined(separator: "\n")
    }

    private func reasons(_ rows: RowCounts) -> String {
        let reasons = ImportView.reasons(rows) { _ in nil }
        return reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))"
    }

    /// Why rows were rejected, each with how many: `12 by `where``, `3 TN217 (row without customer)`.
    ///
    /// - Parameter title: what a code's id means; nil leaves that out.
    package static func reasons(
        _ rows: RowCounts, title: (String) -> String? = { id in Code.all.first { $0.id == id }?.title }
    ) -> [String] {
        var reasons: [String] = []
        if rows.filtered > 0 { reasons.append("\(rows.filtered) by `where`") }
        if rows.withoutCustomer > 0 { reasons.append("\(rows.withoutCustomer) without customer") }
        return reasons
            + rows.errors.sorted { $0.key < $1.key }.map { id, count in
                "\(count) \(id)" + (title(id).map { " (\($0))" } ?? "")
            }
    }

    /// `2026-02-01 10:30 UTC`.
    private func minute(_ instant: Instant) -> String {
        instant.description.prefix(16).replacing("T", with: " ") + " UTC"
    }

    /// `850 kB`, `71.4 MB`.
    package static func bytes(_ count: Int) -> String {
        count < 1_000_000 ? "\(count / 1_000) kB" : "\(count / 1_000_000).\(count / 100_000 % 10) MB"
    }
}
