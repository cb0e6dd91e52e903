import Diagnostics
import Foundation
import Queries
import Views

/// Standard output for data, standard error for everything else.
enum Terminal {
    /// Results: what a pipe should get. Where they can not be written, such as to a full disk, the command fails.
    static func data(_ text: String) {
        // Bytes: "\r\n", the line end of CSV, is one Character, and no suffix "\n".
        let isEnded = text.utf8.last == UInt8(ascii: "\n")
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((isEnded ? text : text + "\n").utf8))
        } catch {
            show([Diagnostic(.unwritableFile, "standard output: \(error.localizedDescription)")])
            exit(Outcome.failure.rawValue)
        }
    }

    /// Writes a file that the user named, whole or not at all, and says so.
    static func write(_ data: Data, to path: String) throws {
        do {
            try data.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Diagnostic(.unwritableFile, "\(path): \(error.localizedDescription)")
        }
        note("wrote \(path)")
    }

    /// What a person should read beside the results.
    static func note(_ text: String) { error(text + "\n") }

    /// Raw text on standard error. Where that can not be written there is nobody to tell.
    static func error(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// While a command runs others for show, only its own next step is told.
    nonisolated(unsafe) static var isQuietAboutNext = false

    /// The one next command, or two.
    static func next(_ commands: String...) {
        if unsafe isQuietAboutNext { return }
        note("\nnext: \(commands.map(inSameProject).joined(separator: "\n      "))")
    }

    /// The policies behind a CSV, which has no place for them.
    static func noteSemantics(of result: DashboardResult) {
        for entry in SemanticsEcho(result).entries { note("# \(entry.title): \(entry.value)") }
        for warning in result.warnings { note("# warning: \(warning)") }
    }

    /// The command with the `-C` that this one was given.
    private static func inSameProject(_ command: String) -> String {
        let arguments = CommandLine.arguments
        guard let flag = arguments.firstIndex(where: { $0 == "-C" || $0 == "--directory" }),
            arguments.indices.contains(flag + 1), command.hasPrefix("tenure "), !command.contains(" -C ")
        else { return command }
        return command + " -C \(arguments[flag + 1])"
    }

    static func show(_ diagnostics: [Diagnostic]) {
        if diagnostics.isEmpty { return }
        note(TextRenderer(isColored: colorOnErrors).render(diagnostics))
    }

    /// Columns of the terminal, 100 where there is none.
    static var width: Int {
        var size = winsize()
        if unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }), columns >= 40 {
            return columns
        }
        return 100
    }

    /// For lists: a pipe gets every row on one line.
    static var listingWidth: Int { isatty(STDOUT_FILENO) == 1 ? width : 10_000 }

    static var colorOnOutput: Bool { wantsColor && isatty(STDOUT_FILENO) == 1 }

    static var colorOnErrors: Bool { wantsColor && isatty(STDERR_FILENO) == 1 }

    private static var wantsColor: Bool {
        let noColor = ProcessInfo.processInfo.environment["NO_COLOR"] ?? ""
        return noColor.isEmpty && !CommandLine.arguments.contains("--no-color")
    }
}

/// Ctrl-C and termination of work that has something to put in order: it asks here, and leaves everything as it was.
/// Other commands end by the signal itself, at once: what they change, they change in one transaction.
enum Interruption {
    nonisolated(unsafe) private static var received: sig_atomic_t = 0

    /// From here on a signal is a request.
    static func begin() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                // A second signal ends the process at once: all work is transactional.
                if unsafe Interruption.received != 0 { _exit(128 + number) }
                unsafe Interruption.received = number
            }
        }
    }

    /// From here on a signal ends the process again.
    static func end() {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }

    static var isRequested: Bool { unsafe received != 0 }

    /// 130 for Ctrl-C, 143 for termination.
    static var exitCode: Int32 { unsafe 128 + received }
}
