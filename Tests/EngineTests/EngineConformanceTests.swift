import Engine
import Foundation
import Queries
import Testing

/// The engine gives what the reference evaluator gives. `TENURE_SEED` runs one seed alone, `TENURE_SEEDS` sets how many.
@Suite("Engine = reference evaluator")
struct EngineConformanceTests {
    @Test("on random projects and random queries, whatever the number of threads and the size of batches")
    func randomCases() throws {
        for seed in Seeds.first(400) {
            let random = RandomCase(seed: seed)
            var evaluation = random.evaluation
            // Refunds refer to purchases by their key.
            let keys = random.project.raw.keys
            if keys["purchase"]?.key == nil || keys["refund"]?.refersTo == nil { evaluation.purchases.refunds = nil }
            let store = try random.project.raw.makeStore()
            var engine = EmbeddedEngine(store: store, threads: Int(seed % 3) + 1)
            // Batches of one customer, of a few, and of all.
            engine.batchRows = [1, 7, 30, 2_048][Int(seed / 3 % 4)]
            let expected = Result { try ReferenceEvaluator(random.project.raw).answer(evaluation) }
            let found = Result { try engine.answer(evaluation) }
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
    }

    @Test("one thread and many give the same bytes")
    func threads() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for seed in Seeds.first(200) {
            let random = RandomCase(seed: seed)
            var evaluation = random.evaluation
            let keys = random.project.raw.keys
            if keys["purchase"]?.key == nil || keys["refund"]?.refersTo == nil { evaluation.purchases.refunds = nil }
            let store = try random.project.raw.makeStore()
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
