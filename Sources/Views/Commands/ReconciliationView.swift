import Diagnostics
package import Plans
import Quantities
package import Queries

/// The walk from one number to another, policy by policy.
package struct ReconciliationView: Sendable {
    /// The number that is reconciled.
    package struct Subject: Sendable {
        package var title: String
        package var type: ValueType
        package var currency: String
        package var semantics: Semantics

        package init(title: String, type: ValueType, currency: String, semantics: Semantics) {
            self.title = title
            self.type = type
            self.currency = currency
            self.semantics = semantics
        }
    }

    private let subject: Subject
    private let walk: Reconciliation
    /// Each change by itself; shown where there is no walk.
    private let alone: [Reconciliation]

    package init(_ subject: Subject, walk: Reconciliation, alone: [Reconciliation] = []) {
        self.subject = subject
        self.walk = walk
        self.alone = alone
    }

    package func render(_ format: OutputFormat, width: Int) -> String {
        switch format {
        case .table: ([title, ""] + [listing.render(.table, width: width)] + conclusion).joined(separator: "\n")
        case .json: json
        case .csv: listing.render(.csv)
        case .markdown: ([title, "", listing.render(.markdown)] + conclusion).joined(separator: "\n")
        }
    }

    private var title: String {
        let times = Times(timezone: subject.semantics.timezone)
        return "\(subject.title) · \(times.short(subject.semantics.window)) · \(subject.semantics.timezone)"
    }

    private var listing: Listing {
        var rows = [["Tenure, under the project's policies", "", text(walk.start)]]
        if !alone.isEmpty {
            for other in alone {
                guard let step = other.steps.first else { continue }
                rows.append(["only \(words(step))", difference(walk.start, step.value), text(step.value)])
            }
        }
        var last = walk.start
        for step in walk.steps {
            rows.append([words(step), difference(last, step.value), text(step.value)])
            last = step.value
        }
        if let expected = walk.expected {
            rows.append([
                walk.isExplained ? "the expected number" : "not explained", remainder(last, expected),
                text(.exact(expected)),
            ])
        }
        return Listing(
            "walk",
            columns: [
                Listing.Column("step"), Listing.Column("change", isNumber: true),
                Listing.Column("value", title: subject.title, isNumber: true),
            ], rows: rows, empty: "")
    }

    private var conclusion: [String] {
        if walk.expected == nil { return [] }
        if walk.isExplained {
            return [
                "", walk.steps.isEmpty ? "The numbers are equal." : "The policies above explain the whole difference.",
            ]
        }
        return [
            "",
            "No combination of policies gives the expected number; the nearest one is shown. What is left is in the data or "
                + "in the definition: statuses that count, test orders, customers without id.",
        ]
    }

    private func words(_ step: Reconciliation.Step) -> String {
        let name =
            switch step.change.policy {
            case .files: "files"
            case .definition: "values"
            case .revenueBasis: "revenue basis"
            case .refundDating: "refund dating"
            case .timezone: "timezone"
            case .attribution: "attribution"
            case .fx: "exchange rates of"
            case .consentAsOf: "consents"
            }
        return step.before.isEmpty
            ? "\(name): \(step.change.value)" : "\(name): \(step.before) -> \(step.change.value)"
    }

    private func text(_ value: Value?) -> String {
        NumberFormatting.display(value, type: subject.type, currency: subject.currency)
    }

    private func difference(_ before: Value?, _ after: Value?) -> String {
        guard let before, let after else { return NumberFormatting.null }
        let value: Value =
            if case (.exact(let a), .exact(let b)) = (before, after) { .exact(b - a) } else {
                .real(after.double - before.double)
            }
        if value.double == 0 { return "0" }
        if subject.type == .ratio {
            // Of a share in per cent the difference is in points, and no share of anything.
            let points = NumberFormatting.display(.real(value.double * 100), type: .number, currency: "")
            return "\(value.double > 0 ? "+" : "")\(points) pp"
        }
        return (value.double > 0 ? "+" : "") + text(value)
    }

    private func remainder(_ last: Value?, _ expected: ExactDecimal) -> String {
        walk.isExplained ? "" : difference(last, .exact(expected))
    }

    private var json: String {
        func number(_ value: Value?) -> JSONText { NumberFormatting.raw(value).map { .number($0) } ?? .null }
        func step(_ step: Reconciliation.Step) -> JSONText {
            JSONText.object([
                ("policy", .string(step.change.policy.name)), ("from", .string(step.before)),
                ("to", .string(step.change.value)), ("value", number(step.value)),
            ])
        }
        return JSONText.object([
            ("schema_version", .integer(1)), ("metric", .string(subject.title)),
            ("currency", .string(subject.currency)), ("start", number(walk.start)),
            ("steps", .array(walk.steps.map(step))), ("end", number(walk.end)),
            ("expected", walk.expected.map { .number($0.description) } ?? .null),
            ("explained", walk.expected == nil ? .null : .boolean(walk.isExplained)),
            ("alternatives", .array(alone.compactMap { $0.steps.first.map(step) })),
        ]).indented
    }
}
