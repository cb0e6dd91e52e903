import Foundation
import Quantities

/// Writes the payload of one new column piece by piece, and its header at the end: to a file of its own, or to memory
/// for a file of several columns.
///
/// Pieces are collected, and no descriptor is kept between two writes: a part has more columns than a process may have
/// open files. Nothing is on the disk for certain before the file is synchronised, which is the caller's to do.
struct FileWriter {
    private(set) var record: FileRecord
    /// Nil where nothing is written.
    private let path: String?
    private var waiting: [UInt8] = []
    private var checksum = ChecksumStream()
    private var isCreated = false

    /// How much is collected before it is written.
    private static let pieceSize = 1 << 20

    /// - Parameter folder: of the file; nil keeps everything in memory.
    init(_ record: FileRecord, in folder: String?) {
        self.record = record
        path = folder.map { $0 + "/" + record.file }
    }

    /// Bytes of payload up to now.
    var position: Int { record.bytes }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        record.bytes += bytes.count
        unsafe checksum.update(bytes)
        unsafe waiting.append(contentsOf: bytes)
        if let path, waiting.count >= FileWriter.pieceSize {
            try write(to: path, after: isCreated ? [] : [UInt8](repeating: 0, count: ColumnFile.headerSize))
        }
    }

    mutating func append<Word: BitwiseCopyable>(_ words: [Word]) throws {
        try unsafe words.withUnsafeBytes { try unsafe append($0) }
    }

    /// Writes the rest, and the header in front.
    ///
    /// - Parameter rows: what the file holds.
    mutating func finish(rows: Int) throws -> WrittenColumn {
        record.rows = rows
        record.checksum = checksum.value
        let header = ColumnFile.header(of: record)
        guard let path else { return WrittenColumn(record: record, bytes: header + waiting) }
        if isCreated {
            try write(to: path, after: [])
            let file = try Descriptor(path, flags: O_WRONLY, doing: "opening")
            try unsafe header.withUnsafeBytes { try unsafe file.write($0) }
        } else {
            try write(to: path, after: header)
        }
        return WrittenColumn(record: record, bytes: [])
    }

    /// - Parameter header: what comes before what is waiting.
    private mutating func write(to path: String, after header: [UInt8]) throws {
        let flags = isCreated ? O_WRONLY | O_APPEND : O_WRONLY | O_CREAT | O_EXCL
        let file = try Descriptor(path, flags: flags, doing: isCreated ? "opening" : "creating the file")
        isCreated = true
        waiting.insert(contentsOf: header, at: 0)
        try unsafe waiting.withUnsafeBytes { try unsafe file.write($0) }
        waiting.removeAll(keepingCapacity: true)
    }
}

/// A column that is complete.
struct WrittenColumn: Sendable {
    var record: FileRecord
    /// Header and payload, where no file of its own has them.
    var bytes: [UInt8]
}

/// Writes packed cells, slice by slice.
struct CellsWriter {
    private var file: FileWriter
    private var packer = BlockPacker()

    init(_ record: FileRecord, in folder: String?) { file = FileWriter(record, in: folder) }

    /// Nothing was appended.
    var isEmpty: Bool { packer.count == 0 }

    /// The cells of the next rows.
    mutating func append(_ cells: some Collection<some FixedWidthInteger & BitwiseCopyable>) throws {
        packer.append(cells)
        if packer.waiting >= 1 << 16 { try file.append(packer.takeWords()) }
    }

    mutating func finish() throws -> WrittenColumn {
        packer.finish()
        try file.append(packer.takeWords())
        try file.append(packer.directory)
        return try file.finish(rows: packer.count)
    }
}
