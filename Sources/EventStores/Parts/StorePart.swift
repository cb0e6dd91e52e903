/// A part of a generation: some customers with all of their rows, and the texts that it brings along.
///
/// A customer is in each part that an import wrote which had something new of it, always whole; the newest of these
/// parts has the truth. What the older ones have of it is not looked at any more.
struct StorePart: Sendable {
    /// For diagnostics; empty in memory.
    let folder: String
    let customerCount: Int
    /// Indices of the customers, ascending; nil where they are 0, 1, 2, ...
    let members: Lazy<Cells<UInt32>>?
    /// Ids of the customers that are new in the part, whose indices follow those of the parts before.
    let ids: PartTexts
    /// By position.
    let properties: [PartColumn]
    /// By position. Event types that the part does not know come after them.
    let tables: [PartTable]
    /// Reads every file and compares it with its checksum.
    let verify: @Sendable () throws -> Void
}

/// The texts that a part brings along for one dictionary.
struct PartTexts: Sendable {
    let count: Int
    let segment: Lazy<TextSegment>
}

/// A named column of a part.
struct PartColumn: Sendable {
    let spec: ColumnSpec
    /// Digits after the point, of decimals.
    var scale = 0
    let cells: Cells

    enum Cells: Sendable {
        case text(Lazy<EventStores.Cells<UInt32>>, PartTexts, PartCounts?)
        case words(Lazy<EventStores.Cells<Int64>>)
    }
}

/// How many rows have which text: of the part's own texts, and by how much it changes that of older ones.
struct PartCounts: Sendable {
    let counts: Lazy<Cells<UInt32>>
    /// Ascending codes and their changes; nil in the first part.
    let changes: Lazy<(codes: Cells<UInt32>, changes: Cells<Int32>)>?
}

/// The rows of one event type in a part.
struct PartTable: Sendable {
    let rowCount: Int
    let isPlain: Bool
    /// By the part's customers.
    let offsets: Lazy<Cells<UInt32>>
    let timestamps: Lazy<Cells<Int64>>
    let purchases: Lazy<PurchaseStates>?
    let referred: Lazy<Cells<Int32>>?
    /// As `TableContent.owners` and `.sharedKeys`.
    let owners: Lazy<Cells<UInt32>>?
    let sharedKeys: Lazy<Cells<UInt32>>?
    let columns: [PartColumn]
}

// MARK: - On disk

extension StorePart {
    /// Nothing is read before it is asked for.
    ///
    /// - Parameters:
    ///   - tables: of the generation, of which the part knows as many as `record` has.
    /// - Throws: `storeDamaged`.
    init(_ record: PartRecord, _ tables: [TableRecord], folder: String) throws {
        guard record.tables.count <= tables.count else {
            throw storeDamaged(folder, "the catalog lists more tables for it than its generation has")
        }
        self.folder = folder
        let files = PartFiles(record.files, folder: folder)
        let customers = record.customers
        customerCount = customers
        if files.has(.members, table: -1) {
            members = Lazy { try files.cells(.members, table: -1, rows: customers) }
        } else {
            members = nil
        }
        ids = try PartTexts(files, table: -1, position: -1)
        guard members != nil || ids.count == customers else {
            throw storeDamaged(folder, "the catalog lists \(ids.count) ids for \(customers) customers")
        }
        properties = try PartColumn.all(files, table: -1, rows: customers, folder: folder)
        self.tables = try zip(tables, record.tables).enumerated().map { position, table in
            try PartTable(files, position, keys: table.0.keys, table.1, customers: customers, folder: folder)
        }
        verify = { try files.verify() }
    }
}

extension PartTexts {
    fileprivate init(_ files: PartFiles, table: Int, position: Int) throws {
        count = try files.record(.textBytes, table: table, position: position).rows
        segment = Lazy { try files.segment(table: table, position: position) }
    }
}

extension PartColumn {
    /// The named columns of a table, by position.
    fileprivate static func all(_ files: PartFiles, table: Int, rows: Int, folder: String) throws -> [PartColumn] {
        try files.attributes(table: table).enumerated().map { position, record in
            guard record.position == position else {
                throw storeDamaged(folder, "the catalog lists no cells for column \(position) of table \(table)")
            }
            func cells<Element>(_ kind: FileKind) -> Lazy<EventStores.Cells<Element>> {
                Lazy { try files.cells(kind, table: table, position: position, rows: rows) }
            }
            switch record.kind {
            case .units:
                return PartColumn(
                    spec: ColumnSpec(name: record.name, type: .decimal), scale: record.scale,
                    cells: .words(cells(.units)))
            case .instants:
                return PartColumn(
                    spec: ColumnSpec(name: record.name, type: .instant), cells: .words(cells(.instants)))
            default:
                return PartColumn(
                    spec: ColumnSpec(name: record.name, type: .text),
                    cells: .text(
                        cells(.codes), try PartTexts(files, table: table, position: position),
                        PartCounts(files, table: table, position: position)))
            }
        }
    }
}

