package import Quantities

/// One question: which purchases, grouped by what, measured how, and what is computed from the measures.
package struct Query: Codable, Hashable, Sendable {
    /// Unique within the evaluation; names the result.
    package var id: String
    package var title: String
    /// The query's own window; nil takes that of the semantics.
    package var window: Window?
    /// Which purchases are looked at, after the scope of each measure is applied.
    package var filter: Predicate?
    package var groupBy: [Dimension]
    package var measures: [Measure]
    package var columns: [Column]
    /// Buckets of retention, churn, lifespan and frequency.
    package var period: Period
    package var layout: Layout

    package init(
        id: String, title: String = "", window: Window? = nil, filter: Predicate? = nil, groupBy: [Dimension] = [],
        measures: [Measure], columns: [Column], period: Period = .calendar(.month), layout: Layout = .table
    ) {
        self.id = id
        self.title = title
        self.window = window
        self.filter = filter
        self.groupBy = groupBy
        self.measures = measures
        self.columns = columns
        self.period = period
        self.layout = layout
    }
}

/// How a view shows the result; engines ignore it.
package enum Layout: String, Codable, CaseIterable, Sendable {
    case kpi, table, trend, cohort, distribution, tree, forecast
}

/// The length of a period of retention.
package enum Period: Codable, Hashable, Sendable {
    case calendar(CalendarUnit)
    /// Runs of that many local days; one of them ends where the window ends.
    case days(Int)

    /// The least number of days that such a period has. A period is grouped under the calendar bucket of its first day,
    /// so buckets may not be shorter.
    package var days: Int {
        switch self {
        case .days(let count): count
        case .calendar(.day): 1
        case .calendar(.week): 7
        case .calendar(.month): 28
        case .calendar(.quarter): 90
        case .calendar(.year): 365
        }
    }
}

/// Which purchases a measure adds up.
package enum Scope: String, Codable, CaseIterable, Sendable {
    /// Booked in the window.
    case window
    /// Everything up to `as_of` of the customers with at least one purchase in the window.
    case active
    /// Everything up to `as_of` of the customers whose first purchase is in the window.
    case acquired
    /// The window's first charges and all charges that belong to them, under the first charge's dimensions;
    /// with `attribution: period` the same as `window`.
    case charges
    /// Everything up to `as_of`.
    case history
}

/// What rows are grouped by.
package enum Dimension: Codable, Hashable, Sendable {
    /// An attribute of the purchase's state row.
    case attribute(String)
    case property(String)
    /// The customer's segment.
    case segmentation(String)
    /// The purchase's segment in an event segmentation.
    case eventSegmentation(String)
    /// The purchase's currency; each row's money is in that currency, the total in the display currency.
    case currency
    /// The bucket of the instant on which the amount is booked.
    case calendar(CalendarUnit)
    /// The bucket of the customer's first purchase.
    case cohort(CalendarUnit)
    /// Buckets between the cohort and the booking: 0, 1, 2, ... Only together with `.cohort` of the same unit.
    case age(CalendarUnit)
    /// The customer's number of purchases in the measure's scope, in classes that begin at these numbers (ascending,
    /// the first is 1); the last class is open.
    case purchaseCount(classes: [Int])
    /// Days from the customer's first to the second purchase ever, in classes that begin at these numbers (the first
    /// is 0); the last class is open, customers with one purchase are in the remainder.
    case daysToSecondPurchase(classes: [Int])

    /// All purchases of a customer are in one group, at least with the consents of one instant.
    package var isOfCustomers: Bool {
        switch self {
        case .property, .segmentation, .cohort, .purchaseCount, .daysToSecondPurchase: true
        case .attribute, .eventSegmentation, .currency, .calendar, .age: false
        }
    }
}

