import Foundation
import Spark
import SparkConnect
import Synchronization

/// The part of Tenure that speaks to Spark: reads statements from standard input, a line of JSON each, and answers in lines
/// of JSON (`SessionRequest`, `SessionResponse`). It is started by `tenure`, and by nobody else.
@main
struct TenureSpark {
    static func main() async {
        let lines = InputLines()
        guard let first = await lines.next(), case .open(let endpoint)? = request(first) else {
            FileHandle.standardError.write(Data("tenure-spark is started by tenure\n".utf8))
            exit(64)
        }
        // Ctrl-C reaches the whole group of processes: whoever has started this one says what is to end.
        signal(SIGINT, SIG_IGN)
        // Where nobody reads the answers any more, standard input ends too, and the cluster is told to stop.
        signal(SIGPIPE, SIG_IGN)
        do {
            try await SparkConnectClient.connected(to: endpoint) { client in
                Output.write(.opened(version: client.version))
                await serve(client, lines)
            }
        } catch let failure as SparkFailure {
            Output.write(.notOpened(failure))
            exit(1)
        } catch {
            Output.write(.notOpened(SparkFailure(.unavailable, "\(error)")))
            exit(1)
        }
    }

    /// Runs statements until there are no more; what runs then is cancelled.
    private static func serve(_ client: SparkConnectClient, _ lines: InputLines) async {
        let running = RunningStatements()
        await withDiscardingTaskGroup { group in
            while let line = await lines.next() {
                switch request(line) {
                case .run(let id, let statement, let seconds):
                    let task = Task { await run(client, id, statement, seconds: seconds > 0 ? seconds : nil) }
                    running.tasks.withLock { $0[id] = task }
                    group.addTask {
                        await withTaskCancellationHandler {
                            await task.value
                        } onCancel: {
                            task.cancel()
                        }
                        running.tasks.withLock { $0[id] = nil }
                    }
                case .cancel(let id): running.tasks.withLock { $0[id] }?.cancel()
                case .open, nil: Output.write(.failed(id: 0, SparkFailure(.malformedAnswer, "no request")))
                }
            }
            group.cancelAll()
        }
    }

    private static func run(
        _ client: SparkConnectClient, _ id: Int, _ statement: SQLStatement, seconds: Double?
    ) async {
        do {
            let columns = try await client.run(
                statement, seconds: seconds, progress: { Output.write(.progress(id: id, $0)) },
                receive: { Output.write(.rows(id: id, $0)) })
            Output.write(.done(id: id, columns: columns))
        } catch let failure as SparkFailure {
            Output.write(.failed(id: id, failure))
        } catch {
            Output.write(.failed(id: id, SparkFailure(.statement, "\(error)")))
        }
    }

    private static func request(_ line: String) -> SessionRequest? {
        try? JSONDecoder().decode(SessionRequest.self, from: Data(line.utf8))
    }
}

private final class RunningStatements: Sendable {
    let tasks = Mutex<[Int: Task<Void, Never>]>([:])
}

/// The lines of standard input, read by a thread of their own.
private struct InputLines: Sendable {
    private let stream: AsyncStream<String>
    private let iterator: Iterator

    private final class Iterator: @unchecked Sendable {
        var value: AsyncStream<String>.AsyncIterator
        init(_ value: AsyncStream<String>.AsyncIterator) { self.value = value }
    }

    init() {
        stream = AsyncStream { continuation in
            let thread = Thread {
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
            }
            thread.start()
        }
        iterator = Iterator(stream.makeAsyncIterator())
    }

    func next() async -> String? { await iterator.value.next() }
}

private enum Output {
    private static let lock = NSLock()

    static func write(_ response: SessionResponse) {
        guard var line = try? JSONEncoder().encode(response) else {
            preconditionFailure("a response that cannot be written")
        }
        line.append(UInt8(ascii: "\n"))
        lock.withLock { try? FileHandle.standardOutput.write(contentsOf: line) }
    }
}
