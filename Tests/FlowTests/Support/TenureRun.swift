import Foundation

/// One run of the built program, as a user starts it: arguments in, text and exit code out.
///
/// It runs in its own folder, without a terminal, with nothing on standard input, in an odd timezone, and with an
/// environment of its own.
struct TenureRun: CustomStringConvertible {
    let arguments: [String]
    let output: String
    let errors: String
    /// The exit code; for a signal 128 and its number.
    let status: Int32

    /// The whole run, for the message of a failing test.
    var description: String {
        "$ tenure \(arguments.joined(separator: " "))  [exit \(status)]\n\(output)\n--- standard error:\n\(errors)"
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The package's folder, which has what ships.
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The program beside the test bundle: `.build/<configuration>/tenure`.
    static func program() throws -> URL {
        let running = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        let program = running.deletingLastPathComponent().appending(path: "tenure")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw Failure(description: "no program at \(program.path): build it with swift build --build-tests")
        }
        return program
    }

    /// Runs the program and waits for its end.
    ///
    /// - Parameter limit: seconds, after which the run is killed and the test fails.
    static func run(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:], limit: Double = 60
    ) throws -> TenureRun {
        try RunningTenure(arguments, in: folder, environment: environment).wait(limit)
    }
}

/// A run of the program that goes on beside the test.
final class RunningTenure {
    private let arguments: [String]
    private let scratch: URL
    private let texts: [(url: URL, handle: FileHandle)]
    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)

    init(_ arguments: [String], in folder: URL, environment: [String: String] = [:]) throws {
        self.arguments = arguments
        let scratch = FileManager.default.temporaryDirectory.appending(path: "tenure-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        self.scratch = scratch
        // Files, not pipes: a pipe that nobody empties stops the program.
        texts = try ["output", "errors"].map { name in
            let url = scratch.appending(path: name)
            try Data().write(to: url)
            return (url, try FileHandle(forWritingTo: url))
        }
        process.executableURL = try TenureRun.program()
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = [
            "PATH": "/usr/bin:/bin", "TENURE_HOME": TenureRun.package.path, "TZ": "Pacific/Apia", "LC_ALL": "C.UTF-8",
        ].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = texts[0].handle
        process.standardError = texts[1].handle
        let ended = ended
        process.terminationHandler = { _ in ended.signal() }
        // A child inherits the blocked signals, and the threads of tests block many.
        var (none, before) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    deinit { TemporaryFolder.remove(scratch) }

    var isRunning: Bool { process.isRunning }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// - Parameter limit: seconds, after which the run is killed and the test fails.
    func wait(_ limit: Double) throws -> TenureRun {
        if ended.wait(timeout: .now() + limit) == .timedOut {
            send(SIGKILL)
            ended.wait()
            throw TenureRun.Failure(
                description: "after \(limit) s still running: tenure \(arguments.joined(separator: " "))")
        }
        let contents = try texts.map { url, handle in
            try handle.close()
            return String(decoding: try Data(contentsOf: url), as: UTF8.self)
        }
        let signal: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
        return TenureRun(
            arguments: arguments, output: contents[0], errors: contents[1], status: signal + process.terminationStatus)
    }
}
