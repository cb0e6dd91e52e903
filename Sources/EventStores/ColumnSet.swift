import Synchronization

/// The named columns of a table, each mapped when it is first asked for. Copies share what is mapped.
struct ColumnSet: Sendable {
    private let columns: [LazyColumn]
    private let positions: [String: Int]

    init(_ columns: [LazyColumn]) {
        self.columns = columns
        positions = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.spec.name, $0) })
    }

    var specs: [ColumnSpec] { columns.map(\.spec) }

    func column(_ name: String) throws -> StoredColumn? { try positions[name].map { try columns[$0].column() } }

    func verify() throws {
        for column in columns { _ = try column.column() }
    }
}

/// A column that is loaded at the first access, and only then.
final class LazyColumn: Sendable {
    let spec: ColumnSpec
    private let load: @Sendable () throws -> StoredColumn
    private let loaded = Mutex<StoredColumn?>(nil)

    init(_ spec: ColumnSpec, load: @escaping @Sendable () throws -> StoredColumn) {
        self.spec = spec
        self.load = load
    }

    func column() throws -> StoredColumn {
        try loaded.withLock { loaded in
            if let loaded { return loaded }
            let column = try load()
            loaded = column
            return column
        }
    }
}
