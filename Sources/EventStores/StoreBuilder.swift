import Diagnostics
package import Quantities

/// Collects rows in memory and makes the store's next generation of them: the rows of the current one, then the new
/// ones in order of import. Of a store on disk only those customers are read whom the new rows are of.
///
/// Not for use by several threads. After `finish()` it is empty and must not be used again.
package final class StoreBuilder {
    private var customers = TextInterner()
    private var properties: [ColumnBuilder] = []
    private var propertyPositions: [String: Int] = [:]
    private var tables: [TableBuilder] = []
    private var tablePositions: [String: Int] = [:]
    private let base: Int?
    private let customersBefore: Int
    private var isFinished = false
    /// A store on disk that the rows are added to; the builder has none of its rows.
    private let appended: EventStore?
    /// By property, and only with `appended`: customers whose value is taken away.
    private var cleared: [String: Set<Int>] = [:]

    /// A builder that goes on from a generation, or from nothing.
    ///
    /// - Throws: `storeDamaged`.
    package convenience init(extending store: EventStore? = nil) throws {
        // A store in memory has the number 0 and stands for no generation on disk.
        let appended = store.flatMap { $0.generation == 0 ? nil : $0 }
        try self.init(
            extending: appended.map { EventStore($0.emptied) } ?? store, base: appended?.generation, appended: appended)
    }

    /// - Parameter base: the generation on disk that the finished one comes after, whether its rows are taken or not.
    init(extending store: EventStore?, base: Int?, appended: EventStore? = nil) throws {
        self.base = base
        self.appended = appended
        customersBefore = store?.customers.count ?? 0
        guard let store else { return }
        customers = TextInterner(try store.customers.ids)
        for spec in store.customers.propertySpecs {
            guard let column = try store.customers.property(spec.name) else { preconditionFailure("listed only") }
            addProperty(ColumnBuilder(spec, label: "property '\(spec.name)'", extending: column))
        }
        for name in store.tableNames {
            guard let table = store.tables[name] else { preconditionFailure("listed only") }
            add(try TableBuilder(extending: table))
        }
    }

    package var customerCount: Int { customers.count }

    /// A customer's index by id bytes, made on first sight.
    package func customer(_ id: some Sequence<UInt8>) -> Int { index(ofCode: customers.code(id)) }

    /// The same for a slice, which needs no look at what kind of sequence it is: the faster one in loops over rows.
    package func customer(_ id: ArraySlice<UInt8>) -> Int { index(ofCode: customers.code(id)) }

    private func index(ofCode code: UInt32) -> Int {
        precondition(code < Int32.max, "more customers than indices")
        return Int(code) - 1
    }

    /// The table of that event type, made on first sight. Columns not known yet are added (older rows: missing).
    ///
    /// - Throws: `columnTypeConflict` for a column known under another type, `keyConflict` for other `keys`,
    ///   `keyColumnUnusable` where `keys` names columns that are not there or have another type.
    package func table(_ name: String, columns: [ColumnSpec], keys: KeySpec) throws -> Int {
        precondition(!isFinished, "a finished builder is empty")
        if let position = tablePositions[name] {
            let table = tables[position]
            guard table.keys == keys else {
                throw Diagnostic(
                    .error, .keyConflict, "event type '\(name)' has \(table.keys.description), not \(keys.description)")
            }
            try table.setLayout(columns)
            return position
        }
        let table = TableBuilder(name, keys: keys)
        try table.setLayout(columns)
        add(table)
        return tables.count - 1
    }

    private func add(_ table: TableBuilder) {
        tablePositions[table.name] = tables.count
        tables.append(table)
    }

    /// One row; `cells` in the order of the `columns` that `table` was last called with for this table.
    ///
    /// - Throws: `valueOutOfRange`, `storeFull`. The row then is not added, and others can follow.
    package func append(table: Int, customer: Int, timestamp: Instant, cells: [Cell]) throws {
        precondition(customer >= 0 && customer < customers.count, "customer index out of range")
        try tables[table].append(customer: customer, timestamp: timestamp, cells: cells)
    }

    /// Sets a customer's property, which is made on first sight. The newest call wins, also one with `.missing`.
    ///
    /// - Throws: `columnTypeConflict`, `valueOutOfRange`; the customer's value then is as before.
    package func setProperty(_ property: ColumnSpec, of customer: Int, to cell: Cell) throws {
        precondition(!isFinished, "a finished builder is empty")
        precondition(customer >= 0 && customer < customers.count, "customer index out of range")
        let column = self.property(property)
        guard column.spec.type == property.type else {
            throw Diagnostic(
                .error, .columnTypeConflict,
                "property '\(property.name)' holds values of type \(column.spec.type.rawValue), "
                    + "not \(property.type.rawValue)")
        }
        try column.set(customer, to: cell)
        guard appended != nil else { return }
        if cell == .missing {
            cleared[property.name, default: []].insert(customer)
        } else {
            cleared[property.name]?.remove(customer)
        }
    }

    private func addProperty(_ column: ColumnBuilder) {
        propertyPositions[column.spec.name] = properties.count
        properties.append(column)
    }

    /// The customer who has a row with that key, nil where nobody has: for rows that name a purchase but no customer.
    /// Of several customers the one whose row was imported first.
    ///
    /// - Throws: `storeDamaged`.
    package func customer(ofKey key: some Sequence<UInt8>, inTable name: String) throws -> Int? {
        if let appended, let known = try appended.customer(ofKey: key, inTable: name) {
            return customer(try appended.customers.ids.bytes(of: UInt32(known + 1)))
        }
        return tablePositions[name].flatMap { tables[$0].customer(ofKey: key) }
    }

    /// Adds a batch, whose customers are made on first sight. False, and nothing is added, where a row or a property
    /// would be refused: its rows then are given one by one, so that it shows which.
    package func append(_ batch: EventBatch) throws -> Bool {
        precondition(!isFinished, "a finished builder is empty")
        guard batch.tables.allSatisfy({ tables[$0.table].takes($0) }) else { return false }
        let properties = batch.properties?.valuesByFirstRow ?? []
        for (spec, cells) in properties {
            let column = property(spec)
            guard column.spec.type == spec.type, column.takesProperties(cells) else { return false }
        }
        let codes = customers.codes(of: batch.customers)
        precondition(customers.count < Int32.max, "more customers than indices")
        // Code 0 is nobody's.
        let customerOfCode = codes.map { $0 == 0 ? 0 : $0 - 1 }
        for table in batch.tables { tables[table.table].append(table, customerOfCode: customerOfCode) }
        let owners = batch.properties?.customers.map { customerOfCode[Int($0)] } ?? []
        for (spec, cells) in properties {
            let column = property(spec)
            column.pad(to: customers.count)
            column.set(cells, of: owners)
        }
        return true
    }

    private func property(_ spec: ColumnSpec) -> ColumnBuilder {
        if let position = propertyPositions[spec.name] { return properties[position] }
        let column = ColumnBuilder(spec, label: "property '\(spec.name)'")
        addProperty(column)
        return column
    }

    /// Sorts the rows, drops repeats, and resolves purchases and references of all tables.
    ///
    /// - Throws: `referenceWithoutKey` where a table refers to one without keys; `storeDamaged`, and `valueOutOfRange`
    ///   where a number of the store that is extended does not fit with the digits of a new one.
    package func finish() throws -> FinishedGeneration {
        let collected = try finishCollected()
        guard let appended else { return collected }
        return try Appending(collected.content, collected.outcome, cleared: cleared, to: appended).finished()
    }

    private func finishCollected() throws -> FinishedGeneration {
        precondition(!isFinished, "a builder finishes once")
        try checkReferences()
        isFinished = true
        var outcome = ImportOutcome(
            generation: 0, bytes: 0, customers: customers.count, customersAdded: customers.count - customersBefore,
            tables: [])
        customers.forgetSlots()
        var sorted = SortedTable.sort(tables, customerCount: customers.count)
        tables = []
        for position in sorted.indices {
            let repeats = sorted[position].dropRepeats()
            let table = sorted[position]
            let rows = table.timestamps.count
            outcome.tables.append(
                ImportOutcome.TableOutcome(
                    name: table.name, rows: rows, rowsAdded: rows - table.rowsBefore, repeatsDropped: repeats,
                    sharedKeys: table.owners.sharedKeys))
        }
        let purchases = sorted.map { KeyResolution.purchases(of: $0) }
        // After all tables are resolved: a reference may point to a table that was imported later.
        let referred = sorted.map { referredPurchases(of: $0, in: sorted, purchases) }
        for property in properties { property.pad(to: customers.count) }
        let people = properties.map { SortedColumn($0) }
        properties = []
        let columns = concurrentMap(people + sorted.flatMap(\.columns)) { $0.content }
        var rest = columns.dropFirst(people.count)
        let contents = sorted.indices.map { position in
            let count = sorted[position].columns.count
            defer { rest = rest.dropFirst(count) }
            return sorted[position].content(
                Array(rest.prefix(count)), purchases: purchases[position], referred: referred[position])
        }
        let content = GenerationContent(
            customerIDs: TextContent(offsets: customers.offsets, bytes: customers.bytes),
            properties: columns.prefix(people.count).map(\.column), tables: contents)
        return FinishedGeneration(content: content, base: base, outcome: outcome)
    }

    private func referredPurchases(
        of table: SortedTable, in tables: [SortedTable], _ purchases: [PurchaseContent?]
    ) -> [Int32]? {
        guard let reference = table.keys.refersTo, let column = table.column(reference.column) else { return nil }
        guard let target = tablePositions[reference.table], let resolved = purchases[target] else {
            return Array(repeating: -1, count: table.timestamps.count)
        }
        return KeyResolution.referred(by: table, column: column, in: tables[target], ordinals: resolved.ordinals)
    }

    private func checkReferences() throws {
        let findings = tables.compactMap { table -> Diagnostic? in
            guard let reference = table.keys.refersTo, let target = tablePositions[reference.table],
                tables[target].keys.key == nil
            else { return nil }
            return Diagnostic(
                .error, .referenceWithoutKey,
                "event type '\(table.name)' refers to event type '\(reference.table)', which has no key")
        }
        if !findings.isEmpty { throw DiagnosticList(findings) }
    }
}

extension KeySpec {
    /// `key 'order_id', amount 'price'`, for diagnostics.
    fileprivate var description: String {
        let parts = [
            key.map { "key '\($0)'" }, amount.map { "amount '\($0)'" }, parent.map { "parent '\($0)'" },
            refersTo.map { "reference '\($0.column)' to '\($0.table)'" },
        ].compactMap { $0 }
        return parts.isEmpty ? "no key" : parts.joined(separator: ", ")
    }
}
