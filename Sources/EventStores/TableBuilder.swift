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

    private(set) var customers: [UInt32] = []
    private(set) var timestamps: [Int64] = []
    /// Rows that the extended generation had.
    let rowsBefore: Int

    /// By key code - 1: who first had the key; `nobody` where its rows were refused.
    private var owners: [UInt32] = []
    private static let nobody = UInt32.max

    /// Timestamps are nearer to 1970 than this, so that the time between two of them is a number of 64 bits too.
    private static let timestampLimit: Int64 = 1 << 62

    init(_ name: String, keys: KeySpec) {
        self.name = name
        self.keys = keys
        rowsBefore = 0
    }

    /// Goes on from a stored table, whose files are read whole.
    init(extending table: EventTable) throws {
        name = table.name
        keys = table.keys
        rowsBefore = table.rowCount
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
        if let keyColumn, let stored = try table.columns.owners?.value.array {
            // Codes are numbered in the order of the rows.
            for (row, code) in keyColumn.codes.enumerated() where Int(code) > owners.count {
                owners.append(stored[Int(code) - 1] == 0 ? customers[row] : stored[Int(code) - 1] - 1)
            }
        }
    }

    /// The column of purchase keys.
    var keyColumn: ColumnBuilder? { column(keys.key) }

    func column(_ name: String?) -> ColumnBuilder? { name.flatMap { positions[$0] }.map { columns[$0] } }

    private func label(_ spec: ColumnSpec) -> String { "column '\(spec.name)' of event type '\(name)'" }

    private func add(_ column: ColumnBuilder) {
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

    func append(customer: Int, timestamp: Instant, cells: [Cell]) throws {
        precondition(cells.count == layout.count, "\(cells.count) cells for \(layout.count) columns of '\(name)'")
        let row = customers.count
        guard row < UInt32.max else {
            throw Diagnostic(.error, .storeFull, "event type '\(name)' has \(row) rows and can hold no more")
        }
        guard timestamp.microseconds.magnitude < TableBuilder.timestampLimit else {
            throw Diagnostic(
                .error, .valueOutOfRange,
                "event type '\(name)': the timestamp \(timestamp.microseconds) is too far from 1970")
        }
        words.removeAll(keepingCapacity: true)
        for (column, cell) in zip(layout, cells) { words.append(try column.prepare(cell)) }
        for position in cells.indices {
            layout[position].pad(to: row)
            layout[position].append(cells[position], words[position])
        }
        customers.append(UInt32(customer))
        timestamps.append(timestamp.microseconds)
        if let keyColumn {
            keyColumn.pad(to: row + 1)
            noteOwner(of: keyColumn.codes[row], customers[row])
        }
    }

    private func noteOwner(of code: UInt32, _ customer: UInt32) {
        guard code > 0 else { return }
        if code > owners.count {
            owners.append(contentsOf: repeatElement(TableBuilder.nobody, count: Int(code) - owners.count))
        }
        if owners[Int(code) - 1] == TableBuilder.nobody { owners[Int(code) - 1] = customer }
    }

    /// Who first (by import order) had a row with that key.
    func customer(ofKey key: some Sequence<UInt8>) -> Int? {
        guard let code = keyColumn?.texts.find(key) else { return nil }
        // A text without an owner was interned for a row that was refused.
        guard code <= owners.count, owners[Int(code) - 1] != TableBuilder.nobody else { return nil }
        return Int(owners[Int(code) - 1])
    }

    /// Brings the rows into stored order, without repeats.
    func reorder(_ rows: [UInt32]) {
        customers = customers.reordered(rows)
        timestamps = timestamps.reordered(rows)
        for column in columns { column.reorder(rows) }
    }

    /// The rows, which must be in stored order.
    func content(
        offsets: [UInt32], purchases: PurchaseContent?, referred: [Int32]?
    ) -> TableContent {
        let keyColumn = keyColumn
        let keyNumbering = keyColumn?.numbering
        let contents = columns.map { column in
            if let keyNumbering, column === keyColumn { column.content(keyNumbering) } else { column.content }
        }
        return TableContent(
            name: name, keys: keys, offsets: offsets, timestamps: timestamps, columns: contents, purchases: purchases,
            referred: referred, owners: keyNumbering.map { ownersStored($0) })
    }

    /// As `TableContent.owners`.
    private func ownersStored(_ keys: TextNumbering) -> [UInt32] {
        var stored: [UInt32] = []
        stored.reserveCapacity(keys.oldCodes.count)
        for (row, code) in keys.codes.enumerated() where Int(code) > stored.count {
            let owner = owners[Int(keys.oldCodes[stored.count]) - 1]
            stored.append(owner == customers[row] ? 0 : owner + 1)
        }
        return stored
    }

    func padColumns() {
        for column in columns { column.pad(to: customers.count) }
    }
}
