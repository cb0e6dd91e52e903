import Foundation

/// Distinct texts in order of first sight, with codes 1, 2, 3, ...: a word each (`TextWord`), found by its number where
/// it is one (`NumberCodes`), else by an open-addressing hash table, so that a cell costs a piece of memory or two and
/// no allocation.
struct TextInterner {
    /// The texts by code - 1.
    private(set) var content = TextContent()
    private var numbers = NumberCodes()
    /// A power of two of them, at most five eighths filled: 32 bits of the text's hash, then its code; 0 where empty.
    private var slots = [UInt64](repeating: 0, count: 16)
    /// Slots that are not empty.
    private var taken = 0
    /// How many texts there must be before it is asked again how far `numbers` should reach.
    private var nextLook = 256

    var count: Int { content.count }

    init() {}

    init(_ dictionary: TextDictionary) {
        unsafe dictionary.forEach { unsafe _ = code($0) }
    }

    /// The text's code, new on first sight.
    mutating func code(_ text: some Sequence<UInt8>) -> UInt32 {
        unsafe withContiguousBytes(of: text) { unsafe code($0) }
    }

    mutating func code(_ text: UnsafeBufferPointer<UInt8>) -> UInt32 {
        makeRoom(for: 1)
        let key = unsafe textKey(text)
        return unsafe code(at: place(key, text.count), key, text)
    }

