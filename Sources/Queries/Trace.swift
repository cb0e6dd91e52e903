package import Quantities

/// What the measures of a query are made of in one group: each booking with what it adds. The sum of what all of them add
/// is what `answer` says of the group, to the last digit; quantiles alone have no sum.
package struct QueryTrace: Codable, Hashable, Sendable {
    /// The measures that were traced, in the order of the query.
    package var measures: [String]
    /// In the order of the engine's customers, of each by time; the first ones where they are many.
    package var bookings: [TracedBooking]
    /// All bookings, and the customers that they are of.
    package var count: Int
    package var customers: Int
    /// By measure, over all bookings; nil for quantiles.
    package var totals: [MeasureValue?]
    /// By measure, the bookings that add to it, and the customers that these are of.
    package var adding: [Adding]

    /// How many bookings add to a measure.
    package struct Adding: Codable, Hashable, Sendable {
        package var bookings: Int
        package var customers: Int

        package init(bookings: Int, customers: Int) {
            self.bookings = bookings
            self.customers = customers
        }
    }

    package init(
        measures: [String], bookings: [TracedBooking] = [], count: Int = 0, customers: Int = 0,
        totals: [MeasureValue?], adding: [Adding]
    ) {
        self.adding = adding
        self.measures = measures
        self.bookings = bookings
        self.count = count
        self.customers = customers
        self.totals = totals
    }
}

/// Which bookings of a query are traced.
package enum TraceScope: Codable, Hashable, Sendable {
    /// All that the query looks at: its total.
    case everything
    /// One row, by a key for each dimension.
    case group([GroupKey])
    /// Some cohorts of a query by cohort and age.
    case cohorts([GroupKey], CohortAges)
}

/// Which part of cohorts' lives.
package enum CohortAges: Codable, Hashable, Sendable {
    /// All of them: each customer counts once.
    case all
    case only(Int)
    /// Up to and with an age, each age by itself: the sum of what the ages have.
    case upTo(Int)
}

/// A purchase as of the evaluation, or what was given back on one.
package struct TracedBooking: Codable, Hashable, Sendable {
    package var customer: String
    package var purchase: TracedPurchase
    package var kind: Kind
    /// When it is booked: the purchase's first event, or by the dating policy the refund's.
    package var bookedAt: Instant
    /// What is added to revenue, negative for what is given back: in the currency it was booked in, and converted; nil
    /// where there is no rate.
    package var amount: ExactDecimal
    package var currency: String
    package var converted: ExactDecimal?
    /// By measure of the trace; nil where it adds nothing.
    package var adds: [MeasureValue?]

    /// What is booked.
    package enum Kind: String, Codable, Sendable {
        case purchase, refund
    }

    package init(
        customer: String, purchase: TracedPurchase, kind: Kind, bookedAt: Instant, amount: ExactDecimal,
        currency: String, converted: ExactDecimal?, adds: [MeasureValue?]
    ) {
        self.customer = customer
        self.purchase = purchase
        self.kind = kind
        self.bookedAt = bookedAt
        self.amount = amount
        self.currency = currency
        self.converted = converted
        self.adds = adds
    }
}

/// A purchase and how it stands.
package struct TracedPurchase: Codable, Hashable, Sendable {
    /// What the purchase is worth for counts and sums.
    package enum Standing: String, Codable, Sendable {
        case counted
        /// In the revenue, and no purchase for counts: below zero, or zero where that is ignored.
        case uncounted
        case canceled
        case unclassified
    }

    /// Its key; nil for rows without one.
    package var key: String?
    /// Of its first event.
    package var at: Instant
    package var standing: Standing
    /// The segment of its present state in the success segmentation; nil for none.
    package var segment: String?

    package init(key: String?, at: Instant, standing: Standing, segment: String?) {
        self.key = key
        self.at = at
        self.standing = standing
        self.segment = segment
    }
}

/// One customer with everything that an evaluation makes of them.
package struct CustomerTrace: Codable, Hashable, Sendable {
    package var customer: String
    /// Properties with a value, as text, in the order of the data.
    package var properties: [Property]
    package var purchases: [Purchase]
    /// Of successful purchases.
    package var refunds: [TracedBooking]
    /// Rows of test orders, which are in nothing else.
    package var excluded: Int
    /// By aggregate, where there is a value.
    package var aggregates: [Aggregate: Value]
    /// The segment by customer segmentation.
    package var segments: [String: String]
    package var consents: [Consent]

    /// A property as text.
    package struct Property: Codable, Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A purchase with all that its state is made from; test orders are not among them.
    package struct Purchase: Codable, Hashable, Sendable {
        package var booking: TracedBooking
        package var charge: ChargeKind?
        /// All rows of it up to `as_of`, the newest last: what the state is made from.
        package var states: [State]

        package init(booking: TracedBooking, charge: ChargeKind?, states: [State]) {
            self.booking = booking
            self.charge = charge
            self.states = states
        }
    }

    /// One row of a purchase.
    package struct State: Codable, Hashable, Sendable {
        package var at: Instant
        /// The attribute that the success segmentation looks at; nil where it looks at several, or there is no value.
        package var text: String?

        package init(at: Instant, text: String?) {
            self.at = at
            self.text = text
        }
    }

    /// A consent at `as_of`, and how it came about.
    package struct Consent: Codable, Hashable, Sendable {
        package var category: String
        package var isGiven: Bool
        /// The property that it is, with an empty value where the customer has none; nil for events.
        package var property: Property?
        /// In order of time, up to `as_of`.
        package var events: [Event]

        /// A consent event as it was imported.
        package struct Event: Codable, Hashable, Sendable {
            package var at: Instant
            package var action: String?
            package var validUntil: String?

            package init(at: Instant, action: String?, validUntil: String?) {
                self.at = at
                self.action = action
                self.validUntil = validUntil
            }
        }

        package init(category: String, isGiven: Bool, property: Property?, events: [Event]) {
            self.category = category
            self.isGiven = isGiven
            self.property = property
            self.events = events
        }
    }

    package init(
        customer: String, properties: [Property], purchases: [Purchase], refunds: [TracedBooking], excluded: Int,
        aggregates: [Aggregate: Value], segments: [String: String], consents: [Consent]
    ) {
        self.customer = customer
        self.properties = properties
        self.purchases = purchases
        self.refunds = refunds
        self.excluded = excluded
        self.aggregates = aggregates
        self.segments = segments
        self.consents = consents
    }
}
