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

/// The options of every number, of reports and of forecasts: as of when, in which timezone, and what money is.
struct MoneyArguments: ParsableArguments {
    @Option(help: "Evaluate as of this instant: later events do not exist.")
    var asOf: String?

    @Option(help: ArgumentHelp("IANA timezone of days, months and bounds.", valueName: "zone"))
    var tz: String?

    @Option(help: "Display currency, ISO 4217.")
    var currency: String?

    @Option(help: "Rates by event_date or as_of.")
    var fx: String?

    @Option(help: "net or gross.")
    var revenueBasis: String?

    var texts: EvaluationTexts {
        var texts = EvaluationTexts()
        texts.asOf = asOf
        texts.timezone = tz
        texts.currency = currency
        texts.fx = fx
        texts.revenueBasis = revenueBasis
        return texts
    }
}

/// The options that choose a window and policies.
struct EvaluationArguments: ParsableArguments {
    @OptionGroup var money: MoneyArguments

    @Option(help: "Beginning of the window: a date (local midnight) or an instant.")
    var from: String?

    @Option(help: "End of the window, exclusive: a date (local midnight) or an instant.")
    var to: String?

    @Flag(help: "The window is the whole history.")
    var allTime = false

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
            ("as-of", money.asOf), ("from", from), ("to", to), ("tz", money.tz), ("currency", money.currency),
            ("fx", money.fx), ("revenue-basis", money.revenueBasis), ("refund-dating", refundDating),
            ("consent-as-of", consentAsOf),
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
    func options(zone: Zone) throws -> EvaluationOptions {
        var texts = money.texts
        texts.from = from
        texts.to = to
        texts.allTime = allTime
        texts.refundDating = refundDating
        texts.consentAsOf = consentAsOf
        texts.attribution = attribution
        texts.by = by
        texts.reports = report
        var problems: [Diagnostic] = []
        for text in exclude {
            let parts = text.split(separator: "=", maxSplits: 1).map { String($0) }
            if parts.count == 2 {
                texts.exclusions.append(EvaluationOptions.Exclusion(name: parts[0], values: splitList(parts[1])))
            } else {
                problems.append(
                    Diagnostic(
                        .invalidOption, "--exclude '\(text)' is not name=value",
                        hints: ["such as status=returned,canceled"]))
            }
        }
        return try texts.commandLineOptions(zone: zone, besides: problems)
    }
}

extension EvaluationTexts {
    /// - Parameters:
    ///   - zone: the project's, in which dates without an offset are read.
    ///   - problems: what is wrong besides.
    /// - Throws: `DiagnosticList` with all that is wrong, by the options' names.
    func commandLineOptions(zone: Zone, besides problems: [Diagnostic] = []) throws -> EvaluationOptions {
        let (options, mistakes) = options(zone: zone)
        let all =
            problems
            + mistakes.map { mistake in
                Diagnostic(.invalidOption, "\(mistake.choice.option) \(mistake.message)", hints: mistake.hints)
            }
        if !all.isEmpty { throw DiagnosticList(all) }
        return options
    }
}

extension EvaluationTexts.Choice {
    /// As it is called on the command line.
    fileprivate var option: String {
        switch self {
        case .asOf: "--as-of"
        case .from: "--from"
        case .to: "--to"
        case .allTime: "--all-time"
        case .timezone: "--tz"
        case .currency: "--currency"
        case .fx: "--fx"
        case .revenueBasis: "--revenue-basis"
        case .refundDating: "--refund-dating"
        case .consentAsOf: "--consent-as-of"
        case .attribution: "--attribution"
        }
    }
}
