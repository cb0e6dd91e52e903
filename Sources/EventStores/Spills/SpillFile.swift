package import Diagnostics
import Foundation
import Quantities

/// Where bytes are in a spill file.
struct SpillBlock: Sendable {
    var offset: Int
    var length: Int
    var checksum: UInt64
}

/// A file for what does not fit into memory, in the store's folder. It has no name: it goes with the process, whatever
/// becomes of that.
///
/// For one thread at a time.
final class SpillFile: @unchecked Sendable {
    private let path: String
    private let file: Descriptor
    private var waiting: [UInt8] = []
    private var written = 0

    /// How much is collected before it is written.
    private static let pieceSize = 1 << 20

    /// - Throws: `storeInaccessible`.
    init(in folder: String) throws {
        path = SpillFile.path(in: folder)
        file = try Descriptor(path, flags: O_RDWR | O_CREAT | O_TRUNC, doing: "creating the file")
        guard unsafe unlink(path) == 0 else { throw systemFailure("unlinking", path) }
    }

    /// Removes what a process left that was killed between making a file and taking its name away.
    static func removeLeftover(in folder: String) { _ = unsafe unlink(path(in: folder)) }

    private static func path(in folder: String) -> String { folder + "/spill" }

    /// Bytes up to now.
    var size: Int { written + waiting.count }

    /// - Throws: `storeInaccessible`, as where the disk is full.
    func append(_ bytes: [UInt8]) throws -> SpillBlock {
        try append(bytes, checksum: unsafe bytes.withUnsafeBytes { unsafe checksum($0) })
    }

    /// The same with the bytes' checksum.
    func append(_ bytes: some Collection<UInt8>, checksum: UInt64) throws -> SpillBlock {
        let block = SpillBlock(offset: size, length: bytes.count, checksum: checksum)
        waiting.append(contentsOf: bytes)
        if waiting.count >= SpillFile.pieceSize { try flush() }
        return block
    }

    private func flush() throws {
        try unsafe waiting.withUnsafeBytes { try unsafe file.write($0) }
        written += waiting.count
        waiting.removeAll(keepingCapacity: true)
    }

    /// - Throws: `storeInaccessible`; `storeDamaged` where the bytes are not those that were written.
    func read(_ block: SpillBlock) throws -> [UInt8] {
        if block.offset + block.length > written { try flush() }
        let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: block.length) { buffer, initialized in
            while initialized < block.length {
                let count = unsafe pread(
                    file.number, buffer.baseAddress.map { unsafe $0 + initialized }, block.length - initialized,
                    off_t(block.offset + initialized))
                if count < 0 {
                    if errno == EINTR { continue }
                    throw systemFailure("reading", path)
                }
                if count == 0 { throw damage }
                initialized += count
            }
        }
        guard unsafe bytes.withUnsafeBytes({ unsafe checksum($0) }) == block.checksum else { throw damage }
        return bytes
    }

    private var damage: Diagnostic {
        Diagnostic(
            .error, .storeDamaged, "\(path): what was spilled is not what is read back",
            hints: ["run the import again; the store is unchanged"])
    }
}

/// A spill that failed: no problem of the row at hand, but the end of the import.
package struct SpillFailure: Error {
    package let diagnostic: Diagnostic
}
