import ArgumentParser
import Foundation
import Imports
import Views

enum ProgressChoice: String, ExpressibleByArgument, CaseIterable {
    /// A bar on a terminal, plain lines otherwise.
    case auto
    case plain, none
}

/// How far an import is, on standard error.
final class ProgressDisplay {
    private let isBar: Bool
    private let isSilent: Bool
    private var isShown = false
    private var lastTenth = 0
    private let start = ContinuousClock.now

    init(_ choice: ProgressChoice) {
        isBar = choice == .auto && isatty(STDERR_FILENO) == 1
        isSilent = choice == .none
    }

    func show(_ progress: ImportProgress) {
        if isSilent || progress.bytesTotal == 0 { return }
        let view = ImportProgressView(progress, elapsed: ContinuousClock.now - start)
        if isBar {
            replace(view.bar)
        } else if Int(view.share * 10) > lastTenth {
            lastTenth = Int(view.share * 10)
            Terminal.note(view.line)
        }
    }

    /// What is done after the files are read. Few imports are large enough for it to be seen.
    func show(_ phase: String) {
        if isSilent { return }
        if isBar { replace(phase) } else if lastTenth > 0 { Terminal.note(phase) }
    }

    private func replace(_ line: String) {
        Terminal.error("\r\u{1B}[K\(line)")
        isShown = true
    }

    /// Clears the bar.
    func finish() {
        if isShown { Terminal.error("\r\u{1B}[K") }
        isShown = false
    }
}
