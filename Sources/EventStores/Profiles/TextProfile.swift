import Quantities
import Queries

extension AttributeProfile {
    /// Of a text column, by the number of rows with each text.
    ///
    /// So many texts are looked at at a time that memory does not depend on how many there are.
    ///
    /// - Parameter known: by code - 1, how many rows have the text, and none further on; nil counts them.
    init(
        _ name: String, _ codes: Cells<UInt32>, _ dictionary: TextDictionary, known: Cells<UInt32>? = nil, rows: Int,
        window: Int = 1 << 22
    ) {
        /// - Parameter window: of codes.
        func counts(_ window: Range<Int>) -> [UInt32] {
            if let known {
                let there =
                    (window.lowerBound - 1)..<max(window.lowerBound - 1, min(window.upperBound - 1, known.count))
                return known.array(there) + repeatElement(0, count: window.count - there.count)
            }
            var counts = [UInt32](repeating: 0, count: window.count)
            unsafe codes.forEachBlock { codes in
                for row in codes.indices {
                    let index = Int(unsafe codes[row]) - window.lowerBound
                    if index >= 0, index < counts.count { counts[index] += 1 }
                }
            }
            return counts
        }
        var all = CountedTexts()
        for window in ranges(of: dictionary.count, size: window) {
            let counts = counts((window.lowerBound + 1)..<(window.upperBound + 1))
            let pieces = concurrentMap(ranges(of: window.count)) { piece in
                var texts = CountedTexts()
                var position = piece.lowerBound
                let range = (window.lowerBound + piece.lowerBound)..<(window.lowerBound + piece.upperBound)
                unsafe dictionary.forEach(range) { text in
                    unsafe texts.add(text, count: Int(counts[position]))
                    position += 1
                }
                return texts
            }
            for piece in pieces { all.add(piece) }
        }
        self.init(
            name: name, kind: .string, present: all.present, rows: rows, distinct: all.distinct,
            values: all.top.values, numeric: all.numeric)
    }
}

/// What a profile says of some texts.
private struct CountedTexts {
    private(set) var present = 0
    private(set) var distinct = 0
    private(set) var numeric = 0
    private(set) var top = MostFrequentTexts()

    /// - Parameter count: how many rows have the text.
    mutating func add(_ text: UnsafeBufferPointer<UInt8>, count: Int) {
        if count == 0 { return }
        present += count
        distinct += 1
        if unsafe isNumber(text) { numeric += count }
        unsafe top.offer(text, count: count)
    }

    /// Adds other texts.
    mutating func add(_ other: CountedTexts) {
        present += other.present
        distinct += other.distinct
        numeric += other.numeric
        top.offer(other.top)
    }
}

/// Keeps the twenty most frequent texts in order, so that a million of them need no sorting; of equally frequent ones
/// the first by bytes.
struct MostFrequentTexts {
    static let limit = 20
    private var top: [(text: [UInt8], count: Int)] = []
    /// Of the last one, when there are as many as there may be: its count, and the number that its first bytes are.
    /// Nearly all that are offered are told by these not to belong to the most frequent ones.
    private var last = (count: 0, beginning: UInt64.max)

    /// Each text is offered once.
    mutating func offer(_ text: UnsafeBufferPointer<UInt8>, count: Int) {
        if count < last.count { return }
        if count == last.count, unsafe beginning(of: text) > last.beginning { return }
        if top.count == MostFrequentTexts.limit, unsafe !isBefore(text, count, top[top.count - 1]) { return }
        let place = top.firstIndex { unsafe isBefore(text, count, $0) } ?? top.count
        top.insert((unsafe Array(text), count), at: place)
        if top.count > MostFrequentTexts.limit { top.removeLast() }
        guard top.count == MostFrequentTexts.limit else { return }
        let (lastText, lastCount) = top[top.count - 1]
        last = (lastCount, unsafe lastText.withUnsafeBufferPointer { unsafe beginning(of: $0) })
    }

    /// The first eight bytes as a number: of two texts the one with the smaller number comes before the other.
    private func beginning(of text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var number: UInt64 = 0
        for place in 0..<min(8, text.count) { number |= unsafe UInt64(text[place]) << UInt64(56 - 8 * place) }
        return number
    }

    /// Offers the most frequent ones of others.
    mutating func offer(_ others: MostFrequentTexts) {
        for (text, count) in others.top { unsafe text.withUnsafeBufferPointer { unsafe offer($0, count: count) } }
    }

    private func isBefore(
        _ text: UnsafeBufferPointer<UInt8>, _ count: Int, _ other: (text: [UInt8], count: Int)
    ) -> Bool {
        unsafe count != other.count ? count > other.count : text.lexicographicallyPrecedes(other.text)
    }

    var values: [AttributeProfile.ValueCount] {
        top.map { AttributeProfile.ValueCount(String(decoding: $0.text, as: UTF8.self), $0.count) }
    }
}

/// Whether a text is a number. Most are told by a look at their bytes, which matters where each row has its own.
func isNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = unsafe text.first else { return false }
    func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    if !isDigit(first), first != UInt8(ascii: "+"), first != UInt8(ascii: "-"), first != UInt8(ascii: ".") {
        return false
    }
    if text.count <= 18 {
        var isNumber = true
        for position in text.indices where unsafe !isDigit(text[position]) { isNumber = false }
        if isNumber { return true }
    }
    return ExactDecimal(utf8: unsafe Array(text)) != nil
}
