import Definitions
import EventStores
import Foundation
import Quantities

/// What tells that a file is one that was imported before: its content, whatever it is called.
struct FileFingerprint: Hashable {
    var size: Int
    var checksum: UInt64

    /// Reads the whole file.
    ///
    /// - Returns: nil where it can not be read, which the import will say better, or where it grows meanwhile.
    init?(of file: InputFile) {
        guard let bytes = try? FileBytes(path: file.url.path) else { return nil }
        var stream = ChecksumStream()
        var piece: [UInt8] = []
        while let more = try? bytes.read(appendingTo: &piece) {
            unsafe piece.withUnsafeBytes { unsafe stream.update($0) }
            piece.removeAll(keepingCapacity: true)
            if !more { break }
        }
        guard bytes.bytesRead == file.size else { return nil }
        size = file.size
        checksum = stream.value
    }

    init(size: Int, checksum: UInt64) {
        self.size = size
        self.checksum = checksum
    }
}

extension Importer {
    /// Splits the files of a source into those to read and those whose content the store has.
    ///
    /// The newest value of a property wins. So a file of properties alone is left out only as long as no other file of
    /// its source came after it.
    func split(_ files: [InputFile], of source: Source) -> (read: [InputFile], leftOut: [LeftOutFile]) {
        let known = knownFiles.filter { $0.source == source.name.value }
        let newest = known.map(\.importedAt).max()
        guard !known.isEmpty else { return (files, []) }
        var read: [InputFile] = []
        var leftOut: [LeftOutFile] = []
        for file in files {
            let fingerprint = FileFingerprint(of: file)
            let before = known.last { file in
                FileFingerprint(size: file.size, checksum: file.checksum) == fingerprint
                    && (source.event != nil || file.importedAt == newest)
            }
            if let before {
                leftOut.append(LeftOutFile(path: file.path, importedAt: before.importedAt))
            } else {
                read.append(file)
            }
        }
        return (read, leftOut)
    }
}
