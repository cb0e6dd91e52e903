package import Definitions

/// How a file's bytes stand for text.
package typealias TextEncoding = CSVOptions.Encoding

extension TextEncoding {
    /// Text in UTF-8 written back in this encoding, without a byte order mark; for quarantined rows. What the
    /// encoding has no character for becomes `?`, except bytes that `DecodedBytes` could not read: they come back
    /// as they were.
    package func encode(_ text: some Sequence<UInt8>) -> [UInt8] {
        switch self {
        case .auto, .utf8: Array(text)
        case .utf16, .utf16le: TextEncoding.utf16(text) { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        case .utf16be: TextEncoding.utf16(text) { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        case .windows1252: TextEncoding.windows1252(text)
        }
    }

    /// The byte order mark of a new file in this encoding.
    package var mark: [UInt8] {
        switch self {
        case .utf16, .utf16le: [0xFF, 0xFE]
        case .utf16be: [0xFE, 0xFF]
        case .auto, .utf8, .windows1252: []
        }
    }

    private static func utf16(_ text: some Sequence<UInt8>, _ bytes: (UInt16) -> [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in LooseScalars(text) {
            if scalar > 0xFFFF {
                result += bytes(UInt16(0xD7C0 + (scalar >> 10)))
                result += bytes(UInt16(0xDC00 + (scalar & 0x3FF)))
            } else {
                result += bytes(UInt16(scalar))
            }
        }
        return result
    }

    private static func windows1252(_ text: some Sequence<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var afterMark = false
        for scalar in LooseScalars(text) {
            if scalar == undecodedMark {
                afterMark = true
            } else if afterMark || scalar < 0x80 || (0xA0...0xFF).contains(scalar) {
                result.append(UInt8(truncatingIfNeeded: scalar))
                afterMark = false
            } else if let index = windows1252High.firstIndex(of: UInt16(truncatingIfNeeded: scalar)), scalar <= 0xFFFF {
                result.append(UInt8(0x80 + index))
            } else {
                result.append(UInt8(ascii: "?"))
            }
        }
        return result
    }

    /// The characters of the bytes 0x80 ... 0x9F; 0 where Windows-1252 has none (WHATWG maps those five to C1
    /// control characters, which no customer data means).
    static let windows1252High: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]
}

/// What `LooseScalars` gives for the byte 0xFF.
private let undecodedMark: UInt32 = 0xFFFF_FFFF

/// The scalars of UTF-8 bytes, surrogates included; a byte that begins no scalar comes as itself, the byte 0xFF as
/// `undecodedMark`.
private struct LooseScalars<Bytes: Sequence<UInt8>>: Sequence, IteratorProtocol {
    private var bytes: Bytes.Iterator

    init(_ bytes: Bytes) { self.bytes = bytes.makeIterator() }

    mutating func next() -> UInt32? {
        guard let first = bytes.next() else { return nil }
        let (count, bits): (Int, UInt8)
        switch first {
        case 0xC0...0xDF: (count, bits) = (1, first & 0x1F)
        case 0xE0...0xEF: (count, bits) = (2, first & 0x0F)
        case 0xF0...0xF7: (count, bits) = (3, first & 0x07)
        case 0xFF: return undecodedMark
        default: return UInt32(first)
        }
        var scalar = UInt32(bits)
        for _ in 0..<count {
            guard let byte = bytes.next() else { return scalar }
            scalar = scalar << 6 | UInt32(byte & 0x3F)
        }
        return scalar
    }
}
