import Definitions
import Diagnostics
import EventStores
import Quantities

/// What the fields of a block's rows say, column by column, before it is known which rows are taken: a row is taken whole
/// or not at all. Memory is used again for the next block.
@safe final class BlockValues {
    private let plan: BatchPlan
    private let capacity: Int
    private let selected: UnsafeMutablePointer<UInt32>
    private var selectedCount = 0
    /// By row: whose it is.
    let customers: UnsafeMutablePointer<FieldBounds>
    /// By row: microseconds since 1970 UTC.
    let timestamps: UnsafeMutablePointer<Int64>
    private let fields: [FieldValues]

    /// One field of the plan: only what its kind needs.
    @safe private final class FieldValues {
        /// Units or microseconds; `missingWord` where there is none.
        let words: UnsafeMutablePointer<Int64>
        /// Digits after the point.
        let scales: UnsafeMutablePointer<UInt8>
        /// Texts that are not fields of the file as they stand.
        let texts: UnsafeMutablePointer<FieldBounds>

        init(_ type: ColumnType, isPlain: Bool, rows: Int) {
            unsafe words = .allocate(capacity: type == .text ? 0 : rows)
            unsafe scales = .allocate(capacity: type == .decimal ? rows : 0)
            unsafe texts = .allocate(capacity: type == .text && !isPlain ? rows : 0)
        }

        deinit {
            unsafe words.deallocate()
            unsafe scales.deallocate()
            unsafe texts.deallocate()
        }
    }

    /// For blocks of up to `rows` rows.
    init(_ plan: BatchPlan, rows: Int) {
        self.plan = plan
        capacity = rows
        unsafe selected = .allocate(capacity: rows)
        unsafe customers = .allocate(capacity: rows)
        unsafe timestamps = .allocate(capacity: rows)
        fields = plan.fields.indices.map {
            FieldValues(plan.fields[$0].type, isPlain: plan.plain($0).kind == .text, rows: rows)
        }
    }

    deinit {
        unsafe selected.deallocate()
        unsafe customers.deallocate()
        unsafe timestamps.deallocate()
    }

    /// The rows that are taken, ascending.
    var rows: UnsafeBufferPointer<UInt32> { unsafe UnsafeBufferPointer(start: selected, count: selectedCount) }

    /// By row: a field of texts.
    func texts(_ index: Int, _ block: RowBlock) -> UnsafePointer<FieldBounds> {
        let field = plan.plain(index)
        return unsafe UnsafePointer(
            field.kind == .text ? block.bounds + field.column * block.capacity : fields[index].texts)
    }

    /// By row: a field of numbers or instants.
    func words(_ index: Int) -> UnsafePointer<Int64> { unsafe UnsafePointer(fields[index].words) }

    /// By row: a field of numbers.
    func scales(_ index: Int) -> UnsafePointer<UInt8> { unsafe UnsafePointer(fields[index].scales) }

    /// Reads a block. False where the chunk's rows must be taken one by one.
    func read(
        _ block: RowBlock, _ bytes: UnsafePointer<UInt8>, _ counts: inout RowBatch,
        _ rejected: inout [(row: Int, problem: RowProblem)], record: (Int) -> Record
    ) -> Bool {
        for row in 0..<block.count { unsafe selected[row] = UInt32(truncatingIfNeeded: row) }
        selectedCount = block.count
        if plan.hasFilter, let filter = plan.mapping.filter {
            let before = selectedCount
            let problems = rejected.count
            keep(&rejected) { row throws(RowProblem) in try filter.holds(record(row)) }
            counts.filtered += before - selectedCount - (rejected.count - problems)
        }
        unsafe readCustomers(block, bytes, &counts, &rejected, record)
        for index in fields.indices where plan.plain(index).kind != .text {
            if !(unsafe read(index, block, bytes, &rejected, record)) { return false }
        }
        guard let event = plan.mapping.event else {
            // Without an event there is no key that a guest's id could be made of.
            return unsafe plan.withoutCustomer != .guest || rows.allSatisfy { unsafe !customers[Int($0)].isEmpty }
        }
        unsafe readTimestamps(event, block, bytes, &rejected, record)
        if plan.typeColumn >= 0 {
            let column = plan.typeColumn
            let types = unsafe block.bounds + column * block.capacity
            keep(&rejected) { row throws(RowProblem) in
                if unsafe types[row].isEmpty { throw SourceImport.eventTypeMissing(column) }
                return true
            }
        }
        return unsafe plan.withoutCustomer != .guest || makeGuests(event, block, bytes)
    }

    /// Leaves out the rows for which the test does not hold, and those for which it throws, whose problems it keeps.
    @inline(__always)
    private func keep(
        _ rejected: inout [(row: Int, problem: RowProblem)], _ holds: (Int) throws(RowProblem) -> Bool
    ) {
        let count = selectedCount
        var kept = 0
        for position in 0..<count {
            let row = unsafe selected[position]
            do throws(RowProblem) {
                if try holds(Int(row)) {
                    unsafe selected[kept] = row
                    kept += 1
                }
            } catch {
                rejected.append((Int(row), error))
            }
        }
        selectedCount = kept
    }

