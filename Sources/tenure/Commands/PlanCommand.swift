import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import Plans
import Projects
import Quantities
import Queries
import Views

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what a deployment would change, asset by asset and field by field.")

    @Argument(help: "The use case's id.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @OptionGroup var views: ViewOptions

    @Flag(help: "Exit code 2 when there are changes.")
    var detailedExitcode = false

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("Write the plan to this file, for tenure deploy to apply exactly it.", valueName: "file"))
    var output: String?

    @Option(help: "table, json or markdown.")
    var format: PlanFormat = .table

    mutating func run() throws {
        let folder = project.folder
        _ = try folder.project()
        let filled = try folder.useCase(useCase, values.selection)
        let deployed = try folder.deployments().latest(useCase: filled.id.value)
        let plan = try DeploymentPlan(
            views.applied(to: Blueprint(filled), over: deployed), over: deployed.map { ($0.number, $0.blueprint) })
        let rollout = try ViewRollout(folder, plan, over: deployed)
        let consequences = try folder.consequences(plan, from: deployed, to: filled)
        Terminal.data(PlanView(plan, consequences: consequences).render(format, color: Terminal.colorOnOutput))
        for remark in rollout?.remarks ?? [] { Terminal.note(remark) }
        if let output {
            let saved = SavedPlan(
                plan.blueprint, base: plan.base, generation: try folder.generation(), environment: values.environment,
                valuesFiles: values.files, settings: values.settings)
            try Terminal.write(saved.data(), to: output)
        }
        if plan.hasChanges || rollout?.remade.isEmpty == false {
            // A plan that was kept has its values.
            Terminal.next("tenure deploy \(output ?? useCase + values.arguments + views.arguments)")
            if detailedExitcode { throw Outcome.changes }
        } else {
            Terminal.next("tenure evaluate \(useCase)")
        }
    }
}

extension PlanFormat: ExpressibleByArgument {}

struct Deploy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check, plan, and materialise a use case's segmentations and dashboard, all or nothing.",
        discussion: """
            With the file of a plan, exactly that plan is applied, without asking; it is refused (exit code 4) where the \
            data, the definition with its values, or what is deployed has changed since.
            """)

    @Argument(help: "The use case's id, or the file of a plan that tenure plan -o wrote.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions
    @OptionGroup var views: ViewOptions
    @OptionGroup var confirmation: Confirmation

    mutating func run() throws {
        let folder = project.folder
        let definition = try folder.project()
        let saved = try savedPlan(folder)
        let id = saved?.blueprint.useCase ?? useCase
        let data = try folder.data(of: definition, threads: Machine.threads)
        let catalog = folder.deployments()
        let deployed = try catalog.latest(useCase: id)
        let filled =
            if let saved {
                try planned(saved, folder, over: deployed?.number, generation: data.generation)
            } else {
                try folder.useCase(useCase, values.selection)
            }
        try RequirementCheck(folder: folder, project: definition, data: data).demand(filled)
        let plan = try DeploymentPlan(
            saved?.blueprint ?? views.applied(to: Blueprint(filled), over: deployed),
            over: deployed.map { ($0.number, $0.blueprint) })
        let rollout = try ViewRollout(folder, plan, over: deployed)
        let consequences = try folder.consequences(plan, from: deployed, to: filled)
        Terminal.data(PlanView(plan, consequences: consequences).render(.table, color: Terminal.colorOnOutput))
        for remark in rollout?.remarks ?? [] { Terminal.note(remark) }
        guard plan.hasChanges || plan.baseVersion != plan.blueprint.version else {
            if let rollout, !rollout.remade.isEmpty {
                // What they are made from has changed: rates, mappings, the fixed as_of.
                if saved == nil { try confirmation.ask("Make these views again?", otherwise: "nothing was deployed") }
                try rollout.make(rollout.remade)
                Terminal.note("made the views again: \(rollout.remade.joined(separator: ", "))")
            }
            Terminal.next("tenure evaluate \(id)")
            return
        }
        if saved == nil { try confirmation.ask("Deploy this?", otherwise: "nothing was deployed") }
        guard let deployment = try folder.apply(plan, rollout, generation: data.generation) else { return }
        Terminal.note(
            "deployed \(deployment.blueprint.useCase) \(deployment.blueprint.version) as deployment \(deployment.number), "
                + "definition \(deployment.blueprint.hash)")
        Terminal.next("tenure evaluate \(id)")
    }

    /// The plan in the file that was named; nil where a use case was.
    private func savedPlan(_ folder: ProjectFolder) throws -> SavedPlan? {
        if try folder.useCaseFiles().contains(where: { $0.id == useCase }) { return nil }
        guard let data = FileManager.default.contents(atPath: useCase) else {
            // No id of a use case has a point or a slash.
            if useCase.contains(".") || useCase.contains("/") {
                throw Diagnostic(
                    .unreadableFile, "there is no file '\(useCase)', and no use case of that name",
                    hints: ["make a plan: tenure plan USE-CASE -o \(useCase)"])
            }
            return nil
        }
        let saved = try SavedPlan(data, path: useCase)
        guard values.isEmpty, views.isEmpty else {
            throw Diagnostic(
                .invalidOption, "a plan has its values and views already",
                hints: ["leave out --env, -f, --set and --views, or make another plan"]
            )
        }
        return saved
    }

    /// The definition of a plan, if nothing has changed since it was made.
    private func planned(
        _ saved: SavedPlan, _ folder: ProjectFolder, over deployed: Int?, generation: Int
    ) throws -> UseCase {
        let values = ValuesSelection(
            environment: saved.environment, files: saved.valuesFiles, settings: saved.settings)
        let id = saved.blueprint.useCase
        let filled = try attempt { try folder.useCase(id, values) }.orShown()
        let reasons = saved.staleness(
            latest: deployed, generation: generation,
            definition: filled.map { Blueprint($0).withViews(saved.blueprint.hasViews) })
        guard let filled, reasons.isEmpty else {
            throw Diagnostic(
                .stalePlan, "\(useCase): \(reasons.joined(separator: "; "))",
                hints: ["make it again: tenure plan \(id) -o \(useCase)"])
        }
        return filled
    }
}

