import Diagnostics
package import Plans
import Quantities
import Queries

/// A number of a report, its formula, and the bookings that it is made of.
package struct MetricExplanationView: Sendable {
    private let explanation: MetricExplanation
    private let times: Times

    package init(_ explanation: MetricExplanation) {
        self.explanation = explanation
        times = Times(timezone: explanation.semantics.timezone)
    }

    package func render(_ format: OutputFormat, width: Int) -> String {
        switch format {
        case .table: table(width)
        case .json: json
        case .csv: csv
        case .markdown: markdown
        }
    }

    /// For pages: the number, how it is computed, what it reads, and the bookings.
    package var markup: Markup {
        var page = Markup()
        page.element("header") { page in
            page.element("h1") { $0.element("bdi", text: title) }
            page.element("p", ["class": "meta"], text: policies)
        }
        page.element("main") { page in
            page.element("section") { page in
                page.element("h2", text: "How it is computed")
                for line in method { page.element("p", ["dir": "auto"], text: line) }
                page.append(inputs.markup)
            }
            page.element("section") { page in
                page.element("h2", text: bookingsTitle)
                page.append(bookings.markup)
            }
        }
        return page
    }

    private var bookingsTitle: String {
        let shown = explanation.trace.bookings.count
        let all = explanation.trace.count
        return isComplete
            ? "The \(count(all)) booking\(all == 1 ? "" : "s") behind it"
            : "The first \(count(shown)) of \(count(all)) bookings behind it"
    }

    /// All bookings were given to the view.
    package var isComplete: Bool { explanation.trace.bookings.count == explanation.trace.count }

    private var title: String {
        let row = explanation.row.isEmpty ? "" : " · \(explanation.row.joined(separator: " / "))"
        let value = NumberFormatting.display(
            explanation.value, type: explanation.column.type, currency: explanation.currency, period: explanation.period
        )
        return "\(explanation.reportTitle)\(row) · \(explanation.column.title): \(value)"
    }

    private var policies: String {
        let semantics = explanation.semantics
        return
            ([
                times.short(semantics.window), semantics.timezone, semantics.displayCurrency,
                "as of \(times.short(semantics.asOf))",
            ] + SemanticsEcho.policies(semantics)).joined(separator: " · ")
    }

    private var method: [String] {
        var lines: [String] = []
        if let expression = explanation.column.expression { lines.append("= \(expression.words)") }
        if !explanation.column.explanation.isEmpty { lines.append(explanation.column.explanation) }
        if let note = explanation.note { lines.append(note) }
        if let reason = explanation.nullReason { lines.append("There is no value: \(reason).") }
        return lines
    }

    private var inputs: Listing {
        Listing(
            "inputs",
            columns: [
                Listing.Column("input"), Listing.Column("value", isNumber: true), Listing.Column("counts"),
                Listing.Column("of"), Listing.Column("bookings", isNumber: true),
                Listing.Column("customers", isNumber: true),
            ],
            rows: explanation.inputs.map { input in
                [
                    input.title, text(input.value, currency(input)), input.kind.words(explanation.semantics),
                    input.scope.words + input.place.words, count(input.bookings), count(input.customers),
                ]
            }, empty: "It reads nothing of the data.")
    }

    private func currency(_ input: MetricExplanation.Input) -> String {
        input.place == .row ? explanation.currency : explanation.semantics.displayCurrency
    }

    /// The inputs that the shown bookings add to.
    private var adding: [MetricExplanation.Input] {
        explanation.trace.measures.compactMap { name in explanation.inputs.first { $0.name == name } }
    }

    private var bookings: Listing {
        let rows = explanation.trace.bookings.map { booking in
            [
                booking.customer, booking.purchase.key ?? "", times.display(booking.bookedAt), booking.words,
                "\(booking.amount.normalized) \(booking.currency)",
            ] + booking.adds.map { $0.map { text($0, explanation.currency) } ?? "" }
        }
        return Listing(
            "bookings",
            columns: [
                Listing.Column("customer"), Listing.Column("purchase"), Listing.Column("booked"),
                Listing.Column("what"), Listing.Column("amount", isNumber: true),
            ] + adding.map { Listing.Column($0.name, title: $0.title, isNumber: true) },
            rows: rows, empty: "No booking adds to it.")
    }

    private func text(_ value: MeasureValue?, _ currency: String) -> String {
        switch value {
        case .count(let count)?: NumberFormatting.display(.exact(ExactDecimal(count)), type: .count, currency: "")
        case .money(let money)?: NumberFormatting.display(.exact(money), type: .money, currency: currency)
        case .duration(let length)?:
            NumberFormatting.display(.real(Double(length) / 86_400_000_000), type: .duration, currency: "")
        case .quantile(let days)?: NumberFormatting.display(days.map { .real($0) }, type: .duration, currency: "")
        case nil: NumberFormatting.null
        }
    }

    private func count(_ number: Int) -> String {
        NumberFormatting.display(.exact(ExactDecimal(number)), type: .count, currency: "")
    }

    private func table(_ width: Int) -> String {
        var lines = ([title, policies, ""] + method).map(DisplayWidth.printable)
        lines += [inputs.render(.table, width: width), ""]
        lines.append(bookingsTitle)
        if !explanation.trace.bookings.isEmpty || explanation.trace.count == 0 {
            lines.append(bookings.render(.table, width: width))
        }
        return lines.joined(separator: "\n")
    }

    private var markdown: String {
        (["**\(MarkdownView().escaped(title))**", "", policies, ""] + method
            + ["", inputs.render(.markdown), "", bookings.render(.markdown)]).joined(separator: "\n")
    }

    /// One line a booking, with exact numbers.
    private var csv: String {
        var sheet = CSVSheet()
        let names = ["customer", "purchase", "booked_at", "kind", "standing", "amount", "currency", "converted"]
        sheet.line(names.map { .word($0) } + explanation.trace.measures.map { .word($0) })
        for booking in explanation.trace.bookings {
            sheet.line(
                [
                    .text(booking.customer), .text(booking.purchase.key ?? ""),
                    .text(booking.bookedAt.description), .word(booking.kind.rawValue),
                    .word(booking.purchase.standing.rawValue), .number(booking.amount.normalized.description),
                    .word(booking.currency), .number(booking.converted?.normalized.description),
                ] + booking.adds.map { .number($0.flatMap(raw)) })
        }
        return sheet.text
    }

    private func raw(_ value: MeasureValue) -> String? {
        switch value {
        case .count(let count): String(count)
        case .money(let money): money.normalized.description
        case .duration(let length): String(Int64(length / 1_000_000))
        case .quantile(let days): NumberFormatting.raw(days.map { .real($0) })
        }
    }

    private var json: String {
        func number(_ text: String?) -> JSONText { text.map { .number($0) } ?? .null }
        let inputs = explanation.inputs.map { input in
            JSONText.object([
                ("name", .string(input.name)), ("title", .string(input.title)),
                ("value", number(input.value.flatMap(raw))),
                ("scope", .string(input.scope.rawValue)), ("of", .string(input.place.name)),
                ("bookings", .integer(input.bookings)), ("customers", .integer(input.customers)),
            ])
        }
        let bookings = explanation.trace.bookings.map { booking in
            JSONText.object([
                ("customer", .string(booking.customer)),
                ("purchase", booking.purchase.key.map { .string($0) } ?? .null),
                ("booked_at", .string(booking.bookedAt.description)), ("kind", .string(booking.kind.rawValue)),
                ("standing", .string(booking.purchase.standing.rawValue)),
                ("amount", .number(booking.amount.normalized.description)), ("currency", .string(booking.currency)),
                ("converted", number(booking.converted?.normalized.description)),
                (
                    "adds",
                    .object(
                        zip(explanation.trace.measures, booking.adds).map { ($0, number($1.flatMap(raw))) })
                ),
            ])
        }
        return JSONText.object([
            ("schema_version", .integer(1)), ("report", .string(explanation.report)),
            ("metric", .string(explanation.column.name)), ("row", .strings(explanation.row)),
            ("value", number(NumberFormatting.raw(explanation.value))), ("currency", .string(explanation.currency)),
            ("null_reason", explanation.nullReason.map { .string($0) } ?? .null),
            ("note", explanation.note.map { .string($0) } ?? .null),
            ("formula", explanation.column.expression.map { .string($0.source) } ?? .null),
            ("definition", .string(explanation.definition)), ("data_generation", .string(explanation.generation)),
            ("inputs", .array(inputs)), ("booking_count", .integer(explanation.trace.count)),
            ("customer_count", .integer(explanation.trace.customers)), ("bookings", .array(bookings)),
        ]).indented
    }
}

