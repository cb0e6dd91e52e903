package import Quantities

// The seam between import, store and engine. Bodies follow.

/// The type of a stored column.
package enum ColumnType: String, Codable, Sendable {
    /// Dictionary-coded UTF-8 text.
    case text
    /// Exact decimals at one scale a column.
    case decimal
    case instant
}

package struct ColumnSpec: Hashable, Codable, Sendable {
    package var name: String
    package var type: ColumnType

    package init(name: String, type: ColumnType) {
        self.name = name
        self.type = type
    }
}

/// One cell of a row being appended.
package enum Cell: Hashable, Sendable {
    case missing
    /// UTF-8 bytes, stored as they are.
    case text(ArraySlice<UInt8>)
    case decimal(ExactDecimal)
    case instant(Instant)
}

/// How an event type's rows relate to purchases; resolved by `StoreBuilder.finish`.
package struct KeySpec: Hashable, Codable, Sendable {
    /// The text column that is the purchase key of this table's rows.
    package var key: String?
    /// The decimal column: rows below zero whose key also has a row of zero or more are refunds of that key.
    package var amount: String?
    /// The text column that holds the key of the parent purchase in the same table.
    package var parent: String?
    /// For refund tables: the text column that names a key of another table.
    package var refersTo: Reference?

    package struct Reference: Hashable, Codable, Sendable {
        package var table: String
        package var column: String

        package init(table: String, column: String) {
            self.table = table
            self.column = column
        }
    }

    package init(key: String? = nil, amount: String? = nil, parent: String? = nil, refersTo: Reference? = nil) {
        self.key = key
        self.amount = amount
        self.parent = parent
        self.refersTo = refersTo
    }
}

/// Text values by code. Code 0 is "missing"; texts have codes 1 ... count.
package struct TextDictionary: Sendable {
    package var count: Int { preconditionFailure("stub") }
    package func bytes(of code: UInt32) -> [UInt8] { preconditionFailure("stub") }
    package func text(of code: UInt32) -> String { preconditionFailure("stub") }
    /// The code of a text, compared byte for byte.
    package func code(of text: some Sequence<UInt8>) -> UInt32? { preconditionFailure("stub") }
}

/// A memory-mapped column of fixed-width cells. `Cells<Int64>`, `Cells<UInt32>`, `Cells<Int32>`, `Cells<UInt8>`.
package struct Cells<Element: BitwiseCopyable & Sendable>: Sendable {
    package var count: Int { preconditionFailure("stub") }
    package subscript(index: Int) -> Element { preconditionFailure("stub") }
}

package enum StoredColumn: Sendable {
    /// 0 is missing.
    case text(codes: Cells<UInt32>, dictionary: TextDictionary)
    /// Units at `scale`; `Int64.min` is missing.
    case decimal(units: Cells<Int64>, scale: Int)
    /// Microseconds since 1970 UTC; `Int64.min` is missing.
    case instant(microseconds: Cells<Int64>)
}

/// All rows of one event type, clustered by customer, within a customer by timestamp, then by import order.
package struct EventTable: Sendable {
    package var name: String
    package var rowCount: Int { preconditionFailure("stub") }
    /// `offsets[c] ..< offsets[c + 1]` are the rows of customer `c`; `customers.count + 1` entries.
    package var offsets: Cells<UInt32> { preconditionFailure("stub") }
    /// Microseconds since 1970 UTC.
    package var timestamps: Cells<Int64> { preconditionFailure("stub") }
    package var columns: [String: StoredColumn] { preconditionFailure("stub") }
    package var purchases: PurchaseStates? { preconditionFailure("stub") }
    /// The purchase ordinals (in the referred table, of the same customer) that the rows name; -1 for none or unknown.
    package var referredPurchases: Cells<Int32>? { preconditionFailure("stub") }
}

/// Which rows are the state of which purchase, and when. For every table with a `KeySpec.key` or `.amount`.
package struct PurchaseStates: Sendable {
    /// Rows of the same purchase share an ordinal; ordinals count 0, 1, 2, ... within a customer in order of the
    /// purchases' first events. A row without a key is a purchase of its own.
    package var ordinals: Cells<Int32> { preconditionFailure("stub") }
    /// The timestamp of the purchase's first event.
    package var origins: Cells<Int64> { preconditionFailure("stub") }
    /// The row is the purchase's state from its timestamp up to this instant (exclusive); `Int64.max` for the newest.
    package var supersededAt: Cells<Int64> { preconditionFailure("stub") }
    /// 1 where the row gives back money of its purchase and is no state, else 0.
    package var refunds: Cells<UInt8> { preconditionFailure("stub") }
    /// The ordinal of the parent purchase, -1 where there is none; nil without `KeySpec.parent`.
    package var parents: Cells<Int32>? { preconditionFailure("stub") }
}

package struct CustomerTable: Sendable {
    package var count: Int { preconditionFailure("stub") }
    /// Customer `c` has the id `ids.text(of: UInt32(c + 1))`.
    package var ids: TextDictionary { preconditionFailure("stub") }
    package var properties: [String: StoredColumn] { preconditionFailure("stub") }
}

/// One generation of the store, opened for reading; immutable.
package final class EventStore: Sendable {
    package var generation: Int { preconditionFailure("stub") }
    package var customers: CustomerTable { preconditionFailure("stub") }
    package var tables: [String: EventTable] { preconditionFailure("stub") }
    /// The timestamp of the newest event of any type.
    package var newestEvent: Instant? { preconditionFailure("stub") }
}

/// Collects rows in memory and writes them as the store's next generation.
package final class StoreBuilder {
    /// A customer's index by id bytes, made on first sight.
    package func customer(_ id: some Sequence<UInt8>) -> Int { preconditionFailure("stub") }
    /// The table of that event type, made on first sight. Columns not known yet are added (older rows: missing);
    /// a column known under another type throws a diagnostic; so does another `keys`.
    package func table(_ name: String, columns: [ColumnSpec], keys: KeySpec) throws -> Int {
        preconditionFailure("stub")
    }
    /// One row; `cells` in the order of the `columns` that `table` was last called with for this table.
    package func append(table: Int, customer: Int, timestamp: Instant, cells: [Cell]) throws {
        preconditionFailure("stub")
    }
    /// The newest call wins.
    package func setProperty(_ property: ColumnSpec, of customer: Int, to cell: Cell) throws {
        preconditionFailure("stub")
    }
}
