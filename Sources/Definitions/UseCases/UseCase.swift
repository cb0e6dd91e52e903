package import Diagnostics
package import Quantities

/// A use case with its parameters filled in: requirements, segmentations, what a purchase is, metrics, dashboard.
package struct UseCase: Equatable, Sendable {
    package var id: Located<String>
    /// `1.0.0`
    package var version: String
    package var title: String
    package var description: String
    package var parameters: [Parameter]
    package var requirements: [Requirement]
    package var eventSegmentations: [EventSegmentationDefinition]
    package var customerSegmentations: [CustomerSegmentationDefinition]
    package var purchases: PurchasesDefinition
    package var metrics: [MetricDefinition]
    package var dashboard: DashboardDefinition?
    /// The definition as YAML with every parameter and template filled in: what assets are cut from.
    package var tree: Node
}

/// A parameter of a use case, with the value in force.
package struct Parameter: Equatable, Sendable {
    package var name: Located<String>
    package var type: Kind
    package var description: String
    /// Text as written; a list parameter has any number, the others exactly one.
    package var value: [String]
    /// Where the value comes from: `default`, `values.yaml`, `--set`.
    package var origin: String
    /// As `value`, where no value is given; nil where one has to be.
    package var defaultValue: [String]?
    /// The only values that are possible; empty where any is.
    package var allowed: [String] = []
    /// Ids of the assets that it changes, in their order; a parameter of requirements alone has none.
    package var assets: [String] = []

    package enum Kind: String, CaseIterable, Sendable {
        case text, list, number, boolean
    }
}

package enum RequirementLevel: String, CaseIterable, Sendable {
    case required, recommended, optional
}

/// Something that the project's data should hold.
package struct Requirement: Equatable, Sendable {
    package var level: RequirementLevel
    package var place: Place
    package var kind: Kind

    package enum Kind: Equatable, Sendable {
        case event(name: String, attributes: [AttributeRequirement], key: RequirementLevel?)
        case property(name: String, AttributeRequirement)
        case consent(category: String)
        /// The event's history reaches back at least that far before its newest row.
        case history(event: String, atLeast: Span)
        case sufficiency(Sufficiency)
        /// The event's newest row is not older than that when it is checked.
        case freshness(event: String, within: Span)
        /// A table of things that events name, such as products; see `catalogs` of a project.
        case catalog(name: String, attributes: [AttributeRequirement])
        /// At most that share, 0 ... 1, is in no segment: of the purchases in their present state, or of the customers.
        case remainder(segmentation: Located<String>, maximum: ExactDecimal)
        /// One of these is there: sources of the same thing. Their own levels do not count.
        case anyOf(title: String, [Requirement])
    }

    package static func == (left: Requirement, right: Requirement) -> Bool {
        left.level == right.level && left.kind == right.kind
    }
}

package struct AttributeRequirement: Equatable, Sendable {
    package var name: Located<String>
    package var level: RequirementLevel
    package var type: AttributeType
    /// Share of rows with a value, 0 ... 1.
    package var minimumCoverage: ExactDecimal?
    /// Values that are allowed; empty allows all.
    package var allowed: [String]
}

package enum AttributeType: String, CaseIterable, Sendable {
    case string, number, timestamp
}

package struct Sufficiency: Equatable, Sendable {
    /// At least that many customers with a purchase event.
    package var buyers: Int?
    /// At least `buyers` customers with that many purchases.
    package var withPurchases: WithPurchases?
    package var newestEventWithin: Span?

    package struct WithPurchases: Equatable, Sendable {
        package var atLeast: Int
        package var buyers: Int
    }
}

/// `12 months`, `30 days`
package struct Span: Hashable, Sendable, CustomStringConvertible {
    package var count: Int
    package var unit: CalendarUnit

    package init(count: Int, unit: CalendarUnit) {
        self.count = count
        self.unit = unit
    }

    package var description: String { "\(count) \(unit.rawValue)\(count == 1 ? "" : "s")" }

    /// After "the next", "the last": `12 months`, `year`.
    package var counted: String { count == 1 ? unit.rawValue : description }
}

package struct EventSegmentationDefinition: Equatable, Sendable {
    package var id: Located<String>
    package var name: Located<String>
    package var event: Located<String>
    package var segments: [SegmentDefinition]
}

package struct CustomerSegmentationDefinition: Equatable, Sendable {
    package var id: Located<String>
    package var name: Located<String>
    package var segments: [SegmentDefinition]
    package var remainder: Located<String>
}

package struct SegmentDefinition: Equatable, Sendable {
    package var name: Located<String>
    package var when: Located<Condition>
}

/// `purchases:` of a use case.
package struct PurchasesDefinition: Equatable, Sendable {
    package var event: Located<String>
    package var amount: Located<String>
    package var currency: Located<String>?
    package var success: SegmentChoice
    package var canceled: SegmentChoice?
    /// Test orders.
    package var exclude: Located<Condition>?
    /// `count` or `ignore`
    package var zeroAmount: Located<String>?
    package var refunds: Refunds?
    package var charges: Charges?

    package struct SegmentChoice: Equatable, Sendable {
        package var segmentation: Located<String>
        package var segments: [Located<String>]
    }

    package struct Refunds: Equatable, Sendable {
        package var event: Located<String>
        package var amount: Located<String>
        package var currency: Located<String>?
    }

    package struct Charges: Equatable, Sendable {
        /// Keys `first_charge`, `upsell`, `rebill`.
        package var segmentation: Located<String>
        package var firstCharge: [Located<String>]
        package var upsell: [Located<String>]
        package var rebill: [Located<String>]
        /// Attributes shared with the first charge, `subscription_id`.
        package var links: [Located<String>]
    }
}

