import Foundation
import Testing

/// The use case `rfm-segmentation` on the sample project. What is expected comes from seeds/harbour-coffee/expected.py,
/// which looks for each quantile among the sorted values and knows no code of the project.
@Suite struct RFMSegmentationTests {
    private static let useCase = "rfm-segmentation"

    private func expected() throws -> SampleAnswers.RFM {
        let file = TenureRun.package.appending(path: "seeds/harbour-coffee/expected.json")
        return try JSONDecoder().decode(SampleAnswers.self, from: Data(contentsOf: file)).rfm
    }

    /// Compares the rows that have buyers; the report may have others, without any.
    private func compare(_ report: Report, to expected: [String: SampleAnswers.RFM.Row]) throws {
        for (label, row) in expected {
            let found = try report.row(label)
            #expect(found["buyers"] == Figure(row.buyers), "\(report.id), \(label)")
            #expect(found["revenue"] == Figure(exactly: row.revenue), "\(report.id), \(label)")
            if let purchases = found["purchases"] { #expect(purchases == Figure(row.purchases), "\(label)") }
            let buyers = expected.values.reduce(0) { $0 + $1.buyers }
            let share = Double(row.buyers) / Double(buyers)
            #expect(found["buyer_share"]?.isClose(to: share, within: 1e-12) == true, "\(report.id), \(label)")
            let value = Figure(exactly: row.revenue).double / Double(row.buyers)
            #expect(found["realised_value"]?.isClose(to: value, within: 1e-9) == true, "\(report.id), \(label)")
        }
        for (label, row) in report.byLabel where expected[label] == nil {
            #expect(row["buyers"] == 0, "\(report.id), \(label)")
        }
        #expect(report.total["buyers"] == 1_526)
        #expect(report.total["revenue"] == "126692.64201897")
    }

    @Test func dashboard() throws {
        let expected = try expected()
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", RFMSegmentationTests.useCase, "--yes")
        let result = try project.evaluated(RFMSegmentationTests.useCase)
        let bySegment = try result.report("by-segment")
        #expect(
            bySegment.labels.prefix(10) == [
                "Champions", "Loyal", "New customers", "Promising", "Potential loyalists", "Need attention",
                "About to sleep", "Cannot lose them", "At risk", "Hibernating",
            ])
        #expect(
            bySegment.rows.prefix(10).map { $0.values["buyers"] } == [190, 215, 68, 142, 82, 43, 176, 68, 150, 392])
        try compare(bySegment, to: expected.segments)
        #expect(bySegment.total["purchases"] == 4_928)
        // Who looks at pounds sees other sums, and the same customers in each segment.
        let pounds = try project.evaluated(RFMSegmentationTests.useCase, ["--currency", "GBP"]).report("by-segment")
        #expect(pounds.rows.map { $0.values["buyers"] } == bySegment.rows.map { $0.values["buyers"] })
        #expect(pounds.total["revenue"] == "105076.83675979")
        try compare(try result.report("by-recency"), to: expected.recency)
        try compare(try result.report("by-frequency"), to: expected.frequency)
        try compare(try result.report("by-monetary"), to: expected.monetary)
        try compare(try result.report("recency-frequency"), to: expected.recencyFrequency)
        // More than half of the buyers bought once: no frequency is above the first fifth and not above the second.
        #expect(try result.report("by-frequency").byLabel["Frequency 2"]?["buyers"] ?? 0 == 0)
        let reach = try result.report("reach")
        for (segment, row) in expected.segments {
            #expect(try reach.row(segment)["email_buyers"] == Figure(row.emailBuyers), "\(segment)")
        }
        let headline = try result.report("headline").total
        #expect(headline["buyers"] == 1_526)
        #expect(headline["realised_value"]?.isClose(to: 126_692.642_018_97 / 1_526, within: 1e-9) == true)
    }

    @Test func neitherThreadsNorWindowMatter() throws {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", RFMSegmentationTests.useCase, "--yes")
        func bySegment(_ options: String...) throws -> [String: Figures] {
            try project.evaluated(RFMSegmentationTests.useCase, ["--report", "by-segment"] + options)
                .report("by-segment").byLabel
        }
        let one = try bySegment("--threads", "1")
        #expect(one["Champions"]?["buyers"] == 190)
        #expect(try bySegment("--threads", "3") == one)
        #expect(try bySegment("--all-time") == one)
        #expect(try bySegment("--from", "2025-01-01", "--to", "2025-02-01") == one)
        // The buyers of that day make other fifths.
        let before = try bySegment("--as-of", "2025-06-30")
        #expect(before["Champions"]?["buyers"] != 190)
        #expect(before.values.reduce(0) { $0 + ($1["buyers"]?.double ?? 0) } < 1_526)
    }

    /// A plan counts all customers, also those who never bought.
    @Test func everybodyIsInASegment() throws {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        let plan = try project.succeed("plan", RFMSegmentationTests.useCase).output
        // 1,650 customers without the 1,526 buyers, once a segmentation.
        #expect(plan.matches(of: /Never bought +124\n/).count == 4, "\(plan)")
        try project.succeed("deploy", RFMSegmentationTests.useCase, "--yes")
        let again = try project.succeed("plan", RFMSegmentationTests.useCase).output
        #expect(again.contains("0 to create, 0 to update, 0 to delete, 6 unchanged"))
    }
}
