import Diagnostics
import Foundation
import Quantities

/// What a column file holds.
enum FileKind: String, CaseIterable {
    case offsets, timestamps, sequences
    case ordinals, origins, superseded, refunds, parents, referred
    case codes, units, instants
    case textOffsets = "text-offsets"
    case textBytes = "text-bytes"

    /// The number in the file's header; 1, 2, 3, ... in the order above, which therefore never changes.
    var number: UInt32 { UInt32((FileKind.allCases.firstIndex(of: self) ?? 0) + 1) }
}

/// A column file as the catalog lists it.
struct FileRecord: Hashable {
    /// Position of the event type, -1 for the customers.
    var table: Int
    /// Position of the column in its event type or among the properties; -1 where it is neither.
    var position: Int
    /// Name of the column; empty where it is none.
    var name: String
    var kind: FileKind
    /// Digits after the point, of units.
    var scale: Int
    /// Name within the generation's folder.
    var file: String
    var rows: Int
    /// Of the payload.
    var bytes: Int
    var checksum: UInt64
}

/// The file format of a column: 64 bytes of header, then the cells as they are in memory, little-endian.
///
///     0  magic "TNCOLUMN"   8  format version   12  kind         16  element width   20  scale
///     24 rows               32 payload bytes    40  payload checksum                 48  zero
///     56 checksum of the bytes before
///
/// A file is written once and never changed. It is verified whole when it is mapped.
enum ColumnFile {
    static let headerSize = 64
    private static let magic: UInt64 = 0x4E4D_554C_4F43_4E54
    private static let version: UInt32 = 1

    /// Writes a new file and waits until it is on the disk; fills in the record's size and checksum.
    static func write<Element: BitwiseCopyable>(_ cells: [Element], as record: inout FileRecord, in folder: String)
        throws
    {
        let path = folder + "/" + record.file
        let file = try Descriptor(path, flags: O_WRONLY | O_CREAT | O_EXCL, doing: "creating the file")
        try unsafe cells.withUnsafeBytes { payload in
            record.rows = cells.count
            record.bytes = payload.count
            record.checksum = unsafe Quantities.checksum(payload)
            let header = header(of: record, width: MemoryLayout<Element>.stride)
            try unsafe header.withUnsafeBytes { try unsafe file.write($0) }
            try unsafe file.write(payload)
        }
        try file.sync()
    }

    /// Maps a file of a generation; damage of any byte is thrown as `storeDamaged`.
    static func map<Element: BitwiseCopyable & Sendable>(
        _ record: FileRecord, in folder: String, as: Element.Type = Element.self
    ) throws -> Cells<Element> {
        let path = folder + "/" + record.file
        func damaged(_ what: String) -> Diagnostic { storeDamaged(path, what) }

        guard unsafe access(path, F_OK) == 0 else { throw damaged("the file is missing") }
        let mapping = try Mapping(path)
        guard mapping.count >= headerSize else {
            throw damaged("it has \(mapping.count) bytes, fewer than its header")
        }
        // The header is rebuilt from what the catalog says and compared whole: no field can differ unnoticed.
        let expected = header(of: record, width: MemoryLayout<Element>.stride)
        guard mapping.bytes(0..<headerSize) == expected else {
            throw damaged("its header is not the one that was written")
        }
        guard record.bytes == record.rows * MemoryLayout<Element>.stride else {
            throw damaged("the catalog gives \(record.bytes) bytes to \(record.rows) rows")
        }
        guard mapping.count == headerSize + record.bytes else {
            throw damaged("it has \(mapping.count) bytes instead of \(headerSize + record.bytes)")
        }
        guard mapping.checksum(from: headerSize) == record.checksum else {
            throw damaged("its content does not match its checksum")
        }
        return mapping.cells(from: headerSize, count: record.rows)
    }

    private static func header(of record: FileRecord, width: Int) -> [UInt8] {
        var header: [UInt8] = []
        func add(_ value: some FixedWidthInteger) {
            unsafe withUnsafeBytes(of: value.littleEndian) { unsafe header.append(contentsOf: $0) }
        }
        add(magic)
        add(version)
        add(record.kind.number)
        add(UInt32(width))
        add(UInt32(truncatingIfNeeded: record.scale))
        add(UInt64(record.rows))
        add(UInt64(record.bytes))
        add(record.checksum)
        add(UInt64(0))
        add(unsafe header.withUnsafeBytes { unsafe Quantities.checksum($0) })
        return header
    }
}

/// `storeDamaged`, naming the file and what is wrong with it.
func storeDamaged(_ path: String, _ what: String) -> Diagnostic {
    Diagnostic(.error, .storeDamaged, "\(path): \(what)", hints: [storeRepair])
}

/// An import on top would keep the damage: a damaged store is not written to.
let storeRepair = "restore the store's folder from a backup, or delete it and import the sources again"

/// A whole file, mapped read-only for as long as the object lives.
@safe
private final class Mapping: @unchecked Sendable {
    let count: Int
    private let base: UnsafeRawPointer

    init(_ path: String) throws {
        // The descriptor is not needed once the file is mapped: open files are scarcer than mappings.
        let file = try Descriptor(path, flags: O_RDONLY, doing: "opening")
        count = try file.size()
        // An empty file can not be mapped; one byte stands in for it and `count` says that it is not there.
        guard count > 0 else {
            unsafe base = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 16))
            return
        }
        guard let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, file.number, 0),
            unsafe address != MAP_FAILED
        else { throw systemFailure("mapping", path) }
        unsafe base = UnsafeRawPointer(address)
    }

    deinit {
        if count > 0 {
            unsafe munmap(UnsafeMutableRawPointer(mutating: base), count)
        } else {
            unsafe base.deallocate()
        }
    }

    func bytes(_ range: Range<Int>) -> [UInt8] {
        precondition(range.upperBound <= count)
        return unsafe Array(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    func checksum(from offset: Int) -> UInt64 {
        unsafe Quantities.checksum(UnsafeRawBufferPointer(start: base + offset, count: count - offset))
    }

    func cells<Element>(from offset: Int, count cells: Int) -> Cells<Element> {
        precondition(offset + cells * MemoryLayout<Element>.stride <= count)
        return unsafe Cells(
            base: (base + offset).assumingMemoryBound(to: Element.self), count: cells, owner: self)
    }
}
