import Foundation

/// Writes the files of one generation into its folder and lists them.
///
/// Columns are packed and written side by side, and nothing waits for the disk before all of them are handed over.
final class GenerationWriter {
    private let folder: String
    private let isCancelled: @Sendable () -> Bool
    private var columns: [ColumnSlot] = []
    /// By table: the contents whose rows were each a purchase of their own, as long as there were no others. Then there
    /// is nothing to write of the purchases.
    private var plainOffsets: [[PackedOffsets]?] = []
    /// What the contents up to now are together.
    private(set) var tables: [TableRecord] = []
    private var customers = 0

    /// Fewer rows than this are not worth a second thread.
    private static let parallelRows = 1 << 16

    init(folder: String, isCancelled: @escaping @Sendable () -> Bool) {
        self.folder = folder
        self.isCancelled = isCancelled
    }

    /// Appends the next customers and their rows, but for columns that are appended later. All contents of a generation have the same tables, columns and
    /// scales.
    ///
    /// - Throws: `storeInaccessible`; `CancellationError`, between columns.
    func append(_ content: GenerationContent, except isLater: (FileRecord) -> Bool = { _ in false }) throws {
        if columns.isEmpty {
            columns = GenerationWriter.columns(of: content, in: folder)
            plainOffsets = content.tables.map { $0.purchases == nil ? nil : [] }
        }
        try beginPurchases(content)
        let rows = content.tables.map { TableRecord($0) }
        let before = tables.isEmpty ? rows.map { _ in 0 } : tables.map(\.rows)
        tables = tables.isEmpty ? rows : zip(tables, rows).map { $0.joined(with: $1) }
        customers += content.customerIDs.count
        _ = try map(columns.filter { !isLater($0.record) }) { column in try column.append(content, before) }
    }

    /// Throws `CancellationError` where the import is to stop.
    func checkCancellation() throws {
        if isCancelled() { throw CancellationError() }
    }

    /// Appends only what belongs to columns that `append` left out, in the same order of contents.
    func append(later content: GenerationContent, _ isWanted: (FileRecord) -> Bool) throws {
        _ = try map(columns.filter { isWanted($0.record) }) { column in try column.append(content, []) }
    }

    /// Begins the columns of purchases for tables that have a first row which is not a purchase of its own.
    private func beginPurchases(_ content: GenerationContent) throws {
        for (table, rows) in content.tables.enumerated() {
            guard let purchases = rows.purchases, let before = plainOffsets[table] else { continue }
            if purchases.isPlain {
                plainOffsets[table]?.append(PackedOffsets(rows.offsets))
                continue
            }
            plainOffsets[table] = nil
            let begun = GenerationWriter.purchaseColumns(table, hasParents: purchases.parents != nil, in: folder)
            for offsets in before {
                var past = content
                past.tables[table].purchases = PurchaseContent(
                    plainOffsets: offsets.offsets, hasParents: purchases.parents != nil)
                let plain = past
                _ = try map(begun) { column in try column.append(plain, []) }
            }
            columns += begun
        }
    }

    /// Writes what is left, and waits until everything is on the disk, the folder's names included.
    ///
    /// - Throws: as `append`.
    func finish() throws -> [FileRecord] {
        let files = try map(columns) { column in try column.finish() }.flatMap { $0 }
        _ = try map(files) { [folder] file in
            try Descriptor(folder + "/" + file.file, flags: O_RDONLY, doing: "opening").sync()
        }
        try syncFolder(folder)
        return files
    }

    private var isSmall: Bool {
        tables.reduce(customers) { $0 + $1.rows } < GenerationWriter.parallelRows
    }

    private func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ body: @Sendable (Item) throws -> Result
    ) throws -> [Result] {
        try concurrentMap(items, isSmall: isSmall) { [isCancelled] item in
            if isCancelled() { throw CancellationError() }
            return try body(item)
        }
    }
}

