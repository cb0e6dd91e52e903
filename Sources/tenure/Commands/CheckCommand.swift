import ArgumentParser
import Definitions
import Diagnostics
import Engine
import EventStores
import Plans
import Quantities
import Queries
import Views

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold a use case's requirements against what the project's data really has.",
        discussion: "Exit code 3 when something required is missing.")

    @Argument(help: "The use case's id; see tenure use-cases.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Option(help: "table, json, csv, markdown, github or sarif.")
    var format: CheckFormat = .table

    mutating func run() throws {
        let folder = project.folder
        let definition = try folder.project()
        let filled = try folder.useCase(useCase, values)
        let store = try folder.store()
        let results = try CheckCommandFlow(folder: folder, project: definition, store: store).results(filled)
        Terminal.data(CheckView(useCase: filled.id.value, results: results).render(format))
        if results.contains(where: \.isBlocking) {
            Terminal.next("mend values.yaml or the mapping in project.yaml, then: tenure check \(useCase)")
            throw Outcome.unmet
        }
        Terminal.next("tenure plan \(useCase)")
    }
}

extension CheckFormat: ExpressibleByArgument {}

/// The stages of a check, shared by `check`, `plan` and `deploy`.
struct CheckCommandFlow {
    let folder: ProjectFolder
    let project: Project
    let store: EventStore

    func results(_ filled: UseCase) throws -> [RequirementResult] {
        let engine = EmbeddedEngine(store: store, threads: Machine.threads)
        let profile = try engine.profile()
        return RequirementChecker(
            filled, project: project, profile: profile, buyers: try counts(filled, engine, profile)
        ).results()
    }

    /// Buyers by the use case's own purchase definition; nil where it does not fit the data, which the check's other
    /// results explain.
    private func counts(
        _ useCase: UseCase, _ engine: EmbeddedEngine, _ profile: DataProfile
    ) throws -> RequirementChecker.BuyerCounts? {
        guard let newest = store.newestEvent else { return nil }
        let numbers = RequirementChecker.neededPurchaseCounts(useCase)
        do {
            let evaluation = try BuyerCounting(numbers).evaluation(
                useCase, project: project, profile: profile, asOf: newest)
            return BuyerCounting(numbers).counts(try engine.answer(evaluation))
        } catch is QueryError {
            return nil
        }
    }
}
