package import GRDB
import Quantities

/// An open catalog file. Errors of SQLite are thrown as diagnostics that name the file.
package struct Catalog: Sendable {
    package let file: CatalogFile
    private let queue: DatabaseQueue

    init(file: CatalogFile, queue: DatabaseQueue) {
        self.file = file
        self.queue = queue
    }

    /// Looks at one state of the database.
    package func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try file.reportingErrors { try queue.read(body) }
    }

    /// Changes the database, all of it or nothing; the change is on the disk when this returns.
    package func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try file.reportingErrors { try queue.write(body) }
    }
}

extension Database {
    /// A checksum over every value that the queries give, to be kept with what they tell about: SQLite has none of
    /// its own. The queries must order their rows.
    package func checksum(of queries: [String], arguments: StatementArguments) throws -> Int64 {
        var bytes: [UInt8] = []
        func add(_ kind: UInt8, _ number: Int64) {
            bytes.append(kind)
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        for query in queries {
            let rows = try Row.fetchAll(self, sql: query, arguments: arguments)
            add(0, Int64(rows.count))
            for value in rows.flatMap(\.databaseValues) {
                switch value.storage {
                case .null: add(1, 0)
                case .int64(let number): add(2, number)
                case .double(let number): add(3, Int64(bitPattern: number.bitPattern))
                case .string(let text):
                    // The length keeps neighbours apart.
                    add(4, Int64(text.utf8.count))
                    bytes += text.utf8
                case .blob(let data):
                    add(5, Int64(data.count))
                    bytes += data
                }
            }
        }
        return Int64(bitPattern: unsafe bytes.withUnsafeBytes { unsafe Quantities.checksum($0) })
    }
}
