import Definitions
import Diagnostics
import EventStores
import Foundation
import Imports
import Quantities
import Testing

private typealias M = Mappings

/// An import that spills gives what one in memory gives, but for the order of customers and of texts.
@Suite struct SpillingImportTests {
    /// Everything that a store holds, by customer and event type.
    private struct Observed: Equatable {
        var counts: [SourceCounts] = []
        var diagnostics: [String] = []
        var outcome: ImportOutcome?
        /// Why the second import was refused as a whole.
        var refusal: String?
        var customers: [String] = []
        /// By customer and table, in stored order.
        var rows: [String: [String]] = [:]
        var keyOwners: [String: String] = [:]

        func difference(_ other: Observed) -> String {
            if counts != other.counts { return "counts \(counts) and \(other.counts)" }
            if diagnostics != other.diagnostics {
                let pair = zip(diagnostics, other.diagnostics).first { $0 != $1 }
                return "diagnostics \(pair.map { "\($0) and \($1)" } ?? "one more or less")"
            }
            if outcome != other.outcome { return "outcome \(outcome as Any) and \(other.outcome as Any)" }
            if refusal != other.refusal { return "refusals \(refusal ?? "none") and \(other.refusal ?? "none")" }
            if customers != other.customers { return "customers \(customers) and \(other.customers)" }
            let name = Set(rows.keys).union(other.rows.keys).first { rows[$0] != other.rows[$0] } ?? ""
            if !name.isEmpty { return "\(name): \(rows[name] ?? []) and \(other.rows[name] ?? [])" }
            return "owners \(keyOwners) and \(other.keyOwners)"
        }
    }

    /// Two imports, the second one on top of the first.
    private func observe(
        _ sources: [Source], then more: [Source], in folder: TemporaryFolder, limit: MemoryLimit?, chunkSize: Int
    ) throws -> (observed: Observed, spilled: Int) {
        let directory = StoreDirectory(folder.url.path + "/store")
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let writer = try directory.makeWriter()
        var observed = Observed()
        var spilled = 0
        for (sources, isFirst) in [(sources, true), (more, false)] where !sources.isEmpty {
            let builder = isFirst ? try writer.makeFreshBuilder(limit: limit) : try writer.makeBuilder(limit: limit)
            var importer = Importer(sources, timezone: .utc, folder: folder.url, onError: .skip)
            importer.reading.chunkSize = chunkSize
            let report = try importer.run(into: builder)
            observed.counts += report.sources
            observed.diagnostics += report.diagnostics.map(\.message)
            spilled += builder.spilledBytes
            do {
                observed.outcome = try writer.commit(try builder.finish(), createdAt: Instant(seconds: 0))
            } catch let problem as Diagnostic where problem.code == .valueOutOfRange && !isFirst {
                // A number that does not fit together with those of the first import.
                observed.refusal = problem.code.id
            }
        }
        observed.outcome?.bytes = 0
        let store = try #require(try directory.open())
        try store.verify()
        try describe(store, in: &observed)
        let next = try writer.makeBuilder()
        let ids = try (0..<store.customers.count).map { try store.customers.ids.bytes(of: UInt32($0 + 1)) }
        let idOfIndex = Dictionary(uniqueKeysWithValues: ids.map { (next.customer($0[...]), $0) })
        for table in store.tableNames {
            for key in 0..<150 {
                guard let owner = try next.customer(ofKey: Array("\(key)".utf8)[...], inTable: table) else { continue }
                observed.keyOwners["\(table) \(key)"] = String(decoding: idOfIndex[owner] ?? [], as: UTF8.self)
            }
        }
        return (observed, spilled)
    }

    private func describe(_ store: EventStore, in observed: inout Observed) throws {
        for customer in 0..<store.customers.count {
            let id = String(decoding: try store.customers.ids.bytes(of: UInt32(customer + 1)), as: UTF8.self)
            let properties = try store.customers.propertySpecs.map { spec in
                "\(spec.name)=\(try store.customers.property(spec.name).map { shown($0.cell(customer)) } ?? "")"
            }
            observed.customers.append("\(id): \(properties)")
            for name in store.tableNames {
                let table = try #require(store.tables[name])
                let columns = try table.columnSpecs.map { try #require(try table.column($0.name)) }
                let purchases = try table.purchases
                let referred = try table.referredPurchases
                let (start, end) = (Int(try table.offsets[customer]), Int(try table.offsets[customer + 1]))
                observed.rows["\(name) of \(id)"] = try (start..<end).map { row in
                    var text = "\(try table.timestamps[row]) \(columns.map { shown($0.cell(row)) })"
                    if let purchases {
                        text +=
                            " \(purchases.ordinals[row]) \(purchases.ages[row]) \(purchases.lags[row])"
                            + " \(purchases.refunds[row]) \(purchases.parents?[row] ?? -9)"
                    }
                    return text + " \(referred?[row] ?? -9)"
                }
            }
        }
        observed.customers.sort()
        for name in store.tableNames {
            for spec in try #require(store.tables[name]).columnSpecs {
                guard case .text(_, let texts)? = try store.tables[name]?.column(spec.name) else { continue }
                let all = (0..<texts.count).map { texts.bytes(of: UInt32($0 + 1)) }
                #expect(Set(all).count == all.count, "a text of \(name).\(spec.name) has several codes")
            }
        }
    }

