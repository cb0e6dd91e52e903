import Diagnostics
import Foundation

/// A generation whose rows are in a spill file: they are read back, sorted, resolved and written slice by slice.
///
///     for each slice of partitions:
///       its batches, run by run             SpillReader -> StoreBuilder
///       sorted rows, resolved purchases     StoreBuilder.finishRows
///       codes of the generation             an interner for each column; DeferredColumn where that would be too large
///       columns                             PartWriter
///     then the columns that were deferred
///
/// Customers are in one partition, so that a slice has all rows of its customers.
struct SpilledGeneration: @unchecked Sendable {
    private let builder: StoreBuilder
    private let spilling: Spilling
    private let file: SpillFile

    /// - Parameter builder: whose rows were all spilled.
    init(_ builder: StoreBuilder, _ spilling: Spilling) throws {
        self.builder = builder
        self.spilling = spilling
        file = try spilling.spillFile()
        spilling.lookedUp = [:]
    }

    /// - Returns: the outcome without the generation's number and size.
    /// - Throws: `storeInaccessible`, `storeDamaged`; `CancellationError`.
    func write(to writer: PartWriter) throws -> ImportOutcome {
        let reader = SpillReader(
            file: file, partitions: spilling.limit.partitions, properties: builder.properties.map(\.spec),
            columnCounts: builder.tables.map(\.columns.count))
        let deferred = deferredColumns()
        let later = Dictionary(uniqueKeysWithValues: deferred.map { ($0.place, $0) })
        var interners: [ColumnPlace: TextInterner] = [:]
        var outcome = ImportOutcome(generation: 0, bytes: 0, customers: 0, customersAdded: 0, tables: [])
        /// Of each slice what its columns consist of, without cells.
        var shape: GenerationContent?
        let slices = spilling.slices
        for slice in slices {
            var (content, part, keys) = try finished(slice, reader, writer)
            let customers = UInt32(outcome.customers)
            try content.replaceTexts { place, codes, texts in
                if let column = later[place] {
                    let keys = place.isKey(in: builder) ? keys[place.table] ?? SliceKeys() : nil
                    try column.add(codes, texts, keys, customers: customers)
                    return ([], TextContent())
                }
                return interners[place, default: TextInterner()].renumbered(codes, texts)
            }
            for table in content.tables.indices { content.tables[table].sharedKeys = [] }
            try writer.append(content, except: { record in later.keys.contains { $0.isPart(record, of: builder) } })
            outcome.add(part)
            shape = content.emptied
            content = content.emptied
            returnFreeMemory()
        }
        interners = [:]
        for column in deferred {
            let shared = try column.resolve { try writer.checkCancellation() }
            if column.place.isKey(in: builder) { outcome.tables[column.place.table].sharedKeys = shared }
            for slice in slices.indices {
                guard var content = shape else { preconditionFailure("a column without slices") }
                content.set(try column.content(slice), at: column.place)
                try writer.append(later: content) { column.place.isPart($0, of: builder) }
            }
            returnFreeMemory()
        }
        outcome.customersAdded = outcome.customers - builder.customersBefore
        for (position, table) in builder.tables.enumerated() { outcome.tables[position].rowsAdded -= table.rowsBefore }
        return outcome
    }

    private func finished(
        _ slice: Range<Int>, _ reader: SpillReader, _ writer: PartWriter
    ) throws -> (GenerationContent, ImportOutcome, [SliceKeys?]) {
        let part = try StoreBuilder(emptied: builder)
        for (number, run) in spilling.runs.enumerated() {
            try writer.checkCancellation()
            for partition in slice {
                let isTaken = try part.append(try reader.batch(run, number: number, partition: partition))
                precondition(isTaken, "spilled rows were taken before")
            }
        }
        return part.finishRows()
    }

