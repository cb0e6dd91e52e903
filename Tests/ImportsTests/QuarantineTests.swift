import Definitions
import Diagnostics
import Foundation
import Imports
import Quantities
import Testing

private typealias M = Mappings

@Suite struct QuarantineTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ source: Source, into quarantine: String = "rejected") throws -> ImportReport {
        try Importer(
            [source], timezone: .utc, folder: folder.url,
            onError: .quarantine(to: folder.url.appendingPathComponent(quarantine)), isCancelled: { false }
        ).run(into: MemorySink())
    }

    private func names(_ report: ImportReport) -> [String] { report.quarantined.map(\.lastPathComponent) }

    private func orders(_ input: Source.Input) -> Source {
        M.source(input, named: "orders", event: M.event([M.named("total", M.column("total", .number))]))
    }

    @Test func csv() throws {
        try folder.write("f.csv", "customer;time;total\r\nc1;2026-01-01;1\r\n\"c;2\";x;1\r\nc3;2026-01-01;a\"b\r\n")
        let options = M.csv(delimiter: .byte(UInt8(ascii: ";")))
        let report = try run(orders(.csv(files: [M.at("f.csv")], options)))
        #expect(!report.failed && report.accepted == 1 && report.rejected == 2 && names(report) == ["orders-f.csv"])
        let written = try folder.read("rejected/orders-f.csv")
        #expect(
            written == """
                customer;time;total;tenure_reason
                "c;2";x;1;"TN215 'x' is not a timestamp of the format: ISO 8601, such as 2026-01-31T10:00:00Z"
                c3;2026-01-01;a"b;"TN208 a quote inside a field that does not begin with one"

                """)
        // Corrected, it is imported with the same mapping; what is still wrong gets its new reason in place.
        try folder.write("again.csv", written.replacing(";x;", with: ";2026-01-01;").replacing("a\"b", with: "ab"))
        let again = try run(orders(.csv(files: [M.at("again.csv")], options)))
        #expect(again.accepted == 1 && again.rejected == 1)
        #expect(
            try folder.read("rejected/orders-again.csv")
                == "customer;time;total;tenure_reason\nc3;2026-01-01;ab;\"TN214 'ab' is not a number\"\n")
        // A file that is there may be at work.
        #expect(names(try run(orders(.csv(files: [M.at("f.csv")], options)))) == ["2-orders-f.csv"])
    }

    @Test func ndjson() throws {
        try folder.write("e.ndjson", "{\"customer\": 1, \"time\": \"x\", \"total\": 1}\n\n{}\nno \"json\"\n")
        let report = try run(orders(.ndjson(files: [M.at("e.ndjson")])))
        #expect(report.rejected == 3)
        let written = try folder.read("rejected/orders-e.ndjson")
        #expect(
            written == """
                {"tenure_reason":"TN215 'x' is not a timestamp of the format: ISO 8601, such as 2026-01-31T10:00:00Z","customer": 1, "time": "x", "total": 1}
                {"tenure_reason":"TN217 the row has no customer"}
                {"tenure_reason":"TN212 each line is one JSON object, this one begins with 'n'","tenure_line":"no \\"json\\""}

                """)
        try folder.write("again.ndjson", written.replacing("\"x\"", with: "\"2026-01-01\""))
        let again = try run(orders(.ndjson(files: [M.at("again.ndjson")])))
        #expect(again.accepted == 1 && again.rejected == 2)
        #expect(
            try folder.read("rejected/orders-again.ndjson").hasPrefix(
                "{\"tenure_reason\":\"TN217 the row has no customer\"}\n"))
    }

    @Test func encodingStays() throws {
        let options = M.csv(encoding: .windows1252)
        try folder.write("f.csv", CSVOptions.Encoding.windows1252.encode("customer,time,total\nZoë€,x,1\n".utf8))
        _ = try run(orders(.csv(files: [M.at("f.csv")], options)))
        let bytes = try Data(contentsOf: folder.url.appendingPathComponent("rejected/orders-f.csv"))
        #expect(bytes.range(of: Data([0x5A, 0x6F, 0xEB, 0x80, 0x2C])) != nil)
        let wide = "\u{FEFF}customer,time,total\nZoë😀,x,1\n".utf16.flatMap {
            [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)]
        }
        try folder.write("w.csv", wide)
        _ = try run(orders(.csv(files: [M.at("w.csv")], M.csv())))
        let reread = try run(orders(.csv(files: [M.at("rejected/orders-w.csv")], M.csv())))
        #expect(reread.read == 1 && reread.diagnostics.map(\.code) == [.importTimestamp])
    }

    @Test func withoutHeader() throws {
        try folder.write("f.csv", "c1,x,1\nc2,2026-01-01,1\n")
        let report = try run(orders(.csv(files: [M.at("f.csv")], M.csv(columns: ["customer", "time", "total"]))))
        #expect(names(report) == ["orders-f.csv", "orders-f.csv.reasons"])
        #expect(try folder.read("rejected/orders-f.csv") == "c1,x,1\n")
        #expect(try folder.read("rejected/orders-f.csv.reasons").hasPrefix("f.csv:1: TN215 'x' is not a timestamp"))
    }

    @Test func aFailedImportLeavesNothing() throws {
        try folder.write("f.csv", "customer,time,total\nc1,x,1\nc2,\"2026\n")
        let report = try run(orders(.csv(files: [M.at("f.csv")], M.csv())))
        #expect(report.failed && report.quarantined.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/rejected") == [])
    }
}
