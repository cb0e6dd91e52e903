import Diagnostics
import Quantities

/// The rows of one event type while they are collected, in order of import.
final class TableBuilder {
    let name: String
    let keys: KeySpec
    private(set) var columns: [ColumnBuilder] = []
    private var positions: [String: Int] = [:]
    /// The columns that the cells of the next rows belong to.
    private var layout: [ColumnBuilder] = []
    /// Words of the row being added, kept to save the allocation.
    private var words: [Int64] = []

    /// Whose the rows are and when they happened, in parts like those of the columns.
    private(set) var parts: [(customers: [UInt32], timestamps: [Int64])] = []
    /// After the parts.
    private var customers: [UInt32] = []
    private var timestamps: [Int64] = []
    private(set) var rowCount = 0
    /// Rows that were given away.
    private(set) var rowsTaken = 0
    /// Rows that the extended generation had.
    let rowsBefore: Int
    private(set) var owners = KeyOwners()

    init(_ name: String, keys: KeySpec) {
        self.name = name
        self.keys = keys
        rowsBefore = 0
    }

    /// Goes on from a stored table, whose files are read whole.
    ///
    /// Its rows come before all others, so that those of the same customer and time stay in the order they have.
    init(extending table: EventTable) throws {
        name = table.name
        keys = table.keys
        rowsBefore = table.rowCount
        rowCount = rowsBefore
        customers.reserveCapacity(table.rowCount)
        let offsets = try table.offsets.array
        for (customer, (start, end)) in zip(offsets, offsets.dropFirst()).enumerated() {
            customers.append(contentsOf: repeatElement(UInt32(customer), count: Int(end - start)))
        }
        timestamps = try table.timestamps.array
        for spec in table.columnSpecs {
            guard let column = try table.column(spec.name) else { preconditionFailure("a column that is listed only") }
            add(ColumnBuilder(spec, label: label(spec), extending: column))
        }
        if let keyColumn, let stored = try table.columns.owners?.value {
            owners = KeyOwners(stored, keys: keyColumn.codes, of: customers)
        }
    }

    /// The column of purchase keys.
    var keyColumn: ColumnBuilder? { column(keys.key) }

    func column(_ name: String?) -> ColumnBuilder? { position(name).map { columns[$0] } }

    func position(_ name: String?) -> Int? { name.flatMap { positions[$0] } }

    private func label(_ spec: ColumnSpec) -> String { "column '\(spec.name)' of event type '\(name)'" }

    private func add(_ column: ColumnBuilder) {
        column.isKey = column.spec.name == keys.key
        positions[column.spec.name] = columns.count
        columns.append(column)
    }

    /// Says which columns the next rows have; adds those not known yet.
    func setLayout(_ specs: [ColumnSpec]) throws {
        var conflicts: [Diagnostic] = []
        for spec in specs {
            guard let known = column(spec.name), known.spec.type != spec.type else { continue }
            conflicts.append(
                Diagnostic(
                    .error, .columnTypeConflict,
                    "\(label(spec)) holds values of type \(known.spec.type.rawValue), not \(spec.type.rawValue)"))
        }
        if !conflicts.isEmpty { throw DiagnosticList(conflicts) }
        layout = []
        for spec in specs {
            if column(spec.name) == nil { add(ColumnBuilder(spec, label: label(spec))) }
            guard let column = column(spec.name) else { preconditionFailure("a column that was just added") }
            precondition(!layout.contains { $0 === column }, "\(label(spec)) stands twice in one layout")
            layout.append(column)
        }
        try checkKeys()
    }

    /// What `keys` names must be there and have its type.
    private func checkKeys() throws {
        var findings: [Diagnostic] = []
        func check(_ role: String, _ column: String?, _ type: ColumnType) {
            guard let column, self.column(column)?.spec.type != type else { return }
            let found = self.column(column).map { "has type \($0.spec.type.rawValue)" } ?? "is not mapped"
            findings.append(
                Diagnostic(
                    .error, .keyColumnUnusable,
                    "column '\(column)', the \(role) of event type '\(name)', \(found); it must be \(type.rawValue)",
                    hints: self.column(column) == nil ? didYouMean(column, among: positions.keys.sorted()) : []))
        }
        check("key", keys.key, .text)
        check("amount", keys.amount, .decimal)
        check("parent", keys.parent, .text)
        check("reference", keys.refersTo?.column, .text)
        if !findings.isEmpty { throw DiagnosticList(findings) }
    }

