package import Quantities

/// Ordered segments over one event type; the first match wins. Acts as an attribute of that event.
package struct EventSegmentation: Codable, Hashable, Sendable {
    package var id: String
    package var name: String
    package var event: String
    package var segments: [Segment]

    package init(id: String, name: String, event: String, segments: [Segment]) {
        self.id = id
        self.name = name
        self.event = event
        self.segments = segments
    }
}

/// Ordered segments over customers; the first match wins, everybody else is in the named remainder.
package struct CustomerSegmentation: Codable, Hashable, Sendable {
    package var id: String
    package var name: String
    package var segments: [Segment]
    /// The name of those who match none.
    package var remainder: String

    package init(id: String, name: String, segments: [Segment], remainder: String) {
        self.id = id
        self.name = name
        self.segments = segments
        self.remainder = remainder
    }
}

package struct Segment: Codable, Hashable, Sendable {
    package var name: String
    package var when: Predicate

    package init(name: String, when: Predicate) {
        self.name = name
        self.when = when
    }
}

/// A condition. Logic is two-valued: a comparison with a missing value is false, except `missing` and `notIn`.
package indirect enum Predicate: Codable, Hashable, Sendable {
    /// True for no conditions.
    case all([Predicate])
    /// False for no conditions.
    case any([Predicate])
    case not(Predicate)
    case test(Subject, Comparison)
}

/// What a condition looks at.
package enum Subject: Codable, Hashable, Sendable {
    /// An attribute of the event (event segmentations, filters of purchases).
    case attribute(String)
    /// A property of the customer.
    case property(String)
    /// A consent category; only with the comparison `.valid`.
    case consent(String)
    /// The customer's segment in a customer segmentation.
    case segmentation(String)
    /// The event's segment in an event segmentation.
    case eventSegmentation(String)
    /// A number of the customer's whole history up to `as_of`.
    case aggregate(Aggregate)
}

package enum Comparison: Codable, Hashable, Sendable {
    /// Text equal to one of these, byte for byte. For number subjects, equal as numbers.
    case isIn([String])
    /// Text equal to none of these; true for a missing value.
    case notIn([String])
    case startsWith(String)
    case endsWith(String)
    case contains(String)
    case atLeast(ExactDecimal)
    case greaterThan(ExactDecimal)
    case atMost(ExactDecimal)
    case lessThan(ExactDecimal)
    /// Aggregates: at most the quantile of this share over all buyers; the share is above 0 and below 1.
    ///
    /// The quantile is by nearest rank, without interpolation: the smallest value of a buyer such that at least this
    /// share of the buyers has it or less. Buyers are the customers who have a purchase that counts and the aggregate.
    /// Equal values are on one side. Without buyers it is true for nobody.
    case atMostQuantile(ExactDecimal)
    /// Aggregates: above that quantile. Where there are buyers, this or `atMostQuantile` is true for every value.
    case aboveQuantile(ExactDecimal)
    /// Instants: at or after.
    case from(Instant)
    /// Instants: strictly before.
    case before(Instant)
    case exists
    case missing
    /// The consent is given.
    case valid
}

extension Comparison {
    /// The share whose quantile it compares with; nil for every other comparison.
    package var quantile: ExactDecimal? {
        switch self {
        case .atMostQuantile(let share), .aboveQuantile(let share): share
        default: nil
        }
    }
}

/// A number of one customer over all purchases that count, up to `as_of`. Missing where there is none.
package enum Aggregate: String, Codable, CaseIterable, Sendable {
    /// Purchases that count.
    case purchases
    /// Cancelled purchases.
    case canceledPurchases = "canceled_purchases"
    /// Revenue by the evaluation's basis, in the display currency.
    case revenue
    /// Revenue divided by purchases.
    case averagePurchaseValue = "average_purchase_value"
    /// Days with fraction from the first purchase to `as_of`.
    case daysSinceFirstPurchase = "days_since_first_purchase"
    /// Days with fraction from the last purchase to `as_of`.
    case daysSinceLastPurchase = "days_since_last_purchase"
    /// Days with an order in the next twelve months, by a customer-base model.
    case expectedOrders = "expected_orders"
    /// What these amount to, discounted, in the currency of conditions.
    case expectedValue = "expected_value"
    /// The chance of no order in the next twelve months.
    case noOrderChance = "no_order_chance"

    /// It is a model's word, and not counted: an evaluation has to bring it (`Evaluation.predictions`).
    package var isPredicted: Bool {
        switch self {
        case .expectedOrders, .expectedValue, .noOrderChance: true
        default: false
        }
    }

    /// What is counted.
    package static let ofPurchases = allCases.filter { !$0.isPredicted }
}

