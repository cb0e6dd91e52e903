import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import Plans
import Projects
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
        let center = try UseCaseCenter(folder, values.selection)
        if let useCase { return try show(useCase, center) }
        let entries = try center.files.map(center.entry)
        Terminal.data(UseCaseListView(entries).render(format, width: Terminal.listingWidth))
        if let first = entries.first(where: { $0.deployment == nil }) ?? entries.first {
            Terminal.next(center.isProject ? "tenure check \(first.id)" : "tenure init, or tenure demo")
        }
    }

    private func show(_ id: String, _ center: UseCaseCenter) throws {
        guard let file = center.files.first(where: { $0.id == id }) else { throw try center.folder.unknownUseCase(id) }
        let definition = try center.folder.useCase(id, values.selection)
        Terminal.data(
            UseCaseDetailView(definition, entry: try center.entry(file), tests: try TestCommand.tests(of: file).count)
                .render(format, width: Terminal.listingWidth))
        Terminal.next("tenure check \(id)\(values.arguments)")
    }
}
