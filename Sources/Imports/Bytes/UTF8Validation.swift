/// The first byte of `range` that is not part of valid UTF-8 (RFC 3629: no surrogates, no overlong forms), or nil.
package func firstInvalidUTF8(in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    unsafe bytes.withUnsafeBufferPointer { unsafe firstInvalidUTF8(in: $0, range) }
}

func firstInvalidUTF8(in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int? {
    let end = range.upperBound
    var index = range.lowerBound
    func continues(_ at: Int, _ allowed: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
        unsafe at < end && allowed.contains(bytes[at])
    }
    while index < end {
        // ASCII, which most text is: many bytes at once.
        while index + 32 <= end {
            let words = unsafe UnsafeRawBufferPointer(bytes).loadUnaligned(
                fromByteOffset: index, as: SIMD4<UInt64>.self)
            let high = words & SIMD4(repeating: 0x8080_8080_8080_8080)
            if high[0] | high[1] | high[2] | high[3] != 0 { break }
            index += 32
        }
        guard index < end else { break }
        let first = unsafe bytes[index]
        let length: Int
        switch first {
        case 0..<0x80:
            length = 1
        case 0xC2...0xDF:
            guard continues(index + 1) else { return index }
            length = 2
        case 0xE0...0xEF:
            let second: ClosedRange<UInt8> = first == 0xE0 ? 0xA0...0xBF : first == 0xED ? 0x80...0x9F : 0x80...0xBF
            guard continues(index + 1, second), continues(index + 2) else { return index }
            length = 3
        case 0xF0...0xF4:
            let second: ClosedRange<UInt8> = first == 0xF0 ? 0x90...0xBF : first == 0xF4 ? 0x80...0x8F : 0x80...0xBF
            guard continues(index + 1, second), continues(index + 2), continues(index + 3) else { return index }
            length = 4
        default:
            return index
        }
        index += length
    }
    return nil
}