    private func shown(_ cell: Cell) -> String {
        switch cell {
        case .missing: "-"
        case .text(let bytes): "'\(String(decoding: bytes, as: UTF8.self))'"
        case .decimal(let value): "\(value)"
        case .instant(let instant): "\(instant.microseconds)"
        }
    }

    @Test(arguments: seeds) func randomFiles(seed: UInt64) throws {
        var random = RandomCSV(seed: seed)
        let folder = try TemporaryFolder()
        for name in ["f.csv", "g.csv", "h.csv"] { try folder.write(name, random.file()) }
        let first = [random.source(files: ["f.csv", "g.csv"])]
        let more = seed % 3 == 0 ? [random.source(files: ["h.csv"])] : []
        try expectSame(first, then: more, in: folder, "seed \(seed)")
    }

    private func expectSame(
        _ sources: [Source], then more: [Source] = [], in folder: TemporaryFolder, _ what: String
    ) throws {
        let expected = try observe(sources, then: more, in: folder, limit: nil, chunkSize: 1 << 20).observed
        for (bytes, partitions, chunkSize) in [(1_000, 8, 1_000), (100_000, 3, 2_000), (20_000, 16, 99)] {
            let limit = MemoryLimit(bytes: bytes, partitions: partitions)
            let (found, spilled) = try observe(sources, then: more, in: folder, limit: limit, chunkSize: chunkSize)
            if bytes < 10_000, expected.customers.count > 10 { #expect(spilled > 0, "\(what), \(bytes) bytes") }
            if found == expected { continue }
            Issue.record("\(what), \(bytes) bytes, \(partitions) partitions: \(found.difference(expected))")
        }
    }

    /// More with `TENURE_SEEDS=1000`, another start with `TENURE_SEED=77`.
    private static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["TENURE_SEED"].flatMap { UInt64($0) } ?? 1
        let count = environment["TENURE_SEEDS"].flatMap { UInt64($0) } ?? 10
        return Array(first..<(first + count))
    }

    /// Refunds that find their customer through a purchase that was spilled, lines folded into invoices, and guests.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func sourcesThatNeedOtherRows(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }
        let folder = try TemporaryFolder()
        var orders = "customer,time,key,total\n"
        var refunds = "time,key,refund\n"
        var lines = "customer,time,key,total,sku\n"
        for _ in 0..<400 {
            let day = number(28) + 1
            let date = "2026-01-\(day < 10 ? "0" : "")\(day)"
            orders += "\(number(8) == 0 ? "" : "c\(number(50))"),\(date),\(number(150)),\(number(900)).\(number(100))\n"
            refunds += "\(date),\(number(200)),\(number(90))\n"
            lines += "c\(number(70)),\(date),\(number(40)),\(number(90)).5,s\(number(1_000))\n"
        }
        for (name, text) in [("orders.csv", orders), ("refunds.csv", refunds), ("lines.csv", lines)] {
            try folder.write(name, text)
        }
        let price = [M.named("key", M.column("key")), M.named("total", M.column("total", .number))]
        let sources = [
            M.source(
                .csv(files: [M.at("refunds.csv")], M.csv()), named: "refunds", customer: nil,
                through: ("purchase", M.column("key")), without: .skip,
                event: M.event(
                    type: .fixed(M.at("refund")), refersTo: ("purchase", "order"),
                    [M.named("order", M.column("key")), M.named("refund", M.column("refund", .number))])),
            M.source(
                .csv(files: [M.at("orders.csv")], M.csv()), named: "orders", without: seed % 2 == 0 ? .guest : .skip,
                event: M.event(key: "key", amount: "total", price)),
            M.source(
                .csv(files: [M.at("lines.csv")], M.csv()), named: "lines",
                event: M.event(
                    type: .fixed(M.at("invoice")), key: "key", amount: "total", fold: (by: "key", sum: ["total"]),
                    price + [M.named("sku", M.column("sku"))]),
                properties: [M.named("sku", M.column("sku"))]),
        ]
        try expectSame(sources, in: folder, "seed \(seed)")
    }
}
