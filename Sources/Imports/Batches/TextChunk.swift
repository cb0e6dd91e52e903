import Diagnostics
import Foundation

/// Consecutive bytes of a file's text, which begin, as far as a quick look can tell, where a row begins.
struct TextChunk: Sendable {
    /// The text, then `padding` zeros, so that 64 bytes can be read from each of its positions.
    var bytes: [UInt8]
    /// Bytes of text.
    var count: Int
    /// Nothing follows.
    var isLast: Bool
    /// Bytes of the file that were taken when the chunk was made, for progress.
    var bytesRead: Int

    static let padding = 64

    /// - Parameter buffer: of a chunk that is not needed any more; its memory is used again.
    init(_ text: some Collection<UInt8>, isLast: Bool, bytesRead: Int, reusing buffer: [UInt8] = []) {
        bytes = buffer
        bytes.removeAll(keepingCapacity: true)
        count = text.count
        bytes.reserveCapacity(count + TextChunk.padding)
        bytes.append(contentsOf: text)
        bytes.append(contentsOf: repeatElement(0, count: TextChunk.padding))
        self.isLast = isLast
        self.bytesRead = bytesRead
    }

    /// What is left of this chunk from a position on, with the whole of the next one.
    func rest(from start: Int, then next: TextChunk) -> TextChunk {
        TextChunk(
            bytes[start..<count] + next.bytes[..<next.count], isLast: next.isLast, bytesRead: next.bytesRead)
    }
}

/// Cuts a file's text into chunks at row ends.
///
/// A row end is a line end after an even number of quotes. That is a guess: a stray quote turns it around. Whoever
/// parses the chunks in their order sees where rows really end, so a wrong guess costs time and changes nothing.
final class TextChunks {
    private let source: any ByteSource
    private let size: Int
    /// A chunk without any row end grows up to that size.
    private let limit: Int
    private let quote: UInt8?
    private var pending: [UInt8]
    /// The first byte of `pending` that is in no chunk yet.
    private var position = 0
    private var isInQuotes = false
    private var sourceEnded = false
    /// Why the source could not be read to its end.
    private var failure: (any Error)?
    private var isDone = false

    /// - Parameter start: text before that of the source.
    init(_ start: some Sequence<UInt8>, then source: any ByteSource, size: Int, quote: UInt8?, limits: InputLimits) {
        self.source = source
        self.size = max(1, size)
        self.quote = quote
        limit = limits.record + self.size
        pending = Array(start)
    }

    /// The next chunk; nil after the last one. After a failure of the source comes what was read before it, with
    /// `isLast` false, and then the failure is thrown.
    ///
    /// - Parameter spare: gives the memory of a chunk that is not needed any more.
    func next(reusing spare: () -> [UInt8] = { [] }) throws -> TextChunk? {
        if isDone {
            if let failure { throw failure }
            return nil
        }
        var wanted = size
        while true {
            fill(wanted)
            let end = min(position + wanted, pending.count)
            let isAll = sourceEnded && end == pending.count
            if isAll {
                isDone = true
                return take(to: end, isLast: failure == nil, spare())
            }
            if let cut = lastRowEnd(end) { return take(to: cut, isLast: false, spare()) }
            if wanted >= limit { return take(to: end, isLast: false, spare()) }
            wanted = min(wanted * 2, limit)
        }
    }

    private func take(to end: Int, isLast: Bool, _ buffer: consuming [UInt8]) -> TextChunk {
        defer { position = end }
        return TextChunk(pending[position..<end], isLast: isLast, bytesRead: source.bytesRead, reusing: buffer)
    }

    /// Reads until that many bytes are pending, and one more, which tells a CR from the half of a CRLF.
    private func fill(_ wanted: Int) {
        guard pending.count - position <= wanted, !sourceEnded else { return }
        pending.removeSubrange(0..<position)
        position = 0
        do {
            while pending.count <= wanted, try source.read(appendingTo: &pending) {}
        } catch {
            failure = error
        }
        sourceEnded = pending.count <= wanted || failure != nil
    }

    /// The position after the last line end before `end` that is not in quotes; where there is none, after the last
    /// line end. Nil without line ends. What is behind it then is known to begin in quotes or not.
    private func lastRowEnd(_ end: Int) -> Int? {
        let endsInQuotes = isInQuotes != (quotes(position..<end) & 1 == 1)
        var inQuotes = endsInQuotes
        var inDoubt: (cut: Int, isInQuotes: Bool)?
        var index = end - 1
        while index >= position {
            let byte = pending[index]
            if byte == quote {
                inQuotes.toggle()
            } else if byte == .lineFeed || (byte == .carriageReturn && isAlone(index)) {
                if !inQuotes {
                    isInQuotes = false
                    return index + 1
                }
                if inDoubt == nil { inDoubt = (index + 1, inQuotes) }
            }
            index -= 1
        }
        guard let inDoubt else { return nil }
        isInQuotes = inDoubt.isInQuotes
        return inDoubt.cut
    }

    /// A CR that is a line end by itself.
    private func isAlone(_ index: Int) -> Bool { index + 1 < pending.count && pending[index + 1] != .lineFeed }

    /// Most chunks have no quotes or a few: the system's search passes over what lies between them.
    private func quotes(_ range: Range<Int>) -> Int {
        guard let quote else { return 0 }
        return unsafe pending.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            var count = 0
            var start = range.lowerBound
            while start < range.upperBound,
                let found = unsafe memchr(base + start, Int32(quote), range.upperBound - start)
            {
                count += 1
                start = unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
            }
            return count
        }
    }
}
