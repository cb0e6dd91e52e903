import Definitions
import Diagnostics
import EventStores
import Foundation
import Imports
import Quantities
import Testing
import Tracking

/// What was posted, from the journal to the sink.
@Suite struct TrackedImportTests {
    private static let project = """
        name: Shop
        timezone: UTC
        currency: EUR
        sources:
          - name: orders
            tracking: events
            customer: customer_ids.registered
            where: {column: event_type, equals: purchase}
            event:
              type: purchase
              timestamp: timestamp
              key: id
              attributes:
                id: properties.id
                total: {column: properties.total, type: number}
          - name: people
            tracking: customers
            customer: customer_ids.registered
            properties: {city: properties.city}

        """

    private static let times = Instant(microseconds: 0)...Instant(microseconds: 2_000_000_000_000_000)

    private func sources(_ text: String = project) throws -> [Source] {
        let (project, problems) = Project.load(
            file: SourceFile(path: "project.yaml", text: text), environment: { _ in nil })
        return try #require(project, "\(problems)").sources
    }

    private func event(_ id: String, _ total: String, type: String = "purchase", customer: String = "a") -> PostedLine {
        PostedLine(
            .events, received: Instant(microseconds: 0),
            members: [
                ("customer_ids", Array("{\"registered\":\"\(customer)\"}".utf8)),
                ("event_type", Array("\"\(type)\"".utf8)), ("timestamp", Array("\"2026-01-31T10:00:00Z\"".utf8)),
                ("properties", Array("{\"id\":\"\(id)\",\n\"total\":\(total)}".utf8)),
            ])
    }

    private func person(_ city: String) -> PostedLine {
        PostedLine(
            .customers, received: Instant(microseconds: 0),
            members: [
                ("customer_ids", Array("{\"registered\":\"a\"}".utf8)),
                ("properties", Array("{\"city\":\"\(city)\"}".utf8)),
            ])
    }

