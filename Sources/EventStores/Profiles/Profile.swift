package import Queries

extension EventStore {
    /// What the store really holds: counts, spans of time, and for each attribute how often it is there and with which
    /// values. Event types and attributes are in order of first import.
    ///
    /// Made once, when the generation is written.
    ///
    /// - Throws: `storeDamaged`.
    package func profile() throws -> DataProfile {
        if var profile = record?.profile {
            profile.generation = String(generation)
            return profile
        }
        let isSmall = tables.values.allSatisfy { $0.rowCount < 1 << 16 }
        return DataProfile(
            generation: String(generation), customers: customers.count,
            events: try tableNames.compactMap { name in try tables[name].map { try profile($0, isSmall: isSmall) } },
            properties: try concurrentMap(customers.propertySpecs, isSmall: isSmall) { [self] spec in
                try profile(
                    spec, try customers.property(spec.name), rows: customers.count, counts(spec, \.properties))
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
        let position = tableNames.firstIndex(of: table.name)
        let attributes = try concurrentMap(table.columnSpecs, isSmall: isSmall) { [self] spec in
            try profile(
                spec, try table.column(spec.name), rows: table.rowCount,
                counts(spec) { part in position.map { part.tables[$0].columns } ?? [] })
        }
        return EventProfile(
            name: table.name, rows: table.rowCount, customers: withRows, first: table.span?.lowerBound,
            last: table.span?.upperBound, attributes: attributes,
            keys: table.keys.key.flatMap { key in attributes.first { $0.name == key }?.distinct })
    }

    /// How many rows have each text of a column, where one part on disk is all there is.
    private func counts(_ spec: ColumnSpec, _ columns: (StorePart) -> [PartColumn]) throws -> Cells<UInt32>? {
        guard join.isSingle, record != nil,
            case .text(_, _, let counts)? = columns(join.parts[0]).first(where: { $0.spec == spec })?.cells
        else { return nil }
        return counts?.changes == nil ? try counts?.counts.value : nil
    }

    private func profile(
        _ spec: ColumnSpec, _ column: StoredColumn?, rows: Int, _ counts: Cells<UInt32>?
    ) throws -> AttributeProfile {
        func attribute(_ kind: AttributeProfile.Kind, _ cells: Cells<Int64>) -> AttributeProfile {
            var present = 0
            unsafe cells.forEachBlock { present += unsafe $0.count { $0 != missingWord } }
            return AttributeProfile(
                name: spec.name, kind: kind, present: present, rows: rows, distinct: nil, values: [])
        }
        switch column {
        case .text(let codes, let dictionary):
            return AttributeProfile(spec.name, codes, dictionary, known: counts, rows: rows)
        case .decimal(let cells, _): return attribute(.number, cells)
        case .instant(let cells): return attribute(.timestamp, cells)
        case nil: preconditionFailure("the column '\(spec.name)' is listed only")
        }
    }
}
