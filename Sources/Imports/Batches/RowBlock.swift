import Diagnostics

/// Where the text of a field is: in the bytes of its chunk, or among the texts a block made itself.
struct FieldBounds: BitwiseCopyable {
    private let lower: UInt32
    private let upper: UInt32

    private static let made: UInt32 = 1 << 31

    /// Of a text in the chunk's bytes, of which there are less than 2 GiB.
    @inline(__always)
    init(_ start: Int, _ end: Int) {
        lower = UInt32(truncatingIfNeeded: start)
        upper = UInt32(truncatingIfNeeded: end)
    }

    /// Of a text in the block's `MadeTexts`.
    init(made range: Range<Int>) {
        lower = UInt32(range.lowerBound) | FieldBounds.made
        upper = UInt32(range.upperBound)
    }

    static let empty = FieldBounds(0, 0)

    @inline(__always) var isMade: Bool { lower & FieldBounds.made != 0 }
    @inline(__always) var start: Int { Int(lower & ~FieldBounds.made) }
    @inline(__always) var end: Int { Int(upper) }
    @inline(__always) var count: Int { end &- start }
    @inline(__always) var isEmpty: Bool { start == end }
}

/// Texts that do not stand in a file as they read: doubled quotes made single, prefixes stripped, ids of guests.
@safe final class MadeTexts {
    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity = 1_024
    private(set) var count = 0

    /// So many bytes that a text more might not have bounds.
    var isFull: Bool { count > 1 << 30 }

    init() { unsafe bytes = .allocate(capacity: capacity + TextChunk.padding) }

    deinit { unsafe bytes.deallocate() }

    /// - Precondition: not `isFull`; the text is no larger than a row may be.
    func append(_ text: some Collection<UInt8>) -> FieldBounds {
        let end = count + text.count
        precondition(end <= Int(Int32.max), "more made texts than bounds can say")
        if end > capacity {
            let old = unsafe bytes
            capacity = max(capacity * 2, end)
            unsafe bytes = .allocate(capacity: capacity + TextChunk.padding)
            unsafe bytes.update(from: old, count: count)
            unsafe old.deallocate()
        }
        for (offset, byte) in text.enumerated() { unsafe bytes[count + offset] = byte }
        defer { count = end }
        return FieldBounds(made: count..<end)
    }

    /// Valid until the next text is appended.
    var base: UnsafePointer<UInt8> { unsafe UnsafePointer(bytes) }

    func clear() { count = 0 }
}

/// The bytes that bounds are of. Eight more can be read after each text.
@unsafe
struct BlockTexts {
    let chunk: UnsafePointer<UInt8>
    let made: UnsafePointer<UInt8>

    @inline(__always)
    func start(_ bounds: FieldBounds) -> UnsafePointer<UInt8> {
        unsafe (bounds.isMade ? made : chunk) + bounds.start
    }

    @inline(__always)
    func text(_ bounds: FieldBounds) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: start(bounds), count: bounds.count)
    }
}

/// Consecutive rows of a chunk, each with as many fields as the file has columns: bounds of fields, column by column,
/// in memory that is used again for the next rows. As many rows as stay in the cache while each column is gone through.
@safe final class RowBlock {
    let columns: Int
    /// Rows.
    let capacity: Int
    /// `columns` times `capacity`; column by column.
    let bounds: UnsafeMutablePointer<FieldBounds>
    let lines: UnsafeMutablePointer<RowLines>
    let made = MadeTexts()
    var count = 0

    struct RowLines: BitwiseCopyable {
        /// Bounds in the chunk's bytes, without the line end.
        var start: UInt32
        var end: UInt32
        /// Line ends between the chunk's start and the row.
        var line: UInt32
    }

    private static let cells = 32_768

    init(columns: Int) {
        self.columns = columns
        capacity = min(max(RowBlock.cells / max(1, columns), 64), 2_048)
        unsafe bounds = .allocate(capacity: max(1, columns) * capacity)
        unsafe lines = .allocate(capacity: capacity)
    }

    deinit {
        unsafe bounds.deallocate()
        unsafe lines.deallocate()
    }

    var isFull: Bool { count == capacity }

    func clear() {
        count = 0
        made.clear()
    }

    /// Takes a row that has no problem, and as many fields as there are columns.
    func append(_ row: ScannedRow, line: Int) {
        for column in 0..<columns {
            let field = unsafe row.fields[column]
            let bounds: FieldBounds =
                switch field.form {
                case .plain: FieldBounds(field.start, field.end)
                case .unescaped: made.append(row.unescaped[field.start..<field.end])
                case .missing: .empty
                }
            unsafe self.bounds[column * capacity + count] = bounds
        }
        unsafe lines[count] = RowLines(
            start: UInt32(row.range.lowerBound), end: UInt32(row.range.upperBound), line: UInt32(line))
        count += 1
    }

    /// Whether a field of the row has doubled quotes.
    func hasMadeTexts(_ row: Int) -> Bool {
        (0..<columns).contains { unsafe bounds[$0 * capacity + row].isMade }
    }

    /// Gives a row without made texts as a record, whose bytes must be the chunk's.
    func copy(_ row: Int, to record: Record, quote: UInt8?) {
        let lines = unsafe lines[row]
        record.range = Int(lines.start)..<Int(lines.end)
        record.problem = nil
        record.unescaped.removeAll(keepingCapacity: true)
        record.fields.removeAll(keepingCapacity: true)
        for column in 0..<columns {
            let (start, end) = unsafe (bounds[column * capacity + row].start, bounds[column * capacity + row].end)
            let isQuoted = start > record.range.lowerBound && record.bytes[start - 1] == quote
            record.fields.append(
                Record.Field(start: start, end: end, origin: isQuoted ? start - 1 : start, form: .plain))
        }
    }
}
