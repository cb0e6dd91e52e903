/// Reads customers of a store with all of their rows, slice by slice, as content for a store of these customers alone:
/// its texts are numbered in the order in which they are met. Or as content for a part beside the store's first one,
/// whose texts keep their codes.
final class StoreExtract: Sendable {
    private let store: EventStore
    /// Event types by position.
    private let tables: [EventTable]
    /// By position; those of columns that are no texts are never asked.
    private let properties: [TextRenumbering]
    private let columns: [[TextRenumbering]]

    /// - Parameters:
    ///   - isSparse: few of the store's texts will be met.
    ///   - keepsFirst: the texts of the first part keep their codes, and are not in the content.
    init(_ store: EventStore, isSparse: Bool, keepsFirst: Bool = false) {
        self.store = store
        tables = store.tableNames.compactMap { store.tables[$0] }
        let first = store.join.parts[0]
        func numberings(_ specs: [ColumnSpec], _ columns: [PartColumn]) -> [TextRenumbering] {
            specs.indices.map { position in
                let kept = keepsFirst ? columns[ifThere: position]?.texts?.count ?? 0 : 0
                return TextRenumbering(isSparse: isSparse, kept: kept)
            }
        }
        properties = numberings(store.customers.propertySpecs, first.properties)
        columns = tables.enumerated().map { position, table in
            numberings(table.columnSpecs, first.tables[ifThere: position]?.columns ?? [])
        }
    }

    /// Customers and their rows, without what is resolved anew when more rows come. Not for several threads at once.
    ///
    /// - Parameter customers: ascending ranges, after those of the slices before.
    /// - Throws: `storeDamaged`.
    func content(of customers: [Range<Int>]) throws -> GenerationContent {
        var ids = TextContent()
        var id: [UInt8] = []
        let dictionary = try store.customers.ids
        for customer in customers.joined() {
            id.removeAll(keepingCapacity: true)
            dictionary.append(UInt32(customer + 1), to: &id)
            ids.append(id[...])
        }
        let isSmall = ids.count < 1 << 14
        let specs = store.customers.propertySpecs
        let cells = try concurrentMap(Array(specs.indices), isSmall: isSmall) { [self] position in
            try content(
                specs[position], try store.customers.property(specs[position].name), customers, properties[position])
        }
        return GenerationContent(
            customerIDs: ids, properties: cells,
            tables: try tables.indices.map { try content(ofTable: $0, customers, isSmall: isSmall) })
    }

    private func content(ofTable position: Int, _ customers: [Range<Int>], isSmall: Bool) throws -> TableContent {
        let table = tables[position]
        let allOffsets = try table.offsets
        var offsets: [UInt32] = [0]
        var rows: [Range<Int>] = []
        for range in customers {
            let ends = allOffsets.array(range.lowerBound..<(range.upperBound + 1))
            let before = offsets[offsets.count - 1]
            for end in ends.dropFirst() { offsets.append(before + end - ends[0]) }
            rows.append(Int(ends[0])..<Int(ends[ends.count - 1]))
        }
        let specs = table.columnSpecs
        let columns = try concurrentMap(Array(specs.indices), isSmall: isSmall) { [self, rows] column in
            try content(specs[column], try table.column(specs[column].name), rows, self.columns[position][column])
        }
        return TableContent(
            name: table.name, keys: table.keys, offsets: offsets, timestamps: try table.timestamps.array(rows),
            columns: columns)
    }

    private func content(
        _ spec: ColumnSpec, _ column: StoredColumn?, _ rows: [Range<Int>], _ numbering: TextRenumbering
    ) throws -> ColumnContent {
        switch column {
        case .text(let codes, let dictionary):
            let (codes, texts) = numbering.renumbered(codes.array(rows), dictionary)
            return ColumnContent(spec: spec, cells: .text(codes, texts))
        case .decimal(let units, let scale):
            return ColumnContent(spec: spec, cells: .decimal(units.array(rows), scale: scale))
        case .instant(let cells): return ColumnContent(spec: spec, cells: .instant(cells.array(rows)))
        case nil: preconditionFailure("the column '\(spec.name)' is listed only")
        }
    }

    /// By new code - 1, of those that are not kept: the code of the text in the store.
    func oldCodes(property: Int) -> [UInt32] { properties[property].oldCodes }

    func oldCodes(table: Int, column: Int) -> [UInt32] { columns[table][column].oldCodes }
}

/// Gives the texts of a dictionary new codes, in the order in which they are met.
private final class TextRenumbering: @unchecked Sendable {
    private(set) var oldCodes: [UInt32] = []
    /// By old code, 0 where it was not met: one of the two, for many or for few.
    private var newCodes: [UInt32] = []
    private var sparseCodes: [UInt32: UInt32] = [:]
    private let isSparse: Bool
    /// Codes up to this one stay what they are.
    private let kept: UInt32

    init(isSparse: Bool, kept: Int) {
        self.isSparse = isSparse
        self.kept = UInt32(kept)
    }

    /// The new codes of some rows, and the texts that were met for the first time.
    func renumbered(_ old: [UInt32], _ dictionary: TextDictionary) -> (codes: [UInt32], texts: TextContent) {
        if !isSparse, newCodes.isEmpty { newCodes = Array(repeating: 0, count: dictionary.count + 1) }
        var codes = old
        var (newCodes, sparseCodes, oldCodes) = (newCodes, sparseCodes, oldCodes)
        (self.newCodes, self.sparseCodes, self.oldCodes) = ([], [:], [])
        let known = oldCodes.count
        for row in codes.indices where codes[row] > kept {
            let old = codes[row]
            var new = isSparse ? sparseCodes[old] ?? 0 : newCodes[Int(old)]
            if new == 0 {
                oldCodes.append(old)
                new = kept + UInt32(oldCodes.count)
                if isSparse { sparseCodes[old] = new } else { newCodes[Int(old)] = new }
            }
            codes[row] = new
        }
        var texts = TextContent()
        var text: [UInt8] = []
        for code in oldCodes[known...] {
            text.removeAll(keepingCapacity: true)
            dictionary.append(code, to: &text)
            texts.append(text[...])
        }
        (self.newCodes, self.sparseCodes, self.oldCodes) = (newCodes, sparseCodes, oldCodes)
        return (codes, texts)
    }
}

extension Cells {
    /// The cells of some ranges of rows, one after the other.
    func array(_ ranges: [Range<Int>]) -> [Element] {
        let count = ranges.reduce(0) { $0 + $1.count }
        return unsafe Array(unsafeUninitializedCapacity: count) { buffer, initialized in
            if var target = buffer.baseAddress {
                for range in ranges {
                    unsafe copy(range, to: target)
                    unsafe target += range.count
                }
            }
            initialized = count
        }
    }
}
