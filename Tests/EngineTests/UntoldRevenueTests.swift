import Engine
import Quantities
import Queries
import Spark
import Testing

/// A revenue that is not known, as a rate is missing for a part of it, is not the revenue of the other part: whoever is asked for
/// it ends the evaluation.
@Suite struct UntoldRevenue {
    /// With a rate it would be 200; of what has one it is 100.
    private var project: SampleProject {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-10", "100")
        project.purchase("a", "2", "2026-01-20", "100", ["currency": "EUR"])
        project.purchase("b", "3", "2026-01-10", "160")
        return project
    }

    private static let isRich = Predicate.test(.aggregate(.revenue), .atLeast(decimal("150")))
    private static let isDear = Predicate.test(.aggregate(.averagePurchaseValue), .atLeast(decimal("90")))
    private static let isInRich = Predicate.test(.segmentation("rich"), .isIn(["yes"]))

    private static func query(
        _ filter: Predicate?, ofMeasure: Predicate? = nil, _ kind: Measure.Kind = .purchases,
        groupBy: [Dimension] = []
    ) -> Query {
        Query(
            id: "q", filter: filter, groupBy: groupBy, measures: [Measure("m", kind, filter: ofMeasure)], columns: [])
    }

    @Test(arguments: [
        query(isRich), query(.not(isRich)), query(isDear), query(nil, ofMeasure: isRich), query(isInRich),
        query(.not(isInRich)), query(nil, groupBy: [.segmentation("rich")]), query(isRich, .buyers),
        query(nil, ofMeasure: .not(isRich), .periodBuyers),
    ])
    func isNoSmallRevenue(_ query: Query) throws {
        let missing = QueryError.missingRate(currency: "EUR", date: "2026-01-20", display: "USD")
        let rich = CustomerSegmentation(
            id: "rich", name: "", segments: [Segment(name: "yes", when: UntoldRevenue.isRich)], remainder: "no")
        var evaluation: Evaluation?
        #expect(throws: missing) {
            try project.answer([query]) {
                $0.customerSegmentations = [rich]
                evaluation = $0
            }
        }
        let asked = try #require(evaluation)
        let store = try project.raw.makeStore()
        #expect(throws: missing) { try EmbeddedEngine(store: store, threads: 1).answer(asked) }
        guard let session = TestSpark.session else { return }
        let spark = SparkEngine(session, project.raw.sparkTables)
        #expect(throws: missing) { try spark.answer(asked) }
        #expect(throws: missing) { try spark.trace(asked, query: "q", measures: ["m"], in: .everything, limit: 9) }
    }
}