/// A number that is added up per group.
package struct Measure: Codable, Hashable, Sendable {
    /// Unique within the query.
    package var name: String
    package var kind: Kind
    package var scope: Scope
    /// Narrows the query's filter for this measure.
    package var filter: Predicate?

    package init(_ name: String, _ kind: Kind, scope: Scope = .window, filter: Predicate? = nil) {
        self.name = name
        self.kind = kind
        self.scope = scope
        self.filter = filter
    }

    package enum Kind: Codable, Hashable, Sendable {
        /// Purchases that count.
        case purchases
        case canceledPurchases
        /// Distinct customers with at least one purchase that counts.
        case buyers
        /// Buyers whose first purchase ever is in the scope and the group.
        case newBuyers
        /// Buyers with at least that many purchases in the scope, whatever the group.
        case repeatBuyers(atLeast: Int)
        /// By the evaluation's revenue basis.
        case revenue
        /// Successful before refunds.
        case grossRevenue
        /// Positive amount given back on successful purchases.
        case refunds
        case chargeCount(ChargeKind)
        case chargeAmount(ChargeKind)
        /// Pairs of consecutive purchases of one customer. A pair belongs to its later purchase; the earlier one may
        /// lie before the window.
        case gapCount
        /// Sum of the gaps' lengths.
        case gapSum
        /// Exact quantile with linear interpolation at (n - 1) * p, in days.
        case gapQuantile(Double)
        /// Over the complete periods P inside the window: buyers in P, summed over P.
        case periodBuyers
        /// Purchases in complete periods inside the window.
        case periodPurchases
        /// Over complete periods P: buyers in both P - 1 and P.
        case retainedBuyers
        /// Over complete periods P: buyers in P - 1.
        case previousPeriodBuyers
    }
}

extension Measure.Kind {
    /// The type of the measure's value.
    package var type: ValueType {
        switch self {
        case .revenue, .grossRevenue, .refunds, .chargeAmount: .money
        case .gapSum, .gapQuantile: .duration
        default: .count
        }
    }

    /// It counts over retention periods.
    package var isOfPeriods: Bool {
        switch self {
        case .periodBuyers, .periodPurchases, .retainedBuyers, .previousPeriodBuyers: true
        default: false
        }
    }

    /// It needs a purchase definition with charges.
    package var isOfCharges: Bool {
        switch self {
        case .chargeCount, .chargeAmount: true
        default: false
        }
    }
}

/// One column of the result: a formula over the query's measures.
package struct Column: Codable, Hashable, Sendable {
    package var name: String
    package var title: String
    package var formula: Formula
    package var type: ValueType
    /// How the number is computed, in words, for the reader.
    package var explanation: String
    /// The formula as it was written; nil where the column is a measure, or nobody wrote it.
    package var expression: MetricExpression?

    package init(
        _ name: String, title: String? = nil, _ formula: Formula, type: ValueType, explanation: String = "",
        expression: MetricExpression? = nil
    ) {
        self.name = name
        self.title = title ?? name
        self.formula = formula
        self.type = type
        self.explanation = explanation
        self.expression = expression
    }
}

/// The type of a value: decides arithmetic and formatting.
package enum ValueType: String, Codable, CaseIterable, Sendable {
    case money
    case count
    /// A share of one, shown in per cent.
    case ratio
    /// A plain number, such as purchases per buyer.
    case number
    /// Days with fraction.
    case duration
    /// A number of retention periods.
    case periods
}

/// Arithmetic over the measures of a row, or of the group the row belongs to. A division by 0, and anything computed
/// from null, is null.
package indirect enum Formula: Codable, Hashable, Sendable {
    case measure(String)
    case number(ExactDecimal)
    case add(Formula, Formula)
    case subtract(Formula, Formula)
    case multiply(Formula, Formula)
    case divide(Formula, Formula)
    /// The formula over the measures of all rows together.
    case ofTotal(Formula)
    /// The formula over the measures of the row's whole cohort.
    case ofCohort(Formula)
    /// The sum of a measure along the ages of the row's cohort, up to and with the row's.
    case cumulative(String)
}

extension Formula {
    /// Names of the measures it reads.
    package var measures: Set<String> {
        switch self {
        case .measure(let name), .cumulative(let name): [name]
        case .number: []
        case .add(let a, let b), .subtract(let a, let b), .multiply(let a, let b), .divide(let a, let b):
            a.measures.union(b.measures)
        case .ofTotal(let inner), .ofCohort(let inner): inner.measures
        }
    }

    /// Names of the measures that it adds up along the ages.
    var cumulated: Set<String> {
        switch self {
        case .cumulative(let name): [name]
        case .number, .measure: []
        case .add(let a, let b), .subtract(let a, let b), .multiply(let a, let b), .divide(let a, let b):
            a.cumulated.union(b.cumulated)
        case .ofTotal(let inner), .ofCohort(let inner): inner.cumulated
        }
    }
}
