import Diagnostics
import Quantities

/// The parts of a generation as one: every customer with the rows that the newest part with the customer has.
///
/// Nothing is copied. A column of the generation is made of runs of the parts' columns, in order of the customers, so
/// whoever reads it sees no parts; it costs a little more for each customer of a later part.
final class PartJoin: Sendable {
    let parts: [StorePart]
    let customerCount: Int
    /// Runs of customers, by part, in order of their indices.
    private let places: Lazy<[CustomerRun]>
    private let customerRuns: Lazy<RowRuns>

    /// Customers that follow one another in a part too.
    struct CustomerRun {
        var part: Int
        /// Their position in the part.
        var start: Int
        var count: Int
    }

    /// - Parameter parts: oldest first, at least one; the first has its customers without gaps.
    init(_ parts: [StorePart]) {
        self.parts = parts
        let count = parts.reduce(0) { $0 + $1.ids.count }
        customerCount = count
        let places = Lazy<[CustomerRun]> { try PartJoin.places(parts, customers: count) }
        self.places = places
        customerRuns = Lazy {
            RowRuns(try places.value.map { RowRuns.Run(source: $0.part, start: $0.start, count: $0.count) })
        }
    }

    /// Whether the one part is all there is.
    var isSingle: Bool { parts.count == 1 }

    private static func places(_ parts: [StorePart], customers: Int) throws -> [CustomerRun] {
        // Customers of later parts, each with the newest of them.
        var newest: [(customer: Int, part: Int, position: Int)] = []
        for (part, members) in try parts.map({ try $0.members?.value }).enumerated().dropFirst() {
            guard let members else { preconditionFailure("a later part names its customers") }
            var merged: [(customer: Int, part: Int, position: Int)] = []
            merged.reserveCapacity(newest.count + members.count)
            var old = newest[...]
            for (position, customer) in members.array.enumerated() {
                while let first = old.first, first.customer < Int(customer) { merged.append(old.removeFirst()) }
                if old.first?.customer == Int(customer) { old.removeFirst() }
                merged.append((Int(customer), part, position))
            }
            newest = merged + old
        }
        func damaged(_ what: String) -> Diagnostic { storeDamaged(parts[parts.count - 1].folder, what) }
        var runs: [CustomerRun] = []
        var next = 0
        func takeBase(upTo end: Int) throws {
            guard end <= parts[0].customerCount || end == next else {
                throw damaged("no part has the customer \(next)")
            }
            if end > next { runs.append(CustomerRun(part: 0, start: next, count: end - next)) }
        }
        for (customer, part, position) in newest {
            guard customer >= next, customer < customers else {
                throw damaged("a part has the customer \(customer) out of order")
            }
            try takeBase(upTo: customer)
            next = customer + 1
            if let last = runs.last, last.part == part, last.start + last.count == position {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(CustomerRun(part: part, start: position, count: 1))
            }
        }
        try takeBase(upTo: customers)
        return runs
    }

    // MARK: - Customers

    /// Customers that later parts have, as ascending ranges.
    func laterCustomers() throws -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var customer = 0
        for run in try places.value {
            let range = customer..<(customer + run.count)
            customer = range.upperBound
            if run.part == 0 { continue }
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }

    /// Ids of all customers.
    func ids() throws -> TextDictionary { TextDictionary(try parts.map { try $0.ids.segment.value }) }

    /// Names, types and digits of the properties, oldest first.
    var properties: ColumnSet { columns(parts.map(\.properties), rows: parts.map(\.customerCount), customerRuns) }

    // MARK: - Tables

    /// - Parameter position: of the event type.
    func table(_ position: Int, _ record: TableRecord) -> EventTable {
        // An event type that a part does not know has no rows in it.
        let tables = parts.map {
            $0.tables.indices.contains(position) ? $0.tables[position] : PartTable($0.customerCount)
        }
        let isSingle = isSingle
        let runs = Lazy<RowRuns> { [places] in
            let offsets = try tables.map { try $0.offsets.value }
            return RowRuns(
                try places.value.map { run in
                    let start = Int(offsets[run.part][run.start])
                    return RowRuns.Run(
                        source: run.part, start: start,
                        count: Int(offsets[run.part][run.start + run.count]) - start)
                })
        }
        func joined<Element>(
            _ column: @escaping @Sendable (PartTable) throws -> Cells<Element>
        ) -> Lazy<Cells<Element>> {
            Lazy {
                if isSingle { return try column(tables[0]) }
                return Cells(JoinedColumn(try runs.value, try tables.map { try column($0).column }))
            }
        }
        let folder = parts[parts.count - 1].folder
        let offsets = Lazy<Cells<UInt32>> { [places] in
            if isSingle { return try tables[0].offsets.value }
            let offsets = try PartJoin.offsets(try tables.map { try $0.offsets.value }, places.value)
            guard Int(offsets[offsets.count - 1]) == record.rows else {
                throw storeDamaged(folder, "the rows of '\(record.name)' do not add up to \(record.rows)")
            }
            return offsets
        }
        let timestamps = joined { try $0.timestamps.value }
        var purchases: Lazy<PurchaseStates>?
        if record.keys.key != nil || record.keys.amount != nil {
            let hasParents = record.keys.parent != nil
            func states<Element>(
                _ column: @escaping @Sendable (PurchaseStates) -> Cells<Element>?
            ) -> Lazy<Cells<Element>> {
                joined { table in
                    guard let states = try table.purchases?.value, let cells = column(states) else {
                        preconditionFailure("a table with keys has purchases")
                    }
                    return cells
                }
            }
            let (ordinals, ages, lags) = (states { $0.ordinals }, states { $0.ages }, states { $0.lags })
            let (refunds, parents) = (states { $0.refunds }, states { $0.parents })
            purchases = Lazy {
                if isSingle, let states = try tables[0].purchases?.value { return states }
                return PurchaseStates(
                    isPlain: record.isPlain, ordinals: try ordinals.value, ages: try ages.value,
                    lags: try lags.value, refunds: try refunds.value,
                    parents: hasParents ? try parents.value : nil, timestamps: try timestamps.value)
            }
        }
        return EventTable(
            name: record.name, keys: record.keys, rowCount: record.rows, span: record.span, isPlain: record.isPlain,
            columns: EventTable.Columns(
                offsets: offsets, timestamps: timestamps, purchases: purchases,
                referred: record.keys.refersTo == nil
                    ? nil : joined { try $0.referred?.value ?? Cells(repeating: -1, count: $0.rowCount) },
                owners: record.keys.key.map { key in Lazy { [parts] in try PartJoin.owners(parts, tables, key: key) } },
                attributes: columns(tables.map(\.columns), rows: tables.map(\.rowCount), runs)))
    }

