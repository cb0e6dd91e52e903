import Dispatch
import Synchronization

/// The results of a body for 0 ..< count, run on all cores; in order, whichever was done first.
func inParallel<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
    if count == 1 { return [body(0)] }
    let results = Mutex<[Result?]>(Array(repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { index in
        let result = body(index)
        results.withLock { $0[index] = result }
    }
    return results.withLock { results in results.map { $0.result } }
}

extension Optional {
    fileprivate var result: Wrapped {
        guard let self else { preconditionFailure("every task has a result") }
        return self
    }
}

/// Consecutive ranges of customers with about as many rows each, for tasks of their own.
func customerRanges(_ offsets: [UInt32], rowsEach: Int = 131_072) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    for customer in 1..<max(1, offsets.count) where Int(offsets[customer] - offsets[start]) >= rowsEach {
        ranges.append(start..<customer)
        start = customer
    }
    if start < offsets.count - 1 { ranges.append(start..<(offsets.count - 1)) }
    return ranges
}
