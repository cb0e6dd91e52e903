import HTTPTypes
import Synchronization

/// Answers that take longer than a request may: the work goes on, and who asks the same again waits for it and has its answer.
///
///     first request    |— limit —| 503, Retry-After
///     its work         |——————————————————————————————|
///     the same again               |— limit —| 503    |
///     the same again                           |——————| answer
package final class LateAnswers: Sendable {
    private struct Work {
        let task: Task<Answer, any Error>
        let started: ContinuousClock.Instant
        /// Somebody was told to come again.
        var isAwaited = false
    }

    private let running = Mutex<[String: Work]>([:])
    /// For how long an answer waits for who asked for it, once it is there.
    private let kept: Duration
    /// Work that has gone on for that long is not waited for by who comes then: it may never end.
    private let oldest: Duration

    package init(kept: Duration = .seconds(60), oldest: Duration = .seconds(3_600)) {
        (self.kept, self.oldest) = (kept, oldest)
    }

    /// How many are under way or wait for who asked.
    package var count: Int { running.withLock { $0.count } }

    /// - Parameters:
    ///   - question: everything that the answer depends on; nil for what is no question, and is done each time.
    ///   - limit: of this request.
    /// - Throws: what the work throws; a `Problem` that is late where a question takes longer.
    package func answer(
        _ question: String?, within limit: Duration, _ work: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        guard let question else { return try await Deadline.run(limit, work) }
        let task = task(question, work)
        do {
            let answer = try await Deadline.run(limit) { try await task.value }
            forget(question, task)
            return answer
        } catch var problem as Problem where problem.isLate {
            problem.headers[.retryAfter] = "1"
            keep(question, task)
            throw problem
        } catch {
            forget(question, task)
            throw error
        }
    }

    /// The work on a question, begun where nobody works on it.
    private func task(
        _ question: String, _ work: @escaping @Sendable () async throws -> Answer
    ) -> Task<Answer, any Error> {
        let now = ContinuousClock.now
        return running.withLock { running in
            if let known = running[question], now - known.started < oldest { return known.task }
            let task = Task { try await work() }
            running[question] = Work(task: task, started: now)
            return task
        }
    }

    /// Keeps the work for who was told to come again.
    private func keep(_ question: String, _ task: Task<Answer, any Error>) {
        let isFirst = running.withLock { running in
            guard running[question]?.task == task, running[question]?.isAwaited == false else { return false }
            running[question]?.isAwaited = true
            return true
        }
        guard isFirst else { return }
        Task {
            _ = await task.result
            try await Task.sleep(for: kept)
            forget(question, task)
        }
    }

    private func forget(_ question: String, _ task: Task<Answer, any Error>) {
        running.withLock { if $0[question]?.task == task { $0[question] = nil } }
    }
}

extension WebRequest {
    /// What an answer depends on beside the project; nil where the request changes something. A HEAD asks what a GET asks.
    var question: String? {
        guard method == .get || method == .head else { return nil }
        let target = path.map(PercentEncoding.encode).joined(separator: "/") + "?" + query.encoded
        let said = [headers[.accept], headers[.ifNoneMatch], host].map { $0 ?? "" }
        return ([target] + said).joined(separator: "\n")
    }
}