extension PartCounts {
    fileprivate init(_ files: PartFiles, table: Int, position: Int) {
        counts = Lazy { try files.cells(.counts, table: table, position: position) }
        guard files.has(.changes, table: table, position: position) else {
            changes = nil
            return
        }
        changes = Lazy {
            let codes: Cells<UInt32> = try files.cells(.changedCodes, table: table, position: position)
            return (codes, try files.cells(.changes, table: table, position: position, rows: codes.count))
        }
    }
}

extension PartTable {
    fileprivate init(
        _ files: PartFiles, _ table: Int, keys: KeySpec, _ record: PartRecord.Table, customers: Int, folder: String
    ) throws {
        let rows = record.rows
        func cells<Element>(_ kind: FileKind, rows: Int?) -> Lazy<Cells<Element>> {
            Lazy { try files.cells(kind, table: table, rows: rows) }
        }
        rowCount = rows
        isPlain = record.isPlain
        let timestamps: Lazy<Cells<Int64>> = cells(.timestamps, rows: rows)
        let offsets = Lazy<Cells<UInt32>> {
            let offsets: Cells<UInt32> = try files.cells(.offsets, table: table, rows: customers + 1)
            guard offsets[0] == 0, Int(offsets[customers]) == rows else {
                throw storeDamaged(folder, "the rows by customer of table \(table) do not add up to \(rows)")
            }
            return offsets
        }
        self.timestamps = timestamps
        self.offsets = offsets
        if keys.key != nil || keys.amount != nil {
            let hasParents = keys.parent != nil
            purchases = Lazy {
                if record.isPlain {
                    return PurchaseStates(
                        plainOffsets: try offsets.value, timestamps: try timestamps.value, hasParents: hasParents)
                }
                return PurchaseStates(
                    isPlain: false, ordinals: try files.cells(.ordinals, table: table, rows: rows),
                    ages: try files.cells(.ages, table: table, rows: rows),
                    lags: try files.cells(.lags, table: table, rows: rows),
                    refunds: try files.cells(.refunds, table: table, rows: rows),
                    parents: hasParents ? try files.cells(.parents, table: table, rows: rows) : nil,
                    timestamps: try timestamps.value)
            }
        } else {
            purchases = nil
        }
        referred = keys.refersTo == nil ? nil : cells(.referred, rows: rows)
        owners = keys.key == nil ? nil : cells(.owners, rows: nil)
        sharedKeys = keys.key == nil ? nil : cells(.sharedKeys, rows: nil)
        columns = try PartColumn.all(files, table: table, rows: rows, folder: folder)
    }
}

// MARK: - In memory

extension StorePart {
    init(_ content: GenerationContent) {
        folder = ""
        customerCount = content.customerCount
        members = content.members.map { members in Lazy(Cells(members)) }
        ids = PartTexts(content.customerIDs)
        properties = content.properties.map { PartColumn($0) }
        tables = content.tables.map { PartTable($0) }
        verify = {}
    }
}

extension PartTexts {
    fileprivate init(_ content: TextContent) {
        count = content.count
        segment = Lazy(TextSegment(content))
    }
}

extension PartColumn {
    fileprivate init(_ content: ColumnContent) {
        spec = content.spec
        switch content.cells {
        case .text(let codes, let texts):
            cells = .text(
                Lazy(EventStores.Cells(codes)), PartTexts(texts), content.changes.map { PartCounts($0, codes) })
        case .decimal(let units, let scale):
            self.scale = scale
            cells = .words(Lazy(EventStores.Cells(units)))
        case .instant(let microseconds): cells = .words(Lazy(EventStores.Cells(microseconds)))
        }
    }
}

extension PartCounts {
    fileprivate init(_ changes: TextChanges, _ codes: [UInt32]) {
        counts = Lazy {
            let own = codes.lazy.filter { Int($0) > changes.textsBefore }.map { Int($0) - changes.textsBefore - 1 }
            var counts = [UInt32](repeating: 0, count: (own.max() ?? -1) + 1)
            for text in own { counts[text] += 1 }
            return Cells(counts)
        }
        self.changes = Lazy((Cells(changes.codes), Cells(changes.changes)))
    }
}

extension PartTable {
    fileprivate init(_ content: TableContent) {
        rowCount = content.timestamps.count
        isPlain = content.purchases?.isPlain ?? false
        offsets = Lazy(Cells(content.offsets))
        let timestamps = Cells(content.timestamps)
        self.timestamps = Lazy(timestamps)
        purchases = content.purchases.map { purchases in
            if purchases.isPlain {
                return Lazy {
                    PurchaseStates(
                        plainOffsets: Cells(content.offsets), timestamps: timestamps,
                        hasParents: purchases.parents != nil)
                }
            }
            return Lazy(
                PurchaseStates(
                    isPlain: false, ordinals: Cells(purchases.ordinals), ages: Cells(purchases.ages),
                    lags: Cells(purchases.lags), refunds: Cells(purchases.refunds),
                    parents: purchases.parents.map { Cells($0) }, timestamps: timestamps))
        }
        referred = content.referred.map { Lazy(Cells($0)) }
        owners = content.owners.map { Lazy(Cells($0)) }
        sharedKeys = content.owners.map { _ in Lazy(Cells(content.sharedKeys)) }
        columns = content.columns.map { PartColumn($0) }
    }
}
