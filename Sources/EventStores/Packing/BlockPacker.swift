import Foundation

/// Packs the cells of a column, slice by slice, into blocks.
///
/// Which form a block has follows from its values alone, so the same cells always become the same bytes.
struct BlockPacker {
    /// The bits of the blocks that are packed, as far as `takeWords` has not taken them.
    private var words: [UInt64] = []
    private var wordsTaken = 0
    private var blocks: [PackedBlock] = []
    /// Cells of the block that is not full yet, the first `pendingCount` of them.
    private var pending = [Int64](repeating: 0, count: PackedBlock.rows)
    private var pendingCount = 0
    /// Cells that were appended.
    private(set) var count = 0

    init() {}

    /// Appends the cells of the next rows.
    mutating func append(_ cells: some Collection<some FixedWidthInteger & BitwiseCopyable>) {
        count += cells.count
        let isUsed: Void? = cells.withContiguousStorageIfAvailable { unsafe append($0) }
        if isUsed == nil { unsafe Array(cells).withUnsafeBufferPointer { unsafe append($0) } }
    }

    private mutating func append(_ cells: UnsafeBufferPointer<some FixedWidthInteger & BitwiseCopyable>) {
        var next = 0
        while next < cells.count {
            let taken = min(cells.count - next, PackedBlock.rows - pendingCount)
            if taken == PackedBlock.rows, unsafe areEqual(UnsafeBufferPointer(rebasing: cells[next..<(next + taken)])) {
                blocks.append(.constant(Int64(truncatingIfNeeded: unsafe cells[next])))
                next += taken
                continue
            }
            let start = pendingCount
            unsafe pending.withUnsafeMutableBufferPointer { pending in
                for index in 0..<taken {
                    unsafe pending[start &+ index] = Int64(truncatingIfNeeded: cells[next &+ index])
                }
            }
            next += taken
            pendingCount += taken
            if pendingCount == PackedBlock.rows { packPending() }
        }
    }

    /// Packs the last block, after which nothing is appended.
    mutating func finish() {
        if pendingCount > 0 { packPending() }
    }

    /// The words that are waiting, which then are no longer.
    mutating func takeWords() -> [UInt64] {
        wordsTaken += words.count
        defer { words.removeAll(keepingCapacity: true) }
        return words
    }

    /// What comes after the bits: a word that is never used, and the entries of the blocks.
    var directory: [UInt64] {
        var words: [UInt64] = [0]
        if let first = blocks.first, first.isConstant, blocks.allSatisfy({ $0 == first }) { return words + first.words }
        words.reserveCapacity(1 + blocks.count * PackedBlock.entryWords)
        for block in blocks { words += block.words }
        return words
    }

    /// How many words are waiting.
    var waiting: Int { words.count }

    private mutating func packPending() {
        // Out of the way while the words change.
        var values: [Int64] = []
        swap(&values, &pending)
        unsafe values.withUnsafeBufferPointer { all in
            let values = unsafe UnsafeBufferPointer(rebasing: all[..<pendingCount])
            let plan = unsafe BlockPlan(values)
            let block = PackedBlock(
                form: plan.form, width: plan.width, offset: plan.width == 0 && plan.form != .exceptions ? 0 : position,
                base: plan.base, step: plan.step, unit: plan.unit)
            blocks.append(block)
            unsafe write(values, as: plan)
        }
        swap(&values, &pending)
        pendingCount = 0
    }

    /// Where the next block's bits begin.
    private var position: Int { wordsTaken + words.count }

    private mutating func write(_ values: UnsafeBufferPointer<Int64>, as plan: BlockPlan) {
        let base = plan.base
        let divisor = ExactDivisor(UInt64(bitPattern: plan.unit))
        func quotient(_ difference: Int64) -> UInt64 { divisor.quotient(UInt64(bitPattern: difference)) }
        switch plan.form {
        case .line:
            if plan.width == 0 { return }
            write(values.count, width: plan.width) { writer in
                for row in values.indices {
                    unsafe writer.append(quotient(values[row] &- base &- PackedBlock.line(plan.step, row)))
                }
            }
        case .missing:
            let top = lowBits(plan.width)
            write(values.count, width: plan.width) { writer in
                for row in values.indices {
                    let value = unsafe values[row]
                    writer.append(value == missingWord ? top : quotient(value &- base))
                }
            }
        case .exceptions:
            var exceptions = 0
            write(values.count, width: 1) { writer in
                for row in values.indices {
                    let bit: UInt64 = unsafe values[row] == plan.step ? 0 : 1
                    exceptions += Int(bit)
                    writer.append(bit)
                }
            }
            if plan.width == 0 { return }
            write(exceptions, width: plan.width) { writer in
                for row in values.indices where unsafe values[row] != plan.step {
                    unsafe writer.append(quotient(values[row] &- base))
                }
            }
        }
    }

