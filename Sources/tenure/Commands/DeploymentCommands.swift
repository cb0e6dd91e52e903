import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import Plans
import Projects
import Quantities
import Views

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what is deployed, and where the files or the data have moved away from it.",
        discussion: """
            Each asset is held against the definition and values as they stand, and the requirements against the data as \
            it is now. What was deployed with -f or --set is compared with the same options.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Flag(help: "Exit code 2 when the files or the data have moved away from what is deployed.")
    var detailedExitcode = false

    @Option(help: "table, json, csv or markdown.")
    var format: OutputFormat = .table

    mutating func run() throws {
        let folder = project.folder
        let definition = try folder.project()
        // What is deployed is listed whatever the rates are; requirements are not held against data without them.
        let hasRates = try attempt { try folder.rates(definition) }.orShown() != nil
        let entries = try folder.deployments().current().map { try entry($0, folder, definition, isChecked: hasRates) }
        Terminal.data(
            StatusView(entries, zone: definition.timezone.value).render(format, width: Terminal.listingWidth))
        let drifted = entries.first { $0.drift.isThere }
        if let unmet = entries.first(where: { !$0.unmet.isEmpty }) {
            Terminal.next("tenure check \(unmet.useCase)")
        } else if let drifted {
            Terminal.next("tenure diff \(drifted.useCase)\(values.arguments)")
        } else if let first = entries.first {
            Terminal.next("tenure evaluate \(first.useCase)")
        } else {
            Terminal.next("tenure use-cases")
        }
        if detailedExitcode, !hasRates || drifted != nil || entries.contains(where: { !$0.unmet.isEmpty }) {
            throw Outcome.changes
        }
    }

    private func entry(
        _ deployment: Deployment, _ folder: ProjectFolder, _ definition: Project, isChecked: Bool
    ) throws -> StatusView.Entry {
        let filled = try attempt { try folder.useCase(deployment.blueprint.useCase, values.selection) }.orShown()
        let drift = try Drift(deployment, files: filled.map { Blueprint($0) })
        var unmet: [RequirementResult] = []
        if isChecked, let filled, let data = try folder.dataIfAny(of: definition, threads: Machine.threads) {
            unmet = try RequirementCheck(folder: folder, project: definition, data: data).results(filled)
                .filter(\.isBlocking)
        }
        return StatusView.Entry(deployment, drift: drift, unmet: unmet)
    }
}

struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List all deployments of a use case; what was replaced is kept.")

    @Argument(help: "The use case's id.")
    var useCase: String

    @OptionGroup var project: ProjectOptions

    @Option(help: "table, json, csv or markdown.")
    var format: OutputFormat = .table

    mutating func run() throws {
        let folder = project.folder
        let zone = try folder.project().timezone.value
        let history = try folder.deploymentHistory(useCase)
        Terminal.data(HistoryView(history, zone: zone).render(format, width: Terminal.listingWidth))
        if history.count > 1 { Terminal.next("tenure diff \(useCase) --from \(history[history.count - 2].number)") }
    }
}

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare what is deployed with the files, or two deployments, field by field.",
        discussion: """
            Examples:
              tenure diff cltv-dashboard                    what is deployed, and the files as they stand
              tenure diff cltv-dashboard --from 3           deployment 3, and what is deployed
              tenure diff cltv-dashboard --from 1 --to 3
            """)

    @Argument(help: "The use case's id.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Option(help: "A deployment's number; see tenure history.")
    var from: Int?

    @Option(help: "A deployment's number.")
    var to: Int?

    @Flag(help: "Exit code 2 when there are differences.")
    var detailedExitcode = false

    @Option(help: "table, json or markdown.")
    var format: PlanFormat = .table

    mutating func run() throws {
        let folder = project.folder
        _ = try folder.project()
        let isOfFiles = from == nil && to == nil
        if !isOfFiles, !values.isEmpty {
            throw Diagnostic(
                .invalidOption, "--env, -f and --set change a definition, but two deployments are compared",
                hints: ["compare with the files: leave out --from and --to"])
        }
        let old = try from.map { try folder.deployment(useCase, number: $0) } ?? folder.deployed(useCase)
        let target =
            isOfFiles ? nil : try to.map { try folder.deployment(useCase, number: $0) } ?? folder.deployed(useCase)
        let new = try target?.blueprint ?? Blueprint(folder.useCase(useCase, values.selection))
        let plan = try DeploymentPlan(new, over: (old.number, old.blueprint))
        let comparison = PlanView.Comparison(from: old.number, to: target?.number)
        Terminal.data(PlanView(plan, comparing: comparison).render(format, color: Terminal.colorOnOutput))
        guard plan.hasChanges || old.blueprint.version != new.version else { return }
        if isOfFiles { Terminal.next("tenure plan \(useCase)\(values.arguments)") }
        if detailedExitcode { throw Outcome.changes }
    }
}

struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Deploy what an earlier deployment had: the one before, or that of a number.",
        discussion: "The files are not touched: the next deploy would bring their definition back.")

    @Argument(help: "The use case's id.")
    var useCase: String

    @Argument(help: "A deployment's number; see tenure history.")
    var number: Int?

    @OptionGroup var project: ProjectOptions
    @OptionGroup var confirmation: Confirmation

    mutating func run() throws {
        let folder = project.folder
        _ = try folder.project()
        let target = try folder.rollbackTarget(useCase, number: number)
        try DeploymentFlow(folder: folder, confirmation: confirmation).apply(
            target.blueprint, question: "Go back to deployment \(target.number)?",
            done: "rolled back to \(target.number)")
    }
}

struct Destroy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a use case's segmentations and dashboard out of the project; its history is kept.")

    @Argument(help: "The use case's id.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var confirmation: Confirmation

    mutating func run() throws {
        let folder = project.folder
        let deployment = try folder.deployed(useCase)
        try DeploymentFlow(folder: folder, confirmation: confirmation).apply(
            deployment.blueprint.destroyed, question: "Destroy this?", done: "destroyed")
    }
}

/// `--yes` and `--no-input` of commands that change what is deployed.
struct Confirmation: ParsableArguments {
    @Flag(name: [.short, .long], help: "Go ahead without asking.")
    var yes = false

    @Flag(help: "Never ask; without --yes a command that changes something fails.")
    var noInput = false

    /// Asks, where nobody said yes before.
    ///
    /// - Parameter otherwise: what is told where the answer is no, `nothing was deployed`.
    func ask(_ question: String, otherwise: String) throws {
        if yes { return }
        guard !noInput, isatty(STDIN_FILENO) == 1 else {
            throw Diagnostic(
                .notConfirmed, "\(otherwise): there is nobody to ask", hints: ["go ahead without asking: --yes"])
        }
        Terminal.note("\n\(question) Only 'yes' is taken.")
        guard readLine() == "yes" else {
            Terminal.note(otherwise)
            throw Outcome.failure
        }
    }
}

/// The stages from a blueprint that was deployed before to one that is deployed.
struct DeploymentFlow {
    let folder: ProjectFolder
    let confirmation: Confirmation

    func apply(_ blueprint: Blueprint, question: String, done: String) throws {
        let catalog = folder.deployments()
        let latest = try catalog.latest(useCase: blueprint.useCase)
        let plan = try DeploymentPlan(blueprint, over: latest.map { ($0.number, $0.blueprint) })
        let after = blueprint.assets.isEmpty ? nil : try Deployment.definition(of: blueprint)
        let consequences = try folder.consequences(plan, from: latest, to: after)
        Terminal.data(PlanView(plan, consequences: consequences).render(.table, color: Terminal.colorOnOutput))
        guard plan.hasChanges || plan.baseVersion != blueprint.version else {
            Terminal.next("tenure evaluate \(blueprint.useCase)")
            return
        }
        try confirmation.ask(question, otherwise: "nothing was changed")
        let generation = try folder.generation() ?? 0
        guard let deployment = try folder.apply(plan, over: latest, generation: generation) else { return }
        Terminal.note("\(done): \(blueprint.useCase), as deployment \(deployment.number)")
        if deployment.isDestruction {
            Terminal.next("tenure history \(blueprint.useCase)")
        } else {
            Terminal.next("tenure evaluate \(blueprint.useCase)")
        }
    }
}
