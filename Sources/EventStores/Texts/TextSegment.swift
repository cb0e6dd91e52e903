import Synchronization

/// Consecutive texts of a dictionary: those that one part of the store brought along.
final class TextSegment: Sendable {
    private let storage: Storage
    private let index: TextIndex?
    /// Made at the first look-up where there is no other index: a hash table of positions plus one, 0 where it is empty.
    private let slots = Mutex<[UInt32]>([])

    private enum Storage: Sendable {
        case memory(TextContent)
        case packed(PackedTexts)
    }

    init(_ content: TextContent) {
        storage = .memory(content)
        index = nil
    }

    init(_ texts: PackedTexts, index: TextIndex?) {
        storage = .packed(texts)
        self.index = index
    }

    var count: Int {
        switch storage {
        case .memory(let content): content.count
        case .packed(let texts): texts.count
        }
    }

    /// Appends the bytes of the text at a position, from 0 on.
    func append(_ position: Int, to bytes: inout [UInt8]) {
        switch storage {
        case .memory(let content): bytes += content.text(position)
        case .packed(let texts): texts.append(position, to: &bytes)
        }
    }

    /// Calls the body with each text in order. The bytes are there during the call.
    func forEach(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
        try unsafe forEach(0..<count, body)
    }

    /// Calls the body with the texts at some positions, in order. The bytes are there during the call.
    func forEach(_ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
        switch storage {
        case .memory(let content):
            try unsafe content.withTexts(range) { texts in
                for position in unsafe 0..<texts.count { try unsafe body(texts[position]) }
            }
        case .packed(let texts): try unsafe texts.forEach(range, body)
        }
    }

    /// The position of a text, compared byte for byte; nil where no text is equal.
    func position(of text: UnsafeBufferPointer<UInt8>) -> Int? {
        if let index {
            return unsafe index.candidates(text).lazy.map { Int($0) }.first { unsafe isText($0, text) }
        }
        return slots.withLock { slots in
            if slots.isEmpty { slots = makeSlots() }
            let mask = slots.count - 1
            var slot = unsafe Int(truncatingIfNeeded: textHash(text)) & mask
            while slots[slot] != 0 {
                if unsafe isText(Int(slots[slot]) - 1, text) { return Int(slots[slot]) - 1 }
                slot = (slot + 1) & mask
            }
            return nil
        }
    }

    private func isText(_ position: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        precondition(position < count, "a position behind the last text")
        var found: [UInt8] = []
        found.reserveCapacity(text.count)
        append(position, to: &found)
        return unsafe found.elementsEqual(text)
    }

    private func makeSlots() -> [UInt32] {
        var size = 16
        while size < count * 2 { size *= 2 }
        var slots = [UInt32](repeating: 0, count: size)
        var position: UInt32 = 0
        unsafe forEach { text in
            position += 1
            var slot = unsafe Int(truncatingIfNeeded: textHash(text)) & (size - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = position
        }
        return slots
    }
}
