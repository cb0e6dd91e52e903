import Foundation

/// The columns of a part that is being written, and which piece of a content goes into which.
struct PartColumns {
    /// Nil keeps them in memory.
    private let folder: String?

    init(_ folder: String?) { self.folder = folder }

    /// The columns that a content's part has, but for those of purchases.
    func columns(of content: GenerationContent) -> [ColumnSlot] {
        var columns: [ColumnSlot] = []
        columns.append(TextsSlot(FileRecord(table: -1, kind: .textBytes), in: folder) { $0.customerIDs })
        if content.members != nil { columns.append(cells(FileRecord(table: -1, kind: .members), \.members)) }
        for (position, property) in content.properties.enumerated() {
            columns += self.columns(of: property, table: -1, position) { $0.properties[position] }
        }
        for (table, rows) in content.tables.enumerated() {
            for (position, attribute) in rows.columns.enumerated() {
                columns += self.columns(of: attribute, table: table, position) { $0.tables[table].columns[position] }
            }
            columns.append(cells(FileRecord(table: table, kind: .timestamps)) { $0.tables[table].timestamps })
            columns.append(
                CellsSlot(FileRecord(table: table, kind: .offsets), in: folder) { content, rows, writer in
                    let offsets = content.tables[table].offsets
                    let before = UInt32(rows[table])
                    // The end of the content before is the begin of this one.
                    try writer.append(writer.isEmpty ? offsets[...] : offsets.dropFirst().map { $0 + before }[...])
                })
            if rows.referred != nil {
                columns.append(cells(FileRecord(table: table, kind: .referred)) { $0.tables[table].referred })
            }
            if rows.owners != nil {
                columns.append(cells(FileRecord(table: table, kind: .owners)) { $0.tables[table].owners })
                columns.append(cells(FileRecord(table: table, kind: .sharedKeys)) { $0.tables[table].sharedKeys })
            }
        }
        return columns
    }

    /// The columns of `PurchaseStates`.
    func purchaseColumns(_ table: Int, hasParents: Bool) -> [ColumnSlot] {
        func slot<Element: FixedWidthInteger & BitwiseCopyable>(
            _ kind: FileKind, _ part: @escaping (PurchaseContent) -> [Element]?
        ) -> ColumnSlot {
            cells(FileRecord(table: table, kind: kind)) { $0.tables[table].purchases.flatMap(part) }
        }
        let columns = [
            slot(.ordinals, \.ordinals), slot(.ages, \.ages), slot(.lags, \.lags), slot(.refunds, \.refunds),
        ]
        return hasParents ? columns + [slot(.parents, \.parents)] : columns
    }

    /// - Parameter find: the column in one content.
    private func columns(
        of column: ColumnContent, table: Int, _ position: Int, _ find: @escaping (GenerationContent) -> ColumnContent
    ) -> [ColumnSlot] {
        let record = FileRecord(table: table, position: position, name: column.spec.name, kind: .codes)
        switch column.cells {
        case .text:
            let texts = TextsSlot(record, in: folder) {
                if case .text(_, let texts) = find($0).cells { texts } else { nil }
            }
            let codes = CodesSlot(record, textsBefore: column.changes?.textsBefore ?? 0, in: folder) {
                if case .text(let codes, let texts) = find($0).cells { (codes, texts.count) } else { nil }
            }
            guard column.changes != nil else { return [texts, codes] }
            return [
                texts, codes, cells(record.of(.changedCodes)) { find($0).changes?.codes },
                cells(record.of(.changes)) { find($0).changes?.changes },
            ]
        case .decimal(_, let scale):
            var units = record.of(.units)
            units.scale = scale
            return [cells(units) { if case .decimal(let units, scale) = find($0).cells { units } else { nil } }]
        case .instant:
            return [cells(record.of(.instants)) { if case .instant(let cells) = find($0).cells { cells } else { nil } }]
        }
    }

    private func cells<Element: FixedWidthInteger & BitwiseCopyable>(
        _ record: FileRecord, _ part: @escaping (GenerationContent) -> [Element]?
    ) -> ColumnSlot {
        CellsSlot(record, in: folder) { content, _, writer in
            guard let cells = part(content) else { preconditionFailure("a content without \(record.file)") }
            try writer.append(cells)
        }
    }
}

extension FileRecord {
    /// Another file of the same column.
    fileprivate func of(_ kind: FileKind) -> FileRecord {
        var record = self
        record.kind = kind
        return record
    }
}

