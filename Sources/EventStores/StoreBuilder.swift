import Diagnostics
package import Quantities

/// Collects rows in memory and makes the store's next generation of them: the rows of the current one, then the new
/// ones in order of import. Of a store on disk only those customers are read whom the new rows are of.
///
/// Not for use by several threads. After `finish()` it is empty and must not be used again.
package final class StoreBuilder {
    var customers = TextInterner()
    private(set) var properties: [ColumnBuilder] = []
    private var propertyPositions: [String: Int] = [:]
    private(set) var tables: [TableBuilder] = []
    private(set) var tablePositions: [String: Int] = [:]
    private let base: Int?
    let customersBefore: Int
    private var isFinished = false
    /// Nil without a limit.
    let spilling: Spilling?
    /// Since it was last looked at how much is held.
    var rowsSinceLook = 0
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

    /// - Parameters:
    ///   - base: the generation on disk that the finished one comes after, whether its rows are taken or not.
    ///   - spilling: where the rows go that are too many; not with `appended`.
    init(
        extending store: EventStore?, base: Int?, appended: EventStore? = nil, spilling: Spilling? = nil
    ) throws {
        precondition(appended == nil || spilling == nil, "rows that are added stay in memory")
        self.base = base
        self.spilling = spilling
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

    /// An empty builder with the same properties and tables, for some of the rows that another one spilled.
    init(emptied other: StoreBuilder) throws {
        base = nil
        customersBefore = 0
        spilling = nil
        appended = nil
        for property in other.properties {
            let column = ColumnBuilder(property.spec, label: "property '\(property.spec.name)'")
            column.adoptScale(of: property)
            addProperty(column)
        }
        for table in other.tables { add(try table.emptied()) }
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
        try checkType(property, of: column)
        try column.set(customer, to: cell)
        guard appended != nil else { return }
        if cell == .missing {
            cleared[property.name, default: []].insert(customer)
        } else {
            cleared[property.name]?.remove(customer)
        }
    }

    /// Throws what `append(table:customer:timestamp:cells:)` would throw; nothing of the row is kept.
    package func check(table: Int, timestamp: Instant, cells: [Cell]) throws {
        try tables[table].check(timestamp: timestamp, cells: cells)
    }

    /// Throws what `setProperty` would throw; the property is not made.
    package func check(property: ColumnSpec, cell: Cell) throws {
        guard let position = propertyPositions[property.name] else {
            return try ColumnBuilder(property, label: "property '\(property.name)'").check(cell)
        }
        try checkType(property, of: properties[position])
        try properties[position].check(cell)
    }

    private func checkType(_ property: ColumnSpec, of column: ColumnBuilder) throws {
        guard column.spec.type == property.type else {
            throw Diagnostic(
                .error, .columnTypeConflict,
                "property '\(property.name)' holds values of type \(column.spec.type.rawValue), "
                    + "not \(property.type.rawValue)")
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
        if let id = spilling?.lookedUp[name]?.owner(of: key) { return customer(id) }
        return tablePositions[name].flatMap { tables[$0].customer(ofKey: key) }
    }

    /// Adds a batch, whose customers are made on first sight. False, and nothing is added, where a row or a property
    /// would be refused: its rows then are given one by one, so that it shows which.
    package func append(_ batch: EventBatch) throws -> Bool {
        precondition(!isFinished, "a finished builder is empty")
        try spillWhereFull()
        guard batch.tables.allSatisfy({ tables[$0.table].takes($0) }) else { return false }
        let properties = batch.properties?.valuesByFirstRow ?? []
        for (spec, cells) in properties {
            // A property that is not there yet is made only when all of the batch is taken.
            let column = propertyPositions[spec.name].map { self.properties[$0] } ?? ColumnBuilder(spec, label: "")
            guard column.spec.type == spec.type, column.takesProperties(cells) else { return false }
        }
        let codes = customers.codes(of: batch.customers)
        precondition(customers.count < Int32.max, "more customers than indices")
        // Code 0 is nobody's, and no row has it.
        let customerOfCode = codes.map { max($0, 1) - 1 }
        for table in batch.tables { tables[table.table].append(table, customerOfCode: customerOfCode) }
        let owners = (batch.properties?.customers ?? []).map { code in
            precondition(code != 0, "a property without an owner")
            return customerOfCode[Int(code)]
        }
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
        precondition(!isFinished, "a builder finishes once")
        try checkReferences()
        if let spilling, !spilling.runs.isEmpty {
            spilling.keepsCustomers = false
            try spill()
            isFinished = true
            return FinishedGeneration(rows: .spilled(try SpilledGeneration(self, spilling)), base: base)
        }
        let (content, outcome, _) = finishRows()
        guard let appended else { return FinishedGeneration(rows: .content(content, outcome), base: base) }
        return try Appending(content, outcome, cleared: cleared, to: appended).finished()
    }

    /// - Returns: with who has the keys, by table, of rows that were spilled before.
    func finishRows() -> (content: GenerationContent, outcome: ImportOutcome, keys: [SliceKeys?]) {
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
        var works = properties.map { (column: SortedColumn($0), areUnique: false) }
        let people = works.count
        properties = []
        for position in sorted.indices { works += sorted[position].takeColumns() }
        let taken = works.map { OnceTaken($0, cost: $0.column.texts.count) }
        works = []
        let columns = concurrentMap(taken, cost: \.cost) { work in
            var (column, areUnique) = work.take()
            return column.takeContent(areUnique: areUnique)
        }
        var rest = columns.dropFirst(people)
        let contents = sorted.indices.map { position in
            let count = sorted[position].columns.count
            defer { rest = rest.dropFirst(count) }
            return sorted[position].content(
                Array(rest.prefix(count)), purchases: purchases[position], referred: referred[position])
        }
        let content = GenerationContent(
            customerIDs: customers.content,
            properties: columns.prefix(people).map(\.column), tables: contents)
        rest = columns.dropFirst(people)
        let keys = sorted.map { table in
            defer { rest = rest.dropFirst(table.columns.count) }
            return table.position(table.keys.key).flatMap { table.sliceKeys(rest[rest.startIndex + $0]) }
        }
        return (content, outcome, keys)
    }

    private func referredPurchases(
        of table: SortedTable, in tables: [SortedTable], _ purchases: [PurchaseContent?]
    ) -> [Int32]? {
        guard let reference = table.keys.refersTo, let column = table.column(reference.column) else { return nil }
        guard let target = tablePositions[reference.table], let resolved = purchases[target] else {
            return Array(repeating: -1, count: table.timestamps.count)
        }
        return KeyResolution.referred(by: table, column: column, in: tables[target], resolved)
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
