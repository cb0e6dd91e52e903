import Foundation
import Quantities

/// Writes the payload of one new column file piece by piece, and its header at the end.
///
/// Pieces are collected, and no descriptor is kept between two writes: a generation has more columns than a process may
/// have open files. Nothing is on the disk for certain before the file is synchronised, which is the caller's to do.
struct FileWriter {
    private(set) var record: FileRecord
    let path: String
    private var waiting: [UInt8] = []
    private var checksum = ChecksumStream()
    private var isCreated = false

    /// How much is collected before it is written.
    private static let pieceSize = 1 << 20

    init(_ record: FileRecord, in folder: String) {
        self.record = record
        path = folder + "/" + record.file
    }

    /// Bytes of payload up to now.
    var position: Int { record.bytes }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        record.bytes += bytes.count
        unsafe checksum.update(bytes)
        unsafe waiting.append(contentsOf: bytes)
        if waiting.count >= FileWriter.pieceSize { try write() }
    }

    mutating func append<Word: BitwiseCopyable>(_ words: [Word]) throws {
        try unsafe words.withUnsafeBytes { try unsafe append($0) }
    }

    /// Writes the rest, and the header in front.
    ///
    /// - Parameter rows: what the file holds.
    mutating func finish(rows: Int) throws -> FileRecord {
        record.rows = rows
        record.checksum = checksum.value
        let header = ColumnFile.header(of: record)
        if isCreated {
            try write()
            let file = try Descriptor(path, flags: O_WRONLY, doing: "opening")
            try unsafe header.withUnsafeBytes { try unsafe file.write($0) }
        } else {
            waiting.insert(contentsOf: header, at: 0)
            try write(header: [])
        }
        return record
    }

    private mutating func write() throws {
        try write(header: isCreated ? [] : [UInt8](repeating: 0, count: ColumnFile.headerSize))
    }

    /// - Parameter header: what holds the header's place in a new file.
    private mutating func write(header: [UInt8]) throws {
        let flags = isCreated ? O_WRONLY | O_APPEND : O_WRONLY | O_CREAT | O_EXCL
        let file = try Descriptor(path, flags: flags, doing: isCreated ? "opening" : "creating the file")
        isCreated = true
        if !header.isEmpty { try unsafe header.withUnsafeBytes { try unsafe file.write($0) } }
        try unsafe waiting.withUnsafeBytes { try unsafe file.write($0) }
        waiting.removeAll(keepingCapacity: true)
    }
}

/// Writes a file of packed cells, slice by slice.
struct CellsWriter {
    private var file: FileWriter
    private var packer = BlockPacker()

    init(_ record: FileRecord, in folder: String) { file = FileWriter(record, in: folder) }

    /// Nothing was appended.
    var isEmpty: Bool { packer.count == 0 }

    /// The cells of the next rows.
    mutating func append(_ cells: some Collection<some FixedWidthInteger>) throws {
        packer.append(cells)
        if packer.waiting >= 1 << 16 { try file.append(packer.takeWords()) }
    }

    mutating func finish() throws -> FileRecord {
        packer.finish()
        try file.append(packer.takeWords())
        try file.append(packer.directory)
        return try file.finish(rows: packer.count)
    }
}
