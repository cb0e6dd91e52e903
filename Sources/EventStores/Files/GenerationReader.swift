import Quantities

extension EventStore {
    /// Opens a generation's files: nothing is read before it is asked for.
    convenience init(_ record: GenerationRecord, folder: String, hold: Descriptor?) throws {
        let files = GenerationReader(record, folder: folder)
        let customers = try files.customers()
        self.init(
            generation: record.number, customers: customers,
            tables: try record.tables.enumerated().map { position, table in
                try files.table(position, table, customers: customers.count)
            },
            writtenProfile: record.profile, hold: hold)
    }
}

/// Finds and maps the files of one generation.
private struct GenerationReader: Sendable {
    private let folder: String
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

    func customers() throws -> CustomerTable {
        let count = try file(-1, -1, .textBytes).rows
        return CustomerTable(
            count: count, ids: Lazy { try texts(-1, -1) }, attributes: try attributes(-1, rows: count))
    }

    func table(_ position: Int, _ record: TableRecord, customers: Int) throws -> EventTable {
        let rows = record.rows
        func column<Element>(_ kind: FileKind) -> Lazy<Cells<Element>> { Lazy { try map(position, kind, rows: rows) } }

        let timestamps: Lazy<Cells<Int64>> = column(.timestamps)
        let offsets = Lazy<Cells<UInt32>> {
            let offsets: Cells<UInt32> = try map(position, .offsets, rows: customers + 1)
            guard offsets[0] == 0, Int(offsets[customers]) == rows else {
                throw storeDamaged(folder, "the rows by customer of '\(record.name)' do not add up to \(rows)")
            }
            return offsets
        }
        var purchases: Lazy<PurchaseStates>?
        if record.keys.key != nil || record.keys.amount != nil {
            let hasParents = record.keys.parent != nil
            purchases = Lazy {
                if record.isPlain {
                    return PurchaseStates(
                        plainOffsets: try offsets.value, timestamps: try timestamps.value, hasParents: hasParents)
                }
                return PurchaseStates(
                    isPlain: false, ordinals: try map(position, .ordinals, rows: rows),
                    ages: try map(position, .ages, rows: rows),
                    lags: try map(position, .lags, rows: rows), refunds: try map(position, .refunds, rows: rows),
                    parents: hasParents ? try map(position, .parents, rows: rows) : nil,
                    timestamps: try timestamps.value)
            }
        }
        return EventTable(
            name: record.name, keys: record.keys, rowCount: rows, span: record.span, isPlain: record.isPlain,
            columns: EventTable.Columns(
                offsets: offsets, timestamps: timestamps, purchases: purchases,
                referred: record.keys.refersTo == nil ? nil : column(.referred),
                owners: record.keys.key == nil ? nil : Lazy { try map(position, -1, .owners) },
                attributes: try attributes(position, rows: rows)))
    }

    /// The named columns of a table.
    private func attributes(_ table: Int, rows: Int) throws -> ColumnSet {
        let cells = files.values
            .filter { $0.table == table && $0.position >= 0 && [.codes, .units, .instants].contains($0.kind) }
            .sorted { $0.position < $1.position }
        for (position, file) in cells.enumerated() where file.position != position || file.rows != rows {
            throw storeDamaged(folder, "the catalog lists no \(rows) cells for column \(position) of table \(table)")
        }
        return ColumnSet(
            cells.map { file in
                (ColumnSpec(name: file.name, type: file.kind.columnType), Lazy { try column(file) })
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

    private func texts(_ table: Int, _ position: Int) throws -> TextDictionary {
        let file = try file(table, position, .textBytes)
        let numbers: Cells<Int64> = try map(table, position, .textNumbers)
        let bytes = try ColumnFile.payload(file, in: folder)
        guard file.rows == numbers.count,
            let texts = unsafe PackedTexts(
                bytes: bytes.bytes(from: ColumnFile.headerSize), numbers: numbers, owner: bytes)
        else { throw storeDamaged(folder + "/" + file.file, "its blocks are not \(numbers.count) texts") }
        return TextDictionary(texts)
    }

    private func map<Element>(_ table: Int, _ kind: FileKind, rows: Int) throws -> Cells<Element> {
        let cells: Cells<Element> = try map(table, -1, kind)
        guard cells.count == rows else {
            throw storeDamaged(folder, "table\(table)-\(kind.rawValue) has \(cells.count) rows instead of \(rows)")
        }
        return cells
    }

    private func map<Element>(_ table: Int, _ position: Int, _ kind: FileKind) throws -> Cells<Element> {
        try ColumnFile.map(try file(table, position, kind), in: folder)
    }

    private func file(_ table: Int, _ position: Int, _ kind: FileKind) throws -> FileRecord {
        guard let file = files[Key(table: table, position: position, kind: kind)] else {
            throw storeDamaged(folder, "the catalog lists no \(kind.rawValue) for table \(table)")
        }
        return file
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
