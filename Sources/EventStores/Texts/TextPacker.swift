/// Packs one block of texts: finds what they share, and makes a number of the rest where it can.
struct TextPacker {
    private(set) var block: TextBlock
    /// The prefix or pattern, and the block's own bytes.
    private(set) var bytes: [UInt8] = []
    /// One a text.
    private(set) var numbers: [Int64] = []

    /// Digits that always fit into 64 bits.
    private static let maximalDigits = 18
    /// Longer texts have no pattern: it would not pay.
    private static let maximalPattern = 255

    /// - Parameters:
    ///   - texts: of one block, at least one.
    ///   - offset: where the block's bytes will begin.
    init(_ texts: [ArraySlice<UInt8>], offset: Int) {
        block = TextBlock(form: .raw, length: 0, offset: offset)
        numbers.reserveCapacity(texts.count)
        if texts.count > 1, texts.allSatisfy({ $0.count == texts[0].count }), packPattern(texts) { return }
        let shared = TextPacker.commonPrefix(texts)
        if packNumbers(texts, shared) { return }
        packRaw(texts, shared)
    }

    /// Texts of one length that differ in digits only.
    private mutating func packPattern(_ texts: [ArraySlice<UInt8>]) -> Bool {
        let length = texts[0].count
        guard length > 0, length <= TextPacker.maximalPattern else { return false }
        let first = Array(texts[0])
        var marks = [UInt8](repeating: 0, count: length)
        for text in texts {
            for (place, byte) in text.enumerated() where byte != first[place] { marks[place] = 1 }
        }
        let places = marks.indices.filter { marks[$0] == 1 }
        let values = texts.lazy.flatMap { text in places.lazy.map { text[text.startIndex + $0] } }
        if places.count <= TextPacker.maximalDigits, values.allSatisfy({ decimalDigit($0) != nil }) {
            block.form = .digits
            for text in texts {
                numbers.append(places.reduce(0) { $0 * 10 + Int64(text[text.startIndex + $1] - UInt8(ascii: "0")) })
            }
        } else if values.allSatisfy({ hexadecimalDigit($0) != nil }) {
            block.form = .hexadecimals
            block.stride = (places.count + 1) / 2
            numbers = Array(repeating: 0, count: texts.count)
        } else {
            return false
        }
        block.length = length
        bytes = first + marks
        if block.form == .hexadecimals {
            for text in texts {
                var digits = places.map { hexadecimalDigit(text[text.startIndex + $0]) ?? 0 }
                if digits.count % 2 == 1 { digits.append(0) }
                for pair in stride(from: 0, to: digits.count, by: 2) {
                    bytes.append(digits[pair] << 4 | digits[pair + 1])
                }
            }
            block.size = block.stride * texts.count
        }
        return true
    }

    /// A prefix and a number without leading zeros, such as `c7` and `c10`.
    private mutating func packNumbers(_ texts: [ArraySlice<UInt8>], _ shared: ArraySlice<UInt8>) -> Bool {
        // Digits that the numbers share are part of them.
        let prefix = shared.prefix(
            (shared.lastIndex { decimalDigit($0) == nil } ?? shared.startIndex - 1) + 1
                - shared.startIndex)
        for text in texts {
            let rest = text.dropFirst(prefix.count)
            guard (1...TextPacker.maximalDigits).contains(rest.count), rest.allSatisfy({ decimalDigit($0) != nil }),
                rest.count == 1 || rest.first != UInt8(ascii: "0")
            else {
                numbers.removeAll(keepingCapacity: true)
                return false
            }
            numbers.append(rest.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) })
        }
        block.form = .number
        block.length = prefix.count
        bytes = Array(prefix)
        return true
    }

    private mutating func packRaw(_ texts: [ArraySlice<UInt8>], _ prefix: ArraySlice<UInt8>) {
        block.length = prefix.count
        bytes = Array(prefix)
        for text in texts {
            bytes += text.dropFirst(prefix.count)
            numbers.append(Int64(bytes.count - prefix.count))
        }
        block.size = bytes.count - prefix.count
    }

    /// What all texts begin with.
    private static func commonPrefix(_ texts: [ArraySlice<UInt8>]) -> ArraySlice<UInt8> {
        // One text alone shares everything with itself; its bytes are better kept as its own.
        guard texts.count > 1 else { return [] }
        var prefix = texts[0]
        for text in texts where !text.starts(with: prefix) {
            var length = 0
            for (a, b) in zip(prefix, text) {
                if a != b { break }
                length += 1
            }
            prefix = prefix.prefix(length)
        }
        return prefix
    }
}

private func decimalDigit(_ byte: UInt8) -> UInt8? {
    byte &- UInt8(ascii: "0") < 10 ? byte &- UInt8(ascii: "0") : nil
}

/// Lower case only: a text is read back as it was.
private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    byte &- UInt8(ascii: "a") < 6 ? byte &- UInt8(ascii: "a") + 10 : decimalDigit(byte)
}
