import ArgumentParser
import Definitions
import Diagnostics
import Plans
import Quantities
import Queries

/// `--row`, of commands about one number of a report.
struct RowOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The row of the report, by its label; once for each dimension. Without it, the total.", valueName: "label"))
    var row: [String] = []
}

/// The options that choose a window and policies.
struct EvaluationArguments: ParsableArguments {
    @Option(help: "Evaluate as of this instant: later events do not exist.")
    var asOf: String?

    @Option(help: "Beginning of the window: a date (local midnight) or an instant.")
    var from: String?

    @Option(help: "End of the window, exclusive: a date (local midnight) or an instant.")
    var to: String?

    @Flag(help: "The window is the whole history.")
    var allTime = false

    @Option(help: ArgumentHelp("IANA timezone of days, months and bounds.", valueName: "zone"))
    var tz: String?

    @Option(help: "Display currency, ISO 4217.")
    var currency: String?

    @Option(help: "Rates by event_date or as_of.")
    var fx: String?

    @Option(help: "net or gross.")
    var revenueBasis: String?

    @Option(help: "Refunds are booked on the order's or the refund's date: order or refund.")
    var refundDating: String?

    @Option(help: "Consents now or at_purchase.")
    var consentAsOf: String?

    @Option(help: "Charges anchored or by period.")
    var attribution: String?

    @Option(
        help: ArgumentHelp(
            "Drill down by a customer property, segmentation, attribute, currency or calendar unit.", valueName: "name")
    )
    var by: [String] = []

    @Option(
        help: ArgumentHelp(
            "Leave out purchases with these values of one of the dashboard's exclusions; may be repeated.",
            valueName: "name=value,value"))
    var exclude: [String] = []

    @Option(help: ArgumentHelp("Only this report; may be repeated.", valueName: "id"))
    var report: [String] = []

    /// The options that were given, each after a blank: for the next command.
    var arguments: String {
        func quoted(_ text: String) -> String {
            text.allSatisfy { $0.isLetter || $0.isNumber || "-_:+./".contains($0) } && !text.isEmpty
                ? text : "'\(text.replacing("'", with: "'\\''"))'"
        }
        let texts: [(String, String?)] = [
            ("as-of", asOf), ("from", from), ("to", to), ("tz", tz), ("currency", currency), ("fx", fx),
            ("revenue-basis", revenueBasis), ("refund-dating", refundDating), ("consent-as-of", consentAsOf),
            ("attribution", attribution),
        ]
        return texts.map { name, value in value.map { " --\(name) \(quoted($0))" } ?? "" }.joined()
            + (allTime ? " --all-time" : "") + by.map { " --by \(quoted($0))" }.joined()
            + exclude.map { " --exclude \(quoted($0))" }.joined()
            + report.map { " --report \(quoted($0))" }.joined()
    }

    /// The one report that a plain CSV holds: that of `--report`, or the drill-down of `--by`; nil where several are asked
    /// for, which the long form holds.
    var onlyReport: String? {
        switch (report.count, by.isEmpty) {
        case (1, true): report[0]
        case (0, false): ReportLowering.drillDownID(by)
        default: nil
        }
    }

    /// - Parameter zone: the project's, in which dates without an offset are read.
    func options(zone projectZone: Zone) throws -> EvaluationOptions {
        var problems: [Diagnostic] = []
        var options = EvaluationOptions()
        if let tz {
            options.timezone = Zone(identifier: tz)
            if options.timezone == nil {
                problems.append(
                    Diagnostic(
                        .invalidOption, "--tz '\(tz)' is no IANA timezone", hints: ["such as Europe/London, UTC"]))
            }
        }
        let zone = options.timezone ?? projectZone
        func instant(_ text: String?, _ name: String) -> Instant? {
            guard let text else { return nil }
            let instant = Instant(iso8601: text, zone: zone)
            if instant == nil {
                problems.append(
                    Diagnostic(
                        .invalidOption, "\(name) '\(text)' is not a date or an instant",
                        hints: ["2026-01-31, or 2026-01-31T10:00:00Z"]))
            }
            return instant
        }
        func choice<Choice: RawRepresentable<String> & CaseIterable>(_ text: String?, _ name: String) -> Choice? {
            guard let text else { return nil }
            let choice = Choice(rawValue: text)
            if choice == nil {
                let allowed = Choice.allCases.map(\.rawValue)
                problems.append(
                    Diagnostic(
                        .invalidOption, "\(name) '\(text)' is not one of \(allowed.joined(separator: ", "))",
                        hints: didYouMean(text, among: allowed)))
            }
            return choice
        }
        options.asOf = instant(asOf, "--as-of")
        options.from = instant(from, "--from")
        options.to = instant(to, "--to")
        options.allTime = allTime
        if allTime, from != nil || to != nil {
            problems.append(Diagnostic(.invalidOption, "--all-time goes without --from and --to"))
        }
        if let currency {
            options.displayCurrency = currency
            if !Currency.isWellFormed(currency) {
                problems.append(Diagnostic(.invalidOption, "--currency '\(currency)' is no ISO 4217 code, such as EUR"))
            }
        }
        options.fx = choice(fx, "--fx")
        options.revenueBasis = choice(revenueBasis, "--revenue-basis")
        options.refundDating = choice(refundDating, "--refund-dating")
        options.consentAsOf = choice(consentAsOf, "--consent-as-of")
        options.attribution = choice(attribution, "--attribution")
        options.by = by
        for text in exclude {
            let parts = text.split(separator: "=", maxSplits: 1).map { String($0) }
            if parts.count == 2 {
                options.exclusions.append(EvaluationOptions.Exclusion(name: parts[0], values: splitList(parts[1])))
            } else {
                problems.append(
                    Diagnostic(
                        .invalidOption, "--exclude '\(text)' is not name=value",
                        hints: ["such as status=returned,canceled"]))
            }
        }
        options.reports = report
        if !problems.isEmpty { throw DiagnosticList(problems) }
        return options
    }
}
