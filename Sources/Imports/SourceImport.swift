import Definitions
import Diagnostics
import EventStores
import Foundation
import Quantities

/// The rows of one source on their way into the sink.
final class SourceImport {
    let source: Source
    private let timezone: Zone
    let sink: any EventSink
    let findings: Findings
    let meter: ProgressMeter
    let quarantine: Quarantine?
    private let rowProblemsFail: Bool
    /// Ids that begin like those of guests are refused.
    let guestsExist: Bool

    var counts: SourceCounts
    /// Tables by event type.
    private var tables: [[UInt8]: Int] = [:]
    private var fixedTable: Int?
    private var folds: FoldGroups?
    private var quarantineFile: QuarantineFile?
    /// What rejected rows of the current file are written as.
    private var quarantineFormat: (input: InputFile, format: QuarantineFile.Format, encoding: TextEncoding)?
    var rowsOfFile = 0
    /// The current file, where it is read as bytes.
    private var bytesOfFile: FileBytes?
    /// What was read, by path of the file.
    private(set) var contents: [String: FileFingerprint] = [:]
    /// What became of its rows, by path of the file.
    private(set) var rows: [String: RowCounts] = [:]
    let reading: ChunkedReading

    static let guestPrefix = Array("guest:".utf8)
    static let guestRowPrefix = Array("guest-row:".utf8)

    init(
        _ source: Source, timezone: Zone, sink: any EventSink, findings: Findings, meter: ProgressMeter,
        quarantine: Quarantine?, rowProblemsFail: Bool, guestsExist: Bool, reading: ChunkedReading
    ) {
        self.reading = reading
        self.source = source
        self.timezone = timezone
        self.sink = sink
        self.findings = findings
        self.meter = meter
        self.quarantine = quarantine
        self.rowProblemsFail = rowProblemsFail
        self.guestsExist = guestsExist
        counts = SourceCounts(source: source.name.value)
    }

    /// Reads all files, then gives the sink the events that rows were folded into.
    func read(_ files: [InputFile]) throws {
        sink.keepsCustomers = source.event?.fold != nil
        defer { sink.keepsCustomers = false }
        for file in files {
            counts.files += 1
            // The guests of what a file has more keep apart from those of what was read before.
            rowsOfFile = file.start
            quarantineFile = nil
            bytesOfFile = nil
            let before = counts.rows
            do {
                if case .tracking(let kind) = source.input {
                    let posted = try PostedLines(file, kind.value)
                    try read(posted, file, kind.value)
                    contents[file.path] = posted.fingerprint
                } else {
                    try read(file)
                    contents[file.path] = FileFingerprint(of: file, read: bytesOfFile)
                }
            } catch {
                try findings.add(error)
            }
            rows[file.path] = counts.rows.since(before)
            try meter.finish(file, source: source.name.value)
        }
        try finish()
    }

    private func finish() throws {
        do {
            for group in folds?.groups ?? [] {
                try sink.makeRoom()
                try sink.append(
                    table: group.table, customer: group.customer, timestamp: group.timestamp, cells: group.cells)
                counts.events += 1
            }
        } catch {
            try findings.add(error)
        }
        folds = nil
        precondition(counts.read == counts.accepted + counts.rejected, "every row is accepted or rejected")
    }

    /// Lines of that kind, as the tracking journal has them.
    func read(_ lines: any ByteSource, _ file: InputFile, _ kind: Source.TrackedKind) throws {
        let columns = Columns(pathsOf: file.path, roots: kind.columns)
        guard let mapping = try compile(columns) else { return }
        quarantineFormat = (file, .ndjson, .utf8)
        try drain(NDJSONReader(lines, path: file.path, paths: columns.names), mapping)
    }

    private func read(_ file: InputFile) throws {
        switch source.input {
        case .csv(_, let options):
            let dialect = CSVDialect(options)
            let text = try open(file, options.encoding)
            let reader = try CSVReader(text, path: file.path, dialect: dialect)
            quarantineFormat = (
                file, .csv(header: reader.header, columns: reader.columns, dialect), text.encoding
            )
            let columns = Columns(reader.columns, of: file.path)
            guard let mapping = try compile(columns, decimalSeparator: options.decimalSeparator) else { return }
            let plan = BatchPlan(mapping, source.withoutCustomer?.value ?? .reject, guestsExist: guestsExist)
            if let plan {
                try readChunks(reader, plan, CSVFile(path: file.path, dialect: dialect, columns: reader.columns.count))
            } else {
                try drain(reader, mapping)
            }
        case .ndjson:
            let columns = Columns(pathsOf: file.path)
            guard let mapping = try compile(columns) else { return }
            let text = try open(file, .utf8)
            quarantineFormat = (file, .ndjson, .utf8)
            let reader = NDJSONReader(text, path: file.path, paths: columns.names)
            try drain(reader, mapping)
            for (path, hints) in reader.unseenPaths() {
                let place = columns.names.firstIndex { $0.utf8.elementsEqual(path.utf8) }.map { columns.places[$0] }
                findings.add(
                    Diagnostic(
                        .warning, .importPathUnseen, "no line of '\(file.path)' has '\(path)'", at: place, hints: hints)
                )
            }
        case .sqlite(_, let query):
            try SQLiteReader.read(file.url, path: file.path, query: query) { reader in
                quarantineFormat = (file, .query(columns: reader.columns), .utf8)
                if let mapping = try compile(Columns(reader.columns, of: file.path)) { try drain(reader, mapping) }
            }
        case .tracking, .elsewhere: preconditionFailure("what is posted is read by frames")
        }
    }

