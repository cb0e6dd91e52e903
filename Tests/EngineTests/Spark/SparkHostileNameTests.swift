import Quantities
import Queries
import Spark
import Testing

import class Foundation.JSONEncoder

/// Names of events, attributes, values, segments, consents and measures that would be SQL if they were let in.
@Suite("hostile names", .serialized)
struct SparkHostileNameTests {
    private static let pieces = [
        "`", "``", "'", "''", "\"", ";", "--", "/*", "*/", "\\", "\\'", "\u{0}", "\u{202E}", "\u{200F}", "\n", "\r",
        "\t", "\u{1}",
        ":", ":as_of", "?", "$", "${env:HOME}", "{{x}}", "%s", "(", ")", "') OR 1=1 --", "`; DROP TABLE orders; --",
        "' UNION ALL SELECT user() --", "/*+ BROADCAST(r) */", "r.is_purchase", "scoped r", "\u{2028}", "\u{FEFF}", "é",
        "e\u{301}",
        "😀", "İ", "ﬀ", "NULL", "TRUE", "0X41", "IDENTIFIER('orders')", "[", "]", "{\"a\":1}", "<script>", "&amp;", "=",
    ]

    /// No two of them are the same, also where Unicode takes some characters for the same.
    private static let names: [String] = {
        var random = SplitMix64(seed: 7)
        return (0..<500).map { number in
            let parts = (0..<random.int(1...4)).map { _ in pieces[random.int(0...(pieces.count - 1))] }
            return number % 2 == 0 ? "\(number)\(parts.joined())" : "\(parts.joined())\(number)"
        }
    }()

    private static let instant = Instant(microseconds: 1_735_689_600_000_000)

    /// An evaluation whose every name is made of one.
    private func evaluation(_ name: String, values: [String]) -> Evaluation {
        let attribute = "a\(name)"
        let segments = values.map { value in
            Segment(name: value, when: .test(.attribute(attribute), .isIn([value])))
        }
        let ofCustomers = values.map { value in Segment(name: value, when: .test(.property(attribute), .isIn([value])))
        }
        let paid = EventSegmentation(
            id: "all", name: "", event: name, segments: [Segment(name: "all", when: .all([]))])
        let selection = SegmentSelection(segmentation: "all", segments: ["all"])
        let none = SegmentSelection(segmentation: "all", segments: [])
        let measures = [
            Measure(name, .purchases), Measure("\(name)2", .buyers), Measure("\(name)3", .revenue, scope: .history),
            Measure(
                "\(name)4", .purchases,
                filter: .any([.test(.attribute(attribute), .isIn(values)), .test(.consent(name), .valid)])),
        ]
        func query(_ id: String, _ dimension: Dimension) -> Query {
            Query(id: id + name, groupBy: [dimension], measures: measures, columns: [])
        }
        return Evaluation(
            semantics: Semantics(
                asOf: SparkHostileNameTests.instant.successor,
                window: Window(
                    from: SparkHostileNameTests.instant, to: SparkHostileNameTests.instant.successor.successor),
                displayCurrency: "EUR"),
            purchases: PurchaseDefinition(event: name, amount: "price", success: selection, canceled: none),
            consents: [ConsentDefinition(category: name, source: .property(name: attribute, valid: values))],
            eventSegmentations: [paid, EventSegmentation(id: name, name: name, event: name, segments: segments)],
            customerSegmentations: [
                CustomerSegmentation(id: "c\(name)", name: name, segments: ofCustomers, remainder: "rest \(name)")
            ],
            queries: [
                query("a", .attribute(attribute)), query("e", .eventSegmentation(name)),
                query("p", .property(attribute)),
                query("c", .segmentation("c\(name)")),
            ])
    }

    private func tables(_ name: String, events: String, customers: String) -> SparkTables {
        SparkTables(
            events: [
                name: .init(
                    source: events,
                    columns: ["price": .init("price", .number(scale: 2)), "a\(name)": .init("word", .text)])
            ],
            customers: .init(source: customers, properties: ["a\(name)": .init("word", .text)]))
    }

    /// Whatever a name is, the statement is the same text: names are in its parameters.
    @Test func statementsAreTheSame() throws {
        func text(_ name: String) throws -> String {
            try SparkEngine.statement(
                evaluation(name, values: ["\(name)1", "\(name)2"]),
                tables(name, events: "orders", customers: "people")
            ).text
        }
        let plain = try text("Some name")
        for name in SparkHostileNameTests.names {
            let found = try text(name)
            #expect(found == plain, "\(name.debugDescription)")
        }
    }

    /// Each is a value, a segment and a group, and comes back as it was.
    @Test func valuesComeBack() throws {
        guard let session = TestSpark.session else { return }
        for (number, start) in stride(from: 0, to: 500, by: 50).enumerated() {
            let values = Array(SparkHostileNameTests.names[start..<(start + 50)])
            let name = values[number]
            let attribute = "a\(name)"
            let project = RawProject(
                customers: values.map { RawCustomer(RawText($0), [attribute: .text(RawText($0))]) },
                events: values.enumerated().map { place, value in
                    RawEvent(
                        type: name, customer: RawText(value), timestamp: SparkHostileNameTests.instant,
                        attributes: [
                            attribute: .text(RawText(value)),
                            "price": .decimal(ExactDecimal(units: Int128(place), scale: 2)),
                        ])
                }, keys: [:])
            var tables = tables(
                name,
                events:
                    "(SELECT c AS customer, \(SparkHostileNameTests.instant.microseconds)L AS at, p AS seq, c AS word,"
                    + " CAST(p / 100 AS DECIMAL(28, 2)) AS price FROM (\(SparkHostileNameTests.rows)))",
                customers: "(SELECT c AS customer, p AS seq, c AS word FROM (\(SparkHostileNameTests.rows)))")
            let rows = try JSONEncoder().encode(values.enumerated().map { Row(c: $1, p: $0) })
            tables.parameters["made_rows"] = .string(String(decoding: rows, as: UTF8.self))
            let evaluation = evaluation(name, values: values)
            let expected = Result { try ReferenceEvaluator(project).answer(evaluation) }
            if case .failure(let error) = expected { Issue.record("\(error)") }
            expectSame(expected, Result { try SparkEngine(session, tables).answer(evaluation) }, UInt64(number))
        }
    }

    private struct Row: Encodable {
        let c: String
        let p: Int
    }

    private static let rows = "SELECT INLINE(FROM_JSON(:made_rows, 'ARRAY<STRUCT<c: STRING, p: BIGINT>>'))"
}
