package import Quantities

/// All rows of one event type, clustered by customer, within a customer by timestamp, then by import order.
///
/// What every evaluation reads (offsets, timestamps, purchases) was mapped and verified when the store was opened.
/// Attribute columns are mapped and verified one by one, when they are first asked for.
package struct EventTable: Sendable {
    package var name: String
    package let keys: KeySpec
    /// `offsets[c] ..< offsets[c + 1]` are the rows of customer `c`; `customers.count + 1` entries.
    package let offsets: Cells<UInt32>
    /// Microseconds since 1970 UTC.
    package let timestamps: Cells<Int64>
    package let purchases: PurchaseStates?
    /// The purchase ordinals (in the referred table, of the same customer) that the rows name; -1 for none or unknown.
    package let referredPurchases: Cells<Int32>?
    let attributes: ColumnSet
    /// The import sequence of each row: ties of the timestamp are in its order, through later imports too.
    let sequences: @Sendable () throws -> Cells<Int64>

    package var rowCount: Int { timestamps.count }

    /// Names and types of the attribute columns, in the order in which they were first mapped.
    package var columnSpecs: [ColumnSpec] { attributes.specs }

    /// A column by name, nil where the event type has none of that name.
    ///
    /// - Throws: `storeDamaged` at the first access, where the file is not what was written.
    package func column(_ name: String) throws -> StoredColumn? { try attributes.column(name) }

    /// Maps and verifies every column.
    ///
    /// - Throws: `storeDamaged`.
    package func verify() throws {
        try attributes.verify()
        _ = try sequences()
    }
}

extension EventTable {
    /// The customer whose row it is.
    package func customer(ofRow row: Int) -> Int {
        precondition(row >= 0 && row < rowCount, "row out of range")
        var (low, high) = (0, offsets.count - 1)
        // The last customer whose rows begin at or before the row; those without rows end where they begin.
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(offsets[middle]) <= row { low = middle } else { high = middle }
        }
        return low
    }

    /// One cell, for explanations; nil where the event type has no such column.
    ///
    /// - Throws: `storeDamaged`.
    package func cell(column name: String, row: Int) throws -> Cell? { try column(name)?.cell(row) }

    package func timestamp(ofRow row: Int) -> Instant { Instant(microseconds: timestamps[row]) }

    /// The rows of a customer.
    package func rows(of customer: Int) -> Range<Int> { Int(offsets[customer])..<Int(offsets[customer + 1]) }
}

/// Which rows are the state of which purchase, and when. For every table with a `KeySpec.key` or `.amount`.
package struct PurchaseStates: Sendable {
    /// Rows of the same purchase share an ordinal; ordinals count 0, 1, 2, ... within a customer in order of the
    /// purchases' first events (timestamp, then import order). A row without a key is a purchase of its own.
    package let ordinals: Cells<Int32>
    /// The timestamp of the purchase's first event; for refund rows too, that of the purchase they belong to.
    package let origins: Cells<Int64>
    /// The row is the purchase's state from its timestamp up to this instant (exclusive); `Int64.max` for the newest.
    /// Equal to the row's own timestamp where it never is the state: refunds, and all but the last of equal timestamps.
    package let supersededAt: Cells<Int64>
    /// 1 where the row gives back money of its purchase and is no state, else 0.
    package let refunds: Cells<UInt8>
    /// The ordinal of the parent purchase, -1 where there is none; nil without `KeySpec.parent`. A row that names its
    /// own key has its own ordinal here.
    package let parents: Cells<Int32>?
}

/// Everybody who was seen in any import, in order of first sight.
package struct CustomerTable: Sendable {
    /// Customer `c` has the id `ids.text(of: UInt32(c + 1))`.
    package let ids: TextDictionary
    let attributes: ColumnSet

    package var count: Int { ids.count }

    /// Names and types of the properties, in the order in which they were first mapped.
    package var propertySpecs: [ColumnSpec] { attributes.specs }

    /// A property by name, one cell a customer; nil where there is none of that name.
    ///
    /// - Throws: `storeDamaged` at the first access.
    package func property(_ name: String) throws -> StoredColumn? { try attributes.column(name) }

    /// Maps and verifies every property.
    ///
    /// - Throws: `storeDamaged`.
    package func verify() throws { try attributes.verify() }

    /// The index of the customer with that id; nil where there is none.
    package func index(of id: some Sequence<UInt8>) -> Int? { ids.code(of: id).map { Int($0) - 1 } }
}
