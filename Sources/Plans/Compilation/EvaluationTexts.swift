import Definitions
import Diagnostics
package import Quantities
import Queries

/// What a reader chose, as texts from a command line, an address or a form; nil and empty is the project's own policy.
///
/// Everything about windows and policies is read here, so that a text means the same wherever it comes from. Who asks
/// brings its own names for the choices: `--as-of` on a command line, `asOf` in an address.
package struct EvaluationTexts: Equatable, Sendable {
    package var asOf: String?
    package var from: String?
    /// Exclusive.
    package var to: String?
    package var allTime = false
    package var timezone: String?
    package var currency: String?
    package var fx: String?
    package var revenueBasis: String?
    package var refundDating: String?
    package var consentAsOf: String?
    package var attribution: String?
    package var by: [String] = []
    package var reports: [String] = []
    package var exclusions: [EvaluationOptions.Exclusion] = []

    package init() {}

    /// A choice that has a name of its own in each front end.
    package enum Choice: CaseIterable, Sendable {
        case asOf, from, to, allTime, timezone, currency, fx, revenueBasis, refundDating, consentAsOf, attribution
    }

    /// A text that means nothing.
    package struct Mistake: Error, Equatable, Sendable {
        package var choice: Choice
        /// What is wrong, after the choice's name: `'x' is not one of net, gross`.
        package var message: String
        package var hints: [String]
        /// The only texts that are possible, where there are some.
        package var allowed: [String]
    }

    /// - Parameter projectZone: the project's, in which dates without an offset are read unless `timezone` says another.
    /// - Returns: the options as far as they could be read, and all that could not.
    package func options(zone projectZone: Zone) -> (options: EvaluationOptions, mistakes: [Mistake]) {
        var mistakes: [Mistake] = []
        var options = EvaluationOptions()
        func mistake(_ choice: Choice, _ message: String, _ hints: [String], allowed: [String] = []) {
            mistakes.append(Mistake(choice: choice, message: message, hints: hints, allowed: allowed))
        }
        if let timezone {
            options.timezone = Zone(identifier: timezone)
            if options.timezone == nil {
                mistake(.timezone, "'\(timezone)' is no IANA timezone", ["such as Europe/London, UTC"])
            }
        }
        let zone = options.timezone ?? projectZone
        func instant(_ text: String?, _ choice: Choice) -> Instant? {
            guard let text else { return nil }
            let instant = Instant(iso8601: text, zone: zone)
            if instant == nil {
                mistake(choice, "'\(text)' is not a date or an instant", ["2026-01-31, or 2026-01-31T10:00:00Z"])
            }
            return instant
        }
        func word<Word: RawRepresentable<String> & CaseIterable>(_ text: String?, _ choice: Choice) -> Word? {
            guard let text else { return nil }
            let word = Word(rawValue: text)
            if word == nil {
                let allowed = Word.allCases.map(\.rawValue)
                mistake(
                    choice, "'\(text)' is not one of \(allowed.joined(separator: ", "))",
                    didYouMean(text, among: allowed), allowed: allowed)
            }
            return word
        }
        options.asOf = instant(asOf, .asOf)
        options.from = instant(from, .from)
        options.to = instant(to, .to)
        options.allTime = allTime
        if allTime, from != nil || to != nil { mistake(.allTime, "goes without a beginning and an end", []) }
        if let currency {
            options.displayCurrency = currency
            if !Currency.isWellFormed(currency) {
                mistake(.currency, "'\(currency)' is no ISO 4217 code, such as EUR", [])
            }
        }
        options.fx = word(fx, .fx)
        options.revenueBasis = word(revenueBasis, .revenueBasis)
        options.refundDating = word(refundDating, .refundDating)
        options.consentAsOf = word(consentAsOf, .consentAsOf)
        options.attribution = word(attribution, .attribution)
        options.by = by
        options.reports = reports
        options.exclusions = exclusions
        return (options, mistakes)
    }
}
