import Synchronization

/// Text values by code. Code 0 is "missing"; texts have codes 1 ... count.
///
/// Texts are bytes and compared as bytes: two Unicode spellings of one word are two texts.
package struct TextDictionary: Sendable {
    /// In the order of their codes.
    private let segments: [TextSegment]
    /// By segment: how many texts come before it.
    private let starts: [Int]
    package let count: Int
    private let readings = TextReadings()

    init(_ segments: [TextSegment]) {
        self.segments = segments
        var (starts, count) = ([Int](), 0)
        for segment in segments {
            starts.append(count)
            count += segment.count
        }
        self.starts = starts
        self.count = count
    }

    /// Texts in memory.
    init(_ content: TextContent) { self.init([TextSegment(content)]) }

    /// The bytes of a text; the code must be in 1 ... count.
    package func bytes(of code: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        append(code, to: &bytes)
        return bytes
    }

    /// The text, with replacement characters where its bytes are no UTF-8.
    package func text(of code: UInt32) -> String { String(decoding: bytes(of: code), as: UTF8.self) }

    /// Appends the bytes of a text; the code must be in 1 ... count. With an array that is used again for each text,
    /// a loop over many texts allocates nothing.
    package func append(_ code: UInt32, to bytes: inout [UInt8]) {
        precondition(code > 0 && code <= count, "text code out of range")
        let position = Int(code) - 1
        var segment = segments.count - 1
        while starts[segment] > position { segment -= 1 }
        segments[segment].append(position - starts[segment], to: &bytes)
    }

    /// What all texts mean to a reader, kept with the dictionary: a million texts are read once, however often they are
    /// asked for. The body is called for each text in the order of the codes.
    ///
    /// - Parameter meaning: names what is read, with all that it depends on.
    /// - Returns: the first value is for code 0, "missing".
    package func readings<Value: Sendable>(
        as meaning: String, missing: Value, _ body: (UnsafeBufferPointer<UInt8>) -> Value
    ) -> [Value] {
        if let known: [Value] = readings.find(meaning) { return known }
        var values = [missing]
        values.reserveCapacity(count + 1)
        unsafe forEach { unsafe values.append(body($0)) }
        readings.keep(values, as: meaning)
        return values
    }

    /// Calls the body with each text in the order of the codes. The bytes are there during the call.
    func forEach(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
        for segment in segments { try unsafe segment.forEach(body) }
    }

    /// Calls the body with the texts at some positions, from 0 on, in order. The bytes are there during the call.
    func forEach(_ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
        for (segment, start) in zip(segments, starts) {
            let own = range.clamped(to: start..<(start + segment.count))
            if own.isEmpty { continue }
            try unsafe segment.forEach((own.lowerBound - start)..<(own.upperBound - start), body)
        }
    }

    /// The code of a text, compared byte for byte; nil where no text is equal.
    ///
    /// The first call builds an index over the texts of segments that have none, which later calls share.
    package func code(of text: some Sequence<UInt8>) -> UInt32? {
        unsafe withContiguousBytes(of: text) { text in
            for (segment, start) in zip(segments, starts) {
                if let position = unsafe segment.position(of: text) { return UInt32(start + position + 1) }
            }
            return nil
        }
    }
}

/// What was read of a dictionary's texts so far.
private final class TextReadings: Sendable {
    private let values = Mutex<[String: any Sendable]>([:])

    func find<Value: Sendable>(_ meaning: String) -> [Value]? { values.withLock { $0[meaning] } as? [Value] }

    func keep(_ list: some Sendable, as meaning: String) { values.withLock { $0[meaning] = list } }
}
