import Definitions
import Diagnostics
import Quantities
import Queries

/// Turns metrics of a use case into measures and formulas of a query.
struct MetricLowering {
    let useCase: UseCase
    let conditions: ConditionLowering
    private let byName: [String: MetricDefinition]

    init(_ useCase: UseCase, conditions: ConditionLowering) {
        self.useCase = useCase
        self.conditions = conditions
        byName = Dictionary(useCase.metrics.map { ($0.name.value, $0) }) { first, _ in first }
    }

    /// The columns of those metrics and the measures that they need, each once.
    func columns(_ metrics: [String]) throws -> (columns: [Column], measures: [Measure]) {
        var measures: [Measure] = []
        let columns = try metrics.map { name in
            let metric = metric(name)
            let formula = try formula(of: metric, &measures)
            guard let type = useCase.types[name] else {
                preconditionFailure("the metric '\(name)' was loaded without a type")
            }
            return Column(
                name, title: metric.title, formula, type: ValueType(type), explanation: metric.explanation,
                expression: expression(of: metric))
        }
        return (columns, measures)
    }

    /// The formula as it is written; nil for a measure.
    private func expression(of metric: MetricDefinition) -> MetricExpression? {
        guard case .formula(let expression) = metric.source else { return nil }
        return self.expression(expression.value)
    }

    private func expression(_ written: Expression) -> MetricExpression {
        switch written {
        case .number(let number): return .number(number)
        case .name(let name):
            let metric = metric(name.value)
            return .metric(
                MetricExpression.Metric(name: name.value, title: metric.title, expression: expression(of: metric)))
        case .negate(let inner): return .negate(expression(inner.value))
        case .binary(let operation, let left, let right):
            let sign: MetricExpression.Operator =
                switch operation {
                case .add: .add
                case .subtract: .subtract
                case .multiply: .multiply
                case .divide: .divide
                }
            return .binary(sign, expression(left.value), expression(right.value))
        case .call(let function, let arguments):
            return .call(function.value, arguments.map { expression($0.value) })
        }
    }

    private func metric(_ name: String) -> MetricDefinition {
        guard let metric = byName[name] else {
            preconditionFailure("the metric '\(name)' was checked to exist when the use case was loaded")
        }
        return metric
    }

    private func formula(of metric: MetricDefinition, _ measures: inout [Measure]) throws -> Formula {
        switch metric.source {
        case .measure(let definition):
            let name = metric.name.value
            if !measures.contains(where: { $0.name == name }) {
                measures.append(
                    Measure(
                        name, kind(definition),
                        scope: definition.scope.flatMap { Scope(rawValue: $0.value) } ?? .window,
                        filter: try definition.filter.map(conditions.predicate)))
            }
            return .measure(name)
        case .formula(let expression):
            return try formula(of: expression, &measures)
        }
    }

    private func formula(of expression: Located<Expression>, _ measures: inout [Measure]) throws -> Formula {
        switch expression.value {
        case .number(let number): return .number(number)
        case .name(let name): return try formula(of: metric(name.value), &measures)
        case .negate(let inner): return .subtract(.number(.zero), try formula(of: inner, &measures))
        case .binary(let operation, let left, let right):
            let (a, b) = (try formula(of: left, &measures), try formula(of: right, &measures))
            return switch operation {
            case .add: .add(a, b)
            case .subtract: .subtract(a, b)
            case .multiply: .multiply(a, b)
            case .divide: .divide(a, b)
            }
        case .call(let function, let arguments):
            let parts = try arguments.map { try formula(of: $0, &measures) }
            switch (function.value, parts.count) {
            case ("of_total", 1): return .ofTotal(parts[0])
            case ("of_cohort", 1): return .ofCohort(parts[0])
            case ("share", 2): return .divide(parts[0], parts[1])
            case ("cumulative", 1):
                if case .measure(let name) = parts[0] { return .cumulative(name) }
                fallthrough
            default:
                preconditionFailure("the call of '\(function.value)' was checked when the use case was loaded")
            }
        }
    }

    private func kind(_ definition: MeasureDefinition) -> Measure.Kind {
        let charge = definition.charge.flatMap { ChargeKind(rawValue: $0.value) } ?? .firstCharge
        return switch definition.kind.value {
        case .purchases: .purchases
        case .canceledPurchases: .canceledPurchases
        case .buyers: .buyers
        case .newBuyers: .newBuyers
        case .repeatBuyers: .repeatBuyers(atLeast: definition.atLeast ?? 2)
        case .revenue: .revenue
        case .grossRevenue: .grossRevenue
        case .refunds: .refunds
        case .chargeCount: .chargeCount(charge)
        case .chargeAmount: .chargeAmount(charge)
        case .gapCount: .gapCount
        case .gapSum: .gapSum
        case .gapQuantile: .gapQuantile(definition.quantile?.double ?? 0.5)
        case .periodBuyers: .periodBuyers
        case .periodPurchases: .periodPurchases
        case .retainedBuyers: .retainedBuyers
        case .previousPeriodBuyers: .previousPeriodBuyers
        }
    }
}

extension ValueType {
    init(_ type: MetricType) {
        self =
            switch type {
            case .money: .money
            case .count: .count
            case .ratio: .ratio
            case .number: .number
            case .duration: .duration
            case .periods: .periods
            }
    }
}
