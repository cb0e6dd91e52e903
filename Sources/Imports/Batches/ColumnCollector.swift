import EventStores
import Quantities

/// What stands for a missing number or instant in a batch.
let missingWord = Int64.min

/// The cells of one column of one event type in one chunk.
@safe final class ColumnCollector {
    private let type: ColumnType
    private var interner = BatchInterner()
    /// Codes of texts, or words, whichever the type needs.
    private let codes = RowList<UInt32>()
    private let words = RowList<Int64>()
    private var hasValues = false
    /// Digits after the point.
    private var scale = 0

    init(_ type: ColumnType) { self.type = type }

    /// The texts of some rows of a block.
    func append(_ rows: UnsafeBufferPointer<UInt32>, texts bounds: UnsafePointer<FieldBounds>, _ texts: BlockTexts) {
        if unsafe interner.putCodes(rows, bounds, texts, to: codes.extend(rows.count)) { hasValues = true }
    }

    /// The instants of some rows of a block, `missingWord` where there is none.
    func append(_ rows: UnsafeBufferPointer<UInt32>, instants: UnsafePointer<Int64>) {
        let target = unsafe words.extend(rows.count)
        var found = false
        for position in 0..<rows.count {
            let word = unsafe instants[Int(rows[position])]
            unsafe target[position] = word
            found = found || word != missingWord
        }
        if found { hasValues = true }
    }

    /// The numbers of some rows of a block: units, `missingWord` where there is none, and digits after the point.
    /// False where 64 bits do not hold them together with the others.
    func append(
        _ rows: UnsafeBufferPointer<UInt32>, units: UnsafePointer<Int64>, scales: UnsafePointer<UInt8>
    ) -> Bool {
        let before = words.count
        let target = unsafe words.extend(rows.count)
        var found = false
        var scale = UInt8(self.scale)
        for position in 0..<rows.count {
            let row = unsafe Int(rows[position])
            var word = unsafe units[row]
            if word != missingWord {
                found = true
                if unsafe scales[row] != scale {
                    guard let rescaled = unsafe rescaled(word, Int(scales[row]), filled: before + position) else {
                        return false
                    }
                    word = rescaled
                    scale = UInt8(self.scale)
                }
            }
            unsafe target[position] = word
        }
        if found { hasValues = true }
        return true
    }

    /// The units at the column's scale, which grows where the value needs more digits, trailing zeros aside.
    private func rescaled(_ units: Int64, _ valueScale: Int, filled: Int) -> Int64? {
        var (units, valueScale) = (units, valueScale)
        while valueScale > scale, units % 10 == 0 {
            units /= 10
            valueScale -= 1
        }
        if valueScale > scale {
            for row in 0..<filled where unsafe words.base[row] != missingWord {
                guard let wider = unsafe ColumnCollector.times(words.base[row], valueScale - scale) else { return nil }
                unsafe words.base[row] = wider
            }
            scale = valueScale
        }
        return ColumnCollector.times(units, scale - valueScale)
    }

    private static func times(_ units: Int64, _ digits: Int) -> Int64? {
        if units == 0 { return 0 }
        guard digits <= 18, let factor = Int64(exactly: ExactDecimal.power(digits)) else { return nil }
        let (product, overflow) = units.multipliedReportingOverflow(by: factor)
        return overflow || product == missingWord ? nil : product
    }

    /// The cells of all rows, which are forgotten.
    func take() -> BatchCells {
        defer { clear() }
        if !hasValues { return .missing }
        switch type {
        case .text: return .text(codes.take(), interner.takeTexts())
        case .decimal: return .decimal(words.take(), scale: scale)
        case .instant: return .instant(words.take())
        }
    }

    func clear() {
        hasValues = false
        scale = 0
        codes.clear()
        words.clear()
        interner.clear()
    }
}

/// A growing list in plain memory, for what each row of a chunk has.
@safe final class RowList<Element: BitwiseCopyable> {
    private(set) var base: UnsafeMutablePointer<Element>
    private var capacity = 0
    private(set) var count = 0

    init() { unsafe base = .allocate(capacity: 0) }

    deinit { unsafe base.deallocate() }

    /// Room for that many more elements, which the caller writes; valid until the next call.
    func extend(_ more: Int) -> UnsafeMutablePointer<Element> {
        if count + more > capacity {
            let old = unsafe base
            capacity = max(1_024, capacity * 2, count + more)
            unsafe base = .allocate(capacity: capacity)
            unsafe base.update(from: old, count: count)
            unsafe old.deallocate()
        }
        defer { count += more }
        return unsafe base + count
    }

    /// The elements, which are forgotten.
    func take() -> [Element] {
        defer { count = 0 }
        return unsafe Array(UnsafeBufferPointer(start: base, count: count))
    }

    func clear() { count = 0 }
}
