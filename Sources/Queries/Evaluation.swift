package import Quantities

/// Everything an engine needs to answer a set of queries in one go: what a purchase is, which segments there are, under
/// which policies numbers are made, and what is asked. Plain data: no closures, no engine types, serialisable.
///
/// The SQL that an evaluation stands for, with one CTE a stage:
///
///     purchases  AS (newest state of each purchase key not after as_of, classified by the purchase definition)
///     postings   AS (amounts with the instant they are booked on: orders, and refunds by the dating policy)
///     quantiles  AS (percentile_disc of aggregates over all buyers, where conditions name them)
///     customers  AS (first and last purchase, aggregates, consent states, segments: GROUP BY customer)
///     SELECT <dimensions>, <measures> FROM postings JOIN customers USING (customer)
///     WHERE <scope and filter> GROUP BY GROUPING SETS ((<dimensions>), (<cohort>), ())
package struct Evaluation: Codable, Hashable, Sendable {
    package var semantics: Semantics
    package var purchases: PurchaseDefinition
    package var consents: [ConsentDefinition]
    package var eventSegmentations: [EventSegmentation]
    package var customerSegmentations: [CustomerSegmentation]
    package var queries: [Query]
    /// What is asked of the histories of buyers, which models are fitted to.
    package var buyers: [BuyerQuestion]
    /// What a model says of customers, where conditions ask that; nil before it was asked.
    package var predictions: CustomerPredictions?

    package init(
        semantics: Semantics, purchases: PurchaseDefinition, consents: [ConsentDefinition] = [],
        eventSegmentations: [EventSegmentation] = [], customerSegmentations: [CustomerSegmentation] = [],
        queries: [Query], buyers: [BuyerQuestion] = []
    ) {
        self.semantics = semantics
        self.purchases = purchases
        self.consents = consents
        self.eventSegmentations = eventSegmentations
        self.customerSegmentations = customerSegmentations
        self.queries = queries
        self.buyers = buyers
    }

    /// The same definitions, of which nothing is asked.
    package var definitionsAlone: Evaluation {
        var alone = self
        (alone.queries, alone.buyers) = ([], [])
        return alone
    }
}

/// The policies under which numbers are made; every result echoes them.
package struct Semantics: Codable, Hashable, Sendable {
    /// Events after this instant do not exist.
    package var asOf: Instant
    /// The reporting window; a query may have its own.
    package var window: Window
    /// IANA name; calendar buckets and date-only bounds are local to it.
    package var timezone: String
    /// ISO 4217; sums over several currencies are converted to it.
    package var displayCurrency: String
    /// The currency of amounts that name none.
    package var defaultCurrency: String
    package var fx: FXPolicy
    package var rates: RateTable
    /// What conditions on customers' revenue are in, with the rates into it: the project's own display currency, so that
    /// nobody changes segments by looking at another currency.
    package var segmentCurrency: String
    package var segmentRates: RateTable
    package var revenueBasis: RevenueBasis
    package var refundDating: RefundDating
    package var consentAsOf: ConsentAsOf
    package var attribution: Attribution

    package init(
        asOf: Instant, window: Window, timezone: String = "UTC", displayCurrency: String,
        defaultCurrency: String? = nil,
        fx: FXPolicy = .eventDate, rates: RateTable = RateTable(), segmentCurrency: String? = nil,
        segmentRates: RateTable? = nil, revenueBasis: RevenueBasis = .net,
        refundDating: RefundDating = .order, consentAsOf: ConsentAsOf = .now, attribution: Attribution = .anchored
    ) {
        self.asOf = asOf
        self.window = window
        self.timezone = timezone
        self.displayCurrency = displayCurrency
        self.defaultCurrency = defaultCurrency ?? displayCurrency
        self.fx = fx
        self.rates = rates
        self.segmentCurrency = segmentCurrency ?? displayCurrency
        self.segmentRates = segmentRates ?? rates
        self.revenueBasis = revenueBasis
        self.refundDating = refundDating
        self.consentAsOf = consentAsOf
        self.attribution = attribution
    }
}

package enum FXPolicy: String, Codable, CaseIterable, Sendable {
    /// The rate of the local date on which the amount is booked.
    case eventDate = "event_date"
    /// The newest rate not after `as_of`, for every amount.
    case asOf = "as_of"
}

package enum RevenueBasis: String, Codable, CaseIterable, Sendable {
    /// Successful purchases minus refunds.
    case net
    /// Successful purchases before refunds.
    case gross
}

package enum RefundDating: String, Codable, CaseIterable, Sendable {
    /// Booked on the order's date.
    case order
    /// Booked on the refund's own date.
    case refund
}

package enum ConsentAsOf: String, Codable, CaseIterable, Sendable {
    /// The state at `as_of`.
    case now
    /// The state at each purchase.
    case atPurchase = "at_purchase"
}

package enum Attribution: String, Codable, CaseIterable, Sendable {
    /// The window's first charges with everything that belongs to them, grouped by the first charge.
    case anchored
    /// Every charge by its own date and dimensions.
    case period
}
