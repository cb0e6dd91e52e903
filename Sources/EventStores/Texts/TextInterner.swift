import Foundation

/// Distinct texts in order of first sight, with codes 1, 2, 3, ...: an open-addressing hash table over one arena of
/// bytes, so that a cell costs a hash and a comparison but no allocation.
struct TextInterner {
    private(set) var bytes: [UInt8] = []
    /// Text `code` is `bytes[offsets[code - 1] ..< offsets[code]]`.
    private(set) var offsets: [UInt64] = [0]
    /// The lower half of a slot is a code, 0 where it is empty; the upper half is the text's hash, so that most misses
    /// end without a look at the text. A power of two of them, at most three quarters filled.
    private var slots: [UInt64] = Array(repeating: 0, count: 16)

    var count: Int { offsets.count - 1 }

    init() {}

    init(_ dictionary: TextDictionary) {
        unsafe dictionary.forEach { text in _ = unsafe insert(text) }
    }

    /// The text's code, new on first sight.
    mutating func code(_ text: some Sequence<UInt8>) -> UInt32 {
        unsafe withContiguousBytes(of: text) { unsafe insert($0) }
    }

    /// The text's code; nil where it was not seen.
    func find(_ text: some Sequence<UInt8>) -> UInt32? {
        unsafe withContiguousBytes(of: text) { text in
            let code = unsafe UInt32(truncatingIfNeeded: slots[slot(of: text, hash: hashBits(text))])
            return code == 0 ? nil : code
        }
    }

    func text(_ code: UInt32) -> ArraySlice<UInt8> {
        bytes[Int(offsets[Int(code) - 1])..<Int(offsets[Int(code)])]
    }

    private mutating func insert(_ text: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let hash = unsafe hashBits(text)
        var slot = unsafe slot(of: text, hash: hash)
        if slots[slot] != 0 { return UInt32(truncatingIfNeeded: slots[slot]) }
        precondition(count < Int(UInt32.max), "a column has more distinct texts than codes")
        unsafe bytes.append(contentsOf: text)
        offsets.append(UInt64(bytes.count))
        if count * 4 > slots.count * 3 {
            grow()
            slot = freeSlot(hash)
        }
        slots[slot] = hash | UInt64(count)
        return UInt32(count)
    }

    /// Where the text's code stands, or the empty slot where it would.
    private func slot(of text: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(hash >> 32) & mask
        while slots[slot] != 0 {
            if slots[slot] & hashMask == hash, unsafe isText(Int(slots[slot] & ~hashMask), text) { return slot }
            slot = (slot + 1) & mask
        }
        return slot
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
        slots = Array(repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 { slots[freeSlot(entry & hashMask)] = entry }
    }

    private func freeSlot(_ hash: UInt64) -> Int {
        var slot = Int(hash >> 32) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }
}

/// The half of a slot that is the hash.
private let hashMask: UInt64 = 0xFFFF_FFFF_0000_0000

private func hashBits(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 { unsafe textHash(text) & hashMask }

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
/// Seeded anew in each process, so that no file can be made to collide; nothing stored depends on it.
func textHash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
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
