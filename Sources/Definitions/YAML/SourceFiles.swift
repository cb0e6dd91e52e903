package import Diagnostics
import Foundation

extension SourceFile {
    /// Reads a text file as UTF-8, without its byte order mark. The only place of the module that touches files.
    ///
    /// Throws a `Diagnostic` where the file cannot be read, is larger than a definition may be, or is not UTF-8.
    /// - Parameter shownAs: the path that messages show; nil shows `path`.
    package static func read(path: String, shownAs: String? = nil) throws -> SourceFile {
        let shown = shownAs ?? path
        let handle: FileHandle
        let bytes: [UInt8]
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            // One byte more than allowed tells that there is more, without reading it.
            bytes = Array(try handle.read(upToCount: YAMLLimits.bytes + 1) ?? Data())
        } catch {
            throw Diagnostic(.unreadableFile, "cannot read \(shown): \(reason(error, path))")
        }
        return try SourceFile.decode(bytes, path: shown)
    }

    /// A file from its bytes. Throws as `read(path:)`.
    package static func decode(_ bytes: [UInt8], path: String) throws -> SourceFile {
        guard bytes.count <= YAMLLimits.bytes else {
            throw Diagnostic(
                .fileTooLarge, "the file has more than 1 MiB",
                at: Place(SourceFile(path: path, text: ""), line: 1, column: 1))
        }
        var content = bytes[...]
        if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        if let text = String(validating: content, as: UTF8.self) { return SourceFile(path: path, text: text) }
        // Repaired only to show the line; nothing reads it.
        let file = SourceFile(path: path, text: String(decoding: content, as: UTF8.self))
        var decoder = UTF8()
        var iterator = content.makeIterator()
        var (line, column) = (1, 1)
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        throw Diagnostic(
            .invalidUTF8, "the file is not UTF-8", at: Place(file, line: line, column: column),
            hints: ["save the file as UTF-8"])
    }
}

private func reason(_ error: any Error, _ path: String) -> String {
    guard FileManager.default.fileExists(atPath: path) else { return "no such file" }
    let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    return kind == .typeDirectory ? "it is a folder" : "no permission, or an input error"
}
