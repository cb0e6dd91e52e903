import Diagnostics
import Foundation
import Quantities

/// A file read front to back in pieces of 256 KiB.
package final class FileBytes: ByteSource {
    private let descriptor: Int32
    package private(set) var bytesRead = 0
    /// Of the bytes read so far, where the file is opened for it.
    private var checksumStream: ChecksumStream?
    private var piece = [UInt8](repeating: 0, count: 262_144)

    /// Throws `ByteProblem` with the operating system's reason.
    package init(path: String, summing: Bool = false) throws {
        checksumStream = summing ? ChecksumStream() : nil
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ByteProblem(.importFileUnreadable, "the file can not be opened: \(systemReason())")
        }
    }

    deinit { _ = close(descriptor) }

    /// Of the bytes read so far; nil where the file was not opened for it.
    var checksum: UInt64? { checksumStream?.value }

    package func read(appendingTo buffer: inout [UInt8]) throws -> Bool {
        var count: Int
        repeat {
            count = unsafe piece.withUnsafeMutableBytes { bytes in
                unsafe Foundation.read(descriptor, bytes.baseAddress, bytes.count)
            }
        } while count < 0 && errno == EINTR
        if count < 0 { throw ByteProblem(.importFileUnreadable, "the file can not be read: \(systemReason())") }
        bytesRead += count
        unsafe piece.withUnsafeBytes { unsafe checksumStream?.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        buffer.append(contentsOf: piece[..<count])
        return count > 0
    }
}

/// The operating system's words for the error of the last call.
package func systemReason() -> String { unsafe String(cString: strerror(errno)) }