extension GenerationWriter {
    /// The columns of a generation, as its first content has them.
    private static func columns(of content: GenerationContent, in folder: String) -> [ColumnSlot] {
        var columns: [ColumnSlot] = []
        func cells<Element: FixedWidthInteger>(
            _ record: FileRecord, _ part: @escaping (GenerationContent) -> [Element]?
        ) {
            columns.append(CellsSlot(record, in: folder, part: part))
        }
        func texts(_ record: FileRecord, _ part: @escaping (GenerationContent) -> TextContent?) {
            columns.append(TextsSlot(record, in: folder, part: part))
        }
        /// - Parameter find: the column in one content.
        func column(
            _ column: ColumnContent, table: Int, position: Int, _ find: @escaping (GenerationContent) -> ColumnContent
        ) {
            let name = column.spec.name
            switch column.cells {
            case .text:
                texts(FileRecord(table: table, position: position, name: name, kind: .textBytes)) {
                    if case .text(_, let texts) = find($0).cells { texts } else { nil }
                }
                cells(FileRecord(table: table, position: position, name: name, kind: .codes)) {
                    if case .text(let codes, _) = find($0).cells { codes } else { nil }
                }
            case .decimal(_, let scale):
                cells(FileRecord(table: table, position: position, name: name, kind: .units, scale: scale)) {
                    if case .decimal(let units, scale) = find($0).cells { units } else { nil }
                }
            case .instant:
                cells(FileRecord(table: table, position: position, name: name, kind: .instants)) {
                    if case .instant(let cells) = find($0).cells { cells } else { nil }
                }
            }
        }
        texts(FileRecord(table: -1, kind: .textBytes)) { $0.customerIDs }
        for (position, property) in content.properties.enumerated() {
            column(property, table: -1, position: position) { $0.properties[position] }
        }
        for (table, rows) in content.tables.enumerated() {
            // The largest ones first, so that no thread ends with one.
            for (position, attribute) in rows.columns.enumerated() {
                column(attribute, table: table, position: position) { $0.tables[table].columns[position] }
            }
            cells(FileRecord(table: table, kind: .timestamps)) { $0.tables[table].timestamps }
            columns.append(
                CellsSlot(FileRecord(table: table, kind: .offsets), in: folder) { content, rows, writer in
                    let offsets = content.tables[table].offsets
                    let before = UInt32(rows[table])
                    // The end of the content before is the begin of this one.
                    try writer.append(writer.isEmpty ? offsets[...] : offsets.dropFirst().map { $0 + before }[...])
                })
            if rows.referred != nil { cells(FileRecord(table: table, kind: .referred)) { $0.tables[table].referred } }
            if rows.owners != nil { cells(FileRecord(table: table, kind: .owners)) { $0.tables[table].owners } }
        }
        return columns
    }

    /// The columns of `PurchaseStates`.
    private static func purchaseColumns(_ table: Int, hasParents: Bool, in folder: String) -> [ColumnSlot] {
        func slot<Element: FixedWidthInteger>(
            _ kind: FileKind, _ part: @escaping (PurchaseContent) -> [Element]?
        ) -> ColumnSlot {
            CellsSlot(FileRecord(table: table, kind: kind), in: folder) { $0.tables[table].purchases.flatMap(part) }
        }
        let columns = [
            slot(.ordinals, \.ordinals), slot(.ages, \.ages), slot(.lags, \.lags), slot(.refunds, \.refunds),
        ]
        return hasParents ? columns + [slot(.parents, \.parents)] : columns
    }
}

/// The offsets of customers' rows, a byte or so each.
private struct PackedOffsets {
    private let bytes: [UInt8]

    init(_ offsets: [UInt32]) {
        var encoder = SpillEncoder()
        encoder.codes(zip(offsets, offsets.dropFirst()).map { $1 - $0 })
        bytes = encoder.bytes
    }

    var offsets: [UInt32] {
        var decoder = SpillDecoder(bytes)
        var offsets: [UInt32] = [0]
        for count in decoder.codes() { offsets.append(offsets[offsets.count - 1] + count) }
        return offsets
    }
}

/// A column that is being written, by one thread at a time; others may write other columns meanwhile.
private class ColumnSlot: @unchecked Sendable {
    let record: FileRecord

    init(_ record: FileRecord) { self.record = record }

    /// - Parameter rows: rows before this content, by table.
    func append(_ content: GenerationContent, _ rows: [Int]) throws {}

    func finish() throws -> [FileRecord] { [] }
}

private final class CellsSlot: ColumnSlot, @unchecked Sendable {
    private var writer: CellsWriter
    private let appendPart: (GenerationContent, [Int], inout CellsWriter) throws -> Void

    init(
        _ record: FileRecord, in folder: String,
        append: @escaping (GenerationContent, [Int], inout CellsWriter) throws -> Void
    ) {
        writer = CellsWriter(record, in: folder)
        appendPart = append
        super.init(record)
    }

    /// Appends a part of each content.
    convenience init<Element: FixedWidthInteger>(
        _ record: FileRecord, in folder: String, part: @escaping (GenerationContent) -> [Element]?
    ) {
        self.init(record, in: folder) { content, _, writer in try writer.append(part(content) ?? []) }
    }

    override func append(_ content: GenerationContent, _ rows: [Int]) throws { try appendPart(content, rows, &writer) }

    override func finish() throws -> [FileRecord] { [try writer.finish()] }
}

private final class TextsSlot: ColumnSlot, @unchecked Sendable {
    private var writer: TextsWriter
    private let part: (GenerationContent) -> TextContent?

    init(_ record: FileRecord, in folder: String, part: @escaping (GenerationContent) -> TextContent?) {
        writer = TextsWriter(record, in: folder)
        self.part = part
        super.init(record)
    }

    override func append(_ content: GenerationContent, _ rows: [Int]) throws {
        if let texts = part(content) { try writer.append(texts) }
    }

    override func finish() throws -> [FileRecord] { try writer.finish() }
}
