import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import Plans
import Quantities
import Views

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what a deployment would change, asset by asset and field by field.")

    @Argument(help: "The use case's id.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Flag(help: "Exit code 2 when there are changes.")
    var detailedExitcode = false

    @Option(help: "table, json or markdown.")
    var format: PlanFormat = .table

    mutating func run() throws {
        let folder = project.folder
        _ = try folder.project()
        let filled = try folder.useCase(useCase, values)
        let deployed = try folder.deployments().current(useCase: filled.id.value)
        let plan = try DeploymentPlan(Blueprint(filled), over: deployed.map { ($0.number, $0.blueprint) })
        Terminal.data(PlanView(plan).render(format, color: Terminal.colorOnOutput))
        if plan.hasChanges {
            Terminal.next("tenure deploy \(useCase)")
            if detailedExitcode { throw Outcome.changes }
        } else {
            Terminal.next("tenure evaluate \(useCase)")
        }
    }
}

extension PlanFormat: ExpressibleByArgument {}

struct Deploy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check, plan, and materialise a use case's segmentations and dashboard, all or nothing.")

    @Argument(help: "The use case's id.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Flag(name: [.short, .long], help: "Deploy without asking.")
    var yes = false

    @Flag(help: "Never ask; without --yes a deployment that changes something fails.")
    var noInput = false

    mutating func run() throws {
        let folder = project.folder
        let definition = try folder.project()
        let filled = try folder.useCase(useCase, values)
        let store = try folder.store()
        let results = try CheckCommandFlow(folder: folder, project: definition, store: store).results(filled)
        let missing = results.filter(\.isBlocking)
        if !missing.isEmpty {
            Terminal.data(CheckView(useCase: filled.id.value, results: missing).render(.table))
            Terminal.show([
                Diagnostic(
                    .unmetRequirements,
                    "\(missing.count) required thing\(missing.count == 1 ? " is" : "s are") missing",
                    hints: ["see all of them: tenure check \(useCase)"])
            ])
            throw Outcome.unmet
        }
        let catalog = folder.deployments()
        let deployed = try catalog.current(useCase: filled.id.value)
        let plan = try DeploymentPlan(Blueprint(filled), over: deployed.map { ($0.number, $0.blueprint) })
        Terminal.data(PlanView(plan).render(.table, color: Terminal.colorOnOutput))
        guard plan.hasChanges || plan.baseVersion != plan.blueprint.version else {
            Terminal.next("tenure evaluate \(useCase)")
            return
        }
        try confirm()
        guard let deployment = try catalog.apply(plan, generation: store.generation, at: Machine.now) else { return }
        Terminal.note(
            "deployed \(deployment.blueprint.useCase) \(deployment.blueprint.version) as deployment \(deployment.number), "
                + "definition \(deployment.blueprint.hash)")
        Terminal.next("tenure evaluate \(useCase)")
    }

    private func confirm() throws {
        if yes { return }
        guard !noInput, isatty(STDIN_FILENO) == 1 else {
            throw Diagnostic(
                .notConfirmed, "nothing was deployed: there is nobody to ask", hints: ["deploy without asking: --yes"])
        }
        Terminal.note("\nDeploy this? Only 'yes' is taken.")
        guard readLine() == "yes" else {
            Terminal.note("nothing was deployed")
            throw Outcome.failure
        }
    }
}

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List what is deployed.")

    @OptionGroup var project: ProjectOptions

    @Option(help: "table, json, csv or markdown.")
    var format: OutputFormat = .table

    mutating func run() throws {
        let folder = project.folder
        let definition = try folder.project()
        let deployed = try folder.deployments().current()
        Terminal.data(
            StatusView(deployed, zone: definition.timezone.value).render(format, width: Terminal.listingWidth))
        if deployed.isEmpty {
            Terminal.next("tenure use-cases")
        } else {
            Terminal.next("tenure evaluate \(deployed[0].blueprint.useCase)")
        }
    }
}

extension OutputFormat: ExpressibleByArgument {}

struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the assets of a use case as YAML: as deployed, or with --draft as they would be.")

    @Argument(help: "The use case's id.")
    var useCase: String

    @Argument(help: "Only the asset of that id.")
    var asset: String?

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Flag(help: "From the definition and values as they stand, not from what is deployed.")
    var draft = false

    mutating func run() throws {
        let folder = project.folder
        let blueprint =
            draft
            ? Blueprint(try folder.useCase(useCase, values)) : try folder.deployed(useCase).blueprint
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
}
