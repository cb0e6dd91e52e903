package import Quantities
package import Queries

/// What a reader chose for one evaluation; everything left nil is the project's own policy.
package struct EvaluationOptions: Sendable {
    package var asOf: Instant?
    package var from: Instant?
    /// Exclusive.
    package var to: Instant?
    /// The window is everything up to `as_of`.
    package var allTime = false
    package var timezone: Zone?
    package var displayCurrency: String?
    package var fx: FXPolicy?
    package var revenueBasis: RevenueBasis?
    package var refundDating: RefundDating?
    package var consentAsOf: ConsentAsOf?
    package var attribution: Attribution?
    /// Drill-down: one of the dashboard's named groupings, a customer property, an attribute of the purchase, a
    /// segmentation, a calendar unit, `currency`.
    package var by: [String] = []
    /// Nothing but the table of the drill-down; without a dimension in `by`, its total alone.
    package var isDrillDownOnly = false
    /// The table of the drill-down beside all reports, not in their place.
    package var isDrillDownAdded = false
    /// The metrics of the drill-down; empty for those of the dashboard.
    package var metrics: [String] = []
    package var exclusions: [Exclusion] = []
    /// Only these reports; empty for all.
    package var reports: [String] = []

    package init() {}

    /// Purchases that are left out as if they had never been: first purchases, refunds and charges are looked for among
    /// the others.
    package struct Exclusion: Hashable, Sendable {
        /// One of the dashboard's exclusions.
        package var name: String
        /// A purchase whose attribute has one of these, in its newest state, is left out.
        package var values: [String]

        package init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }
}

/// What the data says about time: the span that default windows are made of.
package struct DataSpan: Sendable {
    /// The oldest event; nil for an empty store.
    package var first: Instant?
    /// The newest event.
    package var last: Instant?

    package init(first: Instant?, last: Instant?) {
        self.first = first
        self.last = last
    }
}

extension Window {
    /// The twelve months that end with `as_of`, by the zone's wall clock.
    package static func twelveMonths(upTo asOf: Instant, in zone: Zone) -> Window {
        twelveMonths(endingAt: asOf.successor, in: zone)
    }

    /// The twelve months before an instant, by the zone's wall clock.
    package static func twelveMonths(endingAt end: Instant, in zone: Zone) -> Window {
        let start = zone.instant(of: zone.date(at: end).adding(months: -12), timeOfDay: zone.timeOfDay(at: end))
        return Window(from: start, to: end)
    }

    /// The window of the same length that ends where this one begins: as many months for whole months, as many days
    /// for whole days, as much time otherwise.
    package func previous(in zone: Zone) -> Window {
        let (start, end) = (zone.date(at: from), zone.date(at: to))
        let (startTime, endTime) = (zone.timeOfDay(at: from), zone.timeOfDay(at: to))
        if startTime == endTime {
            let months = end.monthNumber - start.monthNumber
            if months > 0, start.adding(months: months) == end {
                return Window(from: zone.instant(of: start.adding(months: -months), timeOfDay: startTime), to: from)
            }
            let days = end.dayNumber - start.dayNumber
            if days > 0 {
                return Window(from: zone.instant(of: start.adding(days: -days), timeOfDay: startTime), to: from)
            }
        }
        return Window(
            from: Instant(microseconds: from.microseconds - (to.microseconds - from.microseconds)), to: from)
    }
}
