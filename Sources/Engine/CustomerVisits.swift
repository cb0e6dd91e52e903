import EventStores
import Synchronization

extension EmbeddedEngine {
    /// Has threads visit all customers, a batch at a time, each with a worker of its own, and gives the workers.
    ///
    /// Which worker visits whom differs from run to run.
    ///
    /// - Throws: the error of the first batch that fails.
    func visitAll<Worker>(
        _ plan: EvaluationPlan, _ make: @escaping @Sendable () -> Worker,
        visit: @escaping @Sendable (Worker, Range<Int>) throws -> Void
    ) throws -> [Worker] {
        let batches = CustomerBatches(
            customers: store.customers.count, rows: plan.purchases.rowCount, batchRows: batchRows)
        let finished = FinishedWorkers<Worker>()
        onThreads(min(threads, max(1, batches.count))) {
            let worker = make()
            while let (batch, customers) = batches.next() {
                do {
                    try visit(worker, customers)
                    if let done = batches.finished(batch) { plan.forget(done) }
                } catch {
                    batches.fail(batch, error)
                }
            }
            finished.add(worker)
        }
        if let error = batches.error { throw error }
        return finished.all
    }
}

extension EmbeddedEngine {
    /// Visits all customers in their order, a batch at a time, for answers in which the order counts.
    ///
    /// - Throws: what a visit throws; no batch after it is visited.
    func visitInOrder(_ plan: EvaluationPlan, visit: (Range<Int>) throws -> Void) throws {
        let batches = CustomerBatches(
            customers: store.customers.count, rows: plan.purchases.rowCount, batchRows: batchRows)
        while let (_, customers) = batches.next() {
            try visit(customers)
            plan.forget(customers)
        }
    }
}

/// The workers that their threads have left.
private final class FinishedWorkers<Worker>: @unchecked Sendable {
    private let lock = Mutex(())
    private var workers: [Worker] = []

    func add(_ worker: Worker) { lock.withLock { _ in workers.append(worker) } }

    /// To be asked when all threads are done.
    var all: [Worker] { lock.withLock { _ in workers } }
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
