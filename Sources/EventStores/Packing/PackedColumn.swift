/// The packed cells of a column in memory that lives as long as the object: bits, one word that is never used (so that
/// a value can be read by whole words), and the directory of the blocks.
///
/// All blocks are checked once, when the object is made: whatever the directory says, nothing outside of the memory is
/// read.
@safe
final class PackedColumn: WordColumn, @unchecked Sendable {
    private let data: UnsafePointer<UInt64>
    private let directory: UnsafePointer<UInt64>
    /// Words from one entry to the next; 0 where all blocks are the same constant.
    private let entryStride: Int
    /// Keeps the memory.
    private let owner: AnyObject

    /// - Returns: nil where the words are no packed column of so many rows.
    @unsafe
    init?(words: UnsafeBufferPointer<UInt64>, count: Int, owner: AnyObject) {
        var blocks = PackedColumn.blockCount(count)
        let isConstant = blocks > 1 && words.count == 1 + PackedBlock.entryWords
        if isConstant { blocks = 1 }
        entryStride = isConstant ? 0 : PackedBlock.entryWords
        let dataWords = words.count - blocks * PackedBlock.entryWords - 1
        guard let base = words.baseAddress, dataWords >= 0 else { return nil }
        self.owner = owner
        unsafe data = base
        unsafe directory = base + dataWords + 1
        super.init(count: count)
        for block in 0..<blocks where !isInside(block, dataWords) { return nil }
        if isConstant, !block(0).isConstant { return nil }
    }

    /// A constant, in memory.
    static func constant(_ value: Int64, count: Int) -> PackedColumn {
        let memory = OwnedMemory(count == 0 ? [0] : [0] + PackedBlock.constant(value).words)
        let words = unsafe UnsafeBufferPointer(memory.buffer)
        guard let column = unsafe PackedColumn(words: words, count: count, owner: memory) else {
            preconditionFailure("a constant is a packed column")
        }
        return column
    }

    /// Blocks of a column with so many rows.
    static func blockCount(_ rows: Int) -> Int { (rows + PackedBlock.rows - 1) / PackedBlock.rows }

    /// Whether the bits of a block lie within the data.
    private func isInside(_ index: Int, _ dataWords: Int) -> Bool {
        let entry = unsafe directory + index * entryStride
        guard
            let block = unsafe PackedBlock(base: entry[0], step: entry[1], unit: entry[2], place: entry[3]),
            block.offset <= dataWords
        else { return false }
        let rows = min(PackedBlock.rows, count - index * PackedBlock.rows)
        guard block.form == .exceptions else {
            if block.form == .missing, block.width == 0 { return false }
            return wordCount(ofBits: rows * block.width) <= dataWords - block.offset
        }
        let bitmap = wordCount(ofBits: rows)
        guard bitmap <= dataWords - block.offset else { return false }
        let marked = unsafe markedRows(data + block.offset, in: 0..<(bitmap * 64))
        if unsafe markedRows(data + block.offset, in: 0..<rows) != marked { return false }
        return bitmap + wordCount(ofBits: marked * block.width) <= dataWords - block.offset
    }

    @inline(__always)
    private func block(_ index: Int) -> PackedBlock {
        let entry = unsafe directory + index * entryStride
        guard let block = unsafe PackedBlock(base: entry[0], step: entry[1], unit: entry[2], place: entry[3]) else {
            preconditionFailure("a block that was checked when the column was opened")
        }
        return block
    }

    override func word(_ row: Int) -> Int64 {
        precondition(UInt(bitPattern: row) < UInt(bitPattern: count), "cell index out of range")
        let block = block(row / PackedBlock.rows)
        let position = row % PackedBlock.rows
        let bits = unsafe data + block.offset
        switch block.form {
        case .line:
            let code = block.width == 0 ? 0 : unsafe packedBits(bits, width: block.width, position)
            return block.base &+ PackedBlock.line(block.step, position) &+ block.unit &* Int64(bitPattern: code)
        case .missing:
            let code = unsafe packedBits(bits, width: block.width, position)
            if code == lowBits(block.width) { return missingWord }
            return block.base &+ block.unit &* Int64(bitPattern: code)
        case .exceptions:
            if unsafe bits[position >> 6] >> UInt64(position & 63) & 1 == 0 { return block.step }
            if block.width == 0 { return block.base }
            let rows = min(PackedBlock.rows, count - row + position)
            let rank = unsafe markedRows(bits, in: 0..<position)
            let code = unsafe packedBits(bits + wordCount(ofBits: rows), width: block.width, rank)
            return block.base &+ block.unit &* Int64(bitPattern: code)
        }
    }

