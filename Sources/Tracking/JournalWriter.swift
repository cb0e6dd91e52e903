import Diagnostics
import Foundation

/// The one process that may append to a journal, until the writer goes. Not for use by several threads at once.
///
/// What `append` was given is on the disk when it returns, whole; what it throws about is not in the journal, or will be cut
/// off it. A frame is one write, so that of what a crash leaves behind only the last frame can be half there.
package final class JournalWriter {
    private let folder: JournalFolder
    private let lock: JournalFile
    private let turnstile: JournalFile
    private var number: Int
    private var file: JournalFile
    /// Where the next frame begins.
    private var end: Int
    /// A write that failed may have left something after `end`.
    private var isClean = true
    /// Bytes of a file after which the next one is begun.
    private let fileSize: Int

    /// Files with what was cut off the journal's end when it was opened: the rest of a write that was never acknowledged.
    package private(set) var setAside: [String] = []

    /// Opens the journal, and makes it where there is none.
    ///
    /// - Throws: `trackingLocked` where another process has it, `trackingDamaged`, `trackingInaccessible`.
    package init(_ folder: JournalFolder, fileSize: Int = 64 << 20) throws {
        self.folder = folder
        self.fileSize = fileSize
        try JournalWriter.makeFolder(folder.path)
        lock = try JournalFile(folder.path + "/writer.lock", flags: O_RDWR | O_CREAT)
        guard try JournalWriter.take(lock) else {
            throw Diagnostic(
                .error, .trackingLocked, "\(folder.path): another process takes what is posted to this project",
                hints: ["one server a project"])
        }
        turnstile = try JournalFile(folder.turnstile, flags: O_RDWR | O_CREAT)
        let last = try folder.numbers().last
        number = last ?? 1
        if last == nil {
            file = try JournalFile(folder.file(1), flags: O_RDWR | O_CREAT | O_EXCL)
            end = 0
            try JournalFile.syncFolder(folder.path)
        } else {
            file = try JournalFile(folder.file(number), flags: O_RDWR)
            end = 0
            try recover()
        }
    }

    /// A process that is just being started holds the locks of the one that starts it, until it runs its own program: such a
    /// lock goes by itself in a moment.
    private static func take(_ lock: JournalFile) throws -> Bool {
        for _ in 0..<50 {
            if try lock.tryLock(exclusively: true) { return true }
            usleep(2_000)
        }
        return false
    }

    /// The folder and those above it; their names are on the disk afterwards.
    private static func makeFolder(_ path: String) throws {
        if unsafe access(path, F_OK) == 0 { return }
        let above = URL(filePath: path).deletingLastPathComponent().path
        try makeFolder(above)
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw JournalFile.failure("creating the folder", path)
        }
        try JournalFile.syncFolder(above)
    }

    /// Finds the end of the last file's frames. What is left of a last write that did not end is put aside.
    private func recover() throws {
        try file.lock()
        let size = try file.size()
        while case .frame(let frame) = try Frame.read(file, at: end, size: size) { end = frame.end }
        if end == size {
            // What the process before wrote last may not be on the disk yet.
            try file.sync()
            return try file.unlock()
        }
        // A write that did not end is the last one: nothing was written after it.
        let rest = try file.read(at: end, count: size - end)
        var isLast = !JournalWriter.hasFrame(rest)
        if case .wrong(let frameEnd?) = try Frame.read(file, at: end, size: size), frameEnd < size { isLast = false }
        guard isLast else {
            throw JournalFolder.damage(
                JournalFolder.shown(number), "the frame at byte \(end) is not what was written, and others follow it")
        }
        try putAside(rest)
    }

    /// A header after the first byte: another frame was written later.
    private static func hasFrame(_ bytes: [UInt8]) -> Bool {
        var from = 1
        while let at = bytes[from...].firstIndex(of: UInt8(ascii: "#")) {
            let header = bytes[at...].prefix(Frame.headerSize)
            // JSON has its texts in quotes: no line of a payload begins with #.
            if at > 0, bytes[at - 1] == UInt8(ascii: "\n"), header.count == Frame.headerSize,
                header[at + 9] == UInt8(ascii: " "), header.last == UInt8(ascii: "\n")
            {
                return true
            }
            from = at + 1
        }
        return false
    }

    private func putAside(_ rest: [UInt8]) throws {
        var name = "cut-\(end)"
        var copies = 1
        while unsafe access("\(folder.file(number)).\(name)", F_OK) == 0 {
            copies += 1
            name = "cut-\(end)-\(copies)"
        }
        let path = "\(folder.file(number)).\(name)"
        let copy = try JournalFile(path, flags: O_RDWR | O_CREAT | O_TRUNC)
        try copy.write(rest, at: 0)
        try copy.sync()
        try JournalFile.syncFolder(folder.path)
        try cut()
        setAside.append("\(JournalFolder.shown(number)).\(name)")
    }

    private func cut() throws {
        try file.truncate(to: end)
        try file.sync()
        isClean = true
        try file.unlock()
    }

    /// Writes lines, each with its line feed, behind those that are there.
    ///
    /// - Throws: `trackingInaccessible`
    package func append(_ lines: [UInt8]) throws {
        precondition(lines.last == UInt8(ascii: "\n") && lines.count <= Frame.largest, "whole lines, not too many")
        if !isClean { try cut() }
        if end >= fileSize { try beginFile() }
        let frame = Frame(start: end, payload: lines)
        // Until it is unlocked nobody reads past the end. Who looks for the end comes first.
        try turnstile.lock()
        try file.lock()
        try turnstile.unlock()
        isClean = false
        do {
            try file.write(frame.bytes, at: end)
            // After a flush that failed nobody knows what is on the disk.
            try file.sync()
        } catch {
            // Where this fails, too, it stays locked, and is cut before the next frame is written.
            try cut()
            throw error
        }
        end = frame.end
        isClean = true
        try file.unlock()
        guard try file.isThere() else {
            throw JournalFolder.damage(
                JournalFolder.shown(number), "the file was deleted or exchanged while it was written to")
        }
    }

    private func beginFile() throws {
        let next = try JournalFile(folder.file(number + 1), flags: O_RDWR | O_CREAT)
        try next.truncate(to: 0)
        try JournalFile.syncFolder(folder.path)
        file = next
        number += 1
        end = 0
    }

    /// Bytes of all frames, for progress.
    package var position: JournalPosition { JournalPosition(file: number, end: end) }
}

/// A place between two frames.
package struct JournalPosition: Comparable, Sendable {
    package var file: Int
    package var end: Int

    package init(file: Int, end: Int) {
        self.file = file
        self.end = end
    }

    package static func < (left: JournalPosition, right: JournalPosition) -> Bool {
        (left.file, left.end) < (right.file, right.end)
    }
}
