package import Definitions
import Diagnostics
package import EventStores
package import Foundation
package import Quantities

/// An import, start to end: files -> rows -> events and properties in a sink.
///
///     find the files of every source               InputFiles
///     for each source, those with customer_through last:
///       for each file:
///         bytes -> UTF-8 text                      ByteSource: FileBytes, GunzipBytes, DecodedBytes
///         text -> records                          RecordReader: CSVReader, NDJSONReader, SQLiteReader
///         mapping x columns -> compiled mapping    RowMapping, FieldReader
///         for each record                          SourceImport
///           where -> customer -> type, timestamp, attributes -> fold -> sink; properties -> sink
///         or, for CSV, chunks on all cores         TextChunks, ChunkPipeline
///           -> blocks of rows -> columns           BlockScanner, BlockValues, RowCollector
///           -> batches, in the file's order        EventBatch -> sink
///       folded events -> sink                      FoldGroups
///
/// The sink collects in memory, or spills what is too much for it (`makeRoom`). Where the report says `failed`, or `run`
/// throws, the caller drops it, and the store is as it was.
package struct Importer {
    package let sources: [Source]
    /// The zone of wall times for which no zone is declared.
    package let timezone: Zone
    /// What paths are relative to.
    package let folder: URL
    package var onError: OnError
    /// Called at most ten times a second.
    package var progress: (ImportProgress) -> Void
    package var isCancelled: () -> Bool
    /// Files that the sink has already: those of the same content are not read.
    package var knownFiles: [ImportedFile] = []
    /// What the files that are read are noted with.
    package var importedAt = Instant(microseconds: 0)
    /// Nothing but the time and memory that an import takes depends on it.
    package var reading = ChunkedReading()

    package init(
        _ sources: [Source], timezone: Zone, folder: URL, onError: OnError = .fail,
        progress: @escaping (ImportProgress) -> Void = { _ in },
        isCancelled: @escaping () -> Bool = { Task.isCancelled }
    ) {
        self.sources = sources
        self.timezone = timezone
        self.folder = folder
        self.onError = onError
        self.progress = progress
        self.isCancelled = isCancelled
    }

    /// Reads everything into `sink`. Problems of the input are in the report; throws `CancellationError`, what the
    /// sink throws beside diagnostics (`SpillFailure`), and a `Diagnostic` where the quarantine can not be put in its place.
    package func run(into sink: any EventSink) throws -> ImportReport {
        let findings = Findings()
        var report = ImportReport()
        if sources.contains(where: \.isPosted) {
            do {
                report.setAside = try TrackedFiles.settle(in: folder)
            } catch {
                try findings.add(error)
            }
        }
        var work: [(source: Source, files: [InputFile])] = []
        for source in sources {
            do {
                let (files, leftOut) = try files(of: source)
                report.leftOut += leftOut
                if leftOut.isEmpty || !files.isEmpty { work.append((source, files)) }
            } catch {
                try findings.add(error)
            }
        }
        // The purchases come before the rows that take their customer from them.
        work = work.filter { $0.source.customerThrough == nil } + work.filter { $0.source.customerThrough != nil }

        var quarantine: Quarantine?
        if case .quarantine(let folder) = onError { quarantine = Quarantine(folder) }
        var completed = false
        defer { if !completed { quarantine?.discard() } }
        for through in sources.compactMap(\.customerThrough) { sink.willLookUpKeys(inTable: through.event.value) }
        let meter = ProgressMeter(
            total: work.flatMap(\.files).reduce(0) { $0 + $1.unread },
            report: { [progress] found in
                var found = found
                found.spilledBytes = sink.spilledBytes
                progress(found)
            }, isCancelled: isCancelled)
        let guests = sources.contains { $0.withoutCustomer?.value == .guest }

        for (source, files) in work {
            if source.customerThrough != nil, findings.hasErrors {
                // A purchase that is missing because its row is wrong is no problem of the refund that names it.
                report.notRead.append(source.name.value)
                continue
            }
            let run = SourceImport(
                source, timezone: timezone, sink: sink, findings: findings, meter: meter, quarantine: quarantine,
                rowProblemsFail: onError == .fail, guestsExist: guests, reading: reading)
            try run.read(files)
            report.sources.append(run.counts)
            for file in files {
                guard let content = run.contents[file.path] else { continue }
                report.files.append(
                    ImportedFile(
                        source: source.name.value, path: file.path, size: content.size, checksum: content.checksum,
                        importedAt: importedAt, rows: run.rows[file.path] ?? RowCounts(), start: file.start))
            }
        }
        report.diagnostics = report.setAside.map { file in
            Diagnostic(
                .warning, .trackingUnfinished, "a post that was never acknowledged is not whole: it is in \(file)")
        }
        report.diagnostics += findings.diagnostics
        report.moreProblems = findings.moreProblems
        if !report.failed, let quarantine {
            report.quarantined = try quarantine.finish()
            completed = true
        }
        return report
    }

    /// Those to read, and those that the sink has already.
    private func files(of source: Source) throws -> ([InputFile], [LeftOutFile]) {
        guard source.isPosted else {
            return split(try InputFiles.find(source.input.files, in: folder), of: source)
        }
        return try TrackedFiles.find(in: folder, known: knownFiles.filter { $0.source == source.name.value })
    }
}

/// Tells how far an import is, and whether to go on, without asking the clock for every row.
final class ProgressMeter {
    private let total: Int
    private let report: (ImportProgress) -> Void
    private let isCancelled: () -> Bool
    private var finished = 0
    private var rows = 0
    private var last = ContinuousClock.now

    init(total: Int, report: @escaping (ImportProgress) -> Void, isCancelled: @escaping () -> Bool) {
        self.total = total
        self.report = report
        self.isCancelled = isCancelled
    }

    /// Counts the rows of a chunk. Throws `CancellationError`.
    func add(_ count: Int, source: String, path: String, bytesRead: Int) throws {
        rows += count
        try tick(source, path, bytesRead)
    }

    /// Counts a row. Throws `CancellationError`.
    func row(_ source: String, _ reader: any RecordReader) throws {
        rows += 1
        if rows & 0x3FF == 0 { try tick(source, reader.record.path, reader.bytesRead) }
    }

    private func tick(_ source: String, _ path: String, _ bytesRead: Int) throws {
        if isCancelled() { throw CancellationError() }
        let now = ContinuousClock.now
        guard now - last >= .milliseconds(100) else { return }
        last = now
        report(
            ImportProgress(
                source: source, path: path, bytesRead: min(finished + bytesRead, total), bytesTotal: total,
                rows: rows))
    }

    /// A file is done.
    func finish(_ file: InputFile, source: String) throws {
        if isCancelled() { throw CancellationError() }
        finished += file.unread
        let now = ContinuousClock.now
        guard finished >= total || now - last >= .milliseconds(100) else { return }
        last = now
        report(
            ImportProgress(
                source: source, path: file.path, bytesRead: min(finished, total), bytesTotal: total, rows: rows))
    }
}
