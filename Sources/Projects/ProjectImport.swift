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

    private func isPosted(_ file: ImportedFile) -> Bool { file.path.hasPrefix(JournalFolder.shown + "/") }

    /// A source that is new, or has another name, would read from its beginning what others have read.
    ///
    /// - Throws: `trackingSourceNew`
    private func checkPostedSources(_ known: [ImportedFile]) throws {
        let read = Set(known.filter(isPosted).map(\.source))
        let new = project.sources.first { $0.isPosted && !read.contains($0.name.value) }
        guard !read.isEmpty, let source = new else { return }
        throw Diagnostic(
            .error, .trackingSourceNew,
            "source '\(source.name.value)' is new, and would read what \(read.sorted().joined(separator: ", ")) took before",
            at: source.name.place, hints: ["tenure import   makes the data anew of all sources"])
    }

    /// - Parameter extending: adds to what the store has; without it the store becomes what the sources hold.
    /// - Returns: the report; and what was written, nil where nothing was.
    /// - Throws: `storeLocked`, `storeDamaged`, `storeInaccessible`; `interrupted` where `isCancelled` says so.
    package func run(
        _ sources: [Source], extending: Bool
    ) throws -> (report: ImportReport, outcome: ImportOutcome?) {
        if case .spark = project.engine.value {
            throw Diagnostic(
                .error, .sourcePlace, "the engine is Spark, and its tables stay where they are",
                at: project.engine.place,
                hints: ["tenure check USE-CASE", "engine: embedded imports what file: names"])
        }
        let directory = StoreDirectory(folder.storePath)
        let writer = try directory.makeWriter()
        writer.isCancelled = isCancelled
        let builder = extending ? try writer.makeBuilder(limit: limit) : try writer.makeFreshBuilder(limit: limit)
        var importer = Importer(
            sources, timezone: project.timezone.value, folder: folder.url, onError: onError, progress: progress,
            isCancelled: isCancelled)
        if extending {
            let known = try writer.importedFiles()
            try checkPostedSources(known)
            // What was posted is told apart by where it stands, and never read twice.
            importer.knownFiles = again ? known.filter(isPosted) : known
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