    private func open(_ file: InputFile, _ encoding: TextEncoding) throws -> DecodedBytes {
        do {
            let bytes = try FileBytes(path: file.url.path, summing: true)
            bytesOfFile = bytes
            return try TextFile.open(bytes, named: file.url.path, encoding: encoding)
        } catch let problem as ByteProblem {
            let place = Place(.excerpt(path: file.path, line: []), line: 1, column: 1)
            throw Diagnostic(.error, problem.code, problem.message, at: place, hints: problem.hints)
        }
    }

    private func compile(
        _ columns: Columns, decimalSeparator: UInt8 = UInt8(ascii: ".")
    ) throws -> RowMapping? {
        // Wall times of one source are of one place.
        let zone = source.event?.timestamp.zone?.value ?? timezone
        let context = FieldContext(columns: columns, decimalSeparator: decimalSeparator, zone: zone)
        let mapping = RowMapping(source, context)
        for diagnostic in columns.diagnostics
        where !findings.diagnostics.contains(where: {
            $0.code == diagnostic.code && $0.message == diagnostic.message && $0.place == diagnostic.place
        }) { findings.add(diagnostic) }
        guard let mapping else { return nil }
        // The columns exist even if no row comes.
        if let event = mapping.event {
            if case .fixed(let name) = event.type { fixedTable = try table(Array(name.utf8), event) }
            if folds == nil, let fold = event.fold { folds = FoldGroups(fold) }
        }
        return mapping
    }

    /// Gives the rows to the sink one by one.
    func drain(_ reader: some RecordReader, _ mapping: RowMapping) throws {
        let record = reader.record
        var row = RowCells()
        while try reader.next() {
            counts.read += 1
            rowsOfFile += 1
            try sink.makeRoom()
            do {
                try accept(record, mapping, &row)
            } catch let problem as RowProblem {
                try reject(record, problem)
            } catch let problem as Diagnostic where !problem.code.isDamage {
                // The sink refuses a value, such as a number too large for its column.
                try reject(record, RowProblem(problem.code, problem.message, hints: problem.hints))
            }
            // Lets go of the record's buffers, so that they are changed in place.
            row.clear()
            try meter.row(counts.source, reader)
        }
    }

    /// The cells of a row, in memory that is used again.
    private struct RowCells {
        var attributes: [Cell] = []
        var properties: [Cell] = []

        mutating func clear() {
            attributes.removeAll(keepingCapacity: true)
            properties.removeAll(keepingCapacity: true)
        }
    }

    /// Whose a row is.
    private enum Owner {
        case id(ArraySlice<UInt8>)
        case known(Int)
        case guest
    }

    /// Everything of a row is read before the sink sees any of it: a rejected row leaves no trace.
    private func accept(_ record: Record, _ mapping: RowMapping, _ row: inout RowCells) throws {
        if let problem = record.problem { throw problem }
        if let filter = mapping.filter, !(try filter.holds(record)) {
            counts.filtered += 1
            return
        }
        guard let owner = try owner(record, mapping) else {
            counts.withoutCustomer += 1
            return
        }
        for property in mapping.properties { row.properties.append(try property.reader.cell(record)) }
        guard let event = mapping.event else {
            try checkProperties(mapping, row)
            try setProperties(mapping, row, of: customer(owner, record, row, nil))
            counts.accepted += 1
            return
        }
        for attribute in event.attributes { row.attributes.append(try attribute.cell(record)) }
        let timestamp = try SourceImport.timestamp(record, event)
        let table = try table(of: record, event)
        // A fold's sums are looked at when they are done.
        if event.fold == nil { try sink.check(table: table, timestamp: timestamp, cells: row.attributes) }
        try checkProperties(mapping, row)
        let customer = customer(owner, record, row, event)
        if let fold = event.fold, case .text(let key) = row.attributes[fold.by] {
            try folds?.add(table: table, customer: customer, timestamp: timestamp, key: key, cells: row.attributes)
        } else {
            try sink.append(table: table, customer: customer, timestamp: timestamp, cells: row.attributes)
            counts.events += 1
        }
        try setProperties(mapping, row, of: customer)
        counts.accepted += 1
    }

