import Quantities
import Queries

extension AttributeProfile {
    /// Of a text column, by counting the rows of each text.
    init(_ name: String, _ codes: Cells<UInt32>, _ dictionary: TextDictionary, rows: Int) {
        var counts = [Int](repeating: 0, count: dictionary.count + 1)
        unsafe codes.forEachBlock { codes in
            for row in codes.indices { counts[Int(unsafe codes[row])] += 1 }
        }
        var (present, distinct, numeric) = (0, 0, 0)
        var top = MostFrequentTexts()
        var code = 0
        unsafe dictionary.forEach { text in
            code += 1
            let count = counts[code]
            if count == 0 { return }
            present += count
            distinct += 1
            if unsafe isNumber(text) { numeric += count }
            unsafe top.offer(text, count: count)
        }
        self.init(
            name: name, kind: .string, present: present, rows: rows, distinct: distinct, values: top.values,
            numeric: numeric)
    }
}

/// Keeps the twenty most frequent texts in order, so that a million of them need no sorting; of equally frequent ones
/// the first by bytes.
struct MostFrequentTexts {
    static let limit = 20
    private var top: [(text: [UInt8], count: Int)] = []

    /// Each text is offered once.
    mutating func offer(_ text: UnsafeBufferPointer<UInt8>, count: Int) {
        if top.count == MostFrequentTexts.limit, unsafe !isBefore(text, count, top[top.count - 1]) { return }
        let place = top.firstIndex { unsafe isBefore(text, count, $0) } ?? top.count
        top.insert((unsafe Array(text), count), at: place)
        if top.count > MostFrequentTexts.limit { top.removeLast() }
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
    let isDigit = { (byte: UInt8) in byte &- UInt8(ascii: "0") < 10 }
    if !isDigit(first), ![UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(first) { return false }
    if unsafe text.count <= 18 && text.allSatisfy(isDigit) { return true }
    return ExactDecimal(utf8: unsafe Array(text)) != nil
}