    /// Throws what `append` would throw; nothing of the row is kept.
    func check(timestamp: Instant, cells: [Cell]) throws {
        try checkRoom(timestamp)
        for (column, cell) in zip(layout, cells) { try column.check(cell) }
    }

    private func checkRoom(_ timestamp: Instant) throws {
        let rows = rowsTaken + rowCount
        guard rows < TableBuilder.maximumRows else {
            throw Diagnostic(.error, .storeFull, "event type '\(name)' has \(rows) rows and can hold no more")
        }
        guard timestamp.microseconds.magnitude < TableBuilder.timestampLimit else {
            throw Diagnostic(
                .error, .valueOutOfRange,
                "event type '\(name)': the timestamp \(timestamp.microseconds) is too far from 1970")
        }
    }

    func append(customer: Int, timestamp: Instant, cells: [Cell]) throws {
        precondition(cells.count == layout.count, "\(cells.count) cells for \(layout.count) columns of '\(name)'")
        try checkRoom(timestamp)
        words.removeAll(keepingCapacity: true)
        for (column, cell) in zip(layout, cells) { words.append(try column.prepare(cell)) }
        for position in cells.indices {
            layout[position].pad(to: rowCount)
            layout[position].append(cells[position], words[position])
        }
        customers.append(UInt32(customer))
        timestamps.append(timestamp.microseconds)
        rowCount += 1
        if let keyColumn {
            keyColumn.pad(to: rowCount)
            owners.note(keyColumn.lastCode, of: UInt32(customer))
        }
    }

    /// Who has the key and had it first.
    func customer(ofKey key: some Sequence<UInt8>) -> Int? {
        keyColumn?.texts.find(key).flatMap { owners.first(of: $0) }
    }

    private static let maximumRows = Int(UInt32.max)

    /// Timestamps are nearer to 1970 than this, so that the time between two of them is a number of 64 bits too.
    private static let timestampLimit: Int64 = 1 << 62
}

// MARK: - Batches

extension TableBuilder {
    /// Whether all rows of the batch can be added.
    func takes(_ batch: TableBatch) -> Bool {
        precondition(batch.columns.count == layout.count, "the columns of a batch are those of the layout")
        guard rowsTaken + rowCount + batch.timestamps.count < TableBuilder.maximumRows,
            batch.span.map({ max($0.lowerBound.magnitude, $0.upperBound.magnitude) }) ?? 0 < TableBuilder.timestampLimit
        else { return false }
        return batch.columns.indices.allSatisfy { layout[$0].takes(batch.columns[$0], largest: batch.largest[$0]) }
    }

    /// Adds the rows of a batch that `takes` said yes to; `customerOfCode` by the batch's codes.
    func append(_ batch: TableBatch, customerOfCode: [UInt32]) {
        close()
        let rows = batch.timestamps.count
        let customers = replaced(batch.customers, by: customerOfCode)
        let keyColumn = keyColumn
        for (position, column) in layout.enumerated() {
            let cells = batch.columns[position]
            column.append(cells, largest: batch.largest[position], rows: rows, from: rowCount)
            guard column === keyColumn, case .text(let batchCodes, _) = cells, let codes = column.parts.last?.codes
            else { continue }
            if let spilled = batch.keyOwners {
                owners.note(codes, batchCodes, spilled) { customerOfCode[Int($0)] }
            }
            owners.note(codes, of: customers, codeCount: column.texts.count)
        }
        parts.append((customers, batch.timestamps))
        rowCount += rows
    }

    private func close() {
        if !timestamps.isEmpty { parts.append((customers, timestamps)) }
        customers = []
        timestamps = []
    }

    /// Gives whose the rows are and when they happened, which the builder forgets.
    func takeParts() -> [(customers: [UInt32], timestamps: [Int64])] {
        close()
        defer { parts = [] }
        return parts
    }

    /// The same while more rows will come: the columns' cells are to be taken as well.
    func takeRows() -> [(customers: [UInt32], timestamps: [Int64])] {
        rowsTaken += rowCount
        rowCount = 0
        owners = KeyOwners()
        return takeParts()
    }

    /// What it takes of memory.
    var heldBytes: Int { rowCount * 12 + owners.heldBytes + columns.reduce(0) { $0 + $1.heldBytes } }

    /// An empty table with the same columns, for some of the rows that this one had.
    func emptied() throws -> TableBuilder {
        let table = TableBuilder(name, keys: keys)
        try table.setLayout(columns.map(\.spec))
        for (column, other) in zip(table.columns, columns) { column.adoptScale(of: other) }
        return table
    }
}

