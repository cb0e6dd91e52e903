package import EventStores
import Quantities
package import Queries
import Synchronization

/// Evaluates queries on one generation of the embedded store.
///
/// All queries of an evaluation are answered in one visit of each customer, a batch of customers at a time:
///
///     EvaluationPlan     names resolved to columns and kernels, and what has to be added up, once        (Plan/)
///     CustomerBatch      purchases, amounts, first and last, consents, segments: each made once, shared  (Batches/)
///     PredicateKernel    conditions, asked of all lanes of a batch                                       (Predicates/)
///     Selection          which purchases a scope and its filters look at                                 (Groups/)
///     GroupSums          in which group each is, and the sums of the groups                              (Groups/)
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

    package func answer(_ evaluation: Evaluation) throws -> EvaluationAnswer {
        let plan = try EvaluationPlan(evaluation, store: store)
        let batches = CustomerBatches(
            customers: store.customers.count, rows: plan.purchases.rowCount, batchRows: batchRows)
        let finished = FinishedPasses()
        onThreads(min(threads, max(1, batches.count))) {
            let pass = EvaluationPass(plan)
            while let (batch, customers) = batches.next() {
                do {
                    try pass.visit(customers)
                    if let done = batches.finished(batch) { plan.forget(done) }
                } catch {
                    batches.fail(batch, error)
                }
            }
            finished.add(pass)
        }
        if let error = batches.error { throw error }
        let all = finished.all
        guard let merged = all.first else { preconditionFailure("at least one thread has run") }
        for other in all.dropFirst() { merged.merge(other) }
        return merged.answer()
    }
}

/// The passes that their threads have left.
private final class FinishedPasses: @unchecked Sendable {
    private let lock = Mutex(())
    private var passes: [EvaluationPass] = []

    func add(_ pass: EvaluationPass) { lock.withLock { _ in passes.append(pass) } }

    /// To be asked when all threads are done.
    var all: [EvaluationPass] { lock.withLock { _ in passes } }
}

/// Hands out the batches of an evaluation, in order.
private final class CustomerBatches: Sendable {
    let count: Int
    private let customers: Int
    private let batchCustomers: Int
    private let taken = Atomic<Int>(0)
    private let failure = Mutex<(batch: Int, error: any Error)?>(nil)

    init(customers: Int, rows: Int, batchRows: Int) {
        self.customers = customers
        batchCustomers = min(max(1, batchRows * customers / max(1, rows)), max(1, batchRows))
        count = (customers + batchCustomers - 1) / batchCustomers
    }

    /// The next batch; nil where none is left, or an earlier one has failed.
    func next() -> (batch: Int, customers: Range<Int>)? {
        let batch = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        guard batch < count, failure.withLock({ $0 == nil }) else { return nil }
        return (batch, batch * batchCustomers..<min(customers, (batch + 1) * batchCustomers))
    }

    /// The customers that are done with after a batch, in so large pieces that telling the store is worth a call of the
    /// system for each column; nil for none. Another thread may still be at the last of them, and take their pages back:
    /// each piece is told again with the one after it.
    func finished(_ batch: Int) -> Range<Int>? {
        let size = CustomerBatches.batchesAtOnce
        guard batch % size == size - 1 || batch == count - 1 else { return nil }
        let first = max(0, batch / size - 1) * size
        return first * batchCustomers..<min(customers, (batch + 1) * batchCustomers)
    }

    private static let batchesAtOnce = 16

    /// Keeps the error of the first batch that fails: all before it were handed out already, and finish.
    func fail(_ batch: Int, _ error: any Error) {
        failure.withLock { failure in
            if let known = failure, known.batch <= batch { return }
            failure = (batch, error)
        }
    }

    var error: (any Error)? { failure.withLock { $0?.error } }
}
