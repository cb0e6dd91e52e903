/// Packs the texts of a dictionary, slice by slice, into two files: `text-bytes` and `text-numbers`.
struct TextsWriter {
    private var bytes: FileWriter
    private var numbers: CellsWriter
    private var blocks: [TextBlock] = []
    /// Texts of the block that is not full yet.
    private var pending = TextContent()
    private var count = 0

    /// The records name the column; their kinds are set here.
    init(_ record: FileRecord, in folder: String?) {
        var (first, second) = (record, record)
        first.kind = .textBytes
        second.kind = .textNumbers
        bytes = FileWriter(first, in: folder)
        numbers = CellsWriter(second, in: folder)
    }

    /// The texts of the next codes.
    mutating func append(_ texts: TextContent) throws {
        count += texts.count
        var next = 0
        if pending.count > 0 {
            next = min(texts.count, PackedBlock.rows - pending.count)
            pending.append(texts, 0..<next)
            if pending.count == PackedBlock.rows {
                try pack(pending, 0..<pending.count)
                pending = TextContent()
            }
        }
        while texts.count - next >= PackedBlock.rows {
            let end = next + min(TextsWriter.groupSize, (texts.count - next) / PackedBlock.rows * PackedBlock.rows)
            try packBlocks(texts, next..<end)
            next = end
        }
        pending.append(texts, next..<texts.count)
    }

    /// Texts whose blocks are packed at the same time: not more than need be in memory.
    private static let groupSize = 256 * PackedBlock.rows

    /// - Parameter range: whole blocks.
    private mutating func packBlocks(_ texts: TextContent, _ range: Range<Int>) throws {
        let pieces = ranges(of: range.count, size: 32 * PackedBlock.rows)
        let packed = concurrentMap(pieces) { piece in
            stride(
                from: range.lowerBound + piece.lowerBound, to: range.lowerBound + piece.upperBound, by: PackedBlock.rows
            )
            .map { start in
                unsafe texts.withTexts(start..<(start + PackedBlock.rows)) { unsafe TextPacker($0, offset: 0) }
            }
        }
        for packed in packed.joined() { try append(packed.moved(to: bytes.position)) }
    }

    private mutating func pack(_ texts: TextContent, _ range: Range<Int>) throws {
        let offset = bytes.position
        try append(unsafe texts.withTexts(range) { unsafe TextPacker($0, offset: offset) })
    }

    private mutating func append(_ packed: TextPacker) throws {
        blocks.append(packed.block)
        try bytes.append(packed.bytes)
        try numbers.append(packed.numbers)
    }

    mutating func finish() throws -> (bytes: WrittenColumn, numbers: WrittenColumn) {
        if pending.count > 0 { try pack(pending, 0..<pending.count) }
        // The directory is read by words.
        try bytes.append([UInt8](repeating: 0, count: -bytes.position & 7))
        try bytes.append(blocks.flatMap(\.words))
        return (try bytes.finish(rows: count), try numbers.finish())
    }
}
