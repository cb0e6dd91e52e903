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
        guard unsafe mkdir(directory.partsPath, 0o755) == 0 || errno == EEXIST else {
            throw systemFailure("creating the folder", directory.partsPath)
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
    /// - Parameter limit: rows that take more memory are spilled to the store's folder; where there is a generation to
    ///   go on from, the new rows stay in memory nevertheless.
    /// - Throws: `storeDamaged`.
    package func makeBuilder(limit: MemoryLimit? = nil) throws -> StoreBuilder {
        guard let store = try current() else { return try makeFreshBuilder(limit: limit) }
        return try StoreBuilder(extending: store)
    }

    /// A builder that starts from nothing: its generation replaces the current one.
    package func makeFreshBuilder(limit: MemoryLimit? = nil) throws -> StoreBuilder {
        let spilling = limit.map { Spilling($0, folder: directory.path) }
        return try StoreBuilder(extending: nil, base: try catalog.current(), spilling: spilling)
    }

    /// The current generation; nil before the first commit.
    package func current() throws -> EventStore? { try directory.open() }

    /// The files that the current generation was imported from, oldest first.
    ///
    /// - Throws: `storeDamaged`.
    package func importedFiles() throws -> [ImportedFile] {
        try catalog.current().map { try catalog.imports(ofGeneration: $0) } ?? []
    }

    /// Writes a generation and makes it the current one. When this returns, it is on disk.
    ///
    /// - Parameters:
    ///   - sources: what was imported, for the catalog.
    ///   - files: what was imported now; those of a generation that is extended are kept.
    ///   - createdAt: the time of the import, for the catalog.
    /// - Throws: `storeInaccessible`; `CancellationError` where `isCancelled` says so. The store then is as before.
    package func commit(
        _ generation: FinishedGeneration, sources: [String] = [], files: [ImportedFile] = [], createdAt: Instant
    ) throws -> ImportOutcome {
        try publish(try write(generation, sources: sources, files: files, createdAt: createdAt))
    }

    /// The first half of `commit`: the files are on disk, but nobody reads them yet.
    package func write(
        _ generation: FinishedGeneration, sources: [String] = [], files: [ImportedFile] = [], createdAt: Instant
    ) throws -> WrittenGeneration {
        let kept = generation.appended == nil ? [] : try importedFiles()
        var record = GenerationRecord(
            number: 0, createdAt: createdAt.microseconds, sources: sources, tables: [], parts: [])
        var outcome = ImportOutcome(generation: 0, bytes: 0, customers: 0, customersAdded: 0, tables: [])
        try write(after: generation.base) { number, folder in
            record.number = number
            if case .spilled(let rows) = generation.rows {
                let writer = PartWriter(folder: folder, isCancelled: isCancelled)
                outcome = try rows.write(to: writer)
                return try finish(&record, writer)
            }
            outcome = generation.outcome
            guard let appended = generation.appended else {
                let writer = PartWriter(folder: folder, isCancelled: isCancelled)
                try writer.append(generation.content, isLast: true)
                return try finish(&record, writer)
            }
            switch MergeDecision(appended.store, generation.content) {
            case .none:
                let part = try write(generation.content, number, folder)
                record.parts = appended.store.partRecords + [part]
                (record.tables, record.profile) = (appended.tables, appended.profile)
            case .later:
                let part = try write(try LaterMerging(generation.makeStore()).content(), number, folder)
                record.parts = appended.store.partRecords.prefix(1) + [part]
                (record.tables, record.profile) = (appended.tables, appended.profile)
            case .all:
                // Also what is not read for it: a damaged store is not written to.
                try appended.store.verify()
                let writer = PartWriter(folder: folder, isCancelled: isCancelled)
                var merging = Merging(generation.makeStore())
                try merging.write(to: writer)
                try finish(&record, writer)
            }
        }
        outcome.generation = record.number
        outcome.bytes = record.bytes
        return WrittenGeneration(record: record, imports: kept.joined(with: files), outcome: outcome)
    }

    /// Writes a part beside others.
    private func write(_ content: GenerationContent, _ number: Int, _ folder: String) throws -> PartRecord {
        let isSmall = content.size < PartWriter.bundledSize
        let writer = PartWriter(folder: folder, isBundled: isSmall, isCancelled: isCancelled)
        try writer.append(content, isLast: true)
        return try writer.finish(number)
    }

    /// Makes the one part of a generation complete.
    private func finish(_ record: inout GenerationRecord, _ writer: PartWriter) throws {
        record.parts = [try writer.finish(record.number)]
        record.tables = writer.tables
        // Of what is on the disk now, which is smaller than the content and is looked at once before it counts.
        record.profile = try directory.store(record, holds: []).profile()
    }

    /// Merges the parts of the current generation into one, as a new generation.
    ///
    /// - Parameters:
    ///   - createdAt: the time of the merge, for the catalog.
    ///   - sliceRows: about how many rows are in memory at a time.
    /// - Returns: nil where there is one part at most, and nothing was done.
    /// - Throws: as `commit`.
    package func merge(createdAt: Instant, sliceRows: Int = 1 << 20) throws -> GenerationSummary? {
        guard let store = try current(), var record = store.record, record.parts.count > 1 else { return nil }
        try store.verify()
        let imports = try importedFiles()
        try write(after: record.number) { number, folder in
            let writer = PartWriter(folder: folder, isCancelled: isCancelled)
            var merging = Merging(store, sliceRows: sliceRows)
            try merging.write(to: writer)
            record.number = number
            record.createdAt = createdAt.microseconds
            record.parts = [try writer.finish(number)]
            record.tables = writer.tables
        }
        try publish(record, imports)
        return try directory.generations().last
    }

    /// Makes the folder of the next generation's part, fills it, and removes it again where that fails.
    private func write(after base: Int?, _ fill: (_ number: Int, _ folder: String) throws -> Void) throws {
        if isCancelled() { throw CancellationError() }
        let current = try catalog.current()
        precondition(base == current, "the builder went on from generation \(base ?? 0)")
        try removeUnlisted()
        let number = (current ?? 0) + 1
        let folder = directory.folder(ofPart: number)
        guard unsafe mkdir(folder, 0o755) == 0 else { throw systemFailure("creating the folder", folder) }
        do {
            try fill(number, folder)
            try syncFolder(directory.partsPath)
            try syncFolder(directory.path)
            if isCancelled() { throw CancellationError() }
        } catch {
            // What is left of it is in nobody's way; the next commit tries again to remove it.
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    /// The second half of `commit`: one transaction makes the written generation the current one.
    package func publish(_ generation: WrittenGeneration) throws -> ImportOutcome {
        try publish(generation.record, generation.imports)
        return generation.outcome
    }

    private func publish(_ record: GenerationRecord, _ imports: [ImportedFile]) throws {
        // After an error here the files stay: whether the transaction reached the disk is not known.
        try catalog.publish(record, imports: imports)
        // The import is done. What can not be cleared away now is cleared away by the next one.
        try? removeUnlisted()
    }

    /// Deletes parts that the catalog does not list, except those that a reader holds; these wait for the next commit,
    /// as do those that can not be deleted.
    private func removeUnlisted() throws {
        let listed = Set(try catalog.partNumbers().map { String($0) })
        let found = (try? FileManager.default.contentsOfDirectory(atPath: directory.partsPath)) ?? []
        for name in found where !listed.contains(name) {
            let folder = directory.partsPath + "/" + name
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
    let imports: [ImportedFile]
    let outcome: ImportOutcome
}
