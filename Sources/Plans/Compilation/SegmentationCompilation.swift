package import Definitions
import Diagnostics
package import Queries

/// A use case's segmentations alone as an evaluation without queries: for who is in which segment.
package struct SegmentationCompilation: Sendable {
    package let evaluation: Evaluation
    /// Names of the customer segmentations by id.
    package let names: [String: String]

    /// - Throws: `DiagnosticList` where a condition cannot be expressed.
    package init(_ useCase: UseCase, project: Project, profile: DataProfile, semantics: Semantics) throws {
        let conditions = ConditionLowering(
            eventSegmentations: Set(useCase.eventSegmentations.map(\.id.value)), zone: project.timezone.value)
        let base = try EvaluationBase(useCase, project: project, profile: profile, conditions: conditions)
        evaluation = Evaluation(
            semantics: semantics, purchases: base.purchases, consents: base.consents,
            eventSegmentations: base.eventSegmentations, customerSegmentations: base.customerSegmentations, queries: [])
        names = Dictionary(base.customerSegmentations.map { ($0.id, $0.name) }) { first, _ in first }
    }
}
