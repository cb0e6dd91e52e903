/// Packs the cells of a column, slice by slice, into blocks.
///
/// Which form a block has follows from its values alone, so the same cells always become the same bytes.
struct BlockPacker {
    /// The bits of the blocks that are packed, as far as `takeWords` has not taken them.
    private var words: [UInt64] = []
    private var wordsTaken = 0
    private var blocks: [PackedBlock] = []
    /// Cells of the block that is not full yet.
    private var pending: [Int64] = []
    /// Cells that were appended.
    private(set) var count = 0

    init() { pending.reserveCapacity(PackedBlock.rows) }

    /// Appends the cells of the next rows.
    mutating func append(_ cells: some Collection<some FixedWidthInteger>) {
        count += cells.count
        let isUsed: Void? = cells.withContiguousStorageIfAvailable { unsafe append($0) }
        if isUsed == nil { unsafe Array(cells).withUnsafeBufferPointer { unsafe append($0) } }
    }

    private mutating func append(_ cells: UnsafeBufferPointer<some FixedWidthInteger>) {
        var next = 0
        while next < cells.count {
            let end = min(cells.count, next + PackedBlock.rows - pending.count)
            while next < end {
                pending.append(Int64(truncatingIfNeeded: unsafe cells[next]))
                next += 1
            }
            if pending.count == PackedBlock.rows { packPending() }
        }
    }

    /// Packs the last block, after which nothing is appended.
    mutating func finish() {
        if !pending.isEmpty { packPending() }
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
        unsafe pending.withUnsafeBufferPointer { values in
            let plan = unsafe BlockPlan(values)
            let block = PackedBlock(
                form: plan.form, width: plan.width, offset: plan.width == 0 && plan.form != .exceptions ? 0 : position,
                base: plan.base, step: plan.step, unit: plan.unit)
            blocks.append(block)
            unsafe write(values, as: plan)
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// Where the next block's bits begin.
    private var position: Int { wordsTaken + words.count }

    private mutating func write(_ values: UnsafeBufferPointer<Int64>, as plan: BlockPlan) {
        let base = plan.base
        // Most blocks have the unit 1, and a division is by far the slowest step.
        let unit = UInt64(bitPattern: plan.unit)
        func quotient(_ difference: Int64) -> UInt64 {
            let bits = UInt64(bitPattern: difference)
            return unit == 1 ? bits : bits / unit
        }
        switch plan.form {
        case .line:
            if plan.width == 0 { return }
            var writer = BitWriter(plan.width)
            for row in values.indices {
                let line = PackedBlock.line(plan.step, row)
                writer.append(quotient(unsafe values[row] &- base &- line), to: &words)
            }
            writer.finish(&words)
        case .missing:
            let top = UInt64.max >> UInt64(64 - plan.width)
            var writer = BitWriter(plan.width)
            for row in values.indices {
                let value = unsafe values[row]
                writer.append(value == missingWord ? top : quotient(value &- base), to: &words)
            }
            writer.finish(&words)
        case .exceptions:
            var bitmap = BitWriter(1)
            for row in values.indices { bitmap.append(unsafe values[row] == plan.step ? 0 : 1, to: &words) }
            bitmap.finish(&words)
            if plan.width == 0 { return }
            var writer = BitWriter(plan.width)
            for row in values.indices where unsafe values[row] != plan.step {
                writer.append(quotient(unsafe values[row] &- base), to: &words)
            }
            writer.finish(&words)
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
        var (low, high) = (Int64.max, Int64.min)
        var missing = 0
        for row in values.indices {
            let value = unsafe values[row]
            if value == missingWord { missing += 1 } else { (low, high) = (min(low, value), max(high, value)) }
        }
        if missing == values.count {
            base = missingWord
            return
        }
        base = low
        if low == high && missing == 0 { return }
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
        guard (last &- first).magnitude < 1 << 46, abs(first.distance(to: last)) < 1 << 46 else { return }
        let step = ((last - first) << 16) / Int64(count - 1)
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
            if lead == 0 { candidate = value }
            lead += value == candidate ? 1 : -1
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
        var divisor = range
        // A common divisor is of no use where three bits are enough; most columns of codes are such.
        if range < 8 { divisor = 1 }
        for row in values.indices where unsafe values[row] != skipped {
            if divisor <= 1 { break }
            let difference = unsafe UInt64(bitPattern: values[row] &- low)
            if difference % divisor != 0 { divisor = greatestCommonDivisor(divisor, difference % divisor) }
        }
        divisor = max(divisor, 1)
        unit = Int64(bitPattern: divisor)
        codes = range / divisor
    }
}

private func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var (a, b) = (left, right)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}

private func bitWidth(of highest: UInt64) -> Int { 64 - highest.leadingZeroBitCount }

/// Puts numbers of a fixed width one after the other into words, lowest bits first.
private struct BitWriter {
    private let width: UInt64
    private var word: UInt64 = 0
    private var used: UInt64 = 0

    init(_ width: Int) { self.width = UInt64(width) }

    @inline(__always)
    mutating func append(_ bits: UInt64, to words: inout [UInt64]) {
        word |= bits &<< used
        let end = used + width
        if end < 64 {
            used = end
        } else {
            words.append(word)
            used = end - 64
            // What did not fit; nothing where it ended with the word.
            word = used == 0 ? 0 : bits >> (width - used)
        }
    }

    mutating func finish(_ words: inout [UInt64]) {
        if used > 0 { words.append(word) }
    }
}
