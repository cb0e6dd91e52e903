import Definitions
import Diagnostics
import Foundation

/// The files of this repository, found from the place of this source file.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func file(_ path: String) throws -> SourceFile {
        try SourceFile.read(path: root.appendingPathComponent(path).path, shownAs: path)
    }

    /// The templates that ship.
    static let templates = Templates(names: ["consent"]) { name in
        try? file("templates/segmentations/\(name).yaml")
    }

    static var goldens: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens")
    }
}

/// The messages with their places, for failing tests.
func rendered(_ diagnostics: [Diagnostic]) -> String { TextRenderer().render(diagnostics) }

/// Builds a use case file around a part of it.
func useCase(_ parts: String) -> SourceFile {
    SourceFile(path: "usecase.yaml", text: parts)
}
