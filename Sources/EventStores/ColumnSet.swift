import Synchronization

/// A value that is loaded when it is first asked for, and only then. Copies of the reference share what is loaded.
final class Lazy<Value: Sendable>: Sendable {
    private let load: @Sendable () throws -> Value
    private let loaded = Mutex<Value?>(nil)

    init(_ load: @escaping @Sendable () throws -> Value) {
        self.load = load
    }

    /// A value that is there.
    init(_ value: Value) {
        load = { value }
    }

    /// - Throws: what loading throws; the next call tries again.
    var value: Value {
        get throws {
            try loaded.withLock { loaded in
                if let loaded { return loaded }
                let value = try load()
                loaded = value
                return value
            }
        }
    }
}

/// The named columns of a table, each mapped when it is first asked for. Copies share what is mapped.
struct ColumnSet: Sendable {
    let specs: [ColumnSpec]
    private let columns: [Lazy<StoredColumn>]
    private let positions: [String: Int]

    /// Digits after the point of decimal columns, by position.
    let scales: [Int]

    init(_ columns: [(spec: ColumnSpec, scale: Int, column: Lazy<StoredColumn>)]) {
        specs = columns.map(\.spec)
        scales = columns.map(\.scale)
        self.columns = columns.map(\.column)
        positions = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.spec.name, $0) })
    }

    func column(_ name: String) throws -> StoredColumn? { try positions[name].map { try columns[$0].value } }
}
