import ArgumentParser
import Diagnostics
import Engine
import Foundation
import Logging
import Projects
import Server
import Spark

/// The part of Tenure that needs a network: `tenure serve` and `tenure token` become this program.
@main
struct TenureServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenure", abstract: "Serve a project, and make tokens for who may see it.",
        version: "0.1.0", subcommands: [Serve.self, Token.self])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let list as DiagnosticList {
            show(list.diagnostics)
            Foundation.exit(1)
        } catch let diagnostic as Diagnostic {
            show([diagnostic])
            Foundation.exit(diagnostic.code == .invalidOption ? 64 : 1)
        } catch {
            exit(withError: error)
        }
    }

    static func show(_ diagnostics: [Diagnostic]) {
        if diagnostics.isEmpty { return }
        note(TextRenderer(isColored: false).render(diagnostics))
    }

    static func note(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8)) }
}

extension Engines {
    static let ofServer = Engines(
        embedded: { EmbeddedEngine(store: $0, threads: $1) },
        spark: { project, connection in
            try SparkEngine.connected(
                project, connection,
                SparkEngine.Surroundings(
                    program: Resources.program("tenure-spark"), environment: ProcessInfo.processInfo.environment))
        })
}

/// `-C`
struct FolderOption: ParsableArguments {
    @Option(name: [.customShort("C"), .customLong("directory")], help: "The project's folder.")
    var directory: String?

    var folder: ProjectFolder {
        ProjectFolder(
            directory, engines: .ofServer, warn: { TenureServe.show($0) },
            note: { TenureServe.note($0) })
    }
}
