import EventStores
import Quantities

/// What stands for a missing number or instant in a batch.
let missingWord = Int64.min

/// The cells of one column of one event type in one chunk. Missing cells are not added: they are the rows between.
@safe final class ColumnCollector {
    private let type: ColumnType
    let interner = BatchInterner()
    /// Codes of texts, or words, whichever the type needs.
    private var codes: UnsafeMutablePointer<UInt32>
    private var words: UnsafeMutablePointer<Int64>
    private var capacity = 0
    /// Rows up to the last one with a value.
    private var filled = 0
    /// Digits after the point.
    private var scale = 0

    init(_ type: ColumnType) {
        self.type = type
        unsafe codes = .allocate(capacity: 0)
        unsafe words = .allocate(capacity: 0)
    }

    deinit {
        unsafe codes.deallocate()
        unsafe words.deallocate()
    }

    /// The text of a row after those that have one.
    @inline(__always)
    func add(code: UInt32, row: Int) {
        if row >= capacity { grow(row) }
        while filled < row {
            unsafe codes[filled] = 0
            filled += 1
        }
        unsafe codes[row] = code
        filled = row + 1
    }

    /// The word of a row after those that have one.
    @inline(__always)
    func add(word: Int64, row: Int) {
        if row >= capacity { grow(row) }
        while filled < row {
            unsafe words[filled] = missingWord
            filled += 1
        }
        unsafe words[row] = word
        filled = row + 1
    }

    /// The number of a row after those that have one. False where 64 bits do not hold it together with the others.
    @inline(__always)
    func add(units: Int64, scale valueScale: Int, row: Int) -> Bool {
        var word = units
        if valueScale != scale {
            guard let rescaled = rescaled(units, valueScale) else { return false }
            word = rescaled
        }
        add(word: word, row: row)
        return true
    }

    /// The units at the column's scale, which grows where the value needs more digits, trailing zeros aside.
    private func rescaled(_ units: Int64, _ valueScale: Int) -> Int64? {
        var (units, valueScale) = (units, valueScale)
        while valueScale > scale, units % 10 == 0 {
            units /= 10
            valueScale -= 1
        }
        if valueScale > scale {
            for row in 0..<filled where unsafe words[row] != missingWord {
                guard let wider = unsafe ColumnCollector.times(words[row], valueScale - scale) else { return nil }
                unsafe words[row] = wider
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

    private func grow(_ row: Int) {
        let wanted = max(1_024, capacity * 2, row + 1)
        if type == .text {
            let old = unsafe codes
            unsafe codes = .allocate(capacity: wanted)
            unsafe codes.update(from: old, count: filled)
            unsafe old.deallocate()
        } else {
            let old = unsafe words
            unsafe words = .allocate(capacity: wanted)
            unsafe words.update(from: old, count: filled)
            unsafe old.deallocate()
        }
        capacity = wanted
    }

    /// The cells of that many rows, which are forgotten.
    func take(rows: Int) -> BatchCells {
        defer { clear() }
        if filled == 0 { return .missing }
        switch type {
        case .text:
            let cells = unsafe [UInt32](unsafeUninitializedCapacity: rows) { buffer, count in
                unsafe buffer.baseAddress?.initialize(from: codes, count: filled)
                for row in filled..<rows { unsafe buffer.initializeElement(at: row, to: 0) }
                count = rows
            }
            return .text(cells, interner.takeTexts())
        case .decimal: return .decimal(wholeWords(rows), scale: scale)
        case .instant: return .instant(wholeWords(rows))
        }
    }

    private func wholeWords(_ rows: Int) -> [Int64] {
        unsafe [Int64](unsafeUninitializedCapacity: rows) { buffer, count in
            unsafe buffer.baseAddress?.initialize(from: words, count: filled)
            for row in filled..<rows { unsafe buffer.initializeElement(at: row, to: missingWord) }
            count = rows
        }
    }

    func clear() {
        filled = 0
        scale = 0
        interner.clear()
    }
}

/// The collectors of a table's columns, for a loop over them in each row: going through an array of objects would retain
/// and release each.
@safe final class CollectorList {
    /// Keeps them.
    let all: [ColumnCollector]
    let count: Int
    private let references: UnsafeMutablePointer<Unmanaged<ColumnCollector>>

    init(_ collectors: [ColumnCollector]) {
        all = collectors
        count = collectors.count
        unsafe references = .allocate(capacity: max(1, count))
        for (index, collector) in collectors.enumerated() {
            unsafe (references + index).initialize(to: Unmanaged.passUnretained(collector))
        }
    }

    deinit { unsafe references.deallocate() }

    @inline(__always)
    func with<Result>(_ index: Int, _ body: (ColumnCollector) -> Result) -> Result {
        unsafe references[index]._withUnsafeGuaranteedRef { body($0) }
    }
}

/// A growing list in plain memory, for what each row of a chunk has.
@safe final class RowList<Element: BitwiseCopyable> {
    private var base: UnsafeMutablePointer<Element>
    private var capacity = 0
    private(set) var count = 0

    init() { unsafe base = .allocate(capacity: 0) }

    deinit { unsafe base.deallocate() }

    @inline(__always)
    func append(_ element: Element) {
        if count == capacity { grow() }
        unsafe base[count] = element
        count += 1
    }

    private func grow() {
        let old = unsafe base
        capacity = max(1_024, capacity * 2)
        unsafe base = .allocate(capacity: capacity)
        unsafe base.update(from: old, count: count)
        unsafe old.deallocate()
    }

    /// The elements, which are forgotten.
    func take() -> [Element] {
        defer { count = 0 }
        return unsafe Array(UnsafeBufferPointer(start: base, count: count))
    }

    func clear() { count = 0 }
}