    @Test func aLineIsOneLineWhateverWasPosted() {
        let line = event("1", "2").bytes
        #expect(line.count { $0 == UInt8(ascii: "\n") } == 1 && line.last == UInt8(ascii: "\n"))
        #expect(
            String(decoding: line, as: UTF8.self).hasPrefix(
                "{\"command\":\"customers/events\",\"received\":\"1970-01-01T00:00:00Z\",\"customer_ids\":"))
    }

    @Test func whatIsPostedIsHeldAgainstTheMapping() throws {
        let check = try TrackedCheck(
            try sources(), timezone: .utc, limits: PostedLimits(nil), times: TrackedImportTests.times)
        #expect(try check.verdict(on: event("1", "9.50")) == .accepted)
        #expect(try check.verdict(on: person("Brno")) == .accepted)
        #expect(try check.verdict(on: event("1", "9.50", type: "view")) == .leftOut)
        #expect(try check.verdict(on: event("1", "\"x\"")) == .refused("source 'orders': 'x' is not a number"))
        #expect(
            try check.verdict(on: event("1", "1", customer: "")) == .refused("source 'orders': the row has no customer")
        )
        // Numbers of another kind than those that the project has.
        let builder = try StoreBuilder()
        _ = try builder.table(
            "purchase", columns: [ColumnSpec(name: "id", type: .text), ColumnSpec(name: "total", type: .text)],
            keys: KeySpec(key: "id"))
        let store = try builder.finish().makeStore()
        let other = try TrackedCheck(
            try sources(), timezone: .utc, limits: PostedLimits(store), times: TrackedImportTests.times)
        guard case .unusable(let reason) = try other.verdict(on: event("1", "9.50")) else {
            Issue.record("a column of another type")
            return
        }
        #expect(reason.contains("total"))
    }

    /// A key that every event of a source has to have; in a log of many kinds some have none.
    @Test func aMissingKeyIsRefusedWhereThereIsOneType() throws {
        let fixed = try TrackedCheck(
            try sources(), timezone: .utc, limits: PostedLimits(nil), times: TrackedImportTests.times)
        #expect(try fixed.verdict(on: event("", "1")) == .refused("source 'orders': the key 'id' is missing"))
        let text = TrackedImportTests.project.replacing("type: purchase\n", with: "type: {column: event_type}\n")
        let log = try TrackedCheck(
            try sources(text), timezone: .utc, limits: PostedLimits(nil), times: TrackedImportTests.times)
        #expect(try log.verdict(on: event("", "1")) == .accepted)
    }

    @Test func pathsThatNoPostHasAreRefused() throws {
        let text = TrackedImportTests.project.replacing("properties.total", with: "propertes.total")
        let check = try TrackedCheck(
            try sources(text), timezone: .utc, limits: PostedLimits(nil), times: TrackedImportTests.times)
        #expect(
            try check.verdict(on: event("1", "1"))
                == .unusable("source 'orders': what is posted has no 'propertes.total'"))
    }

    @Test(arguments: [
        ("    tracking: events\n", "    tracking: events\n    format: csv\n", "TN105"),
        ("    tracking: events\n", "    tracking: visits\n", "TN0"),
        ("    tracking: events\n", "    tracking: events\n    file: a.csv\n", "TN0"),
        ("    tracking: events\n", "", "TN0"), ("      key: id\n", "      key: id\n      fold: {by: id}\n", "TN105"),
        ("tracking: events", "tracking: customers", "TN105"),
    ])
    func aSourceIsPostedOrAFile(_ old: String, _ new: String, _ code: String) throws {
        let text = TrackedImportTests.project.replacing(old, with: new)
        let (_, problems) = Project.load(
            file: SourceFile(path: "project.yaml", text: text), environment: { _ in nil })
        #expect(problems.contains { $0.severity == .error && $0.code.id.hasPrefix(code) }, "\(problems)")
        #expect(problems.allSatisfy { $0.place != nil })
    }

    /// Imported as it comes, or all at once at the end: the same rows and the same counts.
    @Test func importsGoOnWhereTheLastOneEnded() throws {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
        var random = SeededGenerator(state: seed)
        let temporary = try TemporaryFolder()
        let folder = temporary.url.path
        let sources = try sources()
        let writer = try JournalWriter(JournalFolder(project: folder), fileSize: 2_000)
        var known: [ImportedFile] = []
        let growing = MemorySink()
        var (posted, read) = (0, 0)

        func run(_ sink: MemorySink, _ known: [ImportedFile]) throws -> ImportReport {
            var importer = Importer(sources, timezone: .utc, folder: URL(filePath: folder), onError: .skip)
            importer.knownFiles = known
            return try importer.run(into: sink)
        }
        for number in 0..<60 {
            let line =
                switch Int.random(in: 0..<5, using: &random) {
                case 0: person("city \(number)")
                case 1: event("\(number)", "1", type: "view")
                case 2: event("\(number)", "\"x\"")
                default: event("\(number)", "\(number).5")
                }
            try writer.append(line.bytes)
            posted += 1
            guard Bool.random(using: &random) else { continue }
            let report = try run(growing, known)
            #expect(report.diagnostics.allSatisfy { $0.severity == .warning }, "seed \(seed): \(report.diagnostics)")
            read += report.read
            #expect(report.read == report.accepted + report.rejected)
            known = known.joined(with: report.files)
        }
        read += try run(growing, known).read
        let whole = MemorySink()
        let report = try run(whole, [])
        #expect(whole.events() == growing.events() && !whole.events().isEmpty, "seed \(seed)")
        #expect(whole.properties == growing.properties, "seed \(seed)")
        // Every line is a row of one of both sources.
        #expect(report.read == posted && read == posted, "seed \(seed)")
        let nothing = try run(MemorySink(), report.files)
        #expect(nothing.sources.isEmpty && nothing.read == 0)
        // A file that was imported and is gone is damage, not an end.
        let last = try #require(try JournalFolder(project: folder).files().last)
        try FileManager.default.removeItem(atPath: last.path)
        let error = #expect(throws: Diagnostic.self) { try run(MemorySink(), report.files) }
        #expect(error?.code == .trackingDamaged)
    }

    // JSON values

    @Test func aJSONValueKeepsItsText() throws {
        let value = try JSONValue(Array(" {\"a\" : [1.50, \"x\\u00e9\\n\", {\"b\":null}],\n \"ü\":-0e1}\r\n".utf8))
        #expect(value.kind == .object)
        #expect(value.members.map(\.name) == ["a", "ü"])
        #expect(value.members[1].value.text == "-0e1")
        let elements = value.members[0].value.elements
        #expect(elements.map(\.text) == ["1.50", "xé\n", "{\"b\":null}"])
        #expect(elements.map(\.kind) == [.number, .string, .object])
        #expect(try JSONValue(Array("[]".utf8)).elements.isEmpty)
        #expect(try JSONValue(Array("{ }".utf8)).members.isEmpty)
        #expect(try JSONValue(Array("7".utf8)).elements.isEmpty)
    }

    @Test(arguments: [
        "", "{", "{}x", "{\"a\":1,\"a\":2}", "[1,]", "{\"a\":NaN}", "\"\u{1}\"", "{\"a\":\"\\u0000\"}",
        String(repeating: "[", count: 100_000), "nul", "01",
    ])
    func whatIsNoJSONIsRefused(_ text: String) {
        #expect(throws: RowProblem.self) { try JSONValue(Array(text.utf8)) }
    }

    @Test func invalidTextIsRefused() {
        #expect(throws: RowProblem.self) { try JSONValue([0x22, 0xFF, 0x22]) }
    }
}
