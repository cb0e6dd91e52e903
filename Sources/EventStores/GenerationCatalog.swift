import Catalogs
import Diagnostics
import Foundation
import GRDB
import Quantities

/// `catalog.sqlite`: which generations there are and what their files are. A generation exists from the moment its
/// transaction is committed; files that it does not list are nobody's.
struct GenerationCatalog {
    private let catalog: Catalog

    /// The file in its folder. Its version is the format of catalog and column files together.
    static func file(_ path: String) -> CatalogFile {
        CatalogFile(
            path,
            CatalogFile.Form(
                version: 5, schema: schema, damaged: .storeDamaged, inaccessible: .storeInaccessible,
                tooNew: .storeTooNew, tooOld: .storeTooOld, repair: storeRepair))
    }

    private static let schema = """
        CREATE TABLE generations (
            number INTEGER PRIMARY KEY,
            created_at INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('current', 'previous')),
            sources TEXT NOT NULL,
            profile TEXT,
            checksum INTEGER NOT NULL,       -- of all that this database says of the generation, but for its state
            imports_checksum INTEGER NOT NULL  -- and of the files that were imported
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
            shared_keys INTEGER NOT NULL,
            PRIMARY KEY (generation, position)
        ) STRICT;
        CREATE TABLE parts (
            number INTEGER PRIMARY KEY,
            customers INTEGER NOT NULL,
            tables TEXT NOT NULL             -- JSON
        ) STRICT;
        CREATE TABLE generation_parts (
            generation INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
            position INTEGER NOT NULL,
            part INTEGER NOT NULL REFERENCES parts,
            PRIMARY KEY (generation, position)
        ) STRICT;
        CREATE TABLE columns (
            part INTEGER NOT NULL REFERENCES parts ON DELETE CASCADE,
            table_position INTEGER NOT NULL, -- -1 for the customers
            position INTEGER NOT NULL,       -- -1 where it is no attribute
            name TEXT NOT NULL,              -- JSON
            kind TEXT NOT NULL,
            scale INTEGER NOT NULL,
            rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            bundle TEXT,                     -- the file, where it is not the column's own
            start INTEGER NOT NULL,
            PRIMARY KEY (part, table_position, position, kind)
        ) STRICT;
        CREATE TABLE imports (
            generation INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
            source TEXT NOT NULL,            -- JSON
            path TEXT NOT NULL,              -- JSON
            size INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            imported_at INTEGER NOT NULL,
            counts TEXT NOT NULL             -- JSON: what became of its rows
        ) STRICT;
        CREATE INDEX imports_of_generation ON imports (generation);
        """

    // Columns are named in each query: one whose name was damaged is an error then, and no missing value.
    private static let tableRows = """
        SELECT position, name, keys, rows, oldest, newest, is_plain, shared_keys FROM tables WHERE generation = ?1
        ORDER BY position
        """
    private static let partRows = """
        SELECT g.position, p.number, p.customers, p.tables FROM generation_parts g JOIN parts p ON p.number = g.part
        WHERE g.generation = ?1 ORDER BY g.position
        """
    private static let fileRows = """
        SELECT part, table_position, position, name, kind, scale, rows, bytes, checksum, bundle, start FROM columns
        WHERE part IN (SELECT part FROM generation_parts WHERE generation = ?1)
        ORDER BY part, table_position, position, kind
        """
    private static let importRows = """
        SELECT source, path, size, checksum, imported_at, counts FROM imports WHERE generation = ?1 ORDER BY rowid
        """

