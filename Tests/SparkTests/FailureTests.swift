import Foundation
import Spark
import Testing

/// What becomes of an answer when a part of Spark dies. `TENURE_SPARK_KILL` names what: `server`, `executor`.
@Suite(.serialized) struct FailureTests {
    private let victim = ProcessInfo.processInfo.environment["TENURE_SPARK_KILL"]

    private static let work = SQLStatement(
        "SELECT CAST(SUM(HASH(a.id, b.id)) AS STRING) FROM RANGE(0, 40000, 1, 8) a CROSS JOIN RANGE(60000) b")

    private func after(_ seconds: Double, _ body: @escaping @Sendable () -> Void) {
        Thread {
            Thread.sleep(forTimeInterval: seconds)
            body()
        }.start()
    }

    /// The tasks that it had are done again: the same answer.
    @Test func executorKilled() throws {
        guard victim == "executor", let session = try TestServer.session() else { return }
        let expected = try session.rows(FailureTests.work)
        let executors = FailureTests.executors()
        let killed = try #require(executors.first)
        #expect(executors.count == 2, "\(executors)")
        after(1) { kill(killed, SIGKILL) }
        #expect(try session.rows(FailureTests.work) == expected)
        #expect(!FailureTests.executors().contains(killed))
    }

    /// Those of the server that is tested; another Spark may run beside it.
    private static func executors() -> [Int32] {
        func read(_ process: String, _ file: String) -> String {
            let data = FileManager.default.contents(atPath: "/proc/\(process)/\(file)") ?? Data()
            return String(decoding: data, as: UTF8.self)
        }
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.filter { process in
            read(process, "cmdline").contains("CoarseGrainedExecutorBackend")
                && read(process, "status").contains("\nPPid:\t\(TestServer.processID ?? 0)\n")
        }.compactMap { Int32($0) }.sorted()
    }

    /// An error, soon, and no waiting for what will not come.
    @Test func serverKilled() throws {
        guard victim == "server", let session = try TestServer.session(), let server = TestServer.processID else {
            return
        }
        after(3) { kill(server, SIGKILL) }
        let start = Date()
        let failure = #expect(throws: SparkFailure.self) {
            for _ in 0..<100 { _ = try session.rows(FailureTests.work) }
        }
        #expect(failure?.kind == .unavailable && Date().timeIntervalSince(start) < 30, "\(failure.debugDescription)")
        #expect(throws: SparkFailure.self) { try session.rows(SQLStatement("SELECT '1'")) }
    }
}
