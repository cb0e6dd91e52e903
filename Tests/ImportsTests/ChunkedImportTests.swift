import Definitions
import Diagnostics
import EventStores
import Foundation
import Imports
import Quantities
import Testing

private typealias M = Mappings

/// Nothing depends on how a file is cut into chunks, on how many threads parse them, and on whether rows reach the
/// store in batches or one by one.
@Suite struct ChunkedImportTests {
    /// A store that takes rows one by one: what batches are held against.
    private final class RowByRow: EventSink {
        let builder: StoreBuilder

        init(_ builder: StoreBuilder) { self.builder = builder }

        func customer(_ id: ArraySlice<UInt8>) -> Int { builder.customer(id) }

        func table(_ name: String, columns: [ColumnSpec], keys: KeySpec) throws -> Int {
            try builder.table(name, columns: columns, keys: keys)
        }

        func append(table: Int, customer: Int, timestamp: Instant, cells: [Cell]) throws {
            try builder.append(table: table, customer: customer, timestamp: timestamp, cells: cells)
        }

        func check(table: Int, timestamp: Instant, cells: [Cell]) throws {
            try builder.check(table: table, timestamp: timestamp, cells: cells)
        }

        func check(property: ColumnSpec, cell: Cell) throws { try builder.check(property: property, cell: cell) }

        func setProperty(_ property: ColumnSpec, of customer: Int, to cell: Cell) throws {
            try builder.setProperty(property, of: customer, to: cell)
        }

        func customer(ofKey key: ArraySlice<UInt8>, inTable name: String) throws -> Int? {
            try builder.customer(ofKey: key, inTable: name)
        }
    }

    /// All that can be seen of an import.
    private struct Observed: Equatable {
        var counts: [SourceCounts] = []
        /// Each with all of its place, the text of its line and its hints.
        var diagnostics: [String] = []
        var moreProblems = 0
        var files: [String: [UInt8]] = [:]
        var repeats: [Int] = []

        /// What two imports differ in, for the test's message.
        func difference(_ other: Observed) -> String {
            if counts != other.counts { return "counts \(counts) and \(other.counts)" }
            if diagnostics != other.diagnostics {
                let pair = zip(diagnostics, other.diagnostics).first { $0 != $1 }
                return "diagnostics \(pair.map { "\($0) and \($1)" } ?? "one more or less")"
            }
            let names = Set(files.keys).union(other.files.keys).filter { files[$0] != other.files[$0] }
            return "files \(names.sorted()), \(moreProblems) and \(other.moreProblems) more problems"
        }
    }

    private func observe(
        _ sources: [Source], in folder: TemporaryFolder, chunkSize: Int, threads: Int, rowByRow: Bool = false
    ) throws -> Observed {
        let store = StoreDirectory(folder.url.path + "/store")
        let quarantine = folder.url.appendingPathComponent("quarantine")
        defer {
            for path in [store.path, quarantine.path] { try? FileManager.default.removeItem(atPath: path) }
        }
        let writer = try store.makeWriter()
        let builder = try writer.makeFreshBuilder()
        var importer = Importer(sources, timezone: .utc, folder: folder.url, onError: .quarantine(to: quarantine))
        importer.reading.chunkSize = chunkSize
        importer.reading.threads = threads
        let report = try importer.run(into: rowByRow ? RowByRow(builder) : builder)
        var observed = Observed(
            counts: report.sources, diagnostics: report.diagnostics.map(whole), moreProblems: report.moreProblems)
        for url in report.quarantined { observed.files[url.lastPathComponent] = Array(try Data(contentsOf: url)) }
        // What was read before a file turned out to be unreadable must be the same too.
        let outcome = try writer.commit(try builder.finish(), createdAt: Instant(seconds: 0))
        observed.repeats = outcome.tables.map(\.repeatsDropped)
        let generation = store.path + "/parts/1"
        for name in try FileManager.default.contentsOfDirectory(atPath: generation) {
            observed.files[name] = Array(try Data(contentsOf: URL(fileURLWithPath: generation + "/" + name)))
        }
        return observed
    }

    private func whole(_ diagnostic: Diagnostic) -> String {
        guard let place = diagnostic.place else { return golden(diagnostic) }
        return golden(diagnostic)
            + " \(diagnostic.severity) -\(place.endLine):\(place.endColumn) \(place.file.text) \(diagnostic.hints)"
    }

    private func expectSame(_ sources: [Source], in folder: TemporaryFolder, _ what: String) throws {
        let expected = try observe(sources, in: folder, chunkSize: 1 << 20, threads: 1, rowByRow: true)
        for (chunkSize, threads) in [(1 << 20, 1), (1 << 20, 2), (1_000, 5), (131, 2), (64, 1), (7, 2)] {
            let found = try observe(sources, in: folder, chunkSize: chunkSize, threads: threads)
            if found == expected { continue }
            Issue.record("\(what), chunks of \(chunkSize) bytes, \(threads) threads: \(found.difference(expected))")
        }
    }

    @Test(arguments: seeds) func randomFiles(seed: UInt64) throws {
        var random = RandomCSV(seed: seed)
        let folder = try TemporaryFolder()
        try folder.write("f.csv", random.file())
        try folder.write("g.csv", random.isCompressed ? gzip(random.file()) : random.file())
        try expectSame([random.source(files: ["f.csv", "g.csv"])], in: folder, "seed \(seed)")
    }

