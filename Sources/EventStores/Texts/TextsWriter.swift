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
            try pack(texts, next..<(next + PackedBlock.rows))
            next += PackedBlock.rows
        }
        pending.append(texts, next..<texts.count)
    }

    private mutating func pack(_ texts: TextContent, _ range: Range<Int>) throws {
        let packed = TextPacker(range.map { texts.text($0) }, offset: bytes.position)
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
