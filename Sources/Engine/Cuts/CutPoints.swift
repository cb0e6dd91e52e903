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

    private let values: [Name: Quotient?]

    /// Nil for quantiles of nobody.
    init(_ values: [Name: Quotient?]) { self.values = values }

    /// Counts and microseconds as they are, money in units of the display scale. Nil where there are no buyers.
    subscript(aggregate: Aggregate, share: ExactDecimal) -> Quotient? {
        guard let value = values[Name(aggregate: aggregate, share: share)] else {
            preconditionFailure("a quantile that was not gathered: \(aggregate) \(share)")
        }
        return value
    }
}

extension Evaluation {
    /// The shares whose quantiles the conditions on customers name, by aggregate.
    ///
    /// - Throws: `QueryError` for a share that is not between 0 and 1.
    func quantiles() throws -> [Aggregate: Set<ExactDecimal>] {
        var found: [Aggregate: Set<ExactDecimal>] = [:]
        func visit(_ predicate: Predicate) throws {
            switch predicate {
            case .all(let parts), .any(let parts): for part in parts { try visit(part) }
            case .not(let part): try visit(part)
            case .test(.aggregate(let aggregate), let comparison):
                guard let share = comparison.quantile else { return }
                guard share > .zero, share < ExactDecimal(1) else {
                    throw QueryError.unsupported("the quantile \(share), which is not between 0 and 1")
                }
                found[aggregate, default: []].insert(share)
            case .test: break
            }
        }
        for segment in customerSegmentations.flatMap(\.segments) { try visit(segment.when) }
        for query in queries {
            for filter in [query.filter] + query.measures.map(\.filter) { try filter.map(visit) }
        }
        return found
    }
}

extension EmbeddedEngine {
    /// The quantiles that the evaluation's conditions name, from a pass over all customers; none, and no pass, where they
    /// name none.
    func cutPoints(_ evaluation: Evaluation) throws -> CutPoints {
        let wanted = try evaluation.quantiles()
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
