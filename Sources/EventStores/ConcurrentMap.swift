import Dispatch
import Synchronization

/// The results of the body for each item, in order, made on as many threads as there are cores.
///
/// - Parameter isSmall: it is not worth a second thread; the items then are gone through in order.
/// - Throws: the first error that was thrown, after which no other item is begun.
func concurrentMap<Item: Sendable, Result: Sendable, Failure: Error>(
    _ items: [Item], isSmall: Bool = false, _ body: @Sendable (Item) throws(Failure) -> Result
) throws(Failure) -> [Result] {
    if isSmall || items.count == 1 { return try items.map(body) }
    let state = Mutex<(results: [Result?], failure: Failure?)>((Array(repeating: nil, count: items.count), nil))
    DispatchQueue.concurrentPerform(iterations: items.count) { index in
        if state.withLock({ $0.failure != nil }) { return }
        do throws(Failure) {
            let result = try body(items[index])
            state.withLock { $0.results[index] = result }
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
        }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    return state.withLock { $0.results.compactMap { $0 } }
}