    /// Appends the words of so many numbers of so many bits each, all of which the body gives.
    @inline(__always)
    private mutating func write(_ count: Int, width: Int, _ body: (inout BitWriter) -> Void) {
        let start = words.count
        words.append(contentsOf: repeatElement(0, count: wordCount(ofBits: count * width)))
        unsafe words.withUnsafeMutableBufferPointer { words in
            var writer = unsafe BitWriter(width, to: UnsafeMutableBufferPointer(rebasing: words[start...]))
            body(&writer)
            writer.finish()
        }
    }
}

/// The cheapest form of a block.
private struct BlockPlan {
    var form = PackedBlock.Form.line
    var width = 0
    var base: Int64 = 0
    var step: Int64 = 0
    var unit: Int64 = 1

    init(_ values: UnsafeBufferPointer<Int64>) {
        base = unsafe values[0]
        if unsafe areEqual(values) { return }
        var (low, high) = (Int64.max, Int64.min)
        var missing = 0
        for row in values.indices {
            let value = unsafe values[row]
            let isMissing = value == missingWord
            missing += isMissing ? 1 : 0
            low = min(low, isMissing ? low : value)
            // The missing word is the lowest there is.
            high = max(high, value)
        }
        base = low
        let dense = unsafe DifferenceRange(values, low: low, high: high, leavingOut: missingWord)
        unit = dense.unit
        width = bitWidth(of: missing == 0 ? dense.codes : dense.codes + 1)
        if missing > 0 { form = .missing }
        if missing == 0 { unsafe tryLine(values) }
        if width > 1 { unsafe tryExceptions(values, missing: missing) }
    }

    /// Values that go up or down steadily are near to a line.
    private mutating func tryLine(_ values: UnsafeBufferPointer<Int64>) {
        let count = values.count
        guard count > 2 else { return }
        let (first, last) = unsafe (values[0], values[count - 1])
        let isRising = first <= last
        for row in 1..<count
        where unsafe isRising ? values[row - 1] > values[row] : values[row - 1] < values[row] { return }
        // Beyond that the line would leave 64 bits.
        let (difference, overflow) = last.subtractingReportingOverflow(first)
        guard !overflow, difference.magnitude < 1 << 46 else { return }
        let step = (difference << 16) / Int64(count - 1)
        var (low, high) = (Int64.max, Int64.min)
        for row in 0..<count {
            let rest = unsafe values[row] - first - PackedBlock.line(step, row)
            (low, high) = (min(low, rest), max(high, rest))
        }
        let lineWidth = bitWidth(of: UInt64(high - low))
        guard lineWidth < width else { return }
        (width, base, self.step, unit) = (lineWidth, first &+ low, step, 1)
    }

    /// Where one value is that of most rows, the others are cheaper told by a bitmap.
    private mutating func tryExceptions(_ values: UnsafeBufferPointer<Int64>, missing: Int) {
        guard let common = unsafe missing > 0 ? missingWord : majority(values) else { return }
        var (low, high) = (Int64.max, Int64.min)
        var count = 0
        for row in values.indices where unsafe values[row] != common {
            let value = unsafe values[row]
            (low, high) = (min(low, value), max(high, value))
            count += 1
        }
        let range = unsafe DifferenceRange(values, low: low, high: high, leavingOut: common)
        let sparseWidth = bitWidth(of: range.codes)
        let words = wordCount(ofBits: values.count) + wordCount(ofBits: count * sparseWidth)
        // They are slower to read, so they have to be worth it.
        guard words * 8 <= wordCount(ofBits: values.count * width) * 7 else { return }
        (form, width, base, step, unit) = (.exceptions, sparseWidth, low, common, range.unit)
    }

