import HTTPTypes
import Server
import Synchronization
import Testing

/// What takes longer than a request may: it is worked out once, and who asks again has it.
@Suite struct LateAnswerTests {
    /// Counts how often it is worked at, and goes on when it is told to.
    private final class Work: Sendable {
        private let started = Mutex(0)
        private let gate = AsyncStream<Void>.makeStream()

        var count: Int { started.withLock { $0 } }

        func finish() { gate.continuation.finish() }

        func run() async {
            started.withLock { $0 += 1 }
            for await _ in gate.stream {}
        }

        func answer() async throws -> Answer {
            await run()
            return Answer(.text, text: "done")
        }
    }

    private struct Failure: Error {}

    private func late(_ body: () async throws -> Answer) async -> Problem? {
        do {
            _ = try await body()
            return nil
        } catch { return error as? Problem }
    }

    @Test func whoAsksAgainWaitsForTheSameWork() async throws {
        let answers = LateAnswers()
        let work = Work()
        for _ in 0..<3 {
            let problem = await late { try await answers.answer("a", within: .milliseconds(20), work.answer) }
            #expect(problem?.status == .serviceUnavailable)
            #expect(problem?.headers[.retryAfter] == "1")
        }
        #expect(work.count == 1 && answers.count == 1)
        // Another question is other work.
        _ = await late { try await answers.answer("b", within: .milliseconds(20), work.answer) }
        #expect(work.count == 2)
        work.finish()
        #expect(try await answers.answer("a", within: .seconds(60), work.answer).text == "done")
        #expect(try await answers.answer("b", within: .seconds(60), work.answer).text == "done")
        #expect(work.count == 2 && answers.count == 0)
        // Who comes after that asks anew.
        #expect(try await answers.answer("a", within: .seconds(60), work.answer).text == "done")
        #expect(work.count == 3)
    }

    @Test func whoAsksMeanwhileWaitsForTheSameWork() async throws {
        let answers = LateAnswers()
        let work = Work()
        async let first = answers.answer("a", within: .seconds(60), work.answer)
        while work.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
        // The first one is not late yet.
        let second = await late { try await answers.answer("a", within: .milliseconds(20), work.answer) }
        #expect(second?.status == .serviceUnavailable && work.count == 1)
        work.finish()
        #expect(try await first.text == "done")
        #expect(work.count == 1)
    }

    @Test func whatMayNeverEndIsNotWaitedForForever() async throws {
        let answers = LateAnswers(oldest: .milliseconds(50))
        let (stuck, work) = (Work(), Work())
        _ = await late {
            try await answers.answer("a", within: .milliseconds(10)) {
                await stuck.run()
                return Answer(.text, text: "stuck")
            }
        }
        try await Task.sleep(for: .milliseconds(60))
        work.finish()
        let answer = try await answers.answer("a", within: .seconds(60)) {
            await work.run()
            return Answer(.text, text: "anew")
        }
        #expect(answer.text == "anew" && answers.count == 0)
        stuck.finish()
    }

    @Test func whatGoesWrongIsSaidOnce() async throws {
        let answers = LateAnswers()
        let work = Work()
        @Sendable func fail() async throws -> Answer {
            await work.run()
            throw Failure()
        }
        _ = await late { try await answers.answer("a", within: .milliseconds(20), fail) }
        work.finish()
        await #expect(throws: Failure.self) { try await answers.answer("a", within: .seconds(60), fail) }
        #expect(work.count == 1 && answers.count == 0)
    }

    @Test func whatNobodyComesForIsForgotten() async throws {
        let answers = LateAnswers(kept: .milliseconds(10))
        let work = Work()
        _ = await late { try await answers.answer("a", within: .milliseconds(20), work.answer) }
        #expect(answers.count == 1)
        work.finish()
        for _ in 0..<1_000 where answers.count > 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(answers.count == 0)
        // What changes something is never kept, and nobody is told to do it again at once.
        let changing = await late {
            try await answers.answer(nil, within: .milliseconds(1)) {
                try await Task.sleep(for: .seconds(60))
                return Answer(.text, text: "")
            }
        }
        #expect(changing?.headers[.retryAfter] != "1")
        #expect(answers.count == 0)
    }

    /// As a browser and a program see it.
    @Test func pagesComeByThemselves() async throws {
        var settings = ServerSettings()
        settings.deadline = .nanoseconds(1)
        let served = try Served.sample(settings)
        let page = "/app/dashboards/cltv"
        var (answer, waits) = (try await served.get(page), 0)
        while answer.status == .serviceUnavailable, waits < 10_000 {
            #expect(answer.text.contains("Still computing"))
            #expect(answer.text.contains("<meta http-equiv=\"refresh\" content=\"1\">"))
            #expect(answer.headers[.retryAfter] == "1")
            try await Task.sleep(for: .milliseconds(10))
            (answer, waits) = (try await served.get(page), waits + 1)
        }
        #expect(waits > 0)
        #expect(answer.status == .ok && answer.text.contains("Realised CLTV"))
        #expect(!answer.text.contains("http-equiv=\"refresh\""))
        // One of several: work that happens to be done at once is no late answer.
        var late: Answer?
        for month in 1...9 where late == nil {
            let answer = try await served.get("/reports/customer?createdAt%5Bgte%5D=2025-0\(month)-01T00:00:00Z")
            if answer.status == .serviceUnavailable { late = answer }
        }
        let program = try #require(late)
        #expect(program.headers[.contentType] == "application/problem+json")
        #expect(program.headers[.retryAfter] == "1" && program.text.contains("takes longer than"))
    }
}
