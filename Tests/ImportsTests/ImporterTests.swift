import Definitions
import Diagnostics
import EventStores
import Foundation
import Imports
import Quantities
import Testing

private typealias M = Mappings

@Suite struct ImporterTests {
    private let folder: TemporaryFolder
    private let sink = MemorySink()

    init() throws { folder = try TemporaryFolder() }

    private func run(
        _ sources: [Source], onError: OnError = .fail, progress: @escaping (ImportProgress) -> Void = { _ in },
        isCancelled: @escaping () -> Bool = { false }
    ) throws -> ImportReport {
        try Importer(
            sources, timezone: .utc, folder: folder.url, onError: onError, progress: progress, isCancelled: isCancelled
        ).run(into: sink)
    }

    private func csv(_ files: String...) -> Source.Input { .csv(files: files.map { M.at($0) }, M.csv()) }

    private let order = [M.named("order", M.column("order")), M.named("total", M.column("total", .number))]

    @Test func eventsAndProperties() throws {
        try folder.write(
            "f.csv",
            "customer,time,order,total,country\nc1,2026-01-01,o1,10.50,CZ\nc2,2026-01-02,o2,,\nc1,2026-01-03,,3,SK\n")
        let source = M.source(
            csv("f.csv"), event: M.event(key: "order", amount: "total", order),
            properties: [M.named("country", M.column("country"))])
        let report = try run([source])
        #expect(!report.failed && report.read == 3 && report.accepted == 3 && report.events == 3)
        #expect(
            sink.events() == [
                .init(customer: "c1", time: "2026-01-01T00:00:00Z", cells: ["o1", "10.50"]),
                .init(customer: "c2", time: "2026-01-02T00:00:00Z", cells: ["o2", "–"]),
                .init(customer: "c1", time: "2026-01-03T00:00:00Z", cells: ["–", "3"]),
            ])
        #expect(sink.properties == ["c1": ["country": "SK"]])
        #expect(sink.tables.first?.keys == KeySpec(key: "order", amount: "total"))
        #expect(
            sink.tables.first?.columns == [
                ColumnSpec(name: "order", type: .text), ColumnSpec(name: "total", type: .decimal),
            ])
    }

    @Test func fold() throws {
        try folder.write(
            "f.csv",
            """
            customer,time,order,total,note
            c1,2026-01-02T10:00:00Z,o1,1.5,first
            c2,2026-01-02T10:00:00Z,o2,2,
            c1,2026-01-02T09:00:00Z,o1,2.25,second
            c2,2026-01-03,o1,7,other customer
            c1,2026-01-04,,4,alone
            c1,2026-01-04,,5,alone too
            c2,2026-01-05,o2,,no amount
            c1,2026-01-06,o3,,
            c1,2026-01-06,o3,0.005,

            """)
        let report = try run([
            M.source(
                csv("f.csv"),
                event: M.event(key: "order", fold: ("order", ["total"]), order + [M.named("note", M.column("note"))]))
        ])
        #expect(report.read == 9 && report.accepted == 9 && report.events == 6)
        #expect(
            sink.events().map { "\($0.customer) \($0.time.prefix(13)) \($0.cells.joined(separator: "|"))" } == [
                "c1 2026-01-04T00 –|4|alone", "c1 2026-01-04T00 –|5|alone too", "c1 2026-01-02T09 o1|3.75|first",
                "c2 2026-01-02T10 o2|2|–", "c2 2026-01-03T00 o1|7|other customer", "c1 2026-01-06T00 o3|0.005|–",
            ])
    }

    @Test func guests() throws {
        try folder.write(
            "f.csv",
            "customer,time,order,total\n,2026-01-01,o1,1\n,2026-01-01,o1,2\nc1,2026-01-01,o1,4\n,2026-01-01,,8\n,2026-01-01,,16\n"
        )
        let report = try run([
            M.source(
                csv("f.csv"), named: "shop", without: .guest,
                event: M.event(key: "order", fold: ("order", ["total"]), order))
        ])
        #expect(!report.failed)
        #expect(
            sink.events().map { "\($0.customer) \($0.cells[1])" }
                == ["guest-row:shop:f.csv:4 8", "guest-row:shop:f.csv:5 16", "guest:o1 3", "c1 4"])
        try folder.write("g.csv", "customer,time,order,total\nguest:o1,2026-01-01,o1,1\n")
        let taken = try run([M.source(csv("g.csv"), named: "shop", without: .guest, event: M.event(order))])
        #expect(
            taken.diagnostics.map(golden) == [
                "g.csv:2:1 TN219 the customer's id 'guest:o1' begins like those made for guests"
            ])
    }

    @Test func whereAndWithoutCustomer() throws {
        try folder.write(
            "f.csv", "customer,time,order,total\nc1,2026-01-01,o1,1\n,2026-01-01,o2,1\nc1,x,C3,1\n,2026-01-01,C4,1\n")
        let filter = Condition.not(M.at(M.when("order", .startsWith("C"))))
        let report = try run([M.source(csv("f.csv"), without: .skip, filter: filter, event: M.event(order))])
        let counts = try #require(report.sources.first)
        #expect(!report.failed && sink.rows.count == 1)
        #expect((counts.read, counts.accepted, counts.filtered, counts.withoutCustomer) == (4, 1, 2, 1))
        let refused = try run([M.source(csv("f.csv"), filter: filter, event: M.event(order))])
        #expect(refused.diagnostics.map(golden) == ["f.csv:3:1 TN217 the row has no customer"])
    }

    @Test func customerThroughAPurchase() throws {
        try folder.write("refunds.csv", "order,time,amount\no2,2026-02-01,-5\no9,2026-02-01,-1\n")
        try folder.write("orders.csv", "customer,time,order,total\nc1,2026-01-01,o1,1\nc2,2026-01-01,o2,9\n")
        // Declared first, read last.
        let refunds = M.source(
            csv("refunds.csv"), named: "refunds", customer: nil, through: ("purchase", M.column("order")),
            event: M.event(
                type: .fixed(M.at("refund")), refersTo: ("purchase", "order"),
                [M.named("order", M.column("order")), M.named("amount", M.column("amount", .number))]))
        let orders = M.source(
            csv("orders.csv"), named: "orders", event: M.event(key: "order", fold: ("order", ["total"]), order))
        let report = try run([refunds, orders], onError: .skip)
        #expect(!report.failed && report.sources.map(\.source) == ["orders", "refunds"])
        #expect(sink.events("refund") == [.init(customer: "c2", time: "2026-02-01T00:00:00Z", cells: ["o2", "-5"])])
        #expect(report.sources.last?.errors == ["TN218": 1])
        #expect(
            report.diagnostics.map(golden) == [
                "refunds.csv:3:1 TN218 no event 'purchase' with the key 'o9' was imported"
            ])
        #expect(report.diagnostics.map(\.severity) == [.warning])
        #expect(sink.tables.last?.keys.refersTo == KeySpec.Reference(table: "purchase", column: "order"))
    }

    @Test func rejectedRowsLeaveNoTrace() throws {
        try folder.write(
            "f.csv",
            "customer,time,order,total\nc1,2026-01-01,o1,1\nc2,2026-13-01,o2,1\nc3,2026-01-01,o3,1.2.3\nc4,2026-01-01\nc5,,o5,1\n"
        )
        let source = M.source(
            csv("f.csv"), event: M.event(key: "order", order), properties: [M.named("o", M.column("order"))])
        let expected = [
            "f.csv:3:4 TN215 '2026-13-01' is not a timestamp of the format: ISO 8601, such as 2026-01-31T10:00:00Z",
            "f.csv:4:18 TN214 '1.2.3' is not a number", "f.csv:5:14 TN207 the row has 2 fields, the header 4",
            "f.csv:6:4 TN215 the timestamp is missing",
        ]
        let failed = try run([source])
        #expect(failed.failed && failed.diagnostics.map(golden) == expected)
        #expect((failed.read, failed.accepted, failed.rejected) == (5, 1, 4))
        let skipped = try run([source], onError: .skip)
        #expect(!skipped.failed && skipped.diagnostics.map(golden) == expected)
        #expect(skipped.sources.first?.errors == ["TN215": 2, "TN214": 1, "TN207": 1])
        #expect(sink.customers == ["c1"])
    }

    @Test func onlyTheFirstProblemsAreShown() throws {
        try folder.write("f.csv", "customer,time\n" + String(repeating: "c,x\n", count: 50))
        let report = try run([M.source(csv("f.csv"), event: M.event())])
        #expect(report.diagnostics.count == 20 && report.moreProblems == 30 && report.rejected == 50)
    }

    @Test func mappingProblemsAreReportedTogether() throws {
        try folder.write("f.csv", "customer,time,total\nc,2026-01-01,1\n")
        try folder.write("g.csv", "customer,time,total\nc,2026-01-01,1\n")
        let source = M.source(
            csv("f.csv", "g.csv"), customer: M.column("customers"),
            event: M.event(
                timestamp: "tiem", key: "order_id", fold: ("total", ["totl"]),
                [M.named("total", M.column("total", .number))]))
        let report = try run([source], onError: .skip)
        #expect(report.failed && report.read == 0)
        #expect(
            report.diagnostics.prefix(5).map { golden($0).dropFirst(17) } == [
                "TN206 'f.csv' has no column 'customers'", "TN206 'f.csv' has no column 'tiem'",
                "TN222 the event has no attribute 'order_id'",
                "TN222 rows are folded by a text, and the attribute 'total' is none",
                "TN222 the event has no attribute 'totl'",
            ])
    }

    @Test func eventTypeByColumn() throws {
        try folder.write(
            "e.ndjson",
            #"{"u": 1, "t": 1604188995199688, "n": "view"}"# + "\n" + #"{"u": "1", "t": 1, "n": "buy"}"# + "\n"
                + #"{"u": 2, "t": 1}"#)
        let source = M.source(
            .ndjson(files: [M.at("e.ndjson")]), customer: M.column("u"),
            event: M.event(
                type: .column(M.at("n")), timestamp: "t", format: .unixMicroseconds, [M.named("x", M.column("x.y"))]))
        let report = try run([source], onError: .skip)
        #expect(sink.tables.map(\.name) == ["view", "buy"] && sink.customers == ["1"])
        #expect(
            report.diagnostics.map(golden) == [
                "e.ndjson:3:1 TN220 the event's type is missing",
                "project.yaml:1:1 TN227 no line of 'e.ndjson' has 'x.y'",
            ])
        #expect((report.read, report.accepted) == (3, 2))
    }

    @Test func damagedFilesFailWhateverOnErrorSays() throws {
        try folder.write("f.csv.gz", gzip(Array("customer,time\nc,2026-01-01\n".utf8)).dropLast(4))
        let report = try run([M.source(csv("f.csv.gz"), event: M.event())], onError: .skip)
        #expect(report.failed && report.read == 1)
        #expect(
            report.diagnostics.map(golden) == [
                "f.csv.gz:3:1 TN203 the gzip file ends early: the rest of its data is missing"
            ])
    }

    @Test func wallTimesTakeTheSourcesZone() throws {
        try folder.write("f.csv", "customer,time,due\nc,01/07/2026 9:00,2026-07-02\n")
        let london = try #require(Zone(identifier: "Europe/London"))
        let source = M.source(
            csv("f.csv"),
            event: M.event(
                format: .pattern("dd/MM/yyyy H:mm"), zone: london, [M.named("due", M.column("due", .timestamp))]))
        _ = try run([source])
        #expect(sink.events() == [.init(customer: "c", time: "2026-07-01T08:00:00Z", cells: ["2026-07-01T23:00:00Z"])])
    }

    @Test func progressAndCancellation() throws {
        try folder.write("f.csv", "customer,time\n" + String(repeating: "c,2026-01-01\n", count: 5_000))
        var seen: [ImportProgress] = []
        _ = try run([M.source(csv("f.csv"), event: M.event())], progress: { seen.append($0) })
        #expect(
            seen.last
                == ImportProgress(source: "rows", path: "f.csv", bytesRead: 65_014, bytesTotal: 65_014, rows: 5_000))
        var asked = 0
        #expect(throws: CancellationError.self) {
            try run(
                [M.source(csv("f.csv"), event: M.event())],
                isCancelled: {
                    asked += 1
                    return asked == 2
                })
        }
    }
}
