import Definitions
import Diagnostics
import Engine
import Foundation
import Imports
import Queries
import Suggestions
import Views

/// The stages from files and data to proposed changes of `project.yaml` and `values.yaml`.
struct SuggestionFlow {
    let folder: ProjectFolder
    let useCase: String
    let values: ValuesOptions

    /// A file with changes.
    struct Change {
        var file: String
        var before: String
        var after: String
    }

    /// Rows of a file that are looked at; enough to see what its columns are.
    private static let surveyedRows = 300_000
    /// Files that are looked at.
    private static let surveyedFiles = 20

    /// - Returns: what is proposed, and the files that nothing is proposed for.
    func suggestions(_ profile: DataProfile) throws -> (suggestions: [Suggestion], unread: [String]) {
        // Mistakes in the definition and its values show before anything is proposed.
        var definition = try folder.useCase(useCase, values)
        var all: [Suggestion] = []
        if profile.events.contains(where: { $0.rows > 0 }) {
            var quiet = folder
            quiet.warn = { _ in }
            let given = try quiet.values(values)
            let load: ([Values.Setting]) -> UseCase? = { [useCase] settings in
                let changed = Values(files: given.files, settings: given.settings + settings)
                return try? quiet.useCase(useCase, values: changed)
            }
            var proposing = ValueSuggestions(useCase, profile: profile, load: load)
            all = proposing.make()
            // What a value of the use case mends needs no mapping.
            definition = load(proposing.settings) ?? definition
        }
        let project = try folder.project()
        var mapping = MappingSuggestions(
            definition, project: try tree("project.yaml"), profile: profile, vacant: vacant(project),
            surveys: try surveys(project))
        all += mapping.make()
        return (all, mapping.unread)
    }

    /// What the files would become.
    func changes(_ suggestions: [Suggestion]) throws -> [Change] {
        var order: [String] = []
        for suggestion in suggestions where !order.contains(suggestion.file) { order.append(suggestion.file) }
        return try order.map { file in
            let source = try self.source(file)
            let edits = suggestions.filter { $0.file == file }.flatMap(\.edits)
            return Change(file: file, before: source.text, after: try source.edited(edits))
        }
    }

    /// Writes the changed files, each whole or not at all.
    func write(_ changes: [Change]) throws {
        for change in changes {
            try Terminal.write(Data(change.after.utf8), to: folder.url.appending(path: change.file).relativePath)
        }
    }

    private func source(_ file: String) throws -> SourceFile {
        let path = folder.url.appending(path: file).path
        guard FileManager.default.fileExists(atPath: path) else {
            return SourceFile(path: folder.shown + file, text: "")
        }
        return try SourceFile.read(path: path, shownAs: folder.shown + file)
    }

    private func tree(_ file: String) throws -> Node {
        let (root, problems) = Node.parse(try source(file))
        guard let root else { throw DiagnosticList(problems) }
        return root
    }

    // MARK: - Files

    /// The places of sources none of whose files is there.
    private func vacant(_ project: Project) -> [Int] {
        project.sources.indices.filter {
            (try? InputFiles.find(project.sources[$0].input.files, in: folder.url)) == nil
        }
    }

    /// Surveys of the files in the project's folder, and in its folder `data`, that nothing names yet.
    private func surveys(_ project: Project) throws -> [FileSurvey] {
        var known: Set<String> = []
        if let fx = project.fx { known.insert(folder.url.appending(path: fx.file.value).path) }
        for input in project.sources.map(\.input) + project.catalogs.map(\.input) {
            let files = (try? InputFiles.find(input.files, in: folder.url)) ?? []
            known.formUnion(files.map { $0.url.resolvingSymlinksInPath().path })
        }
        var surveys: [FileSurvey] = []
        for pattern in ["*", "data/*"] {
            let place = Place(SourceFile(path: "", text: ""), line: 1, column: 1)
            let found = (try? InputFiles.find([Located(pattern, at: place)], in: folder.url)) ?? []
            for file in found where SuggestionFlow.isData(file.path) {
                guard surveys.count < SuggestionFlow.surveyedFiles,
                    !known.contains(file.url.resolvingSymlinksInPath().path),
                    !known.contains(file.url.path)
                else { continue }
                switch try attempt({ try FileSurvey.read(file, limit: SuggestionFlow.surveyedRows) }) {
                case .success(let survey): surveys.append(survey)
                case .failure(let problems):
                    let reason = problems.diagnostics.first?.message ?? ""
                    Terminal.note("note: \(file.path) was not looked at: \(reason)")
                }
            }
        }
        return surveys
    }

    private static func isData(_ path: String) -> Bool {
        let name = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path
        return [".csv", ".tsv", ".ndjson", ".jsonl", ".txt"].contains { name.lowercased().hasSuffix($0) }
    }
}
