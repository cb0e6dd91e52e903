import Definitions
import Diagnostics
import Quantities

/// Exact arithmetic over columns, compiled.
indirect enum ColumnExpression: Sendable {
    case number(ExactDecimal)
    case column(Int)
    case negate(ColumnExpression)
    case binary(Expression.Operator, ColumnExpression, ColumnExpression)

    /// The value; nil where an operand is missing. Throws `RowProblem` where an operand is no number or the result
    /// is not exact.
    func value(_ record: Record, _ reading: NumberReading) throws(RowProblem) -> ExactDecimal? {
        switch self {
        case .number(let value):
            return value
        case .column(let column):
            return try reading.number(record, column)
        case .negate(let operand):
            guard let value = try operand.value(record, reading) else { return nil }
            // The only number that has no negative is one that no text gives.
            guard let result = value.times(ExactDecimal(-1)) else {
                throw RowProblem(.importArithmetic, "-\(value) is not exact: it has more digits than 36")
            }
            return result
        case .binary(let operation, let left, let right):
            guard let a = try left.value(record, reading), let b = try right.value(record, reading) else { return nil }
            let result =
                switch operation {
                case .add: a.plus(b)
                case .subtract: b.times(ExactDecimal(-1)).flatMap(a.plus)
                case .multiply: a.times(b)
                case .divide: a.divided(by: b)
                }
            guard let result else {
                var reason = "it has more digits than 36"
                if operation == .divide {
                    reason = b == .zero ? "division by zero" : "the division does not come out even"
                }
                throw RowProblem(.importArithmetic, "\(a) \(operation.rawValue) \(b) is not exact: \(reason)")
            }
            return result
        }
    }
}

/// How the columns of expressions are read.
struct NumberReading: Sendable {
    var decimalSeparator: UInt8
    var missingValues: [[UInt8]]

    /// Nil where the value is missing.
    func number(_ record: Record, _ column: Int) throws(RowProblem) -> ExactDecimal? {
        let text = record.text(column)
        if text.isEmpty { return nil }
        for value in missingValues where value.count == text.count && text.elementsEqual(value) { return nil }
        do throws(RowProblem) {
            return try NumberText.read(text, decimalSeparator: decimalSeparator)
        } catch {
            throw error.placed(at: column)
        }
    }
}

extension ColumnExpression {
    /// Nil, and diagnostics, where a column is unknown or a function is called.
    init?(_ expression: Located<Expression>, _ columns: Columns) {
        switch expression.value {
        case .number(let value):
            self = .number(value)
        case .name(let name):
            guard let column = columns.index(of: name) else { return nil }
            self = .column(column)
        case .negate(let operand):
            guard let operand = ColumnExpression(operand, columns) else { return nil }
            self = .negate(operand)
        case .binary(let operation, let left, let right):
            // Both, so that every problem is reported.
            let (a, b) = (ColumnExpression(left, columns), ColumnExpression(right, columns))
            guard let a, let b else { return nil }
            self = .binary(operation, a, b)
        case .call(let function, _):
            columns.report(
                .importMapping, "an expression over columns has no functions, '\(function.value)' is one",
                at: function.place, hints: ["+ - * / and parentheses"])
            return nil
        }
    }
}