    /// Columns of keys, which say who has them, and as many others, the largest first, as must not stay in memory.
    private func deferredColumns() -> [DeferredColumn] {
        let sizes = spilling.textBytes.sorted {
            ($0.value, $0.key.table, $0.key.position) > ($1.value, $1.key.table, $1.key.position)
        }
        var rest = sizes.reduce(0) { $0 + $1.value }
        var columns: [DeferredColumn] = []
        for (place, size) in sizes where place.isKey(in: builder) || rest > spilling.limit.residentBytes {
            rest -= size
            columns.append(DeferredColumn(place, file: file, buckets: 1 + size / spilling.limit.bucketBytes))
        }
        return columns.sorted { ($0.place.table, $0.place.position) < ($1.place.table, $1.place.position) }
    }
}

extension ColumnPlace {
    fileprivate func isKey(in builder: StoreBuilder) -> Bool {
        table >= 0 && builder.tables[table].position(builder.tables[table].keys.key) == position
    }

    /// Whether a file is of this column.
    fileprivate func isPart(_ record: FileRecord, of builder: StoreBuilder) -> Bool {
        guard record.table == table else { return false }
        return record.position == position || ([.owners, .sharedKeys].contains(record.kind) && isKey(in: builder))
    }
}

extension TextInterner {
    /// The codes of a slice as those of this interner, and the texts that are new in it.
    fileprivate mutating func renumbered(_ codes: [UInt32], _ texts: TextContent) -> ([UInt32], TextContent) {
        var newCodes: [UInt32] = [0]
        var new = TextContent()
        for position in 0..<texts.count {
            let known = count
            newCodes.append(unsafe texts.withText(position) { unsafe code($0) })
            if count > known { new.append(texts, position..<(position + 1)) }
        }
        return (codes.map { newCodes[Int($0)] }, new)
    }
}

extension GenerationContent {
    /// Replaces codes and texts of all text columns.
    fileprivate mutating func replaceTexts(
        _ replaced: (ColumnPlace, [UInt32], TextContent) throws -> ([UInt32], TextContent)
    ) rethrows {
        for position in properties.indices {
            guard case .text(let codes, let texts) = properties[position].cells else { continue }
            let (newCodes, newTexts) = try replaced(ColumnPlace(table: -1, position: position), codes, texts)
            properties[position].cells = .text(newCodes, newTexts)
        }
        for table in tables.indices {
            for position in tables[table].columns.indices {
                guard case .text(let codes, let texts) = tables[table].columns[position].cells else { continue }
                let (newCodes, newTexts) = try replaced(ColumnPlace(table: table, position: position), codes, texts)
                tables[table].columns[position].cells = .text(newCodes, newTexts)
            }
        }
    }

    fileprivate mutating func set(_ column: DeferredColumn.Content, at place: ColumnPlace) {
        if place.table < 0 {
            properties[place.position].cells = .text(column.codes, column.texts)
        } else {
            tables[place.table].columns[place.position].cells = .text(column.codes, column.texts)
            tables[place.table].owners = column.owners
            tables[place.table].sharedKeys = column.sharedKeys
        }
    }

    /// The same columns without cells.
    fileprivate var emptied: GenerationContent {
        func emptied(_ column: ColumnContent) -> ColumnContent {
            var column = column
            column.cells =
                switch column.cells {
                case .text: .text([], TextContent())
                case .decimal(_, let scale): .decimal([], scale: scale)
                case .instant: .instant([])
                }
            return column
        }
        return GenerationContent(
            customerIDs: TextContent(), properties: properties.map(emptied),
            tables: tables.map {
                TableContent(
                    name: $0.name, keys: $0.keys, offsets: [], timestamps: [], columns: $0.columns.map(emptied))
            })
    }
}

extension ImportOutcome {
    /// Adds the outcome of other customers.
    fileprivate mutating func add(_ other: ImportOutcome) {
        customers += other.customers
        if tables.isEmpty { return tables = other.tables }
        for table in tables.indices {
            tables[table].rows += other.tables[table].rows
            tables[table].rowsAdded += other.tables[table].rowsAdded
            tables[table].repeatsDropped += other.tables[table].repeatsDropped
        }
    }
}
