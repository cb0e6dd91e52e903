package import Queries

/// One small chart: what is drawn, before any coordinates. All its series share one scale and one type.
package struct Chart: Hashable, Sendable {
    package enum Mark: String, Hashable, Sendable {
        /// From zero, one series.
        case bar
        /// Broken at nulls, each labelled at its end.
        case line
    }

    /// A place on the horizontal axis.
    package struct Category: Hashable, Sendable {
        /// The whole label: `2026-01`.
        package var label: String
        /// What stands on the axis: `Jan`.
        package var short: String
        /// What several neighbours have in common, written once below: `2026`; empty where there is none.
        package var group: String
        package var isIncomplete: Bool

        package init(label: String, short: String, group: String = "", isIncomplete: Bool = false) {
            self.label = label
            self.short = short
            self.group = group
            self.isIncomplete = isIncomplete
        }
    }

    package struct Series: Hashable, Sendable {
        package var title: String
        /// One a category; nil is a gap.
        package var values: [Double?]
        /// The values for reading.
        package var labels: [String]

        package init(title: String, values: [Double?], labels: [String]) {
            self.title = title
            self.values = values
            self.labels = labels
        }
    }

    /// Unique on the page, letters, digits and `-`.
    package var id: String
    package var title: String
    /// What the chart shows, for those who do not see it.
    package var description: String
    package var mark: Mark
    package var categories: [Category]
    package var series: [Series]
    package var type: ValueType
    package var currency: String

    package init(
        id: String, title: String, description: String, mark: Mark, categories: [Category], series: [Series],
        type: ValueType, currency: String
    ) {
        self.id = id
        self.title = title
        self.description = description
        self.mark = mark
        self.categories = categories
        self.series = series
        self.type = type
        self.currency = currency
    }

    /// Nothing to draw.
    package var isEmpty: Bool { !series.contains { $0.values.contains { $0?.isFinite == true } } }
}