extension TracedBooking {
    fileprivate var words: String {
        switch (kind, purchase.standing) {
        case (.refund, _): "refund"
        case (_, .counted): "purchase"
        case (_, .uncounted): "amount of 0 or less"
        case (_, .canceled): "cancelled"
        case (_, .unclassified): "no state that counts"
        }
    }
}

extension Measure.Kind {
    /// What it counts.
    fileprivate func words(_ semantics: Semantics) -> String {
        switch self {
        case .purchases: "purchases"
        case .canceledPurchases: "cancelled purchases"
        case .buyers: "each customer once"
        case .newBuyers: "first purchases ever"
        case .repeatBuyers(let least): "customers with \(least) or more"
        case .revenue: semantics.revenueBasis == .net ? "amounts less refunds" : "amounts before refunds"
        case .grossRevenue: "amounts before refunds"
        case .refunds: "what was given back"
        case .chargeCount(let kind): "\(kind.rawValue.replacing("_", with: " "))s"
        case .chargeAmount(let kind): "amounts of \(kind.rawValue.replacing("_", with: " "))s"
        case .gapCount: "purchases with one before"
        case .gapSum, .gapQuantile: "time since the one before"
        case .periodBuyers: "customers, once a complete period"
        case .periodPurchases: "purchases in complete periods"
        case .retainedBuyers: "customers who bought in the period before too"
        case .previousPeriodBuyers: "customers of the period before"
        }
    }
}

extension Scope {
    fileprivate var words: String {
        switch self {
        case .window: "the window"
        case .active: "all purchases of the window's customers"
        case .acquired: "all purchases of customers who came in the window"
        case .charges: "the window's first charges and what belongs to them"
        case .history: "the whole history"
        }
    }
}

extension MetricExplanation.Input.Place {
    fileprivate var words: String {
        switch self {
        case .row: ""
        case .total: ", all rows"
        case .cohort: ", the whole cohort"
        case .cohortSoFar: ", the cohort up to this age"
        }
    }

    fileprivate var name: String {
        switch self {
        case .row: "row"
        case .total: "total"
        case .cohort: "cohort"
        case .cohortSoFar: "cohort_so_far"
        }
    }
}