    /// Nil where the row has no customer and is left out for that.
    private func owner(_ record: Record, _ mapping: RowMapping) throws -> Owner? {
        switch mapping.customer {
        case .id(let reader):
            if case .text(let id) = try reader.cell(record) {
                if guestsExist, let problem = SourceImport.reservedID(id) { throw problem }
                return .id(id)
            }
        case .through(let table, let reader):
            if case .text(let key) = try reader.cell(record) {
                guard let customer = try sink.customer(ofKey: key, inTable: table) else {
                    // Refunds of orders that the files do not reach, or that `where` left out.
                    if source.withoutCustomer?.value == .skip { return nil }
                    throw RowProblem(
                        .importCustomerUnknown, "no event '\(table)' with the key \(shown(key)) was imported",
                        hints: ["without_customer: skip leaves such rows out"])
                }
                return .known(customer)
            }
        case .none: break
        }
        switch source.withoutCustomer?.value ?? .reject {
        case .skip: return nil
        case .guest: return .guest
        case .reject: throw SourceImport.customerMissing
        }
    }

    static var customerMissing: RowProblem {
        RowProblem(
            .importCustomerMissing, "the row has no customer",
            hints: ["without_customer: skip leaves such rows out, guest makes each a customer"])
    }

    /// The problem of an id that could be a guest's.
    static func reservedID(_ id: ArraySlice<UInt8>) -> RowProblem? {
        guard id.starts(with: guestPrefix) || id.starts(with: guestRowPrefix) else { return nil }
        return RowProblem(
            .importCustomerReserved, "the customer's id \(shown(id)) begins like those made for guests",
            hints: ["strip_prefix changes it"])
    }

    private func customer(_ owner: Owner, _ record: Record, _ row: RowCells, _ event: RowMapping.Event?) -> Int {
        switch owner {
        case .known(let index): return index
        case .id(let id): return sink.customer(id)
        case .guest:
            if let attribute = event?.guestAttribute, case .text(let key) = row.attributes[attribute] {
                return sink.customer((SourceImport.guestPrefix + key)[...])
            }
            // The file's name keeps the guests of tomorrow's file apart from today's.
            let file = quarantineFormat?.input.url.lastPathComponent ?? record.path
            let id = "\(source.name.value):\(file):\(rowsOfFile)"
            return sink.customer((SourceImport.guestRowPrefix + id.utf8)[...])
        }
    }

    static func timestamp(_ record: Record, _ event: RowMapping.Event) throws(RowProblem) -> Instant {
        let text = record.text(event.timestampColumn)
        if text.isEmpty {
            throw RowProblem(.importTimestamp, "the timestamp is missing", at: .field(event.timestampColumn))
        }
        do throws(RowProblem) {
            return try event.timestamp.read(text)
        } catch {
            throw error.placed(at: event.timestampColumn)
        }
    }

    private func table(of record: Record, _ event: RowMapping.Event) throws -> Int {
        switch event.type {
        case .fixed:
            guard let fixedTable else { preconditionFailure("the table of a fixed type is made before the rows") }
            return fixedTable
        case .column(let column):
            let name = record.text(column)
            if name.isEmpty { throw SourceImport.eventTypeMissing(column) }
            return try table(Array(name), event)
        }
    }

    static func eventTypeMissing(_ column: Int) -> RowProblem {
        RowProblem(.importEventTypeMissing, "the event's type is missing", at: .field(column))
    }

    /// The table of an event type by its name, or the only one of a source whose type is fixed.
    func table(ofType name: [UInt8], _ event: RowMapping.Event) throws -> Int {
        if case .fixed = event.type, let fixedTable { return fixedTable }
        return try table(name, event)
    }

    /// The table of an event type, told to the sink when this source first meets it.
    private func table(_ name: [UInt8], _ event: RowMapping.Event) throws -> Int {
        if let known = tables[name] { return known }
        let table = try sink.table(String(decoding: name, as: UTF8.self), columns: event.columns, keys: event.keys)
        tables[name] = table
        return table
    }

    private func checkProperties(_ mapping: RowMapping, _ row: RowCells) throws {
        for (property, cell) in zip(mapping.properties, row.properties) where cell != .missing {
            try sink.check(property: property.column, cell: cell)
        }
    }

    private func setProperties(_ mapping: RowMapping, _ row: RowCells, of customer: Int) throws {
        for (property, cell) in zip(mapping.properties, row.properties) {
            // A row that says nothing about a property takes nothing away.
            if case .missing = cell { continue }
            try sink.setProperty(property.column, of: customer, to: cell)
        }
    }

    /// Counts a row that can not be imported, and shows it, or puts it into the quarantine, where that is wanted.
    func reject(_ record: @autoclosure () -> Record, _ problem: RowProblem) throws {
        counts.errors[problem.code.id, default: 0] += 1
        findings.addRow { record().diagnostic(problem, severity: rowProblemsFail ? .error : .warning) }
        guard let quarantine, let (input, format, encoding) = quarantineFormat else { return }
        let file =
            try quarantineFile
            ?? quarantine.file(source: counts.source, input: input, format: format, encoding: encoding)
        quarantineFile = file
        try file.write(record(), reason: "\(problem.code.id) \(problem.message)")
    }
}
