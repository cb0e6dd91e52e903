import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import Plans
import Views

/// The Use Case Center.
struct UseCases: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use-cases",
        abstract: "List the use cases that ship and those that the project adds: requirements, and what is deployed.",
        discussion: """
            `requirements` is what tenure check says of the project's data. With a use case's id: its parameters with the \
            values in force, its assets and its requirements.
            """)

    @Argument(help: "A use case's id, for all about it.")
    var useCase: String?

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Option(help: "table, json, csv or markdown.")
    var format: OutputFormat = .table

    mutating func run() throws {
        var folder = project.folder
        folder.warn = { _ in }
        let center = try UseCaseCenter(folder, values)
        if let useCase { return try show(useCase, center) }
        let entries = try center.files.map(center.entry)
        Terminal.data(UseCaseListView(entries).render(format, width: Terminal.listingWidth))
        if let first = entries.first(where: { $0.deployment == nil }) ?? entries.first {
            Terminal.next(center.isProject ? "tenure check \(first.id)" : "tenure init, or tenure demo")
        }
    }

    private func show(_ id: String, _ center: UseCaseCenter) throws {
        guard let file = center.files.first(where: { $0.id == id }) else { throw try center.folder.unknownUseCase(id) }
        let definition = try center.folder.useCase(id, values)
        Terminal.data(
            UseCaseDetailView(definition, entry: try center.entry(file), tests: try TestCommand.tests(of: file).count)
                .render(format, width: Terminal.listingWidth))
        Terminal.next("tenure check \(id)\(values.arguments)")
    }
}

/// What is known of the use cases in one project, or in none.
private struct UseCaseCenter {
    let folder: ProjectFolder
    let values: ValuesOptions
    let files: [ProjectFolder.UseCaseFile]
    let isProject: Bool
    private let definition: Project?
    private let store: EventStore?
    private let deployed: [Deployment]

    init(_ folder: ProjectFolder, _ values: ValuesOptions) throws {
        self.folder = folder
        self.values = values
        files = try folder.useCaseFiles()
        isProject = FileManager.default.fileExists(atPath: folder.url.appending(path: "project.yaml").path)
        deployed = isProject ? try folder.deployments().current() : []
        store = isProject ? try StoreDirectory(folder.storePath).open() : nil
        if isProject, case .success(let project) = try attempt({ try folder.project() }) {
            definition = project
        } else {
            definition = nil
        }
    }

    func entry(_ file: ProjectFolder.UseCaseFile) throws -> UseCaseListView.Entry {
        let headline = UseCase.headline(of: try SourceFile.read(path: file.path, shownAs: file.shown))
        let deployment = deployed.first { $0.blueprint.useCase == file.id }
        return UseCaseListView.Entry(
            id: file.id, version: headline?.version ?? "",
            title: headline?.title ?? "(cannot be read; see tenure validate)",
            isProjects: file.isProjects, origin: try origin(file), requirements: try requirements(file),
            deployment: deployment.map { ($0.number, $0.blueprint.version) })
    }

    private func origin(_ file: ProjectFolder.UseCaseFile) throws -> String? {
        let origin = folder.origin(file.id)
        guard file.isProjects, origin.isThere else { return nil }
        return UseCase.headline(of: try origin.read())?.version
    }

    private func requirements(_ file: ProjectFolder.UseCaseFile) throws -> UseCaseListView.Requirements {
        guard case .success(let filled) = try attempt({ try folder.useCase(file.id, values) }) else { return .invalid }
        guard isProject else { return .noProject }
        guard let definition else { return .invalidProject }
        guard let store else { return .noData }
        let checked = try attempt {
            try CheckCommandFlow(folder: folder, project: definition, store: store).results(filled)
        }
        return switch checked {
        case .success(let results): .checked(results)
        case .failure: .invalidProject
        }
    }
}
