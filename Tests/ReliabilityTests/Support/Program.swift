import Foundation

/// The real `tenure`, run as a child process.
enum Program {
    /// Beside the test bundle, as the package's test target depends on the program; `TENURE_PROGRAM` names another.
    static let path: String = {
        if let named = ProcessInfo.processInfo.environment["TENURE_PROGRAM"], !named.isEmpty { return named }
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: "tenure").path
    }()

    /// The repository, with what ships.
    static let home: String = {
        var folder = URL(filePath: #filePath)
        while !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path), folder.path != "/"
        {
            folder = folder.deletingLastPathComponent()
        }
        return folder.path
    }()

    /// Whether a program of that name is on the path.
    static func isInstalled(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }
}

/// How a child ended and what it printed.
struct Run: CustomStringConvertible {
    /// The exit code, or 128 + the signal that ended it, as a shell shows it.
    var code: Int32
    var out: String
    var err: String

    var description: String { "exit \(code)\n--- out\n\(out)--- err\n\(err)" }

    /// What a program prints that fell over instead of reporting.
    var isCrash: Bool {
        [132, 133, 134, 135, 136, 139].contains(code)
            || ["Fatal error", "Stack dump", "Current stack trace", "💣"].contains { err.contains($0) }
    }
}

/// A running child, whose output goes to files so that it never waits for a reader.
final class Child {
    private let process = Process()
    private let folder: String

    init(_ command: [String], environment: [String: String] = [:]) throws {
        folder = NSTemporaryDirectory() + "/tenure-run-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        var all = ProcessInfo.processInfo.environment
        if all["TENURE_HOME"] == nil { all["TENURE_HOME"] = Program.home }
        all.merge(environment) { $1 }
        process.environment = all
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try output("out")
        process.standardError = try output("err")
        // A child inherits the blocked signals, and the threads of tests block many.
        var (none, before) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func output(_ name: String) throws -> FileHandle {
        try Data().write(to: URL(filePath: "\(folder)/\(name)"))
        return try FileHandle(forWritingTo: URL(filePath: "\(folder)/\(name)"))
    }

    private func text(_ name: String) -> String {
        FileManager.default.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    var isRunning: Bool { process.isRunning }

    /// What it printed to standard error so far.
    var errorsSoFar: String { text("err") }

    var pid: Int32 { process.processIdentifier }

    func send(_ signal: Int32) { Foundation.kill(pid, signal) }

    /// Ends it at once, with what it started.
    func kill() { for pid in started + [pid] { Foundation.kill(pid, SIGKILL) } }

    /// The processes that it started, such as the one that strace runs.
    var started: [Int32] {
        let children = FileManager.default.contents(atPath: "/proc/\(pid)/task/\(pid)/children")
        return String(decoding: children ?? Data(), as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }

    func wait() -> Run {
        process.waitUntilExit()
        let base: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
        return Run(code: base + process.terminationStatus, out: text("out"), err: text("err"))
    }
}
