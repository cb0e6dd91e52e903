import Foundation
import Testing
import Views

/// The small dashboard in every rendering, byte for byte. `TENURE_RECORD=1` writes the files anew.
@Suite struct GoldenTests {
    @Test func text() throws { try compare(TextView(width: 100).render(SmallDashboard.result), to: "small.txt") }

    @Test func markdown() throws { try compare(MarkdownView().render(SmallDashboard.result), to: "small.md") }

    @Test func csv() throws { try compare(CSVView().render(SmallDashboard.result), to: "small.csv") }

    @Test func json() throws { try compare(JSONView().render(SmallDashboard.result), to: "small.json") }

    @Test func html() throws { try compare(HTMLView().render(SmallDashboard.result), to: "small.html") }

    private func compare(_ text: String, to name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens/\(name)")
        let bytes = Array(text.utf8)
        if ProcessInfo.processInfo.environment["TENURE_RECORD"] == "1" {
            try Data(bytes).write(to: file)
            return
        }
        let golden = Array(try Data(contentsOf: file))
        if bytes == golden { return }
        let place = zip(bytes, golden).enumerated().first { $1.0 != $1.1 }?.offset ?? min(bytes.count, golden.count)
        let start = max(0, place - 80)
        func around(_ bytes: [UInt8]) -> String {
            String(decoding: bytes[min(start, bytes.count)..<min(place + 80, bytes.count)], as: UTF8.self)
        }
        Issue.record("\(name) differs at byte \(place):\n\(around(bytes))\n--- golden:\n\(around(golden))")
    }
}
