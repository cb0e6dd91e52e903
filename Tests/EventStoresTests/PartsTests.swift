import Diagnostics
import EventStores
import Foundation
import Quantities
import Queries
import Testing

/// Stores whose rows came in several imports, each of which wrote the customers that it has something of as a part of
/// its own, against stores of all rows at once.
@Suite struct PartsTests {
    private let seed =
        ProcessInfo.processInfo.environment["TENURE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)

    /// Purchases of many customers, so that some more rows of few of them are a small part.
    private func base(_ customers: Int = 400) -> [Purchase] {
        (0..<customers).map { Purchase(customer: "c\($0)", key: "k\($0)", at: Int64($0 % 50), price: "\($0 % 7)") }
    }

    private func parts(_ folder: TemporaryFolder) throws -> Int {
        try folder.store.generations().last?.parts ?? 0
    }

    /// Compared by all that a reader can see.
    private func expectEqual(_ store: EventStore, _ builder: StoreBuilder, _ what: String) throws {
        let expected = try builder.finish().makeStore()
        let (found, wanted) = (try Contents(store), try Contents(expected))
        #expect(found == wanted, "\(what)")
        var profile = try store.profile()
        profile.generation = ""
        var expectedProfile = try expected.profile()
        expectedProfile.generation = ""
        #expect(profile == expectedProfile, "\(what)")
        for customer in stride(from: 0, to: wanted.customers.count, by: 13) {
            #expect(try store.customers.index(of: Array(wanted.customers[customer].utf8)) == customer, "\(what)")
        }
    }

    @Test func fewNewRowsAreAPartOfTheirCustomers() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing { try $0.add(base()) }
        let day = [
            Purchase(customer: "c7", key: "new", at: 3, status: "x"),
            Purchase(customer: "c9", key: "k9", at: 60, status: "returned"),
            Purchase(customer: "later", key: "k8", at: 1, price: "0.125"),
        ]
        let outcome = try writer.importing { try $0.add(day) }
        #expect(outcome.generation == 2)
        #expect(outcome.customers == 401)
        #expect(outcome.customersAdded == 1)
        #expect(
            outcome.tables == [
                .init(name: "purchase", rows: 403, rowsAdded: 3, repeatsDropped: 0, sharedKeys: 1)
            ])
        #expect(try parts(folder) == 2)
        #expect(try folder.files(ofGeneration: 2).map { $0.split(separator: "/").last } == ["columns"])
        let all = try StoreBuilder()
        try all.add(base() + day)
        let store = try #require(try folder.store.open())
        try expectEqual(store, all, "a part more")
        try store.verify()

        let merged = try #require(try writer.merge(createdAt: Instant(seconds: 2)))
        #expect(merged.number == 3)
        #expect(try parts(folder) == 1)
        let again = try StoreBuilder()
        try again.add(base() + day)
        try expectEqual(try #require(try folder.store.open()), again, "merged")
        #expect(try writer.merge(createdAt: Instant(seconds: 3)) == nil)
    }

    @Test func randomImportsAreAsOne() throws {
        print("PartsTests: TENURE_SEED=\(seed)")
        var generator = SeededGenerator(state: seed)
        var counts: [Int: Int] = [:]
        for round in 0..<12 {
            let folder = try TemporaryFolder()
            let writer = try folder.store.makeWriter()
            var imports: [[Row]] = [(0..<300).map { _ in Row(&generator, customers: 250) }]
            for _ in 0..<Int.random(in: 1...16, using: &generator) {
                let customers = Int.random(in: 1...400, using: &generator)
                imports.append(
                    (0..<Int.random(in: 0...12, using: &generator)).map { _ in Row(&generator, customers: customers) })
            }
            for (number, rows) in imports.enumerated() {
                try writer.importing { builder in for row in rows { try row.add(to: builder) } }
                counts[try parts(folder), default: 0] += 1
                let once = try StoreBuilder()
                for rows in imports[...number] {
                    // Columns and event types are made by each import.
                    for row in rows { try row.add(to: once) }
                }
                let store = try #require(try folder.store.open())
                try expectEqual(store, once, "TENURE_SEED=\(seed), round \(round), import \(number)")
            }
            // In slices of a few customers.
            if try writer.merge(createdAt: Instant(seconds: 9), sliceRows: 60) != nil {
                let once = try StoreBuilder()
                for row in imports.joined() { try row.add(to: once) }
                try expectEqual(
                    try #require(try folder.store.open()), once, "TENURE_SEED=\(seed), round \(round), merged")
            }
        }
        print("imports by the number of parts they made: \(counts.sorted { $0.key < $1.key })")
        #expect(counts.keys.contains { $0 > 3 })
    }

    @Test func manySmallImportsAreMergedNowAndThen() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing { try $0.add(base(2_000)) }
        var most = 0
        for number in 0..<20 {
            try writer.importing { try $0.add([Purchase(customer: "c\(number)", key: "n\(number)", at: 99)]) }
            most = max(most, try parts(folder))
        }
        #expect(most == 8)
        let folders = try FileManager.default.contentsOfDirectory(atPath: folder.store.path + "/parts")
        // Those of the current generation and of the one before it.
        #expect(folders.count <= 9)
        #expect(try folder.store.open()?.tables["purchase"]?.rowCount == 2_020)
        // A quarter of the rows at once.
        try writer.importing { try $0.add((0..<600).map { Purchase(customer: "c\($0)", key: nil, at: 100) }) }
        #expect(try parts(folder) == 1)
    }

