import EventStores
package import Queries

extension EmbeddedEngine {
    package func remainders(_ evaluation: Evaluation) throws -> [String: SegmentRemainder] {
        var evaluation = evaluation.definitionsAlone
        evaluation.customerSegmentations = []
        let plan = try EvaluationPlan(evaluation, store: store, cuts: try cutPoints(evaluation))
        let batch = CustomerBatch(plan)
        var counts: [String: SegmentRemainder] = [:]
        try visitInOrder(plan) { range in
            batch.load(range)
            for (index, segmentation) in evaluation.eventSegmentations.enumerated() {
                guard let kernel = plan.eventSegments[index] else { continue }
                let segments = batch.segments(ofEvents: index, .purchases)
                var count = counts[segmentation.id] ?? SegmentRemainder(outside: 0, all: 0)
                count.all += batch.purchaseCount
                for purchase in 0..<batch.purchaseCount where Int(segments[purchase]) >= kernel.segments.count {
                    count.outside += 1
                }
                counts[segmentation.id] = count
            }
        }
        return counts
    }
}
