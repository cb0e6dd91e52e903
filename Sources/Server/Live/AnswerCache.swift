import Synchronization

/// Answers by what was asked of which state of the project, the least recently used thrown away first.
///
/// The same question that is asked again while it is being answered waits for that answer.
final class AnswerCache: Sendable {
    private struct Entry {
        var answer: Answer
        /// When it was used last, by a count of uses.
        var use: Int
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var bytes = 0
        var uses = 0
        var running: [String: Task<Answer, any Error>] = [:]
        var hits = 0
        var misses = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: bytes of bodies and keys that are kept.
    init(limit: Int) {
        self.limit = limit
    }

    /// How often an answer was there or under way, and how often not.
    var counts: (hits: Int, misses: Int) { state.withLock { ($0.hits, $0.misses) } }

    /// Bytes that are held.
    var size: Int { state.withLock { $0.bytes } }

    /// - Parameter make: computes the answer; what it throws is not kept.
    func answer(_ key: String, _ make: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        enum Found {
            case answer(Answer)
            case task(Task<Answer, any Error>)
        }
        let found: Found = state.withLock { state in
            state.uses += 1
            if let entry = state.entries[key] {
                state.entries[key]?.use = state.uses
                state.hits += 1
                return .answer(entry.answer)
            }
            if let task = state.running[key] {
                state.hits += 1
                return .task(task)
            }
            state.misses += 1
            let task = Task {
                do {
                    let answer = try await make()
                    self.keep(answer, key)
                    return answer
                } catch {
                    self.state.withLock { $0.running[key] = nil }
                    throw error
                }
            }
            state.running[key] = task
            return .task(task)
        }
        switch found {
        case .answer(let answer): return answer
        case .task(let task): return try await task.value
        }
    }

    private func keep(_ answer: Answer, _ key: String) {
        state.withLock { state in
            state.running[key] = nil
            let size = answer.body.count + key.utf8.count
            guard size <= limit / 4 else { return }
            state.entries[key] = Entry(answer: answer, use: state.uses)
            state.bytes += size
            if state.bytes <= limit { return }
            // A quarter at once, so that this is rare.
            for (key, entry) in state.entries.sorted(by: { $0.value.use < $1.value.use }) {
                if state.bytes <= limit / 4 * 3 { break }
                state.entries[key] = nil
                state.bytes -= entry.answer.body.count + key.utf8.count
            }
        }
    }
}
