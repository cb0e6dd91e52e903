import ArgumentParser
import Definitions
import Diagnostics
import Foundation
import Projects

struct Customize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy a use case that ships into the project, to adjust what values.yaml cannot.",
        discussion: """
            Beside the copy it keeps origin.yaml, the definition as it ships, so that tenure upgrade can tell what was \
            adjusted from what a new version changes. Both belong to the project's version control.
            """)

    @Argument(help: "The use case's id; see tenure use-cases.")
    var useCase: String

    @OptionGroup var project: ProjectOptions

    mutating func run() throws {
        let folder = project.folder
        _ = try folder.project()
        guard let shipped = try folder.shippedUseCase(useCase) else { throw try folder.unknownUseCase(useCase) }
        let own = folder.ownUseCase(useCase)
        if own.isThere {
            throw Diagnostic(
                .projectExists, "\(own.shown) is there already",
                hints: ["adjust that one", "to bring it to a new version: tenure upgrade \(useCase)"])
        }
        let text = try shipped.read().text
        // The definition last: only with it the project has the use case.
        try folder.write(Origin.text(of: text), to: folder.origin(useCase))
        try copyRest(from: shipped, to: own)
        try folder.write(text, to: own)
        Terminal.next("edit \(own.shown), then: tenure plan \(useCase)")
    }

    /// What stands beside the definition: its README and its tests. What the project has there already stays.
    private func copyRest(from shipped: ProjectFolder.UseCaseFile, to own: ProjectFolder.UseCaseFile) throws {
        let source = URL(filePath: shipped.path).deletingLastPathComponent()
        let target = URL(filePath: own.path).deletingLastPathComponent()
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
            where !["usecase.yaml", "origin.yaml"].contains(name) {
                let copy = target.appending(path: name)
                if FileManager.default.fileExists(atPath: copy.path) { continue }
                try FileManager.default.copyItem(at: source.appending(path: name), to: copy)
                Terminal.note("wrote \(own.shown.replacing("usecase.yaml", with: name))")
            }
        } catch {
            throw Diagnostic(.unwritableFile, "\(own.shown): \(error.localizedDescription)")
        }
    }
}