    private func readCustomers(
        _ block: RowBlock, _ bytes: UnsafePointer<UInt8>, _ counts: inout RowBatch,
        _ rejected: inout [(row: Int, problem: RowProblem)], _ record: (Int) -> Record
    ) {
        let (column, guestsExist, rule) = (plan.customerField, plan.guestsExist, plan.withoutCustomer)
        var without = 0
        keep(&rejected) { row throws(RowProblem) in
            if column >= 0 {
                unsafe customers[row] = block.bounds[column * block.capacity + row]
                if guestsExist {
                    let texts = unsafe BlockTexts(chunk: bytes, made: block.made.base)
                    let id = unsafe texts.text(customers[row])
                    if unsafe id.first == SourceImport.guestPrefix[0],
                        let problem = unsafe SourceImport.reservedID(Array(id)[...])
                    {
                        throw problem
                    }
                }
            } else if case .text(let id) = try plan.customer.cell(record(row)) {
                if guestsExist, let problem = SourceImport.reservedID(id) { throw problem }
                unsafe customers[row] = block.made.append(id)
            } else {
                unsafe customers[row] = .empty
            }
            if unsafe !customers[row].isEmpty { return true }
            switch rule {
            case .skip:
                without += 1
                return false
            case .guest: return true
            case .reject: throw SourceImport.customerMissing
            }
        }
        counts.withoutCustomer += without
    }

    /// Reads a field that can be wrong. False where one of its numbers does not fit into a batch.
    private func read(
        _ index: Int, _ block: RowBlock, _ bytes: UnsafePointer<UInt8>,
        _ rejected: inout [(row: Int, problem: RowProblem)], _ record: (Int) -> Record
    ) -> Bool {
        let field = plan.plain(index)
        let (words, scales) = unsafe (fields[index].words, fields[index].scales)
        let bounds = unsafe block.bounds + field.column * block.capacity
        var fits = true
        /// - Parameter isRead: whether a text of the file could be read at once.
        @inline(__always) func readAll(_ isRead: (Int, FieldBounds) -> Bool) {
            keep(&rejected) { row throws(RowProblem) in
                let text = unsafe bounds[row]
                if text.isEmpty {
                    unsafe words[row] = missingWord
                } else if text.isMade || !isRead(row, text) {
                    if !(try readSlowly(index, row, block, record)) { fits = false }
                }
                return true
            }
        }
        switch field.kind {
        case .text: break
        case .number:
            readAll { row, text in
                guard
                    let (units, scale) = unsafe NumberText.readUnits(
                        BlockValues.text(text, bytes), field.decimalSeparator)
                else { return false }
                unsafe words[row] = units
                unsafe scales[row] = UInt8(truncatingIfNeeded: scale)
                return true
            }
        case .iso8601:
            readAll { row, text in
                guard let microseconds = unsafe Instant.microseconds(ofUTCTimestamp: BlockValues.text(text, bytes))
                else { return false }
                unsafe words[row] = microseconds
                return true
            }
        case .any:
            keep(&rejected) { row throws(RowProblem) in
                if !(try readSlowly(index, row, block, record)) { fits = false }
                return true
            }
        }
        return fits
    }

    /// A text that stands in the file as it reads.
    @inline(__always)
    private static func text(_ bounds: FieldBounds, _ bytes: UnsafePointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: bytes + bounds.start, count: bounds.count)
    }

    /// Reads a field as every reader does. False where its number does not fit into a batch.
    private func readSlowly(
        _ index: Int, _ row: Int, _ block: RowBlock, _ record: (Int) -> Record
    ) throws(RowProblem) -> Bool {
        if block.made.isFull { return false }
        let field = plan.fields[index]
        let values = fields[index]
        switch try field.reader.cell(record(row)) {
        case .missing:
            if field.type == .text { unsafe values.texts[row] = .empty } else { unsafe values.words[row] = missingWord }
        case .text(let text):
            unsafe values.texts[row] = block.made.append(text)
        case .decimal(let value):
            guard let units = Int64(exactly: value.units), units != missingWord, let scale = UInt8(exactly: value.scale)
            else { return false }
            unsafe values.words[row] = units
            unsafe values.scales[row] = scale
        case .instant(let instant):
            guard instant.microseconds != missingWord else { return false }
            unsafe values.words[row] = instant.microseconds
        }
        return true
    }

    private func readTimestamps(
        _ event: RowMapping.Event, _ block: RowBlock, _ bytes: UnsafePointer<UInt8>,
        _ rejected: inout [(row: Int, problem: RowProblem)], _ record: (Int) -> Record
    ) {
        let bounds = unsafe block.bounds + plan.timestampColumn * block.capacity
        let isISO8601 = plan.hasISO8601Timestamp
        keep(&rejected) { row throws(RowProblem) in
            let text = unsafe bounds[row]
            if isISO8601, !text.isMade,
                let microseconds = unsafe Instant.microseconds(ofUTCTimestamp: BlockValues.text(text, bytes))
            {
                unsafe timestamps[row] = microseconds
                return true
            }
            unsafe timestamps[row] = try SourceImport.timestamp(record(row), event).microseconds
            return true
        }
    }

    /// Gives the rows without customer the id that their key makes. False where a row has no key.
    private func makeGuests(_ event: RowMapping.Event, _ block: RowBlock, _ bytes: UnsafePointer<UInt8>) -> Bool {
        for row in unsafe rows.map({ Int($0) }) where unsafe customers[row].isEmpty {
            guard let attribute = event.guestAttribute else { return false }
            let key = unsafe texts(plan.propertyCount + attribute, block)[row]
            if key.isEmpty { return false }
            let texts = unsafe BlockTexts(chunk: bytes, made: block.made.base)
            let id = unsafe SourceImport.guestPrefix + Array(texts.text(key))
            unsafe customers[row] = block.made.append(id)
        }
        return true
    }
}
