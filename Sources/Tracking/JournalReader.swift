import Diagnostics
import Foundation

/// The frames of one file of a journal, from a position on.
package final class JournalReader {
    private let file: JournalFile
    private let shown: String
    private let size: Int
    /// The end of the last frame that was read.
    package private(set) var position: Int

    /// - Parameters:
    ///   - file: with the size up to which it is read, whatever comes to it meanwhile.
    ///   - start: the end of a frame.
    /// - Throws: `trackingDamaged` where the file is shorter, `trackingInaccessible`.
    package init(_ file: JournalFolder.File, from start: Int) throws {
        self.file = try JournalFile(file.path, flags: O_RDONLY)
        shown = file.shown
        position = start
        size = file.size
        if start > size {
            throw JournalFolder.damage(shown, "it has \(size) bytes, and \(start) of it were imported before")
        }
    }

    /// The lines of the next frame; nil at the end.
    ///
    /// - Throws: `trackingDamaged`, `trackingInaccessible`.
    package func next() throws -> [UInt8]? {
        switch try Frame.read(file, at: position, size: size) {
        case .frame(let frame):
            position = frame.end
            return frame.payload
        case .end: return nil
        case .incomplete, .wrong:
            throw JournalFolder.damage(shown, "the frame at byte \(position) is not what was written")
        }
    }
}

extension JournalFolder {
    /// Cuts off what a crash left at the journal's end, where no other process writes to it.
    ///
    /// - Returns: files with what was cut off.
    /// - Throws: `trackingDamaged`, `trackingInaccessible`.
    package func settle() throws -> [String] {
        guard try !files().isEmpty else { return [] }
        do {
            return try JournalWriter(self).setAside
        } catch let problem as Diagnostic where problem.code == .trackingLocked {
            return []
        }
    }
}
