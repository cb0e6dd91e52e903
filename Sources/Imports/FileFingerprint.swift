import Definitions
import EventStores
import Foundation

/// What tells that a file is one that was imported before: its content, whatever it is called.
struct FileFingerprint: Hashable {
    var size: Int
    var checksum: UInt64

    /// Of what was read of a file, so that it is remembered by the content that was imported, whatever became of the
    /// file meanwhile. What no reader went through as bytes (a database), or not to the end, is read here.
    ///
    /// - Returns: nil where the file grows or shrinks meanwhile, or can not be read.
    init?(of file: InputFile, read bytes: FileBytes?) {
        guard let bytes, bytes.bytesRead >= file.size, let checksum = bytes.checksum else {
            self.init(of: file)
            return
        }
        guard bytes.bytesRead == file.size else { return nil }
        self.init(size: file.size, checksum: checksum)
    }

    /// Reads the whole file.
    ///
    /// - Returns: nil where it can not be read, which the import will say better, or where it grows meanwhile.
    init?(of file: InputFile) {
        do {
            let bytes = try FileBytes(path: file.url.path, summing: true)
            var piece: [UInt8] = []
            while try bytes.read(appendingTo: &piece) { piece.removeAll(keepingCapacity: true) }
            guard bytes.bytesRead == file.size, let checksum = bytes.checksum else { return nil }
            self.init(size: file.size, checksum: checksum)
        } catch {
            return nil
        }
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
