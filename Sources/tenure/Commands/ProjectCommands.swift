import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import Foundation
import Plans
import Projects
import Synchronization
import Views

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a new project: project.yaml and values.yaml to fill in.")

    @Argument(help: "The folder; made where it does not exist.")
    var folder: String = "."

    mutating func run() throws {
        let url = URL(filePath: folder, directoryHint: .isDirectory)
        let template = try Resources.folder().appending(path: "templates/project")
        let names = try FileManager.default.contentsOfDirectory(atPath: template.path).sorted()
        for name in names
        where name != "gitignore" && FileManager.default.fileExists(atPath: url.appending(path: name).path) {
            throw Diagnostic(
                .projectExists, "\(url.appending(path: name).relativePath) is there already",
                hints: ["name another folder: tenure init FOLDER"])
        }
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            for name in names where name != "gitignore" {
                try FileManager.default.copyItem(at: template.appending(path: name), to: url.appending(path: name))
                Terminal.note("wrote \(url.appending(path: name).relativePath)")
            }
            try ignoreGenerated(in: url, template.appending(path: "gitignore"))
            try EditorSchemas.write(to: url)
        } catch {
            throw Diagnostic(.unwritableFile, "\(folder): \(error.localizedDescription)")
        }
        Terminal.next("edit project.yaml, then: tenure validate && tenure import")
    }

    /// A checkout's own .gitignore keeps its lines.
    private func ignoreGenerated(in folder: URL, _ template: URL) throws {
        let file = folder.appending(path: ".gitignore")
        let wanted = try String(contentsOf: template, encoding: .utf8).split(separator: "\n").map(String.init)
        let before = FileManager.default.contents(atPath: file.path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let lines = before.split(separator: "\n").map(String.init)
        let missing = wanted.filter { !lines.contains($0) }
        if missing.isEmpty { return }
        let start = before.isEmpty || before.hasSuffix("\n") ? before : before + "\n"
        try Data((start + missing.joined(separator: "\n") + "\n").utf8).write(to: file, options: .atomic)
        Terminal.note("\(before.isEmpty ? "wrote" : "added to") \(file.relativePath)")
    }
}

/// The JSON Schemas that the first line of a project's YAML files names, for completion in editors.
enum EditorSchemas {
    static func write(to folder: URL) throws {
        let schemas = folder.appending(path: ".tenure/schemas")
        try FileManager.default.createDirectory(at: schemas, withIntermediateDirectories: true)
        let languages: [(String, Language)] = [
            ("project", .project), ("values", .values), ("use-case", .useCase), ("template", .template),
            ("tests", .scenarios),
        ]
        for (name, language) in languages {
            try Data(jsonSchema(of: language).utf8).write(to: schemas.appending(path: "\(name).schema.json"))
        }
    }
}

struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Check the form and the references of a project's YAML, and of its use cases. Looks at no data but the rates file.",
        discussion: "Exit code 3 when there are errors.")

    @Argument(help: "Use cases by id; without any, all of the project's own and those that values.yaml names.")
    var useCases: [String] = []

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Option(help: "table, json, github or sarif.")
    var format: ValidateFormat = .table

    enum ValidateFormat: String, ExpressibleByArgument, CaseIterable {
        case table, json, github, sarif
    }

    mutating func run() throws {
        var folder = project.folder
        let warnings = Collected()
        folder.warn = { new in warnings.diagnostics.withLock { $0 += new } }
        var diagnostics: [Diagnostic] = []
        func collect<Result>(_ work: () throws -> Result) throws -> Result? {
            do {
                return try work()
            } catch let list as DiagnosticList {
                diagnostics += list.diagnostics
            } catch let diagnostic as Diagnostic {
                diagnostics.append(diagnostic)
            }
            return nil
        }
        let definition = try collect { try folder.project() }
        if let definition { _ = try collect { try folder.rates(definition) } }
        let given = try collect {
            let (values, problems) = try folder.readValues(values.selection)
            diagnostics += problems
            return values
        }
        let named = Set(given?.files.flatMap(\.useCases).map(\.value) ?? [])
        let files = try folder.useCaseFiles()
        let ids =
            useCases.isEmpty ? files.filter { $0.isProjects || named.contains($0.id) }.map(\.id) : useCases
        var valid = 0
        if let given {
            for id in ids where try collect({ try folder.useCase(id, values: given) }) != nil { valid += 1 }
        }
        diagnostics += warnings.diagnostics.withLock { $0 }
        diagnostics = diagnostics.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        switch format {
        case .table: Terminal.show(diagnostics)
        case .json: Terminal.data(MachineFormat.json.render(diagnostics))
        case .github: Terminal.data(MachineFormat.github.render(diagnostics))
        case .sarif: Terminal.data(MachineFormat.sarif.render(diagnostics))
        }
        if diagnostics.hasErrors { throw Outcome.unmet }
        let isOnSpark = if case .spark? = definition?.engine.value { true } else { false }
        Terminal.note("valid: project.yaml\(valid > 0 ? ", \(valid) use case\(valid == 1 ? "" : "s")" : "")")
        Terminal.next(isOnSpark ? "tenure check USE-CASE" : "tenure import")
    }
}

/// Diagnostics that come by the way.
private final class Collected: Sendable {
    let diagnostics = Mutex<[Diagnostic]>([])
}

struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the JSON Schema (draft-07) of a kind of file, for completion in editors.")

    @Argument(help: "use-case, template, project, values or tests.")
    var kind: Kind

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case useCase = "use-case"
        case template, project, values, tests
    }

    mutating func run() throws {
        let language: Language =
            switch kind {
            case .useCase: .useCase
            case .template: .template
            case .project: .project
            case .values: .values
            case .tests: .scenarios
            }
        Terminal.data(jsonSchema(of: language))
    }
}

/// The server has heavy dependencies, so it is a program of its own that this command becomes.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the project as web pages and as an HTTP API (tenure serve --help).")

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    mutating func run() throws {
        try Extension(name: "tenure-serve").become(["serve"] + arguments)
    }
}

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke tokens of the HTTP API (tenure token --help).")

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    mutating func run() throws {
        try Extension(name: "tenure-serve").become(["token"] + arguments)
    }
}
