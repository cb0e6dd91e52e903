import Diagnostics
import Foundation
import Quantities

/// Writes the files of one generation into its folder and lists them.
struct GenerationWriter {
    let folder: String
    let isCancelled: () -> Bool
    private(set) var files: [FileRecord] = []

    init(folder: String, isCancelled: @escaping () -> Bool) {
        self.folder = folder
        self.isCancelled = isCancelled
    }

    /// Writes everything and waits until it is on the disk, folder included. Throws `CancellationError` between files.
    mutating func write(_ content: GenerationContent) throws {
        try write(content.customerIDs, table: -1)
        for (position, column) in content.properties.enumerated() { try write(column, table: -1, position) }
        for (table, rows) in content.tables.enumerated() {
            try write(rows.offsets, .offsets, table: table)
            try write(rows.timestamps, .timestamps, table: table)
            try write(rows.sequences, .sequences, table: table)
            if let purchases = rows.purchases {
                try write(purchases.ordinals, .ordinals, table: table)
                try write(purchases.origins, .origins, table: table)
                try write(purchases.supersededAt, .superseded, table: table)
                try write(purchases.refunds, .refunds, table: table)
                if let parents = purchases.parents { try write(parents, .parents, table: table) }
            }
            if let referred = rows.referred { try write(referred, .referred, table: table) }
            for (position, column) in rows.columns.enumerated() { try write(column, table: table, position) }
        }
        try syncFolder(folder)
    }

    private mutating func write(_ column: ColumnContent, table: Int, _ position: Int) throws {
        let name = column.spec.name
        switch column.cells {
        case .text(let codes, let texts):
            try write(codes, .codes, table: table, position, name)
            try write(texts, table: table, position, name)
        case .decimal(let units, let scale):
            try write(units, .units, table: table, position, name, scale: scale)
        case .instant(let microseconds):
            try write(microseconds, .instants, table: table, position, name)
        }
    }

    private mutating func write(_ texts: TextContent, table: Int, _ position: Int = -1, _ name: String = "") throws {
        try write(texts.offsets, .textOffsets, table: table, position, name)
        try write(texts.bytes, .textBytes, table: table, position, name)
    }

    private mutating func write<Element: BitwiseCopyable>(
        _ cells: [Element], _ kind: FileKind, table: Int, _ position: Int = -1, _ name: String = "", scale: Int = 0
    ) throws {
        if isCancelled() { throw CancellationError() }
        // Numbers, not names: an event type may be called anything, `../../x` too.
        let owner = table < 0 ? "customers" : "table\(table)"
        let column = position < 0 ? "" : "-\(position)"
        var record = FileRecord(
            table: table, position: position, name: name, kind: kind, scale: scale,
            file: "\(owner)\(column)-\(kind.rawValue)", rows: 0, bytes: 0, checksum: 0)
        try ColumnFile.write(cells, as: &record, in: folder)
        files.append(record)
    }
}

extension EventStore {
    /// Opens a generation's files: structure at once, attributes at their first use.
    convenience init(_ record: GenerationRecord, folder: String, hold: Descriptor) throws {
        let files = GenerationReader(record, folder: folder)
        let customers = CustomerTable(ids: try files.texts(-1, -1), attributes: try files.attributes(-1, nil))
        let tables = try record.tables.enumerated().map { position, table in
            try files.table(position, table, customers: customers.count)
        }
        self.init(
            generation: record.number, customers: customers, tables: tables,
            newestEvent: record.tables.compactMap(\.newest).max().map(Instant.init(microseconds:)),
            writtenProfile: record.profile, hold: hold)
    }
}

/// Finds and maps the files of one generation.
private struct GenerationReader: Sendable {
    let folder: String
    private var files: [Key: FileRecord] = [:]

    private struct Key: Hashable {
        var table: Int
        var position: Int
        var kind: FileKind
    }

