package import Definitions
package import Deployments
package import Diagnostics
package import EventStores
package import Foundation
import Imports
import Plans
import Quantities
package import Queries

/// A project on disk: its files, its store, its deployments. Nothing is kept between calls: what changes on the disk is
/// seen by the next one.
package struct ProjectFolder: Sendable {
    package let url: URL
    /// As the user would write it, for messages: empty for the current folder.
    package let shown: String
    private let engines: Engines
    /// What becomes of warnings.
    package var warn: @Sendable ([Diagnostic]) -> Void
    /// What becomes of sentences beside results, `wrote values.yaml`.
    package var note: @Sendable (String) -> Void

    /// - Parameter path: nil for the current folder.
    package init(
        _ path: String?, engines: Engines,
        warn: @escaping @Sendable ([Diagnostic]) -> Void, note: @escaping @Sendable (String) -> Void
    ) {
        url = URL(filePath: path ?? ".", directoryHint: .isDirectory)
        shown = path.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? ""
        self.engines = engines
        self.warn = warn
        self.note = note
    }

    package var storePath: String { url.appending(path: ".tenure/store").path }

    package func project() throws -> Project {
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
        return project
    }

    /// values.yaml, then values.ENV.yaml, then the files of `-f`, then `--set`.
    package func values(_ options: ValuesSelection) throws -> Values {
        let (values, diagnostics) = try readValues(options)
        if diagnostics.hasErrors { throw DiagnosticList(diagnostics) }
        return values
    }

    /// As `values`, with what is wrong beside what can be read, so that one run finds the mistakes of use cases too.
    package func readValues(_ options: ValuesSelection) throws -> (values: Values, problems: [Diagnostic]) {
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
    package func store() throws -> EventStore {
        guard let store = try StoreDirectory(storePath).open() else {
            throw Diagnostic(
                .emptyStore, "nothing was imported into \(shown.isEmpty ? "this project" : shown) yet",
                hints: ["tenure import"])
        }
        return store
    }

    /// The data that a project's numbers are made from.
    ///
    /// - Throws: `Diagnostic` where nothing was imported, or Spark does not answer.
    package func data(of project: Project, threads: Int) throws -> DataSource {
        switch project.engine.value {
        case .embedded:
            let store = try store()
            return DataSource(engine: PredictingEngine(engines.embedded(store, threads)), store: store)
        case .spark(let connection):
            return DataSource(engine: PredictingEngine(try engines.spark(project, connection)), store: nil)
        }
    }

    /// As `data(of:threads:)`; nil where nothing was imported.
    package func dataIfAny(of project: Project, threads: Int) throws -> DataSource? {
        if case .embedded = project.engine.value, try StoreDirectory(storePath).open() == nil { return nil }
        return try data(of: project, threads: threads)
    }

    /// The project's data are tables of Spark, and not its own store.
    package func isOnTables() throws -> Bool {
        if case .spark = try project().engine.value { true } else { false }
    }

    /// The generation that the project's numbers are of: the store's, 0 for tables, which have none; nil where nothing was
    /// imported.
    package func generation() throws -> Int? {
        if try isOnTables() { return 0 }
        return try StoreDirectory(storePath).open()?.generation
    }

    package func deployments() -> DeploymentCatalog {
        DeploymentCatalog(url.appending(path: ".tenure/deployments.sqlite").path)
    }

    /// The project's rates into its display currency, and into others that its rates file names.
    package func rates(_ project: Project) throws -> RateBook {
        guard let fx = project.fx else { return RateBook() }
        let path = url.appending(path: fx.file.value).path
        return try RateBook(
            ratesFile: path, shownAs: shown + fx.file.value, into: project.shownCurrency, place: fx.file.place)
    }
}
