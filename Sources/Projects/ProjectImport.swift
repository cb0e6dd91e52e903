package import Definitions
import Diagnostics
package import EventStores
package import Imports
import Quantities
import Tracking

/// The stages of an import: read everything, and only then write one new generation.
package struct ProjectImport {
    private let folder: ProjectFolder
    private let project: Project
    /// Rows that take more memory are put aside on the disk.
    package var limit = MemoryLimit.standard
    package var onError = OnError.fail
    /// Files that the store has already are read once more.
    package var again = false
    /// Called at most ten times a second.
    package var progress: (ImportProgress) -> Void = { _ in }
    /// What is done after the files are read.
    package var phase: (String) -> Void = { _ in }
    /// Asked all the time: whether to stop, and leave the store as it was.
    package var isCancelled: @Sendable () -> Bool = { false }

    package init(_ folder: ProjectFolder, _ project: Project) {
        self.folder = folder
        self.project = project
    }

    /// A source that takes posts under another name would take all of them once more.
    ///
    /// - Throws: `trackingSourceRenamed`
    private func checkPostedSources(_ known: [ImportedFile]) throws {
        let names = project.sources.map(\.name.value)
        let read = Set(known.filter { $0.path.hasPrefix(JournalFolder.shown + "/") }.map(\.source))
        let gone = read.filter { !names.contains($0) }.sorted()
        let new = project.sources.filter { $0.isPosted && !read.contains($0.name.value) }
        guard let name = gone.first, let source = new.first else { return }
        throw Diagnostic(
            .error, .trackingSourceRenamed,
            "source '\(source.name.value)' would read once more what was posted to '\(name)', which is gone",
            at: source.name.place, hints: ["tenure import   makes the data anew of all sources"])
    }

    /// - Parameter extending: adds to what the store has; without it the store becomes what the sources hold.
    /// - Returns: the report; and what was written, nil where nothing was.
    /// - Throws: `storeLocked`, `storeDamaged`, `storeInaccessible`; `interrupted` where `isCancelled` says so.
    package func run(
        _ sources: [Source], extending: Bool
    ) throws -> (report: ImportReport, outcome: ImportOutcome?) {
        let directory = StoreDirectory(folder.storePath)
        let writer = try directory.makeWriter()
        writer.isCancelled = isCancelled
        let builder = extending ? try writer.makeBuilder(limit: limit) : try writer.makeFreshBuilder(limit: limit)
        var importer = Importer(
            sources, timezone: project.timezone.value, folder: folder.url, onError: onError, progress: progress,
            isCancelled: isCancelled)
        if extending, !again {
            importer.knownFiles = try writer.importedFiles()
            try checkPostedSources(importer.knownFiles)
        }
        let now = Machine.now
        importer.importedAt = now
        do {
            let report = try importer.run(into: builder)
            if report.failed || (report.sources.isEmpty && !report.leftOut.isEmpty) { return (report, nil) }
            phase("sorting \(report.events) events …")
            let generation = try builder.finish()
            phase("writing the store …")
            // An extended generation holds what was imported before as well.
            let before = extending ? try directory.generations().last { $0.isCurrent }?.sources ?? [] : []
            let imported = before + sources.map(\.name.value).filter { !before.contains($0) }
            let outcome = try writer.commit(generation, sources: imported, files: report.files, createdAt: now)
            return (report, outcome)
        } catch let failure as SpillFailure {
            throw failure.diagnostic
        } catch is CancellationError {
            throw Diagnostic(.interrupted, "the import was stopped; the store is as it was")
        }
    }
}