/// One metric: a measure of the data, or a formula over other metrics.
package struct MetricDefinition: Equatable, Sendable {
    package var name: Located<String>
    package var title: String
    package var explanation: String
    package var source: Source
    /// How a formula's value is shown where its type leaves a choice: `ratio`, `number`, `periods`.
    package var unit: Located<String>?

    package enum Source: Equatable, Sendable {
        case measure(MeasureDefinition)
        case formula(Located<Expression>)
    }
}

package struct MeasureDefinition: Equatable, Sendable {
    /// `purchases`, `revenue`, ...: see `MeasureName`.
    package var kind: Located<MeasureName>
    /// `window`, `active`, `acquired`, `charges`, `history`
    package var scope: Located<String>?
    package var atLeast: Int?
    package var quantile: ExactDecimal?
    /// `first_charge`, `upsell`, `rebill`
    package var charge: Located<String>?
    package var filter: Located<Condition>?
}

/// The measures a definition may name. The raw values are the words of the language.
package enum MeasureName: String, CaseIterable, Sendable {
    case purchases
    case canceledPurchases = "canceled_purchases"
    case buyers
    case newBuyers = "new_buyers"
    case repeatBuyers = "repeat_buyers"
    case revenue
    case grossRevenue = "gross_revenue"
    case refunds
    case chargeCount = "charge_count"
    case chargeAmount = "charge_amount"
    case gapCount = "gap_count"
    case gapSum = "gap_sum"
    case gapQuantile = "gap_quantile"
    case periodBuyers = "period_buyers"
    case periodPurchases = "period_purchases"
    case retainedBuyers = "retained_buyers"
    case previousPeriodBuyers = "previous_period_buyers"
}

package struct DashboardDefinition: Equatable, Sendable {
    package var id: Located<String>
    package var name: Located<String>
    /// Metrics shown by `--by`.
    package var drillDown: [Located<String>]
    /// What readers are offered to group by, one at a time; the first is what they see first.
    package var groupings: [NamedGrouping]
    /// Attributes of the purchase by whose values readers may leave purchases out.
    package var exclusions: [NamedExclusion]
    package var reports: [ReportDefinition]
}

/// A grouping under a name that stays, whatever the data calls the attribute: `product.name`.
package struct NamedGrouping: Equatable, Sendable {
    package var name: Located<String>
    package var title: String
    package var by: Located<Grouping>
}

/// An attribute of the purchase under a name that stays: `status`.
package struct NamedExclusion: Equatable, Sendable {
    package var name: Located<String>
    package var title: String
    package var attribute: Located<String>
}

package struct ReportDefinition: Equatable, Sendable {
    package var id: Located<String>
    package var title: String
    package var kind: Kind
    package var by: [Located<Grouping>]
    package var metrics: [Located<String>]
    package var filter: Located<Condition>?
    /// Retention periods: `month` (default), `quarter`, `year`, `week`, or `28 days`.
    package var period: Located<Span>?
    /// KPI only: `previous_period`.
    package var compare: Located<String>?
    /// Forecasts only.
    package var forecast: ForecastDefinition?

    package init(
        id: Located<String>, title: String, kind: Kind, by: [Located<Grouping>] = [], metrics: [Located<String>],
        filter: Located<Condition>? = nil, period: Located<Span>? = nil, compare: Located<String>? = nil,
        forecast: ForecastDefinition? = nil
    ) {
        self.id = id
        self.title = title
        self.kind = kind
        self.by = by
        self.metrics = metrics
        self.filter = filter
        self.period = period
        self.compare = compare
        self.forecast = forecast
    }

    package enum Kind: String, CaseIterable, Sendable {
        case kpi, table, trend, cohort, distribution, tree, forecast
    }
}

/// What a forecast looks at; nil takes the default.
package struct ForecastDefinition: Equatable, Sendable {
    /// 12 months.
    package var horizon: Located<Span>?
    /// What money is worth less in a year, as written: 0.1.
    package var discountRate: Located<String>?
    /// The share of revenue that counts as value, as written: 1.
    package var margin: Located<String>?
    package var shown: Shown
    /// Of whom sums are made; the model is fitted to all.
    package var scope: CustomerScope

    /// Whose value it is.
    package enum CustomerScope: String, CaseIterable, Sendable {
        /// All customers up to `as_of`.
        case history
        /// Customers with a purchase in the window.
        case active
        /// Customers whose first purchase is in the window.
        case acquired
    }

    /// What of the forecast the report shows.
    package enum Shown: String, CaseIterable, Sendable {
        /// Expected orders and value.
        case value
        /// The forecast of the last known period beside what happened, by repeat purchases before.
        case holdout
        /// How far the model and forecasts without one were off in the last known period.
        case accuracy
        /// Repeat purchases month by month, as they were and as the model expects them.
        case tracking
        /// Customers by repeat purchases, as they are and as the model has them.
        case frequency
    }
}

/// One entry of `by:`.
package enum Grouping: Equatable, Sendable {
    case attribute(String)
    case property(String)
    /// A customer or an event segmentation; ids share one namespace.
    case segmentation(String)
    case currency
    case calendar(CalendarUnit)
    /// Cohort by first purchase and age in the same unit.
    case cohort(CalendarUnit)
    case purchaseCount([Int])
    case daysToSecondPurchase([Int])
}
