import Catalogs
import Diagnostics
import Foundation
import GRDB
import Quantities
import Queries

/// One generation as the catalog lists it.
struct GenerationRecord {
    var number: Int
    var isCurrent = true
    /// Microseconds since 1970 UTC.
    var createdAt: Int64
    /// What was imported to make it, as the importer names it.
    var sources: [String]
    /// What the data holds, made once, as a generation never changes; nil as long as it is not made.
    var profile: DataProfile?
    /// In order of their position.
    var tables: [TableRecord]
    var files: [FileRecord]

    /// Of all event types.
    var rows: Int { tables.reduce(0) { $0 + $1.rows } }
}

struct TableRecord {
    var name: String
    var keys: KeySpec
    var rows: Int
    /// Timestamps of the oldest and the newest row; nil without rows.
    var span: ClosedRange<Instant>?
    /// As `EventTable.isPlain`.
    var isPlain: Bool
}

extension TableRecord {
    init(_ content: TableContent) {
        name = content.name
        keys = content.keys
        rows = content.timestamps.count
        span = content.span.map { Instant(microseconds: $0.lowerBound)...Instant(microseconds: $0.upperBound) }
        isPlain = content.purchases?.isPlain ?? false
    }

    /// With more rows of the same table after these.
    func joined(with next: TableRecord) -> TableRecord {
        var joined = self
        joined.rows += next.rows
        joined.isPlain = isPlain && next.isPlain
        if let span, let more = next.span {
            joined.span = min(span.lowerBound, more.lowerBound)...max(span.upperBound, more.upperBound)
        } else {
            joined.span = span ?? next.span
        }
        return joined
    }
}

/// `catalog.sqlite`: which generations there are and what their files are. A generation exists from the moment its
/// transaction is committed; files that it does not list are nobody's.
struct GenerationCatalog {
    private let catalog: Catalog

    /// The file in its folder. Its version is the format of catalog and column files together.
    static func file(_ path: String) -> CatalogFile {
        CatalogFile(
            path,
            CatalogFile.Form(
                version: 3, schema: schema, damaged: .storeDamaged, inaccessible: .storeInaccessible,
                tooNew: .storeTooNew, tooOld: .storeTooOld, repair: storeRepair))
    }

    private static let schema = """
        CREATE TABLE generations (
            number INTEGER PRIMARY KEY,
            created_at INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('current', 'previous')),
            rows INTEGER NOT NULL,
            sources TEXT NOT NULL,
            profile TEXT,
            checksum INTEGER NOT NULL  -- of all that this database says of the generation, but for its state
        ) STRICT;
        CREATE UNIQUE INDEX one_generation_a_state ON generations (state);
        CREATE TABLE tables (
            generation INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,              -- JSON, as SQLite's texts end at a NUL
            keys TEXT NOT NULL,
            rows INTEGER NOT NULL,
            oldest INTEGER,
            newest INTEGER,
            is_plain INTEGER NOT NULL,
            PRIMARY KEY (generation, position)
        ) STRICT;
        CREATE TABLE columns (
            generation INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
            table_position INTEGER NOT NULL, -- -1 for the customers
            position INTEGER NOT NULL,       -- -1 where it is no attribute
            name TEXT NOT NULL,              -- JSON
            kind TEXT NOT NULL,
            scale INTEGER NOT NULL,
            rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            PRIMARY KEY (generation, table_position, position, kind)
        ) STRICT;
        """

    // Columns are named in each query: one whose name was damaged is an error then, and no missing value.
    private static let tableRows = """
        SELECT position, name, keys, rows, oldest, newest, is_plain FROM tables WHERE generation = ?1 ORDER BY position
        """
    private static let fileRows = """
        SELECT table_position, position, name, kind, scale, rows, bytes, checksum FROM columns WHERE generation = ?1
        ORDER BY table_position, position, kind
        """

    /// What the checksum of a generation is over.
    private static let checkedRows = [
        "SELECT number, created_at, rows, sources, profile FROM generations WHERE number = ?1", tableRows, fileRows,
    ]

    /// Opens the catalog of a store, which must be there.
    init(_ path: String) throws {
        catalog = try GenerationCatalog.file(path).open()
    }

