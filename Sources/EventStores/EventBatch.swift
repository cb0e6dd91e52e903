/// Rows of one stretch of an input, by event type and column, with texts as codes into dictionaries of the batch.
///
/// It is how rows reach `StoreBuilder` fast: texts are looked up once a batch, and columns are taken
/// over as they are.
package struct EventBatch: Sendable {
    /// The ids of its customers, in order of the rows that name them first.
    package var customers: BatchTexts
    /// At most one for each event type, with rows in their order in the input.
    package var tables: [TableBatch]
    /// The customers' properties, nil where the input has none.
    package var properties: PropertyBatch?

    package init(customers: BatchTexts, tables: [TableBatch], properties: PropertyBatch?) {
        self.customers = customers
        self.tables = tables
        self.properties = properties
    }
}

/// Texts in order of first sight; text `code` (from 1) is `bytes[offsets[code - 1] ..< offsets[code]]`. A text may stand
/// there twice: where nearly all differ it is not worth the time to see which do not.
package struct BatchTexts: Sendable {
    package var bytes: [UInt8]
    package var offsets: [UInt32]
    /// `textKey` of each text.
    package var keys: [UInt64]

    package init(bytes: [UInt8], offsets: [UInt32], keys: [UInt64]) {
        self.bytes = bytes
        self.offsets = offsets
        self.keys = keys
    }

    package var count: Int { keys.count }
}

/// The rows of one event type.
package struct TableBatch: Sendable {
    /// As `StoreBuilder.table` gave it.
    package var table: Int
    /// Codes of the batch's customers; never 0.
    package let customers: [UInt32]
    /// Microseconds since 1970 UTC.
    package let timestamps: [Int64]
    /// In the order of the `columns` that `table` was last called with for this table.
    package let columns: [BatchCells]
    /// Of rows that were spilled.
    var keyOwners: SpilledOwners?

    // What the builder asks of each batch before it takes it, found out by the thread that makes the batch.

    /// The timestamps farthest from 1970, before and after; nil without rows.
    let span: ClosedRange<Int64>?
    /// By column, of decimals: the number farthest from zero.
    let largest: [Int64]

    package init(table: Int, customers: [UInt32], timestamps: [Int64], columns: [BatchCells]) {
        self.table = table
        self.customers = customers
        self.timestamps = timestamps
        self.columns = columns
        span = EventStores.span(of: timestamps)
        largest = columns.map { if case .decimal(let units, _) = $0 { largestNumber(units) } else { 0 } }
    }
}

/// Properties in the order of the rows that give them; the newest wins, a missing one takes nothing away.
package struct PropertyBatch: Sendable {
    /// Codes of the batch's customers, one a row; never 0.
    package var customers: [UInt32]
    package var columns: [(spec: ColumnSpec, cells: BatchCells)]

    package init(customers: [UInt32], columns: [(spec: ColumnSpec, cells: BatchCells)]) {
        self.customers = customers
        self.columns = columns
    }

    /// The columns that have a value, in order of the first row with one: the order in which properties are made.
    var valuesByFirstRow: [(spec: ColumnSpec, cells: BatchCells)] {
        columns.enumerated()
            .compactMap { position, column in column.cells.firstValue.map { ($0, position) } }
            .sorted { $0 < $1 }
            .map { columns[$0.1] }
    }
}

/// One cell a row.
package enum BatchCells: Sendable {
    /// No row has a value.
    case missing
    /// Codes, 0 where the value is missing.
    case text([UInt32], BatchTexts)
    /// Units at `scale`, `Int64.min` where the value is missing. No scale is wider than the values need, trailing
    /// zeros aside.
    case decimal([Int64], scale: Int)
    /// Microseconds since 1970 UTC, `Int64.min` where the value is missing.
    case instant([Int64])

    /// The first row with a value; nil where none has.
    fileprivate var firstValue: Int? {
        switch self {
        case .missing: nil
        case .text(let codes, _): codes.firstIndex { $0 != 0 }
        case .decimal(let words, _), .instant(let words): words.firstIndex { $0 != missingWord }
        }
    }
}
