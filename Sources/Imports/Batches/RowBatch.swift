import EventStores

/// What the rows of one chunk became, in their order in the file.
struct RowBatch: Sendable {
    /// Event types in order of their first rows. Empty names are of sources whose type is fixed.
    var types: [[UInt8]] = []
    /// `table` of each is the position in `types`, until the sink gave it its own.
    var events = EventBatch(
        customers: BatchTexts(bytes: [], offsets: [0], keys: []), tables: [], properties: nil)
    var read = 0
    var accepted = 0
    var filtered = 0
    var withoutCustomer = 0
    var rejections: [Rejection] = []

    /// Takes the rows that were collected.
    mutating func take(_ collector: RowCollector) { (types, events) = collector.finish() }

    /// A row that can not be imported.
    struct Rejection: Sendable {
        var problem: RowProblem
        /// The row, where somebody will look at it.
        var row: RowCopy?
    }
}

/// A row with its own memory, to be shown or written to a quarantine.
struct RowCopy: Sendable {
    private let bytes: [UInt8]
    private let unescaped: [UInt8]
    private let fields: [Record.Field]
    /// Line ends between the chunk's start and the row.
    private let line: Int
    private let origin: Int

    init(_ record: Record, line: Int) {
        origin = record.range.lowerBound
        bytes = Array(record.bytes[record.range])
        unescaped = record.unescaped
        let origin = origin
        fields = record.fields.map { field in
            var field = field
            field.origin -= origin
            if field.form != .unescaped {
                field.start -= origin
                field.end -= origin
            }
            return field
        }
        self.line = line
    }

    /// The row as a record; `firstLine` is the chunk's.
    func record(path: String, firstLine: Int) -> Record {
        let record = Record(path: path)
        record.bytes = bytes
        record.range = 0..<bytes.count
        record.unescaped = unescaped
        record.fields = fields
        record.line = firstLine + line
        return record
    }

    /// A problem of the row, whose place is in the row's own memory.
    func moved(_ problem: RowProblem) -> RowProblem {
        guard case .offset(let offset) = problem.location else { return problem }
        var problem = problem
        problem.location = .offset(offset - origin)
        return problem
    }
}

/// A chunk as its parser left it.
struct ParsedChunk: Sendable {
    var chunk: TextChunk
    /// The rows; nil where they must be given to the sink one by one, so that it shows which one can not be taken.
    var batch: RowBatch?
    /// The first byte of a row that is not all in the chunk; the chunk's end where there is none.
    var end: Int
    /// Line ends before `end`.
    var lines: Int
    /// Why nothing after `end` can be read.
    var stop: Stop?

    enum Stop: Sendable {
        case tooLarge(start: Int, openQuote: Int?)
        case unclosedQuote(Int, start: Int)
    }
}
