/// Everything that a generation holds, in memory and in stored order: what `StoreBuilder.finish` makes, and what is
/// written to files.
struct GenerationContent: Sendable {
    var customerIDs: TextContent
    var properties: [ColumnContent]
    var tables: [TableContent]

    /// Microseconds of the newest event of any type.
    var newestEvent: Int64? { tables.compactMap { $0.timestamps.max() }.max() }
}

/// Texts one after the other; text `code` is `bytes[offsets[code - 1] ..< offsets[code]]`.
struct TextContent: Sendable {
    var offsets: [UInt64]
    var bytes: [UInt8]
}

struct ColumnContent: Sendable {
    var spec: ColumnSpec
    var cells: ColumnCells
}

/// The cells of one column, missing ones as `StoredColumn` says.
enum ColumnCells: Sendable {
    case text([UInt32], TextContent)
    case decimal([Int64], scale: Int)
    case instant([Int64])
}

struct TableContent: Sendable {
    var name: String
    var keys: KeySpec
    var offsets: [UInt32]
    var timestamps: [Int64]
    var sequences: [Int64]
    var columns: [ColumnContent]
    var purchases: PurchaseContent?
    var referred: [Int32]?
}

/// The arrays of `PurchaseStates`.
struct PurchaseContent: Sendable {
    var ordinals: [Int32]
    var origins: [Int64]
    var supersededAt: [Int64]
    var refunds: [UInt8]
    var parents: [Int32]?
}
