import Foundation

/// A project in a folder of its own, driven through the program.
final class TenureProject {
    private let temporary: TemporaryFolder
    /// Added to the environment of every run.
    var environment: [String: String] = [:]
    /// Seconds that a run may take.
    var limit = 60.0

    var folder: URL { temporary.url }

    /// - Parameter files: contents by path.
    init(_ files: [String: String] = [:]) throws {
        temporary = try TemporaryFolder()
        for (path, text) in files { try write(path, text) }
    }

    func url(_ path: String) -> URL { folder.appending(path: path) }

    func write(_ path: String, _ text: String) throws {
        let file = url(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func read(_ path: String) throws -> String { String(decoding: try Data(contentsOf: url(path)), as: UTF8.self) }

    /// Copies a file or folder of the package, or one named by an absolute path.
    func copy(_ source: URL, to path: String) throws {
        let target = url(path)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: source, to: target)
    }

    /// Replaces a text that is in the file exactly once.
    func edit(_ path: String, replace old: String, with new: String) throws {
        let parts = try read(path).components(separatedBy: old)
        guard parts.count == 2 else {
            throw TenureRun.Failure(description: "\(path) has '\(old)' \(parts.count - 1) times")
        }
        try write(path, parts.joined(separator: new))
    }

    /// Runs the program in the project's folder, whatever the exit code.
    func run(_ arguments: String...) throws -> TenureRun { try run(arguments) }

    func run(_ arguments: [String]) throws -> TenureRun {
        try TenureRun.run(arguments, in: folder, environment: environment, limit: limit)
    }

    /// Starts the program in the project's folder.
    func start(_ arguments: String...) throws -> RunningTenure {
        try RunningTenure(arguments, in: folder, environment: environment)
    }

    /// As `run`, where only exit code 0 will do.
    @discardableResult
    func succeed(_ arguments: String...) throws -> TenureRun { try succeed(arguments) }

    @discardableResult
    func succeed(_ arguments: [String]) throws -> TenureRun {
        let run = try run(arguments)
        guard run.status == 0 else { throw TenureRun.Failure(description: run.description) }
        return run
    }

    /// Imports, and deploys a use case.
    func deployed(_ useCase: String) throws -> TenureProject {
        try succeed("import", "--progress", "none")
        try succeed("deploy", useCase, "--yes")
        return self
    }

    /// What `evaluate --format json` says of the project's own use case `probe`.
    func evaluate(_ options: String...) throws -> Evaluated { try evaluated("probe", options) }

    /// What `evaluate --format json` says of a deployed use case.
    func evaluated(_ useCase: String, _ options: [String] = []) throws -> Evaluated {
        let run = try succeed(["evaluate", useCase, "--format", "json"] + options)
        return try JSONDecoder().decode(Evaluated.self, from: Data(run.output.utf8))
    }
}
