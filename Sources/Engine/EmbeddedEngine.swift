package import EventStores
package import Queries

/// Evaluates queries on one generation of the embedded store.
///
/// All queries of an evaluation are answered in one visit of each customer, a batch of customers at a time:
///
///     CutPoints          where the quantiles lie that conditions name: a pass of its own, if any do      (Cuts/)
///     EvaluationPlan     names resolved to columns and kernels, and what has to be added up, once        (Plan/)
///     CustomerBatch      purchases, amounts, first and last, consents, segments: each made once, shared  (Batches/)
///     PredicateKernel    conditions, asked of all lanes of a batch                                       (Predicates/)
///     Selection          which purchases a scope and its filters look at                                 (Groups/)
///     GroupSums          in which group each is, and the sums of the groups                              (Groups/)
///     BuyerSums          when each buyer bought, for the models of forecasts                             (Groups/)
///
/// Every step is a loop over lanes that are in the cache; what differs from query to query is decided before the loop.
/// Threads take one batch after the other. What they have added up is merged in integers, so that the answer does not
/// depend on their number, nor on which took which batch.
package struct EmbeddedEngine: QueryEngine {
    package let store: EventStore
    package let threads: Int
    /// About how many rows of the purchase table a batch has.
    package var batchRows = 8_192

    /// `threads` at least 1.
    package init(store: EventStore, threads: Int) {
        self.store = store
        self.threads = max(1, threads)
    }

    package func profile() throws -> DataProfile { try store.profile() }

    package func evidence(event: String, attribute: String) throws -> AttributeEvidence? {
        try store.evidence(event: event, attribute: attribute)
    }

    package func rows(of text: String, event: String?, attribute: String) throws -> Int {
        try store.rows(of: text, event: event, attribute: attribute)
    }

    package func answer(_ evaluation: Evaluation) throws -> EvaluationAnswer {
        let plan = try EvaluationPlan(evaluation, store: store, cuts: try cutPoints(evaluation))
        let all = try visitAll(plan) {
            EvaluationPass(plan)
        } visit: {
            try $0.visit($1)
        }
        guard let merged = all.first else { preconditionFailure("at least one thread has run") }
        for other in all.dropFirst() { merged.merge(other) }
        var answer = merged.answer()
        if plan.consentsAtPurchase { try addSegments(evaluation, to: &answer.buyers) }
        return answer
    }

    /// The segments of buyers at `as_of`, which a pass with segments by purchase does not have.
    private func addSegments(_ evaluation: Evaluation, to buyers: inout [BuyerSummaries]) throws {
        guard evaluation.buyers.contains(where: { !$0.segmentations.isEmpty }) else { return }
        var evaluation = evaluation
        evaluation.queries = []
        let memberships = try memberships(evaluation.askedAlone)
        for (index, question) in evaluation.buyers.enumerated() {
            for membership in memberships where question.segmentations.contains(membership.id) {
                buyers[index].segments[membership.id] = buyers[index].customers.map {
                    membership.positions[Int($0)]
                }
            }
        }
    }

    package func customerIDs(_ positions: [Int32]) throws -> [String] {
        try positions.map { try store.customers.ids.text(of: UInt32($0 + 1)) }
    }
}
