import HTTPTypes
import Synchronization

/// Answers that take longer than a request may: the work goes on, and who asks the same again waits for it and has its answer.
///
///     first request    |— limit —| 503, Retry-After
///     its work         |——————————————————————————————|
///     the same again               |— limit —| 503    |
///     the same again                           |——————| answer
package final class LateAnswers: Sendable {
    private let running = Mutex<[String: Task<Answer, any Error>]>([:])
    /// For how long an answer waits for who asked for it, once it is there.
    private let kept: Duration

    package init(kept: Duration = .seconds(60)) { self.kept = kept }

    /// How many are under way or wait for who asked.
    package var count: Int { running.withLock { $0.count } }

    /// - Parameters:
    ///   - question: everything that the answer depends on; nil for what is no question, and is done each time.
    ///   - limit: of this request.
    /// - Throws: what the work throws; a `Problem` that is late where it takes longer.
    package func answer(
        _ question: String?, within limit: Duration, _ work: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        guard let question else { return try await Deadline.run(limit, work) }
        let task = running.withLock { $0[question] } ?? Task { try await work() }
        do {
            let answer = try await Deadline.run(limit) { try await task.value }
            forget(question, task)
            return answer
        } catch let problem as Problem where problem.isLate {
            keep(question, task)
            throw problem
        } catch {
            forget(question, task)
            throw error
        }
    }

    private func keep(_ question: String, _ task: Task<Answer, any Error>) {
        let isNew = running.withLock { running in
            if running[question] != nil { return false }
            running[question] = task
            return true
        }
        guard isNew else { return }
        Task {
            _ = await task.result
            try await Task.sleep(for: kept)
            forget(question, task)
        }
    }

    private func forget(_ question: String, _ task: Task<Answer, any Error>) {
        running.withLock { if $0[question] == task { $0[question] = nil } }
    }
}

extension WebRequest {
    /// What an answer depends on beside the project; nil where the request changes something.
    var question: String? {
        guard method == .get || method == .head else { return nil }
        let target = path.map(PercentEncoding.encode).joined(separator: "/") + "?" + query.encoded
        let said = [headers[.accept], headers[.ifNoneMatch], host].map { $0 ?? "" }
        return ([method.rawValue, target] + said).joined(separator: "\n")
    }
}
