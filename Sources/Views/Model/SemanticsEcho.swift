package import Queries

/// The policies under which a result was made, and where it comes from, in words: every output carries them.
package struct SemanticsEcho: Sendable {
    package struct Entry: Hashable, Sendable {
        package var title: String
        package var value: String
    }

    /// Every policy, in a fixed order.
    package let entries: [Entry]
    /// The wall clock of the result's timezone.
    package let times: Times
    /// `2026-01-01 – 2026-12-31`; for headings.
    package let window: String
    /// `2026-12-31 23:59`; for headings.
    package let asOf: String

    package init(_ result: DashboardResult) {
        let semantics = result.semantics
        times = Times(timezone: semantics.timezone)
        window = times.short(semantics.window)
        asOf = times.short(semantics.asOf)
        let rates = semantics.rates.rates.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        entries = [
            Entry(title: "Window", value: times.display(semantics.window)),
            Entry(title: "As of", value: times.display(semantics.asOf)),
            Entry(title: "Timezone", value: semantics.timezone),
            Entry(title: "Display currency", value: semantics.displayCurrency),
            Entry(title: "Default currency", value: semantics.defaultCurrency),
            Entry(title: "Exchange rates", value: SemanticsEcho.words(semantics.fx)),
            Entry(title: "Rates for", value: rates.isEmpty ? "no other currency" : rates.joined(separator: ", ")),
            Entry(title: "Revenue basis", value: SemanticsEcho.words(semantics.revenueBasis)),
            Entry(title: "Refunds booked", value: SemanticsEcho.words(semantics.refundDating)),
            Entry(title: "Consent as of", value: SemanticsEcho.words(semantics.consentAsOf)),
            Entry(title: "Attribution", value: SemanticsEcho.words(semantics.attribution)),
            Entry(title: "Definition", value: result.definition),
            Entry(title: "Data generation", value: result.generation),
        ]
    }

    /// The policies that decide most, in a few words each.
    package static func policies(_ semantics: Semantics) -> [String] {
        let attribution = semantics.attribution == .anchored ? "anchored attribution" : "attribution by period"
        return [
            "\(semantics.revenueBasis.rawValue) revenue", "refunds \(words(semantics.refundDating))",
            "rates \(words(semantics.fx))", "consents \(words(semantics.consentAsOf))", attribution,
        ]
    }

    private static func words(_ policy: FXPolicy) -> String {
        switch policy {
        case .eventDate: "of the event's date"
        case .asOf: "of the as-of date"
        }
    }

    private static func words(_ basis: RevenueBasis) -> String {
        switch basis {
        case .net: "net: successful purchases minus refunds"
        case .gross: "gross: successful purchases before refunds"
        }
    }

    private static func words(_ dating: RefundDating) -> String {
        switch dating {
        case .order: "on the order's date"
        case .refund: "on their own date"
        }
    }

    private static func words(_ consent: ConsentAsOf) -> String {
        switch consent {
        case .now: "as of now"
        case .atPurchase: "as of each purchase"
        }
    }

    private static func words(_ attribution: Attribution) -> String {
        switch attribution {
        case .anchored: "anchored: every charge counts with its first charge"
        case .period: "period: every charge counts by its own date"
        }
    }
}
