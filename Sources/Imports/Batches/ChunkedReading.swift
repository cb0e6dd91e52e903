import Diagnostics
import EventStores
import Foundation

/// How files are cut into chunks that are parsed at the same time.
package struct ChunkedReading: Sendable {
    package var threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
    /// Bytes. What a chunk becomes should stay in the cache of its thread.
    package var chunkSize = 1 << 20

    package init() {}
}

extension SourceImport {
    /// Reads the rest of a CSV file: chunks are parsed on several threads, and taken here in their order.
    ///
    /// A chunk is taken as a batch, or, where the sink refuses that or a row needs it, row by row. Both give the same.
    func readChunks(_ reader: CSVReader, _ plan: BatchPlan, _ file: CSVFile) throws {
        let (start, firstLine, text) = reader.takeRest()
        let chunks = TextChunks(
            start, then: text, size: reading.chunkSize, quote: file.dialect.quote, limits: file.limits)
        let kept = quarantine == nil ? Findings.limit : Int.max
        let pipeline = ChunkPipeline(chunks, threads: reading.threads) {
            ChunkParser(plan, file, keptRejections: kept)
        }
        defer { pipeline.stop() }
        // For rows that began in one chunk and end in another.
        let parser = ChunkParser(plan, file, keptRejections: kept)
        var line = firstLine
        var unfinished: (chunk: TextChunk, start: Int)?
        do {
            while var parsed = try pipeline.next() {
                if let (chunk, start) = unfinished {
                    // This chunk does not begin where a row does: what it was parsed to is wrong.
                    parsed = parser.parse(chunk.rest(from: start, then: parsed.chunk))
                }
                try take(parsed, plan.mapping, file, firstLine: line)
                line += parsed.lines
                if let stop = parsed.stop { throw diagnostic(stop, parsed.chunk, file, line: line) }
                unfinished = parsed.end < parsed.chunk.count ? (parsed.chunk, parsed.end) : nil
                if unfinished == nil { pipeline.giveBack(parsed.chunk) }
            }
        } catch let problem as ByteProblem {
            let record = Record(path: file.path)
            if let (chunk, start) = unfinished { record.bytes = Array(chunk.bytes[start..<chunk.count]) }
            record.range = 0..<record.bytes.count
            record.line = line
            let end = record.bytes.count
            throw Diagnostic(
                .error, problem.code, problem.message, at: record.place(from: end, to: end), hints: problem.hints)
        }
    }

    private func diagnostic(_ stop: ParsedChunk.Stop, _ chunk: TextChunk, _ file: CSVFile, line: Int) -> Diagnostic {
        let record = Record(path: file.path)
        record.bytes = Array(chunk.bytes[..<chunk.count])
        switch stop {
        case .tooLarge(let start, let openQuote):
            return record.tooLarge(from: start, openQuote, line: line, file.limits)
        case .unclosedQuote(let offset, let start):
            return record.unclosedQuote(at: offset, row: start, line: line)
        }
    }

    private func take(_ parsed: ParsedChunk, _ mapping: RowMapping, _ file: CSVFile, firstLine: Int) throws {
        guard let batch = parsed.batch, try append(batch, mapping) else {
            return try drain(ChunkRecords(parsed, file, firstLine: firstLine), mapping)
        }
        counts.read += batch.read
        counts.accepted += batch.accepted
        counts.filtered += batch.filtered
        counts.withoutCustomer += batch.withoutCustomer
        if mapping.event != nil { counts.events += batch.accepted }
        rowsOfFile += batch.read
        for rejection in batch.rejections {
            try reject(
                rejection.row?.record(path: file.path, firstLine: firstLine) ?? Record(path: file.path),
                rejection.problem)
        }
        try meter.add(batch.read, source: counts.source, path: file.path, bytesRead: parsed.chunk.bytesRead)
    }

    /// False where the rows must be given one by one.
    private func append(_ batch: RowBatch, _ mapping: RowMapping) throws -> Bool {
        var events = batch.events
        if let event = mapping.event {
            for (position, type) in batch.types.enumerated() {
                do {
                    events.tables[position].table = try table(ofType: type, event)
                } catch is Diagnostic {
                    return false
                } catch is DiagnosticList {
                    return false
                }
            }
        }
        return try sink.append(events)
    }
}
