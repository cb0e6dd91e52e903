import ArgumentParser
import Definitions
import Diagnostics
import Engine
import Foundation
import Plans
import Projects
import Scenarios
import Views

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run the tests of use cases: given data, expected numbers and segments.",
        discussion: """
            The tests of a use case are the YAML files in its folder tests. They need no project and no import. Exit code 3 \
            when a test fails.
            """)

    @Argument(help: "Use cases by id; without any, all that have tests.")
    var useCases: [String] = []

    @OptionGroup var project: ProjectOptions

    @Option(help: "table, json or github.")
    var format: ScenarioFormat = .table

    mutating func run() throws {
        var folder = project.folder
        // What a definition is warned of, it is warned of by `validate`.
        folder.warn = { _ in }
        let files = try folder.useCaseFiles()
        if let unknown = useCases.first(where: { id in !files.contains { $0.id == id } }) {
            throw Diagnostic(
                .unknownUseCase, "no use case '\(unknown)'",
                hints: didYouMean(unknown, among: files.map(\.id)) + [
                    "use cases: \(files.map(\.id).joined(separator: ", "))"
                ])
        }
        var parts: [ScenarioView.Part] = []
        var problems: [Diagnostic] = []
        var unreadable = 0
        for file in files where useCases.isEmpty || useCases.contains(file.id) {
            let tests = try TestCommand.tests(of: file)
            if tests.isEmpty, useCases.contains(file.id) {
                problems.append(
                    Diagnostic(
                        .noScenarios, "the use case '\(file.id)' has no tests",
                        hints: ["put them into \(file.shown.replacing("usecase.yaml", with: "tests/NAME.yaml"))"]))
            }
            for test in tests {
                switch try attempt({ try outcomes(test, file, folder) }) {
                case .success(let outcomes):
                    parts.append(ScenarioView.Part(useCase: file.id, file: test.shown, outcomes: outcomes))
                case .failure(let list):
                    unreadable += 1
                    problems += list.diagnostics
                }
            }
        }
        let view = ScenarioView(parts, unreadable: unreadable)
        if !parts.isEmpty || format != .table {
            Terminal.data(view.render(format, color: Terminal.colorOnOutput))
        } else if problems.isEmpty {
            Terminal.note("There are no tests.")
        }
        Terminal.show(problems)
        if view.hasFailures || problems.hasErrors { throw Outcome.unmet }
    }

    private func outcomes(
        _ test: (path: String, shown: String), _ file: ProjectFolder.UseCaseFile, _ folder: ProjectFolder
    ) throws -> [ScenarioRun.Outcome] {
        let (scenarios, diagnostics) = ScenarioFile.load(try SourceFile.read(path: test.path, shownAs: test.shown))
        guard let scenarios else { throw DiagnosticList(diagnostics) }
        return try ScenarioRun(
            scenarios, useCase: file.id, definition: { try folder.useCase(file.id, values: $0) },
            options: TestCommand.options, engine: { EmbeddedEngine(store: $0, threads: 1) }
        ).outcomes()
    }

    /// The options of a test are those of `tenure evaluate`.
    private static func options(_ scenario: Scenario, _ project: Project) throws -> EvaluationOptions {
        var arguments: [String] = []
        for (name, values) in scenario.options {
            let flag = "--\(name.value.replacing("_", with: "-"))"
            if values.map(\.value) == ["true"] {
                arguments.append(flag)
            } else {
                for value in values { arguments += [flag, value.value] }
            }
        }
        do {
            return try EvaluationArguments.parse(arguments).options(zone: project.timezone.value)
        } catch let list as DiagnosticList {
            throw list
        } catch {
            throw Diagnostic(
                .invalidOption, EvaluationArguments.message(for: error), at: scenario.options.first?.name.place)
        }
    }

    /// The files of a use case's tests, by name.
    static func tests(of file: ProjectFolder.UseCaseFile) throws -> [(path: String, shown: String)] {
        let folder = URL(filePath: file.path).deletingLastPathComponent().appending(path: "tests")
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
            .map { name in
                (
                    folder.appending(path: name).path,
                    file.shown.replacing("usecase.yaml", with: "tests/\(name)")
                )
            }
    }
}

extension ScenarioFormat: ExpressibleByArgument {}
