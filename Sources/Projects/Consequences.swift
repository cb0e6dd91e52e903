package import Definitions
package import Deployments
import Diagnostics
package import Plans
import Queries

extension ProjectFolder {
    /// What a plan does to the numbers; nil where nothing changes, or where there are no data yet.
    ///
    /// A definition that cannot be evaluated on the data has no numbers; why is told.
    package func consequences(_ plan: DeploymentPlan, from before: Deployment?, to after: UseCase?) throws
        -> PlanConsequences?
    {
        guard plan.hasChanges, try generation() != nil else { return nil }
        var quiet = self
        quiet.warn = { _ in }
        func known<Value>(_ body: () throws -> Value?) throws -> Value? {
            switch try attempt(body) {
            case .success(let value): return value
            case .failure(let problems):
                let reasons = problems.diagnostics.map(\.message).joined(separator: "; ")
                note("note: the numbers are not known on the data as they are now: \(reasons)")
                return nil
            }
        }
        guard
            let setup = try known({
                try EvaluationSetup(quiet, options: EvaluationOptions(), threads: Machine.threads)
            })
        else { return nil }
        let isThere = before.flatMap { $0.isDestruction ? nil : $0 }
        let old = try known { try isThere.map { try setup.snapshot($0.definition()) } }
        let new = try known { try after.map(setup.snapshot) }
        var moves: [SegmentMoves] = []
        if let old, let new {
            moves = try setup.engine.segmentMoves(from: old.segmentations, to: new.segmentations)
        }
        return PlanConsequences(before: old, after: new, moves: moves)
    }
}

extension EvaluationSetup {
    /// The key figures and the segments of a definition.
    package func snapshot(_ definition: UseCase) throws -> PlanConsequences.Snapshot {
        var figures: DashboardResult?
        let reports = (definition.dashboard?.reports ?? []).filter { $0.kind == .kpi }.map(\.id.value)
        if !reports.isEmpty {
            var setup = self
            setup.options.reports = reports
            figures = try setup.result(definition, hash: "")
        }
        let segmentations = try SegmentationCompilation(
            definition, project: project, profile: profile, semantics: semantics)
        do {
            return PlanConsequences.Snapshot(
                result: figures, segmentations: segmentations.evaluation,
                segments: try engine.segmentCounts(segmentations.evaluation), names: segmentations.names)
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }
}
