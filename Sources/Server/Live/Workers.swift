import NIOPosix

/// Threads for what computes: event loops and the pool of Swift tasks stay free for requests that are quick.
package final class Workers: Sendable {
    private let pool: NIOThreadPool

    /// - Parameter count: of evaluations at the same time; others wait for their turn.
    package init(_ count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.runIfActive(work)
    }

    package func stop() async throws { try await pool.shutdownGracefully() }
}
