import Quantities
package import Queries

extension EventStore {
    /// What the store really holds: counts, spans of time, and for each attribute how often it is there and with which
    /// values. Event types and attributes are in order of first import.
    ///
    /// Made once, when the generation is written.
    ///
    /// - Throws: `storeDamaged`.
    package func profile() throws -> DataProfile {
        if var profile = writtenProfile {
            profile.generation = String(generation)
            return profile
        }
        return DataProfile(
            generation: String(generation), customers: customers.count,
            events: try tableNames.compactMap { name in try tables[name].map { try profile($0) } },
            properties: try customers.propertySpecs.map { spec in
                try profile(spec, try customers.property(spec.name), rows: customers.count)
            })
    }

    private func profile(_ table: EventTable) throws -> EventProfile {
        let withRows = (0..<customers.count).count { table.offsets[$0] < table.offsets[$0 + 1] }
        let attributes = try table.columnSpecs.map { spec in
            try profile(spec, try table.column(spec.name), rows: table.rowCount)
        }
        return EventProfile(
            name: table.name, rows: table.rowCount, customers: withRows,
            first: table.timestamps.min().map(Instant.init(microseconds:)),
            last: table.timestamps.max().map(Instant.init(microseconds:)), attributes: attributes,
            keys: table.keys.key.flatMap { key in attributes.first { $0.name == key }?.distinct })
    }

    private func profile(_ spec: ColumnSpec, _ column: StoredColumn?, rows: Int) throws -> AttributeProfile {
        switch column {
        case .text(let codes, let dictionary):
            return TextProfile(codes, dictionary).attribute(spec.name, rows: rows)
        case .decimal(let cells, _):
            return AttributeProfile(spec, present: cells.count { $0 != missingWord }, rows: rows)
        case .instant(let cells):
            return AttributeProfile(spec, present: cells.count { $0 != missingWord }, rows: rows)
        case nil: preconditionFailure("the column '\(spec.name)' is listed only")
        }
    }
}

extension DataProfile {
    /// Of a generation that is not written yet; its columns are looked at at the same time.
    init(customers: Int, properties: [SortedColumn], tables: [SortedTable]) {
        let columns = properties + tables.flatMap(\.columns)
        var profiles = inParallel(columns.count) { AttributeProfile(columns[$0]) }[...]
        let propertyProfiles = Array(profiles.prefix(properties.count))
        profiles = profiles.dropFirst(properties.count)
        let events = tables.map { table in
            let attributes = Array(profiles.prefix(table.columns.count))
            profiles = profiles.dropFirst(table.columns.count)
            return EventProfile(
                name: table.name, rows: table.timestamps.count,
                customers: (0..<customers).count { table.offsets[$0] < table.offsets[$0 + 1] },
                first: table.timestamps.min().map(Instant.init(microseconds:)),
                last: table.timestamps.max().map(Instant.init(microseconds:)), attributes: attributes,
                keys: table.keys.key.flatMap { key in attributes.first { $0.name == key }?.distinct })
        }
        self.init(generation: "0", customers: customers, events: events, properties: propertyProfiles)
    }
}

extension AttributeProfile {
    fileprivate init(_ column: SortedColumn) {
        if column.spec.type == .text {
            self = TextProfile(column.codes, column.texts).attribute(column.spec.name, rows: column.codes.count)
        } else {
            self.init(column.spec, present: column.words.count { $0 != missingWord }, rows: column.words.count)
        }
    }

    /// Of numbers or timestamps.
    fileprivate init(_ spec: ColumnSpec, present: Int, rows: Int) {
        self.init(
            name: spec.name, kind: spec.type == .decimal ? .number : .timestamp, present: present, rows: rows,
            distinct: nil, values: [])
    }
}

/// Texts by code, of a stored dictionary or of one that is being made.
private protocol CodedTexts {
    associatedtype Text: Collection<UInt8>
    var count: Int { get }
    func slice(of code: UInt32) -> Text
}

extension TextDictionary: CodedTexts {}

extension TextInterner: CodedTexts {
    fileprivate func slice(of code: UInt32) -> ArraySlice<UInt8> { text(code) }
}

/// The values of a text column and how often each is there.
private struct TextProfile<Texts: CodedTexts> {
    private let dictionary: Texts
    /// By code.
    private var counts: [Int]

    init(_ codes: some Collection<UInt32>, _ dictionary: Texts) {
        self.dictionary = dictionary
        counts = [Int](repeating: 0, count: dictionary.count + 1)
        for code in codes { counts[Int(code)] += 1 }
    }

    func attribute(_ name: String, rows: Int) -> AttributeProfile {
        var (present, distinct, numeric) = (0, 0, 0)
        var top: [UInt32] = []
        for code in counts.indices.dropFirst() where counts[code] > 0 {
            present += counts[code]
            distinct += 1
            if isNumber(UInt32(code)) { numeric += counts[code] }
            insert(UInt32(code), into: &top)
        }
        return AttributeProfile(
            name: name, kind: .string, present: present, rows: rows, distinct: distinct,
            values: top.map { AttributeProfile.ValueCount(text($0), counts[Int($0)]) }, numeric: numeric)
    }

    private func text(_ code: UInt32) -> String { String(decoding: dictionary.slice(of: code), as: UTF8.self) }

    /// Whether a text is a number. Most are told by a look at their bytes, which matters where each row has its own.
    private func isNumber(_ code: UInt32) -> Bool {
        let text = dictionary.slice(of: code)
        guard let first = text.first else { return false }
        let isDigit = { (byte: UInt8) in byte &- UInt8(ascii: "0") < 10 }
        if !isDigit(first), ![UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(first) { return false }
        if text.count <= 18, text.allSatisfy(isDigit) { return true }
        return ExactDecimal(utf8: Array(text)) != nil
    }

    /// Keeps the twenty most frequent in order, so that a million keys need no sorting.
    private func insert(_ code: UInt32, into top: inout [UInt32]) {
        guard top.count < 20 || precedes(code, top[top.count - 1]) else { return }
        top.insert(code, at: top.firstIndex { precedes(code, $0) } ?? top.count)
        if top.count > 20 { top.removeLast() }
    }

    /// More frequent; of equally frequent ones the first by bytes.
    private func precedes(_ left: UInt32, _ right: UInt32) -> Bool {
        let (a, b) = (counts[Int(left)], counts[Int(right)])
        return a != b ? a > b : dictionary.slice(of: left).lexicographicallyPrecedes(dictionary.slice(of: right))
    }
}
