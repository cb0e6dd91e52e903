import Foundation

/// Distinct texts in order of first sight, with codes 1, 2, 3, ...: an open-addressing hash table over one arena of
/// bytes, so that a cell costs a hash and a comparison but no allocation.
struct TextInterner {
    private(set) var bytes: [UInt8] = []
    /// Text `code` is `bytes[offsets[code - 1] ..< offsets[code]]`.
    private(set) var offsets: [UInt64] = [0]
    /// A power of two of them, at most three quarters filled.
    private var slots = Array(repeating: Slot.empty, count: 16)

    /// Texts up to eight bytes, which are most ids and keys, are known by their slot alone: a look-up waits for one
    /// piece of memory, not for three.
    private struct Slot: BitwiseCopyable {
        var key: UInt64
        var length: UInt32
        /// 0 where the slot is empty.
        var code: UInt32

        static let empty = Slot(key: 0, length: 0, code: 0)
    }

    var count: Int { offsets.count - 1 }

    init() {}

    init(_ dictionary: TextDictionary) {
        unsafe dictionary.forEach { unsafe _ = code($0, key: textKey($0)) }
    }

    /// The text's code, new on first sight.
    mutating func code(_ text: some Sequence<UInt8>) -> UInt32 {
        unsafe withContiguousBytes(of: text) { unsafe code($0, key: textKey($0)) }
    }

    /// The codes of a batch's texts by their codes in the batch, 0 by 0; new ones on first sight.
    mutating func codes(of batch: BatchTexts) -> [UInt32] {
        var codes = [UInt32](repeating: 0, count: batch.count + 1)
        unsafe batch.bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < batch.count {
                let block = start..<min(start + 256, batch.count)
                // A slot is in memory that no cache holds. Those of a block are asked for without waiting for any of
                // them, so that the waits overlap; what is read here does not matter yet.
                let mask = slots.count - 1
                for index in block {
                    let length = batch.offsets[index + 1] - batch.offsets[index]
                    codes[index + 1] = slots[home(batch.keys[index], length) & mask].code
                }
                for index in block {
                    let range = Int(batch.offsets[index])..<Int(batch.offsets[index + 1])
                    let text = unsafe UnsafeBufferPointer(rebasing: bytes[range])
                    codes[index + 1] = unsafe code(text, key: batch.keys[index])
                }
                start = block.upperBound
            }
        }
        return codes
    }

    /// The text's code; nil where it was not seen.
    func find(_ text: some Sequence<UInt8>) -> UInt32? {
        unsafe withContiguousBytes(of: text) { text in
            let code = unsafe slots[slot(of: text, key: textKey(text))].code
            return code == 0 ? nil : code
        }
    }

    func text(_ code: UInt32) -> ArraySlice<UInt8> {
        bytes[Int(offsets[Int(code) - 1])..<Int(offsets[Int(code)])]
    }

    /// Lets go of the memory that only `code` and `find` need, which then must not be called any more.
    mutating func forgetSlots() { slots = [] }

    private mutating func code(_ text: UnsafeBufferPointer<UInt8>, key: UInt64) -> UInt32 {
        let slot = unsafe slot(of: text, key: key)
        if slots[slot].code != 0 { return slots[slot].code }
        precondition(count < Int(UInt32.max), "a column has more distinct texts than codes")
        unsafe bytes.append(contentsOf: text)
        offsets.append(UInt64(bytes.count))
        let code = UInt32(count)
        slots[slot] = Slot(key: key, length: UInt32(text.count), code: code)
        if count * 4 > slots.count * 3 { grow() }
        return code
    }

    /// Where the text's code stands, or the empty slot where it would.
    private func slot(of text: UnsafeBufferPointer<UInt8>, key: UInt64) -> Int {
        let mask = slots.count - 1
        let length = UInt32(text.count)
        var index = home(key, length) & mask
        while true {
            let slot = slots[index]
            if slot.code == 0 { return index }
            if slot.key == key, slot.length == length, unsafe length <= 8 || isText(Int(slot.code), text) {
                return index
            }
            index = (index + 1) & mask
        }
    }

    private func home(_ key: UInt64, _ length: UInt32) -> Int {
        Int(truncatingIfNeeded: folded(key ^ seed ^ UInt64(length)))
    }

    private func isText(_ code: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let (start, end) = (Int(offsets[code - 1]), Int(offsets[code]))
        guard end - start == text.count else { return false }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            let stored = unsafe UnsafeBufferPointer(rebasing: bytes[start..<end])
            return unsafe isEqual(stored, text)
        }
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: .empty, count: old.count * 2)
        let mask = slots.count - 1
        for slot in old where slot.code != 0 {
            var index = home(slot.key, slot.length) & mask
            while slots[index].code != 0 { index = (index + 1) & mask }
            slots[index] = slot
        }
    }
}

/// A number that is equal for equal texts: up to eight bytes the text itself, the first byte lowest; a hash of a longer
/// one. Texts of the same length up to eight bytes are equal where their keys are.
package func textKey(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    if text.count > 8 { return unsafe textHash(text) }
    var key: UInt64 = 0
    for index in 0..<text.count { unsafe key |= UInt64(text[index]) << UInt64(index * 8) }
    return key
}

/// Byte for byte; both must have the same length.
func isEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let a = left.baseAddress, let b = right.baseAddress else { return true }
    return unsafe memcmp(a, b, left.count) == 0
}

/// Calls the body with the bytes in one piece, copied only where the sequence has none.
func withContiguousBytes<Result>(
    of text: some Sequence<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
) rethrows -> Result {
    if let result = try text.withContiguousStorageIfAvailable(body) { return result }
    return try unsafe Array(text).withUnsafeBufferPointer(body)
}

/// A hash of a text for tables in memory: folded 64 x 64 bit multiplications, eight bytes a step.
///
/// Seeded anew in each process, so that no file can be made to collide.
func textHash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 { unsafe textHash(text, seed: seed) }

/// The same hash for a seed of the caller's. Stored indexes (`TextIndex`) depend on it.
func textHash(_ text: UnsafeBufferPointer<UInt8>, seed: UInt64) -> UInt64 {
    let raw = UnsafeRawBufferPointer(text)
    var hash = seed ^ UInt64(raw.count)
    var position = 0
    while position + 8 <= raw.count {
        hash = unsafe folded(hash ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        position += 8
    }
    var tail: UInt64 = 0
    while position < raw.count {
        tail = unsafe tail << 8 | UInt64(raw[position])
        position += 1
    }
    return folded(folded(hash ^ tail))
}

private let seed = UInt64.random(in: .min ... .max)

@inline(__always)
private func folded(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
}
