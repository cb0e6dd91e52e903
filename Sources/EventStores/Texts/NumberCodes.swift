/// Codes of texts that are decimal numbers, by number: for ids and keys that count up, which then need no hash, no
/// comparison and no memory apart from one cell each.
///
/// It reaches as far as a quarter of its places are taken; texts beyond, and all that are no numbers, are looked for in
/// a hash table. So it takes hardly more memory than that table would.
struct NumberCodes {
    /// 0 for a number that was not seen.
    private(set) var codes: [UInt32] = []
    /// By bits of a number: how many there are.
    private var counts = [Int](repeating: 0, count: 28)

    /// Fewer numbers are not worth it.
    private static let minimumBits = 10

    /// Smaller numbers have their codes here, all others in the hash table.
    var limit: UInt64 { UInt64(codes.count) }

    /// Notes that there is one more number, here or elsewhere.
    mutating func note(_ number: UInt64) { counts[64 - number.leadingZeroBitCount] += 1 }

    mutating func set(_ number: UInt64, to code: UInt32) { codes[Int(number)] = code }

    /// How far it should reach; nil where it does.
    var widerLimit: Int? {
        var (below, widest) = (0, 0)
        for bits in counts.indices {
            below += counts[bits]
            if bits >= NumberCodes.minimumBits, below * 4 >= 1 << bits { widest = 1 << bits }
        }
        return widest > codes.count ? widest : nil
    }

    /// Reaches further.
    ///
    /// - Parameter words: all texts by code - 1.
    /// - Returns: how many of them are here now.
    mutating func widen(to limit: Int, _ words: [TextWord]) -> Int {
        codes = []
        var codes = [UInt32](repeating: 0, count: limit)
        var found = 0
        for (position, word) in words.enumerated() {
            guard let number = decimalNumber(word), number < limit else { continue }
            codes[Int(number)] = UInt32(position + 1)
            found += 1
        }
        self.codes = codes
        return found
    }

    var heldBytes: Int { codes.count * 4 }
}

/// The number that a text is; nil for any other text.
@inline(__always)
func decimalNumber(_ word: TextWord) -> UInt64? {
    word.positionOfLongText == nil ? decimalNumber(key: word.bits, length: word.length) : nil
}
