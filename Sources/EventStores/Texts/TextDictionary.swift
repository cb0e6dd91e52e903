import Synchronization

/// Text values by code. Code 0 is "missing"; texts have codes 1 ... count.
///
/// Texts are bytes and compared as bytes: two Unicode spellings of one word are two texts.
package struct TextDictionary: Sendable {
    private let storage: Storage
    private let index = TextIndex()
    private let readings = TextReadings()

    private enum Storage: Sendable {
        case memory(TextContent)
        case packed(PackedTexts)
    }

    init(_ content: TextContent) { storage = .memory(content) }

    init(_ texts: PackedTexts) { storage = .packed(texts) }

    package var count: Int {
        switch storage {
        case .memory(let content): content.count
        case .packed(let texts): texts.count
        }
    }

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
        switch storage {
        case .memory(let content): bytes += content.text(Int(code) - 1)
        case .packed(let texts): texts.append(Int(code) - 1, to: &bytes)
        }
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
        forEach { unsafe values.append(body($0)) }
        readings.keep(values, as: meaning)
        return values
    }

    /// Calls the body with each text in the order of the codes. The bytes are there during the call.
    func forEach(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
        switch storage {
        case .memory(let content):
            try unsafe content.bytes.withUnsafeBufferPointer { bytes in
                for (start, end) in zip(content.offsets, content.offsets.dropFirst()) {
                    try unsafe body(UnsafeBufferPointer(rebasing: bytes[Int(start)..<Int(end)]))
                }
            }
        case .packed(let texts): try unsafe texts.forEach(body)
        }
    }

    /// The code of a text, compared byte for byte; nil where no text is equal.
    ///
    /// The first call builds an index over all texts, which later calls share.
    package func code(of text: some Sequence<UInt8>) -> UInt32? {
        unsafe withContiguousBytes(of: text) { text in
            let slots = index.slots(of: self)
            let mask = slots.count - 1
            var slot = unsafe Int(truncatingIfNeeded: textHash(text)) & mask
            var found: [UInt8] = []
            while slots[slot] != 0 {
                found.removeAll(keepingCapacity: true)
                append(slots[slot], to: &found)
                if unsafe found.elementsEqual(text) { return slots[slot] }
                slot = (slot + 1) & mask
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

/// The hash index of a dictionary, built at the first look-up.
private final class TextIndex: Sendable {
    private let built = Mutex<[UInt32]>([])

    func slots(of dictionary: TextDictionary) -> [UInt32] {
        built.withLock { slots in
            if slots.isEmpty { slots = TextIndex.build(dictionary) }
            return slots
        }
    }

    private static func build(_ dictionary: TextDictionary) -> [UInt32] {
        var size = 16
        while size < dictionary.count * 2 { size *= 2 }
        var slots = [UInt32](repeating: 0, count: size)
        var code: UInt32 = 0
        unsafe dictionary.forEach { text in
            code += 1
            var slot = unsafe Int(truncatingIfNeeded: textHash(text)) & (size - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = code
        }
        return slots
    }
}