    init(_ record: GenerationRecord, folder: String) {
        self.folder = folder
        for file in record.files {
            files[Key(table: file.table, position: file.position, kind: file.kind)] = file
        }
    }

    func table(_ position: Int, _ record: TableRecord, customers: Int) throws -> EventTable {
        let rows = record.rows
        let offsets: Cells<UInt32> = try map(position, .offsets, rows: customers + 1)
        guard offsets[0] == 0, Int(offsets[customers]) == rows else {
            throw storeDamaged(folder, "the rows by customer of '\(record.name)' do not add up to \(rows)")
        }
        var purchases: PurchaseStates?
        if record.keys.key != nil || record.keys.amount != nil {
            purchases = PurchaseStates(
                ordinals: try map(position, .ordinals, rows: rows), origins: try map(position, .origins, rows: rows),
                supersededAt: try map(position, .superseded, rows: rows),
                refunds: try map(position, .refunds, rows: rows),
                parents: record.keys.parent == nil ? nil : try map(position, .parents, rows: rows))
        }
        return EventTable(
            name: record.name, keys: record.keys, offsets: offsets,
            timestamps: try map(position, .timestamps, rows: rows), purchases: purchases,
            referredPurchases: record.keys.refersTo == nil ? nil : try map(position, .referred, rows: rows),
            attributes: try attributes(position, rows),
            sequences: { try map(position, .sequences, rows: rows) })
    }

    /// The named columns of a table; `rows` nil does not compare their number (properties of later customers are
    /// padded when they are written, so there is one length all the same).
    func attributes(_ table: Int, _ rows: Int?) throws -> ColumnSet {
        let cells = files.values
            .filter { $0.table == table && $0.position >= 0 && [.codes, .units, .instants].contains($0.kind) }
            .sorted { $0.position < $1.position }
        for (position, file) in cells.enumerated() where file.position != position {
            throw storeDamaged(folder, "the catalog lists no cells for column \(position) of table \(table)")
        }
        return ColumnSet(
            cells.map { file in
                LazyColumn(ColumnSpec(name: file.name, type: file.kind.columnType)) { try column(file) }
            })
    }

    private func column(_ file: FileRecord) throws -> StoredColumn {
        switch file.kind.columnType {
        case .text:
            .text(codes: try ColumnFile.map(file, in: folder), dictionary: try texts(file.table, file.position))
        case .decimal: .decimal(units: try ColumnFile.map(file, in: folder), scale: file.scale)
        case .instant: .instant(microseconds: try ColumnFile.map(file, in: folder))
        }
    }

    func texts(_ table: Int, _ position: Int) throws -> TextDictionary {
        let offsets: Cells<UInt64> = try map(table, position, .textOffsets)
        let content: Cells<UInt8> = try map(table, position, .textBytes)
        guard let end = offsets.last, end == content.count else {
            throw storeDamaged(folder, "the texts of table \(table) do not add up to their bytes")
        }
        return TextDictionary(offsets: offsets, content: content)
    }

    private func map<Element>(_ table: Int, _ kind: FileKind, rows: Int) throws -> Cells<Element> {
        let cells: Cells<Element> = try map(table, -1, kind)
        guard cells.count == rows else {
            throw storeDamaged(folder, "table\(table)-\(kind.rawValue) has \(cells.count) rows instead of \(rows)")
        }
        return cells
    }

    private func map<Element>(_ table: Int, _ position: Int, _ kind: FileKind) throws -> Cells<Element> {
        guard let file = files[Key(table: table, position: position, kind: kind)] else {
            throw storeDamaged(folder, "the catalog lists no \(kind.rawValue) for table \(table)")
        }
        return try ColumnFile.map(file, in: folder)
    }
}

extension FileKind {
    /// The type of an attribute by the kind of its cells' file.
    fileprivate var columnType: ColumnType {
        switch self {
        case .codes: .text
        case .units: .decimal
        case .instants: .instant
        default: preconditionFailure("\(rawValue) are no cells of an attribute")
        }
    }
}
