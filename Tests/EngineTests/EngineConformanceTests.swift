import Engine
import EventStores
import Foundation
import Queries
import Testing

/// The engine gives what the reference evaluator gives. `TENURE_SEED` runs one seed alone, `TENURE_SEEDS` sets how many.
@Suite("Engine = reference evaluator")
struct EngineConformanceTests {
    /// - Parameter hasOwnCurrency: conditions may be in another currency than what is shown, and rates may begin late.
    @Test(
        "on random projects and random queries, whatever the number of threads and the size of batches",
        arguments: [false, true])
    func randomCases(hasOwnCurrency: Bool) throws {
        for seed in Seeds.first(400) {
            let (evaluation, project) = randomCase(seed, hasOwnCurrency: hasOwnCurrency)
            let store = try project.makeStore()
            var engine = EmbeddedEngine(store: store, threads: Int(seed % 3) + 1)
            // Batches of one customer, of a few, and of all.
            engine.batchRows = [1, 7, 30, 2_048][Int(seed / 3 % 4)]
            let expected = Result { try ReferenceEvaluator(project).answer(evaluation) }
            let found = Result { try engine.answer(evaluation) }
            expectSame(expected, found, seed)
        }
    }

    @Test(
        "every customer is in the segment that the reference evaluator finds, also who never bought",
        arguments: [false, true])
    func memberships(hasOwnCurrency: Bool) throws {
        for seed in Seeds.first(400) {
            let (evaluation, project) = randomCase(seed, hasOwnCurrency: hasOwnCurrency)
            let store = try project.makeStore()
            var engine = EmbeddedEngine(store: store, threads: 1)
            engine.batchRows = [1, 7, 30, 2_048][Int(seed % 4)]
            let expected = Result { try reference(evaluation, project) }
            let found = Result {
                try engine.memberships(evaluation).map { membership in
                    let customers = store.customers.count
                    #expect(membership.positions.count == customers)
                    let names = try membership.positions.enumerated().map { customer, position in
                        let id = try store.customers.ids.text(of: UInt32(customer + 1))
                        // Two segments may have one name; the remainder is told apart from them.
                        let isRemainder = Int(position) == membership.segments.count - 1
                        return "\(id): \(isRemainder ? "-" : membership.segments[Int(position)])"
                    }
                    return names.sorted()
                }
            }
            switch (expected, found) {
            case (.success(let expected), .success(let found)):
                #expect(expected == found, "seed \(seed)")
            case (.failure, .failure): break
            default: Issue.record("seed \(seed): \(expected) | \(found)")
            }
        }
    }

    private func randomCase(
        _ seed: UInt64, hasOwnCurrency: Bool = false
    ) -> (evaluation: Evaluation, project: RawProject) {
        let random = RandomCase(seed: seed, hasOwnCurrency: hasOwnCurrency)
        var evaluation = random.evaluation
        // Refunds refer to purchases by their key.
        let keys = random.project.raw.keys
        if keys["purchase"]?.key == nil || keys["refund"]?.refersTo == nil { evaluation.purchases.refunds = nil }
        return (evaluation, random.project.raw)
    }

    private func reference(_ evaluation: Evaluation, _ project: RawProject) throws -> [[String]] {
        var evaluation = evaluation
        evaluation.queries = []
        evaluation.semantics.consentAsOf = .now
        let run = try ReferenceRun(project, evaluation)
        return try evaluation.customerSegmentations.map { segmentation in
            let names = try run.customers.map { customer in
                let segment = try run.segment(segmentation.id, of: customer, at: run.asOf)
                return "\(customer.raw.id): \(segment.map { "\($0)" } ?? "-")"
            }
            return names.sorted()
        }
    }

    @Test("one thread and many give the same bytes")
    func threads() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for seed in Seeds.first(200) {
            let (evaluation, project) = randomCase(seed)
            let store = try project.makeStore()
            let answers = [(1, 8_192), (1, 1), (2, 1), (3, 4), (5, 2)].map { threads, batchRows in
                var engine = EmbeddedEngine(store: store, threads: threads)
                engine.batchRows = batchRows
                do {
                    return String(decoding: try encoder.encode(try engine.answer(evaluation)), as: UTF8.self)
                } catch {
                    return "\(error)"
                }
            }
            #expect(Set(answers).count == 1, "seed \(seed)")
        }
    }
}

/// Of a seed an engine answers what the reference answers, or refuses it by an error of the same type.
func expectSame(
    _ expected: Result<EvaluationAnswer, any Error>, _ found: Result<EvaluationAnswer, any Error>, _ seed: UInt64
) {
    switch (expected, found) {
    case (.success(let expected), .success(let found)):
        let lines = differences(expected, found)
        #expect(lines.isEmpty, "seed \(seed): expected | found\n\(lines.prefix(6).joined(separator: "\n"))")
    case (.failure(let expected), .failure(let found)):
        #expect("\(type(of: expected))" == "\(type(of: found))", "seed \(seed): \(expected) | \(found)")
    case (.success, .failure(let error)):
        Issue.record("seed \(seed): expected an answer | \(error)")
    case (.failure(let error), .success):
        Issue.record("seed \(seed): \(error) | found an answer")
    }
}
