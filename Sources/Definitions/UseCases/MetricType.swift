/// The type of a metric's value: decides which arithmetic makes sense, and how it is shown.
package enum MetricType: String, CaseIterable, Sendable {
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

    /// In messages: `a count`.
    var phrase: String {
        switch self {
        case .money: "money"
        case .count: "a count"
        case .ratio: "a ratio"
        case .number: "a number"
        case .duration: "a duration"
        case .periods: "a number of periods"
        }
    }
}

extension MeasureName {
    /// The type of the measure's value.
    package var type: MetricType {
        switch self {
        case .revenue, .grossRevenue, .refunds, .chargeAmount: .money
        case .gapSum, .gapQuantile: .duration
        case .purchases, .canceledPurchases, .buyers, .newBuyers, .repeatBuyers, .chargeCount, .gapCount, .periodBuyers,
            .periodPurchases, .retainedBuyers, .previousPeriodBuyers:
            .count
        }
    }
}

extension UseCase {
    /// The type of every metric, by name.
    package var types: [String: MetricType] { MetricTyping(metrics).types }
}
