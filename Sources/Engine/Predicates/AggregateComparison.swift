import Quantities
import Queries

extension Comparison {
    /// For the number `numerator / denominator`, compared exactly.
    func holds(quotient numerator: ExactDecimal, by denominator: Int64) -> Bool {
        switch self {
        case .atLeast(let limit): return !isLess(numerator, limit, denominator)
        case .greaterThan(let limit): return isLess(limit, numerator, denominator, limitFirst: true)
        case .atMost(let limit): return !isLess(limit, numerator, denominator, limitFirst: true)
        case .lessThan(let limit): return isLess(numerator, limit, denominator)
        case .isIn(let texts): return texts.contains { isEqual(numerator, $0, denominator) }
        case .notIn(let texts): return !texts.contains { isEqual(numerator, $0, denominator) }
        case .exists: return true
        // Quantiles are cut points by now.
        case .missing, .startsWith, .endsWith, .contains, .from, .before, .valid, .atMostQuantile, .aboveQuantile:
            return false
        }
    }

    private func isEqual(_ numerator: ExactDecimal, _ text: String, _ denominator: Int64) -> Bool {
        guard let limit = ExactDecimal(text), let product = scaled(limit, denominator) else { return false }
        return product == numerator
    }

    /// `numerator / denominator < limit`, or with `limitFirst` the limit (given first) below the quotient.
    private func isLess(
        _ left: ExactDecimal, _ right: ExactDecimal, _ denominator: Int64, limitFirst: Bool = false
    ) -> Bool {
        let limit = limitFirst ? left : right
        let numerator = limitFirst ? right : left
        // A limit too large for 128 bits is far from any number of a customer: its sign decides.
        guard let product = scaled(limit, denominator) else { return limitFirst == (limit.units < 0) }
        return limitFirst ? product < numerator : numerator < product
    }

    private func scaled(_ limit: ExactDecimal, _ factor: Int64) -> ExactDecimal? {
        let (product, overflow) = limit.units.multipliedReportingOverflow(by: Int128(factor))
        return overflow ? nil : ExactDecimal(units: product, scale: limit.scale)
    }
}
