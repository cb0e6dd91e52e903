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
        guard rowCount < TableBuilder.maximumRows else {
            throw Diagnostic(.error, .storeFull, "event type '\(name)' has \(rowCount) rows and can hold no more")
        }
        guard timestamp.microseconds.magnitude < TableBuilder.timestampLimit else {
            throw Diagnostic(
                .error, .valueOutOfRange,
                "event type '\(name)': the timestamp \(timestamp.microseconds) is too far from 1970")
        }
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
        guard rowCount + batch.timestamps.count < TableBuilder.maximumRows,
            batch.timestamps.allSatisfy({ $0.magnitude < TableBuilder.timestampLimit })
        else { return false }
        return zip(layout, batch.columns).allSatisfy { $0.takes($1) }
    }

    /// Adds the rows of a batch that `takes` said yes to; `customerOfCode` by the batch's codes.
    func append(_ batch: TableBatch, customerOfCode: [UInt32]) {
        close()
        let rows = batch.timestamps.count
        var customers = batch.customers
        var span = customers.mutableSpan
        for row in span.indices { span[row] = customerOfCode[Int(span[row])] }
        let keyColumn = keyColumn
        for (column, cells) in zip(layout, batch.columns) {
            let codes = column.append(cells, rows: rows, from: rowCount)
            if let codes, column === keyColumn { owners.note(codes, of: customers) }
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
}

/// Who has the purchase keys of a table, by code.
struct KeyOwners {
    /// By code: the customer who had the key first, plus one; 0 for nobody.
    private var firstOwners: [UInt32] = [0]
    private var isShared: [Bool] = [false]

    init() {}

    /// Goes on from a stored table: by code - 1 who had the key first, the keys of its rows, and whose they are.
    init(_ stored: [UInt32], keys: [UInt32], of customers: [UInt32]) {
        firstOwners += stored.map { $0 + 1 }
        isShared += stored.map { _ in false }
        note(keys, of: customers)
    }

    /// Keys that more than one customer has.
    var sharedKeys: Int { isShared.count { $0 } }

    func first(of code: UInt32) -> Int? {
        // A text without an owner was interned for a row that was refused.
        guard code < firstOwners.count, firstOwners[Int(code)] > 0 else { return nil }
        return Int(firstOwners[Int(code)]) - 1
    }

    /// Notes whose the keys of rows are; code 0 is no key.
    mutating func note(_ codes: [UInt32], of customers: [UInt32]) {
        for (row, code) in codes.enumerated() where code != 0 { note(code, of: customers[row]) }
    }

    mutating func note(_ code: UInt32, of customer: UInt32) {
        guard code != 0 else { return }
        if code >= firstOwners.count {
            // Codes come in order of first sight, but those of a stored generation do not.
            let missing = Int(code) + 1 - firstOwners.count
            firstOwners.append(contentsOf: repeatElement(0, count: missing))
            isShared.append(contentsOf: repeatElement(false, count: missing))
        }
        if firstOwners[Int(code)] == 0 {
            firstOwners[Int(code)] = customer + 1
        } else if firstOwners[Int(code)] != customer + 1 {
            isShared[Int(code)] = true
        }
    }
}
