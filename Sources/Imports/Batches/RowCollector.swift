import Definitions
import Diagnostics
import EventStores
import Quantities

/// Turns the rows of one chunk into a batch, by the mapping of its file: block by block, and each block one column
/// after the other. The rules, and the order of the checks of each row, are those of `SourceImport.accept`, to which
/// rows go that this does not take.
@safe final class RowCollector {
    private let plan: BatchPlan
    private var customers = BatchInterner()
    private var typeNames = BatchInterner()
    /// By code of the type's name - 1; those after the last code are of earlier chunks, to be used again.
    private var types: [TypeRows] = []
    private let propertyOwners = RowList<UInt32>()
    private let properties: [ColumnCollector]
    private let values: BlockValues
    private let order: TypeOrder
    /// The rows of the block that can not be imported, by check; and then by row.
    private(set) var rejected: [(row: Int, problem: RowProblem)] = []

    /// One event type.
    private final class TypeRows {
        let customers = RowList<UInt32>()
        let timestamps = RowList<Int64>()
        let columns: [ColumnCollector]

        init(_ fields: ArraySlice<BatchPlan.Field>) { columns = fields.map { ColumnCollector($0.type) } }
    }

    /// More event types in one chunk are a mistake of the mapping, and each needs memory.
    private static let maximumTypes = 256

    /// For blocks of up to `rows` rows.
    init(_ plan: BatchPlan, rows: Int) {
        self.plan = plan
        properties = plan.fields[..<plan.propertyCount].map { ColumnCollector($0.type) }
        values = BlockValues(plan, rows: rows)
        order = TypeOrder(rows: rows)
    }

    /// Takes the rows of a block of a chunk, whose bytes have `TextChunk.padding` more after them; `record` gives a row
    /// as a record where that is needed.
    ///
    /// False where the chunk's rows must be taken one by one.
    func take(
        _ block: RowBlock, _ bytes: UnsafePointer<UInt8>, _ counts: inout RowBatch, record: (Int) -> Record
    ) -> Bool {
        rejected.removeAll(keepingCapacity: true)
        guard unsafe values.read(block, bytes, &counts, &rejected, record: record) else { return false }
        rejected.sort { $0.row < $1.row }
        return unsafe add(block, bytes, &counts)
    }

    /// Adds the rows with which nothing is wrong.
    private func add(_ block: RowBlock, _ bytes: UnsafePointer<UInt8>, _ counts: inout RowBatch) -> Bool {
        let rows = unsafe values.rows
        if rows.isEmpty { return true }
        let texts = unsafe BlockTexts(chunk: bytes, made: block.made.base)
        let owners = unsafe order.customers
        _ = unsafe customers.putCodes(rows, values.customers, texts, to: owners)
        counts.accepted += rows.count
        if plan.hasEvent {
            if plan.typeColumn >= 0 {
                let names = unsafe block.bounds + plan.typeColumn * block.capacity
                _ = unsafe typeNames.putCodes(rows, names, texts, to: order.types)
                if typeNames.count > RowCollector.maximumTypes { return false }
                unsafe order.sort(rows, types: typeNames.count)
            } else {
                unsafe order.takeOne(rows)
            }
            for type in 0..<order.typeCount {
                if type == types.count { types.append(TypeRows(plan.fields[plan.propertyCount...])) }
                if !(unsafe add(type, block, texts)) { return false }
            }
        }
        guard !properties.isEmpty else { return true }
        unsafe propertyOwners.extend(rows.count).update(from: owners, count: rows.count)
        return unsafe add(rows, to: properties, from: 0, block, texts)
    }

    /// Adds the rows of one event type.
    private func add(_ type: Int, _ block: RowBlock, _ texts: BlockTexts) -> Bool {
        let (rows, owners) = unsafe order.rows(of: type)
        if rows.isEmpty { return true }
        let target = types[type]
        unsafe target.customers.extend(rows.count).update(from: owners, count: rows.count)
        let timestamps = unsafe target.timestamps.extend(rows.count)
        let source = unsafe values.timestamps
        for position in 0..<rows.count { unsafe timestamps[position] = source[Int(rows[position])] }
        return unsafe add(rows, to: target.columns, from: plan.propertyCount, block, texts)
    }

