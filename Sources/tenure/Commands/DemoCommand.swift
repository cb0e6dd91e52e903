import ArgumentParser
import Definitions
import Diagnostics
import Foundation
import Imports
import Projects

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the sample project and take it from files to a dashboard, showing every command.")

    @Argument(help: "The folder to make.")
    var folder: String = "demo"

    private static let seed = "harbour-coffee"
    private static let useCase = "cltv-dashboard"

    mutating func run() throws {
        let url = URL(filePath: folder, directoryHint: .isDirectory)
        if FileManager.default.fileExists(atPath: url.path) {
            throw Diagnostic(
                .projectExists, "\(folder) is there already", hints: ["name another folder: tenure demo FOLDER"])
        }
        let seed = try Resources.folder().appending(path: "seeds/\(Demo.seed)")
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            for name in ["project.yaml", "values.yaml", "rates.csv", "data", "README.md"] {
                try FileManager.default.copyItem(at: seed.appending(path: name), to: url.appending(path: name))
            }
            try EditorSchemas.write(to: url)
        } catch {
            throw Diagnostic(.unwritableFile, "\(folder): \(error.localizedDescription)")
        }
        Terminal.note("The sample project is in \(folder)/. The commands that follow are yours to repeat.")
        let page = "\(folder)/dashboard.html"
        for arguments in [
            ["import", "-C", folder, "--progress", "none"],
            ["check", Demo.useCase, "-C", folder],
            ["deploy", Demo.useCase, "-C", folder, "--yes"],
            ["deploy", "customer-value-report", "-C", folder, "--yes"],
            ["deploy", "customer-report", "-C", folder, "--yes"],
            ["export", Demo.useCase, "-C", folder, "--html", page],
            ["evaluate", Demo.useCase, "-C", folder],
        ] {
            Terminal.note("\n$ tenure \(arguments.joined(separator: " "))\n")
            unsafe Terminal.isQuietAboutNext = true
            var command = try Tenure.parseAsRoot(arguments)
            try command.run()
            unsafe Terminal.isQuietAboutNext = false
        }
        Terminal.note("\nThe same as a page: \(page)")
        Terminal.next(
            "tenure serve -C \(folder) --open      the dashboard and both customer reports, in the browser",
            "tenure evaluate \(Demo.useCase) -C \(folder) --by country",
            "tenure render \(Demo.useCase) -C \(folder)      the deployed assets as YAML")
    }
}
