/// XXH64 (seed 0) of some bytes, the checksum of files and definitions: four independent lanes of eight bytes keep it near the
/// memory's speed, and every step is a bijection of its input word, so that a single changed word changes its lane.
///
/// Source: the xxHash fast digest algorithm, version 0.1.1, https://github.com/Cyan4973/xxHash
package func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var stream = ChecksumStream()
    unsafe stream.update(bytes)
    return stream.value
}

/// The same checksum of bytes that come piece by piece.
package struct ChecksumStream: Sendable {
    private var lanes = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
    private var count = 0
    /// What is left over until the next 32 bytes are complete.
    private var rest: [UInt8] = []

    package init() {}

    /// The next bytes.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        var position = 0
        if !rest.isEmpty {
            position = min(32 - rest.count, bytes.count)
            unsafe rest.append(contentsOf: bytes[..<position])
            if rest.count < 32 { return }
            unsafe rest.withUnsafeBytes { rest in _ = unsafe addStripes(rest, from: 0) }
            rest.removeAll(keepingCapacity: true)
        }
        position = unsafe addStripes(bytes, from: position)
        unsafe rest.append(contentsOf: bytes[position...])
    }

    /// Adds as many times 32 bytes as there are; the position after them.
    private mutating func addStripes(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var (a, b, c, d) = lanes
        var position = start
        while position + 32 <= bytes.count {
            unsafe a = round(a, word(bytes, position))
            unsafe b = round(b, word(bytes, position + 8))
            unsafe c = round(c, word(bytes, position + 16))
            unsafe d = round(d, word(bytes, position + 24))
            position += 32
        }
        lanes = (a, b, c, d)
        return position
    }

    /// The checksum of all bytes up to now.
    package var value: UInt64 {
        unsafe rest.withUnsafeBytes { unsafe finished($0) }
    }

    private func finished(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = prime5
        if count >= 32 {
            let (a, b, c, d) = lanes
            hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
            for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
        }
        hash &+= UInt64(count)
        var position = 0
        while position + 8 <= bytes.count {
            hash = unsafe rotated(hash ^ round(0, word(bytes, position)), 27) &* prime1 &+ prime4
            position += 8
        }
        if position + 4 <= bytes.count {
            let half = unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            hash = rotated(hash ^ UInt64(half) &* prime1, 23) &* prime2 &+ prime3
            position += 4
        }
        while position < bytes.count {
            hash = unsafe rotated(hash ^ UInt64(bytes[position]) &* prime5, 11) &* prime1
            position += 1
        }
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }
}

@inline(__always)
private func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
}

private let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
private let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
private let prime3: UInt64 = 0x1656_67B1_9E37_79F9
private let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
private let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

@inline(__always)
private func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotated(lane &+ input &* prime2, 31) &* prime1
}

@inline(__always)
private func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    (value << bits) | (value >> (64 - bits))
}

/// The checksum of some bytes as 16 hexadecimal digits.
package func hexadecimalChecksum(_ bytes: [UInt8]) -> String {
    let digits = String(unsafe bytes.withUnsafeBytes { unsafe checksum($0) }, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
