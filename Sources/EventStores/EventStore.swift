package import Quantities
import Queries

/// One generation of the store, opened for reading; immutable.
///
/// It stays readable while later imports are committed: the kernel's shared lock on its folder, which goes with the
/// object or its process, keeps it from being deleted.
package final class EventStore: Sendable {
    /// The number of the generation; 0 for a store in memory.
    package let generation: Int
    package let customers: CustomerTable
    package let tables: [String: EventTable]
    /// Event types in the order in which they were first imported.
    package let tableNames: [String]
    /// Made when the generation was written; nil for a store in memory.
    let writtenProfile: DataProfile?
    private let hold: Descriptor?

    init(
        generation: Int, customers: CustomerTable, tables: [EventTable], writtenProfile: DataProfile?,
        hold: Descriptor?
    ) {
        self.writtenProfile = writtenProfile
        self.generation = generation
        self.customers = customers
        self.tables = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) })
        self.tableNames = tables.map(\.name)
        self.hold = hold
    }

    /// The timestamp of the newest event of any type; nil without events.
    package var newestEvent: Instant? { tables.values.compactMap(\.span?.upperBound).max() }

    /// Reads every file of the generation and compares it with its checksum.
    ///
    /// - Throws: `storeDamaged`, for the first that differs.
    package func verify() throws {
        try customers.verify()
        for name in tableNames { try tables[name]?.verify() }
    }
}

extension EventStore {
    /// The store that a builder collected, in memory only; for tests and for evaluating given events.
    convenience init(_ content: GenerationContent) {
        let ids = TextDictionary(content.customerIDs)
        self.init(
            generation: 0,
            customers: CustomerTable(
                count: ids.count, ids: Lazy { ids }, attributes: ColumnSet(content: content.properties)),
            tables: content.tables.map { EventTable($0) }, writtenProfile: nil, hold: nil)
    }
}

extension EventTable {
    fileprivate init(_ content: TableContent) {
        func lazy<Element>(_ cells: [Element]) -> Lazy<Cells<Element>> {
            let cells = Cells(cells)
            return Lazy { cells }
        }
        let timestamps = lazy(content.timestamps)
        self.init(
            name: content.name, keys: content.keys, rowCount: content.timestamps.count,
            span: content.span.map { Instant(microseconds: $0.lowerBound)...Instant(microseconds: $0.upperBound) },
            isPlain: content.purchases?.isPlain ?? false,
            columns: Columns(
                offsets: lazy(content.offsets), timestamps: timestamps,
                purchases: content.purchases.map { purchases in
                    Lazy {
                        PurchaseStates(
                            isPlain: purchases.isPlain, ordinals: Cells(purchases.ordinals),
                            ages: Cells(purchases.ages),
                            lags: Cells(purchases.lags), refunds: Cells(purchases.refunds),
                            parents: purchases.parents.map { Cells($0) }, timestamps: try timestamps.value)
                    }
                },
                referred: content.referred.map { lazy($0) }, owners: content.owners.map { lazy($0) },
                attributes: ColumnSet(content: content.columns)))
    }
}

extension ColumnSet {
    fileprivate init(content: [ColumnContent]) {
        self.init(
            content.map { column in
                let stored: StoredColumn =
                    switch column.cells {
                    case .text(let codes, let texts): .text(codes: Cells(codes), dictionary: TextDictionary(texts))
                    case .decimal(let units, let scale): .decimal(units: Cells(units), scale: scale)
                    case .instant(let microseconds): .instant(microseconds: Cells(microseconds))
                    }
                return (column.spec, Lazy { stored })
            })
    }
}
