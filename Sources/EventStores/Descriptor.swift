import Diagnostics
import Foundation

/// An open file or folder, closed when the last reference goes. A kernel lock taken on it goes with it.
final class Descriptor: Sendable {
    let number: Int32
    private let path: String

    /// Opens a path; `doing` names the step in the diagnostic, `opening the lock file`.
    convenience init(_ path: String, flags: Int32, doing: String) throws {
        self.init(unsafe open(path, flags | O_CLOEXEC, 0o644), path)
        if number < 0 { throw systemFailure(doing, path) }
    }

    /// The same; nil where nothing is there.
    convenience init?(existing path: String, flags: Int32, doing: String) throws {
        self.init(unsafe open(path, flags | O_CLOEXEC), path)
        if number < 0 {
            if errno == ENOENT { return nil }
            throw systemFailure(doing, path)
        }
    }

    private init(_ number: Int32, _ path: String) {
        self.number = number
        self.path = path
    }

    deinit { if number >= 0 { close(number) } }

    /// Takes the lock at once or not at all.
    func tryLock(exclusively: Bool) throws -> Bool {
        if flock(number, (exclusively ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw systemFailure("locking", path)
    }

    /// Bytes in the file.
    func size() throws -> Int {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw systemFailure("reading the size of", path) }
        return Int(status.st_size)
    }

    /// Writes all of it at the current position.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            // Linux writes at most 2 GiB a call, and may write less.
            let written = unsafe Foundation.write(
                number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            if written < 0 {
                if errno == EINTR { continue }
                throw systemFailure("writing", path)
            }
            done += written
        }
    }

    /// Waits until what was written is on the disk.
    func sync() throws {
        guard fsync(number) == 0 else { throw systemFailure("flushing", path) }
    }
}

/// Waits until the names in a folder are on the disk.
func syncFolder(_ path: String) throws {
    try Descriptor(path, flags: O_RDONLY | O_DIRECTORY, doing: "opening").sync()
}

/// A failed system call as a diagnostic; reads `errno` unless told otherwise.
func systemFailure(_ doing: String, _ path: String, code: Int32 = errno) -> Diagnostic {
    let reason = unsafe String(cString: strerror(code))
    var hints: [String] = []
    if code == ENOSPC || code == EDQUOT {
        hints = ["free some space and run the command again; the store is unchanged"]
    }
    if code == EROFS || code == EACCES || code == EPERM { hints = ["the store's folder must be writable"] }
    return Diagnostic(.error, .storeInaccessible, "\(path): \(doing) failed: \(reason)", hints: hints)
}
