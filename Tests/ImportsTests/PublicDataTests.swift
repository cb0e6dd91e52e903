import Definitions
import Diagnostics
import EventStores
import Foundation
import Imports
import Quantities
import Testing

private typealias M = Mappings

/// Real logs with known answers. They lie beside the package, or in the folder TENURE_DATA names, and are no part of it.
@Suite(.serialized) struct PublicDataTests {
    private static let folder: URL = {
        if let named = ProcessInfo.processInfo.environment["TENURE_DATA"] { return URL(fileURLWithPath: named) }
        var package = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { package.deleteLastPathComponent() }
        return package.deletingLastPathComponent().appendingPathComponent("shared/data")
    }()

    /// Nil, and a line that says so, where the file is not there.
    private func run(_ path: String, _ source: Source, into sink: MemorySink) throws -> ImportReport? {
        guard FileManager.default.fileExists(atPath: PublicDataTests.folder.appendingPathComponent(path).path) else {
            print("SKIPPED: \(path) is not in \(PublicDataTests.folder.path); TENURE_DATA names another folder")
            return nil
        }
        let clock = ContinuousClock.now
        let report = try Importer([source], timezone: .utc, folder: PublicDataTests.folder).run(into: sink)
        print("\(path): \(report.read) rows in \(ContinuousClock.now - clock)")
        #expect(report.diagnostics.isEmpty)
        #expect(report.read == report.accepted + report.rejected)
        return report
    }

    private func total(_ sink: MemorySink, _ column: Int) -> ExactDecimal {
        sink.rows.reduce(ExactDecimal.zero) { sum, row in
            guard case .decimal(let value) = row.cells[column] else { return sum }
            return sum + value
        }
    }

    @Test func onlineRetail() throws {
        let path = "uci_online_retail/online_retail.csv.gz"
        let sink = MemorySink()
        let filter = Condition.all([
            M.at(M.when("Quantity", .greaterThan(ExactDecimal(0)))),
            M.at(M.when("UnitPrice", .greaterThan(ExactDecimal(0)))),
            M.at(.not(M.at(M.when("InvoiceNo", .startsWith("C"))))),
            M.at(.not(M.at(M.when("InvoiceNo", .startsWith("A"))))),
        ])
        let source = M.source(
            .csv(files: [M.at(path)], M.csv()), named: "invoices",
            customer: M.column("CustomerID", .string, [.stripSuffix(".0")]),
            without: .skip, filter: filter,
            event: M.event(
                timestamp: "InvoiceDate", format: .pattern("yyyy-MM-dd HH:mm:ss"), zone: .utc, key: "purchase_id",
                fold: ("purchase_id", ["total_price"]),
                [
                    M.named("purchase_id", M.column("InvoiceNo")),
                    M.named("purchase_status", M.field(.constant("success"))),
                    M.named("total_price", M.product("Quantity", "UnitPrice")),
                ]), properties: [M.named("country", M.column("Country"))])
        guard let report = try run(path, source, into: sink) else { return }
        #expect(report.read == 541_909 && report.events == 18_532 && sink.rows.count == 18_532)
        #expect(total(sink, 2) == ExactDecimal("8911407.904"))
        #expect(sink.customers.count == 4_338)
        #expect(sink.rows.map(\.timestamp).min()?.description == "2010-12-01T08:26:00Z")
        #expect(sink.rows.map(\.timestamp).max()?.description == "2011-12-09T12:50:00Z")
    }

    @Test func cdnow() throws {
        let path = "cdnow/CDNOW_master.txt.gz"
        let sink = MemorySink()
        let source = M.source(
            .csv(files: [M.at(path)], M.csv(delimiter: .whitespace)), named: "cdnow", customer: M.column("customer_id"),
            event: M.event(
                timestamp: "date", format: .pattern("yyyyMMdd"), [M.named("total", M.column("dollar_value", .number))]))
        guard let report = try run(path, source, into: sink) else { return }
        #expect(report.read == 69_659 && report.events == 69_659 && sink.customers.count == 23_570)
        #expect(sink.customers.first == "00001")
    }

    @Test func merchandiseStore() throws {
        let path = "ga4_merch_store/derived_events.ndjson.gz"
        let sink = MemorySink()
        let source = M.source(
            .ndjson(files: [M.at(path)]), named: "ga4", customer: M.column("user_pseudo_id"),
            filter: M.when("event_name", .isIn(["purchase"])),
            event: M.event(
                timestamp: "event_timestamp", format: .unixMicroseconds, key: "purchase_id",
                [
                    M.named("purchase_id", M.column("ecommerce.transaction_id", .string, missing: ["(not set)"])),
                    M.named("total_price", M.column("ecommerce.purchase_revenue_in_usd", .number)),
                ]))
        guard let report = try run(path, source, into: sink) else { return }
        #expect(report.read == 24_219 && report.events == 624)
        #expect(report.sources.first?.filtered == 24_219 - 624)
        #expect(total(sink, 1) == ExactDecimal(41_529))
        #expect(sink.events().filter { $0.cells[0] == "–" }.count == 93)
        #expect(sink.rows.map(\.timestamp).min()?.description == "2020-11-01T01:44:44.942033Z")
    }
}
