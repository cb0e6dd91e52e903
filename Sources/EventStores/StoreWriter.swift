import Catalogs
import Diagnostics
import Foundation
package import Quantities

/// The one process that may write a store. It has the lock from `StoreDirectory.makeWriter()` until it is released.
///
/// An import is `commit(try builder.finish())` of a builder from `makeBuilder()`; until then nothing is on disk, and
/// up to its very last step a kill leaves the store as it was, with files that the next commit clears away.
package final class StoreWriter {
    private let directory: StoreDirectory
    private let catalog: GenerationCatalog
    private let lock: Descriptor
    /// Asked during `commit`, up to its last step: whether to stop, and leave the store as it was.
    package var isCancelled: @Sendable () -> Bool = { false }

    init(_ directory: StoreDirectory) throws {
        self.directory = directory
        let file = GenerationCatalog.file(directory.catalogPath)
        try file.makeFolder()
        lock = try StoreWriter.takeLock(directory.path + "/writer.lock")
        // Makes nothing in the place of a catalog that was lost.
        if let catalog = try directory.catalog() {
            self.catalog = catalog
        } else {
            try file.create()
            catalog = try GenerationCatalog(directory.catalogPath)
        }
        SpillFile.removeLeftover(in: directory.path)
        guard unsafe mkdir(directory.generationsPath, 0o755) == 0 || errno == EEXIST else {
            throw systemFailure("creating the folder", directory.generationsPath)
        }
    }

    private static func takeLock(_ path: String) throws -> Descriptor {
        let file = try Descriptor(path, flags: O_RDWR | O_CREAT, doing: "creating the lock file")
        guard try file.tryLock(exclusively: true) else {
            let holder = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
            // Empty for the moment between taking the lock and writing the number.
            let name = holder.isEmpty ? "another process" : "process \(holder)"
            throw Diagnostic(
                .error, .storeLocked, "\(path): \(name) is writing the store",
                hints: ["wait until it is done, and run the command again"])
        }
        guard ftruncate(file.number, 0) == 0 else { throw systemFailure("emptying", path) }
        try unsafe Array(String(getpid()).utf8).withUnsafeBytes { try unsafe file.write($0) }
        return file
    }

    /// A builder that goes on from the current generation.
    ///
    /// - Throws: `storeDamaged`, as the whole generation is read.
    ///
    /// - Parameter limit: rows that take more memory are spilled to the store's folder.
    package func makeBuilder(limit: MemoryLimit? = nil) throws -> StoreBuilder {
        let store = try current()
        return try StoreBuilder(extending: store, base: store?.generation, spilling: spilling(limit))
    }

    /// A builder that starts from nothing: its generation replaces the current one.
    package func makeFreshBuilder(limit: MemoryLimit? = nil) throws -> StoreBuilder {
        try StoreBuilder(extending: nil, base: try catalog.current(), spilling: spilling(limit))
    }

    private func spilling(_ limit: MemoryLimit?) -> Spilling? { limit.map { Spilling($0, folder: directory.path) } }

    /// The current generation; nil before the first commit.
    package func current() throws -> EventStore? { try directory.open() }

    /// Writes a generation and makes it the current one. When this returns, it is on disk.
    ///
    /// - Parameters:
    ///   - sources: what was imported, for the catalog.
    ///   - createdAt: the time of the import, for the catalog.
    /// - Throws: `storeInaccessible`; `CancellationError` where `isCancelled` says so. The store then is as before.
    package func commit(
        _ generation: FinishedGeneration, sources: [String] = [], createdAt: Instant
    ) throws -> ImportOutcome {
        try publish(try write(generation, sources: sources, createdAt: createdAt))
    }

    /// The first half of `commit`: the files are on disk, but nobody reads them yet.
    package func write(
        _ generation: FinishedGeneration, sources: [String] = [], createdAt: Instant
    ) throws -> WrittenGeneration {
        if isCancelled() { throw CancellationError() }
        let current = try catalog.current()
        precondition(generation.base == current, "the builder went on from generation \(generation.base ?? 0)")
        try removeUnlisted()
        let number = (current ?? 0) + 1
        let folder = directory.folder(of: number)
        guard unsafe mkdir(folder, 0o755) == 0 else { throw systemFailure("creating the folder", folder) }
        do {
            let writer = GenerationWriter(folder: folder, isCancelled: isCancelled)
            var outcome: ImportOutcome
            switch generation.rows {
            case .content(let content, let known):
                try writer.append(content)
                outcome = known
            case .spilled(let rows): outcome = try rows.write(to: writer)
            }
            let files = try writer.finish()
            try syncFolder(directory.generationsPath)
            try syncFolder(directory.path)
            outcome.generation = number
            outcome.bytes = files.reduce(0) { $0 + $1.size }
            var record = GenerationRecord(
                number: number, createdAt: createdAt.microseconds, sources: sources,
                tables: writer.tables, files: files)
            // Made of what is on the disk now, which is smaller than the content and is looked at once before it counts.
            record.profile = try EventStore(record, folder: folder, hold: nil).profile()
            if isCancelled() { throw CancellationError() }
            return WrittenGeneration(record: record, outcome: outcome)
        } catch {
            // What is left of it is in nobody's way; the next commit tries again to remove it.
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    /// The second half of `commit`: one transaction makes the written generation the current one.
    package func publish(_ generation: WrittenGeneration) throws -> ImportOutcome {
        // After an error here the files stay: whether the transaction reached the disk is not known.
        try catalog.publish(generation.record)
        // The import is done. What can not be cleared away now is cleared away by the next one.
        try? removeUnlisted()
        return generation.outcome
    }

    /// Deletes generations that the catalog does not list, except those that a reader holds; these wait for the next
    /// commit, as do those that can not be deleted.
    private func removeUnlisted() throws {
        let listed = Set(try catalog.numbers().map { String($0) })
        let found = (try? FileManager.default.contentsOfDirectory(atPath: directory.generationsPath)) ?? []
        for name in found where !listed.contains(name) {
            let folder = directory.generationsPath + "/" + name
            guard let hold = try? Descriptor(folder, flags: O_RDONLY | O_DIRECTORY, doing: "opening"),
                (try? hold.tryLock(exclusively: true)) == true
            else { continue }
            try? FileManager.default.removeItem(atPath: folder)
        }
    }
}

/// A generation whose files are on disk and whose transaction is not committed.
package struct WrittenGeneration {
    let record: GenerationRecord
    let outcome: ImportOutcome
}
