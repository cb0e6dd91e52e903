import Diagnostics
import Foundation
import Quantities

/// The file format of a column: 64 bytes of header, then the payload, little-endian.
///
///     0  magic "TNCOLUMN"   8  format version   12  kind         16  cell size   20  scale
///     24 rows               32 payload bytes    40  payload checksum             48  zero
///     56 checksum of the bytes before
///
/// The payload of cells is packed (`PackedColumn`): bits of all blocks, a word that is never used, and the directory of
/// the blocks. That of texts is in `PackedTexts`. The columns of a small part are one after the other in one file, each
/// with its header. A file is written once and never changed. A column is verified whole when it is first asked for.
enum ColumnFile {
    static let headerSize = 64
    private static let magic: UInt64 = 0x4E4D_554C_4F43_4E54
    private static let version: UInt32 = 2

    /// Compares a column's bytes in a mapped file with what the catalog says of it, and gives the payload.
    ///
    /// - Throws: `storeDamaged`, for damage of any byte.
    @unsafe
    static func payload(_ record: FileRecord, in mapping: Mapping) throws -> UnsafeRawBufferPointer {
        func damaged(_ what: String) -> Diagnostic { storeDamaged(mapping.path, what) }
        guard mapping.count >= record.offset + headerSize else {
            throw damaged("it has \(mapping.count) bytes, fewer than its header")
        }
        let bytes = unsafe mapping.bytes(from: record.offset)
        // The header is rebuilt from what the catalog says and compared whole: no field can differ unnoticed.
        guard unsafe bytes.prefix(headerSize).elementsEqual(header(of: record)) else {
            throw damaged("its header is not the one that was written")
        }
        guard bytes.count >= record.size else {
            throw damaged("it has \(mapping.count) bytes instead of \(record.offset + record.size)")
        }
        let payload = unsafe UnsafeRawBufferPointer(rebasing: bytes[headerSize..<record.size])
        guard unsafe Quantities.checksum(payload) == record.checksum else {
            throw damaged("its content does not match its checksum")
        }
        unsafe mapping.forget(payload)
        return unsafe payload
    }

    /// Cells of a mapped file.
    ///
    /// - Throws: `storeDamaged`.
    static func cells<Element>(
        _ record: FileRecord, in mapping: Mapping, as: Element.Type = Element.self
    ) throws -> Cells<Element> {
        precondition(record.kind.cellSize == MemoryLayout<Element>.size, "\(record.kind) has cells of another size")
        let payload = try unsafe payload(record, in: mapping)
        let words = unsafe UnsafeBufferPointer(
            start: payload.baseAddress?.assumingMemoryBound(to: UInt64.self), count: record.bytes / 8)
        guard record.bytes % 8 == 0, record.offset % 8 == 0,
            let cells = unsafe Cells<Element>(packedWords: words, count: record.rows, owner: mapping)
        else { throw storeDamaged(mapping.path, "its blocks are not \(record.rows) rows") }
        unsafe mapping.forget(payload)
        return cells
    }

    static func header(of record: FileRecord) -> [UInt8] {
        var header: [UInt8] = []
        func add(_ value: some FixedWidthInteger) {
            unsafe withUnsafeBytes(of: value.littleEndian) { unsafe header.append(contentsOf: $0) }
        }
        add(magic)
        add(version)
        add(record.kind.number)
        add(UInt32(record.kind.cellSize))
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
final class Mapping: @unchecked Sendable {
    let path: String
    let count: Int
    private let base: UnsafeRawPointer

    /// - Parameter size: what it must have; else `storeDamaged` is thrown, as where it is missing.
    init(_ path: String, size: Int) throws {
        guard unsafe access(path, F_OK) == 0 else { throw storeDamaged(path, "the file is missing") }
        self.path = path
        // The descriptor is not needed once the file is mapped: open files are scarcer than mappings.
        let file = try Descriptor(path, flags: O_RDONLY, doing: "opening")
        count = try file.size()
        guard count == size else { throw storeDamaged(path, "it has \(count) bytes instead of \(size)") }
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

    /// Tells the system that some of the bytes need not stay in memory: looked at again, they are read from the file
    /// again, or from what the system has kept of it.
    @unsafe
    func forget(_ bytes: UnsafeRawBufferPointer) {
        guard let address = bytes.baseAddress, unsafe !bytes.isEmpty, count > 0 else { return }
        let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let begin = UInt(bitPattern: address) / page * page
        let end = UInt(bitPattern: address) + UInt(bytes.count)
        // Advice only: what comes of it changes no result.
        _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: begin), Int(end - begin), MADV_DONTNEED)
    }

    /// The bytes from a position to the end, for as long as the object lives.
    @unsafe
    func bytes(from offset: Int) -> UnsafeRawBufferPointer {
        precondition(offset <= count, "a position behind the file's end")
        return unsafe UnsafeRawBufferPointer(start: base + offset, count: count - offset)
    }
}
