package import Quantities

/// What an engine returns for a query: the measures per group, before any formula.
///
/// Ratios, totals, cumulation and missing rows are made from this by `ResultTable.init(measurement:…)`, once for all
/// engines, so that engines can differ in integers only, and those are exact.
package struct Measurement: Codable, Hashable, Sendable {
    package var query: String
    /// One entry a group that has any rows; unordered.
    package var groups: [Group]
    /// Over the whole population.
    package var total: [MeasureValue]
    /// With a `.cohort` dimension: per cohort, over all ages. The key is the cohort's alone.
    package var cohorts: [Group]

    package struct Group: Codable, Hashable, Sendable {
        /// One key a dimension of the query.
        package var keys: [GroupKey]
        /// One value a measure of the query.
        package var values: [MeasureValue]

        package init(keys: [GroupKey], values: [MeasureValue]) {
            self.keys = keys
            self.values = values
        }
    }

    package init(query: String, groups: [Group], total: [MeasureValue], cohorts: [Group] = []) {
        self.query = query
        self.groups = groups
        self.total = total
        self.cohorts = cohorts
    }
}

/// A raw measure: exact.
package enum MeasureValue: Codable, Hashable, Sendable {
    case count(Int)
    /// In the display currency, or for groups of a `.currency` dimension in the group's own.
    case money(ExactDecimal)
    /// Microseconds.
    case duration(Int128)
    /// A quantile in days; nil over nothing.
    case quantile(Double?)
}

/// A group's value of one dimension.
package enum GroupKey: Codable, Hashable, Sendable {
    case text(String)
    /// The attribute or property is not there.
    case missing
    /// The number of a calendar bucket (see `CalendarUnit.index`).
    case bucket(Int)
    /// An age, or the lower bound of a class.
    case number(Int)
    /// Those in no segment, or in no class.
    case remainder

    /// Texts are the same where their bytes are: `é` as one scalar and as two are two groups, as in the data.
    package static func == (left: GroupKey, right: GroupKey) -> Bool {
        switch (left, right) {
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bucket(let a), .bucket(let b)), (.number(let a), .number(let b)): a == b
        case (.missing, .missing), (.remainder, .remainder): true
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .text(let text):
            hasher.combine(0)
            for byte in text.utf8 { hasher.combine(byte) }
        case .missing: hasher.combine(1)
        case .bucket(let index):
            hasher.combine(2)
            hasher.combine(index)
        case .number(let number):
            hasher.combine(3)
            hasher.combine(number)
        case .remainder: hasher.combine(4)
        }
    }
}

/// Everything an engine says about an evaluation.
package struct EvaluationAnswer: Codable, Hashable, Sendable {
    /// In the order of the evaluation's queries.
    package var measurements: [Measurement]
    package var quality: [QualityFinding]
    /// In the order of the evaluation's questions about buyers.
    package var buyers: [BuyerSummaries]

    package init(measurements: [Measurement], quality: [QualityFinding], buyers: [BuyerSummaries] = []) {
        self.measurements = measurements
        self.quality = quality
        self.buyers = buyers
    }
}

/// Something about the data that a reader of the numbers should know.
package struct QualityFinding: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, CaseIterable, Sendable {
        /// Purchases whose state is neither success nor cancelled; `detail` is the value of the first attribute.
        case unclassifiedPurchases = "unclassified_purchases"
        case purchasesWithoutAmount = "purchases_without_amount"
        case negativePurchases = "negative_purchases"
        /// Consent events whose action is unknown.
        case unknownConsentActions = "unknown_consent_actions"
        /// Accept without `valid_until`.
        case consentsWithoutValidity = "consents_without_validity"
        /// Refunds that name no purchase of their customer.
        case refundsWithoutPurchase = "refunds_without_purchase"
        /// Refunds that together exceed their purchase.
        case refundsAbovePurchase = "refunds_above_purchase"
        /// Conditions ask what a model says of customers, and it was refused; `detail` says why.
        case noForecast = "no_forecast"
        /// Upsells and rebills without any first charge before them.
        case chargesWithoutFirstCharge = "charges_without_first_charge"
    }

    package var kind: Kind
    package var count: Int
    package var detail: String?

    package init(_ kind: Kind, count: Int, detail: String? = nil) {
        self.kind = kind
        self.count = count
        self.detail = detail
    }
}

