package import Quantities

/// A condition as written: `{attribute: status, in: [paid]}`, `{all: [...]}`. One grammar for use cases and mappings;
/// which subjects make sense where is checked when the condition is read.
package indirect enum Condition: Equatable, Sendable {
    case all([Located<Condition>])
    case any([Located<Condition>])
    case not(Located<Condition>)
    case test(Located<Subject>, Located<Test>)

    package enum Subject: Equatable, Sendable {
        /// A column of the file being imported (mappings only).
        case column(String)
        case attribute(String)
        case property(String)
        case consent(String)
        case segmentation(String)
        /// `purchases`, `revenue`, ...: see `Queries.Aggregate`.
        case aggregate(String)
    }

    package enum Test: Equatable, Sendable {
        /// `in: [a, b]`; `equals: a` is a list of one.
        case isIn([String])
        /// `not_in`, `not_equals`
        case notIn([String])
        case startsWith(String)
        case endsWith(String)
        case contains(String)
        case atLeast(ExactDecimal)
        case greaterThan(ExactDecimal)
        case atMost(ExactDecimal)
        case lessThan(ExactDecimal)
        /// `at_most_quantile: 0.2`, for aggregates: at most the quantile of all buyers; above 0, below 1
        case atMostQuantile(ExactDecimal)
        /// `above_quantile: 0.8`, for aggregates
        case aboveQuantile(ExactDecimal)
        /// `from: 2026-01-01` (an instant or a local date), text as written
        case from(String)
        case before(String)
        /// `exists: true` / `exists: false`
        case exists(Bool)
        /// `is: valid`, for consents
        case valid
    }
}
