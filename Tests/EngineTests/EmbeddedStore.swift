import Engine
import EventStores
import Quantities
import Queries

extension RawProject {
    /// The project as the store that importing it gives, in memory.
    func makeStore() throws -> EventStore {
        let builder = try StoreBuilder()
        for customer in allCustomers {
            let index = builder.customer(customer.id.bytes)
            for (name, type) in propertyColumns.sorted(by: { $0.key < $1.key }) {
                try builder.setProperty(
                    ColumnSpec(name: name, type: type.column), of: index, to: Cell(customer.properties[name]))
            }
        }
        var tables: [String: (index: Int, columns: [ColumnSpec])] = [:]
        for (type, columns) in eventColumns.sorted(by: { $0.key < $1.key }) {
            let specs = columns.sorted { $0.key < $1.key }.map { ColumnSpec(name: $0.key, type: $0.value.column) }
            let keys = self.keys[type] ?? RawKeys()
            let index = try builder.table(
                type, columns: specs,
                keys: KeySpec(
                    key: keys.key, amount: keys.amount, parent: keys.parent,
                    refersTo: keys.refersTo.flatMap { reference in
                        // An event type without a key can not be referred to.
                        self.keys[reference.event]?.key == nil
                            ? nil : .init(table: reference.event, column: reference.attribute)
                    }))
            tables[type] = (index, specs)
        }
        for event in events {
            guard let table = tables[event.type] else { continue }
            try builder.append(
                table: table.index, customer: builder.customer(event.customer.bytes), timestamp: event.timestamp,
                cells: table.columns.map { Cell(event.attributes[$0.name]) })
        }
        return try builder.finish().makeStore()
    }
}

extension RawType {
    fileprivate var column: ColumnType {
        switch self {
        case .text: .text
        case .decimal: .decimal
        case .instant: .instant
        }
    }
}

extension Cell {
    fileprivate init(_ value: RawValue?) {
        self =
            switch value {
            case .text(let text): .text(text.bytes[...])
            case .decimal(let decimal): .decimal(decimal)
            case .instant(let instant): .instant(instant)
            case nil: .missing
            }
    }
}
