import Definitions
import Diagnostics
import EventStores
import Foundation
import Imports
import Projects
import Quantities
import Synchronization
import Tracking

/// Adds what was posted to the project's data, soon after it came. What is in the journal is imported once, whatever
/// stops the server: how far it was read is noted with the data, in one transaction.
package final class TrackingIntake: Sendable {
    private struct State {
        /// Why what was posted waits; nil where it does not.
        var problem: String?
        var isStopping = false
        var setAside: [String] = []
    }

    private let folder: ProjectFolder
    private let worker = Workers(1)
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// What was posted gathers for that long before it is imported.
    private static let delay = Duration.seconds(1)
    /// From one import to the next: answers that are kept hold as long as the data stay what they are.
    private static let interval = Duration.seconds(10)
    /// Until it is tried again, where the project is at fault.
    private static let patience = Duration.seconds(10)

    init(_ folder: ProjectFolder) {
        var folder = folder
        folder.warn = { _ in }
        self.folder = folder
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        // What an earlier server left.
        signal.yield()
    }

    /// Why what was posted is not in the data yet; nil where nothing is wrong.
    var problem: String? { state.withLock { $0.problem } }

    /// Files with what a crash had left of posts that were never acknowledged.
    var setAside: [String] { state.withLock { $0.setAside } }

    /// Something was posted.
    func wake() { signal.yield() }

    /// Imports whenever something was posted, until the task is cancelled.
    ///
    /// - Parameter log: takes a sentence about what went wrong.
    package func run(log: @escaping @Sendable (String) -> Void) async {
        await withTaskCancellationHandler {
            var logged: String?
            for await _ in signals {
                try? await Task.sleep(for: TrackingIntake.delay)
                let start = ContinuousClock.now
                do {
                    let rejected = try await takeIn()
                    logged = nil
                    // Nothing new: the next post need not wait.
                    guard let rejected else { continue }
                    if rejected > 0 { log("\(rejected) posted lines could not be imported: see the page Data") }
                    // At most a fifth of a core's time goes into it.
                    try? await Task.sleep(for: max(TrackingIntake.interval, (ContinuousClock.now - start) * 4))
                } catch {
                    let isBusy = (error as? Diagnostic)?.code == .storeLocked
                    if !isBusy, !Task.isCancelled, logged != problem {
                        log("what was posted waits: \(problem ?? "\(error)")")
                        logged = problem
                    }
                    signal.yield()
                    try? await Task.sleep(for: isBusy ? TrackingIntake.delay : TrackingIntake.patience)
                }
            }
        } onCancel: {
            state.withLock { $0.isStopping = true }
            signal.finish()
        }
    }

    /// Imports what was posted and is not in the data yet.
    ///
    /// - Returns: lines that were rejected, which stay in the journal; nil where there was nothing new.
    /// - Throws: `Diagnostic` or `DiagnosticList`; the data then is as it was.
    @discardableResult
    package func takeIn() async throws -> Int? {
        try await worker.run { [self] in
            do {
                let rejected = try takeInNow()
                state.withLock { $0.problem = nil }
                return rejected
            } catch {
                let diagnostics = (error as? DiagnosticList)?.diagnostics ?? [error as? Diagnostic].compactMap(\.self)
                let reason = diagnostics.first { $0.severity == .error }?.message ?? "\(error)"
                state.withLock { $0.problem = reason }
                throw error
            }
        }
    }

    private func takeInNow() throws -> Int? {
        let project = try folder.project()
        let sources = project.sources.filter(\.isPosted)
        guard !sources.isEmpty, try !JournalFolder(project: folder.url.path).files().isEmpty else { return nil }
        // Numbers of posts alone would pass for those of the project.
        if sources.count < project.sources.count { _ = try folder.store() }
        var work = ProjectImport(folder, project)
        // A line that the mapping takes no longer holds back no other; it stays in the journal.
        work.onError = .skip
        work.isCancelled = { [self] in state.withLock { $0.isStopping } }
        let (report, outcome) = try work.run(sources, extending: true)
        state.withLock { $0.setAside += report.setAside }
        if report.failed { throw DiagnosticList(report.diagnostics) }
        if outcome == nil { return nil }
        return report.sources.reduce(0) { $0 + $1.rows.errors.values.reduce(0, +) }
    }
}
