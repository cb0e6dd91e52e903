import Foundation
import Testing

/// Outputs byte for byte, in `Goldens`. `TENURE_RECORD=1` writes the files anew.
enum Golden {
    static func compare(_ text: String, to name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = TenureRun.package.appending(path: "Tests/FlowTests/Goldens/\(name)")
        if ProcessInfo.processInfo.environment["TENURE_RECORD"] == "1" {
            try Data(text.utf8).write(to: file)
            return
        }
        let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        if text.utf8.elementsEqual(golden.utf8) { return }
        let (lines, expected) = (text.components(separatedBy: "\n"), golden.components(separatedBy: "\n"))
        let line = zip(lines, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(lines.count, expected.count)
        func shown(_ lines: [String]) -> String { line < lines.count ? lines[line] : "(the end)" }
        Issue.record(
            "\(name) differs in line \(line + 1):\n\(shown(lines))\n--- golden:\n\(shown(expected))",
            sourceLocation: sourceLocation)
    }
}
