import Definitions
import Diagnostics
import EventStores
import Quantities

/// Turns the rows of one chunk into a batch, by the mapping of its file. The rules and the order of the checks are
/// those of `SourceImport.accept`, to which rows go that this does not take.
@safe final class RowCollector {
    /// What became of a row that has no problem.
    enum Outcome {
        case accepted, filtered, withoutCustomer
        /// The chunk's rows must be taken one by one.
        case refused
    }

    private let plan: BatchPlan
    private let customers = BatchInterner()
    private let typeNames = BatchInterner()
    /// By code of the type's name - 1; those after the last code are of earlier chunks, to be used again.
    private var types: [TypeRows] = []
    private let propertyOwners = RowList<UInt32>()
    private let properties: CollectorList

    /// The values of the row at hand, before it is known whether all of them can be read: a row is taken whole or not
    /// at all. Texts are not here; they are where the scanner found them.
    private let values: UnsafeMutablePointer<Value>
    /// By field of the plan; the cells of fields that are read without a kernel.
    private var cells: [Cell]

    private struct Value {
        var word: Int64
        var scale: Int
        var isThere: Bool
    }

    /// One event type.
    private final class TypeRows {
        let customers = RowList<UInt32>()
        let timestamps = RowList<Int64>()
        let columns: CollectorList

        init(_ fields: [BatchPlan.Field]) { columns = CollectorList(fields.map { ColumnCollector($0.type) }) }
    }

    /// More event types in one chunk are a mistake of the mapping, and each needs memory.
    private static let maximumTypes = 256

    init(_ plan: BatchPlan) {
        self.plan = plan
        properties = CollectorList(plan.fields[..<plan.propertyCount].map { ColumnCollector($0.type) })
        cells = Array(repeating: .missing, count: plan.fields.count)
        unsafe values = .allocate(capacity: max(1, plan.fields.count))
        unsafe values.initialize(
            repeating: Value(word: 0, scale: 0, isThere: false), count: plan.fields.count)
    }

    deinit { unsafe values.deallocate() }

    /// Takes one row, whose number of fields is right. `bytes` have `TextChunk.padding` bytes after the row; `record`
    /// gives the row as a record where that is needed.
    func take(
        _ row: ScannedRow, _ bytes: UnsafePointer<UInt8>, record: () -> Record
    ) throws(RowProblem) -> Outcome {
        // What the plan says is asked for by its plain numbers: a copy of a mapping would be retained for each row.
        if plan.hasFilter, let filter = plan.mapping.filter, !(try filter.holds(record())) { return .filtered }
        let fields = unsafe row.fields

        // 1: whose it is.
        var owner: Owner
        if plan.customerField >= 0 {
            let field = unsafe fields[plan.customerField]
            owner = field.start == field.end ? .nobody : .field
        } else {
            owner = if case .text(let id) = try plan.customer.cell(record()) { .id(id) } else { .nobody }
        }
        if plan.guestsExist, let problem = reservedID(owner, record) { throw problem }
        if case .nobody = owner {
            switch plan.withoutCustomer {
            case .skip: return .withoutCustomer
            case .guest: break
            case .reject: throw SourceImport.customerMissing
            }
        }

        // 2: numbers and times, which may be wrong.
        for index in plan.fields.indices {
            let field = plan.plain(index)
            switch field.kind {
            case .text: break
            case .number:
                let bounds = unsafe fields[field.column]
                if bounds.form == .plain {
                    if bounds.start == bounds.end {
                        unsafe values[index].isThere = false
                        continue
                    }
                    let text = unsafe UnsafeBufferPointer(
                        start: bytes + bounds.start, count: bounds.end - bounds.start)
                    if let (units, scale) = unsafe NumberText.readUnits(text, field.decimalSeparator) {
                        unsafe values[index] = Value(word: units, scale: scale, isThere: true)
                        continue
                    }
                }
                if !(try readSlowly(index, record())) { return .refused }
            case .iso8601:
                let bounds = unsafe fields[field.column]
                if bounds.form == .plain {
                    let text = unsafe UnsafeBufferPointer(
                        start: bytes + bounds.start, count: bounds.end - bounds.start)
                    if let microseconds = unsafe Instant.microseconds(ofUTCTimestamp: text) {
                        unsafe values[index] = Value(word: microseconds, scale: 0, isThere: true)
                        continue
                    }
                }
                if !(try readSlowly(index, record())) { return .refused }
            case .any:
                if !(try readSlowly(index, record())) { return .refused }
            }
        }

        guard plan.hasEvent else {
            let customer = unsafe code(of: owner, row, bytes)
            guard unsafe add(properties, from: 0, at: propertyOwners.count, row, bytes) else { return .refused }
            propertyOwners.append(customer)
            return .accepted
        }

        // 3: when and what it is.
        let timestamp = try unsafe self.timestamp(fields[plan.timestampColumn], bytes, record)
        let type: Int
        if plan.typeColumn >= 0 {
            let field = unsafe fields[plan.typeColumn]
            if field.start == field.end { throw SourceImport.eventTypeMissing(plan.typeColumn) }
            type = unsafe Int(code(field, row, bytes, typeNames)) - 1
        } else {
            type = 0
        }
        if type >= types.count {
            if type >= RowCollector.maximumTypes { return .refused }
            types.append(TypeRows(Array(plan.fields[plan.propertyCount...])))
        }

        // 4: nothing can be wrong with it any more.
        if case .nobody = owner {
            guard let guest = unsafe guest(row, bytes) else { return .refused }
            owner = .id(guest)
        }
        let customer = unsafe code(of: owner, row, bytes)
        let rows = types[type]
        guard unsafe add(rows.columns, from: plan.propertyCount, at: rows.timestamps.count, row, bytes) else {
            return .refused
        }
        rows.customers.append(customer)
        rows.timestamps.append(timestamp)
        if properties.count > 0 {
            guard unsafe add(properties, from: 0, at: propertyOwners.count, row, bytes) else { return .refused }
            propertyOwners.append(customer)
        }
        return .accepted
    }

