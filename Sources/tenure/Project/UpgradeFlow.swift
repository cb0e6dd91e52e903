import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import Plans
import Projects
import Views

/// From a new version of a use case to its deployment:
///
///     UpgradeSources ── DefinitionMerge ── Merged ── UseCase ── DeploymentPlan ── (asked) ── files ── Deployment
///
/// Up to the question nothing is written. After it the files come first: a run that is killed in between leaves files
/// that `tenure status` shows as drifted, and `tenure deploy` goes on from there.
struct UpgradeFlow {
    let folder: ProjectFolder
    let useCase: String
    /// The file or folder of `--to`.
    let target: String?
    let values: ValuesOptions
    let choices: MergeChoices
    let confirmation: Confirmation
    let isDryRun: Bool
    let format: UpgradeFormat

    func run() throws {
        let project = try folder.project()
        let catalog = folder.deployments()
        let latest = try catalog.latest(useCase: useCase)
        let deployed = latest.flatMap { $0.isDestruction ? nil : $0 }
        let sources = try UpgradeSources(folder, useCase, target: target, deployed: deployed)
        let given = try folder.values(values.selection)
        if sources.isUpToDate {
            try refuseIdleChoices([])
            return tellNothingToDo(sources, isDeployed: deployed != nil)
        }
        let merged = try merge(sources, given)
        let filled = try load(merged, given)
        let view = UpgradeView(
            useCase: useCase, from: sources.present, to: sources.new.version,
            file: merged.text.map { _ in ownFile.shown },
            merge: merged.merge, isWhole: sources.isUnadjusted,
            gone: try gone(sources, filled, given, deployed: deployed))

        // Without data, or where nothing is deployed, there are only the files.
        let data = deployed == nil ? nil : try folder.dataIfAny(of: project, threads: Machine.threads)
        var plan: DeploymentPlan?
        var planView: PlanView?
        if let data {
            try RequirementCheck(folder: folder, project: project, data: data).demand(filled)
            let blueprint = Blueprint(filled).withViews(deployed?.blueprint.hasViews ?? false)
            let made = try DeploymentPlan(blueprint, over: latest.map { ($0.number, $0.blueprint) })
            plan = made
            planView = PlanView(made, consequences: try folder.consequences(made, from: deployed, to: filled))
        }
        show(view, planView)
        Terminal.show(merged.notes)
        if isDryRun { return Terminal.note("\nnothing was written: --dry-run") }
        try confirmation.ask(
            plan == nil ? "Write this?" : "Upgrade to version \(sources.new.version) and deploy it?",
            otherwise: "nothing was written")

        try write(merged, sources)
        guard let plan, let data,
            let deployment = try folder.apply(plan, over: deployed, generation: data.generation)
        else {
            Terminal.next("tenure plan \(useCase)\(values.arguments)")
            return
        }
        Terminal.note(
            "upgraded \(useCase) to \(sources.new.version), as deployment \(deployment.number), "
                + "definition \(deployment.blueprint.hash)")
        Terminal.next("tenure evaluate \(useCase)")
    }

    private var ownFile: ProjectFolder.UseCaseFile { folder.ownUseCase(useCase) }

    // MARK: - Merging

    /// What comes of the merge, before anything is written.
    private struct Merged {
        /// Nil where there is nothing to merge: the project uses what ships.
        var merge: DefinitionMerge?
        /// Of the project's own file; nil where it has none and needs none.
        var text: String?
        /// The definition's text, wherever it will be read from.
        var file: SourceFile
        var notes: [Diagnostic]
    }

    /// - Throws: `DiagnosticList` with every conflict; they are shown with all that could be merged.
    private func merge(_ sources: UpgradeSources, _ given: Values) throws -> Merged {
        let merge = sources.base.map { base in
            DefinitionMerge(
                base: base.tree, local: (sources.local ?? base).tree, new: sources.new.tree, choose: choices.side)
        }
        try refuseIdleChoices(merge?.conflicts ?? [])
        let parameters = ParameterChanges(
            of: given, for: useCase, from: sources.base?.tree, to: merge?.tree ?? sources.new.tree,
            version: sources.new.version)
        let conflicts = (merge?.unresolved ?? []).map {
            $0.diagnostic(from: sources.present ?? "", to: sources.new.version)
        }
        if !conflicts.isEmpty || !parameters.conflicts.isEmpty {
            let view = UpgradeView(
                useCase: useCase, from: sources.present, to: sources.new.version,
                file: merge.map { _ in ownFile.shown }, merge: merge)
            show(view, nil)
            Terminal.note("nothing was written\n")
            throw DiagnosticList(conflicts + parameters.conflicts + parameters.notes)
        }
        guard let merge else {
            return Merged(merge: nil, text: nil, file: sources.new.file, notes: parameters.notes)
        }
        let text =
            if let local = sources.local, !sources.isUnadjusted {
                try local.file.edited(merge.edits)
            } else {
                sources.new.file.text
            }
        return Merged(
            merge: merge, text: text, file: SourceFile(path: "\(ownFile.shown) (merged)", text: text),
            notes: parameters.notes)
    }

