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
        let isSmall = tables.values.allSatisfy { $0.rowCount < 1 << 16 }
        return DataProfile(
            generation: String(generation), customers: customers.count,
            events: try tableNames.compactMap { name in try tables[name].map { try profile($0, isSmall: isSmall) } },
            properties: try concurrentMap(customers.propertySpecs, isSmall: isSmall) { spec in
                try profile(spec, try customers.property(spec.name), rows: customers.count)
            })
    }

    private func profile(_ table: EventTable, isSmall: Bool) throws -> EventProfile {
        var withRows = 0
        var end: UInt32 = 0
        try unsafe table.offsets.forEachBlock { offsets in
            for customer in offsets.indices {
                let offset = unsafe offsets[customer]
                if offset > end { withRows += 1 }
                end = offset
            }
        }
        let attributes = try concurrentMap(table.columnSpecs, isSmall: isSmall) { spec in
            try profile(spec, try table.column(spec.name), rows: table.rowCount)
        }
        return EventProfile(
            name: table.name, rows: table.rowCount, customers: withRows, first: table.span?.lowerBound,
            last: table.span?.upperBound, attributes: attributes,
            keys: table.keys.key.flatMap { key in attributes.first { $0.name == key }?.distinct })
    }

    private func profile(_ spec: ColumnSpec, _ column: StoredColumn?, rows: Int) throws -> AttributeProfile {
        func attribute(_ kind: AttributeProfile.Kind, _ cells: Cells<Int64>) -> AttributeProfile {
            var present = 0
            unsafe cells.forEachBlock { present += unsafe $0.count { $0 != missingWord } }
            return AttributeProfile(
                name: spec.name, kind: kind, present: present, rows: rows, distinct: nil, values: [])
        }
        switch column {
        case .text(let codes, let dictionary): return TextProfile(codes, dictionary).attribute(spec.name, rows: rows)
        case .decimal(let cells, _): return attribute(.number, cells)
        case .instant(let cells): return attribute(.timestamp, cells)
        case nil: preconditionFailure("the column '\(spec.name)' is listed only")
        }
    }
}

/// The values of a text column and how often each is there.
private struct TextProfile {
    private let dictionary: TextDictionary
    /// By code.
    private var counts: [Int]

    init(_ codes: Cells<UInt32>, _ dictionary: TextDictionary) {
        self.dictionary = dictionary
        counts = [Int](repeating: 0, count: dictionary.count + 1)
        unsafe codes.forEachBlock { codes in
            for row in codes.indices { counts[Int(unsafe codes[row])] += 1 }
        }
    }

    func attribute(_ name: String, rows: Int) -> AttributeProfile {
        var (present, distinct, numeric) = (0, 0, 0)
        var top = FrequentTexts()
        var code = 0
        unsafe dictionary.forEach { text in
            code += 1
            if counts[code] == 0 { return }
            present += counts[code]
            distinct += 1
            if unsafe isNumber(text) { numeric += counts[code] }
            unsafe top.insert(text, counts[code])
        }
        return AttributeProfile(
            name: name, kind: .string, present: present, rows: rows, distinct: distinct,
            values: top.texts.map { AttributeProfile.ValueCount(String(decoding: $0.bytes, as: UTF8.self), $0.count) },
            numeric: numeric)
    }

    /// Whether a text is a number. Most are told by a look at their bytes, which matters where each row has its own.
    private func isNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = unsafe text.first else { return false }
        let isDigit = { (byte: UInt8) in byte &- UInt8(ascii: "0") < 10 }
        if !isDigit(first), ![UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(first) { return false }
        if unsafe text.count <= 18 && text.allSatisfy(isDigit) { return true }
        return ExactDecimal(utf8: unsafe Array(text)) != nil
    }
}

/// The twenty most frequent texts in order, of equally frequent ones the first by bytes.
///
/// Their bytes are at hand: where a million keys are there once each, every one of them is compared with the last.
private struct FrequentTexts {
    private(set) var texts: [(bytes: [UInt8], count: Int)] = []
    private static let limit = 20

    mutating func insert(_ text: UnsafeBufferPointer<UInt8>, _ count: Int) {
        if texts.count == FrequentTexts.limit, let last = texts.last, unsafe !precedes(text, count, last) { return }
        let position = texts.firstIndex { unsafe precedes(text, count, $0) } ?? texts.count
        texts.insert((unsafe Array(text), count), at: position)
        if texts.count > FrequentTexts.limit { texts.removeLast() }
    }

    private func precedes(
        _ text: UnsafeBufferPointer<UInt8>, _ count: Int, _ other: (bytes: [UInt8], count: Int)
    ) -> Bool {
        count != other.count ? count > other.count : unsafe text.lexicographicallyPrecedes(other.bytes)
    }
}
