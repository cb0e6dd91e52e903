import Queries
import Testing
import Views

@Suite struct TextViewTests {
    @Test(arguments: [40, 60, 80, 100, 160])
    func linesKeepToTheWidth(width: Int) {
        for line in TextView(width: width).render(SampleDashboard.result).split(separator: "\n") {
            #expect(DisplayWidth.of(String(line)) <= width, "\(line)")
        }
    }

    @Test func columnsStayInLineWithWideCharacters() throws {
        let lines = TextView(width: 100).render(SampleDashboard.result).split(separator: "\n").map { String($0) }
        let start = try #require(lines.firstIndex { $0.hasPrefix("WHITE HANGING") })
        let widths = Set(lines[start..<start + 6].map { DisplayWidth.of($0) })
        #expect(widths.count == 1)
    }

    @Test func colourAddsNothingButColour() {
        let plain = TextView(width: 100).render(SampleDashboard.result)
        var colored = TextView(width: 100, color: true).render(SampleDashboard.result)
        #expect(!plain.contains("\u{1B}"))
        for code in ["1", "2", "38;5;208", "38;5;33", "0"] {
            colored = colored.split(separator: "\u{1B}[\(code)m", omittingEmptySubsequences: false).joined()
        }
        #expect(withoutLineEnds(colored) == withoutLineEnds(plain))
    }

    /// Blanks inside of coloured line ends are not seen.
    private func withoutLineEnds(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    @Test func aDashboardWithoutReportsSaysWhatToDo() {
        var result = SmallDashboard.result
        result.reports = []
        #expect(TextView().render(result).contains("Next: Add a report"))
        #expect(HTMLView().render(result).contains("class=\"empty\""))
    }
}
