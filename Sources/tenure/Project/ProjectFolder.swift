import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import Imports
import Quantities
import Queries

/// A project on disk: its files, its store, its deployments.
struct ProjectFolder {
    let url: URL
    /// As the user would write it, for messages: empty for the current folder.
    let shown: String
    /// What becomes of warnings: printed, unless a command shows them itself.
    var warn: ([Diagnostic]) -> Void = { Terminal.show($0) }

    init(_ path: String?) {
        url = URL(filePath: path ?? ".", directoryHint: .isDirectory)
        shown = path.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? ""
    }

    var storePath: String { url.appending(path: ".tenure/store").path }

    func project() throws -> Project {
        let file = url.appending(path: "project.yaml")
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw Diagnostic(
                .noProject, "\(shown.isEmpty ? "this folder" : shown) has no project.yaml",
                hints: ["make one: tenure init", "or try the sample: tenure demo"])
        }
        let source = try SourceFile.read(path: file.path, shownAs: shown + "project.yaml")
        let (project, diagnostics) = Project.load(
            file: source, environment: { ProcessInfo.processInfo.environment[$0] })
        guard let project, !diagnostics.hasErrors else { throw DiagnosticList(diagnostics) }
        warn(diagnostics)
        guard project.engine.value == "embedded" else {
            throw Diagnostic(
                .missingExtension, "the engine '\(project.engine.value)' is not part of this version",
                at: project.engine.place, hints: ["engine: embedded"])
        }
        return project
    }

    /// values.yaml, then values.ENV.yaml, then the files of `-f`, then `--set`.
    func values(_ options: ValuesOptions) throws -> Values {
        let (values, diagnostics) = try readValues(options)
        if diagnostics.hasErrors { throw DiagnosticList(diagnostics) }
        return values
    }

    /// As `values`, with what is wrong beside what can be read, so that one run finds the mistakes of use cases too.
    func readValues(_ options: ValuesOptions) throws -> (values: Values, problems: [Diagnostic]) {
        var diagnostics: [Diagnostic] = []
        var files: [ValuesFile] = []
        var paths: [(path: String, shown: String)] = []
        if FileManager.default.fileExists(atPath: url.appending(path: "values.yaml").path) {
            paths.append((url.appending(path: "values.yaml").path, shown + "values.yaml"))
        }
        if let environment = options.environment {
            let name = "values.\(environment).yaml"
            let file = url.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw Diagnostic(
                    .unreadableFile, "there is no \(shown)\(name)",
                    hints: didYouMean(environment, among: environments()).map {
                        $0.replacing("did you mean", with: "--env: did you mean")
                    } + ["it holds what is other than in values.yaml in the environment '\(environment)'"])
            }
            paths.append((file.path, shown + name))
        }
        paths += options.files.map { ($0, $0) }
        for path in paths {
            let source = try SourceFile.read(path: path.path, shownAs: path.shown)
            let (values, problems) = ValuesFile.load(file: source)
            diagnostics += problems
            if let values { files.append(values) }
        }
        var settings: [Values.Setting] = []
        for argument in options.settings {
            switch Values.Setting.parse(argument) {
            case .success(let setting): settings.append(setting)
            case .failure(let problem): diagnostics.append(problem)
            }
        }
        let values = Values(files: files, settings: settings)
        diagnostics += values.unknownUseCases(among: try useCaseFiles().map(\.id))
        return (values, diagnostics)
    }

    /// The names of the environments that have a values file.
    private func environments() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.filter { $0.hasPrefix("values.") && $0.hasSuffix(".yaml") && $0 != "values.yaml" }
            .map { String($0.dropFirst("values.".count).dropLast(".yaml".count)) }.sorted()
    }

    /// The store's current generation.
    func store() throws -> EventStore {
        guard let store = try StoreDirectory(storePath).open() else {
            throw Diagnostic(
                .emptyStore, "nothing was imported into \(shown.isEmpty ? "this project" : shown) yet",
                hints: ["tenure import"])
        }
        return store
    }

    /// The store's current generation; nil where nothing was imported.
    func generation() throws -> Int? { try StoreDirectory(storePath).open()?.generation }

    func deployments() -> DeploymentCatalog {
        DeploymentCatalog(url.appending(path: ".tenure/deployments.sqlite").path)
    }

    /// The project's rates into its display currency.
    func rates(_ project: Project) throws -> RateTable {
        guard let fx = project.fx else { return RateTable() }
        let path = url.appending(path: fx.file.value).path
        return try RateTable(ratesFile: path, shownAs: shown + fx.file.value, place: fx.file.place)
    }

    // MARK: - Use cases

    /// A use case that ships or that the project adds.
    struct UseCaseFile {
        var id: String
        var path: String
        var shown: String
        var isProjects: Bool
    }

    /// Those of the project, then those that ship and that the project does not replace.
    func useCaseFiles() throws -> [UseCaseFile] {
        var files: [UseCaseFile] = []
        let home = try Resources.folder()
        let own = url.appending(path: "usecases")
        for (folder, isProjects) in [(own, true), (home.appending(path: "usecases"), false)] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names.sorted() {
                let file = folder.appending(path: "\(name)/usecase.yaml")
                guard FileManager.default.fileExists(atPath: file.path), !files.contains(where: { $0.id == name })
                else { continue }
                let label = "usecases/\(name)/usecase.yaml"
                files.append(
                    UseCaseFile(
                        id: name, path: file.path, shown: isProjects ? shown + label : label, isProjects: isProjects))
            }
        }
        return files
    }

    /// A use case with its parameters filled in.
    func useCase(_ id: String, _ options: ValuesOptions) throws -> UseCase {
        try useCase(id, values: values(options))
    }

    /// - Parameter values: looked at only where there is such a use case.
    func useCase(_ id: String, values: @autoclosure () throws -> Values) throws -> UseCase {
        guard let file = try useCaseFiles().first(where: { $0.id == id }) else { throw try unknownUseCase(id) }
        let source = try SourceFile.read(path: file.path, shownAs: file.shown)
        let (filled, diagnostics) = UseCase.load(
            file: source, templates: try templates(), values: try values())
        guard let filled, !diagnostics.hasErrors else { throw DiagnosticList(diagnostics) }
        warn(diagnostics)
        return filled
    }

    /// Segmentation templates: the project's, then those that ship.
    func templates() throws -> Templates {
        var files: [String: SourceFile] = [:]
        let home = try Resources.folder()
        for (folder, prefix) in [(home, ""), (url, shown)] {
            let path = folder.appending(path: "templates/segmentations").path
            for name in ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
            where name.hasSuffix(".yaml") {
                files[String(name.dropLast(5))] = try SourceFile.read(
                    path: path + "/" + name, shownAs: "\(prefix)templates/segmentations/\(name)")
            }
        }
        return Templates(files)
    }
}