    private func refuseIdleChoices(_ conflicts: [DefinitionMerge.Conflict]) throws {
        let paths = conflicts.map(\.path)
        var problems = choices.idle(among: conflicts).map { choice in
            let option = choice.side == .local ? "--keep" : "--take"
            return Diagnostic(
                .invalidOption, "\(option) '\(choice.path)' names no conflict",
                hints: didYouMean(choice.path, among: paths) + [
                    paths.isEmpty ? "there are no conflicts" : "conflicts: \(paths.joined(separator: ", "))"
                ])
        }
        problems += choices.contradictions.map {
            Diagnostic(.invalidOption, "'\($0)' is both kept and taken", hints: ["leave out --keep or --take"])
        }
        if !problems.isEmpty { throw DiagnosticList(problems) }
    }

    private func load(_ merged: Merged, _ given: Values) throws -> UseCase {
        let (filled, diagnostics) = UseCase.load(file: merged.file, templates: try folder.templates(), values: given)
        guard let filled, !diagnostics.hasErrors else {
            if merged.text != nil { Terminal.note("the merged definition has mistakes; nothing was written\n") }
            throw DiagnosticList(diagnostics)
        }
        folder.warn(diagnostics)
        return filled
    }

    /// Assets that are deployed, or that the files had, and that the new version took away.
    private func gone(
        _ sources: UpgradeSources, _ filled: UseCase, _ given: Values, deployed: Deployment?
    ) throws -> [Asset] {
        let templates = try folder.templates()
        func assets(_ definition: UpgradeSources.Definition?) -> [Asset] {
            guard let definition else { return [] }
            return UseCase.load(file: definition.file, templates: templates, values: given).useCase.map {
                Blueprint($0).assets
            } ?? []
        }
        func has(_ assets: [Asset], _ asset: Asset) -> Bool {
            assets.contains { $0.id == asset.id && $0.kind == asset.kind }
        }
        // What was taken out locally is not the new version's doing.
        let left = Blueprint(filled).assets + assets(sources.new)
        return (deployed?.blueprint.assets ?? assets(sources.local ?? sources.base)).filter { !has(left, $0) }
    }

    // MARK: - Telling and writing

    private func tellNothingToDo(_ sources: UpgradeSources, isDeployed: Bool) {
        let version = sources.new.version
        let state = sources.base == nil && !isDeployed ? "ships, and is not deployed" : "is what the project has"
        Terminal.note("version \(version) of \(useCase) \(state): nothing to upgrade")
        Terminal.next("tenure plan \(useCase)\(values.arguments)")
    }

    private func show(_ view: UpgradeView, _ plan: PlanView?) {
        switch format {
        case .json: Terminal.data(view.json(plan: plan))
        case .table:
            Terminal.data(view.text(color: Terminal.colorOnOutput))
            if let plan { Terminal.data("\n" + plan.render(.table, color: Terminal.colorOnOutput)) }
        }
    }

    private func write(_ merged: Merged, _ sources: UpgradeSources) throws {
        guard let text = merged.text else { return }
        let origin = { try folder.write(Origin.text(of: sources.new.file.text), to: folder.origin(useCase)) }
        if let local = sources.local, try ownFile.read().text != local.file.text {
            throw Diagnostic(
                .stalePlan, "\(ownFile.shown) was changed while the upgrade asked; nothing was written",
                hints: ["run the command again"])
        }
        if sources.local == nil {
            // Without the definition an origin means nothing, and the next run writes both.
            try origin()
            try folder.write(text, to: ownFile)
        } else {
            // The origin last: killed in between, the next run merges the same once more, and finds it done.
            try folder.write(text, to: ownFile)
            try origin()
        }
    }
}
