package import Quantities

/// A formula as its author wrote it, over metrics: what readers are shown, and how a null is explained. Engines ignore
/// it; what is computed is the `Formula` beside it, in which every metric is replaced by its own formula.
package indirect enum MetricExpression: Codable, Hashable, Sendable {
    case number(ExactDecimal)
    case metric(Metric)
    case negate(MetricExpression)
    case binary(Operator, MetricExpression, MetricExpression)
    /// `of_total(x)`, `of_cohort(x)`, `cumulative(x)`, `share(a, b)`
    case call(String, [MetricExpression])

    package struct Metric: Codable, Hashable, Sendable {
        package var name: String
        package var title: String
        /// The metric's own expression; nil where it is a measure.
        package var expression: MetricExpression?

        package init(name: String, title: String, expression: MetricExpression? = nil) {
            self.name = name
            self.title = title
            self.expression = expression
        }
    }

    package enum Operator: String, Codable, CaseIterable, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
    }

    /// A piece of the expression for reading.
    package enum Piece: Hashable, Sendable {
        case metric(name: String, title: String)
        /// What stands between metrics, with its blanks: ` × `, `1 ÷ `, `total `.
        case text(String)
    }
}

extension MetricExpression {
    /// As in the definition: `lifetime_revenue / lifetime_buyers`.
    package var source: String {
        switch self {
        case .number(let number): return number.description
        case .metric(let metric): return metric.name
        case .negate(let inner): return "-" + (inner.isBinary ? "(\(inner.source))" : inner.source)
        case .binary(let operation, let left, let right):
            let (a, b) = (left.source, right.source)
            return (left.needsParentheses(leftOf: operation) ? "(\(a))" : a) + " \(operation.rawValue) "
                + (right.needsParentheses(rightOf: operation) ? "(\(b))" : b)
        case .call(let function, let arguments):
            return "\(function)(\(arguments.map(\.source).joined(separator: ", ")))"
        }
    }

    /// In the metrics' titles: `Average purchase value × Purchase frequency`.
    package var words: String {
        pieces.map { piece in
            switch piece {
            case .metric(_, let title): title
            case .text(let text): text
            }
        }.joined()
    }

    /// What `words` is made of, in its order; texts next to each other are one.
    package var pieces: [Piece] {
        var result: [Piece] = []
        write(to: &result)
        return result
    }

    private func write(to pieces: inout [Piece]) {
        switch self {
        case .number(let number): MetricExpression.append(number.description, to: &pieces)
        case .metric(let metric): pieces.append(.metric(name: metric.name, title: metric.title))
        case .negate(let inner):
            MetricExpression.append("−", to: &pieces)
            inner.write(to: &pieces, inParentheses: inner.isBinary)
        case .binary(let operation, let left, let right):
            MetricExpression.write(left, operation, right, to: &pieces)
        case .call("share", let arguments) where arguments.count == 2:
            MetricExpression.write(arguments[0], .divide, arguments[1], to: &pieces)
        case .call("of_total", let arguments) where arguments.count == 1:
            MetricExpression.append("total ", to: &pieces)
            arguments[0].write(to: &pieces, inParentheses: arguments[0].isBinary)
        case .call("cumulative", let arguments) where arguments.count == 1:
            MetricExpression.append("cumulative ", to: &pieces)
            arguments[0].write(to: &pieces, inParentheses: arguments[0].isBinary)
        case .call("of_cohort", let arguments) where arguments.count == 1:
            arguments[0].write(to: &pieces, inParentheses: arguments[0].isBinary)
            MetricExpression.append(" of the whole cohort", to: &pieces)
        case .call(let function, let arguments):
            MetricExpression.append(function + "(", to: &pieces)
            for (index, argument) in arguments.enumerated() {
                if index > 0 { MetricExpression.append(", ", to: &pieces) }
                argument.write(to: &pieces)
            }
            MetricExpression.append(")", to: &pieces)
        }
    }

    private func write(to pieces: inout [Piece], inParentheses: Bool) {
        if inParentheses { MetricExpression.append("(", to: &pieces) }
        write(to: &pieces)
        if inParentheses { MetricExpression.append(")", to: &pieces) }
    }

    private static func write(
        _ left: MetricExpression, _ operation: Operator, _ right: MetricExpression, to pieces: inout [Piece]
    ) {
        left.write(to: &pieces, inParentheses: left.needsParentheses(leftOf: operation))
        append(" \(operation.sign) ", to: &pieces)
        right.write(to: &pieces, inParentheses: right.needsParentheses(rightOf: operation))
    }

    private static func append(_ text: String, to pieces: inout [Piece]) {
        if case .text(let before)? = pieces.last {
            pieces[pieces.count - 1] = .text(before + text)
        } else {
            pieces.append(.text(text))
        }
    }

    /// The operator that it is read as; nil where no parentheses are ever needed.
    private var operation: Operator? {
        switch self {
        case .binary(let operation, _, _): operation
        case .call("share", let arguments) where arguments.count == 2: .divide
        default: nil
        }
    }

    private var isBinary: Bool { operation != nil }

    private func needsParentheses(leftOf other: Operator) -> Bool {
        operation.map { $0.isSum && !other.isSum } ?? false
    }

    private func needsParentheses(rightOf other: Operator) -> Bool {
        guard let operation else { return false }
        return operation.isSum ? other != .add : other == .divide || (other == .multiply && operation == .divide)
    }
}

extension MetricExpression.Operator {
    /// For reading: `+ − × ÷`.
    package var sign: String {
        switch self {
        case .add: "+"
        case .subtract: "−"
        case .multiply: "×"
        case .divide: "÷"
        }
    }

    fileprivate var isSum: Bool { self == .add || self == .subtract }
}
