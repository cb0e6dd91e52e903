package import Definitions
import Diagnostics
package import Quantities
package import Queries

extension Semantics {
    /// The policies in force: the reader's choice, else the project's, else the default.
    ///
    /// - Parameters:
    ///   - rates: the project's rates; those into the display currency are taken.
    ///   - now: the clock, for `as_of: now`; engines never read it.
    /// - Throws: `DiagnosticList` where the store is empty, the window ends before it begins, or the rates do not lead
    ///   into the chosen currency.
    package init(
        project: Project, options: EvaluationOptions, span: DataSpan, rates: RateBook, now: Instant
    ) throws {
        let zone = options.timezone ?? project.timezone.value
        let asOf: Instant
        if let chosen = options.asOf {
            asOf = chosen
        } else {
            switch project.asOf.value {
            case .data:
                guard let newest = span.last else {
                    throw DiagnosticList([
                        Diagnostic(
                            .emptyStore, "the store holds no event, so there is nothing to evaluate",
                            hints: ["import data first: tenure import"])
                    ])
                }
                asOf = newest
            case .now: asOf = now
            case .instant(let instant): asOf = instant
            }
        }
        let end = options.to ?? asOf.successor
        var window = Window(from: options.from ?? Window.twelveMonths(endingAt: end, in: zone).from, to: end)
        if options.allTime {
            // From the first day of the first month: nothing of the data is cut.
            let first = zone.date(at: min(span.first ?? asOf, asOf))
            window = Window(
                from: zone.startOfDay(CivilDate(year: first.year, month: first.month, day: 1)), to: asOf.successor)
        }
        guard window.from < window.to else {
            throw DiagnosticList([
                Diagnostic(
                    .emptyWindow, "the window ends at \(window.to), not after its beginning \(window.from)",
                    hints: ["windows are half open: --from is in, --to is not"])
            ])
        }
        let years = zone.date(at: window.to).year - zone.date(at: window.from).year
        guard years <= 200 else {
            let dates = [window.from, window.to].map { zone.date(at: $0).description }
            throw DiagnosticList([
                Diagnostic(
                    .windowTooLong, "the window is \(years) years long, from \(dates[0]) to \(dates[1])",
                    hints: options.allTime
                        ? ["an event with a wrong date? leave it out with `where`, or name the window"] : [])
            ])
        }
        let display = options.displayCurrency ?? project.shownCurrency
        if display != project.shownCurrency, !rates.isEmpty, rates.tables[display] == nil {
            // The rates lead into other currencies: using them would show those amounts under this name.
            let known = rates.currencies(first: project.shownCurrency)
            throw DiagnosticList([
                Diagnostic(
                    .missingRate, "the project's rates lead into \(known.joined(separator: ", ")), not into \(display)",
                    at: project.fx?.file.place,
                    hints: ["give the rates into \(display) in the same file, with \(display) in its column `to`"])
            ])
        }
        let fx = options.fx ?? project.fx?.policy.flatMap { FXPolicy(rawValue: $0.value) } ?? .eventDate
        self.init(
            asOf: asOf, window: window, timezone: zone.identifier,
            displayCurrency: display,
            defaultCurrency: project.currency.value, fx: fx, rates: rates.table(into: display),
            segmentCurrency: project.shownCurrency, segmentRates: rates.table(into: project.shownCurrency),
            revenueBasis: options.revenueBasis ?? project.revenueBasis.flatMap { RevenueBasis(rawValue: $0.value) }
                ?? .net,
            refundDating: options.refundDating ?? project.refundDating.flatMap { RefundDating(rawValue: $0.value) }
                ?? .order,
            consentAsOf: options.consentAsOf ?? project.consentAsOf.flatMap { ConsentAsOf(rawValue: $0.value) } ?? .now,
            attribution: options.attribution ?? project.attribution.flatMap { Attribution(rawValue: $0.value) }
                ?? .anchored)
    }
}
