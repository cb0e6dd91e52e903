import Foundation

/// Parses the chunks of one file on several threads, and gives them back in their order.
///
/// No more chunks are in memory than a few for each thread, however slow whoever takes them is.
final class ChunkPipeline: @unchecked Sendable {
    private let makeParser: @Sendable () -> ChunkParser
    private let window: Int

    /// Guards `chunks` and `nextIndex`: chunks are cut by one thread at a time.
    private let cutting = NSLock()
    private let chunks: TextChunks
    private var nextIndex = 0

    /// Guards everything below.
    private let condition = NSCondition()
    private var results: [Int: ParsedChunk] = [:]
    private var taken = 0
    /// The memory of chunks that were given back.
    private var spares: [[UInt8]] = []
    private var end: (index: Int, failure: (any Error)?)?
    private var isStopped = false
    private var running = 0

    /// Starts the threads.
    init(_ chunks: TextChunks, threads: Int, makeParser: @escaping @Sendable () -> ChunkParser) {
        self.chunks = chunks
        self.makeParser = makeParser
        window = threads * 2 + 2
        running = threads
        for _ in 0..<threads { Thread.detachNewThread { self.work() } }
    }

    /// The next chunk; nil after the last one. Throws what reading the file throws, after the chunks before.
    func next() throws -> ParsedChunk? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let parsed = results.removeValue(forKey: taken) {
                taken += 1
                condition.broadcast()
                return parsed
            }
            if let end, end.index == taken {
                if let failure = end.failure { throw failure }
                return nil
            }
            condition.wait()
        }
    }

    /// Gives back a chunk of which nothing is needed any more.
    func giveBack(_ chunk: TextChunk) {
        condition.lock()
        if spares.count < 2 { spares.append(chunk.bytes) }
        condition.unlock()
    }

    private func spare() -> [UInt8] {
        condition.lock()
        defer { condition.unlock() }
        return spares.popLast() ?? []
    }

    /// Ends the threads and waits for them. Must be called before the pipeline is let go.
    func stop() {
        condition.lock()
        isStopped = true
        condition.broadcast()
        while running > 0 { condition.wait() }
        condition.unlock()
    }

    private func work() {
        let parser = makeParser()
        while let (index, chunk) = take() {
            let parsed = parser.parse(chunk)
            condition.lock()
            results[index] = parsed
            condition.broadcast()
            condition.unlock()
        }
        condition.lock()
        running -= 1
        condition.broadcast()
        condition.unlock()
    }

    /// The next chunk to parse; nil where there is none, or nobody waits for it.
    private func take() -> (Int, TextChunk)? {
        cutting.lock()
        defer { cutting.unlock() }
        condition.lock()
        while !isStopped, end == nil, nextIndex - taken >= window { condition.wait() }
        let isDone = isStopped || end != nil
        condition.unlock()
        if isDone { return nil }
        var failure: (any Error)?
        do {
            if let chunk = try chunks.next(reusing: spare) {
                nextIndex += 1
                return (nextIndex - 1, chunk)
            }
        } catch {
            failure = error
        }
        condition.lock()
        end = (nextIndex, failure)
        condition.broadcast()
        condition.unlock()
        return nil
    }
}