/// Evaluates queries: on the embedded store, on Spark.
package protocol QueryEngine: Sendable {
    /// Throws `QueryError` where the evaluation names what the data does not have, or a rate is missing.
    func answer(_ evaluation: Evaluation) throws -> EvaluationAnswer
    /// The segments of all customers at `as_of`, for each customer segmentation of the evaluation, in their order. Throws
    /// `QueryError`.
    func memberships(_ evaluation: Evaluation) throws -> [Membership]
    /// How many customers are in which segment at `as_of`, for each customer segmentation of the evaluation, in their order.
    /// Throws `QueryError`.
    func segmentCounts(_ evaluation: Evaluation) throws -> [SegmentCounts]
    /// For each customer segmentation that both evaluations have, who is where in the one and in the other. Throws
    /// `QueryError`.
    func segmentMoves(from before: Evaluation, to after: Evaluation) throws -> [SegmentMoves]
    /// The ids of customers by their positions, in that order.
    func customerIDs(_ positions: [Int32]) throws -> [String]
    /// What measures of one of the evaluation's queries are made of; all bookings are added up, the first `limit` given.
    /// Throws `QueryError`.
    func trace(
        _ evaluation: Evaluation, query: String, measures: [String], in scope: TraceScope, limit: Int
    ) throws -> QueryTrace
    /// Everything that an evaluation makes of one customer at `as_of`; nil where there is no such customer. Throws
    /// `QueryError`.
    func customer(_ id: String, in evaluation: Evaluation) throws -> CustomerTrace?
    /// What the data holds: event types, attributes, values, history.
    func profile() throws -> DataProfile
    /// What evaluations need to know of the data beforehand: as the profile, where counts and values may be left out; the
    /// names and kinds of all attributes are there, and each event's first and last instant.
    func outline() throws -> DataProfile
    /// When an attribute was first and last seen, and its numbers; nil where no row has a value.
    func evidence(event: String, attribute: String) throws -> AttributeEvidence?
    /// How many rows have a text, of an attribute of an event or, without one, of a customer property.
    func rows(of text: String, event: String?, attribute: String) throws -> Int
    /// How many purchases, in their state at `as_of`, are in no segment of an event segmentation; by id, for those of the
    /// evaluation that are over the purchase event. Test orders are left out. Throws `QueryError`.
    func remainders(_ evaluation: Evaluation) throws -> [String: SegmentRemainder]
    /// The histories of buyers alone; the evaluation's queries are not looked at.
    ///
    /// - Throws: `QueryError`, also where an amount in the sums has no rate.
    func buyerSummaries(_ evaluation: Evaluation, _ question: BuyerQuestion) throws -> BuyerSummaries
    /// The SQL that answers an evaluation, for people; nil for engines that have none. Throws `QueryError`.
    func sql(_ evaluation: Evaluation) throws -> String?
    /// Makes views of segmentations; nil for engines whose data others do not read.
    var segmentViews: (any SegmentViews)? { get }
}

extension QueryEngine {
    package func outline() throws -> DataProfile { try profile() }

    package func sql(_ evaluation: Evaluation) throws -> String? { nil }

    package var segmentViews: (any SegmentViews)? { nil }

    package func segmentCounts(_ evaluation: Evaluation) throws -> [SegmentCounts] {
        try memberships(evaluation).map(\.counts)
    }

    package func segmentMoves(from before: Evaluation, to after: Evaluation) throws -> [SegmentMoves] {
        let old = try memberships(before)
        return try memberships(after).compactMap { new in
            old.first { $0.id == new.id }.map { SegmentMoves($0, new) }
        }
    }

    package func buyerSummaries(_ evaluation: Evaluation, _ question: BuyerQuestion) throws -> BuyerSummaries {
        var evaluation = evaluation.definitionsAlone
        evaluation.buyers = [question]
        guard let summaries = try answer(evaluation).buyers.first else {
            preconditionFailure("an engine has left out what it was asked")
        }
        return summaries
    }
}

/// An evaluation that cannot be done.
package enum QueryError: Error, Hashable, Sendable {
    case unknownEvent(String, known: [String])
    case unknownAttribute(String, event: String, known: [String])
    case unknownProperty(String, known: [String])
    case unknownSegmentation(String)
    case unknownConsent(String)
    /// The attribute is text where a number is needed, or the like.
    case wrongType(attribute: String, expected: String, found: String)
    case missingRate(currency: String, date: CivilDateText, display: String)
    /// The combination is not supported; the text names it.
    case unsupported(String)
}

/// A date as ISO text, for messages.
package typealias CivilDateText = String
