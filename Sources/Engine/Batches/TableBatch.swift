import EventStores
import Quantities
import Queries

/// The columns of a table that an evaluation reads, each once: conditions and dimensions name them by slot.
final class ColumnSlots {
    private(set) var columns: [StoredColumn] = []
    private var positions: [String: Int] = [:]
    private let find: (String) throws -> StoredColumn?

    init(_ find: @escaping (String) throws -> StoredColumn?) {
        self.find = find
    }

    /// The slot of a column, given on first use; nil where the table has none of that name.
    func slot(_ name: String) throws -> Int? {
        if let known = positions[name] { return known }
        guard let column = try find(name) else { return nil }
        positions[name] = columns.count
        columns.append(column)
        return columns.count - 1
    }
}

/// The cells of some rows, column by column, copied from the store when they are first asked for.
final class ColumnBatch {
    private let columns: [StoredColumn]
    private var codeLanes: [Lanes<UInt32>]
    private var wordLanes: [Lanes<Int64>]
    private var byteLanes: [Lanes<UInt8>]
    private var isLoaded: [Bool]
    private var hasBytes: [Bool]
    private let fitsBytes: [Bool]
    private(set) var rows = 0..<0

    init(_ columns: [StoredColumn]) {
        self.columns = columns
        byteLanes = Array(repeating: Lanes(), count: columns.count)
        hasBytes = Array(repeating: false, count: columns.count)
        fitsBytes = columns.map { if case .text(_, let dictionary) = $0 { dictionary.count <= 255 } else { false } }
        codeLanes = Array(repeating: Lanes(), count: columns.count)
        wordLanes = Array(repeating: Lanes(), count: columns.count)
        isLoaded = Array(repeating: false, count: columns.count)
    }

    func move(to rows: Range<Int>) {
        self.rows = rows
        for slot in isLoaded.indices { (isLoaded[slot], hasBytes[slot]) = (false, false) }
    }

    /// The dictionary codes of a text column with so few texts that a byte holds each of them; nil for other columns.
    func bytes(_ slot: Int) -> Lanes<UInt8>? {
        guard fitsBytes[slot], case .text(let cells, _) = columns[slot] else { return nil }
        if !hasBytes[slot] {
            byteLanes[slot].reserve(rows.count)
            unsafe byteLanes[slot].withAddress { unsafe cells.copyBytes(rows, to: $0) }
            hasBytes[slot] = true
        }
        return byteLanes[slot]
    }

    /// Looks the codes of a text column up in a table, which has an entry for each of them.
    func translate<Value: BitwiseCopyable>(_ slot: Int, by table: [Value], into lanes: Lanes<Value>) {
        if let codes = bytes(slot) {
            translated(codes, rows.count, by: table, into: lanes)
        } else {
            translated(codes(slot), rows.count, by: table, into: lanes)
        }
    }

    /// Dictionary codes of a text column, 0 for missing.
    func codes(_ slot: Int) -> Lanes<UInt32> {
        guard case .text(let cells, _) = columns[slot] else { preconditionFailure("slot \(slot) is no text") }
        if !isLoaded[slot] {
            codeLanes[slot].load(cells, rows)
            isLoaded[slot] = true
        }
        return codeLanes[slot]
    }

    /// Units or microseconds, `Int64.min` for missing.
    func words(_ slot: Int) -> Lanes<Int64> {
        if !isLoaded[slot] {
            switch columns[slot] {
            case .decimal(let cells, _), .instant(let cells): wordLanes[slot].load(cells, rows)
            case .text: preconditionFailure("slot \(slot) is text")
            }
            isLoaded[slot] = true
        }
        return wordLanes[slot]
    }

    func isText(_ slot: Int) -> Bool { if case .text = columns[slot] { true } else { false } }
}

/// The rows of one event type that the customers of a batch have.
final class TableBatch {
    private let source: EvaluationPlan.TableColumns
    let columns: ColumnBatch
    /// `offsets[c] ..< offsets[c + 1]` are the lanes of the batch's customer `c`.
    private(set) var offsets = Lanes<UInt32>()
    private(set) var timestamps = Lanes<Int64>()
    private(set) var rows = 0..<0
    private var ownerLanes = Lanes<Int32>()
    private var hasOwners = false
    private var customers = 0

    var count: Int { rows.count }

    init(_ source: EvaluationPlan.TableColumns) {
        self.source = source
        columns = ColumnBatch(source.columns)
    }

    func move(to customers: Range<Int>) {
        offsets.load(source.offsets, customers.lowerBound..<(customers.upperBound + 1))
        let offsets = offsets
        let first = offsets[0]
        let last = offsets[customers.count]
        rows = Int(first)..<Int(last)
        for customer in 0...customers.count { offsets[customer] &-= first }
        timestamps.load(source.timestamps, rows)
        columns.move(to: rows)
        (self.customers, hasOwners) = (customers.count, false)
    }

    /// The customer of each row. Made by adding up marks at the customers' first rows: a loop over the rows of each
    /// customer would mispredict its end once a customer.
    var owners: Lanes<Int32> {
        if hasOwners { return ownerLanes }
        let count = count
        ownerLanes.reserve(count + 1)
        let (owners, offsets) = (ownerLanes, offsets)
        owners.fill(0, count + 1)
        for customer in 1..<(customers + 1) { owners[Int(offsets[customer])] &+= 1 }
        var customer: Int32 = 0
        each(count) { row in
            customer &+= owners[row]
            owners[row] = customer
        }
        hasOwners = true
        return owners
    }
}

/// Looks codes up in a table, which has an entry for each of them.
func translated<Code: FixedWidthInteger & BitwiseCopyable, Value: BitwiseCopyable>(
    _ codes: Lanes<Code>, _ count: Int, by table: [Value], into lanes: Lanes<Value>
) {
    unsafe table.withUnsafeBufferPointer { table in
        each(count) { lane in lanes[lane] = unsafe table[Int(codes[lane])] }
    }
}

extension Lanes where Element: FixedWidthInteger & Sendable {
    /// Copies the cells of some rows.
    mutating func load(_ cells: Cells<Element>, _ rows: Range<Int>) {
        reserve(rows.count)
        unsafe withAddress { unsafe cells.copy(rows, to: $0) }
    }
}
