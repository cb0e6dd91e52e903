import Diagnostics
package import Plans
import Quantities
import Queries

/// A customer: segments with the rules behind them, consents with their history, purchases with their states.
package struct CustomerExplanationView: Sendable {
    private let explanation: CustomerExplanation
    private let times: Times

    package init(_ explanation: CustomerExplanation) {
        self.explanation = explanation
        times = Times(timezone: explanation.semantics.timezone)
    }

    /// - Parameter format: CSV has the purchases.
    package func render(_ format: OutputFormat, width: Int) -> String {
        switch format {
        case .table: text(width)
        case .json: json
        case .csv: purchases.render(.csv)
        case .markdown:
            (["**Customer \(MarkdownView().escaped(trace.customer))**", ""]
                + sections.flatMap { title, lines in
                    ["### \(title)", "", "```", lines.joined(separator: "\n"), "```", ""]
                } + [purchases.render(.markdown)]).joined(separator: "\n")
        }
    }

    private var trace: CustomerTrace { explanation.trace }

    private func text(_ width: Int) -> String {
        var lines = [
            "Customer \(trace.customer)",
            "as of \(times.short(explanation.semantics.asOf)) · \(explanation.semantics.timezone)",
        ]
        for (title, body) in sections { lines += ["", title] + body.map { "  \($0)" } }
        lines = lines.map(DisplayWidth.printable)
        lines += ["", "Purchases", purchases.render(.table, width: width)]
        return lines.joined(separator: "\n")
    }

    private var sections: [(title: String, lines: [String])] {
        var sections: [(String, [String])] = []
        if !trace.properties.isEmpty {
            sections.append(("Properties", trace.properties.map { "\($0.name)  \($0.value)" }))
        }
        sections.append(("Numbers", numbers))
        for segmentation in explanation.segmentations {
            sections.append(("\(segmentation.name): \(segmentation.segment)", rules(segmentation)))
        }
        for consent in trace.consents {
            sections.append(
                ("Consent \(consent.category): \(consent.isGiven ? "given" : "not given")", history(consent)))
        }
        return sections
    }

    private var numbers: [String] {
        Aggregate.allCases.filter { !$0.isPredicted || trace.aggregates[$0] != nil }.map { aggregate in
            let name = aggregate.rawValue.replacing("_", with: " ")
            return "\(name)  \(text(trace.aggregates[aggregate], aggregate))"
        } + (trace.excluded > 0 ? ["test orders, left out  \(trace.excluded)"] : [])
    }

    private func text(_ value: Value?, _ aggregate: Aggregate) -> String {
        let type: ValueType =
            switch aggregate {
            case .purchases, .canceledPurchases: .count
            case .revenue, .averagePurchaseValue: .money
            case .daysSinceFirstPurchase, .daysSinceLastPurchase: .duration
            case .expectedOrders: .number
            case .expectedValue: .money
            case .noOrderChance: .ratio
            }
        return NumberFormatting.display(value, type: type, currency: explanation.semantics.segmentCurrency)
    }

    private func rules(_ segmentation: CustomerExplanation.Segmentation) -> [String] {
        var lines: [String] = []
        for rule in segmentation.rules {
            lines.append("\(rule.holds ? "✓" : "✗") \(rule.segment)")
            for test in rule.tests {
                let found = test.found.map { "  (\($0))" } ?? ""
                lines.append("    \(test.holds ? "✓" : "✗") \(test.text)\(found)")
            }
        }
        if segmentation.rules.allSatisfy({ !$0.holds }) {
            lines.append("→ none holds: \(segmentation.segment)")
        }
        return lines
    }

    private func history(_ consent: CustomerTrace.Consent) -> [String] {
        if let property = consent.property {
            return [
                property.value.isEmpty
                    ? "the property \(property.name) has no value"
                    : "the property \(property.name) is '\(property.value)'"
            ]
        }
        if consent.events.isEmpty { return ["no events"] }
        return consent.events.map { event in
            let until = event.validUntil.map { ", valid until \($0)" } ?? ""
            return "\(times.display(event.at))  \(event.action ?? "(no action)")\(until)"
        }
    }

    private var purchases: Listing {
        var rows: [(Instant, [String])] = []
        for purchase in trace.purchases {
            let booking = purchase.booking
            let states = purchase.states.map { state in
                let text = state.text ?? "(none)"
                return purchase.states.count > 1 ? "\(text) \(times.display(state.at))" : text
            }
            rows.append(
                (
                    booking.bookedAt,
                    [
                        times.display(booking.bookedAt), booking.purchase.key ?? "", standing(booking),
                        purchase.charge?.rawValue.replacing("_", with: " ") ?? "",
                        "\(booking.amount.normalized) \(booking.currency)", converted(booking),
                        states.joined(separator: " → "),
                    ]
                ))
        }
        for refund in trace.refunds {
            rows.append(
                (
                    refund.bookedAt,
                    [
                        times.display(refund.bookedAt), refund.purchase.key ?? "", "refund", "",
                        "\(refund.amount.normalized) \(refund.currency)", converted(refund), "",
                    ]
                ))
        }
        let hasCharges = trace.purchases.contains { $0.charge != nil }
        let columns = [
            Listing.Column("booked"), Listing.Column("purchase"), Listing.Column("counts_as", title: "counts as"),
            Listing.Column("charge"), Listing.Column("amount", isNumber: true),
            Listing.Column("converted", title: "in \(explanation.semantics.displayCurrency)", isNumber: true),
            Listing.Column("states"),
        ]
        let kept = columns.indices.filter { hasCharges || columns[$0].title != "charge" }
        return Listing(
            "purchases", columns: kept.map { columns[$0] },
            rows: rows.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
                .map { row in kept.map { row.element.1[$0] } },
            empty: "none")
    }

    private func standing(_ booking: TracedBooking) -> String {
        switch booking.purchase.standing {
        case .counted: "purchase"
        case .uncounted: "amount only"
        case .canceled: "cancelled"
        case .unclassified: "nothing"
        }
    }

    private func converted(_ booking: TracedBooking) -> String {
        guard let converted = booking.converted else { return "no rate" }
        return NumberFormatting.display(
            .exact(converted), type: .money, currency: explanation.semantics.displayCurrency)
    }

    private var json: String {
        let segments = explanation.segmentations.map { segmentation in
            JSONText.object([
                ("id", .string(segmentation.id)), ("name", .string(segmentation.name)),
                ("segment", .string(segmentation.segment)),
                (
                    "rules",
                    .array(
                        segmentation.rules.map { rule in
                            JSONText.object([
                                ("segment", .string(rule.segment)), ("holds", .boolean(rule.holds)),
                                (
                                    "tests",
                                    .array(
                                        rule.tests.map { test in
                                            JSONText.object([
                                                ("test", .string(test.text)), ("holds", .boolean(test.holds)),
                                                ("found", test.found.map { .string($0) } ?? .null),
                                            ])
                                        })
                                ),
                            ])
                        })
                ),
            ])
        }
        let consents = trace.consents.map { consent in
            JSONText.object([
                ("category", .string(consent.category)), ("given", .boolean(consent.isGiven)),
                ("property", consent.property.map { .string($0.name) } ?? .null),
                (
                    "events",
                    .array(
                        consent.events.map { event in
                            JSONText.object([
                                ("at", .string(event.at.description)),
                                ("action", event.action.map { .string($0) } ?? .null),
                                ("valid_until", event.validUntil.map { .string($0) } ?? .null),
                            ])
                        })
                ),
            ])
        }
        func booking(_ booking: TracedBooking, _ states: [CustomerTrace.State]) -> JSONText {
            JSONText.object([
                ("purchase", booking.purchase.key.map { .string($0) } ?? .null),
                ("booked_at", .string(booking.bookedAt.description)), ("kind", .string(booking.kind.rawValue)),
                ("standing", .string(booking.purchase.standing.rawValue)),
                ("amount", .number(booking.amount.normalized.description)), ("currency", .string(booking.currency)),
                ("converted", booking.converted.map { .number($0.normalized.description) } ?? .null),
                (
                    "states",
                    .array(
                        states.map { state in
                            JSONText.object([
                                ("at", .string(state.at.description)),
                                ("state", state.text.map { .string($0) } ?? .null),
                            ])
                        })
                ),
            ])
        }
        return JSONText.object([
            ("schema_version", .integer(1)), ("customer", .string(trace.customer)),
            ("as_of", .string(explanation.semantics.asOf.description)),
            ("properties", .object(trace.properties.map { ($0.name, .string($0.value)) })),
            (
                "aggregates",
                .object(
                    Aggregate.allCases.map { aggregate in
                        (
                            aggregate.rawValue,
                            NumberFormatting.raw(trace.aggregates[aggregate]).map { .number($0) } ?? .null
                        )
                    })
            ),
            ("segmentations", .array(segments)), ("consents", .array(consents)),
            ("test_order_rows", .integer(trace.excluded)),
            (
                "bookings",
                .array(
                    trace.purchases.map { booking($0.booking, $0.states) } + trace.refunds.map { booking($0, []) })
            ),
        ]).indented
    }
}
