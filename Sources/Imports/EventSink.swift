package import EventStores
package import Quantities

/// What an import writes to: the part of `StoreBuilder` that it needs, so that tests can look at the rows.
package protocol EventSink: AnyObject {
    /// A customer's index by id bytes, made on first sight.
    func customer(_ id: ArraySlice<UInt8>) -> Int
    /// The table of that event type, made on first sight. Throws a diagnostic where the columns or keys contradict
    /// what the table has.
    func table(_ name: String, columns: [ColumnSpec], keys: KeySpec) throws -> Int
    /// One row; `cells` in the order of the `columns` that `table` was last called with for this table. Keeps no
    /// slice of the cells' texts: they lie in buffers that are used again.
    func append(table: Int, customer: Int, timestamp: Instant, cells: [Cell]) throws
    /// The newest call wins.
    func setProperty(_ property: ColumnSpec, of customer: Int, to cell: Cell) throws
    /// Throws what `append(table:customer:timestamp:cells:)` would throw of the row; nothing of it is kept.
    func check(table: Int, timestamp: Instant, cells: [Cell]) throws
    /// Throws what `setProperty` would throw.
    func check(property: ColumnSpec, cell: Cell) throws
    /// Many rows at once, those of each event type in their order. False, and nothing is taken, where the rows must be
    /// given one by one: a sink that looks at single rows, or a batch of which a row would be refused.
    func append(_ batch: EventBatch) throws -> Bool
    /// Called between rows, so that a sink can put aside what it holds. Indices of customers then are others, unless
    /// `keepsCustomers`.
    func makeRoom() throws
    /// Indices of customers stay what they are as long as it is true: rows are being folded, which name customers.
    var keepsCustomers: Bool { get set }
    /// Rows will come that ask for customers by keys of that event type.
    func willLookUpKeys(inTable name: String)
    /// Bytes that were put aside.
    var spilledBytes: Int { get }
    /// The customer of the purchases with that key in the table, of this import or an earlier one; nil for none.
    /// Throws a diagnostic where the store is damaged.
    func customer(ofKey key: ArraySlice<UInt8>, inTable name: String) throws -> Int?
}

/// A sink that takes rows one by one, refuses none and holds all of them.
extension EventSink {
    package func check(table: Int, timestamp: Instant, cells: [Cell]) throws {}

    package func check(property: ColumnSpec, cell: Cell) throws {}

    package func makeRoom() throws {}

    package func willLookUpKeys(inTable name: String) {}

    package var keepsCustomers: Bool {
        get { true }
        set {}
    }

    package var spilledBytes: Int { 0 }

    /// Rows come one by one.
    package func append(_ batch: EventBatch) throws -> Bool { false }
}

extension StoreBuilder: EventSink {}
