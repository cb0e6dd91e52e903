package import Definitions
import Diagnostics
package import Quantities
package import Queries

/// Counts buyers over the whole history, for requirements of sufficiency and of remainders.
package struct BuyerCounting: Sendable {
    /// Purchases that a buyer should have at least.
    private let numbers: [Int]
    /// Some requirement limits what is in no segment.
    package let needsRemainders: Bool

    package init(_ useCase: UseCase) {
        let kinds = useCase.requirements.flatMap(\.all).map(\.kind)
        numbers = Set(
            kinds.compactMap { kind in
                if case .sufficiency(let sufficiency) = kind { sufficiency.withPurchases?.atLeast } else { nil }
            }
        ).sorted()
        needsRemainders = kinds.contains { if case .remainder = $0 { true } else { false } }
    }

    package func evaluation(
        _ useCase: UseCase, project: Project, profile: DataProfile, asOf: Instant
    ) throws -> Evaluation {
        let conditions = ConditionLowering(
            eventSegmentations: Set(useCase.eventSegmentations.map(\.id.value)), zone: project.timezone.value)
        let base = try EvaluationBase(useCase, project: project, profile: profile, conditions: conditions)
        let measures =
            [Measure("buyers", .buyers, scope: .history)]
            + numbers.map { Measure("with_\($0)", .repeatBuyers(atLeast: $0), scope: .history) }
        return Evaluation(
            semantics: Semantics(
                asOf: asOf, window: .twelveMonths(upTo: asOf, in: project.timezone.value),
                timezone: project.timezone.value.identifier, displayCurrency: project.currency.value),
            purchases: base.purchases, consents: base.consents, eventSegmentations: base.eventSegmentations,
            customerSegmentations: needsRemainders ? base.customerSegmentations : [],
            queries: [Query(id: "buyers", measures: measures, columns: [])])
    }

    /// Reads the counts out of the answer.
    package func counts(_ answer: EvaluationAnswer) -> RequirementChecker.BuyerCounts? {
        let values = answer.measurements.first?.total.map { value in
            if case .count(let count) = value { count } else { 0 }
        }
        guard let values, let buyers = values.first, values.count == numbers.count + 1 else { return nil }
        return RequirementChecker.BuyerCounts(
            buyers: buyers,
            withPurchases: Dictionary(zip(numbers, values.dropFirst()).map { ($0, $1) }) { first, _ in first })
    }
}
