import Synchronization

/// The columns of one part on disk, mapped and verified one by one when they are first asked for.
final class PartFiles: Sendable {
    private let folder: String
    private let records: [Key: FileRecord]
    /// Bytes that each file must have.
    private let sizes: [String: Int]
    private let mappings = Mutex<[String: Mapping]>([:])

    private struct Key: Hashable {
        var table: Int
        var position: Int
        var kind: FileKind
    }

    init(_ files: [FileRecord], folder: String) {
        self.folder = folder
        var records: [Key: FileRecord] = [:]
        var sizes: [String: Int] = [:]
        for file in files {
            records[Key(table: file.table, position: file.position, kind: file.kind)] = file
            sizes[file.file] = max(sizes[file.file] ?? 0, file.offset + file.size)
        }
        self.records = records
        self.sizes = sizes
    }

    /// Whether there is such a column.
    func has(_ kind: FileKind, table: Int, position: Int = -1) -> Bool {
        records[Key(table: table, position: position, kind: kind)] != nil
    }

    /// - Throws: `storeDamaged` where the catalog lists none.
    func record(_ kind: FileKind, table: Int, position: Int = -1) throws -> FileRecord {
        guard let record = records[Key(table: table, position: position, kind: kind)] else {
            throw storeDamaged(folder, "the catalog lists no \(kind.rawValue) for table \(table), column \(position)")
        }
        return record
    }

    /// The records of attributes of a table, or with -1 of properties, by position.
    func attributes(table: Int) -> [FileRecord] {
        records.values.filter {
            $0.table == table && $0.position >= 0 && [.codes, .units, .instants].contains($0.kind)
        }.sorted { $0.position < $1.position }
    }

    /// - Parameter rows: how many it must have; nil for any number.
    /// - Throws: `storeDamaged`.
    func cells<Element>(
        _ kind: FileKind, table: Int, position: Int = -1, rows: Int? = nil, as: Element.Type = Element.self
    ) throws -> Cells<Element> {
        let record = try record(kind, table: table, position: position)
        if let rows, record.rows != rows {
            throw storeDamaged(folder, "\(record.file) has \(record.rows) rows instead of \(rows)")
        }
        return try ColumnFile.cells(record, in: mapping(record))
    }

    /// The texts that the part brings along, and what their index hashes with.
    ///
    /// - Throws: `storeDamaged`.
    func packedTexts(table: Int, position: Int) throws -> (texts: PackedTexts, seed: UInt64) {
        let record = try record(.textBytes, table: table, position: position)
        let numbersRecord = try self.record(.textNumbers, table: table, position: position)
        let numbers: Cells<Int64> = try cells(.textNumbers, table: table, position: position, rows: record.rows)
        let mapping = try mapping(record)
        guard
            let texts = unsafe PackedTexts(
                bytes: try ColumnFile.payload(record, in: mapping), numbers: numbers, owner: mapping)
        else { throw storeDamaged(mapping.path, "its blocks are not \(numbers.count) texts") }
        return (texts, record.checksum ^ numbersRecord.checksum)
    }

    /// The same with their index.
    ///
    /// - Throws: `storeDamaged`.
    func segment(table: Int, position: Int) throws -> TextSegment {
        let (texts, seed) = try packedTexts(table: table, position: position)
        guard has(.textIndex, table: table, position: position) else { return TextSegment(texts, index: nil) }
        let cells: Cells<UInt32> = try cells(.textIndex, table: table, position: position)
        guard let index = TextIndex(cells, count: texts.count, seed: seed) else {
            throw storeDamaged(folder, "the index of column \(position) of table \(table) is none of its texts")
        }
        return TextSegment(texts, index: index)
    }

    /// Reads every file and compares it with its checksum.
    ///
    /// - Throws: `storeDamaged`, for the first that differs.
    func verify() throws {
        for record in records.values.sorted(by: { ($0.file, $0.offset) < ($1.file, $1.offset) }) {
            _ = try unsafe ColumnFile.payload(record, in: mapping(record))
        }
    }

    private func mapping(_ record: FileRecord) throws -> Mapping {
        try mappings.withLock { mappings in
            if let known = mappings[record.file] { return known }
            let mapping = try Mapping(folder + "/" + record.file, size: sizes[record.file] ?? 0)
            mappings[record.file] = mapping
            return mapping
        }
    }
}
