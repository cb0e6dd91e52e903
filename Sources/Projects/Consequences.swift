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
        // What cannot be asked of tables is said before anything is deployed, not when it is asked. What is taken away need
        // not be asked, nor does anybody need Spark for what it says.
        let isOnTables = try isOnTables()
        let made = try attempt {
            let setup = try EvaluationSetup(quiet, options: EvaluationOptions(), threads: Machine.threads)
            if isOnTables, let after { try setup.checkExpressible(after) }
            return setup
        }
        let ofConnections: [Code] = [.sparkUnavailable, .sparkAccess, .sparkTimeout]
        if case .failure(let problems) = made, isOnTables, after != nil,
            !problems.diagnostics.allSatisfy({ ofConnections.contains($0.code) })
        {
            throw problems
        }
        guard let setup = try known(made.get) else { return nil }
        let isThere = before.flatMap { $0.isDestruction ? nil : $0 }
        var old = try known { try isThere.map { try setup.snapshot($0.definition()) } }
        var new = try known { try after.map(setup.snapshot) }
        var moves: [SegmentMoves] = []
        if let old, let new {
            moves = try known { try setup.moves(from: old.segmentations, to: new.segmentations) } ?? []
        }
        // Who moves is counted by moving; what is new or gone by itself.
        if let found = old { old?.segments = try known { try setup.counts(found.segmentations, besides: new) } ?? [] }
        if let found = new { new?.segments = try known { try setup.counts(found.segmentations, besides: old) } ?? [] }
        return PlanConsequences(before: old, after: new, moves: moves)
    }
}

extension EvaluationSetup {
    /// - Throws: a `Diagnostic` where the engine has no statement for one of the reports. What the data lack is told with
    ///   the numbers.
    fileprivate func checkExpressible(_ definition: UseCase) throws {
        var setup = self
        setup.options.reports = []
        let compilation = try DashboardCompilation(
            definition, project: project, profile: profile, semantics: semantics, options: setup.options)
        do {
            _ = try engine.sql(compilation.evaluation)
        } catch let error as QueryError {
            if case .unsupported = error { throw error.diagnostic }
        }
    }

    fileprivate func moves(from before: Evaluation, to after: Evaluation) throws -> [SegmentMoves] {
        do {
            return try engine.segmentMoves(from: before, to: after)
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }

    /// The segments of segmentations that another definition does not have.
    fileprivate func counts(
        _ evaluation: Evaluation, besides other: PlanConsequences.Snapshot?
    ) throws -> [SegmentCounts] {
        let common = Set(other?.segmentations.customerSegmentations.map(\.id) ?? [])
        if evaluation.customerSegmentations.allSatisfy({ common.contains($0.id) }) { return [] }
        do {
            return try engine.segmentCounts(evaluation).filter { !common.contains($0.id) }
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }

    /// The key figures of a definition, and how its segments are asked for.
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
        return PlanConsequences.Snapshot(
            result: figures, segmentations: segmentations.evaluation, names: segmentations.names)
    }
}
