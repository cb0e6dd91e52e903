import Quantities
import Queries
import Spark
import Testing

/// Statements of evaluations, without a Spark.
@Suite struct StatementTests {
    private func statement(_ products: [String], consents: [String] = []) throws -> SQLStatement {
        let tables = SparkTables(events: [
            "purchase": .init(
                source: "orders",
                columns: ["price": .init("price", .number(scale: 2)), "product": .init("product", .text)]),
            "consent": .init(
                source: "consents",
                columns: [
                    "category": .init("category", .text), "action": .init("action", .text),
                    "valid_until": .init("valid_until", .text),
                ]),
        ])
        let all = EventSegmentation(
            id: "all", name: "", event: "purchase", segments: [Segment(name: "all", when: .all([]))])
        let selection = SegmentSelection(segmentation: "all", segments: ["all"])
        let measures = products.enumerated().map { place, product in
            Measure("m\(place)", .purchases, filter: .test(.attribute("product"), .isIn([product])))
        }
        let instant = Instant(microseconds: 0)
        let evaluation = Evaluation(
            semantics: Semantics(
                asOf: instant, window: Window(from: instant, to: instant.successor), displayCurrency: "EUR"),
            purchases: PurchaseDefinition(event: "purchase", amount: "price", success: selection, canceled: selection),
            consents: consents.map { ConsentDefinition(category: $0, source: .events(ConsentEvents())) },
            eventSegmentations: [all], queries: [Query(id: "q", measures: measures, columns: [])])
        return try SparkEngine.statement(evaluation, tables)
    }

    /// é as one scalar and as two are two values, as in the data.
    @Test func textsAreTheirBytes() throws {
        let (one, two) = ("caf\u{E9}", "cafe\u{301}")
        let texts = try statement([one, two]).parameters.values.compactMap { literal -> [UInt8]? in
            if case .string(let text) = literal { Array(text.utf8) } else { nil }
        }
        #expect(texts.contains(Array(one.utf8)) && texts.contains(Array(two.utf8)))
    }

    /// No name of a consent makes the name of another one's step.
    @Test func namesOfSteps() throws {
        let consents = ["news", "news_events", "said_g_news", "News", "1", "x; DROP TABLE t"]
        let text = try statement(["a"], consents: consents).text
        #expect(!text.contains("DROP") && text.contains("said_g_news_events AS ("))
    }
}
