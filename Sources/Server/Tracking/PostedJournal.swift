import Diagnostics
import HTTPTypes
import Synchronization
import Tracking

/// The project's journal as many requests write to it at once: what comes while a write is under way is written together
/// with the next one.
final class PostedJournal: Sendable {
    private struct Waiting {
        var lines: [UInt8]
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var bytes = 0
        var isWriting = false
        var posted = 0
        var setAside: [String] = []
    }

    /// Bytes that may wait; the requests of more are turned away.
    private static let waitingLimit = 32 << 20

    private let folder: JournalFolder
    /// One thread, which waits for the disk.
    private let worker = Workers(1)
    private let writer = Mutex<JournalWriter?>(nil)
    private let state = Mutex(State())

    init(_ folder: JournalFolder) {
        self.folder = folder
    }

    /// Lines on the disk since the server began.
    var posted: Int { state.withLock { $0.posted } }

    /// Files with what a crash had left of posts that were never acknowledged.
    var setAside: [String] { state.withLock { $0.setAside } }

    /// Writes lines; when this returns they are on the disk.
    ///
    /// - Throws: `Problem` 503 where too much waits, or the disk refuses.
    func append(_ lines: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let (isTaken, begins) = state.withLock { state -> (Bool, Bool) in
                guard state.bytes + lines.count <= PostedJournal.waitingLimit else { return (false, false) }
                state.waiting.append(Waiting(lines: lines, continuation: continuation))
                state.bytes += lines.count
                defer { state.isWriting = true }
                return (true, !state.isWriting)
            }
            if !isTaken {
                return continuation.resume(throwing: PostedJournal.unavailable("more is posted than the disk takes"))
            }
            if begins {
                Task { try await worker.run { self.writeAll() } }
            }
        }
    }

    /// Writes what waits until nothing does.
    private func writeAll() {
        while true {
            let group = state.withLock { state -> [Waiting] in
                let group = state.waiting
                if group.isEmpty { state.isWriting = false }
                (state.waiting, state.bytes) = ([], 0)
                return group
            }
            if group.isEmpty { return }
            let lines = group.flatMap(\.lines)
            do {
                try write(lines)
                state.withLock { $0.posted += lines.count { $0 == UInt8(ascii: "\n") } }
                for waiting in group { waiting.continuation.resume() }
            } catch {
                // Paths are nothing for who posts.
                let reason = (error as? Diagnostic).map { "\($0.code.title) (\($0.code.id))" } ?? "\(error)"
                for waiting in group { waiting.continuation.resume(throwing: PostedJournal.unavailable(reason)) }
            }
        }
    }

    private func write(_ lines: [UInt8]) throws {
        try writer.withLock { writer in
            if writer == nil {
                let opened = try JournalWriter(folder)
                state.withLock { $0.setAside += opened.setAside }
                writer = opened
            }
            do {
                try writer?.append(lines)
            } catch let problem as Diagnostic where problem.code == .trackingDamaged {
                // What it has open is the journal no longer.
                writer = nil
                throw problem
            }
        }
    }

    static func unavailable(_ reason: String) -> Problem {
        var problem = Problem(.serviceUnavailable, "nothing was taken: \(reason)")
        problem.headers[.retryAfter] = "5"
        return problem
    }
}
