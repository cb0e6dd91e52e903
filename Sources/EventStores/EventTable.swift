package import Quantities

/// All rows of one event type, clustered by customer, within a customer by timestamp, then by import order.
///
/// A value knows its name, columns and counts; its columns are mapped and verified one by one, when they are first asked
/// for. All that reads a column throws `storeDamaged` at the first access where its file is not what was written.
package struct EventTable: Sendable {
    package let name: String
    package let keys: KeySpec
    package let rowCount: Int
    /// The timestamps of the oldest and the newest row; nil without rows.
    package let span: ClosedRange<Instant>?
    /// Every row is a purchase of its own: no key has two rows of one customer, no row gives money back, none has a
    /// parent. Then whoever reads many rows needs none of `purchases`. False without `KeySpec.key` and `.amount`.
    package let isPlain: Bool
    let columns: Columns

    /// The columns that every table of that kind has, and those it is given by name.
    struct Columns: Sendable {
        var offsets: Lazy<Cells<UInt32>>
        var timestamps: Lazy<Cells<Int64>>
        var purchases: Lazy<PurchaseStates>?
        var referred: Lazy<Cells<Int32>>?
        /// By key code - 1: the customer who had the key first, in order of import.
        var owners: Lazy<[UInt32]>?
        var attributes: ColumnSet
    }

    /// `offsets[c] ..< offsets[c + 1]` are the rows of customer `c`; `customers.count + 1` entries.
    package var offsets: Cells<UInt32> { get throws { try columns.offsets.value } }

    /// Microseconds since 1970 UTC.
    package var timestamps: Cells<Int64> { get throws { try columns.timestamps.value } }

    /// What the rows are of which purchase; nil without `KeySpec.key` and `.amount`.
    package var purchases: PurchaseStates? { get throws { try columns.purchases?.value } }

    /// The purchase ordinals (in the referred table, of the same customer) that the rows name; -1 for none or unknown.
    /// Nil without `KeySpec.refersTo`.
    package var referredPurchases: Cells<Int32>? { get throws { try columns.referred?.value } }

    /// Names and types of the attribute columns, in the order in which they were first mapped.
    package var columnSpecs: [ColumnSpec] { columns.attributes.specs }

    /// A column by name, nil where the event type has none of that name.
    package func column(_ name: String) throws -> StoredColumn? { try columns.attributes.column(name) }

}

extension EventTable {
    /// The customer whose row it is.
    package func customer(ofRow row: Int) throws -> Int {
        precondition(row >= 0 && row < rowCount, "row out of range")
        return EventStores.customer(ofRow: row, in: try offsets)
    }

    /// One cell, for explanations; nil where the event type has no such column.
    package func cell(column name: String, row: Int) throws -> Cell? { try column(name)?.cell(row) }

    package func timestamp(ofRow row: Int) throws -> Instant { Instant(microseconds: try timestamps[row]) }

    /// The rows of a customer.
    package func rows(of customer: Int) throws -> Range<Int> {
        let offsets = try offsets
        return Int(offsets[customer])..<Int(offsets[customer + 1])
    }
}

/// Which rows are the state of which purchase, and when. For every table with a `KeySpec.key` or `.amount`.
///
/// What holds for most rows is a constant, which costs nothing to store and next to nothing to read: an age of 0, a
/// missing lag, no refund.
package struct PurchaseStates: Sendable {
    /// As `EventTable.isPlain`.
    package let isPlain: Bool
    /// Rows of the same purchase share an ordinal; ordinals count 0, 1, 2, ... within a customer in order of the
    /// purchases' first events (timestamp, then import order). A row without a key is a purchase of its own.
    package let ordinals: Cells<Int32>
    /// Microseconds from the purchase's first event to the row; of a refund that came before its purchase below 0.
    package let ages: Cells<Int64>
    /// Microseconds from the row, which is the purchase's state from then on, to the row that takes its place;
    /// `neverSuperseded` for the newest. 0 where the row never is the state: refunds, and all but the last of equal
    /// timestamps.
    package let lags: Cells<Int64>
    /// 1 where the row gives back money of its purchase and is no state, else 0.
    package let refunds: Cells<UInt8>
    /// The ordinal of the parent purchase, -1 where there is none; nil without `KeySpec.parent`. A row that names its
    /// own key has its own ordinal here.
    package let parents: Cells<Int32>?
    let timestamps: Cells<Int64>

    /// As `StoredColumn.forget`.
    package func forget(_ rows: Range<Int>) {
        ordinals.forget(rows)
        ages.forget(rows)
        lags.forget(rows)
        refunds.forget(rows)
        parents?.forget(rows)
    }

    /// The lag of a row that no other row takes the place of.
    package static let neverSuperseded = missingWord
}

extension PurchaseStates {
    /// Of a table whose rows are each a purchase of their own. No file has it: it follows from whose the rows are.
    init(plainOffsets offsets: Cells<UInt32>, timestamps: Cells<Int64>, hasParents: Bool) {
        let rows = timestamps.count
        self.init(
            isPlain: true, ordinals: Cells(PlainOrdinals(offsets)), ages: Cells(repeating: 0, count: rows),
            lags: Cells(repeating: PurchaseStates.neverSuperseded, count: rows),
            refunds: Cells(repeating: 0, count: rows),
            parents: hasParents ? Cells(repeating: -1, count: rows) : nil, timestamps: timestamps)
    }

    /// The timestamp of the purchase's first event, in microseconds; for refund rows too, that of their purchase.
    ///
    /// For single rows; loops over many use `ages`.
    package func origin(ofRow row: Int) -> Int64 { timestamps[row] - ages[row] }

    /// The row is the purchase's state from its timestamp up to this instant (exclusive), in microseconds; `Int64.max`
    /// for the newest.
    ///
    /// For single rows; loops over many use `lags`.
    package func supersededAt(ofRow row: Int) -> Int64 {
        let lag = lags[row]
        return lag == PurchaseStates.neverSuperseded ? .max : timestamps[row] + lag
    }
}
