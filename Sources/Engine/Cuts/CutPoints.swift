import Quantities
import Queries

/// Where the quantiles lie that the conditions of an evaluation name.
///
/// A quantile is one of all buyers, so it has to be known before any condition is asked: conditions are resolved with
/// it, and from there on a quantile is a number like any other.
struct CutPoints: Sendable {
    struct Name: Hashable, Sendable {
        let aggregate: Aggregate
        let share: ExactDecimal
    }

    /// For conditions that name no quantiles.
    static let none = CutPoints([:])
    /// For conditions that are never asked of anybody.
    static let unasked = CutPoints()

    private let values: [Name: Quotient?]?

    /// Nil for quantiles of nobody.
    init(_ values: [Name: Quotient?]) { self.values = values }

    private init() { values = nil }

    /// Counts and microseconds as they are, money in units of the display scale. Nil where there are no buyers.
    subscript(aggregate: Aggregate, share: ExactDecimal) -> Quotient? {
        guard let values else { return nil }
        guard let value = values[Name(aggregate: aggregate, share: share)] else {
            preconditionFailure("a quantile that was not gathered: \(aggregate) \(share)")
        }
        return value
    }
}

extension Evaluation {
    /// The shares whose quantiles the conditions on customers name, by aggregate.
    ///
    /// - Parameter ofAll: also of segmentations that no query and no question names.
    /// - Throws: `QueryError` for a share that is not between 0 and 1.
    func quantiles(ofAll: Bool) throws -> [Aggregate: Set<ExactDecimal>] {
        func quantiles(_ evaluation: Evaluation) throws -> [Aggregate: Set<ExactDecimal>] {
            var found: [Aggregate: Set<ExactDecimal>] = [:]
            for case (.aggregate(let aggregate), let comparison) in evaluation.customerTests {
                guard let share = comparison.quantile else { continue }
                guard share > .zero, share < ExactDecimal(1) else {
                    throw QueryError.unsupported("the quantile \(share), which is not between 0 and 1")
                }
                found[aggregate, default: []].insert(share)
            }
            return found
        }
        let all = try quantiles(self)
        return ofAll ? all : try quantiles(askedAlone)
    }
}

extension EmbeddedEngine {
    /// The quantiles that the evaluation's conditions name, from a pass over all customers; none, and no pass, where they
    /// name none.
    ///
    /// - Parameter ofAll: also those of segmentations that no query and no question names.
    func cutPoints(_ evaluation: Evaluation, ofAll: Bool = false) throws -> CutPoints {
        let wanted = try evaluation.quantiles(ofAll: ofAll)
        if wanted.isEmpty { return .none }
        // Aggregates are of purchases alone: nothing else is read and made.
        var purchasesAlone = evaluation.definitionsAlone
        purchasesAlone.consents = []
        purchasesAlone.customerSegmentations = []
        purchasesAlone.purchases.charges = nil
        let plan = try EvaluationPlan(purchasesAlone, store: store, cuts: .none, gathered: Set(wanted.keys))
        let aggregates = Aggregate.allCases.filter { wanted[$0] != nil }
        let gathered = try visitAll(plan) {
            AggregateGathering(plan, aggregates)
        } visit: {
            try $0.visit($1)
        }
        var values: [CutPoints.Name: Quotient?] = [:]
        for (position, aggregate) in aggregates.enumerated() {
            let shares = (wanted[aggregate] ?? []).sorted()
            let quantiles = AggregateGathering.quantiles(shares, of: aggregate, at: position, gathered)
            for (index, share) in shares.enumerated() {
                let name = CutPoints.Name(aggregate: aggregate, share: share)
                values.updateValue(quantiles.isEmpty ? nil : quantiles[index], forKey: name)
            }
        }
        return CutPoints(values)
    }
}
