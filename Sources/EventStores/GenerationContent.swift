/// What a part of a generation holds, in memory and in stored order: what `StoreBuilder.finish` makes, and what is
/// written to files. A part that does not fit into memory is written as several of them, one after the other, each with
/// the next customers and all of their rows.
struct GenerationContent: Sendable {
    /// Indices of the customers, ascending; nil where they are the next ones, each with an id in `customerIDs`.
    var members: [UInt32]?
    /// Of the customers that are new.
    var customerIDs: TextContent
    /// One cell for each customer.
    var properties: [ColumnContent]
    var tables: [TableContent]

    var customerCount: Int { members?.count ?? customerIDs.count }
}

struct ColumnContent: Sendable {
    var spec: ColumnSpec
    var cells: ColumnCells
    /// Of a text column, where the part comes after others: how it changes the numbers of rows that have their texts.
    var changes: TextChanges?
}

/// By how much the number of rows with a text changes.
struct TextChanges: Sendable {
    /// Texts that the parts before brought along; those of this part have the codes after them.
    var textsBefore = 0
    /// Ascending.
    var codes: [UInt32] = []
    var changes: [Int32] = []
}

/// The cells of one column, missing ones as `StoredColumn` says.
enum ColumnCells: Sendable {
    /// With the texts whose codes come after those of the contents and parts before.
    case text([UInt32], TextContent)
    case decimal([Int64], scale: Int)
    case instant([Int64])
}

struct TableContent: Sendable {
    var name: String
    var keys: KeySpec
    /// `offsets[c] ..< offsets[c + 1]` are the rows of this content's customer `c`.
    var offsets: [UInt32]
    var timestamps: [Int64]
    var columns: [ColumnContent]
    var purchases: PurchaseContent?
    var referred: [Int32]?
    /// By keys that are new in this content: 0 where the first customer in order of import to have the key is that of
    /// the first row with it, else that customer's index in the generation plus one. Nil without a key.
    var owners: [UInt32]?
    /// Keys that more than one customer has since this content, as codes ascending; empty without a key.
    var sharedKeys: [UInt32] = []

    /// Of the oldest and the newest row; nil without rows.
    var span: ClosedRange<Int64>? { EventStores.span(of: timestamps) }
}

/// From the least to the greatest; nil without any.
func span(of timestamps: [Int64]) -> ClosedRange<Int64>? {
    guard var low = timestamps.first else { return nil }
    var high = low
    for timestamp in timestamps { (low, high) = (min(low, timestamp), max(high, timestamp)) }
    return low...high
}

/// The arrays of `PurchaseStates`, which are empty where they follow from `isPlain`.
struct PurchaseContent: Sendable {
    var ordinals: [Int32]
    var ages: [Int64]
    var lags: [Int64]
    var refunds: [UInt8]
    var parents: [Int32]?
    /// Every row is a purchase of its own, and none has a parent.
    var isPlain = true
}

extension PurchaseContent {
    /// Of rows that are each a purchase of their own, without arrays.
    static func plain(hasParents: Bool) -> PurchaseContent {
        PurchaseContent(ordinals: [], ages: [], lags: [], refunds: [], parents: hasParents ? [] : nil)
    }

    /// The same with arrays.
    init(plainOffsets offsets: [UInt32], hasParents: Bool) {
        let rows = Int(offsets.last ?? 0)
        self.init(
            ordinals: plainOrdinals(offsets), ages: [Int64](repeating: 0, count: rows),
            lags: [Int64](repeating: PurchaseStates.neverSuperseded, count: rows),
            refunds: [UInt8](repeating: 0, count: rows),
            parents: hasParents ? [Int32](repeating: -1, count: rows) : nil)
    }
}

/// The ordinals of rows that are each a purchase of their own: they count up within a customer.
func plainOrdinals(_ offsets: [UInt32]) -> [Int32] {
    var ordinals: [Int32] = []
    ordinals.reserveCapacity(Int(offsets.last ?? 0))
    for (start, end) in zip(offsets, offsets.dropFirst()) where end > start { ordinals += 0..<Int32(end - start) }
    return ordinals
}
