package import Definitions
import Diagnostics
package import Foundation

/// A file to import.
package struct InputFile: Equatable, Sendable {
    /// As the user would type it in the project folder.
    package var path: String
    package var url: URL
    /// Bytes.
    package var size: Int
    /// Of a file that grows: how many of its bytes were imported before.
    var start = 0

    package init(path: String, url: URL, size: Int) {
        self.path = path
        self.url = url
        self.size = size
    }

    /// Bytes that are read.
    var unread: Int { size - start }
}

/// Finds the files that a source names.
package enum InputFiles {
    /// The files of all patterns, each pattern's sorted by the bytes of its names. Throws a `DiagnosticList` for
    /// patterns that match nothing and for files matched twice, whose rows would count twice.
    package static func find(_ patterns: [Located<String>], in folder: URL) throws -> [InputFile] {
        var files: [InputFile] = []
        var problems: [Diagnostic] = []
        var known: [[UInt8]: Place] = [:]
        for pattern in patterns {
            do {
                for file in try find(pattern, in: folder) {
                    let resolved = Array(file.url.resolvingSymlinksInPath().path.utf8)
                    if let first = known[resolved] {
                        problems.append(
                            Diagnostic(
                                .error, .importMapping, "'\(file.path)' is named twice, its rows would count twice",
                                at: pattern.place, related: [.init("first named here", at: first)]))
                    } else {
                        known[resolved] = pattern.place
                        files.append(file)
                    }
                }
            } catch let problem as Diagnostic {
                problems.append(problem)
            }
        }
        if !problems.isEmpty { throw DiagnosticList(problems) }
        return files
    }

    private static func find(_ pattern: Located<String>, in folder: URL) throws -> [InputFile] {
        let bytes = Array(pattern.value.utf8)
        let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        let parent = String(decoding: bytes[..<(slash.map { $0 + 1 } ?? 0)], as: UTF8.self)
        let name = Array(bytes[(slash.map { $0 + 1 } ?? 0)...])
        if parent.utf8.contains(where: isWildcard) {
            throw Diagnostic(
                .error, .importFileMissing, "* and ? stand for parts of a file's name, not of a folder's",
                at: pattern.place)
        }
        // Not by URL(relativeTo:), which drops the base's last part where its URL does not end in a slash.
        let isAbsolute = parent.utf8.first == UInt8(ascii: "/")
        let parentURL = URL(fileURLWithPath: isAbsolute ? parent : folder.path + "/" + parent, isDirectory: true)
        if !name.contains(where: isWildcard) {
            let url = parentURL.appendingPathComponent(String(decoding: name, as: UTF8.self))
            if let size = fileSize(url) { return [InputFile(path: pattern.value, url: url, size: size)] }
        }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: parentURL.path)
        } catch {
            throw Diagnostic(
                .error, .importFileMissing, "there is no folder '\(parent.isEmpty ? folder.path : parent)' to read",
                at: pattern.place)
        }
        let matching =
            names
            .filter { matches(Array($0.utf8), name) && ($0.utf8.first != dot || name.first == dot) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .compactMap { name -> InputFile? in
                let url = parentURL.appendingPathComponent(name)
                return fileSize(url).map { InputFile(path: parent + name, url: url, size: $0) }
            }
        if matching.isEmpty {
            let visible = names.filter { $0.utf8.first != dot }.sorted()
            throw Diagnostic(
                .error, .importFileMissing, "no file matches '\(pattern.value)'", at: pattern.place,
                hints: didYouMean(String(decoding: name, as: UTF8.self), among: visible))
        }
        return matching
    }

    private static let dot = UInt8(ascii: ".")

    private static func isWildcard(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") }

    /// Nil for folders and for what is not there.
    private static func fileSize(_ url: URL) -> Int? {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue
        else {
            return nil
        }
        // A size that can not be told only makes the progress bar less exact.
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    /// `*` is any run of bytes, `?` one Unicode scalar. Linear but for the product of lengths at worst.
    static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (n, p) = (0, 0)
        var retry: (name: Int, pattern: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                retry = (n, p + 1)
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") {
                n += 1
                while n < name.count, name[n] & 0xC0 == 0x80 { n += 1 }
                p += 1
            } else if p < pattern.count, pattern[p] == name[n] {
                n += 1
                p += 1
            } else if let last = retry {
                retry = (last.name + 1, last.pattern)
                (n, p) = (last.name + 1, last.pattern)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
