import Catalogs
import Diagnostics
import Foundation
package import Quantities

/// The folder of a store on disk.
///
///     catalog.sqlite      which generations there are, which is current, and what their parts and files are
///     parts/7/            the immutable column files of the part that was made for generation 7
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
                throw storeDamaged(partsPath, "a folder of the current generation is missing")
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
                isCurrent: record.isCurrent, rows: record.rows, bytes: record.bytes, parts: record.parts.count,
                sources: record.sources)
        } ?? []
    }

    /// The files that the current generation was made of; empty where nothing was imported yet.
    package func importedFiles() throws -> [ImportedFile] {
        guard let catalog = try catalog(), let current = try catalog.current() else { return [] }
        return try catalog.imports(ofGeneration: current)
    }

    /// Takes the right to write, which goes with the writer or its process. Creates the folder where needed.
    ///
    /// - Throws: `storeLocked` at once where another process has it; `storeInaccessible`.
    package func makeWriter() throws -> StoreWriter { try StoreWriter(self) }

    /// Nil where nothing was imported yet.
    func catalog() throws -> GenerationCatalog? {
        // In this order: the catalog is made before the first part.
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: partsPath)) ?? []
        let file = GenerationCatalog.file(catalogPath)
        if file.isThere { return try GenerationCatalog(catalogPath) }
        if !folders.isEmpty { throw file.damage("the file is missing, but there are parts of generations") }
        return nil
    }

    var catalogPath: String { path + "/catalog.sqlite" }
    var partsPath: String { path + "/parts" }
    func folder(ofPart number: Int) -> String { "\(partsPath)/\(number)" }

    /// Opens a generation under the kernel's shared locks on the folders of its parts; nil where one of them is (being)
    /// deleted.
    func open(_ number: Int, _ catalog: GenerationCatalog) throws -> EventStore? {
        guard let record = try catalog.generation(number) else { return nil }
        var holds: [Descriptor] = []
        for part in record.parts {
            let folder = folder(ofPart: part.number)
            guard let hold = try Descriptor(existing: folder, flags: O_RDONLY | O_DIRECTORY, doing: "opening"),
                try hold.tryLock(exclusively: false)
            else { return nil }
            holds.append(hold)
        }
        // Listed while the locks are held means that nobody deletes them: the catalog forgets before the files go.
        guard try catalog.numbers().contains(number) else { return nil }
        return try store(record, holds: holds)
    }

    /// The generation of a record, whose files are there.
    func store(_ record: GenerationRecord, holds: [Descriptor]) throws -> EventStore {
        EventStore(
            generation: record.number,
            parts: try record.parts.map { try StorePart($0, record.tables, folder: folder(ofPart: $0.number)) },
            tables: record.tables, record: record, holds: holds)
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
    /// More than one since rows were added to those that were there, until the parts are merged.
    package var parts: Int
    /// What was imported to make it, as the importer named it.
    package var sources: [String]
}