    /// Adds the rows' cells to columns, which are those of the plan's fields from an index on. False where a number
    /// does not fit together with the others.
    private func add(
        _ rows: UnsafeBufferPointer<UInt32>, to columns: [ColumnCollector], from first: Int, _ block: RowBlock,
        _ texts: BlockTexts
    ) -> Bool {
        for (offset, column) in columns.enumerated() {
            let index = first + offset
            switch plan.fields[index].type {
            case .text: unsafe column.append(rows, texts: values.texts(index, block), texts)
            case .instant: unsafe column.append(rows, instants: values.words(index))
            case .decimal:
                let isAdded = unsafe column.append(rows, units: values.words(index), scales: values.scales(index))
                if !isAdded { return false }
            }
        }
        return true
    }

    /// The event types and events of the rows taken since the last batch, which are forgotten.
    func finish() -> (types: [[UInt8]], events: EventBatch) {
        let names = typeNames.takeTexts()
        var typesByName = (0..<names.count).map {
            Array(names.bytes[Int(names.offsets[$0])..<Int(names.offsets[$0 + 1])])
        }
        if typesByName.isEmpty, types.first.map({ $0.timestamps.count > 0 }) ?? false { typesByName = [[]] }
        let tables = typesByName.indices.map { position in
            let rows = types[position]
            return TableBatch(
                table: position, customers: rows.customers.take(), timestamps: rows.timestamps.take(),
                columns: rows.columns.map { $0.take() })
        }
        var owned: PropertyBatch?
        if !properties.isEmpty {
            let columns = properties.enumerated().map { (plan.mapping.properties[$0].column, $1.take()) }
            owned = PropertyBatch(customers: propertyOwners.take(), columns: columns)
        }
        return (typesByName, EventBatch(customers: customers.takeTexts(), tables: tables, properties: owned))
    }

    /// Forgets the rows taken since the last batch.
    func clear() {
        customers.clear()
        typeNames.clear()
        propertyOwners.clear()
        for column in properties { column.clear() }
        for type in types {
            type.customers.clear()
            type.timestamps.clear()
            for column in type.columns { column.clear() }
        }
    }
}

/// Puts the rows of a block in the order of their types, those of one type in their own.
@safe private final class TypeOrder {
    /// Codes, in the order of the rows that are sorted: to be filled before.
    let customers: UnsafeMutablePointer<UInt32>
    let types: UnsafeMutablePointer<UInt32>
    private let sortedRows: UnsafeMutablePointer<UInt32>
    private let sortedCustomers: UnsafeMutablePointer<UInt32>
    /// By type: where its rows begin; one more for the end.
    private var starts: [Int] = [0]

    var typeCount: Int { starts.count - 1 }

    init(rows: Int) {
        unsafe customers = .allocate(capacity: rows)
        unsafe types = .allocate(capacity: rows)
        unsafe sortedRows = .allocate(capacity: rows)
        unsafe sortedCustomers = .allocate(capacity: rows)
    }

    deinit {
        unsafe customers.deallocate()
        unsafe types.deallocate()
        unsafe sortedRows.deallocate()
        unsafe sortedCustomers.deallocate()
    }

    /// All rows are of one type.
    func takeOne(_ rows: UnsafeBufferPointer<UInt32>) {
        starts = [0, rows.count]
        guard let base = rows.baseAddress else { return }
        unsafe sortedRows.update(from: base, count: rows.count)
        unsafe sortedCustomers.update(from: customers, count: rows.count)
    }

    /// Sorts rows whose types have codes from 1 to `types`.
    func sort(_ rows: UnsafeBufferPointer<UInt32>, types count: Int) {
        var ends = [Int](repeating: 0, count: count + 1)
        for position in 0..<rows.count { unsafe ends[Int(types[position])] += 1 }
        for type in 0..<count { ends[type + 1] += ends[type] }
        starts = ends
        for position in 0..<rows.count {
            let type = unsafe Int(types[position]) - 1
            unsafe sortedRows[ends[type]] = rows[position]
            unsafe sortedCustomers[ends[type]] = customers[position]
            ends[type] += 1
        }
    }

    func rows(of type: Int) -> (rows: UnsafeBufferPointer<UInt32>, customers: UnsafePointer<UInt32>) {
        let (start, count) = (starts[type], starts[type + 1] - starts[type])
        return unsafe (
            UnsafeBufferPointer(start: sortedRows + start, count: count), UnsafePointer(sortedCustomers + start)
        )
    }
}
