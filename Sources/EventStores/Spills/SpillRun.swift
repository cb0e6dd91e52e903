/// What a builder held when it was spilled: rows by partition, within one in order of import, column by column.
///
/// A column of a partition is a block of the spill file. Blocks are in this order, each a number of times that of the
/// partitions: the customers' ids, the properties, and for each table with rows the customers' codes, the timestamps,
/// the columns, and who has its keys.
struct SpillRun: Sendable {
    /// Columns that were known.
    var properties = 0
    var tables: [Table] = []
    var blocks: [SpillBlock] = []

    struct Table: Sendable {
        var position: Int
        var columns: Int
        var hasKeys: Bool
    }
}

/// Reads the batches of runs.
struct SpillReader {
    let file: SpillFile
    let partitions: Int
    /// Of all properties.
    let properties: [ColumnSpec]
    /// Columns of all tables.
    let columnCounts: [Int]

    /// The rows of a partition in a run, for a builder that has all tables with all of their columns.
    func batch(_ run: SpillRun, number: Int, partition: Int) throws -> EventBatch {
        var column = 0
        func next() throws -> SpillDecoder {
            defer { column += 1 }
            return SpillDecoder(try file.read(run.blocks[column * partitions + partition]))
        }
        var ids = try next()
        let customers = ids.texts()
        var cells: [(spec: ColumnSpec, cells: BatchCells)] = []
        for position in 0..<run.properties {
            var decoder = try next()
            cells.append((properties[position], decoder.cells()))
        }
        let owners = customers.count == 0 ? [] : Array(1...UInt32(customers.count))
        var tables: [TableBatch] = []
        for table in run.tables {
            var codes = try next()
            var timestamps = try next()
            var columns = [BatchCells](repeating: .missing, count: columnCounts[table.position])
            for position in 0..<table.columns {
                var decoder = try next()
                columns[position] = decoder.cells()
            }
            var batch = TableBatch(
                table: table.position, customers: codes.codes(), timestamps: timestamps.words(), columns: columns)
            if table.hasKeys {
                var decoder = try next()
                batch.keyOwners = SpilledOwners(run: UInt32(number), marks: decoder.codes())
            }
            tables.append(batch)
        }
        return EventBatch(
            customers: customers, tables: tables, properties: PropertyBatch(customers: owners, columns: cells))
    }
}

/// Who had the keys of a run's rows first, which the order of its rows does not say where they come from a stored
/// generation, or where others of the key are in another partition.
package struct SpilledOwners: Sendable {
    var run: UInt32
    /// By the batch's key codes, from 1 on: the code of the first of the batch's customers with the key, and in the
    /// lowest bit whether another customer of the run had it before.
    var marks: [UInt32]
}

// MARK: - Cells

extension SpillEncoder {
    private enum Kind: Int {
        case missing, text, decimal, instant
    }

    mutating func missingCells() { number(Kind.missing.rawValue) }

    /// - Parameters:
    ///   - codes: of `texts`.
    ///   - numbers: by code, all 0 before and after: memory that is used again.
    /// - Returns: the rows' new codes, which count up, and the codes before by new code - 1.
    mutating func cells(
        _ codes: ArraySlice<UInt32>, _ texts: TextInterner, numbers: inout [UInt32]
    ) -> (new: [UInt32], old: [UInt32]) {
        number(Kind.text.rawValue)
        var old: [UInt32] = []
        var new: [UInt32] = []
        new.reserveCapacity(codes.count)
        for code in codes {
            if code != 0, numbers[Int(code)] == 0 {
                old.append(code)
                numbers[Int(code)] = UInt32(old.count)
            }
            new.append(numbers[Int(code)])
        }
        for code in old { numbers[Int(code)] = 0 }
        self.codes(new)
        self.texts(old, of: texts)
        return (new, old)
    }

    mutating func cells(_ words: ArraySlice<Int64>, scale: Int?) {
        number((scale == nil ? Kind.instant : .decimal).rawValue)
        number(scale ?? 0)
        self.words(words)
    }
}

extension SpillDecoder {
    mutating func cells() -> BatchCells {
        switch number() {
        case 0: return .missing
        case 1:
            let codes = codes()
            return .text(codes, texts())
        case let kind:
            let scale = number()
            return kind == 2 ? .decimal(words(), scale: scale) : .instant(words())
        }
    }
}