    private enum Owner {
        /// The text of the customers' field, as it is.
        case field
        case id(ArraySlice<UInt8>)
        case nobody
    }

    private func reservedID(_ owner: Owner, _ record: () -> Record) -> RowProblem? {
        switch owner {
        case .field: SourceImport.reservedID(record().text(plan.customerField))
        case .id(let id): SourceImport.reservedID(id)
        case .nobody: nil
        }
    }

    /// The id that the row's key gives a customer without one; nil where it has no key.
    private func guest(_ row: ScannedRow, _ bytes: UnsafePointer<UInt8>) -> ArraySlice<UInt8>? {
        guard let attribute = plan.mapping.event?.guestAttribute else { return nil }
        let index = plan.propertyCount + attribute
        let field = plan.plain(index)
        var key: [UInt8] = []
        if field.kind == .text {
            let bounds = unsafe row.fields[field.column]
            switch bounds.form {
            case .plain:
                key = unsafe Array(
                    UnsafeBufferPointer(start: bytes + bounds.start, count: bounds.end - bounds.start))
            case .unescaped: key = Array(row.unescaped[bounds.start..<bounds.end])
            case .missing: break
            }
        } else if case .text(let text) = cells[index] {
            key = Array(text)
        }
        return key.isEmpty ? nil : (SourceImport.guestPrefix + key)[...]
    }

    /// Reads a field as every reader does. False where its number does not fit into a batch.
    private func readSlowly(_ index: Int, _ record: Record) throws(RowProblem) -> Bool {
        let cell = try plan.fields[index].reader.cell(record)
        cells[index] = cell
        unsafe values[index].isThere = true
        switch cell {
        case .missing: unsafe values[index].isThere = false
        case .text: break
        case .decimal(let value):
            guard let units = Int64(exactly: value.units), units != missingWord else { return false }
            unsafe values[index] = Value(word: units, scale: value.scale, isThere: true)
        case .instant(let instant):
            guard instant.microseconds != missingWord else { return false }
            unsafe values[index] = Value(word: instant.microseconds, scale: 0, isThere: true)
        }
        return true
    }

