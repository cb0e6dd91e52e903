package import Definitions
import Diagnostics
package import Quantities
package import Queries

/// Counts buyers over the whole history, for sufficiency requirements.
package struct BuyerCounting: Sendable {
    private let numbers: [Int]

    /// `numbers`: purchases that a buyer should have at least.
    package init(_ numbers: [Int]) {
        self.numbers = numbers
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
            purchases: base.purchases, eventSegmentations: base.eventSegmentations,
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

extension RequirementChecker {
    /// The numbers of purchases that the use case's sufficiency requirements name.
    package static func neededPurchaseCounts(_ useCase: UseCase) -> [Int] {
        let numbers = useCase.requirements.compactMap { requirement -> Int? in
            if case .sufficiency(let sufficiency) = requirement.kind { sufficiency.withPurchases?.atLeast } else { nil }
        }
        return Set(numbers).sorted()
    }
}
