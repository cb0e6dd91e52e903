import Foundation
import Testing
import Views

/// The large sample through every view; with `TENURE_VIEWS_SAMPLE` set to a folder the outputs are written there, to be
/// looked at.
@Suite struct SampleTests {
    @Test func everyViewShowsTheWholeSample() throws {
        let result = SampleDashboard.result
        let outputs = [
            "sample.txt": TextView(width: 100, color: false).render(result),
            "sample-60.txt": TextView(width: 60, color: false).render(result),
            "sample.ansi": TextView(width: 100, color: true).render(result),
            "sample.md": MarkdownView().render(result),
            "sample.csv": try CSVView().render(result),
            "cohort.csv": try CSVView().render(result, report: "cohort-cltv"),
            "headline.csv": try CSVView().render(result, report: "headline"),
            "sample.json": JSONView().render(result),
            "sample.html": HTMLView().render(result),
        ]
        for (name, text) in outputs {
            #expect(!text.isEmpty)
            for word in ["NaN", "nan", "Infinity", "inf,", "Optional("] {
                #expect(!text.contains(word), "\(name) has \(word)")
            }
        }
        guard let folder = ProcessInfo.processInfo.environment["TENURE_VIEWS_SAMPLE"] else { return }
        for (name, text) in outputs {
            try text.write(to: URL(filePath: folder).appending(path: name), atomically: true, encoding: .utf8)
        }
    }
}