    @Test func aReaderKeepsItsParts() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing { try $0.add(base()) }
        try writer.importing { try $0.add([Purchase(customer: "c1", key: "x", at: 5)]) }
        do {
            let store = try #require(try folder.store.open())
            for number in 0..<3 {
                try writer.importing { try $0.add([Purchase(customer: "c\(number)", key: "y", at: 6)]) }
                _ = try writer.merge(createdAt: Instant(seconds: 2))
            }
            try store.verify()
            #expect(store.tables["purchase"]?.rowCount == 401)
            #expect(try Contents(store).tables["purchase"]?.rows.count == 401)
        }
        try writer.importing { try $0.add([Purchase(customer: "c1", key: "z", at: 7)]) }
        let folders = try FileManager.default.contentsOfDirectory(atPath: folder.store.path + "/parts")
        #expect(!folders.contains("1") && !folders.contains("2"))
    }

    @Test func everyFlippedByteOfAPartIsDetected() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing { try $0.add(base()) }
        try writer.importing { try $0.add([Purchase(customer: "c1", key: "k2", at: 5, status: "new")]) }
        let path = folder.store.path + "/parts/2/columns"
        let whole = Array(try #require(FileManager.default.contents(atPath: path)))
        func read() -> Code? { code { try folder.store.open()?.verify() } }
        #expect(read() == nil)
        for index in whole.indices {
            var flipped = whole
            flipped[index] ^= 0x41
            try Data(flipped).write(to: URL(fileURLWithPath: path))
            #expect(read() == .storeDamaged, "byte \(index)")
            if index % 5 == 0 {
                try Data(whole[..<index]).write(to: URL(fileURLWithPath: path))
                #expect(read() == .storeDamaged, "cut to \(index) bytes")
            }
        }
        try Data(whole + [0]).write(to: URL(fileURLWithPath: path))
        #expect(read() == .storeDamaged)
        try FileManager.default.removeItem(atPath: folder.store.path + "/parts/2")
        #expect(read() == .storeDamaged)
    }

    @Test func customersOfKeysOfAllParts() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing { try $0.add(base() + [Purchase(customer: "c3", key: "shared", at: 1)]) }
        // Of the two new customers the second has the key first.
        try writer.importing { builder in
            _ = builder.customer("n1")
            try builder.add([
                Purchase(customer: "n2", key: "fresh", at: 9), Purchase(customer: "n1", key: "fresh", at: 1),
                Purchase(customer: "n1", key: "shared", at: 1),
            ])
            #expect(try builder.customer(ofKey: Array("k77".utf8), inTable: "purchase") == builder.customer("c77"))
        }
        #expect(try parts(folder) == 2)
        for _ in 0..<2 {
            let builder = try writer.makeBuilder()
            for (key, customer) in [("k5", "c5"), ("shared", "c3"), ("fresh", "n2")] {
                let found = try builder.customer(ofKey: Array(key.utf8), inTable: "purchase")
                #expect(found == builder.customer(customer), "\(key)")
            }
            #expect(try builder.customer(ofKey: Array("none".utf8), inTable: "purchase") == nil)
            _ = try writer.merge(createdAt: Instant(seconds: 2))
        }
    }

    @Test func whatDoesNotFitLeavesTheStoreAsItWas() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing { builder in
            try builder.add(base() + [Purchase(customer: "c1", key: "big", at: 1, price: "922337203685477580")])
        }
        let found = code {
            try writer.importing { try $0.add([Purchase(customer: "c2", key: "x", at: 1, price: "0.001")]) }
        }
        #expect(found == .valueOutOfRange)
        #expect(try folder.store.open()?.generation == 1)
        try writer.importing { try $0.add([Purchase(customer: "c2", key: "x", at: 1, price: "0.1")]) }
        #expect(try folder.store.open()?.generation == 2)
    }

    @Test func importedFilesAreRemembered() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        func file(_ name: String) -> ImportedFile {
            ImportedFile(source: "orders", path: name, size: 7, checksum: .max - 1, importedAt: Instant(seconds: 3))
        }
        func importing(_ builder: StoreBuilder, _ files: [ImportedFile]) throws {
            _ = try writer.commit(try builder.finish(), files: files, createdAt: Instant(seconds: 1))
        }
        #expect(try writer.importedFiles().isEmpty)
        try importing(try writer.makeFreshBuilder(), [file("a"), file("b\u{0}")])
        try importing(try writer.makeBuilder(), [file("c")])
        #expect(try writer.importedFiles() == [file("a"), file("b\u{0}"), file("c")])
        try importing(try writer.makeFreshBuilder(), [file("d")])
        #expect(try writer.importedFiles() == [file("d")])
    }
}

