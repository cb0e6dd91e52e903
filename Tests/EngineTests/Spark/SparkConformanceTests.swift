import Foundation
import Queries
import Spark
import Testing

/// Spark gives what the reference evaluator gives. `TENURE_SEED` runs one seed alone, `TENURE_SEEDS` sets how many.
@Suite("Spark = reference evaluator", .serialized)
struct SparkConformanceTests {
    @Test("on random projects and random queries")
    func randomCases() throws {
        guard let session = TestSpark.session else { return }
        for seed in Seeds.first(200) {
            let random = RandomCase(seed: seed)
            var evaluation = random.evaluation
            let keys = random.project.raw.keys
            if keys["purchase"]?.key == nil || keys["refund"]?.refersTo == nil { evaluation.purchases.refunds = nil }
            let engine = SparkEngine(session, random.project.raw.sparkTables)
            let expected = Result { try ReferenceEvaluator(random.project.raw).answer(evaluation) }
            let found = Result { try engine.answer(evaluation) }
            expectSame(expected, found, seed)
        }
    }
}
