import Foundation

/// Kills or fails a command at one chosen system call, by `strace -e inject`.
enum Strace {
    static let isInstalled: Bool = {
        let found = Program.isInstalled("strace")
        if !found { print("skipped: crash tests need strace (apt-get install strace)") }
        return found
    }()

    /// What changes something on disk, or says that it is there.
    static let mutating = [
        "write", "pwrite64", "writev", "pwritev", "pwritev2", "fsync", "fdatasync", "sync_file_range", "rename",
        "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir", "mkdir",
        "mkdirat", "ftruncate", "truncate", "fallocate", "fchmod", "fchmodat", "copy_file_range", "sendfile",
    ]
    private static let opening = ["open", "openat", "openat2", "creat"]

    /// One call of a traced run: the `ordinal`-th of that name in its thread, counted from 1, as strace counts.
    struct Call: CustomStringConvertible {
        var name: String
        var ordinal: Int
        /// The call with its arguments.
        var text: String

        var description: String { "\(name) #\(ordinal): \(text.prefix(160))" }

        /// Whether it writes to a terminal rather than to a file.
        var isOutput: Bool { text.hasPrefix("write(1,") || text.hasPrefix("write(2,") }
    }

    /// The mutating calls of a command, in order; the command runs to its end.
    static func calls(_ project: SampleProject, _ arguments: [String]) throws -> [Call] {
        let log = NSTemporaryDirectory() + "/tenure-trace-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: log) }
        let names = (mutating + opening).joined(separator: ",")
        let result = try project.run(
            arguments, under: ["strace", "-f", "-s", "64", "-o", log, "-e", "trace=\(names)", "-e", "signal=none"])
        guard result.code == 0 else { throw UnexpectedEnd(arguments: arguments, run: result) }
        var counts: [String: Int] = [:]
        var calls: [Call] = []
        for line in String(decoding: try Data(contentsOf: URL(filePath: log)), as: UTF8.self).split(separator: "\n") {
            // 1234  openat(AT_FDCWD, "x", O_RDONLY) = 3
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let text = parts[1].drop { $0 == " " }
            guard let parenthesis = text.firstIndex(of: "("), !text.hasPrefix("<"), !text.hasPrefix("+") else {
                continue
            }
            let name = String(text[..<parenthesis])
            counts["\(parts[0]) \(name)", default: 0] += 1
            if opening.contains(name), !text.contains("O_CREAT"), !text.contains("O_TRUNC") { continue }
            let ordinal = counts["\(parts[0]) \(name)"] ?? 0
            calls.append(Call(name: name, ordinal: ordinal, text: String(text)))
        }
        return calls
    }

    /// Runs a command that is killed at the entry of the call: whatever came before it happened, the call did not.
    static func killing(_ project: SampleProject, at call: Call, _ arguments: [String]) throws -> Run {
        try project.run(arguments, under: injecting(call.name, "signal=SIGKILL:when=\(call.ordinal)"))
    }

    /// Runs a command whose call fails with the error; with `onwards` all later calls of that name fail, too.
    static func failing(
        _ project: SampleProject, at call: Call, with error: String, onwards: Bool = false, _ arguments: [String]
    ) throws -> Run {
        let when = "\(call.ordinal)\(onwards ? "+" : "")"
        return try project.run(arguments, under: injecting(call.name, "error=\(error):when=\(when)"))
    }

    static func injecting(_ names: String, _ what: String) -> [String] {
        ["strace", "-f", "-o", "/dev/null", "-e", "trace=\(names)", "-e", "inject=\(names):\(what)"]
    }

    /// At most `limit` of the calls, evenly chosen with the first and the last; all of them with `TENURE_KILLS=all`,
    /// another number with that.
    static func sample(_ calls: [Call], limit: Int = 40) -> [Call] {
        let wanted = ProcessInfo.processInfo.environment["TENURE_KILLS"] ?? ""
        if wanted == "all" { return calls }
        let limit = Int(wanted) ?? limit
        guard calls.count > limit, limit > 1 else { return calls }
        return (0..<limit).map { calls[$0 * (calls.count - 1) / (limit - 1)] }
    }
}
