import Diagnostics
package import Quantities
import Queries

/// How far a forecast looks, what money then is worth today, and what it is told by.
package struct ForecastQuestion: Hashable, Sendable {
    package var horizon: Length
    /// .1 for 10 % a year: what money in a year is worth less than today.
    package var annualRate: Double
    /// The share of revenue that is counted as value; 1 is revenue itself.
    package var margin: Double
    /// How long the known period is that the model is held against; nil for as long as the horizon, or half of the history.
    package var holdout: Length?
    package var split: Split?

    /// A length of time.
    package enum Length: Hashable, Sendable {
        case days(Int)
        case weeks(Int)
        case months(Int)
    }

    /// What the rows are.
    package enum Split: Hashable, Sendable {
        /// A customer segmentation's id.
        case segmentation(String)
        /// When the first purchase was.
        case cohort(CalendarUnit)
    }

    package init(
        horizon: Length = .months(12), annualRate: Double = 0.1, margin: Double = 1, holdout: Length? = nil,
        split: Split? = nil
    ) {
        self.horizon = horizon
        self.annualRate = annualRate
        self.margin = margin
        self.holdout = holdout
        self.split = split
    }
}

extension ForecastQuestion.Length {
    /// `12 months`, `52 weeks`, `90 days`, also `12m`, `52w`, `90d`; nil for anything else, and for less than one.
    package init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), count > 0, count <= 4_000 else { return nil }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        switch unit {
        case "d", "day", "days": self = .days(count)
        case "w", "week", "weeks": self = .weeks(count)
        case "m", "month", "months": self = .months(count)
        default: return nil
        }
    }

    /// `12 months`
    package var words: String {
        let (count, unit) =
            switch self {
            case .days(let count): (count, "day")
            case .weeks(let count): (count, "week")
            case .months(let count): (count, "month")
            }
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }

    /// The days that follow a date; negative months and weeks lie before it.
    func days(after date: CivilDate) -> Int {
        switch self {
        case .days(let count): count
        case .weeks(let count): count * 7
        case .months(let count): date.adding(months: count).dayNumber - date.dayNumber
        }
    }

    /// The days that a date follows.
    func days(before date: CivilDate) -> Int {
        switch self {
        case .months(let count): date.dayNumber - date.adding(months: -count).dayNumber
        default: days(after: date)
        }
    }

    /// How many weeks a year has by this way of counting: twelve months are a year, and so are 52 weeks and 365 days.
    func weeksPerYear(after date: CivilDate) -> Double {
        switch self {
        case .days: 365.0 / 7
        case .weeks: 52
        case .months(let count): Double(days(after: date)) / 7 * 12 / Double(count)
        }
    }
}
