import Foundation

/// Writes the files of one part into its folder and lists them.
///
/// Columns are packed and written side by side, and nothing waits for the disk before all of them are handed over.
final class PartWriter {
    private let folder: String
    /// All columns go into one file: of a small part, for which each file more costs more than what is in it.
    private let isBundled: Bool
    private let isCancelled: @Sendable () -> Bool
    private var columns: [ColumnSlot] = []
    /// When no content comes any more.
    private var finished: [[WrittenColumn]]?
    /// By table: the contents whose rows were each a purchase of their own, as long as there were no others. Then there
    /// is nothing to write of the purchases.
    private var plainOffsets: [[PackedOffsets]?] = []
    /// What the contents up to now are together.
    private(set) var tables: [TableRecord] = []
    private(set) var customers = 0

    /// Fewer rows than this are not worth a second thread.
    private static let parallelRows = 1 << 16
    private static let bundleName = "columns"
    /// Parts of fewer rows and customers are worth one file only.
    static let bundledSize = 1 << 16

    init(folder: String, isBundled: Bool = false, isCancelled: @escaping @Sendable () -> Bool) {
        self.folder = folder
        self.isBundled = isBundled
        self.isCancelled = isCancelled
    }

    /// Appends the next customers and their rows, but for columns that are appended later. All contents of a part have
    /// the same tables, columns and scales.
    ///
    /// - Parameter isLast: no other content comes; each column then is finished by the thread that has it at hand.
    /// - Throws: `storeInaccessible`; `CancellationError`, between columns.
    func append(
        _ content: GenerationContent, isLast: Bool = false, except isLater: (FileRecord) -> Bool = { _ in false }
    ) throws {
        let columnFolder = isBundled ? nil : folder
        if columns.isEmpty {
            columns = PartColumns(columnFolder).columns(of: content)
            plainOffsets = content.tables.map { $0.purchases == nil ? nil : [] }
        }
        let content = try withPurchases(content, columnFolder)
        let rows = content.tables.map { TableRecord($0) }
        let before = tables.isEmpty ? rows.map { _ in 0 } : tables.map(\.rows)
        tables = tables.isEmpty ? rows : zip(tables, rows).map { $0.joined(with: $1) }
        customers += content.customerCount
        let written = try map(columns.filter { !isLater($0.record) }, cost: { $0.cost(content) }) { column in
            try column.append(content, before)
            return isLast ? try column.finish() : []
        }
        if isLast {
            finished = written
            columns = []
        }
    }

    /// Throws `CancellationError` where the import is to stop.
    func checkCancellation() throws {
        if isCancelled() { throw CancellationError() }
    }

    /// Appends only what belongs to columns that `append` left out, in the same order of contents.
    func append(later content: GenerationContent, _ isWanted: (FileRecord) -> Bool) throws {
        for (table, rows) in content.tables.enumerated() { tables[table].sharedKeys += rows.sharedKeys.count }
        _ = try map(columns.filter { isWanted($0.record) }) { column in try column.append(content, []) }
    }

    /// Begins the columns of purchases for tables that have a first row which is not a purchase of its own.
    ///
    /// - Returns: the content with the purchases that go into columns.
    private func withPurchases(_ content: GenerationContent, _ columnFolder: String?) throws -> GenerationContent {
        var content = content
        for (table, rows) in content.tables.enumerated() {
            guard let purchases = rows.purchases else { continue }
            let hasParents = purchases.parents != nil
            guard let before = plainOffsets[table] else {
                if purchases.isPlain {
                    content.tables[table].purchases = PurchaseContent(
                        plainOffsets: rows.offsets, hasParents: hasParents)
                }
                continue
            }
            if purchases.isPlain {
                plainOffsets[table]?.append(PackedOffsets(rows.offsets))
                continue
            }
            plainOffsets[table] = nil
            let begun = PartColumns(columnFolder).purchaseColumns(table, hasParents: hasParents)
            for offsets in before {
                var past = content
                past.tables[table].purchases = PurchaseContent(plainOffsets: offsets.offsets, hasParents: hasParents)
                let plain = past
                _ = try map(begun) { column in try column.append(plain, []) }
            }
            columns += begun
        }
        return content
    }

    /// Writes what is left, and waits until everything is on the disk, the folder's names included.
    ///
    /// - Parameter number: of the part.
    /// - Throws: as `append`.
    func finish(_ number: Int) throws -> PartRecord {
        var written = (try finished ?? map(columns) { column in try column.finish() }).flatMap { $0 }
        if isBundled { try writeBundle(&written) }
        let names = Set(written.map(\.record.file)).sorted()
        _ = try map(names) { [folder] name in
            try Descriptor(folder + "/" + name, flags: O_RDONLY, doing: "opening").sync()
        }
        try syncFolder(folder)
        return PartRecord(
            number: number, customers: customers,
            tables: tables.map { PartRecord.Table(rows: $0.rows, isPlain: $0.isPlain) }, files: written.map(\.record))
    }

    private func writeBundle(_ columns: inout [WrittenColumn]) throws {
        var bytes: [UInt8] = []
        for index in columns.indices {
            columns[index].record.bundle = PartWriter.bundleName
            columns[index].record.offset = bytes.count
            bytes += columns[index].bytes
        }
        let path = folder + "/" + PartWriter.bundleName
        let file = try Descriptor(path, flags: O_WRONLY | O_CREAT | O_EXCL, doing: "creating the file")
        try unsafe bytes.withUnsafeBytes { try unsafe file.write($0) }
    }

    private var isSmall: Bool {
        tables.reduce(customers) { $0 + $1.rows } < PartWriter.parallelRows
    }

    private func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], cost: ((Item) -> Int)? = nil, _ body: @escaping @Sendable (Item) throws -> Result
    ) throws -> [Result] {
        try concurrentMap(items, isSmall: isSmall, cost: cost) { [isCancelled] item in
            if isCancelled() { throw CancellationError() }
            return try body(item)
        }
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
