/// Packs one block of texts: finds what they share, and makes a number of the rest where it can.
struct TextPacker: Sendable {
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
    init(_ texts: TextSlice, offset: Int) {
        block = TextBlock(form: .raw, length: 0, offset: offset)
        unsafe numbers.reserveCapacity(texts.count)
        if unsafe packPattern(texts) { return }
        let shared = unsafe TextPacker.commonPrefix(texts)
        if unsafe packNumbers(texts, shared) { return }
        unsafe packRaw(texts, shared)
    }

    /// The same block with its bytes elsewhere.
    func moved(to offset: Int) -> TextPacker {
        var moved = self
        moved.block.offset = offset
        return moved
    }

    /// Texts of one length that differ in digits only.
    private mutating func packPattern(_ texts: TextSlice) -> Bool {
        let count = unsafe texts.count
        let first = unsafe texts[0]
        let length = first.count
        guard count > 1, length > 0, length <= TextPacker.maximalPattern else { return false }
        for row in 1..<count where unsafe texts[row].count != length { return false }
        var marks = [UInt8](repeating: 0, count: length)
        for row in 1..<count {
            let text = unsafe texts[row]
            for place in 0..<length { marks[place] |= unsafe text[place] ^ first[place] }
        }
        let places = marks.indices.filter { marks[$0] != 0 }
        for place in places { marks[place] = 1 }
        func allValues(_ isWanted: (UInt8) -> Bool) -> Bool {
            for row in 0..<count {
                let text = unsafe texts[row]
                var isMissed = false
                for place in places where unsafe !isWanted(text[place]) { isMissed = true }
                if isMissed { return false }
            }
            return true
        }
        if places.count <= TextPacker.maximalDigits, allValues({ isDecimalDigit($0) }) {
            block.form = .digits
            for row in 0..<count {
                let text = unsafe texts[row]
                var number: Int64 = 0
                for place in places { number = unsafe number &* 10 &+ Int64(text[place] &- UInt8(ascii: "0")) }
                numbers.append(number)
            }
        } else if allValues({ hexadecimalDigit($0) != nil }) {
            block.form = .hexadecimals
            block.stride = (places.count + 1) / 2
            numbers = Array(repeating: 0, count: count)
        } else {
            return false
        }
        block.length = length
        bytes = unsafe Array(first) + marks
        if block.form == .hexadecimals {
            bytes.reserveCapacity(bytes.count + block.stride * count)
            for row in 0..<count {
                let text = unsafe texts[row]
                for pair in stride(from: 0, to: places.count, by: 2) {
                    let high = unsafe hexadecimalDigit(text[places[pair]]) ?? 0
                    let low = pair + 1 < places.count ? unsafe hexadecimalDigit(text[places[pair + 1]]) ?? 0 : 0
                    bytes.append(high << 4 | low)
                }
            }
            block.size = block.stride * count
        }
        return true
    }

    /// A prefix and a number without leading zeros, such as `c7` and `c10`.
    ///
    /// - Parameter shared: how many bytes all texts begin with.
    private mutating func packNumbers(_ texts: TextSlice, _ shared: Int) -> Bool {
        let first = unsafe texts[0]
        // Digits that the numbers share are part of them.
        var prefix = shared
        while prefix > 0, unsafe isDecimalDigit(first[prefix - 1]) { prefix -= 1 }
        for row in unsafe 0..<texts.count {
            let text = unsafe texts[row]
            var number: Int64 = 0
            var isNumber =
                unsafe (1...TextPacker.maximalDigits).contains(text.count - prefix)
                && (text.count - prefix == 1 || text[prefix] != UInt8(ascii: "0"))
            if isNumber {
                for place in prefix..<text.count {
                    let byte = unsafe text[place]
                    if !isDecimalDigit(byte) { isNumber = false }
                    number = number &* 10 &+ Int64(byte &- UInt8(ascii: "0"))
                }
            }
            if !isNumber {
                numbers.removeAll(keepingCapacity: true)
                return false
            }
            numbers.append(number)
        }
        block.form = .number
        block.length = prefix
        bytes = unsafe Array(first[..<prefix])
        return true
    }

    private mutating func packRaw(_ texts: TextSlice, _ prefix: Int) {
        block.length = prefix
        bytes = unsafe Array(texts[0][..<prefix])
        for row in unsafe 0..<texts.count {
            let text = unsafe texts[row]
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[prefix...]))
            numbers.append(Int64(bytes.count - prefix))
        }
        block.size = bytes.count - prefix
    }

    /// How many bytes all texts begin with.
    private static func commonPrefix(_ texts: TextSlice) -> Int {
        // One text alone shares everything with itself; its bytes are better kept as its own.
        guard unsafe texts.count > 1 else { return 0 }
        let first = unsafe texts[0]
        var length = first.count
        for row in unsafe 1..<texts.count {
            let text = unsafe texts[row]
            length = min(length, text.count)
            var place = 0
            while place < length, unsafe text[place] == first[place] { place += 1 }
            length = place
        }
        return length
    }
}

@inline(__always)
private func isDecimalDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

/// Lower case only: a text is read back as it was.
@inline(__always)
private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    if byte &- UInt8(ascii: "a") < 6 { return byte &- UInt8(ascii: "a") + 10 }
    return isDecimalDigit(byte) ? byte &- UInt8(ascii: "0") : nil
}