/// A column that is being written, by one thread at a time; others may write other columns meanwhile.
class ColumnSlot: @unchecked Sendable {
    /// The column, with one of its kinds.
    let record: FileRecord

    init(_ record: FileRecord) { self.record = record }

    /// - Parameter rows: rows before this content, by table.
    func append(_ content: GenerationContent, _ rows: [Int]) throws {}

    func finish() throws -> [WrittenColumn] { [] }

    /// About how long it takes to append a content and to finish, in rows.
    func cost(_ content: GenerationContent) -> Int {
        record.table < 0 ? content.customerCount : content.tables[record.table].timestamps.count
    }
}

private final class CellsSlot: ColumnSlot, @unchecked Sendable {
    private var writer: CellsWriter
    private let appendPart: (GenerationContent, [Int], inout CellsWriter) throws -> Void

    init(
        _ record: FileRecord, in folder: String?,
        append: @escaping (GenerationContent, [Int], inout CellsWriter) throws -> Void
    ) {
        writer = CellsWriter(record, in: folder)
        appendPart = append
        super.init(record)
    }

    override func append(_ content: GenerationContent, _ rows: [Int]) throws { try appendPart(content, rows, &writer) }

    override func finish() throws -> [WrittenColumn] { [try writer.finish()] }
}

/// The codes of a text column, and how many rows have each of the part's own texts.
private final class CodesSlot: ColumnSlot, @unchecked Sendable {
    private var codesWriter: CellsWriter
    private var countsWriter: CellsWriter
    private var counts: [UInt32] = []
    /// Of the part, in the contents up to now.
    private var textCount = 0
    private let textsBefore: Int
    /// The codes, and how many texts are new.
    private let part: (GenerationContent) -> (codes: [UInt32], newTexts: Int)?

    init(
        _ record: FileRecord, textsBefore: Int, in folder: String?,
        part: @escaping (GenerationContent) -> (codes: [UInt32], newTexts: Int)?
    ) {
        codesWriter = CellsWriter(record, in: folder)
        countsWriter = CellsWriter(record.of(.counts), in: folder)
        self.textsBefore = textsBefore
        self.part = part
        super.init(record)
    }

    override func cost(_ content: GenerationContent) -> Int { 2 * super.cost(content) }

    override func append(_ content: GenerationContent, _ rows: [Int]) throws {
        guard let (codes, newTexts) = part(content) else {
            preconditionFailure("a content without a column's codes")
        }
        try codesWriter.append(codes)
        textCount += newTexts
        // Many columns have no value in some event type.
        if textCount == 0 { return }
        var counts = counts
        self.counts = []
        let before = UInt32(textsBefore)
        for code in codes where code > before {
            let text = Int(code &- before) - 1
            // Codes count up in the order of the rows that have them first.
            if text == counts.count {
                counts.append(1)
                continue
            }
            if text > counts.count { counts.append(contentsOf: repeatElement(0, count: text + 1 - counts.count)) }
            counts[text] += 1
        }
        self.counts = counts
    }

    override func finish() throws -> [WrittenColumn] {
        try countsWriter.append(counts)
        return [try codesWriter.finish(), try countsWriter.finish()]
    }
}

/// The texts that a part brings along, with an index where they are many.
private final class TextsSlot: ColumnSlot, @unchecked Sendable {
    private let folder: String?
    private var writer: TextsWriter
    private let part: (GenerationContent) -> TextContent?

    init(_ record: FileRecord, in folder: String?, part: @escaping (GenerationContent) -> TextContent?) {
        self.folder = folder
        writer = TextsWriter(record, in: folder)
        self.part = part
        super.init(record)
    }

    override func cost(_ content: GenerationContent) -> Int { 16 * (part(content)?.count ?? 0) }

    override func append(_ content: GenerationContent, _ rows: [Int]) throws {
        if let texts = part(content) { try writer.append(texts) }
    }

    override func finish() throws -> [WrittenColumn] {
        let written = try writer.finish()
        guard let folder, written.bytes.record.rows >= TextIndex.minimum else {
            return [written.bytes, written.numbers]
        }
        // Of the files, which are the only place where all the texts are.
        let texts = try PartFiles([written.bytes.record, written.numbers.record], folder: folder)
            .packedTexts(table: record.table, position: record.position)
        var index = CellsWriter(record.of(.textIndex), in: folder)
        try index.append(TextIndex.cells(of: texts.texts, seed: texts.seed))
        return [written.bytes, written.numbers, try index.finish()]
    }
}