/// A row of one of several event types, or a property, with all that makes parts differ: columns and event types that
/// come later, more digits, keys of others, repeats, values that are taken away.
private struct Row {
    private let kind: Int
    private let customer: String
    private let number: Int

    init(_ generator: inout SeededGenerator, customers: Int) {
        kind = Int.random(in: 0..<12, using: &generator)
        customer = "customer \(Int.random(in: 0..<customers, using: &generator))"
        number = Int.random(in: 0..<60, using: &generator)
    }

    func add(to builder: StoreBuilder) throws {
        let customer = builder.customer(self.customer)
        let time = Instant(seconds: Int64(number % 9))
        let key = KeySpec(key: "key", amount: "price", parent: "parent")
        let columns = [
            ColumnSpec(name: "key", type: .text), ColumnSpec(name: "price", type: .decimal),
            ColumnSpec(name: "parent", type: .text),
        ]
        func append(_ name: String, _ columns: [ColumnSpec], _ keys: KeySpec, _ cells: [Cell]) throws {
            let table = try builder.table(name, columns: columns, keys: keys)
            try builder.append(table: table, customer: customer, timestamp: time, cells: cells)
        }
        switch kind {
        case 0...5:
            let cells: [Cell] = [
                number % 11 == 0 ? .missing : .string("key \(number)"), .number(number % 7 == 0 ? "-1" : "\(number).5"),
                number % 5 == 0 ? .string("key \(number / 2)") : .missing,
            ]
            try append("order", columns, key, cells)
        case 6:
            let more = columns + [ColumnSpec(name: "when", type: .instant), ColumnSpec(name: "note", type: .text)]
            let cells: [Cell] = [
                .string("key \(number)"), .number("0.00\(number)"), .missing,
                .instant(Instant(microseconds: Int64(number))), .string("note \(number % 4)"),
            ]
            try append("order", more, key, cells)
        case 7:
            let refund = KeySpec(refersTo: KeySpec.Reference(table: "order", column: "of"))
            try append(
                "refund", [ColumnSpec(name: "of", type: .text)], refund, [.string("key \(number)")])
        case 8: try append("view", [ColumnSpec(name: "page", type: .text)], KeySpec(), [.string("p\(number % 3)")])
        case 9:
            let cell: Cell = number % 6 == 0 ? .missing : .string("city \(number % 30)")
            try builder.setProperty(ColumnSpec(name: "city", type: .text), of: customer, to: cell)
        case 10:
            try builder.setProperty(
                ColumnSpec(name: "score", type: .decimal), of: customer,
                to: .number(number % 3 == 0 ? "\(number).25" : "\(number)"))
        default: break
        }
    }
}
