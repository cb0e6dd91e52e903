import ArgumentParser
import Diagnostics
import Foundation
import Logging
import Projects
import Server

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the project's dashboards, reports and use cases as pages and as an HTTP API.",
        discussion: """
            Without more it answers on this machine only, to everybody on it. Beyond that every request needs a token \
            (tenure token create NAME), and what changes something one with the role admin. Ctrl-C ends it when the \
            requests that are under way have their answers.
              tenure serve --open
              tenure serve --host 0.0.0.0 --port 80
            """)

    @OptionGroup var project: FolderOption

    @Option(help: "The address that is bound.")
    var host: String = "127.0.0.1"

    @Option(help: "The port; 0 takes one that is free.")
    var port: Int = 8642

    @Flag(help: "Open the first page in the browser.")
    var open = false

    @Flag(help: "Ask for tokens also on this machine.")
    var requireToken = false

    @Option(help: "Worker threads of one evaluation; the numbers do not depend on it.")
    var threads: Int = Machine.threads

    @Option(help: "What is logged to standard error: info (every request), notice or error.")
    var log: LogLevel = .notice

    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case info, notice, error
    }

    func validate() throws {
        if !(0...65_535).contains(port) { throw ValidationError("--port is a number from 0 to 65535") }
        if threads < 1 { throw ValidationError("--threads is at least 1") }
    }

    mutating func run() async throws {
        var folder = project.folder
        let isOnTables = try folder.isOnTables()
        folder.warn = { _ in }
        let settings = ServerSettings(host: host, port: port, requiresToken: requireToken)
        if try TokenFile(project: folder.url).entries().isEmpty {
            if !settings.isLoopback {
                throw Diagnostic(
                    .invalidOption, "\(host) can be reached from other machines, and the project has no token",
                    hints: ["make one first: tenure token create NAME"])
            }
            if requireToken { TenureServe.note("the project has no token yet: tenure token create NAME") }
        }
        var logger = Logger(label: "tenure") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: log.rawValue) ?? .notice
        // What waits for a cluster takes no core here.
        let live = LiveProject(
            folder, workers: Workers(isOnTables ? max(8, Machine.threads) : max(2, Machine.threads)), threads: threads)
        let site = try Site(live, settings)
        let (shouldOpen, shownHost) = (open, host)
        try await TenureServer(site, settings, logger: logger).run { port in
            let address = "http://\(shownHost.contains(":") ? "[\(shownHost)]" : shownHost):\(port)/"
            TenureServe.note("serving \(address)  (Ctrl-C ends it)")
            if shouldOpen { Serve.openBrowser(address) }
        }
    }

    /// The desktop's own way to open an address; where there is none, the address was printed.
    private static func openBrowser(_ address: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["xdg-open", address]
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            TenureServe.note("no browser could be opened: \(error.localizedDescription)")
        }
    }
}
