import Definitions
import Diagnostics
import EventStores
import Foundation
import Quantities
import Tracking

/// The files of what was posted to the server, each from where it was imported to.
enum TrackedFiles {
    /// - Returns: files with what a crash left of a post that was never acknowledged.
    static func settle(in folder: URL) throws -> [String] { try JournalFolder(project: folder.path).settle() }

    /// - Parameter known: what the sink has of them.
    /// - Throws: `trackingDamaged` where something is gone that was imported.
    static func find(in folder: URL, known: [ImportedFile]) throws -> (read: [InputFile], leftOut: [LeftOutFile]) {
        let files = try JournalFolder(project: folder.path).files()
        for before in known where !files.contains(where: { $0.shown == before.path }) {
            throw Diagnostic(
                .error, .trackingDamaged, "\(before.path): the file is missing, and was imported before",
                hints: ["restore it from a backup; tenure import without --append takes what is there"])
        }
        var read: [InputFile] = []
        var leftOut: [LeftOutFile] = []
        for file in files {
            let before = known.filter { $0.path == file.shown }.max { $0.size < $1.size }
            if let before, before.size == file.size {
                leftOut.append(LeftOutFile(path: file.shown, importedAt: before.importedAt))
                continue
            }
            var input = InputFile(path: file.shown, url: URL(filePath: file.path), size: file.size)
            input.start = before?.size ?? 0
            read.append(input)
        }
        return (read, leftOut)
    }
}

/// The lines of one kind that a journal's file has more than was imported before.
final class PostedLines: ByteSource {
    private let reader: JournalReader
    private let start: Int
    /// What its lines begin with.
    private let prefix: [UInt8]
    /// Of all that was read.
    private var sum = ChecksumStream()

    init(_ file: InputFile, _ kind: Source.TrackedKind) throws {
        reader = try JournalReader(
            JournalFolder.File(shown: file.path, path: file.url.path, size: file.size), from: file.start)
        start = file.start
        prefix = PostedLine.prefix(kind)
    }

    var bytesRead: Int { reader.position - start }

    /// How far the file was read.
    var fingerprint: FileFingerprint { FileFingerprint(size: reader.position, checksum: sum.value) }

    func read(appendingTo buffer: inout [UInt8]) throws -> Bool {
        guard let lines = try reader.next() else { return false }
        unsafe lines.withUnsafeBytes { unsafe sum.update($0) }
        for line in lines.split(separator: .lineFeed) where line.starts(with: prefix) {
            buffer.append(contentsOf: line)
            buffer.append(.lineFeed)
        }
        return true
    }
}
