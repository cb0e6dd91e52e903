import Engine
import EventStores
import Quantities
import Queries
import Spark
import Testing

/// Conditions on what a model says of customers hold on Spark as they do in the embedded engine.
@Suite("Spark = embedded engine: predictions", .serialized)
struct SparkPredictionTests {
    @Test("as conditions of segments and filters, and by quantile")
    func conditions() throws {
        try SparkCase.each(6) { one in
            let (embedded, spark) = try evaluations(one)
            one.expectSame(
                "counts", { try one.embedded.segmentCounts(embedded) }, { try one.spark.segmentCounts(spark) })
            let expected = Result { try one.embedded.answer(embedded) }
            let found = Result { try one.spark.answer(spark) }
            EngineTests.expectSame(expected, found, one.seed)
            guard let id = try one.ids().first else { return }
            one.expectSame("customer \(id)") {
                try one.embedded.customer(id, in: embedded).map { ($0.segments, $0.aggregates) }
            } _: {
                try one.spark.customer(id, in: spark).map { ($0.segments, $0.aggregates) }
            } _: { left, right in
                left?.0 == right?.0 && left?.1.keys == right?.1.keys
                    && left?.1[.expectedOrders] == right?.1[.expectedOrders]
            }
        }
    }

    /// Positions that an engine never gave are nobody's.
    @Test("of customers whom the engine did not name they are refused")
    func strangers() throws {
        try SparkCase.each(1) { one in
            var evaluation = one.evaluation
            evaluation.customerSegmentations = [segmentation]
            evaluation.predictions = CustomerPredictions(words: [.expectedOrders: [1_000_000]], refusal: nil)
            #expect(throws: QueryError.self) { try one.spark.segmentCounts(evaluation) }
        }
    }

    private var segmentation: CustomerSegmentation {
        let share = ExactDecimal(units: 5, scale: 1)
        return CustomerSegmentation(
            id: "predicted", name: "",
            segments: [
                Segment(name: "none", when: .test(.aggregate(.expectedOrders), .missing)),
                Segment(
                    name: "many", when: .test(.aggregate(.expectedOrders), .atLeast(ExactDecimal(units: 25, scale: 1)))),
                Segment(name: "worth", when: .test(.aggregate(.expectedValue), .aboveQuantile(share))),
                Segment(name: "lost", when: .test(.aggregate(.noOrderChance), .greaterThan(share))),
            ], remainder: "rest")
    }

    /// The same words by the positions of each engine; some buyers have none.
    private func evaluations(_ one: SparkCase) throws -> (embedded: Evaluation, spark: Evaluation) {
        var asked = one.evaluation.definitionsAlone
        asked.customerSegmentations = []
        asked.buyers = [BuyerQuestion(isByCustomer: true)]
        func predictions(_ engine: some QueryEngine) throws -> CustomerPredictions {
            guard let buyers = try engine.answer(asked).buyers.first else {
                preconditionFailure("a question was asked")
            }
            let count = (buyers.customers.max().map { Int($0) } ?? -1) + 1
            var words: [Aggregate: [Int64]] = [:]
            for aggregate in Aggregate.allCases where aggregate.isPredicted {
                words[aggregate] = Array(repeating: .min, count: count)
                for (position, id) in zip(buyers.customers, try engine.customerIDs(buyers.customers)) {
                    var random = SplitMix64(
                        seed: one.seed ^ id.utf8.reduce(UInt64(aggregate.rawValue.utf8.count)) { $0 * 31 + UInt64($1) })
                    if random.chance(80) { words[aggregate]?[Int(position)] = Int64(random.int(0...5_000_000)) }
                }
            }
            return CustomerPredictions(words: words, refusal: nil)
        }
        var evaluation = one.evaluation
        evaluation.customerSegmentations.append(segmentation)
        for place in evaluation.queries.indices where evaluation.queries[place].filter == nil {
            evaluation.queries[place].filter = .not(.test(.segmentation("predicted"), .isIn(["many"])))
        }
        var (embedded, spark) = (evaluation, evaluation)
        embedded.predictions = try predictions(one.embedded)
        spark.predictions = try predictions(one.spark)
        return (embedded, spark)
    }
}
