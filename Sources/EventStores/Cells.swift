/// A column of integers: `Cells<Int64>`, `Cells<UInt32>`, `Cells<Int32>`, `Cells<UInt8>`. Packed into a memory-mapped
/// file, or plain in memory.
///
/// Loops over many rows copy them out, some thousands at a time: that costs less than a nanosecond a cell, while the
/// subscript unpacks one cell and is for single rows. Every access is bounds-checked. The memory is immutable and lives
/// as long as any copy of the value, so copies are cheap and may cross threads.
///
/// The subscript is inlined into the calling module. That needs `@usableFromInline` on the type and on all that the
/// inlined code touches: `@inlinable` on members of a type that is only `package` has no effect, and each access is
/// then a call of unspecialised code (5 to 200 times slower).
@safe @usableFromInline
package struct Cells<Element: FixedWidthInteger & BitwiseCopyable & Sendable>: @unchecked Sendable {
    @usableFromInline package let count: Int
    /// Nil where the cells are plain.
    @usableFromInline let packed: WordColumn?
    /// Never read where the cells are packed.
    @usableFromInline let plain: UnsafePointer<Element>
    /// Keeps the memory of plain cells.
    private let owner: AnyObject

    /// Cells that are unpacked, or otherwise made, when they are read.
    init(_ column: WordColumn) {
        count = column.count
        packed = column
        owner = column
        unsafe plain = UnsafePointer(bitPattern: MemoryLayout<Element>.alignment).unsafelyUnwrapped
    }

    /// A copy of an array, for stores in memory.
    package init(_ array: [Element]) {
        let memory = OwnedMemory(array)
        count = array.count
        packed = nil
        owner = memory
        unsafe plain = UnsafePointer(memory.buffer.baseAddress.unsafelyUnwrapped)
    }

    /// The words that cells are packed into: the payload of their file.
    package static func packedWords(_ cells: [Element]) -> [UInt64] {
        var packer = BlockPacker()
        packer.append(cells)
        packer.finish()
        return packer.takeWords() + packer.directory
    }

    /// Packed cells inside memory that lives as long as `owner` does; nil where the words are no `count` packed cells.
    ///
    /// Whatever the words are, nothing outside of them is ever read.
    @unsafe
    package init?(packedWords words: UnsafeBufferPointer<UInt64>, count: Int, owner: AnyObject) {
        guard let column = unsafe PackedColumn(words: words, count: count, owner: owner) else { return nil }
        self.init(column)
    }

    /// The same value in all rows; takes no memory to speak of.
    package init(repeating value: Element, count: Int) {
        self.init(PackedColumn.constant(Int64(truncatingIfNeeded: value), count: count))
    }

    @inlinable package subscript(index: Int) -> Element {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "cell index out of range")
        if let packed { return Element(truncatingIfNeeded: packed.word(index)) }
        return unsafe plain[index]
    }

    /// Copies the cells of a range of rows to memory that has room for them: how loops over many rows read a column.
    ///
    /// - Precondition: the rows are there, and `target` has room for as many elements.
    @unsafe
    package func copy(_ rows: Range<Int>, to target: UnsafeMutablePointer<Element>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "cell range out of range")
        guard let packed else {
            unsafe target.update(from: plain + rows.lowerBound, count: rows.count)
            return
        }
        // A cell is the low bits of its word, whether it has a sign or not.
        unsafe packed.copy(rows, to: UnsafeMutableRawPointer(target), size: MemoryLayout<Element>.size)
    }

    /// Tells that some rows will not be read again soon, so that a file's pages of them need not stay in memory. Reading
    /// them nevertheless is slower, and nothing else.
    package func forget(_ rows: Range<Int>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "cell range out of range")
        packed?.forget(rows)
    }

    /// Copies the lowest bytes of the cells of a range of rows: all of them, where the values are codes below 256.
    ///
    /// - Precondition: the rows are there, and `target` has room for as many bytes.
    @unsafe
    package func copyBytes(_ rows: Range<Int>, to target: UnsafeMutablePointer<UInt8>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "cell range out of range")
        guard let packed else {
            for row in rows { unsafe target[row - rows.lowerBound] = UInt8(truncatingIfNeeded: plain[row]) }
            return
        }
        unsafe packed.copy(rows, to: UnsafeMutableRawPointer(target), size: 1)
    }
}

extension Cells: RandomAccessCollection {
    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { count }
}

extension Cells {
    /// As a column that others can be joined with; plain cells are packed for it.
    var column: WordColumn {
        if let packed { return packed }
        let memory = OwnedMemory(Cells.packedWords(array))
        guard
            let column = unsafe PackedColumn(
                words: UnsafeBufferPointer(memory.buffer), count: count, owner: memory)
        else { preconditionFailure("what was packed is a packed column") }
        return column
    }

    /// All cells in plain memory: much faster than `Array(cells)`.
    package var array: [Element] { array(0..<count) }

    /// The cells of a range of rows, which must be there, in plain memory.
    package func array(_ rows: Range<Int>) -> [Element] {
        unsafe Array(unsafeUninitializedCapacity: rows.count) { buffer, initialized in
            if let target = buffer.baseAddress { unsafe copy(rows, to: target) }
            initialized = rows.count
        }
    }

    /// Calls the body with all cells, some thousands at a time.
    func forEachBlock(_ body: (UnsafeBufferPointer<Element>) throws -> Void) rethrows {
        let size = 4 * PackedBlock.rows
        try unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: size) { buffer in
            guard let target = buffer.baseAddress else { return }
            var row = 0
            while row < count {
                let end = Swift.min(count, row + size)
                unsafe copy(row..<end, to: target)
                try unsafe body(UnsafeBufferPointer(start: target, count: end - row))
                row = end
            }
        }
    }
}

/// Memory of a column that no file stands behind. At least one byte, so that it always has an address.
@safe
final class OwnedMemory<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    let buffer: UnsafeMutableBufferPointer<Element>

    init(_ array: [Element]) {
        unsafe buffer = .allocate(capacity: Swift.max(1, array.count))
        _ = unsafe buffer.initialize(from: array)
    }

    deinit { unsafe buffer.deallocate() }
}