    /// More with `TENURE_SEEDS=1000`, another start with `TENURE_SEED=77`.
    private static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["TENURE_SEED"].flatMap { UInt64($0) } ?? 1
        let count = environment["TENURE_SEEDS"].flatMap { UInt64($0) } ?? 24
        return Array(first..<(first + count))
    }

    @Test func propertiesAreMadeInOrderOfTheirFirstValues() throws {
        let folder = try TemporaryFolder()
        try folder.write("f.csv", "customer,time,a,b,c\nc1,2026-01-01,,1,\nc2,2026-01-01,x,,\n")
        let source = M.source(
            .csv(files: [M.at("f.csv")], M.csv()),
            properties: ["a", "b", "c"].map { M.named($0, M.column($0)) })
        try expectSame([source], in: folder, "properties")
        let builder = try StoreBuilder()
        _ = try Importer([source], timezone: .utc, folder: folder.url).run(into: builder)
        #expect(try builder.finish().makeStore().customers.propertySpecs.map(\.name) == ["b", "a"])
    }

    /// The first row's property leaves no room for the digits of the second's.
    @Test func aRowWhosePropertyIsRefusedLeavesNoTrace() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "f.csv", "customer,time,total\nc1,2026-01-01,9223372036854775807\nc2,2026-01-02,8.25\nc3,2026-01-03,7\n")
        let source = M.source(
            .csv(files: [M.at("f.csv")], M.csv()), event: M.event([M.named("time", M.column("time"))]),
            properties: [M.named("total", M.column("total", .number))])
        try expectSame([source], in: folder, "a refused property")
        let builder = try StoreBuilder()
        var importer = Importer([source], timezone: .utc, folder: folder.url)
        importer.onError = .skip
        let report = try importer.run(into: builder)
        #expect(report.read == 3 && report.accepted == 2 && report.events == 2)
        let store = try builder.finish().makeStore()
        #expect(
            try (0..<store.customers.count).map { try store.customers.ids.text(of: UInt32($0 + 1)) } == ["c1", "c3"])
    }

    /// A guest's row has no customer whose property it could be but one of its own.
    @Test func guestsOfPropertiesAloneAreCustomers() throws {
        let folder = try TemporaryFolder()
        for rows in ["c1,a\n,b\n", ",b\n,c\n"] {
            try folder.write("f.csv", "customer,note\n" + rows)
            let source = M.source(
                .csv(files: [M.at("f.csv")], M.csv()), without: .guest, properties: [M.named("note", M.column("note"))])
            try expectSame([source], in: folder, "guests \(rows)")
            let builder = try StoreBuilder()
            _ = try Importer([source], timezone: .utc, folder: folder.url).run(into: builder)
            #expect(try builder.finish().makeStore().customers.count == 2)
        }
    }

    @Test func aStrayQuoteTurnsTheGuessAround() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<300).map { "c\($0 % 7),2026-01-0\($0 % 9 + 1),\"line\n\"\"\($0)\"\"\",\($0).5\n" }
        for stray in ["c9,2026-01-01,a\"b,1\n", "c9,2026-01-01,\"a\"b,1\n", "c9,2026-01-01,\"a\"\"\",1\n"] {
            let text = rows[..<40].joined() + stray + rows[40...].joined()
            try folder.write("f.csv", "customer,time,note,total\n" + text)
            try expectSame(
                [
                    M.source(
                        .csv(files: [M.at("f.csv")], M.csv()),
                        event: M.event([
                            M.named("note", M.column("note")), M.named("total", M.column("total", .number)),
                        ]))
                ], in: folder, "stray quote \(stray)")
        }
    }

    @Test func largeRowsAndUnclosedQuotes() throws {
        let folder = try TemporaryFolder()
        let source = M.source(
            .csv(files: [M.at("f.csv")], M.csv()), event: M.event([M.named("note", M.column("note"))]))
        let good = "c1,2026-01-01,x\n"
        let megabyte = String(repeating: "y", count: 1 << 20)
        for (what, text) in [
            ("a field of 1 MiB", good + "c2,2026-01-01,\(megabyte)\n" + good),
            ("a field above 1 MiB", good + "c2,2026-01-01,\(megabyte)y\n" + good),
            (
                "a row above 16 MiB",
                good + "c2,2026-01-01," + String(repeating: "\(megabyte),", count: 17) + "\n" + good
            ),
            (
                "a quoted field without end",
                good + "c2,2026-01-01,\"" + String(repeating: "zzzzzzzzzzzzzzz\n", count: 9 << 17) + good
            ),
            ("an unclosed quote", good + "c2,2026-01-01,\"x\n" + good),
        ] {
            try folder.write("f.csv", "customer,time,note\n" + text)
            let expected = try observe([source], in: folder, chunkSize: 1 << 20, threads: 1, rowByRow: true)
            for chunkSize in [1 << 20, 100_000] {
                let found = try observe([source], in: folder, chunkSize: chunkSize, threads: 2)
                #expect(found == expected, "\(what), \(chunkSize): \(found.difference(expected))")
            }
            #expect(expected.counts.first?.read ?? 0 > 0)
        }
    }
}
