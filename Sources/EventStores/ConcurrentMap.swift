import Dispatch
import Foundation
import Synchronization

/// The results of the body for each item, in order, made on as many threads as there are cores.
///
/// A body may call it again: a thread that has nothing else to do helps. (Of nested calls of `concurrentPerform` the
/// inner ones stay on one thread.)
///
/// - Parameters:
///   - isSmall: it is not worth a second thread; the items then are gone through in order.
///   - cost: about how long an item takes. The longest are begun first, so that no thread waits long for the last one.
/// - Throws: the first error that was thrown, after which no other item is begun.
func concurrentMap<Item: Sendable, Result: Sendable, Failure: Error>(
    _ items: [Item], isSmall: Bool = false, cost: ((Item) -> Int)? = nil,
    _ body: @escaping @Sendable (Item) throws(Failure) -> Result
) throws(Failure) -> [Result] {
    if isSmall || items.count < 2 { return try items.map(body) }
    var order = Array(items.indices)
    if let cost {
        let costs = items.map(cost)
        order.sort { (costs[$1], $0) < (costs[$0], $1) }
    }
    let work = SharedWork(items, order: order, body)
    let helpers = min(items.count, ProcessInfo.processInfo.activeProcessorCount) - 1
    for _ in 0..<helpers { DispatchQueue.global().async { work.help() } }
    work.help()
    return try work.results()
}

/// Items that several threads take one after the other. Who comes when all are taken goes away again.
private final class SharedWork<Item: Sendable, Result: Sendable, Failure: Error>: Sendable {
    private struct State {
        /// Empty when all is done: a thread that comes late keeps no memory.
        var items: [Item]
        var order: [Int]
        var body: (@Sendable (Item) throws(Failure) -> Result)?
        var begun = 0
        var running = 0
        var results: [Result?]
        var failure: Failure?
    }

    private let state: Mutex<State>
    private let isDone = DispatchSemaphore(value: 0)

    init(_ items: [Item], order: [Int], _ body: @escaping @Sendable (Item) throws(Failure) -> Result) {
        state = Mutex(State(items: items, order: order, body: body, results: Array(repeating: nil, count: items.count)))
    }

    /// Takes items until there are no more.
    func help() {
        while let (index, item, body) = begin() {
            do throws(Failure) {
                let result = try body(item)
                end { $0.results[index] = result }
            } catch {
                end { $0.failure = $0.failure ?? error }
            }
        }
    }

    private func begin() -> (index: Int, item: Item, body: @Sendable (Item) throws(Failure) -> Result)? {
        state.withLock { state in
            guard let body = state.body, state.failure == nil, state.begun < state.order.count else { return nil }
            let index = state.order[state.begun]
            state.begun += 1
            state.running += 1
            return (index, state.items[index], body)
        }
    }

    private func end(_ note: (inout State) -> Void) {
        let isLast = state.withLock { state in
            note(&state)
            state.running -= 1
            return state.running == 0 && (state.begun == state.order.count || state.failure != nil)
        }
        if isLast { isDone.signal() }
    }

    /// Waits for the items that others have taken.
    func results() throws(Failure) -> [Result] {
        isDone.wait()
        let (results, failure) = state.withLock { state in
            defer { (state.items, state.body, state.results) = ([], nil, []) }
            return (state.results, state.failure)
        }
        if let failure { throw failure }
        return results.compactMap { $0 }
    }
}

/// Calls the body with ranges of `0 ..< count`, on as many threads as there are cores where there are many numbers.
///
/// - Parameter memory: what the body writes to, for each range its own places.
func concurrentRanges<Element: BitwiseCopyable>(
    _ count: Int, of memory: UnsafeMutableBufferPointer<Element>,
    _ body: @escaping @Sendable (Range<Int>, SharedMemory<Element>) -> Void
) {
    let shared = unsafe SharedMemory(memory)
    _ = concurrentMap(ranges(of: count)) { body($0, shared) }
}

/// Consecutive ranges of `0 ..< count`, each worth a task of its own.
func ranges(of count: Int, size: Int = 1 << 17) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
}

/// Memory that several threads write to at the same time, each to its own places. It must be there as long as they do.
@safe
struct SharedMemory<Element: BitwiseCopyable>: @unchecked Sendable {
    private let memory: UnsafeMutableBufferPointer<Element>

    @unsafe
    init(_ memory: UnsafeMutableBufferPointer<Element>) { unsafe self.memory = memory }

    /// Where it begins; only for memory that is not empty.
    @unsafe
    var address: UnsafeMutablePointer<Element> {
        guard let address = unsafe memory.baseAddress else { preconditionFailure("memory that is empty") }
        return unsafe address
    }

    @unsafe
    subscript(index: Int) -> Element {
        @inline(__always) get { unsafe memory[index] }
        @inline(__always) nonmutating set { unsafe memory[index] = newValue }
    }
}