    /// What the checksum of a generation is over.
    private static let checkedRows = [
        "SELECT number, created_at, sources, profile FROM generations WHERE number = ?1", tableRows, partRows, fileRows,
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
                profile: try (row["profile"] as String?).map { try decoded($0) }, tables: [], parts: [])
            record.tables = try Row.fetchAll(db, sql: GenerationCatalog.tableRows, arguments: [number]).map { row in
                var table = TableRecord(
                    name: try decoded(row["name"]), keys: try decoded(row["keys"]), rows: row["rows"],
                    isPlain: row["is_plain"], sharedKeys: row["shared_keys"])
                if let oldest = row["oldest"] as Int64?, let newest = row["newest"] as Int64?, oldest <= newest {
                    table.span = Instant(microseconds: oldest)...Instant(microseconds: newest)
                }
                return table
            }
            var files: [Int: [FileRecord]] = [:]
            // A column's files, in each part, have the same name.
            var names: [String: String] = [:]
            for row in try Row.fetchAll(db, sql: GenerationCatalog.fileRows, arguments: [number]) {
                let name = try names[row["name"]] ?? decoded(row["name"])
                names[row["name"]] = name
                files[row["part"], default: []].append(try file(row, name: name))
            }
            record.parts = try Row.fetchAll(db, sql: GenerationCatalog.partRows, arguments: [number]).map { row in
                PartRecord(
                    number: row["number"], customers: row["customers"], tables: try decoded(row["tables"]),
                    files: files[row["number"]] ?? [])
            }
            guard !record.parts.isEmpty else { throw catalog.file.damage("generation \(number) has no parts") }
            return record
        }
    }

    private func file(_ row: Row, name: String) throws -> FileRecord {
        guard let kind = FileKind(rawValue: row["kind"]) else {
            throw catalog.file.damage("it lists a file of the unknown kind '\(row["kind"] as String)'")
        }
        return FileRecord(
            table: row["table_position"], position: row["position"], name: name, kind: kind,
            scale: row["scale"], rows: row["rows"], bytes: row["bytes"],
            checksum: UInt64(bitPattern: row["checksum"]), bundle: row["bundle"], offset: row["start"])
    }

    /// The numbers of the parts of all generations.
    func partNumbers() throws -> [Int] {
        try catalog.read { try Int.fetchAll($0, sql: "SELECT part FROM generation_parts") }
    }

    /// The files that a generation was imported from, oldest first.
    func imports(ofGeneration number: Int) throws -> [ImportedFile] {
        try catalog.read { db in
            let query = GenerationCatalog.importRows
            let expected = "SELECT imports_checksum FROM generations WHERE number = ?"
            guard
                try Int64.fetchOne(db, sql: expected, arguments: [number])
                    == db.checksum(of: [query], arguments: [number])
            else { throw catalog.file.damage("what it says of imported files does not match its checksum") }
            return try Row.fetchAll(db, sql: query, arguments: [number]).map { row in
                ImportedFile(
                    source: try decoded(row["source"]), path: try decoded(row["path"]), size: row["size"],
                    checksum: UInt64(bitPattern: row["checksum"]),
                    importedAt: Instant(microseconds: row["imported_at"]), rows: try decoded(row["counts"]))
            }
        }
    }

    /// Makes a generation whose files are on the disk the current one, keeps the one before it and forgets older ones
    /// and their parts, all in one transaction.
    ///
    /// - Parameter imports: all files that it was imported from, oldest first.
    func publish(_ record: GenerationRecord, imports: [ImportedFile]) throws {
        try catalog.write { db in
            // The one that was current stays readable, and at hand, until the next import.
            try db.execute(sql: "DELETE FROM generations WHERE state = 'previous'")
            try db.execute(sql: "UPDATE generations SET state = 'previous'")
            try db.execute(
                sql: "INSERT INTO generations VALUES (?, ?, 'current', ?, ?, 0, 0)",
                arguments: [
                    record.number, record.createdAt, try encoded(record.sources),
                    try record.profile.map { try encoded($0) },
                ])
            for (position, table) in record.tables.enumerated() {
                try db.execute(
                    sql: "INSERT INTO tables VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        record.number, position, try encoded(table.name), try encoded(table.keys), table.rows,
                        table.span?.lowerBound.microseconds, table.span?.upperBound.microseconds, table.isPlain,
                        table.sharedKeys,
                    ])
            }
            let known = Set(try Int.fetchAll(db, sql: "SELECT number FROM parts"))
            for (position, part) in record.parts.enumerated() {
                if !known.contains(part.number) { try insert(part, db) }
                try db.execute(
                    sql: "INSERT INTO generation_parts VALUES (?, ?, ?)",
                    arguments: [record.number, position, part.number])
            }
            try db.execute(sql: "DELETE FROM parts WHERE number NOT IN (SELECT part FROM generation_parts)")
            for file in imports {
                try db.execute(
                    sql: "INSERT INTO imports VALUES (?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        record.number, try encoded(file.source), try encoded(file.path), file.size,
                        Int64(bitPattern: file.checksum), file.importedAt.microseconds, try encoded(file.rows),
                    ])
            }
            // Of what was stored, read back: a value that SQLite keeps in another form can not differ later.
            try db.execute(
                sql: "UPDATE generations SET checksum = ?, imports_checksum = ? WHERE number = ?",
                arguments: [
                    try db.checksum(of: GenerationCatalog.checkedRows, arguments: [record.number]),
                    try db.checksum(of: [GenerationCatalog.importRows], arguments: [record.number]), record.number,
                ])
        }
    }

    private func insert(_ part: PartRecord, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO parts VALUES (?, ?, ?)",
            arguments: [part.number, part.customers, try encoded(part.tables)])
        for file in part.files {
            try db.execute(
                sql: "INSERT INTO columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    part.number, file.table, file.position, try encoded(file.name), file.kind.rawValue, file.scale,
                    file.rows, file.bytes, Int64(bitPattern: file.checksum), file.bundle, file.offset,
                ])
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
