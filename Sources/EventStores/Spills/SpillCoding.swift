/// Writes arrays in a compact form: each with its length, and with as few bytes a value as the largest one needs.
struct SpillEncoder {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ value: Int) { append([Int64(value)]) }

    /// Codes, indices and the like.
    mutating func codes(_ values: some Collection<UInt32>) {
        number(values.count)
        let width = width(UInt64(values.max() ?? 0))
        bytes.append(width)
        append(values, width: width)
    }

    /// Words, of which `missingWord` is 0 and others count from 1 on in units of a whole second where they are such.
    mutating func words(_ values: some Collection<Int64>) {
        var (low, high) = (Int64.max, missingWord)
        for value in values where value != missingWord {
            low = min(low, value)
            high = max(high, value)
        }
        if high == missingWord { low = 0 }
        let range = high == missingWord ? 0 : UInt64(bitPattern: high &- low)
        let second: UInt64 = 1_000_000
        let isWhole =
            range > second
            && values.allSatisfy { $0 == missingWord || UInt64(bitPattern: $0 &- low).isMultiple(of: second) }
        let unit = isWhole ? second : 1
        number(values.count)
        append([low, Int64(unit)])
        let width = high == missingWord ? 0 : width(range / unit + 1)
        bytes.append(width)
        append(values.lazy.map { $0 == missingWord ? 0 : UInt64(bitPattern: $0 &- low) / unit + 1 }, width: width)
    }

    /// The texts at some positions of others.
    mutating func texts(_ positions: some Collection<UInt32>, of texts: TextContent) {
        self.texts(positions) { position, all in
            unsafe texts.withText(Int(position)) { unsafe all.append(contentsOf: $0) }
        }
    }

    /// The texts with some codes.
    mutating func texts(_ codes: some Collection<UInt32>, of texts: TextInterner) {
        self.texts(codes) { code, all in unsafe texts.withText(code) { unsafe all.append(contentsOf: $0) } }
    }

    private mutating func texts(_ positions: some Collection<UInt32>, append: (UInt32, inout [UInt8]) -> Void) {
        var all: [UInt8] = []
        var lengths: [UInt32] = []
        lengths.reserveCapacity(positions.count)
        for position in positions {
            let start = all.count
            append(position, &all)
            lengths.append(UInt32(all.count - start))
        }
        codes(lengths)
        number(all.count)
        bytes += all
    }

    private func width(_ largest: UInt64) -> UInt8 {
        switch largest {
        case 0: 0
        case ...0xFF: 1
        case ...0xFFFF: 2
        case ...0xFFFF_FFFF: 4
        default: 8
        }
    }

    private mutating func append(_ values: some Collection<some FixedWidthInteger>, width: UInt8) {
        switch width {
        case 0: break
        case 1: append(values.map { UInt8(truncatingIfNeeded: $0) })
        case 2: append(values.map { UInt16(truncatingIfNeeded: $0) })
        case 4: append(values.map { UInt32(truncatingIfNeeded: $0) })
        default: append(values.map { UInt64(truncatingIfNeeded: $0) })
        }
    }

    private mutating func append<Word: BitwiseCopyable>(_ words: [Word]) {
        unsafe words.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }
}

/// Reads what a `SpillEncoder` wrote, in the same order. The bytes were compared with their checksum before.
struct SpillDecoder {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func number() -> Int { Int(next(1, Int64.self)[0]) }

    mutating func codes() -> [UInt32] {
        let count = number()
        switch next(1, UInt8.self)[0] {
        case 0: return [UInt32](repeating: 0, count: count)
        case 1: return next(count, UInt8.self).map { UInt32($0) }
        case 2: return next(count, UInt16.self).map { UInt32($0) }
        default: return next(count, UInt32.self)
        }
    }

    mutating func words() -> [Int64] {
        let count = number()
        let (low, unit) = (Int64(number()), UInt64(number()))
        func words(_ packed: [some FixedWidthInteger]) -> [Int64] {
            packed.map { $0 == 0 ? missingWord : low &+ Int64(bitPattern: (UInt64($0) - 1) &* unit) }
        }
        switch next(1, UInt8.self)[0] {
        case 0: return [Int64](repeating: missingWord, count: count)
        case 1: return words(next(count, UInt8.self))
        case 2: return words(next(count, UInt16.self))
        case 4: return words(next(count, UInt32.self))
        default: return words(next(count, UInt64.self))
        }
    }

    mutating func texts() -> BatchTexts {
        let lengths = codes()
        let all = next(number(), UInt8.self)
        var offsets: [UInt32] = [0]
        var keys: [UInt64] = []
        offsets.reserveCapacity(lengths.count + 1)
        keys.reserveCapacity(lengths.count)
        var end = 0
        unsafe all.withUnsafeBufferPointer { all in
            for length in lengths {
                let text = unsafe UnsafeBufferPointer(rebasing: all[end..<(end + Int(length))])
                keys.append(unsafe textKey(text))
                end += Int(length)
                offsets.append(UInt32(end))
            }
        }
        return BatchTexts(bytes: all, offsets: offsets, keys: keys)
    }

    private mutating func next<Word: BitwiseCopyable>(_ count: Int, _ type: Word.Type) -> [Word] {
        let length = count * MemoryLayout<Word>.size
        precondition(count >= 0 && position + length <= bytes.count, "a spilled block that is shorter than it says")
        defer { position += length }
        return unsafe [Word](unsafeUninitializedCapacity: count) { buffer, initialized in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[position..<(position + length)]))
            }
            initialized = count
        }
    }
}
