import Foundation

/// What tells that files have changed, without reading them: identity, size and time of each.
struct FileStamp: Hashable, Sendable, CustomStringConvertible {
    private var parts: [[Int]]

    var description: String { parts.map { $0.map(String.init).joined(separator: " ") }.joined(separator: ",") }

    init(_ paths: [String]) {
        parts = paths.map { path in
            var info = stat()
            guard unsafe stat(path, &info) == 0 else { return [] }
            return [
                Int(info.st_ino), Int(info.st_size), Int(info.st_mtim.tv_sec), Int(info.st_mtim.tv_nsec),
            ]
        }
    }
}
