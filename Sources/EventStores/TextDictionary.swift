import Synchronization

/// Text values by code. Code 0 is "missing"; texts have codes 1 ... count, in order of first import.
///
/// Texts are bytes and compared as bytes: two Unicode spellings of one word are two texts.
package struct TextDictionary: Sendable {
    /// Text `code` is `content[offsets[code - 1] ..< offsets[code]]`.
    private let offsets: Cells<UInt64>
    private let content: Cells<UInt8>
    private let index = TextIndex()

    init(offsets: Cells<UInt64>, content: Cells<UInt8>) {
        self.offsets = offsets
        self.content = content
    }

    package var count: Int { offsets.count - 1 }

    /// The bytes of a text; the code must be in 1 ... count.
    package func bytes(of code: UInt32) -> [UInt8] { Array(slice(of: code)) }

    /// The text, with replacement characters where its bytes are no UTF-8.
    package func text(of code: UInt32) -> String { String(decoding: slice(of: code), as: UTF8.self) }

    /// The code of a text, compared byte for byte; nil where no text is equal.
    ///
    /// The first call builds an index over all texts, which later calls share.
    package func code(of text: some Sequence<UInt8>) -> UInt32? {
        unsafe withContiguousBytes(of: text) { text in
            let slots = index.slots(of: self)
            let mask = slots.count - 1
            var slot = unsafe Int(truncatingIfNeeded: textHash(text)) & mask
            while slots[slot] != 0 {
                let code = slots[slot]
                if unsafe slice(of: code).elementsEqual(text) { return code }
                slot = (slot + 1) & mask
            }
            return nil
        }
    }

    /// The bytes of a text without a copy.
    package func slice(of code: UInt32) -> Slice<Cells<UInt8>> {
        precondition(code > 0 && code <= count, "text code out of range")
        return content[Int(offsets[Int(code) - 1])..<Int(offsets[Int(code)])]
    }
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
        for position in 0..<dictionary.count {
            let code = UInt32(position + 1)
            let hash = unsafe withContiguousBytes(of: dictionary.slice(of: code)) { unsafe textHash($0) }
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = code
        }
        return slots
    }
}
