import EventStores
import Foundation

/// The texts of one column in one chunk, with codes 1, 2, 3, ... in order of first sight.
///
/// Short texts, which most are, are compared as one number and never as bytes. Where nearly every row has another text,
/// as in a column of ids, a text gets a new code each time: the store looks it up anyway.
@safe struct BatchInterner: ~Copyable {
    private struct Slot: BitwiseCopyable {
        /// As `textKey` has it.
        var key: UInt64
        var length: UInt32
        /// 0 where the slot is empty.
        var code: UInt32
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var mask = 63
    /// The texts one after the other.
    private var bytes: UnsafeMutablePointer<UInt8>
    private var byteCount = 0
    private var byteCapacity = 4_096
    /// By code - 1: where the text ends, and its key.
    private var ends: UnsafeMutablePointer<UInt32>
    private var keys: UnsafeMutablePointer<UInt64>
    private var capacity = 256
    private(set) var count = 0
    /// Texts that were there already.
    private var hits = 0
    private var looksUp = true
    /// No file can be made to fill one slot: another number in each process.
    private let seed: UInt64

    private static let processSeed = UInt64.random(in: .min ... .max)

    /// After so many texts it is settled whether looking them up is worth while.
    private static let trial = 1_024

    init() {
        unsafe slots = .allocate(capacity: mask + 1)
        unsafe slots.initialize(repeating: Slot(key: 0, length: 0, code: 0), count: mask + 1)
        unsafe bytes = .allocate(capacity: byteCapacity)
        unsafe ends = .allocate(capacity: capacity)
        unsafe keys = .allocate(capacity: capacity)
        seed = BatchInterner.processSeed
    }

    deinit {
        unsafe slots.deallocate()
        unsafe bytes.deallocate()
        unsafe ends.deallocate()
        unsafe keys.deallocate()
    }

    /// Puts the codes of some rows' texts after each other, 0 for empty ones; false where all are empty.
    mutating func putCodes(
        _ rows: UnsafeBufferPointer<UInt32>, _ bounds: UnsafePointer<FieldBounds>, _ texts: BlockTexts,
        to codes: UnsafeMutablePointer<UInt32>
    ) -> Bool {
        var hasTexts = false
        for position in 0..<rows.count {
            let text = unsafe bounds[Int(rows[position])]
            if text.isEmpty {
                unsafe codes[position] = 0
                continue
            }
            hasTexts = true
            unsafe codes[position] = code(texts.start(text), text.count)
        }
        return hasTexts
    }

    /// The code of a text that is not empty and after which eight more bytes can be read.
    @inline(__always)
    private mutating func code(_ text: UnsafePointer<UInt8>, _ length: Int) -> UInt32 {
        guard length <= 8 else {
            return unsafe code(textKey(UnsafeBufferPointer(start: text, count: length)), text, length)
        }
        let word = unsafe UnsafeRawPointer(text).loadUnaligned(as: UInt64.self)
        // The bytes after the text do not belong to it. A shift by 64 bits gives 0.
        let key = UInt64(littleEndian: word) & ~(~0 << UInt64(length * 8))
        return unsafe code(key, text, length)
    }

    @inline(__always)
    private mutating func code(_ key: UInt64, _ text: UnsafePointer<UInt8>, _ length: Int) -> UInt32 {
        if !looksUp { return unsafe append(key, text, length) }
        var index = home(key, length) & mask
        while true {
            let slot = unsafe slots[index]
            if slot.code == 0 { break }
            if slot.key == key, slot.length == UInt32(truncatingIfNeeded: length),
                unsafe length <= 8 || isText(slot.code, text, length)
            {
                hits &+= 1
                return slot.code
            }
            index = (index + 1) & mask
        }
        let code = unsafe append(key, text, length)
        unsafe slots[index] = Slot(key: key, length: UInt32(truncatingIfNeeded: length), code: code)
        if count * 2 > mask { grow() }
        if count == BatchInterner.trial, hits < BatchInterner.trial / 8 { looksUp = false }
        return code
    }

    @inline(__always)
    private func home(_ key: UInt64, _ length: Int) -> Int {
        let product = (key ^ seed ^ UInt64(truncatingIfNeeded: length)).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        return Int(truncatingIfNeeded: product.high ^ product.low)
    }

    private func isText(_ code: UInt32, _ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        unsafe memcmp(bytes + (Int(ends[Int(code) - 1]) - length), text, length) == 0
    }

    @inline(__always)
    private mutating func append(_ key: UInt64, _ text: UnsafePointer<UInt8>, _ length: Int) -> UInt32 {
        if byteCount + length > byteCapacity || count == capacity { makeRoom(length) }
        unsafe (bytes + byteCount).update(from: text, count: length)
        byteCount += length
        unsafe ends[count] = UInt32(truncatingIfNeeded: byteCount)
        unsafe keys[count] = key
        count += 1
        return UInt32(truncatingIfNeeded: count)
    }

    private mutating func makeRoom(_ length: Int) {
        while byteCount + length > byteCapacity { unsafe bytes = BatchInterner.grown(bytes, byteCount, &byteCapacity) }
        guard count == capacity else { return }
        var half = capacity
        unsafe ends = BatchInterner.grown(ends, count, &half)
        unsafe keys = BatchInterner.grown(keys, count, &capacity)
    }

    private static func grown<Element: BitwiseCopyable>(
        _ old: UnsafeMutablePointer<Element>, _ count: Int, _ capacity: inout Int
    ) -> UnsafeMutablePointer<Element> {
        capacity *= 2
        let new = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        unsafe new.update(from: old, count: count)
        unsafe old.deallocate()
        return unsafe new
    }

    private mutating func grow() {
        let (old, oldCount) = unsafe (slots, mask + 1)
        mask = oldCount * 2 - 1
        unsafe slots = .allocate(capacity: mask + 1)
        unsafe slots.initialize(repeating: Slot(key: 0, length: 0, code: 0), count: mask + 1)
        for index in 0..<oldCount where unsafe old[index].code != 0 {
            let slot = unsafe old[index]
            var free = home(slot.key, Int(slot.length)) & mask
            while unsafe slots[free].code != 0 { free = (free + 1) & mask }
            unsafe slots[free] = slot
        }
        unsafe old.deallocate()
    }

    /// The texts so far, which are forgotten; the memory is used again for the next chunk.
    mutating func takeTexts() -> BatchTexts {
        defer { clear() }
        let count = count
        let offsets = unsafe [UInt32](unsafeUninitializedCapacity: count + 1) { buffer, initialized in
            unsafe buffer.initializeElement(at: 0, to: 0)
            for index in 0..<count { unsafe buffer.initializeElement(at: index + 1, to: ends[index]) }
            initialized = count + 1
        }
        return unsafe BatchTexts(
            bytes: Array(UnsafeBufferPointer(start: bytes, count: byteCount)), offsets: offsets,
            keys: Array(UnsafeBufferPointer(start: keys, count: count)))
    }

    mutating func clear() {
        if count > 0 { unsafe slots.update(repeating: Slot(key: 0, length: 0, code: 0), count: mask + 1) }
        count = 0
        byteCount = 0
        hits = 0
        looksUp = true
    }
}
