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
    private let note: @Sendable (String) -> Void
    /// Views that a deployment makes again although their definitions are as before: they are gone, or what they were made of
    /// has changed.
    package let remade: [String]
    /// Views that are there although what is deployed here has none: of a project of the same name in another folder, of a
    /// deployment whose state is lost, or of one that did not come to its end.
    private let takenOver: [String]

    /// What a plan says of views beside its assets.
    package var remarks: [String] {
        var remarks: [String] = []
        if !remade.isEmpty {
            remarks.append("views to be made again, as they are gone or what they read has changed: \(list(remade))")
        }
        if !takenOver.isEmpty {
            remarks.append(
                "views that are there already, of a project of this name, and not of what is deployed here, are replaced: "
                    + list(takenOver))
        }
        return remarks
    }

    private func list(_ ids: [String]) -> String { ids.joined(separator: ", ") }

    /// Nil where neither what is deployed nor the plan has views.
    ///
    /// - Throws: `Diagnostic` where the engine makes no views, or one cannot be made.
    package init?(_ folder: ProjectFolder, _ plan: DeploymentPlan, over deployed: Deployment?) throws {
        let before = deployed?.blueprint.viewIDs ?? []
        made = plan.blueprint.viewIDs
        dropped = before.filter { !plan.blueprint.viewIDs.contains($0) }
        if made.isEmpty, dropped.isEmpty { return nil }
        useCase = plan.blueprint.useCase
        note = folder.note
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
            var states: [SegmentViewState] = []
            if let evaluation { states = try views.check(evaluation, made, of: useCase) }
            let found = Array(zip(made, states))
            let unchanged = Set(deployed?.blueprint.assets.filter { $0.kind == .view } ?? [])
                .intersection(plan.blueprint.assets).map(\.id)
            remade = found.filter { $0.1 != .current && unchanged.contains($0.0) }.map(\.0)
            takenOver = found.filter { $0.1 != .absent && !before.contains($0.0) }.map(\.0)
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }

    package func apply() throws {
        // Two ids may be one name: what goes is gone before something of its name comes.
        let left = dropped.isEmpty ? [] : try views.drop(dropped, of: useCase)
        if !left.isEmpty { note("note: views that are another project's stay: \(list(left))") }
        try make(made)
    }

    /// Makes some of the views, whatever has changed.
    package func make(_ ids: [String]) throws {
        if let evaluation { try views.make(evaluation, ids, of: useCase) }
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
        for remark in rollout?.remarks ?? [] { note("note: \(remark)") }
        return try apply(plan, rollout, generation: generation)
    }

    /// The same with the rollout of a plan that was shown, remarks and all.
    package func apply(_ plan: DeploymentPlan, _ rollout: ViewRollout?, generation: Int) throws -> Deployment? {
        try deployments().apply(plan, generation: generation, at: Machine.now) { try rollout?.apply() }
    }
}
