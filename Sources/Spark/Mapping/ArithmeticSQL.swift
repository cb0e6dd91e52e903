import Definitions
import Diagnostics
import Quantities

/// Arithmetic over columns in exact decimals; what could not be exact is refused when it is compiled.
struct ArithmeticSQL {
    private let fields: FieldSQL
    private let missingValues: [String]

    init(_ fields: FieldSQL, _ missingValues: [String]) {
        self.fields = fields
        self.missingValues = missingValues
    }

    /// Nil, and diagnostics, where a column is unknown or the result has more digits than 38.
    func sql(_ expression: Located<Expression>) -> NumberSQL? {
        switch expression.value {
        case .number(let value): return constant(value)
        case .name(let name): return column(name)
        case .negate(let operand):
            guard var number = sql(operand) else { return nil }
            number.sql = "(-\(number.sql))"
            return number
        case .binary(.divide, let dividend, let divisor):
            guard let number = sql(dividend) else { return nil }
            guard case .number(let value) = divisor.value, let inverse = ArithmeticSQL.inverse(value) else {
                fields.report(
                    "a division is possible by a number such as 100 on Spark, and by nothing that may not come out even",
                    at: expression.place, ["make it a column of the table"])
                return nil
            }
            return product(number, constant(inverse), at: expression.place)
        case .binary(let operation, let left, let right):
            let (a, b) = (sql(left), sql(right))
            guard let a, let b else { return nil }
            if operation == .multiply { return product(a, b, at: expression.place) }
            let scale = max(a.scale, b.scale)
            guard let (a, b) = narrowed(a, b, room: { max($0, $1) + scale + 1 <= 38 }, at: expression.place) else {
                return nil
            }
            return NumberSQL(
                sql: "(\(a.sql) \(operation.rawValue) \(b.sql))", precision: max(a.whole, b.whole) + scale + 1,
                scale: scale)
        case .call(let name, _):
            fields.report(
                "an expression over columns has no functions, '\(name.value)' is one", at: name.place,
                ["+ - * / and parentheses"])
            return nil
        }
    }

    private func product(_ a: NumberSQL, _ b: NumberSQL, at place: Place) -> NumberSQL? {
        let scale = a.scale + b.scale
        guard let (a, b) = narrowed(a, b, room: { $0 + $1 + scale + 1 <= 38 }, at: place) else { return nil }
        return NumberSQL(sql: "(\(a.sql) * \(b.sql))", precision: a.whole + b.whole + scale + 1, scale: scale)
    }

    /// A number of a billion has to have room, whatever is after the point.
    private static let leastWhole = 9

    /// Two operands whose result has room in 38 digits, as Spark would round what needs more. Digits before the point are
    /// given up, down to nine: a number that has more of them ends the statement.
    private func narrowed(
        _ a: NumberSQL, _ b: NumberSQL, room: (Int, Int) -> Bool, at place: Place
    ) -> (NumberSQL, NumberSQL)? {
        var (first, second) = (a.whole, b.whole)
        while !room(first, second) {
            if first >= second, first > ArithmeticSQL.leastWhole {
                first -= 1
            } else if second > ArithmeticSQL.leastWhole {
                second -= 1
            } else {
                fields.report(
                    "the result may have more digits than 38, up to which Spark is exact", at: place,
                    ["columns of type DECIMAL with fewer digits leave room"])
                return nil
            }
        }
        return (a.narrowed(toWhole: first), b.narrowed(toWhole: second))
    }

    private func constant(_ value: ExactDecimal) -> NumberSQL {
        let plain = value.normalized
        let digits = max(String(plain.units.magnitude).count, plain.scale + 1)
        return NumberSQL(sql: fields.text.number(value), precision: digits, scale: plain.scale)
    }

    private func column(_ name: Located<String>) -> NumberSQL? {
        guard let column = fields.column(name),
            var number = fields.number(column, scale: FieldSQL.operandScale, at: name.place)
        else { return nil }
        if !missingValues.isEmpty {
            let list = SQLText.list(missingValues.map { fields.text.text($0, "missing") })
            number.sql = "CASE WHEN \(fields.text(of: column)) NOT IN (\(list)) THEN \(number.sql) END"
        }
        return number
    }

    /// 1 / value where that ends: of products of twos and fives.
    private static func inverse(_ value: ExactDecimal) -> ExactDecimal? {
        let plain = value.normalized
        guard plain.units != 0 else { return nil }
        for scale in 0...12 {
            // 10^(scale + plain.scale) / units is whole.
            let power = ExactDecimal.power(scale + plain.scale)
            if power.isMultiple(of: plain.units) { return ExactDecimal(units: power / plain.units, scale: scale) }
        }
        return nil
    }
}
