import Engine
import Foundation
import Projects
import Spark
import Synchronization

extension Engines {
    /// The engines of the command line: how far Spark is stands on the terminal's last line.
    static let ofTerminal = Engines(
        embedded: { EmbeddedEngine(store: $0, threads: $1) },
        spark: { project, connection in
            let line = SparkProgressLine()
            return try SparkEngine.connected(
                project, connection,
                SparkEngine.Surroundings(
                    program: Resources.program("tenure-spark"), environment: ProcessInfo.processInfo.environment,
                    progress: { line.show($0) }))
        })
}

/// `Spark: 12 of 40 tasks, 1.2 GB read`, while statements run.
private final class SparkProgressLine: Sendable {
    private let isShown = Mutex(false)

    func show(_ progress: SparkProgress?) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        isShown.withLock { isShown in
            guard let progress else {
                if isShown { Terminal.error("\r\u{1B}[K") }
                isShown = false
                return
            }
            if progress.tasks == 0 { return }
            isShown = true
            let read = ByteCountFormatter.string(fromByteCount: progress.bytesRead, countStyle: .decimal)
            Terminal.error("\r\u{1B}[KSpark: \(progress.completedTasks) of \(progress.tasks) tasks, \(read) read")
        }
    }
}
