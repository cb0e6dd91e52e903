import Definitions
package import Deployments
import Diagnostics
package import Plans
import Quantities
import Queries

/// The views that a plan makes and takes away, where the project's data is.
package struct ViewRollout {
    private let views: any SegmentViews
    private let useCase: String
    private let made: [String]
    private let dropped: [String]
    private let evaluation: Evaluation?

    /// Nil where neither what is deployed nor the plan has views.
    ///
    /// - Throws: `Diagnostic` where the engine makes no views, or one cannot be made.
    package init?(_ folder: ProjectFolder, _ plan: DeploymentPlan, over deployed: Deployment?) throws {
        let before = deployed?.blueprint.viewIDs ?? []
        made = plan.blueprint.viewIDs
        dropped = before.filter { !plan.blueprint.viewIDs.contains($0) }
        if made.isEmpty, dropped.isEmpty { return nil }
        useCase = plan.blueprint.useCase
        if made.isEmpty, case .embedded = try folder.project().engine.value {
            // The way back from Spark is open.
            folder.note("note: views stay in the catalog of Spark: \(dropped.joined(separator: ", "))")
            return nil
        }
        let setup = try EvaluationSetup(folder, options: EvaluationOptions(), threads: Machine.threads)
        guard let views = setup.engine.segmentViews else {
            throw Diagnostic(
                .error, .invalidOption, "views are made in the catalog of Spark, and the engine is embedded",
                at: setup.project.engine.place, hints: ["--no-views deploys without them"])
        }
        self.views = views
        evaluation =
            made.isEmpty
            ? nil
            : try SegmentationCompilation(
                Deployment.definition(of: plan.blueprint), project: setup.project, profile: setup.profile,
                semantics: setup.semantics
            ).evaluation
        do {
            if let evaluation { try views.check(evaluation, made, of: useCase) }
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }

    package func apply() throws {
        // Two ids may be one name: what goes is gone before something of its name comes.
        if !dropped.isEmpty { try views.drop(dropped, of: useCase) }
        if let evaluation { try views.make(evaluation, made, of: useCase) }
    }
}

extension ProjectFolder {
    /// Deploys a plan with its views. Where one cannot be made nothing is deployed; those that were made before it are of the
    /// new definition until the next deployment makes them again.
    ///
    /// - Returns: the deployment, or nil where the plan changes nothing.
    /// - Throws: as `DeploymentCatalog.apply`; `Diagnostic` where views cannot be made.
    package func apply(_ plan: DeploymentPlan, over deployed: Deployment?, generation: Int) throws -> Deployment? {
        let rollout = try ViewRollout(self, plan, over: deployed)
        return try deployments().apply(plan, generation: generation, at: Machine.now) { try rollout?.apply() }
    }
}
