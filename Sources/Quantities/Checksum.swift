/// XXH64 (seed 0) of some bytes, the checksum of files and definitions: four independent lanes of eight bytes keep it near the
/// memory's speed, and every step is a bijection of its input word, so that a single changed word changes its lane.
///
/// Source: the xxHash fast digest algorithm, version 0.1.1, https://github.com/Cyan4973/xxHash
package func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let count = bytes.count
    var position = 0
    var hash: UInt64

    func word(_ offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    if count >= 32 {
        var (a, b, c, d) = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
        while position + 32 <= count {
            a = round(a, word(position))
            b = round(b, word(position + 8))
            c = round(c, word(position + 16))
            d = round(d, word(position + 24))
            position += 32
        }
        hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
        for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
    } else {
        hash = prime5
    }
    hash &+= UInt64(count)
    while position + 8 <= count {
        hash = rotated(hash ^ round(0, word(position)), 27) &* prime1 &+ prime4
        position += 8
    }
    if position + 4 <= count {
        let half = unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
        hash = rotated(hash ^ UInt64(half) &* prime1, 23) &* prime2 &+ prime3
        position += 4
    }
    while position < count {
        hash = unsafe rotated(hash ^ UInt64(bytes[position]) &* prime5, 11) &* prime1
        position += 1
    }
    hash = (hash ^ (hash >> 33)) &* prime2
    hash = (hash ^ (hash >> 29)) &* prime3
    return hash ^ (hash >> 32)
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
