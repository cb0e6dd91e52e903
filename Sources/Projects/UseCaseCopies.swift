import Definitions
package import Diagnostics
import Foundation

/// A use case that a project copied to adjust it: `usecases/<id>/usecase.yaml`, and beside it `origin.yaml`, the definition
/// that it came from.
extension ProjectFolder {
    /// The definition of a use case as it ships; nil where none of that id does.
    package func shippedUseCase(_ id: String) throws -> UseCaseFile? {
        let folder = try Resources.folder().appending(path: "usecases/\(id)")
        let file = folder.appending(path: "usecase.yaml")
        guard isUseCaseName(id), FileManager.default.fileExists(atPath: file.path) else { return nil }
        return UseCaseFile(id: id, path: file.path, shown: "usecases/\(id)/usecase.yaml", isProjects: false)
    }

    /// The project's own definition of a use case, whether it is there or not.
    package func ownUseCase(_ id: String) -> UseCaseFile { ownFile(id, "usecase.yaml") }

    /// Where the origin of a project's own definition is kept, whether it is there or not.
    package func origin(_ id: String) -> UseCaseFile { ownFile(id, "origin.yaml") }

    private func ownFile(_ id: String, _ name: String) -> UseCaseFile {
        UseCaseFile(
            id: id, path: url.appending(path: "usecases/\(id)/\(name)").path, shown: "\(shown)usecases/\(id)/\(name)",
            isProjects: true)
    }

    /// One name of a folder: `../x` is none.
    private func isUseCaseName(_ id: String) -> Bool { !id.isEmpty && !id.contains("/") && id != "." && id != ".." }

    /// That there is no use case of that id, as an error.
    package func unknownUseCase(_ id: String) throws -> Diagnostic {
        let known = try useCaseFiles().map(\.id)
        return Diagnostic(
            .unknownUseCase, "no use case '\(id)'",
            hints: didYouMean(id, among: known) + ["use cases: \(known.joined(separator: ", "))"])
    }
}

extension ProjectFolder.UseCaseFile {
    package var isThere: Bool { FileManager.default.fileExists(atPath: path) }

    package func read() throws -> SourceFile { try SourceFile.read(path: path, shownAs: shown) }
}

/// `origin.yaml`: a definition under a comment that says what it is there for.
package enum Origin {
    private static let mark = "# origin: "

    package static func text(of definition: String) -> String {
        """
        \(mark)what usecase.yaml beside it was made from. `tenure upgrade` compares with it; it belongs to the project's
        # version control, and is not edited.

        """ + definition
    }

    /// The definition as it was, byte for byte.
    package static func definition(in file: SourceFile) -> String {
        let lines = text(of: "")
        guard file.text.utf8.starts(with: lines.utf8) else { return file.text }
        return String(decoding: file.text.utf8.dropFirst(lines.utf8.count), as: UTF8.self)
    }
}

extension ProjectFolder {
    /// Replaces a file of the project: whole and on the disk, or as it was.
    package func write(_ text: String, to file: UseCaseFile) throws {
        // A file that is a link stays one.
        let target = URL(filePath: file.path).resolvingSymlinksInPath()
        let folder = target.deletingLastPathComponent()
        // One name, so that a killed command leaves at most one behind, which the next one writes over.
        let temporary = folder.appending(path: ".\(target.lastPathComponent).new")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: temporary)
            if let mode = try? FileManager.default.attributesOfItem(atPath: target.path)[.posixPermissions] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: temporary.path)
            }
            let handle = try FileHandle(forWritingTo: temporary)
            try handle.synchronize()
            try handle.close()
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw Diagnostic(.unwritableFile, "\(file.shown): \(error.localizedDescription)")
        }
        guard unsafe rename(temporary.path, target.path) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            try? FileManager.default.removeItem(at: temporary)
            throw Diagnostic(.unwritableFile, "\(file.shown): \(reason)")
        }
        note("wrote \(file.shown)")
    }
}
