import Definitions
import Deployments
import Diagnostics
import Engine
import EventStores
import Plans
import Queries

extension ProjectFolder {
    /// What a plan does to the numbers; nil where nothing changes, or where there are no data yet.
    ///
    /// A definition that cannot be evaluated on the data has no numbers; why is told.
    func consequences(_ plan: DeploymentPlan, from before: Deployment?, to after: UseCase?) throws -> PlanConsequences?
    {
        guard plan.hasChanges, try generation() != nil else { return nil }
        var quiet = self
        quiet.warn = { _ in }
        let setup: EvaluationSetup
        do {
            setup = try EvaluationSetup(quiet, options: { _ in EvaluationOptions() }, threads: Machine.threads)
        } catch let problems as DiagnosticList {
            return unknown(problems.diagnostics)
        } catch let problem as Diagnostic {
            return unknown([problem])
        }
        func snapshot(_ definition: () throws -> UseCase?) throws -> PlanConsequences.Snapshot? {
            do {
                return try definition().map(setup.snapshot)
            } catch let problems as DiagnosticList {
                return unknown(problems.diagnostics)
            } catch let problem as Diagnostic {
                return unknown([problem])
            }
        }
        let isThere = before.flatMap { $0.isDestruction ? nil : $0 }
        return PlanConsequences(before: try snapshot { try isThere?.definition() }, after: try snapshot { after })
    }

    private func unknown<Value>(_ problems: [Diagnostic]) -> Value? {
        let reasons = problems.map(\.message).joined(separator: "; ")
        Terminal.note("note: the numbers are not known on the data as they are now: \(reasons)")
        return nil
    }
}

extension EvaluationSetup {
    /// The key figures and the segments of a definition.
    func snapshot(_ definition: UseCase) throws -> PlanConsequences.Snapshot {
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
                result: figures, memberships: try engine.memberships(segmentations.evaluation),
                names: segmentations.names)
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }
}