    /// The offsets of all customers' rows, where the rows are those of the parts in order of the customers.
    private static func offsets(_ offsets: [Cells<UInt32>], _ places: [CustomerRun]) -> Cells<UInt32> {
        var runs: [RowRuns.Run] = []
        var addends: [Int64] = []
        var row = 0
        for run in places {
            let start = Int(offsets[run.part][run.start])
            runs.append(RowRuns.Run(source: run.part, start: run.start, count: run.count))
            addends.append(Int64(row - start))
            row += Int(offsets[run.part][run.start + run.count]) - start
        }
        // The end of the last customer's rows.
        runs.append(RowRuns.Run(source: offsets.count, start: 0, count: 1))
        addends.append(0)
        let end = PackedColumn.constant(Int64(row), count: 1)
        return Cells(JoinedColumn(RowRuns(runs, areJoined: false), offsets.map(\.column) + [end], addends: addends))
    }

    /// By key code - 1: the customer who had the key first, in order of import.
    private static func owners(_ parts: [StorePart], _ tables: [PartTable], key: String) throws -> [UInt32] {
        var owners: [UInt32] = []
        for (part, table) in zip(parts, tables) {
            guard let stored = try table.owners?.value.array,
                case .text(let codes, _, _) = table.columns.first(where: { $0.spec.name == key })?.cells
            else { continue }
            let before = owners.count
            let (offsets, members) = (try table.offsets.value.array, try part.members?.value.array)
            var customer = 0
            // The part's own keys are numbered in the order of its rows.
            for (row, code) in try codes.value.array.enumerated() where Int(code) > owners.count {
                while Int(offsets[customer + 1]) <= row { customer += 1 }
                let owner = stored[Int(code) - before - 1]
                owners.append(owner == 0 ? members?[customer] ?? UInt32(customer) : owner - 1)
            }
        }
        return owners
    }

    // MARK: - Named columns

    /// The columns that any part has, by position; a part without one has no value in it.
    private func columns(_ columns: [[PartColumn]], rows: [Int], _ runs: Lazy<RowRuns>) -> ColumnSet {
        let isSingle = isSingle
        let all = columns.max { $0.count < $1.count } ?? []
        return ColumnSet(
            all.indices.map { position in
                let parts = columns.map { $0.indices.contains(position) ? $0[position] : nil }
                let scale = parts.compactMap { $0?.scale }.max() ?? 0
                let column = Lazy<StoredColumn> {
                    func joined<Element>(_ cells: [Cells<Element>], factors: [Int64] = []) throws -> Cells<Element> {
                        if isSingle { return cells[0] }
                        return Cells(JoinedColumn(try runs.value, cells.map(\.column), factors: factors))
                    }
                    if all[position].spec.type == .text {
                        let codes = try joined(
                            try zip(parts, rows).map { try $0?.codes() ?? Cells(repeating: 0, count: $1) })
                        let texts = try parts.compactMap { try $0?.texts?.segment.value }
                        return .text(codes: codes, dictionary: TextDictionary(texts))
                    }
                    let words = try joined(
                        try zip(parts, rows).map { try $0?.words() ?? Cells(repeating: missingWord, count: $1) },
                        factors: parts.map { Int64(clamping: ExactDecimal.power(scale - ($0?.scale ?? scale))) })
                    return all[position].spec.type == .decimal
                        ? .decimal(units: words, scale: scale) : .instant(microseconds: words)
                }
                return (all[position].spec, scale, column)
            })
    }
}

extension PartColumn {
    fileprivate func codes() throws -> EventStores.Cells<UInt32>? {
        if case .text(let codes, _, _) = cells { try codes.value } else { nil }
    }

    fileprivate func words() throws -> EventStores.Cells<Int64>? {
        if case .words(let words) = cells { try words.value } else { nil }
    }

    var texts: PartTexts? { if case .text(_, let texts, _) = cells { texts } else { nil } }

    var counts: PartCounts? { if case .text(_, _, let counts) = cells { counts } else { nil } }
}

extension PartTable {
    /// An event type that a part does not know.
    fileprivate init(_ customers: Int) {
        rowCount = 0
        isPlain = true
        offsets = Lazy(Cells(repeating: 0, count: customers + 1))
        timestamps = Lazy(Cells([]))
        purchases = Lazy { [offsets] in
            PurchaseStates(plainOffsets: try offsets.value, timestamps: Cells([]), hasParents: true)
        }
        referred = nil
        owners = nil
        sharedKeys = nil
        columns = []
    }
}