extension OutputFormat: ExpressibleByArgument {}

struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the assets of a use case as YAML: as deployed, or with --draft as they would be.",
        discussion: """
            With --sql it prints what Spark is asked instead: one statement for all reports of the dashboard, or for those \
            of --report, with its metrics and their definitions in comments. It runs as it stands.
            """)

    @Argument(help: "The use case's id.")
    var useCase: String

    @Argument(help: "Only the asset of that id.")
    var asset: String?

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Flag(help: "From the definition and values as they stand, not from what is deployed.")
    var draft = false

    @Flag(help: "The SQL of the dashboard's reports, where the engine is Spark.")
    var sql = false

    @Option(name: .customLong("report"), help: ArgumentHelp("With --sql: only this report.", valueName: "id"))
    var reports: [String] = []

    func validate() throws {
        if !reports.isEmpty, !sql { throw ValidationError("--report belongs to --sql") }
        if sql, asset != nil { throw ValidationError("--sql is of reports: --report names one") }
    }

    mutating func run() throws {
        if sql { return try renderSQL() }
        let folder = project.folder
        let blueprint =
            draft
            ? Blueprint(try folder.useCase(useCase, values.selection)) : try folder.deployed(useCase).blueprint
        let assets = blueprint.assets.filter { asset == nil || $0.id == asset }
        if assets.isEmpty {
            let known = blueprint.assets.map(\.id)
            throw Diagnostic(
                .notDeployed, "the use case '\(useCase)' has no asset '\(asset ?? "")'",
                hints: didYouMean(asset ?? "", among: known) + ["assets: \(known.joined(separator: ", "))"])
        }
        Terminal.data(
            assets.map { "# \($0.kind.rawValue) \(blueprint.useCase)/\($0.id)\n\($0.yaml)" }.joined(separator: "---\n"))
    }

    private func renderSQL() throws {
        let folder = project.folder
        let definition =
            draft ? try folder.useCase(useCase, values.selection) : try folder.deployed(useCase).definition()
        var options = EvaluationOptions()
        options.reports = reports
        let setup = try EvaluationSetup(folder, options: options, threads: Machine.threads)
        let compilation = try DashboardCompilation(
            definition, project: setup.project, profile: setup.profile, semantics: setup.semantics,
            options: setup.options)
        do {
            guard let text = try setup.engine.sql(compilation.evaluation) else {
                throw Diagnostic(
                    .error, .invalidOption, "the embedded engine has no SQL", at: setup.project.engine.place,
                    hints: ["engine: {spark: {remote: \"sc://host:15002\"}}"])
            }
            Terminal.data(text)
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }
}