/// `-C` and what every command has.
struct ProjectOptions: ParsableArguments {
    @Option(name: [.customShort("C"), .customLong("directory")], help: "The project's folder.")
    var directory: String?

    @Flag(help: "Print without colours (also: NO_COLOR).")
    var noColor = false

    var folder: ProjectFolder { ProjectFolder(directory) }
}

/// `--env`, `-f` and `--set`.
struct ValuesOptions: ParsableArguments {
    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("The environment: the project's values.NAME.yaml on top of values.yaml.", valueName: "name"))
    var environment: String?

    @Option(
        name: [.customShort("f"), .customLong("values")],
        help: ArgumentHelp("Values on top of values.yaml; may be repeated, later wins.", valueName: "file"))
    var files: [String] = []

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "One parameter, name=value or use-case.name=value; wins over files.", valueName: "name=value"))
    var settings: [String] = []

    /// Nothing of it is given.
    var isEmpty: Bool { environment == nil && files.isEmpty && settings.isEmpty }

    /// The same options for a command line, each after a blank: for the next command.
    var arguments: String {
        func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
        return
            ((environment.map { [" --env \(quoted($0))"] } ?? []) + files.map { " -f \(quoted($0))" }
            + settings.map { " --set \(quoted($0))" }).joined()
    }
}
