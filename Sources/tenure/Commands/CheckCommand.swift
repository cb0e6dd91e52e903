import ArgumentParser
import Definitions
import Diagnostics
import Engine
import EventStores
import Imports
import Plans
import Projects
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
        let filled = try folder.useCase(useCase, values.selection)
        let data =
            suggest
            ? try folder.dataIfAny(of: definition, threads: Machine.threads)
            : try folder.data(of: definition, threads: Machine.threads)
        var results: [RequirementResult] = []
        if let data {
            results = try RequirementCheck(folder: folder, project: definition, data: data).results(filled)
        }
        let view = CheckView(useCase: filled.id.value, results: results)
        if suggest { return try propose(view, results, data) }
        Terminal.data(view.render(format))
        if results.contains(where: \.isBlocking) {
            Terminal.next("tenure check \(useCase)\(values.arguments) --suggest")
            throw Outcome.unmet
        }
        Terminal.next("tenure plan \(useCase)\(values.arguments)")
    }

    private func propose(_ view: CheckView, _ results: [RequirementResult], _ data: DataSource?) throws {
        let flow = SuggestionFlow(folder: project.folder, useCase: useCase, values: values)
        let profile =
            try data?.engine.profile() ?? DataProfile(generation: "", customers: 0, events: [], properties: [])
        let (proposed, unread) = try flow.suggestions(profile)
        let (changes, suggestions, left) = try flow.changes(proposed)
        let suggestionView = SuggestionView(
            suggestions, patches: changes.map { TextDiff.unified($0.before, $0.after, path: $0.file) },
            unread: unread)
        for reason in left { Terminal.note("note: not proposed, as the file would not be valid: \(reason)") }
        switch format {
        case .json: Terminal.data(view.json(suggestions: suggestionView))
        default:
            if data == nil {
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
            Terminal.next(data == nil ? "tenure import" : "tenure plan \(useCase)\(values.arguments)")
        } else if !write {
            Terminal.next("tenure check \(useCase)\(values.arguments) --suggest --write")
        } else {
            Terminal.next(isMapped ? "tenure import" : "tenure check \(useCase)\(values.arguments)")
        }
        if !write, results.contains(where: \.isBlocking) { throw Outcome.unmet }
    }
}

extension CheckFormat: ExpressibleByArgument {}
