package import Quantities

/// Arithmetic as written in `formula:` and `expression:`. One grammar:
///
///     expression := term (("+" | "-") term)*
///     term       := factor (("*" | "/") factor)*
///     factor     := "-" factor | number | name | "`" any text "`" | function "(" expression ("," expression)* ")"
///                 | "(" expression ")"
///
/// A name is a letter or `_` followed by letters, digits, `_` and `.`; anything else is put between backticks.
package indirect enum Expression: Equatable, Sendable {
    case number(ExactDecimal)
    case name(Located<String>)
    case negate(Located<Expression>)
    case binary(Operator, Located<Expression>, Located<Expression>)
    /// `of_total(x)`, `of_cohort(x)`, `cumulative(x)`, `share(a, b)`; which functions exist depends on the use.
    case call(Located<String>, [Located<Expression>])

    package enum Operator: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
    }
}