    /// The codes of a batch's texts by their codes in the batch, 0 by 0; new ones on first sight.
    mutating func codes(of batch: BatchTexts) -> [UInt32] {
        let blockSize = 256
        var codes = [UInt32](repeating: 0, count: batch.count + 1)
        var places = [Place](repeating: Place(bits: 0), count: blockSize)
        unsafe batch.bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < batch.count {
                let end = min(start + blockSize, batch.count)
                makeRoom(for: end - start)
                for index in start..<end {
                    let length = Int(batch.offsets[index + 1] - batch.offsets[index])
                    places[index - start] = place(batch.keys[index], length)
                }
                // Where a code stands is in memory that no cache holds. The places of a block are asked for without
                // waiting for any of them, so that the waits overlap, and with nothing between them, so that many do;
                // what is read here does not matter yet.
                for index in start..<end { codes[index + 1] = firstCode(at: places[index - start]) }
                for index in start..<end {
                    let range = Int(batch.offsets[index])..<Int(batch.offsets[index + 1])
                    let text = unsafe UnsafeBufferPointer(rebasing: bytes[range])
                    codes[index + 1] = unsafe code(at: places[index - start], batch.keys[index], text)
                }
                start = end
            }
        }
        return codes
    }

    /// The text's code; nil where it was not seen.
    func find(_ text: some Sequence<UInt8>) -> UInt32? {
        unsafe withContiguousBytes(of: text) { text in
            let key = unsafe textKey(text)
            let place = place(key, text.count)
            if let number = place.number { return numbers.codes[number] == 0 ? nil : numbers.codes[number] }
            let code = UInt32(truncatingIfNeeded: unsafe slots[slot(of: text, key, place)])
            return code == 0 ? nil : code
        }
    }

    /// What it takes of memory.
    var heldBytes: Int { content.heldBytes + slots.count * 8 + numbers.heldBytes }

    /// What a text takes beside its bytes, about.
    static let bytesPerText = 32

    /// Lets go of the memory that only `code` and `find` need, which then must not be called any more.
    mutating func forgetSlots() {
        slots = []
        numbers = NumberCodes()
    }

    // MARK: - Texts by code

    /// Calls the body with the bytes of a text.
    func withText<Result>(_ code: UInt32, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        try unsafe content.withText(Int(code) - 1, body)
    }

    func text(_ code: UInt32) -> ArraySlice<UInt8> { content.text(Int(code) - 1) }

    /// The number of a text's bytes.
    func length(_ code: UInt32) -> Int { content.length(Int(code) - 1) }

    // MARK: - Places

    /// Where a text's code is looked for: a number of `numbers`, or the hash that leads to its slot.
    private struct Place: BitwiseCopyable {
        let bits: UInt64
        private static let numberMark: UInt64 = 1 << 63

        init(bits: UInt64) { self.bits = bits }

        @inline(__always)
        init(number: UInt64) { bits = number | Place.numberMark }

        @inline(__always)
        init(hash: UInt64) { bits = hash & ~Place.numberMark }

        @inline(__always)
        var number: Int? { bits < Place.numberMark ? nil : Int(bits & ~Place.numberMark) }

        /// The bits of the hash that a slot has.
        @inline(__always)
        var tag: UInt64 { bits &>> 31 }
    }

    @inline(__always)
    private func place(_ key: UInt64, _ length: Int) -> Place {
        if numbers.limit > 0, let number = decimalNumber(key: key, length: length), number < numbers.limit {
            return Place(number: number)
        }
        return Place(hash: folded(key ^ seed ^ UInt64(length)))
    }

    /// What stands where the text's code would be if nothing else were there before it.
    @inline(__always)
    private func firstCode(at place: Place) -> UInt32 {
        if let number = place.number { return numbers.codes[number] }
        return UInt32(truncatingIfNeeded: slots[Int(place.bits) & (slots.count - 1)])
    }

    /// The code of a text, for which there is room.
    @inline(__always)
    private mutating func code(at place: Place, _ key: UInt64, _ text: UnsafeBufferPointer<UInt8>) -> UInt32 {
        if let number = place.number {
            let known = numbers.codes[number]
            if known != 0 { return known }
            let code = unsafe add(text, key)
            numbers.set(UInt64(number), to: code)
            numbers.note(UInt64(number))
            return code
        }
        let slot = unsafe slot(of: text, key, place)
        if slots[slot] != 0 { return UInt32(truncatingIfNeeded: slots[slot]) }
        let code = unsafe add(text, key)
        slots[slot] = place.tag << 32 | UInt64(code)
        taken += 1
        if let number = decimalNumber(key: key, length: text.count) { numbers.note(number) }
        return code
    }

    /// Where the text's code stands, or the empty slot where it would.
    private func slot(of text: UnsafeBufferPointer<UInt8>, _ key: UInt64, _ place: Place) -> Int {
        let mask = slots.count - 1
        var index = Int(place.bits) & mask
        while true {
            let slot = slots[index]
            if slot == 0 { return index }
            if slot &>> 32 == place.tag, unsafe isText(UInt32(truncatingIfNeeded: slot), key, text) { return index }
            index = (index + 1) & mask
        }
    }

    private func isText(_ code: UInt32, _ key: UInt64, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let stored = content.words[Int(code) - 1]
        if let word = TextWord(key: key, length: text.count) { return word == stored }
        if stored.positionOfLongText == nil { return false }
        return unsafe withText(code) { unsafe $0.count == text.count && isEqual($0, text) }
    }

    private mutating func add(_ text: UnsafeBufferPointer<UInt8>, _ key: UInt64) -> UInt32 {
        precondition(count < Int(UInt32.max), "a column has more distinct texts than codes")
        unsafe content.append(text, key: key)
        return UInt32(count)
    }

    // MARK: - Room

    /// Makes room for so many new texts.
    private mutating func makeRoom(for texts: Int) {
        content.reserve(texts)
        if count >= nextLook {
            nextLook = count + count / 4
            if let limit = numbers.widerLimit {
                let found = numbers.widen(to: limit, content.words)
                rebuildSlots(for: count - found + texts)
            }
        }
        if (taken + texts) * 8 > slots.count * 5 { rebuildSlots(for: taken + texts) }
    }

    /// Makes the hash table anew of the texts that belong there.
    private mutating func rebuildSlots(for texts: Int) {
        var size = 16
        while size * 5 < texts * 8 { size *= 2 }
        let mask = size - 1
        slots = []
        var slots = [UInt64](repeating: 0, count: size)
        taken = 0
        for position in 0..<count {
            let word = content.words[position]
            let place =
                word.positionOfLongText == nil
                ? self.place(word.bits, word.length)
                : unsafe content.withText(position) { unsafe self.place(textKey($0), $0.count) }
            if place.number != nil { continue }
            var index = Int(place.bits) & mask
            while slots[index] != 0 { index = (index + 1) & mask }
            slots[index] = place.tag << 32 | UInt64(position + 1)
            taken += 1
        }
        self.slots = slots
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
