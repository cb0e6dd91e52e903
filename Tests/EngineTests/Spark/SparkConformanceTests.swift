import Foundation
import Queries
import Spark
import Testing

/// Spark gives what the reference evaluator gives. `TENURE_SEED` runs one seed alone, `TENURE_SEEDS` sets how many.
@Suite("Spark = reference evaluator", .serialized)
struct SparkConformanceTests {
    /// Seeds that are looked at at the same time: a statement is mostly planned by one thread.
    private static let width = 3
    /// A statement of more queries takes little longer.
    private static let queries = 4

    @Test("on random projects and random queries")
    func randomCases() async throws {
        guard let quick = TestSpark.session, let plain = TestSpark.plainSession else { return }
        let seeds = Seeds.first(200 / SparkConformanceTests.queries)
        await withTaskGroup { group in
            for start in 0..<SparkConformanceTests.width {
                group.addTask {
                    for place in stride(from: start, to: seeds.count, by: SparkConformanceTests.width) {
                        // Some as they run elsewhere: with code that Spark makes of the statements.
                        check(seeds[place], seeds[place] % 10 == 0 ? plain : quick)
                    }
                }
            }
        }
    }

    private func check(_ seed: UInt64, _ session: any SparkSession) {
        let random = RandomCase(seed: seed, queries: SparkConformanceTests.queries, hasOwnCurrency: true)
        var evaluation = random.evaluation
        let keys = random.project.raw.keys
        if keys["purchase"]?.key == nil || keys["refund"]?.refersTo == nil { evaluation.purchases.refunds = nil }
        let engine = SparkEngine(session, random.project.raw.sparkTables)
        let expected = Result { try ReferenceEvaluator(random.project.raw).answer(evaluation) }
        let found = Result { try engine.answer(evaluation) }
        expectSame(expected, found, seed)
    }
}
