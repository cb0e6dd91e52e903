import Catalogs
import Diagnostics
import Foundation
package import Quantities

/// The folder of a store on disk.
///
///     catalog.sqlite      which generations there are, which is current, and what their files are
///     generations/7/      the immutable column files of generation 7
///     writer.lock         locked by the kernel for the process that writes; holds its process id
package struct StoreDirectory: Sendable {
    /// As the user would type it.
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    /// The current generation; nil where nothing was imported yet.
    ///
    /// - Throws: `storeDamaged`, `storeInaccessible`, `storeTooNew`, `storeTooOld`.
    package func open() throws -> EventStore? {
        guard let catalog = try catalog() else { return nil }
        var missing: Int?
        while let number = try catalog.current() {
            if let store = try open(number, catalog) { return store }
            // Deleted between the two looks, by an import that was faster; then there is a newer one.
            guard missing != number else {
                throw storeDamaged(folder(of: number), "the folder of the current generation is missing")
            }
            missing = number
        }
        return nil
    }

    /// What the catalog knows, oldest first: the current generation and at most one before it.
    package func generations() throws -> [GenerationSummary] {
        try catalog()?.generations().map { record in
            GenerationSummary(
                number: record.number, createdAt: Instant(microseconds: record.createdAt),
                isCurrent: record.isCurrent, rows: record.rows, bytes: record.files.reduce(0) { $0 + $1.size },
                sources: record.sources)
        } ?? []
    }

    /// Takes the right to write, which goes with the writer or its process. Creates the folder where needed.
    ///
    /// - Throws: `storeLocked` at once where another process has it; `storeInaccessible`.
    package func makeWriter() throws -> StoreWriter { try StoreWriter(self) }

    /// Nil where nothing was imported yet.
    func catalog() throws -> GenerationCatalog? {
        // In this order: the catalog is made before the first generation.
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: generationsPath)) ?? []
        let file = GenerationCatalog.file(catalogPath)
        if file.isThere { return try GenerationCatalog(catalogPath) }
        if !folders.isEmpty { throw file.damage("the file is missing, but there are generations") }
        return nil
    }

    var catalogPath: String { path + "/catalog.sqlite" }
    var generationsPath: String { path + "/generations" }
    func folder(of number: Int) -> String { "\(generationsPath)/\(number)" }

    /// Opens a generation under the kernel's shared lock on its folder; nil where it is (being) deleted.
    func open(_ number: Int, _ catalog: GenerationCatalog) throws -> EventStore? {
        let folder = folder(of: number)
        guard let hold = try Descriptor(existing: folder, flags: O_RDONLY | O_DIRECTORY, doing: "opening") else {
            return nil
        }
        // Listed while the lock is held means that nobody deletes it: the catalog forgets before the files go.
        guard try hold.tryLock(exclusively: false), let record = try catalog.generation(number) else { return nil }
        return try EventStore(record, folder: folder, hold: hold)
    }
}

/// A generation as `tenure status` shows it.
package struct GenerationSummary: Codable, Hashable, Sendable {
    package var number: Int
    package var createdAt: Instant
    package var isCurrent: Bool
    /// Of all event types.
    package var rows: Int
    /// On disk, without the catalog.
    package var bytes: Int
    /// What was imported to make it, as the importer named it.
    package var sources: [String]
}