    override func forget(_ rows: Range<Int>) {
        // Only what a file stands behind can be forgotten; and the directory is of all rows.
        guard entryStride > 0, !rows.isEmpty, let mapping = owner as? Mapping else { return }
        // Blocks without bits say nothing of where those of others begin.
        let blocks = PackedColumn.blockCount(count)
        let last = (rows.upperBound - 1) / PackedBlock.rows + 1
        guard
            let begin = (rows.lowerBound / PackedBlock.rows..<last).lazy.map(block).first(where: \.hasBits)?.offset
        else { return }
        let end = unsafe (last..<blocks).lazy.map(block).first(where: \.hasBits)?.offset ?? directory - data
        if end > begin { unsafe mapping.forget(UnsafeRawBufferPointer(start: data + begin, count: 8 * (end - begin))) }
    }

    override func copy(_ rows: Range<Int>, to target: UnsafeMutableRawPointer, size: Int) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "cell range out of range")
        switch size {
        case 8: unsafe copy(rows, to: target.assumingMemoryBound(to: UInt64.self))
        case 4: unsafe copy(rows, to: target.assumingMemoryBound(to: UInt32.self))
        case 2: unsafe copy(rows, to: target.assumingMemoryBound(to: UInt16.self))
        default: unsafe copy(rows, to: target.assumingMemoryBound(to: UInt8.self))
        }
    }

    private func copy<Element: FixedWidthInteger>(_ rows: Range<Int>, to target: UnsafeMutablePointer<Element>) {
        var row = rows.lowerBound
        var next = unsafe target
        while row < rows.upperBound {
            let index = row / PackedBlock.rows
            let start = index * PackedBlock.rows
            let part = (row - start)..<min(PackedBlock.rows, rows.upperBound - start)
            unsafe copy(part, of: block(index), rows: min(PackedBlock.rows, count - start), to: next)
            row += part.count
            unsafe next += part.count
        }
    }

    /// - Parameter rows: of the block, of which a part is copied.
    @inline(__always)
    private func copy<Element: FixedWidthInteger>(
        _ part: Range<Int>, of block: PackedBlock, rows: Int, to target: UnsafeMutablePointer<Element>
    ) {
        let (base, unit) = (block.base, block.unit)
        let bits = unsafe data + block.offset
        switch block.form {
        case .line:
            if block.width == 0 {
                unsafe target.update(repeating: Element(truncatingIfNeeded: base), count: part.count)
            } else if Element.self == UInt8.self, unit == 1, block.width <= 8, base >= 0, base <= 255,
                UInt64(bitPattern: base) + lowBits(block.width) <= 255
            {
                let target = unsafe UnsafeMutableRawPointer(target).assumingMemoryBound(to: UInt8.self)
                unsafe unpackBytes(bits, width: block.width, part, base: UInt8(base), to: target)
            } else {
                unsafe unpack(bits, width: block.width, part, to: target) { code in
                    base &+ unit &* Int64(bitPattern: code)
                }
            }
            if block.step != 0 {
                for row in 0..<part.count {
                    let line = PackedBlock.line(block.step, part.lowerBound + row)
                    unsafe target[row] &+= Element(truncatingIfNeeded: line)
                }
            }
        case .missing:
            let top = lowBits(block.width)
            unsafe unpack(bits, width: block.width, part, to: target) { code in
                code == top ? missingWord : base &+ unit &* Int64(bitPattern: code)
            }
        case .exceptions:
            unsafe target.update(repeating: Element(truncatingIfNeeded: block.step), count: part.count)
            let codes = unsafe bits + wordCount(ofBits: rows)
            var rank = unsafe markedRows(bits, in: 0..<part.lowerBound)
            for word in (part.lowerBound >> 6)..<wordCount(ofBits: part.upperBound) {
                var marks = unsafe bits[word]
                if word == part.lowerBound >> 6 { marks &= UInt64.max &<< UInt64(part.lowerBound & 63) }
                if word == part.upperBound >> 6 { marks &= ~(UInt64.max &<< UInt64(part.upperBound & 63)) }
                while marks != 0 {
                    let row = word << 6 + marks.trailingZeroBitCount - part.lowerBound
                    let code = block.width == 0 ? 0 : unsafe packedBits(codes, width: block.width, rank)
                    unsafe target[row] = Element(truncatingIfNeeded: base &+ unit &* Int64(bitPattern: code))
                    rank += 1
                    marks &= marks - 1
                }
            }
        }
    }
}
