import Engine
import Quantities
import Queries
import Spark
import Testing

/// What the tables hold is what the embedded store holds, on random projects.
@Suite("Spark = embedded engine: what there is", .serialized)
struct SparkProfileTests {
    private static let count = 8

    @Test("profile, outline and remainders")
    func profiles() throws {
        try SparkCase.each(SparkProfileTests.count) { one in
            one.expectSame("profile") {
                lines(try one.embedded.profile())
            } _: {
                lines(try one.spark.profile())
            }
            one.expectSame("outline") {
                names(try one.embedded.outline())
            } _: {
                names(try one.spark.outline())
            }
            one.expectSame("remainders") {
                try one.embedded.remainders(one.evaluation)
            } _: {
                try one.spark.remainders(one.evaluation)
            }
        }
    }

    @Test("evidence of attributes, and how many rows have a text")
    func attributes() throws {
        try SparkCase.each(5) { one in
            let profile = try one.embedded.profile()
            for event in profile.events where event.name == "purchase" || event.name == "consent" {
                for attribute in event.attributes.prefix(8) {
                    one.expectSame("evidence of \(event.name) \(attribute.name)") {
                        try one.embedded.evidence(event: event.name, attribute: attribute.name)
                    } _: {
                        try one.spark.evidence(event: event.name, attribute: attribute.name)
                    }
                    guard let value = attribute.values.last?.value else { continue }
                    one.expectSame("rows of \(value)") {
                        try one.embedded.rows(of: value, event: event.name, attribute: attribute.name)
                    } _: {
                        try one.spark.rows(of: value, event: event.name, attribute: attribute.name)
                    }
                }
            }
            for attribute in profile.properties {
                one.expectSame("customers in \(attribute.name)") {
                    try one.embedded.rows(of: "DE", event: nil, attribute: attribute.name)
                } _: {
                    try one.spark.rows(of: "DE", event: nil, attribute: attribute.name)
                }
            }
            #expect(try one.spark.evidence(event: "purchase", attribute: "nothing") == nil)
            #expect(try one.spark.rows(of: "a", event: "nothing", attribute: "nothing") == 0)
        }
    }

    /// Texts that `ExactDecimal` reads, and such that it does not.
    @Test("numbers in texts are those that an import would read")
    func numbers() throws {
        guard let session = TestSpark.session else { return }
        let nines = String(repeating: "9", count: 38)
        let texts = [
            "1", "+1", "-1.50", ".5", "1.", ".", "-", "+", "", "1e5", "1E-5", "1e", "e5", ".e5", "1.e5", "1e+60",
            "1e61",
            "1e-60", "100e-38", "1e38", "1e39", "2e38", "0e60", "0e-60", "0.0e38", nines, nines + "9", "0000" + nines,
            "170141183460469231731687303715884105727", "170141183460469231731687303715884105728",
            "17.0141183460469231731687303715884105727", "0." + String(repeating: "0", count: 35) + "1",
            "0." + String(repeating: "0", count: 36) + "1", "0." + String(repeating: "0", count: 40),
            "1." + String(repeating: "0", count: 36), "1." + String(repeating: "0", count: 37), "1.2.3", "1,5", " 1",
            "1 ",
            "1\n", "\u{661}", "NaN", "Infinity", "0x10", "1_000", "--1", "1e5.0", "1e 5", "1e0000000000000000000000005",
        ]
        // Each in a column of its own: one statement reads all of them.
        let names = texts.indices.map { "t\(1_000 + $0)" }
        let values = zip(names, texts).map { ($0, RawValue.text(RawText($1))) }
        let event = RawEvent(
            type: "visit", customer: "c", timestamp: Instant(microseconds: 0),
            attributes: Dictionary(uniqueKeysWithValues: values))
        let project = RawProject(customers: [], events: [event], keys: [:])
        let attributes = try #require(try SparkEngine(session, project.sparkTables).profile().events.first).attributes
        for (attribute, text) in zip(attributes, texts) {
            #expect(attribute.numeric == (ExactDecimal(text) == nil ? 0 : 1), "'\(text)'")
        }
    }

    private func lines(_ profile: DataProfile) -> [String] {
        profile.events.flatMap { event in
            [
                "\(event.name) \(event.rows) \(event.customers) \(event.first as Any) \(event.last as Any) \(event.keys as Any)"
            ]
                + event.attributes.map { "\(event.name) \(line($0))" }
        } + ["\(profile.customers)"] + profile.properties.map(line)
    }

    private func line(_ attribute: AttributeProfile) -> String {
        var line = "\(attribute.name) \(attribute.kind) \(attribute.present) \(attribute.rows)"
        line += " \(attribute.distinct as Any) \(attribute.numeric as Any)"
        for value in attribute.values { line += " \(Array(value.value.utf8)):\(value.count)" }
        return line
    }

    private func names(_ profile: DataProfile) -> [String] {
        profile.events.map { event in
            "\(event.name) \(event.first as Any) \(event.last as Any)"
                + event.attributes.map { " \($0.name) \($0.kind)" }.joined()
        } + profile.properties.map { "\($0.name) \($0.kind)" }
    }
}
