import Quantities

private enum NullReason {
    /// The row is of no cohort, or of one in which nobody is.
    static let noCohort = "there is no cohort to relate to"
}

extension Formula {
    /// Why the formula's value is null in a row, in words without a full stop: `Buyers of the period before is 0`; nil
    /// where it is not null.
    ///
    /// - Parameters:
    ///   - expression: the formula as written, whose titles name the parts; without it measures are named by their names.
    ///   - isUnfinished: the measure has no value because its period is not over, or cut by the window.
    func nullReason(
        _ expression: MetricExpression?, in context: FormulaContext, isUnfinished: (String) -> Bool = { _ in false }
    ) -> String? {
        guard value(in: context) == nil else { return nil }
        if case .metric(let metric)? = expression {
            if metric.expression == nil, case .measure(let name) = self, !isUnfinished(name) {
                return "there is nothing to measure for \(metric.title)"
            }
            return nullReason(metric.expression, in: context, isUnfinished: isUnfinished)
        }
        func first(_ parts: [(Formula, MetricExpression?)]) -> String? {
            for (formula, part) in parts {
                if let reason = formula.nullReason(part, in: context, isUnfinished: isUnfinished) { return reason }
            }
            return nil
        }
        switch self {
        case .number: return nil
        case .measure(let name):
            return isUnfinished(name) ? "the period is not over, or cut by the window" : "there is nothing to measure"
        case .cumulative: return NullReason.noCohort
        case .add(let a, let b), .multiply(let a, let b): return first([(a, expression?.left), (b, expression?.right)])
        case .subtract(let a, let b):
            if case .negate(let inner)? = expression { return first([(b, inner)]) }
            return first([(a, expression?.left), (b, expression?.right)])
        case .divide(let a, let b):
            let part = expression?.right
            return first([(a, expression?.left), (b, part)]) ?? "\(part?.words ?? b.name) is 0"
        case .ofTotal(let inner):
            return inner.nullReason(
                expression?.argument, in: context.seeing(context.total), isUnfinished: isUnfinished)
        case .ofCohort(let inner):
            if inner.measures.allSatisfy({ context.cohort($0) == nil }) { return NullReason.noCohort }
            return inner.nullReason(
                expression?.argument, in: context.seeing(context.cohort), isUnfinished: isUnfinished)
        }
    }

    /// What it is called where no expression says more.
    private var name: String {
        switch self {
        case .measure(let name), .cumulative(let name): name
        case .ofTotal(let inner), .ofCohort(let inner): inner.name
        default: "the denominator"
        }
    }
}

extension MetricExpression {
    /// The parts of an operation, of `share` too.
    fileprivate var left: MetricExpression? { sides?.0 }

    fileprivate var right: MetricExpression? { sides?.1 }

    private var sides: (MetricExpression, MetricExpression)? {
        switch self {
        case .binary(_, let left, let right): (left, right)
        case .call("share", let arguments) where arguments.count == 2: (arguments[0], arguments[1])
        default: nil
        }
    }

    fileprivate var argument: MetricExpression? {
        if case .call(_, let arguments) = self { arguments.first } else { nil }
    }
}
