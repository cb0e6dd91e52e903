/// A column of fixed-width cells, memory-mapped or in memory: `Cells<Int64>`, `Cells<UInt32>`, `Cells<Int32>`,
/// `Cells<UInt8>`.
///
/// Every access is bounds-checked. The memory is immutable and lives as long as any copy of the value, so copies are
/// cheap and may cross threads.
///
/// Loops over cells are inlined into the calling module. That needs `@usableFromInline` on the type and on all that the
/// inlined code touches: `@inlinable` on members of a type that is only `package` has no effect, and each access is
/// then a call of unspecialised code (5 to 200 times slower).
@safe @usableFromInline
package struct Cells<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    @usableFromInline let base: UnsafePointer<Element>
    @usableFromInline package let count: Int
    /// Keeps the memory; never read.
    @usableFromInline let owner: AnyObject

    /// Cells inside memory that lives as long as `owner` does.
    ///
    /// `base` must be aligned for `Element` and hold `count` of them.
    @unsafe
    init(base: UnsafePointer<Element>, count: Int, owner: AnyObject) {
        unsafe self.base = base
        self.count = count
        self.owner = owner
    }

    /// A copy of an array, for stores in memory.
    package init(_ array: [Element]) {
        let memory = OwnedMemory(array)
        unsafe self.init(
            base: UnsafePointer(memory.buffer.baseAddress.unsafelyUnwrapped), count: array.count, owner: memory)
    }

    @inlinable package subscript(index: Int) -> Element {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "cell index out of range")
        return unsafe base[index]
    }

    /// Copies the cells of a range of rows to memory that has room for them: how loops over many rows read a column.
    ///
    /// - Precondition: the rows are there, and `target` has room for as many elements.
    @unsafe
    package func copy(_ rows: Range<Int>, to target: UnsafeMutablePointer<Element>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "cell range out of range")
        unsafe target.update(from: base + rows.lowerBound, count: rows.count)
    }
}

extension Cells: RandomAccessCollection {
    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { count }

    @inlinable package func withContiguousStorageIfAvailable<Result>(
        _ body: (UnsafeBufferPointer<Element>) throws -> Result
    ) rethrows -> Result? {
        try unsafe body(UnsafeBufferPointer(start: base, count: count))
    }
}

/// Memory of a column that no file stands behind. At least one byte, so that it always has an address.
@safe
private final class OwnedMemory<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    let buffer: UnsafeMutableBufferPointer<Element>

    init(_ array: [Element]) {
        unsafe buffer = .allocate(capacity: Swift.max(1, array.count))
        _ = unsafe buffer.initialize(from: array)
    }

    deinit { unsafe buffer.deallocate() }
}