    private func timestamp(
        _ field: Record.Field, _ bytes: UnsafePointer<UInt8>, _ record: () -> Record
    ) throws(RowProblem) -> Int64 {
        if plan.hasISO8601Timestamp, field.form == .plain {
            let text = unsafe UnsafeBufferPointer(start: bytes + field.start, count: field.end - field.start)
            if let microseconds = unsafe Instant.microseconds(ofUTCTimestamp: text) { return microseconds }
        }
        guard let event = plan.mapping.event else { preconditionFailure("asked for events only") }
        return try SourceImport.timestamp(record(), event).microseconds
    }

    private func code(of owner: Owner, _ row: ScannedRow, _ bytes: UnsafePointer<UInt8>) -> UInt32 {
        switch owner {
        case .field: unsafe code(row.fields[plan.customerField], row, bytes, customers)
        case .id(let id): unsafe id.withUnsafeBufferPointer { unsafe customers.code($0) }
        case .nobody: preconditionFailure("a row without customer is not added")
        }
    }

    @inline(__always)
    private func code(
        _ field: Record.Field, _ row: ScannedRow, _ bytes: UnsafePointer<UInt8>, _ interner: BatchInterner
    ) -> UInt32 {
        if field.form == .plain {
            return unsafe interner.code(padded: bytes + field.start, field.end - field.start)
        }
        return unsafe row.unescaped[field.start..<field.end].withUnsafeBufferPointer { unsafe interner.code($0) }
    }

    /// Adds the row's cells to columns, which are those of the plan's fields from an index on. False where a number
    /// does not fit together with the others.
    @inline(__always)
    private func add(
        _ columns: CollectorList, from first: Int, at position: Int, _ row: ScannedRow, _ bytes: UnsafePointer<UInt8>
    ) -> Bool {
        for offset in 0..<columns.count {
            let index = first + offset
            let isAdded = columns.with(offset) { column in
                unsafe add(plan.plain(index), index, column, at: position, row, bytes)
            }
            if !isAdded { return false }
        }
        return true
    }

    @inline(__always)
    private func add(
        _ field: BatchPlan.PlainField, _ index: Int, _ column: ColumnCollector, at position: Int, _ row: ScannedRow,
        _ bytes: UnsafePointer<UInt8>
    ) -> Bool {
        switch field.kind {
        case .text:
            let bounds = unsafe row.fields[field.column]
            if bounds.start != bounds.end {
                column.add(code: unsafe code(bounds, row, bytes, column.interner), row: position)
            }
        case .number:
            let value = unsafe values[index]
            if value.isThere { return column.add(units: value.word, scale: value.scale, row: position) }
        case .iso8601:
            let value = unsafe values[index]
            if value.isThere { column.add(word: value.word, row: position) }
        case .any: return addCell(index, column, at: position)
        }
        return true
    }

    /// Adds a cell that was read without a kernel.
    private func addCell(_ index: Int, _ column: ColumnCollector, at position: Int) -> Bool {
        let value = unsafe values[index]
        guard value.isThere else { return true }
        switch cells[index] {
        case .text(let text):
            column.add(code: unsafe text.withUnsafeBufferPointer { unsafe column.interner.code($0) }, row: position)
        case .decimal: return column.add(units: value.word, scale: value.scale, row: position)
        case .instant: column.add(word: value.word, row: position)
        case .missing: break
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
            let count = rows.timestamps.count
            return TableBatch(
                table: position, customers: rows.customers.take(), timestamps: rows.timestamps.take(),
                columns: rows.columns.all.map { $0.take(rows: count) })
        }
        var owned: PropertyBatch?
        if properties.count > 0 {
            let rows = propertyOwners.count
            let columns = properties.all.enumerated().map { (plan.mapping.properties[$0].column, $1.take(rows: rows)) }
            owned = PropertyBatch(customers: propertyOwners.take(), columns: columns)
        }
        return (typesByName, EventBatch(customers: customers.takeTexts(), tables: tables, properties: owned))
    }

    /// Forgets the rows taken since the last batch.
    func clear() {
        customers.clear()
        typeNames.clear()
        propertyOwners.clear()
        for column in properties.all { column.clear() }
        for type in types {
            type.customers.clear()
            type.timestamps.clear()
            for column in type.columns.all { column.clear() }
        }
    }
}