    /// The number of the current generation; nil before the first import.
    func current() throws -> Int? {
        try catalog.read { db in
            let current = try Int.fetchOne(db, sql: "SELECT number FROM generations WHERE state = 'current'")
            if current == nil, try Int.fetchOne(db, sql: "SELECT number FROM generations") != nil {
                throw catalog.file.damage("none of its generations is the current one")
            }
            return current
        }
    }

    /// Every generation's number, ascending.
    func numbers() throws -> [Int] {
        try catalog.read { try Int.fetchAll($0, sql: "SELECT number FROM generations ORDER BY number") }
    }

    /// All generations, ascending.
    func generations() throws -> [GenerationRecord] { try numbers().compactMap { try generation($0) } }

    /// A generation with its tables and files; nil where the catalog does not list it.
    func generation(_ number: Int) throws -> GenerationRecord? {
        try catalog.read { db in
            let sql = """
                SELECT number, created_at, state, sources, profile, checksum FROM generations WHERE number = ?
                """
            guard let row = try Row.fetchOne(db, sql: sql, arguments: [number]) else { return nil }
            guard try db.checksum(of: GenerationCatalog.checkedRows, arguments: [number]) == row["checksum"] else {
                throw catalog.file.damage("what it says of generation \(number) does not match its checksum")
            }
            var record = GenerationRecord(
                number: row["number"], isCurrent: row["state"] == "current", createdAt: row["created_at"],
                sources: try decoded(row["sources"]),
                profile: try (row["profile"] as String?).map { try decoded($0) }, tables: [], files: [])
            let (tables, files) = (GenerationCatalog.tableRows, GenerationCatalog.fileRows)
            record.tables = try Row.fetchAll(db, sql: tables, arguments: [number]).map { row in
                var table = TableRecord(
                    name: try decoded(row["name"]), keys: try decoded(row["keys"]), rows: row["rows"],
                    isPlain: row["is_plain"])
                if let oldest = row["oldest"] as Int64?, let newest = row["newest"] as Int64?, oldest <= newest {
                    table.span = Instant(microseconds: oldest)...Instant(microseconds: newest)
                }
                return table
            }
            record.files = try Row.fetchAll(db, sql: files, arguments: [number]).map { row in
                guard let kind = FileKind(rawValue: row["kind"]) else {
                    throw catalog.file.damage("it lists a file of the unknown kind '\(row["kind"] as String)'")
                }
                return FileRecord(
                    table: row["table_position"], position: row["position"], name: try decoded(row["name"]),
                    kind: kind, scale: row["scale"], rows: row["rows"], bytes: row["bytes"],
                    checksum: UInt64(bitPattern: row["checksum"]))
            }
            return record
        }
    }

    /// Makes a generation whose files are on the disk the current one, keeps the one before it and forgets older ones,
    /// all in one transaction.
    func publish(_ record: GenerationRecord) throws {
        try catalog.write { db in
            // The one that was current stays readable, and at hand, until the next import.
            try db.execute(sql: "DELETE FROM generations WHERE state = 'previous'")
            try db.execute(sql: "UPDATE generations SET state = 'previous'")
            try db.execute(
                sql: "INSERT INTO generations VALUES (?, ?, 'current', ?, ?, ?, 0)",
                arguments: [
                    record.number, record.createdAt, record.rows, try encoded(record.sources),
                    try record.profile.map { try encoded($0) },
                ])
            for (position, table) in record.tables.enumerated() {
                try db.execute(
                    sql: "INSERT INTO tables VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        record.number, position, try encoded(table.name), try encoded(table.keys), table.rows,
                        table.span?.lowerBound.microseconds, table.span?.upperBound.microseconds, table.isPlain,
                    ])
            }
            for file in record.files {
                try db.execute(
                    sql: "INSERT INTO columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        record.number, file.table, file.position, try encoded(file.name), file.kind.rawValue,
                        file.scale, file.rows, file.bytes, Int64(bitPattern: file.checksum),
                    ])
            }
            // Of what was stored, read back: a value that SQLite keeps in another form can not differ later.
            let checksum = try db.checksum(of: GenerationCatalog.checkedRows, arguments: [record.number])
            try db.execute(
                sql: "UPDATE generations SET checksum = ? WHERE number = ?", arguments: [checksum, record.number])
        }
    }

    private func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func decoded<Value: Decodable>(_ text: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw catalog.file.damage("it holds unreadable JSON: \(text)")
        }
    }
}
