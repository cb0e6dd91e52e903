import Diagnostics

/// Parses chunks of a CSV file, each by itself, into batches. One for each thread: its memory is used again.
final class ChunkParser {
    private var scanner: CSVScanner
    private let blockScanner: BlockScanner?
    private let quote: UInt8?
    private let block: RowBlock
    private let row: ScannedRow
    /// A row of the block, where somebody asks for it.
    private let record: Record
    private let recordRow: ScannedRow
    /// The row that `record` has; -1 for none.
    private var rowOfRecord = -1
    private let collector: RowCollector
    private let columns: Int
    /// Rejected rows of a chunk are kept up to that number.
    private let keptRejections: Int
    /// Rows that the scanner refused, each with the number of rows of the block before it.
    private var refused: [(before: Int, rejection: RowBatch.Rejection)] = []

    init(_ plan: BatchPlan, _ file: CSVFile, keptRejections: Int) {
        scanner = CSVScanner(file.dialect, file.limits)
        blockScanner = BlockScanner(file.dialect, file.limits)
        quote = file.dialect.quote
        block = RowBlock(columns: file.columns)
        row = ScannedRow(capacity: file.columns + 1)
        record = Record(path: file.path)
        recordRow = ScannedRow(capacity: file.columns + 1)
        collector = RowCollector(plan, rows: block.capacity)
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
        // Rows end at bytes that no other character contains: all are valid where the whole is.
        let blocks = unsafe firstInvalidUTF8(in: bytes, 0..<bytes.count) == nil ? blockScanner : nil
        var position = 0
        var line = 0
        block.clear()
        loop: while true {
            if let blocks { position = unsafe blocks.fill(block, bytes, from: position, line: &line) }
            if block.isFull {
                unsafe collect(bytes, into: &parsed)
                continue
            }
            switch unsafe scanner.scan(bytes, from: position, into: row, line: &line, atEnd: parsed.chunk.isLast) {
            case .row(let next, let lines):
                if let problem = row.problem ?? row.arityProblem(columns: columns) {
                    refuse(problem, line)
                } else {
                    block.append(row, line: line)
                    if block.isFull { unsafe collect(bytes, into: &parsed) }
                }
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
        unsafe collect(bytes, into: &parsed)
        parsed.lines = line
    }

    private func refuse(_ problem: RowProblem, _ line: Int) {
        var rejection = RowBatch.Rejection(problem: problem)
        if refused.count < keptRejections {
            rowOfRecord = -1
            row.copy(to: record)
            let copy = RowCopy(record, line: line)
            rejection = RowBatch.Rejection(problem: copy.moved(problem), row: copy)
        }
        refused.append((block.count, rejection))
    }

    /// Counts and collects the rows of the block, and empties it. Once the chunk must be read row by row it is scanned
    /// only, to see where it ends.
    private func collect(_ bytes: UnsafeBufferPointer<UInt8>, into parsed: inout ParsedChunk) {
        rowOfRecord = -1
        defer {
            block.clear()
            refused.removeAll(keepingCapacity: true)
        }
        guard let base = bytes.baseAddress, var counts = parsed.batch else { return }
        // The only copy.
        parsed.batch = nil
        counts.read += block.count + refused.count
        let isTaken = unsafe collector.take(block, base, &counts) { row in unsafe record(of: row, bytes) }
        guard isTaken else { return }
        // In the order of the file.
        var next = 0
        for (row, problem) in collector.rejected {
            while next < refused.count, refused[next].before <= row {
                counts.rejections.append(refused[next].rejection)
                next += 1
            }
            var rejection = RowBatch.Rejection(problem: problem)
            if counts.rejections.count < keptRejections {
                let copy = unsafe RowCopy(record(of: row, bytes), line: Int(block.lines[row].line))
                rejection = RowBatch.Rejection(problem: copy.moved(problem), row: copy)
            }
            counts.rejections.append(rejection)
        }
        counts.rejections += refused[next...].map(\.rejection)
        parsed.batch = counts
    }

    /// A row of the block as a record, valid until the next is asked for.
    private func record(of row: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Record {
        if row == rowOfRecord { return record }
        rowOfRecord = row
        if block.hasMadeTexts(row) {
            // Where its fields begin is known to the row's scanner only.
            var line = 0
            let start = unsafe Int(block.lines[row].start)
            _ = unsafe scanner.scan(bytes, from: start, into: recordRow, line: &line, atEnd: true)
            recordRow.copy(to: record)
        } else {
            block.copy(row, to: record, quote: quote)
        }
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
