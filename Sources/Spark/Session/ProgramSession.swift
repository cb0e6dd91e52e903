package import Foundation
import Synchronization

/// A session through the program `tenure-spark`, which is started for it and ends with it. Statements of several threads
/// run at the same time.
package final class ProgramSession: SparkSession {
    private let process: Process
    private let input: FileHandle
    private let state = Mutex(State())
    private let timeout: Double
    private let onProgress: @Sendable (SparkProgress) -> Void
    /// The server's version of Spark.
    package let version: String

    private struct State {
        var next = 1
        var waiting: [Int: Waiter] = [:]
        /// Set once the program has gone.
        var failure: SparkFailure?
    }

    /// One statement that a thread waits for.
    private final class Waiter: Sendable {
        private let found = Mutex((rows: SQLRows(), end: Result<Void, SparkFailure>?.none))
        private let done = DispatchSemaphore(value: 0)

        func add(_ part: SQLRows) { found.withLock { $0.rows.rows += part.rows } }

        func finish(_ columns: [String]) {
            found.withLock {
                $0.rows.columns = columns
                $0.end = .success(())
            }
            done.signal()
        }

        func fail(_ failure: SparkFailure) {
            found.withLock { $0.end = .failure(failure) }
            done.signal()
        }

        func result() throws(SparkFailure) -> SQLRows {
            done.wait()
            let (rows, end) = found.withLock { $0 }
            switch end {
            case .success: return rows
            case .failure(let failure): throw failure
            case nil: preconditionFailure("a statement that was waited for has ended")
            }
        }
    }

    /// Starts the program and connects.
    ///
    /// - Parameters:
    ///   - timeout: seconds that a statement may take; 0 for as long as it takes.
    ///   - progress: told how far statements are.
    /// - Throws: `SparkFailure`.
    package init(
        _ endpoint: SparkEndpoint, program: URL, timeout: Double = 0,
        progress: @escaping @Sendable (SparkProgress) -> Void = { _ in }
    ) throws {
        self.timeout = timeout
        onProgress = progress
        process = Process()
        let (toProgram, fromProgram) = (Pipe(), Pipe())
        process.executableURL = program
        process.standardInput = toProgram
        process.standardOutput = fromProgram
        input = toProgram.fileHandleForWriting
        do {
            try process.run()
        } catch {
            throw SparkFailure(.unavailable, "the program \(program.lastPathComponent) cannot be started: \(error)")
        }
        let lines = ResponseLines(fromProgram.fileHandleForReading)
        try ProgramSession.write(.open(endpoint), to: input)
        switch lines.next() {
        case .opened(let version)?: self.version = version
        case .notOpened(let failure)?: throw failure
        default: throw SparkFailure(.unavailable, "the program \(program.lastPathComponent) ended without an answer")
        }
        let thread = Thread { [weak self] in
            while let response = lines.next() { self?.take(response) }
            self?.end()
        }
        thread.start()
    }

    deinit { try? input.close() }

    package func rows(_ statement: SQLStatement) throws -> SQLRows {
        let waiter = Waiter()
        let id = try state.withLock { state in
            if let failure = state.failure { throw failure }
            let id = state.next
            state.next += 1
            state.waiting[id] = waiter
            return id
        }
        defer { state.withLock { $0.waiting[id] = nil } }
        try ProgramSession.write(.run(id: id, statement, seconds: timeout), to: input)
        return try waiter.result()
    }

    /// Ends all statements that run; the cluster is told to stop their work.
    package func cancelAll() {
        for id in state.withLock({ Array($0.waiting.keys) }) {
            try? ProgramSession.write(.cancel(id: id), to: input)
        }
    }

    private func take(_ response: SessionResponse) {
        func waiter(_ id: Int) -> Waiter? { state.withLock { $0.waiting[id] } }
        switch response {
        case .opened, .notOpened: break
        case .rows(let id, let part): waiter(id)?.add(part)
        case .progress(_, let progress): onProgress(progress)
        case .done(let id, let columns): waiter(id)?.finish(columns)
        case .failed(let id, let failure): waiter(id)?.fail(failure)
        }
    }

    private func end() {
        let failure = SparkFailure(.unavailable, "the program that speaks to Spark has ended")
        let waiting = state.withLock { state in
            state.failure = failure
            return Array(state.waiting.values)
        }
        for waiter in waiting { waiter.fail(failure) }
    }

    private static let writing = Mutex(())

    private static func write(_ request: SessionRequest, to input: FileHandle) throws {
        guard var line = try? JSONEncoder().encode(request) else {
            preconditionFailure("a request that cannot be written")
        }
        line.append(UInt8(ascii: "\n"))
        do {
            try writing.withLock { _ in try withoutBrokenPipeSignal { try input.write(contentsOf: line) } }
        } catch {
            throw SparkFailure(.unavailable, "the program that speaks to Spark has ended")
        }
    }
}

/// Writing to a program that has died is an error, and not the end of this one: the signal is taken by this thread.
private func withoutBrokenPipeSignal(_ body: () throws -> Void) rethrows {
    var signals = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, &before)
    defer {
        var atOnce = timespec()
        if unsafe sigismember(&before, SIGPIPE) == 0 { _ = unsafe sigtimedwait(&signals, nil, &atOnce) }
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    try body()
}

/// Lines of JSON from the program.
private final class ResponseLines: @unchecked Sendable {
    private let handle: FileHandle
    private var buffer = Data()

    init(_ handle: FileHandle) { self.handle = handle }

    /// Nil at the end.
    func next() -> SessionResponse? {
        var searched = buffer.startIndex
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(buffer[buffer.startIndex..<end])
                buffer = Data(buffer[(end + 1)...])
                return try? JSONDecoder().decode(SessionResponse.self, from: line)
            }
            searched = buffer.endIndex
            // What is there: reading a number of bytes would wait for all of them.
            let more = handle.availableData
            if more.isEmpty { return nil }
            buffer.append(more)
        }
    }
}
