import Diagnostics
import Foundation

/// An open file of the journal, closed when the last reference goes; a lock taken on it goes with it.
final class JournalFile: Sendable {
    private let number: Int32
    private let path: String

    /// - Throws: `trackingInaccessible`
    init(_ path: String, flags: Int32) throws {
        self.path = path
        number = unsafe open(path, flags | O_CLOEXEC, 0o600)
        if number < 0 { throw failure("opening") }
    }

    deinit { if number >= 0 { close(number) } }

    func size() throws -> Int {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw failure("reading the size of") }
        return Int(status.st_size)
    }

    /// At most that many bytes from a position on; fewer at the file's end.
    func read(at position: Int, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let found = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(number, buffer.baseAddress.map { unsafe $0 + done }, count - done, off_t(position + done))
            }
            if found < 0 {
                if errno == EINTR { continue }
                throw failure("reading")
            }
            if found == 0 { break }
            done += found
        }
        bytes.removeLast(count - done)
        return bytes
    }

    func write(_ bytes: [UInt8], at position: Int) throws {
        var done = 0
        while done < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(
                    number, buffer.baseAddress.map { unsafe $0 + done }, bytes.count - done, off_t(position + done))
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw failure("writing")
            }
            done += written
        }
    }

    func truncate(to size: Int) throws {
        guard ftruncate(number, off_t(size)) == 0 else { throw failure("cutting") }
    }

    /// Waits until what was written is on the disk.
    func sync() throws {
        guard fsync(number) == 0 else { throw failure("flushing") }
    }

    /// Takes the lock at once or not at all; alone, or together with others who read.
    func tryLock(exclusively: Bool) throws -> Bool {
        if flock(number, (exclusively ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw failure("locking")
    }

    /// Waits for the lock.
    func lock() throws {
        while flock(number, LOCK_EX) != 0 {
            if errno != EINTR { throw failure("locking") }
        }
    }

    func unlock() throws {
        guard flock(number, LOCK_UN) == 0 else { throw failure("unlocking") }
    }

    /// It is what has its name still: whoever opens that name finds it.
    func isThere() throws -> Bool {
        var (own, named) = (stat(), stat())
        guard unsafe fstat(number, &own) == 0 else { throw failure("looking for") }
        return unsafe stat(path, &named) == 0 && own.st_ino == named.st_ino && own.st_dev == named.st_dev
    }

    private func failure(_ doing: String) -> Diagnostic { JournalFile.failure(doing, path) }

    /// A failed system call as a diagnostic; reads `errno`.
    static func failure(_ doing: String, _ path: String) -> Diagnostic {
        Diagnostic(
            .error, .trackingInaccessible, "\(path): \(doing) failed: \(unsafe String(cString: strerror(errno)))",
            hints: errno == ENOSPC || errno == EDQUOT ? ["free some space"] : [])
    }

    /// Waits until the names in a folder are on the disk.
    static func syncFolder(_ path: String) throws {
        try JournalFile(path, flags: O_RDONLY | O_DIRECTORY).sync()
    }
}
