import Definitions
import Diagnostics
import Engine
import Foundation
import Projects
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

    /// - Returns: what is proposed, and the files that nothing is proposed for.
    func suggestions(_ profile: DataProfile) throws -> (suggestions: [Suggestion], unread: [String]) {
        guard values.files.isEmpty, values.settings.isEmpty else {
            throw Diagnostic(
                .invalidOption, "--suggest writes to the project's own files, over which -f and --set would win",
                hints: ["leave them out; --env NAME proposes for values.NAME.yaml"])
        }
        // Mistakes in the definition and its values show before anything is proposed.
        var definition = try folder.useCase(useCase, values.selection)
        let project = try folder.project()
        var all: [Suggestion] = []
        if profile.events.contains(where: { $0.rows > 0 }) {
            var quiet = folder
            quiet.warn = { _ in }
            let given = try quiet.values(values.selection)
            let load: ([Values.Setting]) throws -> UseCase? = { [useCase] settings in
                let changed = Values(files: given.files, settings: given.settings + settings)
                guard case .success(let loaded) = try attempt({ try quiet.useCase(useCase, values: changed) }) else {
                    return nil
                }
                return loaded
            }
            let file = values.environment.map { "values.\($0).yaml" } ?? "values.yaml"
            var proposing = ValueSuggestions(
                useCase, file: file, profile: profile, catalogs: project.catalogs.map(\.name.value), load: load)
            all = try proposing.make()
            // What a value of the use case mends needs no mapping.
            definition = try load(proposing.settings) ?? definition
        }
        let unmapped = try UnmappedFiles(folder, project, profile)
        var mapping = MappingSuggestions(
            definition, project: try tree("project.yaml"), profile: profile, vacant: unmapped.vacant,
            surveys: unmapped.surveys)
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
}
