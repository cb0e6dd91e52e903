import EventStores
package import Queries

extension EmbeddedEngine {
    /// The segments of all customers at `as_of`, also of those who never bought, for each customer segmentation of the
    /// evaluation, in their order. Its queries are not looked at.
    ///
    /// - Throws: `QueryError`.
    package func memberships(_ evaluation: Evaluation) throws -> [Membership] {
        var evaluation = evaluation.definitionsAlone
        // A customer has one segment; at purchases there could be several.
        evaluation.semantics.consentAsOf = .now
        let plan = try EvaluationPlan(
            evaluation, store: store, cuts: try cutPoints(evaluation, ofAll: true), asksEverybody: true)
        let batch = CustomerBatch(plan)
        var positions = plan.segmentations.map { _ in
            var list: [Int32] = []
            list.reserveCapacity(store.customers.count)
            return list
        }
        try visitInOrder(plan) { range in
            batch.load(range)
            if let failure = batch.failure { throw failure.error }
            for (index, lanes) in batch.segments.enumerated() {
                for customer in 0..<range.count { positions[index].append(lanes[customer]) }
            }
        }
        return evaluation.customerSegmentations.map { segmentation in
            guard let index = plan.segmentations.firstIndex(where: { $0.id == segmentation.id }) else {
                preconditionFailure("a segmentation that was not planned")
            }
            return Membership(
                id: segmentation.id, segments: segmentation.segments.map(\.name) + [segmentation.remainder],
                positions: positions[index])
        }
    }
}
