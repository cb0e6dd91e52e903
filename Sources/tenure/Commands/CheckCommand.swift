import ArgumentParser
import Definitions
import Diagnostics
import Engine
import EventStores
import Imports
import Plans
import Quantities
import Queries
import Suggestions
import Views

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold a use case's requirements against what the project's data really has.",
        discussion: """
            Exit code 3 when something required is missing. With --suggest, changes of project.yaml and values.yaml that \
            would mend it are shown as a patch: mappings of files that no source reads, and names and values that the data has. \
            --write makes them; comments and the form of the files stay.
            """)

    @Argument(help: "The use case's id; see tenure use-cases.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Flag(help: "Propose changes of project.yaml and values.yaml, with reasons, as a patch.")
    var suggest = false

    @Flag(help: "Make the proposed changes.")
    var write = false

    @Option(help: "table, json, csv, markdown, github or sarif.")
    var format: CheckFormat = .table

    func validate() throws {
        if write, !suggest { throw ValidationError("--write makes what --suggest proposes: give both") }
        if suggest, ![.table, .json].contains(format) {
            throw ValidationError("--suggest has the formats table and json")
        }
    }

    mutating func run() throws {
        let folder = project.folder
        let definition = try folder.project()
        let filled = try folder.useCase(useCase, values)
        let store = suggest ? try StoreDirectory(folder.storePath).open() : try folder.store()
        var results: [RequirementResult] = []
        if let store {
            results = try CheckCommandFlow(folder: folder, project: definition, store: store).results(filled)
        }
        let view = CheckView(useCase: filled.id.value, results: results)
        if suggest { return try propose(view, results, store) }
        Terminal.data(view.render(format))
        if results.contains(where: \.isBlocking) {
            Terminal.next("tenure check \(useCase)\(values.arguments) --suggest")
            throw Outcome.unmet
        }
        Terminal.next("tenure plan \(useCase)\(values.arguments)")
    }

    private func propose(_ view: CheckView, _ results: [RequirementResult], _ store: EventStore?) throws {
        let flow = SuggestionFlow(folder: project.folder, useCase: useCase, values: values)
        let profile =
            try store?.profile() ?? DataProfile(generation: "", customers: 0, events: [], properties: [])
        let (proposed, unread) = try flow.suggestions(profile)
        let (changes, suggestions, left) = try flow.changes(proposed)
        let suggestionView = SuggestionView(
            suggestions, patches: changes.map { TextDiff.unified($0.before, $0.after, path: $0.file) },
            unread: unread)
        for reason in left { Terminal.note("note: not proposed, as the file would not be valid: \(reason)") }
        switch format {
        case .json: Terminal.data(view.json(suggestions: suggestionView))
        default:
            if store == nil {
                Terminal.note("nothing was imported yet: the files of the project are looked at")
            } else {
                Terminal.data(view.render(.table) + "\n")
            }
            Terminal.data(suggestionView.text)
        }
        if write, !changes.isEmpty { try flow.write(changes) }
        let isMapped = changes.contains { $0.file == "project.yaml" }
        if changes.isEmpty {
            if results.contains(where: \.isBlocking) { throw Outcome.unmet }
            Terminal.next(store == nil ? "tenure import" : "tenure plan \(useCase)\(values.arguments)")
        } else if !write {
            Terminal.next("tenure check \(useCase)\(values.arguments) --suggest --write")
        } else {
            Terminal.next(isMapped ? "tenure import" : "tenure check \(useCase)\(values.arguments)")
        }
        if !write, results.contains(where: \.isBlocking) { throw Outcome.unmet }
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
        let (counts, problem) = try buyers(filled, engine, profile)
        let evidence = RequirementChecker.Evidence(catalogs: try catalogs(of: filled), now: now) { event, attribute in
            try engine.evidence(event: event, attribute: attribute)
        } rows: { text, event, attribute in
            try engine.rows(of: text, event: event, attribute: attribute)
        }
        var results = try RequirementChecker(
            filled, project: project, profile: profile, buyers: counts, evidence: evidence
        ).results()
        if let problem, !results.contains(where: \.isBlocking) {
            // Nothing else says why the purchases cannot be read: deploying would only move the error to `evaluate`.
            results.append(
                RequirementResult(
                    "purchases as defined", level: .required, status: .missing, evidence: [problem.message],
                    hints: problem.hints, place: filled.purchases.event.place))
        }
        return results
    }

    /// Stops a deployment where something required is missing, and shows what.
    func demand(_ filled: UseCase) throws {
        let missing = try results(filled).filter(\.isBlocking)
        if missing.isEmpty { return }
        let id = filled.id.value
        Terminal.data(CheckView(useCase: id, results: missing).render(.table))
        Terminal.show([
            Diagnostic(
                .unmetRequirements,
                "\(missing.count) required thing\(missing.count == 1 ? " is" : "s are") missing",
                hints: ["see all of them: tenure check \(id)"])
        ])
        throw Outcome.unmet
    }

    /// The clock; of a project that is looked at as of a fixed instant, that.
    private var now: Instant {
        if case .instant(let instant) = project.asOf.value { instant } else { Machine.now }
    }

    /// Those that the use case asks for; the others are named, and not read.
    private func catalogs(of useCase: UseCase) throws -> [String: Result<CatalogProfile, DiagnosticList>] {
        let needed = useCase.requirements.flatMap(\.all).compactMap { requirement -> String? in
            if case .catalog(let name, _) = requirement.kind { name } else { nil }
        }
        var profiles: [String: Result<CatalogProfile, DiagnosticList>] = [:]
        if needed.isEmpty { return profiles }
        for catalog in project.catalogs {
            profiles[catalog.name.value] =
                needed.contains(catalog.name.value)
                ? try attempt { try CatalogProfile.read(catalog, in: folder.url) }
                : .success(CatalogProfile(items: 0, repeated: 0, attributes: []))
        }
        return profiles
    }

    /// Buyers by the use case's own purchase definition; or why that does not fit the data.
    private func buyers(
        _ useCase: UseCase, _ engine: EmbeddedEngine, _ profile: DataProfile
    ) throws -> (RequirementChecker.BuyerCounts?, Diagnostic?) {
        guard let newest = store.newestEvent else { return (nil, nil) }
        let counting = BuyerCounting(useCase)
        do {
            let evaluation = try counting.evaluation(useCase, project: project, profile: profile, asOf: newest)
            var counts = counting.counts(try engine.answer(evaluation))
            if counting.needsRemainders {
                counts?.remainders = try engine.remainders(evaluation)
                for membership in try engine.memberships(evaluation) {
                    let counted = membership.counts
                    counts?.remainders[membership.id] = SegmentRemainder(
                        outside: counted.last ?? 0, all: counted.reduce(0, +))
                }
            }
            return (counts, nil)
        } catch let error as QueryError {
            return (nil, error.diagnostic)
        }
    }
}
