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
        guard values.files.isEmpty, values.settings.isEmpty else {
            throw Diagnostic(
                .invalidOption, "--suggest writes to the project's own files, over which -f and --set would win",
                hints: ["leave them out; --env NAME proposes for values.NAME.yaml"])
        }
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
            let file = values.environment.map { "values.\($0).yaml" } ?? "values.yaml"
            var proposing = ValueSuggestions(useCase, file: file, profile: profile, load: load)
            all = proposing.make()
            // What a value of the use case mends needs no mapping.
            definition = load(proposing.settings) ?? definition
        }
        let project = try folder.project()
        var mapping = MappingSuggestions(
            definition, project: try tree("project.yaml"), profile: profile, vacant: vacant(project, profile),
            surveys: try surveys(project, profile))
        all += mapping.make()
        return (all, mapping.unread)
    }

    /// What the files would become, with those of the suggestions that leave them valid.
    ///
    /// - Returns: with the suggestions that were left out, each with its reason.
    func changes(_ suggestions: [Suggestion]) throws -> (changes: [Change], made: [Suggestion], left: [String]) {
        var files: [String: SourceFile] = [:]
        var made: [Suggestion] = []
        var left: [String] = []
        for suggestion in suggestions {
            let present = try files[suggestion.file] ?? source(suggestion.file)
            let tried = try attempt {
                let file = SourceFile(path: present.path, text: try present.edited(suggestion.edits))
                let problems = problems(file, suggestion.file)
                if problems.hasErrors { throw DiagnosticList(problems) }
                return file
            }
            switch tried {
            case .success(let file):
                files[suggestion.file] = file
                made.append(suggestion)
            case .failure(let problems):
                left.append("\(suggestion.title): \(problems.diagnostics.first?.message ?? "")")
            }
        }
        let order = made.map(\.file).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let changes = try order.compactMap { file -> Change? in
            let before = try source(file).text
            guard let after = files[file]?.text, after != before else { return nil }
            return Change(file: file, before: before, after: after)
        }
        return (changes, made, left)
    }

    /// What is wrong with a changed file by itself.
    private func problems(_ file: SourceFile, _ name: String) -> [Diagnostic] {
        name == "project.yaml"
            ? Project.load(file: file, environment: { ProcessInfo.processInfo.environment[$0] }).diagnostics
            : ValuesFile.load(file: file).diagnostics
    }

    /// Writes the changed files, each whole or not at all.
    ///
    /// - Throws: where a file was changed since it was read; it is left as it is then.
    func write(_ changes: [Change]) throws {
        for change in changes where try source(change.file).text != change.before {
            throw Diagnostic(
                .stalePlan, "\(folder.shown)\(change.file) was changed meanwhile; nothing was written",
                hints: ["run the command again"])
        }
        for change in changes {
            try folder.write(
                change.after,
                to: ProjectFolder.UseCaseFile(
                    id: "", path: folder.url.appending(path: change.file).path, shown: folder.shown + change.file,
                    isProjects: true))
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

    /// The places of sources none of whose files is there, or whose file has not the columns that the source needs: such as
    /// the one that `tenure init` writes.
    private func vacant(_ project: Project, _ profile: DataProfile) -> [Int] {
        project.sources.indices.filter { isVacant(project.sources[$0], profile) }
    }

    private func columnName(_ field: FieldMapping?) -> String? {
        if case .column(let name)? = field?.source { name.value } else { nil }
    }

    private func isVacant(_ source: Source, _ profile: DataProfile) -> Bool {
        guard let files = try? InputFiles.find(source.input.files, in: folder.url), let file = files.first else {
            return true
        }
        // What was imported fits.
        if case .fixed(let type)? = source.event?.type, profile.events.contains(where: { $0.name == type.value }) {
            return false
        }
        if source.event == nil, !profile.properties.isEmpty { return false }
        guard case .csv = source.input, let survey = try? FileSurvey.read(file, as: source.input, limit: 1) else {
            return false
        }
        let needed = [columnName(source.customer), source.event?.timestamp.column.value].compactMap { $0 }
        return !needed.isEmpty && !needed.contains { name in survey.columns.contains { $0.name == name } }
    }

    /// Surveys of the files in the project's folder, and in its folder `data`, that nothing names yet.
    private func surveys(_ project: Project, _ profile: DataProfile) throws -> [FileSurvey] {
        var known: Set<String> = []
        if let fx = project.fx { known.insert(folder.url.appending(path: fx.file.value).path) }
        let read = project.sources.filter { !isVacant($0, profile) }.map(\.input)
        for input in read + project.catalogs.map(\.input) {
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
