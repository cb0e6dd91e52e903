import Diagnostics
import Quantities

/// Adds the rows of an import to a store, as one more part: every customer whom the import has something of, with the
/// old rows and the new ones resolved together. What it costs follows from these customers, not from all of them.
struct Appending {
    private let store: EventStore
    private let day: GenerationContent
    /// Of the import alone.
    private let dayOutcome: ImportOutcome
    /// By event type and property: customers of the import whose property is taken away.
    private let cleared: [String: Set<Int>]
    /// By customer of the import: the index in the store, nil for a new one.
    private let known: [Int?]
    /// Customers of the part, as customers of the import: known ones in order of their index, then new ones.
    private let order: [Int]
    private let members: [UInt32]

    /// - Parameters:
    ///   - day: the import's rows, in stored order, over the event types and columns of the store and new ones.
    ///   - cleared: by property: customers of `day` whose value is taken away.
    /// - Throws: `storeDamaged`.
    init(_ day: GenerationContent, _ outcome: ImportOutcome, cleared: [String: Set<Int>], to store: EventStore) throws {
        self.store = store
        self.day = day
        self.cleared = cleared
        dayOutcome = outcome
        let ids = try store.customers.ids
        let known = (0..<day.customerIDs.count).map { ids.code(of: day.customerIDs.text($0)).map { Int($0) - 1 } }
        let hasSomething = day.customersWithSomething(cleared)
        let old = known.indices.filter { known[$0] != nil && hasSomething[$0] }.sorted {
            known[$0] ?? 0 < known[$1] ?? 0
        }
        let new = known.indices.filter { known[$0] == nil }
        self.known = known
        order = old + new
        members = old.map { UInt32(known[$0] ?? 0) } + new.indices.map { UInt32(store.customers.count + $0) }
    }

    /// The part, and what the generation then is.
    ///
    /// - Throws: `storeDamaged`; `valueOutOfRange` where a stored number does not fit with the digits of a new one.
    func finished() throws -> FinishedGeneration {
        let extract = StoreExtract(store, isSparse: true)
        let old = try extract.content(of: ranges(of: members.prefix { $0 < store.customers.count }))
        let builder = try StoreBuilder(extending: EventStore(old))
        try replay(into: builder)
        let merged = try builder.finish()
        var content = merged.content
        content.members = members
        content.customerIDs = TextContent()
        for customer in order where known[customer] == nil {
            content.customerIDs.append(day.customerIDs.text(customer))
        }
        try PartCoding(store: store, old: old, extract: extract, day: day, known: known).recode(&content)

        let records = records(content, old)
        var outcome = dayOutcome
        outcome.customers = store.customers.count + content.customerIDs.count
        outcome.customersAdded = content.customerIDs.count
        outcome.tables = records.enumerated().map { table, record in
            let before = store.records.indices.contains(table) ? store.records[table].rows : 0
            return ImportOutcome.TableOutcome(
                name: record.name, rows: record.rows, rowsAdded: record.rows - before,
                repeatsDropped: dayOutcome.tables[table].repeatsDropped + merged.outcome.tables[table].repeatsDropped,
                sharedKeys: record.sharedKeys)
        }
        let profile = try ProfileUpdate(store: store, old: old, part: content, records: records).profile()
        return FinishedGeneration(
            content: content, base: store.generation, outcome: outcome,
            appended: FinishedGeneration.Appended(store: store, tables: records, profile: profile))
    }

    /// Ascending numbers as ranges.
    private func ranges(of numbers: some Sequence<UInt32>) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for number in numbers.lazy.map({ Int($0) }) {
            if let last = ranges.last, last.upperBound == number {
                ranges[ranges.count - 1] = last.lowerBound..<(number + 1)
            } else {
                ranges.append(number..<(number + 1))
            }
        }
        return ranges
    }

    /// Gives the import's rows and properties to a builder that has the customers' old rows.
    private func replay(into builder: StoreBuilder) throws {
        var customers = [Int](repeating: -1, count: known.count)
        for customer in order { customers[customer] = builder.customer(day.customerIDs.text(customer)) }
        for table in day.tables {
            let position = try builder.table(table.name, columns: table.columns.map(\.spec), keys: table.keys)
            for (customer, (start, end)) in zip(table.offsets, table.offsets.dropFirst()).enumerated() {
                for row in Int(start)..<Int(end) {
                    try builder.append(
                        table: position, customer: customers[customer],
                        timestamp: Instant(microseconds: table.timestamps[row]),
                        cells: table.columns.map { $0.cell(row) })
                }
            }
        }
        for property in day.properties {
            let taken = cleared[property.spec.name] ?? []
            for customer in order {
                let cell = property.cell(customer)
                if cell != .missing || taken.contains(customer) {
                    try builder.setProperty(property.spec, of: customers[customer], to: cell)
                }
            }
        }
    }

    /// The event types of the generation: those of the store with the rows that are new, and new ones.
    private func records(_ content: GenerationContent, _ old: GenerationContent) -> [TableRecord] {
        content.tables.enumerated().map { position, table in
            let record = TableRecord(table)
            guard store.records.indices.contains(position) else { return record }
            var joined = store.records[position].joined(with: record)
            // The old rows of the part's customers are in both.
            joined.rows -= old.tables[position].timestamps.count
            return joined
        }
    }
}

extension GenerationContent {
    /// By customer: whether there are rows or properties, or one that is taken away.
    fileprivate func customersWithSomething(_ cleared: [String: Set<Int>]) -> [Bool] {
        var hasSomething = [Bool](repeating: false, count: customerIDs.count)
        for table in tables {
            for customer in hasSomething.indices where table.offsets[customer] < table.offsets[customer + 1] {
                hasSomething[customer] = true
            }
        }
        for property in properties {
            for customer in hasSomething.indices where property.cell(customer) != .missing {
                hasSomething[customer] = true
            }
        }
        for customer in cleared.values.joined() { hasSomething[customer] = true }
        return hasSomething
    }
}

extension ColumnContent {
    /// The value in a row.
    func cell(_ row: Int) -> Cell {
        switch cells {
        case .text(let codes, let texts):
            codes[row] == 0 ? .missing : .text(texts.text(Int(codes[row]) - 1))
        case .decimal(let units, let scale):
            units[row] == missingWord ? .missing : .decimal(ExactDecimal(units: Int128(units[row]), scale: scale))
        case .instant(let cells):
            cells[row] == missingWord ? .missing : .instant(Instant(microseconds: cells[row]))
        }
    }
}
