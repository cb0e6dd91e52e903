import Diagnostics
import Foundation
import GRDB
import Queries

/// One generation as the catalog lists it.
struct GenerationRecord {
    var number: Int
    /// Microseconds since 1970 UTC.
    var createdAt: Int64
    /// Of all event types.
    var rows: Int
    /// What was imported to make it, as the importer names it.
    var sources: [String]
    /// What the data holds, made once, as a generation never changes; nil where the catalog is only listed.
    var profile: DataProfile?
    /// In order of their position.
    var tables: [TableRecord]
    var files: [FileRecord]
}

struct TableRecord {
    var name: String
    var keys: KeySpec
    var rows: Int
    /// Microseconds of the newest row; nil without rows.
    var newest: Int64?
}

/// `catalog.sqlite`: which generations there are and what their files are. A generation exists from the moment its
/// transaction is committed; files that it does not list are nobody's.
struct Catalog {
    private let path: String
    private let database: DatabaseQueue

    /// Format of catalog and column files together, kept as SQLite's `user_version`.
    static let version = 1

    /// Opens the catalog of a store. For writing it is created where it is not there yet.
    init(_ path: String, forWriting: Bool) throws {
        self.path = path
        database = try Catalog.reportingDamage(path) {
            var configuration = Configuration()
            configuration.readonly = !forWriting
            configuration.busyMode = .timeout(10)
            if forWriting {
                configuration.prepareDatabase { db in
                    try db.execute(sql: "PRAGMA journal_mode = WAL")
                    // After `journal_mode`: a commit must be on the disk before it is acknowledged.
                    try db.execute(sql: "PRAGMA synchronous = FULL")
                }
            }
            let database = try DatabaseQueue(path: path, configuration: configuration)
            if forWriting { try database.write { try Catalog.createTables($0) } }
            return database
        }
        let found = try read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        guard found <= Catalog.version else {
            throw Diagnostic(
                .error, .storeTooNew, "\(path): the store has format \(found), the newest known is \(Catalog.version)")
        }
    }

    private static func createTables(_ db: Database) throws {
        guard try Int.fetchOne(db, sql: "PRAGMA user_version") == 0 else { return }
        try db.execute(
            sql: """
                CREATE TABLE generations (
                    number INTEGER PRIMARY KEY,
                    created_at INTEGER NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('current', 'previous')),
                    rows INTEGER NOT NULL,
                    sources TEXT NOT NULL,
                    profile TEXT NOT NULL
                ) STRICT;
                CREATE UNIQUE INDEX one_generation_is_current ON generations (state) WHERE state = 'current';
                CREATE TABLE tables (
                    generation INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
                    position INTEGER NOT NULL,
                    name BLOB NOT NULL,              -- UTF-8; as TEXT it would end at a zero byte
                    keys TEXT NOT NULL,
                    rows INTEGER NOT NULL,
                    newest INTEGER,
                    PRIMARY KEY (generation, position)
                ) STRICT;
                CREATE TABLE columns (
                    generation INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
                    file TEXT NOT NULL,
                    table_position INTEGER NOT NULL, -- -1 for the customers
                    position INTEGER NOT NULL,       -- -1 where it is no attribute
                    name BLOB NOT NULL,
                    kind TEXT NOT NULL,
                    scale INTEGER NOT NULL,
                    rows INTEGER NOT NULL,
                    bytes INTEGER NOT NULL,
                    checksum INTEGER NOT NULL,
                    PRIMARY KEY (generation, file)
                ) STRICT;
                PRAGMA user_version = \(version);
                """)
    }

    /// The number of the current generation; nil before the first import.
    func current() throws -> Int? {
        try read { try Int.fetchOne($0, sql: "SELECT number FROM generations WHERE state = 'current'") }
    }

    /// Every generation's number, ascending.
    func numbers() throws -> [Int] {
        try read { try Int.fetchAll($0, sql: "SELECT number FROM generations ORDER BY number") }
    }

