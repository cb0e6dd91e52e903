extension EventStore {
    /// The event types, columns and properties of the store without any customer or row. Reads no column.
    var emptied: GenerationContent {
        func columns(_ set: ColumnSet) -> [ColumnContent] {
            zip(set.specs, set.scales).map { spec, scale in
                let cells: ColumnCells =
                    switch spec.type {
                    case .text: .text([], TextContent())
                    case .decimal: .decimal([], scale: scale)
                    case .instant: .instant([])
                    }
                return ColumnContent(spec: spec, cells: cells)
            }
        }
        return GenerationContent(
            customerIDs: TextContent(), properties: columns(customers.attributes),
            tables: tableNames.compactMap { tables[$0] }.map { table in
                TableContent(
                    name: table.name, keys: table.keys, offsets: [0], timestamps: [],
                    columns: columns(table.columns.attributes), owners: table.keys.key.map { _ in [] })
            })
    }

    /// The customer who has a row with that key, nil where nobody has; of several customers the one whose row was
    /// imported first.
    ///
    /// The first call finds out whose all keys are: some nanoseconds a key.
    ///
    /// - Throws: `storeDamaged`.
    func customer(ofKey key: some Sequence<UInt8>, inTable name: String) throws -> Int? {
        guard let table = tables[name], let column = table.keys.key,
            case .text(_, let dictionary) = try table.column(column), let code = dictionary.code(of: key)
        else { return nil }
        return try (table.columns.owners?.value[Int(code) - 1]).map { Int($0) }
    }
}
