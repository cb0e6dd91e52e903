package import Definitions
package import Quantities

/// How far a forecast looks, what money then is worth today, and what it is told by.
package struct ForecastQuestion: Hashable, Sendable {
    package var horizon: Span
    /// .1 for 10 % a year: what money in a year is worth less than today.
    package var annualRate: Double
    /// The share of revenue that is counted as value; 1 is revenue itself.
    package var margin: Double
    /// How long the known period is that the model is held against; nil for as long as the horizon, or half of the history.
    package var holdout: Span?
    package var split: Split?
    /// Of whom sums are made.
    package var scope: ForecastDefinition.CustomerScope

    /// What the rows are.
    package enum Split: Hashable, Sendable {
        /// A customer segmentation's id.
        case segmentation(String)
        /// When the first purchase was.
        case cohort(CalendarUnit)
    }

    package init(
        horizon: Span = Span(count: 12, unit: .month), annualRate: Double = 0.1, margin: Double = 1,
        holdout: Span? = nil, split: Split? = nil, scope: ForecastDefinition.CustomerScope = .history
    ) {
        self.scope = scope
        self.horizon = horizon
        self.annualRate = annualRate
        self.margin = margin
        self.holdout = holdout
        self.split = split
    }
}

extension Span {
    /// The days that follow a date.
    func days(after date: CivilDate) -> Int { moved(date, 1).dayNumber - date.dayNumber }

    /// The days that a date follows.
    func days(before date: CivilDate) -> Int { date.dayNumber - moved(date, -1).dayNumber }

    private func moved(_ date: CivilDate, _ sign: Int) -> CivilDate {
        switch unit {
        case .day: date.adding(days: sign * count)
        case .week: date.adding(days: sign * count * 7)
        case .month: date.adding(months: sign * count)
        case .quarter: date.adding(months: sign * count * 3)
        case .year: date.adding(months: sign * count * 12)
        }
    }

    /// How many weeks a year has by this way of counting: twelve months are a year, and so are 52 weeks and 365 days.
    func weeksPerYear(after date: CivilDate) -> Double {
        let months: Int? =
            switch unit {
            case .day, .week: nil
            case .month: count
            case .quarter: count * 3
            case .year: count * 12
            }
        guard let months else { return unit == .week ? 52 : 365.0 / 7 }
        return Double(days(after: date)) / 7 * 12 / Double(months)
    }
}

extension ForecastQuestion {
    /// What a report of the definition asks.
    package init(_ report: ReportDefinition) {
        let forecast = report.forecast
        func number(_ text: Located<String>?) -> Double? { text.flatMap { ExactDecimal($0.value)?.double } }
        var split: Split?
        switch report.by.first?.value {
        case .segmentation(let id)?: split = .segmentation(id)
        case .cohort(let unit)?: split = .cohort(unit)
        default: break
        }
        self.init(
            horizon: forecast?.horizon?.value ?? Span(count: 12, unit: .month),
            annualRate: number(forecast?.discountRate) ?? 0.1, margin: number(forecast?.margin) ?? 1, split: split,
            scope: forecast?.scope ?? .history)
    }
}