/// Who has the purchase keys of a table, by code.
struct KeyOwners {
    /// By code: the customer who had the key first, plus one; 0 for nobody. The highest bit, which no customer needs,
    /// says that another one has it as well.
    private var marks: [UInt32] = [0]
    private static let sharedMark: UInt32 = 1 << 31
    /// Keys that more than one customer has.
    private(set) var sharedKeys = 0
    /// No key has more than one row.
    private(set) var areUnique = true
    /// By code, of spilled rows: smaller ones had the key before others, in whichever partition. Empty without any.
    private var ranks: [UInt32] = []

    init() {}

    var heldBytes: Int { (marks.capacity + ranks.capacity) * 4 }

    /// Goes on from a stored table: by code - 1 who had the key first, the keys of its rows, and whose they are.
    init(_ stored: [UInt32], keys: [UInt32], of customers: [UInt32]) {
        marks += stored.map { $0 + 1 }
        areUnique = stored.isEmpty
        note(keys, of: customers, codeCount: Int(keys.max() ?? 0))
    }

    func first(of code: UInt32) -> Int? {
        // A text without an owner was interned for a row that was refused.
        guard code < marks.count, owner(code) > 0 else { return nil }
        return Int(owner(code)) - 1
    }

    private func owner(_ code: UInt32) -> UInt32 { marks[Int(code)] & ~KeyOwners.sharedMark }

    /// Notes whose the keys of rows are; code 0 is no key.
    ///
    /// - Parameter codeCount: the highest code there is.
    mutating func note(_ codes: [UInt32], of customers: [UInt32], codeCount: Int) {
        makeRoom(for: UInt32(codeCount))
        var (shared, areUnique) = (0, true)
        var span = marks.mutableSpan
        for (row, code) in codes.enumerated() where code != 0 {
            let (known, owner) = (span[Int(code)], customers[row] + 1)
            if known == 0 {
                span[Int(code)] = owner
                continue
            }
            areUnique = false
            if known & KeyOwners.sharedMark == 0, known != owner {
                span[Int(code)] = known | KeyOwners.sharedMark
                shared += 1
            }
        }
        sharedKeys += shared
        self.areUnique = self.areUnique && areUnique
    }

    /// Notes who had the keys of spilled rows first, before whose they are is noted.
    ///
    /// - Parameter customer: by the batch's codes.
    mutating func note(
        _ codes: [UInt32], _ batchCodes: [UInt32], _ spilled: SpilledOwners, customer: (UInt32) -> UInt32
    ) {
        for (row, code) in codes.enumerated() where code != 0 {
            makeRoom(for: code)
            if Int(code) >= ranks.count {
                ranks.append(contentsOf: repeatElement(0, count: Int(code) + 1 - ranks.count))
            }
            let mark = spilled.marks[Int(batchCodes[row]) - 1]
            let rank = spilled.run << 1 | (mark & 1)
            let known = self.owner(code)
            if known != 0, ranks[Int(code)] <= rank { continue }
            let owner = customer(mark >> 1) + 1
            let wasShared = isShared(code)
            marks[Int(code)] = owner | marks[Int(code)] & KeyOwners.sharedMark
            if known != 0, known != owner, !wasShared { share(code) }
            ranks[Int(code)] = rank
            areUnique = false
        }
    }

    /// All rows were spilled.
    var hasRanks: Bool { !ranks.isEmpty }

    func rank(of code: UInt32) -> UInt32 { ranks[Int(code)] }

    /// Whether more than one customer has the key.
    func isShared(_ code: UInt32) -> Bool { marks[Int(code)] & KeyOwners.sharedMark != 0 }

    private mutating func share(_ code: UInt32) {
        marks[Int(code)] |= KeyOwners.sharedMark
        sharedKeys += 1
    }

    private mutating func makeRoom(for code: UInt32) {
        // Codes come in order of first sight, but those of a stored generation do not.
        let missing = Int(code) + 1 - marks.count
        guard missing > 0 else { return }
        marks.append(contentsOf: repeatElement(0, count: missing))
    }

    mutating func note(_ code: UInt32, of customer: UInt32) {
        guard code != 0 else { return }
        makeRoom(for: code)
        if marks[Int(code)] == 0 {
            marks[Int(code)] = customer + 1
            return
        }
        areUnique = false
        if owner(code) != customer + 1, !isShared(code) { share(code) }
    }
}