    /// All generations without their tables and files, ascending.
    func generations() throws -> [(record: GenerationRecord, isCurrent: Bool, bytes: Int)] {
        try read { db in
            let sql = """
                SELECT *, (SELECT total(bytes) FROM columns WHERE generation = number) AS bytes
                FROM generations ORDER BY number
                """
            return try Row.fetchAll(db, sql: sql).map { row in
                (try generation(row), row["state"] == "current", Int(row["bytes"] as Double))
            }
        }
    }

    /// A generation with its tables and files; nil where the catalog does not list it.
    func generation(_ number: Int) throws -> GenerationRecord? {
        try read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM generations WHERE number = ?", arguments: [number])
            else { return nil }
            var record = try generation(row)
            record.profile = try decoded(row["profile"])
            let tables = "SELECT * FROM tables WHERE generation = ? ORDER BY position"
            record.tables = try Row.fetchAll(db, sql: tables, arguments: [number]).map { row in
                TableRecord(
                    name: name(row), keys: try decoded(row["keys"]), rows: row["rows"], newest: row["newest"])
            }
            let files = "SELECT * FROM columns WHERE generation = ? ORDER BY table_position, position, kind"
            record.files = try Row.fetchAll(db, sql: files, arguments: [number]).map { row in
                guard let kind = FileKind(rawValue: row["kind"]) else {
                    throw storeDamaged(path, "it lists a file of the unknown kind '\(row["kind"] as String)'")
                }
                return FileRecord(
                    table: row["table_position"], position: row["position"], name: name(row), kind: kind,
                    scale: row["scale"], file: row["file"], rows: row["rows"], bytes: row["bytes"],
                    checksum: UInt64(bitPattern: row["checksum"]))
            }
            return record
        }
    }

    /// Makes a generation whose files are on the disk the current one, keeps the one before it and forgets older ones,
    /// all in one transaction.
    func publish(_ record: GenerationRecord) throws {
        try write { db in
            // The one that was current stays readable, and at hand, until the next import.
            try db.execute(sql: "DELETE FROM generations WHERE state = 'previous'")
            try db.execute(sql: "UPDATE generations SET state = 'previous'")
            try db.execute(
                sql: "INSERT INTO generations VALUES (?, ?, 'current', ?, ?, ?)",
                arguments: [
                    record.number, record.createdAt, record.rows, try encoded(record.sources),
                    try encoded(record.profile),
                ])
            for (position, table) in record.tables.enumerated() {
                try db.execute(
                    sql: "INSERT INTO tables VALUES (?, ?, ?, ?, ?, ?)",
                    arguments: [
                        record.number, position, Data(table.name.utf8), try encoded(table.keys), table.rows,
                        table.newest,
                    ])
            }
            for file in record.files {
                try db.execute(
                    sql: "INSERT INTO columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        record.number, file.file, file.table, file.position, Data(file.name.utf8), file.kind.rawValue,
                        file.scale,
                        file.rows, file.bytes, Int64(bitPattern: file.checksum),
                    ])
            }
        }
    }

    private func generation(_ row: Row) throws -> GenerationRecord {
        GenerationRecord(
            number: row["number"], createdAt: row["created_at"], rows: row["rows"],
            sources: try decoded(row["sources"]), profile: nil, tables: [], files: [])
    }

    private func name(_ row: Row) -> String { String(decoding: row["name"] as Data, as: UTF8.self) }

    private func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func decoded<Value: Decodable>(_ text: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw storeDamaged(path, "it holds unreadable JSON: \(text)")
        }
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Catalog.reportingDamage(path) { try database.read(body) }
    }

    private func write(_ body: (Database) throws -> Void) throws {
        try Catalog.reportingDamage(path) { try database.write(body) }
    }

    private static func reportingDamage<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            let message = error.message ?? "error \(error.resultCode.rawValue)"
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_MISMATCH:
                throw storeDamaged(path, message)
            default:
                throw Diagnostic(
                    .error, .storeInaccessible, "\(path): \(message)", hints: ["the store's folder must be writable"])
            }
        }
    }
}
