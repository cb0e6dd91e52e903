import Dispatch
package import EventStores
import Quantities
package import Queries
import Synchronization

/// Evaluates queries on one generation of the embedded store.
///
/// All queries of an evaluation are answered in one visit of each customer, in two short loops over data that is in the
/// cache:
///
///     EvaluationPlan      names resolved to columns and kernels, once
///     CustomerFacts       per customer: purchases, postings, first and last, consents, segments   (Customers/)
///     QueryAccumulator    per query: which of them are in scope, their group, what is added up    (Groups/)
///
/// Customers are split into contiguous ranges, one a thread; what the threads have added up is merged in range order, in
/// integers, so that the answer does not depend on their number.
package struct EmbeddedEngine: QueryEngine {
    package let store: EventStore
    package let threads: Int

    /// `threads` at least 1.
    package init(store: EventStore, threads: Int) {
        self.store = store
        self.threads = max(1, threads)
    }

    package func profile() throws -> DataProfile { try store.profile() }

    package func answer(_ evaluation: Evaluation) throws -> EvaluationAnswer {
        let plan = try EvaluationPlan(evaluation, store: store)
        let ranges = customerRanges(plan)
        let results = Mutex<[Result<EvaluationPass, any Error>?]>(Array(repeating: nil, count: ranges.count))
        DispatchQueue.concurrentPerform(iterations: ranges.count) { index in
            let result = Result {
                var pass = EvaluationPass(plan)
                try pass.visit(ranges[index])
                return pass
            }
            results.withLock { $0[index] = result }
        }
        var merged = EvaluationPass(plan)
        for result in results.withLock({ $0 }) {
            guard let result else { preconditionFailure("a customer range was not visited") }
            merged.merge(try result.get())
        }
        return merged.answer()
    }

    /// Contiguous ranges with about the same number of purchase rows.
    private func customerRanges(_ plan: EvaluationPlan) -> [Range<Int>] {
        let count = store.customers.count
        guard threads > 1, count >= threads else { return [0..<count] }
        let offsets = plan.purchases.offsets
        let rows = Int(offsets[count])
        var bounds = [0]
        for part in 1..<threads {
            let target = rows * part / threads
            var low = bounds.last ?? 0
            var high = count
            while low < high {
                let middle = (low + high) / 2
                if Int(offsets[middle]) < target { low = middle + 1 } else { high = middle }
            }
            bounds.append(low)
        }
        bounds.append(count)
        return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
    }
}

/// One thread's work: the facts of the customer at hand and what has been added up so far.
struct EvaluationPass {
    private let plan: EvaluationPlan
    private var facts: CustomerFacts
    private var accumulators: [QueryAccumulator]

    init(_ plan: EvaluationPlan) {
        self.plan = plan
        facts = CustomerFacts(plan)
        accumulators = plan.queries.map { QueryAccumulator($0, plan: plan) }
    }

    mutating func visit(_ customers: Range<Int>) throws {
        for customer in customers {
            guard try facts.load(customer, plan) else { continue }
            for index in accumulators.indices {
                try accumulators[index].add(&facts, plan)
            }
            if let failure = facts.failure { throw failure }
        }
    }

    mutating func merge(_ other: EvaluationPass) {
        facts.quality.merge(other.facts.quality)
        for index in accumulators.indices { accumulators[index].merge(other.accumulators[index]) }
    }

    func answer() -> EvaluationAnswer {
        EvaluationAnswer(
            measurements: accumulators.map { $0.measurement(plan) }, quality: facts.quality.findings(plan))
    }
}
