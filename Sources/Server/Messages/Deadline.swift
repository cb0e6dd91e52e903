import HTTPTypes
import Synchronization

/// A limit on how long an answer may take.
enum Deadline {
    /// - Throws: `Problem` 503 where the work takes longer, which goes on.
    static func run<Value: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let race = Race<Value>()
        return try await withCheckedThrowingContinuation { continuation in
            race.start(continuation)
            let timer = Task {
                try await Task.sleep(for: limit)
                let seconds = limit.components.seconds
                var problem = Problem(.serviceUnavailable, "the answer takes longer than \(seconds) s")
                problem.headers[.retryAfter] = String(seconds)
                problem.isLate = true
                race.finish(.failure(problem))
            }
            Task {
                do {
                    race.finish(.success(try await work()))
                } catch {
                    race.finish(.failure(error))
                }
                timer.cancel()
            }
        }
    }

    /// The first result goes on, later ones are dropped.
    private final class Race<Value: Sendable>: Sendable {
        private let continuation = Mutex<CheckedContinuation<Value, any Error>?>(nil)

        func start(_ continuation: CheckedContinuation<Value, any Error>) {
            self.continuation.withLock { $0 = continuation }
        }

        func finish(_ result: Result<Value, any Error>) {
            let waiting = continuation.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            waiting?.resume(with: result)
        }
    }
}
