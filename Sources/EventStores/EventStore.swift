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
    /// The timestamp of the newest event of any type.
    package let newestEvent: Instant?
    /// Event types in the order in which they were first imported.
    package let tableNames: [String]
    /// Made when the generation was written; nil for a store in memory.
    let writtenProfile: DataProfile?
    private let hold: Descriptor?

    init(
        generation: Int, customers: CustomerTable, tables: [EventTable], newestEvent: Instant?,
        writtenProfile: DataProfile?, hold: Descriptor?
    ) {
        self.writtenProfile = writtenProfile
        self.generation = generation
        self.customers = customers
        self.tables = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) })
        self.tableNames = tables.map(\.name)
        self.newestEvent = newestEvent
        self.hold = hold
    }

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
        let tables = content.tables.map { table in
            let sequences = Cells(table.sequences)
            return EventTable(
                name: table.name, keys: table.keys, offsets: Cells(table.offsets), timestamps: Cells(table.timestamps),
                purchases: table.purchases.map { purchases in
                    PurchaseStates(
                        ordinals: Cells(purchases.ordinals), origins: Cells(purchases.origins),
                        supersededAt: Cells(purchases.supersededAt), refunds: Cells(purchases.refunds),
                        parents: purchases.parents.map { Cells($0) })
                },
                referredPurchases: table.referred.map { Cells($0) }, attributes: ColumnSet(content: table.columns),
                sequences: { sequences })
        }
        let customers = CustomerTable(
            ids: TextDictionary(content.customerIDs), attributes: ColumnSet(content: content.properties))
        self.init(
            generation: 0, customers: customers, tables: tables,
            newestEvent: content.newestEvent.map(Instant.init(microseconds:)), writtenProfile: nil, hold: nil)
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
                return LazyColumn(column.spec) { stored }
            })
    }
}

extension TextDictionary {
    fileprivate init(_ texts: TextContent) {
        self.init(offsets: Cells(texts.offsets), content: Cells(texts.bytes))
    }
}
