import Diagnostics
import Foundation

/// The quarantine files of one import, made as rows are rejected.
final class Quarantine {
    private let folder: URL
    private var files: [QuarantineFile] = []
    private var names: Set<String> = []

    init(_ folder: URL) {
        self.folder = folder
    }

    /// A file for the rejected rows of one input file. One that is there already is kept: somebody may be at work
    /// on it.
    func file(
        source: String, input: InputFile, format: QuarantineFile.Format, encoding: TextEncoding
    ) throws -> QuarantineFile {
        var base = input.url.lastPathComponent
        if base.utf8.suffix(3).elementsEqual(".gz".utf8) { base = String(base.dropLast(3)) }
        let suffix = input.url.pathExtension.isEmpty ? ".csv" : ""
        let stem = source.replacing("/", with: "_") + "-" + base
        var number = 1
        var name = stem + suffix
        while names.contains(name) || FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path) {
            number += 1
            name = "\(number)-\(stem)\(suffix)"
        }
        names.insert(name)
        let file = try QuarantineFile(folder.appendingPathComponent(name), format, encoding: encoding)
        files.append(file)
        return file
    }

    /// Puts all files in their places.
    func finish() throws -> [URL] { try files.flatMap { try $0.finish() } }

    func discard() {
        for file in files { file.discard() }
    }
}