    /// The value of more than half of the rows, nil where there is none (Boyer and Moore, 1981).
    private func majority(_ values: UnsafeBufferPointer<Int64>) -> Int64? {
        var (candidate, lead) = (Int64(0), 0)
        for row in values.indices {
            let value = unsafe values[row]
            // Without branches: nobody can foretell them where the values are random.
            candidate = lead == 0 ? value : candidate
            lead &+= value == candidate ? 1 : -1
        }
        return unsafe values.count { $0 == candidate } * 2 > values.count ? candidate : nil
    }
}

/// What values differ by: their distances from the lowest are `0 ... codes` times `unit`.
private struct DifferenceRange {
    var codes: UInt64
    var unit: Int64

    init(_ values: UnsafeBufferPointer<Int64>, low: Int64, high: Int64, leavingOut skipped: Int64) {
        let range = UInt64(bitPattern: high &- low)
        // A common divisor is of no use where three bits are enough; most columns of codes are such.
        var divisor = ExactDivisor(range < 8 ? 1 : range)
        for row in values.indices where unsafe values[row] != skipped {
            if divisor.value == 1 { break }
            let difference = unsafe UInt64(bitPattern: values[row] &- low)
            if !divisor.divides(difference) {
                divisor = ExactDivisor(greatestCommonDivisor(divisor.value, difference % divisor.value))
            }
        }
        unit = Int64(bitPattern: divisor.value)
        codes = range / divisor.value
    }
}

private func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var (a, b) = (left, right)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}

private func bitWidth(of highest: UInt64) -> Int { 64 - highest.leadingZeroBitCount }

/// Whether all values are the same.
private func areEqual<Value: BitwiseCopyable>(_ values: UnsafeBufferPointer<Value>) -> Bool {
    guard let start = values.baseAddress else { return true }
    return unsafe memcmp(start, start + 1, (values.count - 1) * MemoryLayout<Value>.size) == 0
}

/// Divides numbers that it divides without rest, by a multiplication: a division is by far the slowest step.
private struct ExactDivisor {
    /// Above 0.
    let value: UInt64
    /// Of the odd part of the value, modulo 2^64.
    private let inverse: UInt64
    private let shift: UInt64
    private let highest: UInt64

    init(_ value: UInt64) {
        self.value = value
        shift = UInt64(value.trailingZeroBitCount)
        let odd = value >> shift
        // Right in five bits; each step doubles them (Newton).
        var inverse = (3 &* odd) ^ 2
        for _ in 0..<4 { inverse = inverse &* (2 &- odd &* inverse) }
        self.inverse = inverse
        highest = UInt64.max / value
    }

    /// Only of a number that is divided.
    @inline(__always)
    func quotient(_ number: UInt64) -> UInt64 { (number &* inverse) &>> shift }

    @inline(__always)
    func divides(_ number: UInt64) -> Bool {
        let product = number &* inverse
        // Bits that do not go away at the low end become high ones.
        return (product &>> shift) | ((product &<< 1) &<< (63 &- shift)) <= highest
    }
}

/// Puts numbers of a fixed width one after the other into words, lowest bits first.
@safe
private struct BitWriter {
    private let words: UnsafeMutableBufferPointer<UInt64>
    private var next = 0
    private let width: UInt64
    private var word: UInt64 = 0
    private var used: UInt64 = 0

    /// - Parameter words: as many as the numbers take, none of which is written that was not asked for.
    @unsafe
    init(_ width: Int, to words: UnsafeMutableBufferPointer<UInt64>) {
        self.width = UInt64(width)
        unsafe self.words = words
    }

    @inline(__always)
    mutating func append(_ bits: UInt64) {
        word |= bits &<< used
        let end = used &+ width
        if end < 64 {
            used = end
        } else {
            unsafe words[next] = word
            next &+= 1
            used = end &- 64
            // What did not fit; nothing where it ended with the word.
            word = used == 0 ? 0 : bits >> (width &- used)
        }
    }

    mutating func finish() {
        if used > 0 { unsafe words[next] = word }
    }
}
