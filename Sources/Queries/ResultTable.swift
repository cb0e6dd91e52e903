package import Quantities

/// A finished answer: rows in order, formulas computed, missing buckets filled in. What every view shows.
package struct ResultTable: Codable, Hashable, Sendable {
    package var id: String
    package var title: String
    package var layout: Layout
    /// What it was computed over: the query's own window, or that of the semantics.
    package var window: Window
    /// What values of type `periods` count.
    package var period: Period
    package var dimensions: [DimensionHeader]
    package var columns: [ColumnHeader]
    package var rows: [Row]
    /// Over the whole population; nil where the query has no dimension (its one row is that already).
    package var total: Row?
    /// Tables by cohort and age: the cohorts with their sizes, in order; else empty.
    package var cohorts: [Cohort]
    /// The measure that counts the customers of cohorts; nil where none does.
    package var cohortMeasure: String?
    /// Tables by cohort and age: per age the columns over all cohorts that are old enough; else empty.
    package var ages: [AgeTotal]
    /// Sentences a reader of this table needs.
    package var notes: [String]

    /// How the line over all cohorts is called, and that of how many customers it counts.
    package static let allCohorts = "All cohorts"
    package static let counted = "counted"

    /// A cohort and how many customers it has.
    package struct Cohort: Codable, Hashable, Sendable {
        package var key: Key
        /// Nil where the query counts no buyers.
        package var customers: Int?

        package init(_ key: Key, customers: Int?) {
            self.key = key
            self.customers = customers
        }
    }

    /// One age of all cohorts together, a ratio of sums over the cohorts whose bucket of that age is over.
    package struct AgeTotal: Codable, Hashable, Sendable {
        package var age: Int
        /// How many of the table's cohorts they are: the first ones.
        package var cohorts: Int
        package var values: [Value?]
        /// Customers of those cohorts; nil where the query counts none.
        package var customers: Int?
        /// Their share of the customers of all cohorts, 0 ... 1; nil where there are none.
        package var coverage: Double?

        package init(age: Int, cohorts: Int, values: [Value?], customers: Int?, coverage: Double?) {
            self.age = age
            self.cohorts = cohorts
            self.values = values
            self.customers = customers
            self.coverage = coverage
        }
    }

    package struct DimensionHeader: Codable, Hashable, Sendable {
        package var title: String
        package var dimension: Dimension

        package init(title: String, dimension: Dimension) {
            self.title = title
            self.dimension = dimension
        }
    }

    package struct ColumnHeader: Codable, Hashable, Sendable {
        package var name: String
        package var title: String
        package var type: ValueType
        package var explanation: String
        /// The formula as it was written; nil where the column is a measure.
        package var expression: MetricExpression?
        /// Everything that the column reads is counted where the window has it (scopes `window` and `charges`), so that its
        /// course by month says how it came about. Others look at customers' whole histories.
        package var isOfWindow: Bool

        package init(
            name: String, title: String, type: ValueType, explanation: String = "", expression: MetricExpression? = nil,
            isOfWindow: Bool = true
        ) {
            self.name = name
            self.title = title
            self.type = type
            self.explanation = explanation
            self.expression = expression
            self.isOfWindow = isOfWindow
        }
    }

    package struct Row: Codable, Hashable, Sendable {
        /// One a dimension.
        package var keys: [Key]
        /// One a column; nil is null.
        package var values: [Value?]
        /// The currency of the row's money.
        package var currency: String
        /// The row's calendar bucket, or the cell's age, is not over at `as_of`, or is cut by the window.
        package var isIncomplete: Bool
        /// By the index of a column whose value is null: why, as a clause such as `Buyers is 0`.
        package var nullReasons: [Int: String]

        package init(
            keys: [Key], values: [Value?], currency: String, isIncomplete: Bool = false,
            nullReasons: [Int: String] = [:]
        ) {
            self.keys = keys
            self.values = values
            self.currency = currency
            self.isIncomplete = isIncomplete
            self.nullReasons = nullReasons
        }
    }

    /// A dimension's value with its label: `2026-01`, `5–9`, `(none)`.
    package struct Key: Codable, Hashable, Sendable {
        package var key: GroupKey
        package var label: String

        package init(_ key: GroupKey, label: String) {
            self.key = key
            self.label = label
        }
    }

    package init(
        id: String, title: String, layout: Layout, window: Window, dimensions: [DimensionHeader],
        columns: [ColumnHeader], rows: [Row], total: Row?, cohorts: [Cohort] = [], cohortMeasure: String? = nil,
        ages: [AgeTotal] = [], notes: [String] = [], period: Period = .calendar(.month)
    ) {
        self.id = id
        self.title = title
        self.layout = layout
        self.window = window
        self.period = period
        self.dimensions = dimensions
        self.columns = columns
        self.rows = rows
        self.total = total
        self.cohorts = cohorts
        self.cohortMeasure = cohortMeasure
        self.ages = ages
        self.notes = notes
    }
}

/// A computed value. Exact where it is a sum; a ratio is the nearest double.
package enum Value: Codable, Hashable, Sendable {
    case exact(ExactDecimal)
    case real(Double)

    package var double: Double {
        switch self {
        case .exact(let decimal): decimal.double
        case .real(let double): double
        }
    }
}
