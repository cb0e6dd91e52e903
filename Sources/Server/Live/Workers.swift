import HTTPTypes
import NIOPosix
import Synchronization

/// Threads for what computes: event loops and the pool of Swift tasks stay free for requests that are quick.
package final class Workers: Sendable {
    private let pool: NIOThreadPool
    private let waiting = Mutex(0)

    /// Pieces of work that are under way or wait for their turn; more are turned away, as their answers would come too late.
    private static let limit = 256

    /// - Parameter count: of evaluations at the same time; others wait for their turn.
    package init(_ count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    /// - Throws: what `work` throws; `Problem` 503 where too much waits already.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isTaken = waiting.withLock { waiting in
            guard waiting < Workers.limit else { return false }
            waiting += 1
            return true
        }
        guard isTaken else {
            var problem = Problem(.serviceUnavailable, "more is asked than can be computed")
            problem.headers[.retryAfter] = "5"
            throw problem
        }
        defer { waiting.withLock { $0 -= 1 } }
        return try await pool.runIfActive(work)
    }

    package func stop() async throws { try await pool.shutdownGracefully() }
}
