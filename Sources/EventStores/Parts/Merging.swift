/// Merges all parts of a store into one, slice by slice of customers: nothing is resolved anew, as a customer's rows are
/// in one part already, and only texts that some row still has are kept.
struct Merging {
    private let store: EventStore
    private let extract: StoreExtract
    private let tables: [EventTable]
    /// By event type: who has the keys, by their new codes, and by the old ones who had them first.
    private var keySharing: [KeySharing]

    /// Rows of a slice, of all event types together.
    private let sliceRows: Int

    init(_ store: EventStore, sliceRows: Int = 1 << 20) {
        self.store = store
        self.sliceRows = sliceRows
        extract = StoreExtract(store, isSparse: false)
        tables = store.tableNames.compactMap { store.tables[$0] }
        keySharing = tables.map { _ in KeySharing() }
    }

    /// Writes the store's customers in order.
    ///
    /// - Throws: `storeDamaged`, and what the writer throws.
    mutating func write(to writer: PartWriter) throws {
        let customers = store.customers.count
        let rows = tables.reduce(0) { $0 + $1.rowCount }
        let slices = max(1, (rows + customers) / sliceRows)
        let length = max(1, (customers + slices - 1) / slices)
        var start = 0
        repeat {
            let end = min(customers, start + length)
            try writer.append(try slice(start..<end))
            start = end
        } while start < customers
    }

    private mutating func slice(_ customers: Range<Int>) throws -> GenerationContent {
        var content = try extract.content(of: [customers])
        for (position, table) in tables.enumerated() {
            try content.tables[position].addResolved(of: table, [customers])
            try addKeys(&content.tables[position], position, table, customers)
        }
        return content
    }

    private mutating func addKeys(
        _ content: inout TableContent, _ position: Int, _ table: EventTable, _ customers: Range<Int>
    ) throws {
        guard let owners = try table.columns.owners?.value,
            let column = content.columns.firstIndex(where: { $0.spec.name == table.keys.key }),
            case .text(let codes, _) = content.columns[column].cells
        else { return }
        let oldCodes = extract.oldCodes(table: position, column: column)
        let keys = keySharing[position].note(
            codes, offsets: content.offsets, customer: { UInt32(customers.lowerBound + $0) },
            firstImported: { code, _ in owners[Int(oldCodes[Int(code) - 1]) - 1] })
        content.owners = keys.owners
        content.sharedKeys = keys.sharedKeys
    }
}

extension PurchaseContent {
    /// Whether no purchase has two rows here, and none a parent: then no row ever lost its place to another.
    fileprivate var hasPlainRows: Bool {
        lags.allSatisfy { $0 == PurchaseStates.neverSuperseded } && refunds.allSatisfy { $0 == 0 }
            && (parents ?? []).allSatisfy { $0 < 0 }
    }
}

extension TableContent {
    /// What was resolved of purchases and references, for customers whose rows the content has.
    mutating func addResolved(of table: EventTable, _ customers: [Range<Int>]) throws {
        let offsets = try table.offsets
        let rows = customers.map { Int(offsets[$0.lowerBound])..<Int(offsets[$0.upperBound]) }
        if let states = try table.purchases {
            // Of plain rows nothing is written.
            let rows = table.isPlain ? [] : rows
            var found = PurchaseContent(
                ordinals: states.ordinals.array(rows), ages: states.ages.array(rows), lags: states.lags.array(rows),
                refunds: states.refunds.array(rows), parents: states.parents?.array(rows))
            found.isPlain = found.hasPlainRows
            purchases = found
        }
        referred = try table.referredPurchases?.array(rows)
    }
}

extension EventStore {
    /// As the catalog lists them; none for a store in memory.
    var partRecords: [PartRecord] { record?.parts ?? [] }
}

extension GenerationContent {
    /// Rows and customers.
    var size: Int { tables.reduce(customerCount) { $0 + $1.timestamps.count } }
}
