import Diagnostics

/// Parses chunks of a CSV file, each by itself, into batches. One for each thread: its memory is used again.
final class ChunkParser {
    private var scanner: CSVScanner
    private let row: ScannedRow
    /// The row at hand, where somebody asked for it.
    private let record: Record
    private var recordIsFilled = false
    private let collector: RowCollector
    private let columns: Int
    /// Rejected rows of a chunk are kept up to that number.
    private let keptRejections: Int

    init(_ plan: BatchPlan, _ file: CSVFile, keptRejections: Int) {
        scanner = CSVScanner(file.dialect, file.limits)
        row = ScannedRow(capacity: file.columns + 1)
        record = Record(path: file.path)
        collector = RowCollector(plan)
        columns = file.columns
        self.keptRejections = keptRejections
    }

    /// Parses the rows that begin and end in the chunk.
    func parse(_ chunk: TextChunk) -> ParsedChunk {
        var parsed = ParsedChunk(chunk: chunk, batch: RowBatch(), end: chunk.count, lines: 0)
        record.bytes = chunk.bytes
        defer { record.bytes = [] }
        unsafe chunk.bytes.withUnsafeBufferPointer { padded in
            guard let base = padded.baseAddress else { return }
            unsafe parse(UnsafeBufferPointer(start: base, count: chunk.count), into: &parsed)
        }
        if parsed.batch == nil { collector.clear() } else { parsed.batch?.take(collector) }
        return parsed
    }

    private func parse(_ bytes: UnsafeBufferPointer<UInt8>, into parsed: inout ParsedChunk) {
        guard let base = bytes.baseAddress else { return }
        var position = 0
        var line = 0
        var counts = RowBatch()
        loop: while true {
            switch unsafe scanner.scan(bytes, from: position, into: row, line: &line, atEnd: parsed.chunk.isLast) {
            case .row(let next, let lines):
                // Once a row is refused the rest is scanned only, to see where it ends.
                if parsed.batch != nil, unsafe !take(base, line, &counts) { parsed.batch = nil }
                position = next
                line += lines
                continue loop
            case .more(let start): parsed.end = start
            case .end: parsed.end = bytes.count
            case .tooLarge(let start, let openQuote):
                parsed.end = start
                parsed.stop = .tooLarge(start: start, openQuote: openQuote)
            case .unclosedQuote(let offset, let start):
                parsed.end = start
                parsed.stop = .unclosedQuote(offset, start: start)
            }
            break
        }
        parsed.lines = line
        if parsed.batch != nil { parsed.batch = counts }
    }

    /// Counts and collects the row that was scanned; false where the chunk must be read row by row.
    private func take(_ bytes: UnsafePointer<UInt8>, _ line: Int, _ counts: inout RowBatch) -> Bool {
        counts.read += 1
        recordIsFilled = false
        if let problem = row.problem ?? row.arityProblem(columns: columns) {
            reject(problem, line, &counts)
            return true
        }
        do throws(RowProblem) {
            switch try unsafe collector.take(row, bytes, record: { currentRecord() }) {
            case .accepted: counts.accepted += 1
            case .filtered: counts.filtered += 1
            case .withoutCustomer: counts.withoutCustomer += 1
            case .refused: return false
            }
        } catch {
            reject(error, line, &counts)
        }
        return true
    }

    private func reject(_ problem: RowProblem, _ line: Int, _ counts: inout RowBatch) {
        var rejection = RowBatch.Rejection(problem: problem)
        if counts.rejections.count < keptRejections {
            let copy = RowCopy(currentRecord(), line: line)
            rejection = RowBatch.Rejection(problem: copy.moved(problem), row: copy)
        }
        counts.rejections.append(rejection)
    }

    private func currentRecord() -> Record {
        if !recordIsFilled { row.copy(to: record) }
        recordIsFilled = true
        return record
    }
}

/// What a CSV file's rows are read by.
struct CSVFile: Sendable {
    var path: String
    var dialect: CSVDialect
    var columns: Int
    var limits = InputLimits.standard
}

/// The rows of a part of a chunk, one after the other: for chunks that can not be taken as a batch.
final class ChunkRecords: RecordReader {
    let record: Record
    let bytesRead: Int
    private var scanner: CSVScanner
    private let row: ScannedRow
    private let columns: Int
    private var position = 0
    private var line: Int

    /// - Parameter firstLine: the number of the chunk's first line.
    init(_ parsed: ParsedChunk, _ file: CSVFile, firstLine: Int) {
        record = Record(path: file.path)
        record.bytes = Array(parsed.chunk.bytes[..<parsed.end])
        bytesRead = parsed.chunk.bytesRead
        scanner = CSVScanner(file.dialect, file.limits)
        row = ScannedRow(capacity: file.columns + 1)
        columns = file.columns
        line = firstLine
    }

    func next() throws -> Bool {
        var line = line
        let outcome = unsafe record.bytes.withUnsafeBufferPointer { bytes in
            unsafe scanner.scan(bytes, from: position, into: row, line: &line, atEnd: true)
        }
        guard case .row(let next, let lines) = outcome else { return false }
        row.copy(to: record)
        record.line = line
        if record.problem == nil { record.problem = row.arityProblem(columns: columns) }
        position = next
        self.line = line + lines
        return true
    }
}
