package import Diagnostics
import Foundation
import GRDB

/// A small SQLite database that is there whole or not at all, and that reports its damage.
///
/// It keeps a rollback journal and no write-ahead log: one file that can be copied, that needs no other file beside it
/// to be read, also from a folder without the right to write. A commit is on the disk when it returns (`synchronous` is
/// `EXTRA`: that of the journal's folder is part of the commit).
package struct CatalogFile: Sendable {
    package let path: String
    private let form: Form

    /// What the database holds, and how its problems are called.
    package struct Form: Sendable {
        /// 1, 2, 3, ...; kept as SQLite's `user_version`.
        package var version: Int
        /// Makes the tables. They should be `STRICT`, so that the integrity check sees values of a wrong type.
        package var schema: String
        package var damaged: Code
        package var inaccessible: Code
        /// For a file of a newer format.
        package var tooNew: Code
        /// For a file of an older format, which is read no longer; nil where there is none.
        package var tooOld: Code?
        /// What to do about damage.
        package var repair: String

        package init(
            version: Int, schema: String, damaged: Code, inaccessible: Code, tooNew: Code, tooOld: Code? = nil,
            repair: String
        ) {
            self.version = version
            self.schema = schema
            self.damaged = damaged
            self.inaccessible = inaccessible
            self.tooNew = tooNew
            self.tooOld = tooOld
            self.repair = repair
        }
    }

    package init(_ path: String, _ form: Form) {
        self.path = path
        self.form = form
    }

    package var isThere: Bool { unsafe access(path, F_OK) == 0 }

    /// Opens the database, which must be there, and checks the structure of all of it.
    ///
    /// - Throws: a `Diagnostic` with one of the form's codes.
    package func open() throws -> Catalog {
        let queue = try connect(path)
        let catalog = Catalog(file: self, queue: queue)
        try catalog.read { database in
            let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            if found > form.version {
                throw Diagnostic(
                    form.tooNew, "\(path): its format is \(found), the newest known is \(form.version)",
                    hints: ["use the version of tenure that wrote it"])
            }
            if let tooOld = form.tooOld, (1..<form.version).contains(found) {
                throw Diagnostic(
                    tooOld, "\(path): its format is \(found), which this version does not read any more",
                    hints: ["delete the folder \(folder) and import the sources again"])
            }
            // A file under this name was complete from its first moment on.
            if found < form.version { throw damage("it has the format \(found) instead of \(form.version)") }
            let findings = try String.fetchAll(database, sql: "PRAGMA integrity_check(1)")
            if findings != ["ok"] { throw damage(findings.first ?? "the integrity check says nothing") }
        }
        return catalog
    }

    /// Makes the file's folder and those above it where they are missing; their names are on the disk afterwards.
    package func makeFolder() throws { try makeFolder(folder) }

    private var folder: String { URL(filePath: path).deletingLastPathComponent().path }

    private func makeFolder(_ folder: String) throws {
        if unsafe access(folder, F_OK) == 0 { return }
        let above = URL(filePath: folder).deletingLastPathComponent().path
        try makeFolder(above)
        guard unsafe mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw failure("creating the folder \(folder)")
        }
        let parent = try FolderHandle(above, file: self)
        defer { parent.close() }
        try parent.sync()
    }

    /// Makes an empty database, and its folder, where there is none. Whatever ends the process, and whoever does the
    /// same at that moment: a file of that name is always complete.
    package func create() throws {
        if isThere { return }
        try makeFolder()
        let handle = try FolderHandle(folder, file: self)
        // Closing it gives the lock back.
        defer { handle.close() }
        try handle.lock()
        if isThere { return }
        let draft = path + ".new"
        for leftover in [draft, draft + "-journal"] where unsafe unlink(leftover) != 0 && errno != ENOENT {
            throw failure("removing \(leftover)")
        }
        try reportingErrors {
            let queue = try connect(draft)
            try queue.write { try $0.execute(sql: form.schema + ";\nPRAGMA user_version = \(form.version)") }
            try queue.close()
        }
        guard unsafe rename(draft, path) == 0 else { throw failure("renaming \(draft)") }
        try handle.sync()
    }

    private func connect(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON")
        }
        return try reportingErrors { try DatabaseQueue(path: path, configuration: configuration) }
    }

    /// The database is not what was written.
    package func damage(_ what: String) -> Diagnostic {
        Diagnostic(form.damaged, "\(path): \(what)", hints: [form.repair])
    }

    /// A failed system call.
    func failure(_ doing: String, code: Int32 = errno) -> Diagnostic {
        inaccessible("\(doing) failed: \(unsafe String(cString: strerror(code)))", isFull: code == ENOSPC)
    }

    private func inaccessible(_ what: String, isFull: Bool) -> Diagnostic {
        Diagnostic(
            form.inaccessible, "\(path): \(what)",
            hints: [isFull ? "free some space and run the command again" : "the file and its folder must be writable"])
    }

    /// Turns SQLite's errors into diagnostics; others pass.
    func reportingErrors<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            let message = error.message ?? "error \(error.extendedResultCode.rawValue)"
            switch error.resultCode {
            // An unknown table or column, too: the schema is damaged.
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_CONSTRAINT,
                .SQLITE_FORMAT:
                throw damage(message)
            default:
                throw inaccessible(message, isFull: error.resultCode == .SQLITE_FULL)
            }
        }
    }
}

/// An open folder.
private struct FolderHandle {
    private let descriptor: Int32
    private let file: CatalogFile

    init(_ folder: String, file: CatalogFile) throws {
        self.file = file
        descriptor = unsafe Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw file.failure("opening the folder") }
    }

    /// Waits for the kernel's lock, which goes with the handle or its process: of those who would make a file here, one
    /// at a time does.
    func lock() throws {
        while flock(descriptor, LOCK_EX) != 0 {
            if errno != EINTR { throw file.failure("locking the folder") }
        }
    }

    /// Waits until the names in the folder are on the disk.
    func sync() throws {
        guard fsync(descriptor) == 0 else { throw file.failure("flushing the folder") }
    }

    func close() { _ = Foundation.close(descriptor) }
}