/// What a model says of each customer, for conditions: computed before the evaluation that they are in.
package struct CustomerPredictions: Codable, Hashable, Sendable {
    /// By aggregate and position of the customer among the engine's, in millionths; `Int64.min` for none. Customers beyond
    /// the end have none.
    package var words: [Aggregate: [Int64]]
    /// Why nobody has any; nil where the model could be used.
    package var refusal: String?

    package init(words: [Aggregate: [Int64]], refusal: String?) {
        self.words = words
        self.refusal = refusal
    }

    /// A number in millionths; `Int64.min` where it has no room there.
    package static func word(_ value: Double?) -> Int64 {
        guard let value, value.isFinite, abs(value) < 9e12 else { return .min }
        return Int64((value * 1_000_000).rounded())
    }
}

extension Evaluation {
    /// Its conditions ask what a model says of customers.
    package var asksPredictions: Bool {
        customerTests.contains { test in
            if case .aggregate(let aggregate) = test.subject { aggregate.isPredicted } else { false }
        }
    }

    /// What segments of customers and filters of queries test.
    package var customerTests: [Predicate.Test] {
        (customerSegmentations.flatMap(\.segments).map(\.when) + filters).flatMap(\.tests)
    }

    /// Ids of the customer segmentations that the answer is made of: those that queries and questions about buyers name, and
    /// those that these refer to. What is missing for others is missing for nothing.
    package var askedSegmentations: Set<String> {
        var asked = filters.flatMap(\.segmentations) + buyers.flatMap(\.segmentations)
        for case .segmentation(let id) in queries.flatMap(\.groupBy) { asked.append(id) }
        return segmentations(behind: asked)
    }

    /// Ids of customer segmentations, and of those that their conditions refer to.
    package func segmentations(behind ids: [String]) -> Set<String> {
        var found: Set<String> = []
        func add(_ id: String) {
            guard found.insert(id).inserted else { return }
            for segmentation in customerSegmentations where segmentation.id == id {
                segmentation.segments.flatMap(\.when.segmentations).forEach(add)
            }
        }
        ids.forEach(add)
        return found
    }

    /// With what the answer is made of: without the segmentations that nobody names, and without the consents that are a
    /// property which no condition asks for. Consents that are events stay, as there are findings about these.
    package var askedAlone: Evaluation {
        let ids = askedSegmentations
        var asked = self
        asked.customerSegmentations.removeAll { !ids.contains($0.id) }
        let subjects = Set(asked.customerTests.map(\.subject))
        asked.consents.removeAll { consent in
            if case .property = consent.source { !subjects.contains(.consent(consent.category)) } else { false }
        }
        return asked
    }

    /// Of queries and their measures.
    private var filters: [Predicate] {
        queries.flatMap { [$0.filter] + $0.measures.map(\.filter) }.compactMap(\.self)
    }
}

extension Predicate {
    package typealias Test = (subject: Subject, comparison: Comparison)

    /// All tests, in the order in which they are written, whatever they are joined by.
    package var tests: [Test] {
        switch self {
        case .all(let parts), .any(let parts): parts.flatMap(\.tests)
        case .not(let part): part.tests
        case .test(let subject, let comparison): [(subject, comparison)]
        }
    }

    /// Ids of the customer segmentations that it refers to.
    package var segmentations: [String] {
        tests.compactMap { if case .segmentation(let id) = $0.subject { id } else { nil } }
    }
}
