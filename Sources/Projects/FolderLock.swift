import Diagnostics
package import Foundation

/// A file whose lock one process at a time has. The lock is the kernel's and goes with the process.
package final class FolderLock {
    private let descriptor: Int32

    /// Waits until nobody else has the lock; it is given back when this goes.
    ///
    /// - Throws: `Diagnostic` where the file cannot be made.
    package init(_ file: URL, shown: String) throws {
        // Where the folder cannot be made, opening the file says why.
        try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        descriptor = unsafe open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            throw Diagnostic(.unwritableFile, "\(shown) cannot be locked: \(unsafe String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
