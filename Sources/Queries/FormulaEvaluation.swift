import Quantities

/// The measures that a formula can see from one row.
struct FormulaContext {
    /// The row's own measures.
    var row: (String) -> MeasureValue?
    var total: (String) -> MeasureValue?
    /// Of the row's whole cohort; nil outside cohort tables.
    var cohort: (String) -> MeasureValue?
    /// Sum along the ages of the row's cohort.
    var cumulative: (String) -> MeasureValue?
}

extension Formula {
    /// The formula's value in a row; null where a part is null or a denominator is 0.
    func value(in context: FormulaContext) -> Value? {
        switch self {
        case .measure(let name): return context.row(name)?.value
        case .number(let number): return .exact(number)
        case .add(let a, let b): return combine(a, b, context, exact: +, real: +)
        case .subtract(let a, let b): return combine(a, b, context, exact: -, real: -)
        case .multiply(let a, let b):
            guard let left = a.value(in: context), let right = b.value(in: context) else { return nil }
            if case .exact(let x) = left, case .exact(let y) = right, let product = x.exactProduct(y) {
                return .exact(product)
            }
            return .real(left.double * right.double)
        case .divide(let a, let b):
            guard let left = a.value(in: context), let right = b.value(in: context) else { return nil }
            return right.double == 0 ? nil : .real(left.double / right.double)
        case .ofTotal(let inner):
            return inner.value(in: context.seeing(context.total))
        case .ofCohort(let inner):
            return inner.value(in: context.seeing(context.cohort))
        case .cumulative(let name):
            return context.cumulative(name)?.value
        }
    }

    private func combine(
        _ a: Formula, _ b: Formula, _ context: FormulaContext,
        exact: (ExactDecimal, ExactDecimal) -> ExactDecimal, real: (Double, Double) -> Double
    ) -> Value? {
        guard let left = a.value(in: context), let right = b.value(in: context) else { return nil }
        if case .exact(let x) = left, case .exact(let y) = right { return .exact(exact(x, y)) }
        return .real(real(left.double, right.double))
    }
}

extension FormulaContext {
    /// The same context, with other measures as the row's.
    func seeing(_ measures: @escaping (String) -> MeasureValue?) -> FormulaContext {
        FormulaContext(row: measures, total: total, cohort: cohort, cumulative: { _ in nil })
    }
}

extension ExactDecimal {
    /// The product, or nil where 128 bits or 36 digits after the point are too few.
    fileprivate func exactProduct(_ other: ExactDecimal) -> ExactDecimal? {
        let (product, overflow) = units.multipliedReportingOverflow(by: other.units)
        guard !overflow, scale + other.scale <= 36 else { return nil }
        return ExactDecimal(units: product, scale: scale + other.scale)
    }
}

extension MeasureValue {
    /// As a value: durations in days.
    var value: Value? {
        switch self {
        case .count(let count): .exact(ExactDecimal(count))
        case .money(let money): .exact(money)
        case .duration(let microseconds): .real(Double(microseconds) / 86_400_000_000)
        case .quantile(let days): days.map(Value.real)
        }
    }

    /// Nothing of that kind of measure.
    static func zero(_ kind: Measure.Kind) -> MeasureValue {
        switch kind {
        case .gapQuantile: .quantile(nil)
        case .gapSum: .duration(0)
        default: kind.type == .money ? .money(.zero) : .count(0)
        }
    }

    /// The sum; quantiles have none.
    package static func + (left: MeasureValue, right: MeasureValue) -> MeasureValue {
        switch (left, right) {
        case (.count(let a), .count(let b)): .count(a + b)
        case (.money(let a), .money(let b)): .money(a + b)
        case (.duration(let a), .duration(let b)): .duration(a + b)
        default: .quantile(nil)
        }
    }
}
