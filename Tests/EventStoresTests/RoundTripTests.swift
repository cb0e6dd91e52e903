import Diagnostics
import EventStores
import Foundation
import Quantities
import Queries
import Testing

@Suite struct RoundTripTests {
    /// All types, missing cells, odd bytes, customers without rows, columns and properties that come later.
    private func first(_ builder: StoreBuilder) throws {
        let columns = [
            ColumnSpec(name: "text", type: .text), ColumnSpec(name: "number", type: .decimal),
            ColumnSpec(name: "when", type: .instant),
        ]
        let table = try builder.table("événement / \u{0}", columns: columns, keys: KeySpec())
        let ada = builder.customer("ada")
        let bob = builder.customer("bob")
        try builder.append(
            table: table, customer: bob, timestamp: Instant(seconds: 20),
            cells: [.text([0xFF, 0x00, 0x0A][...]), .number("-12.50"), .instant(Instant(microseconds: -1))])
        try builder.append(
            table: table, customer: ada, timestamp: Instant(seconds: 10), cells: [.string(""), .missing, .missing])
        try builder.append(
            table: table, customer: bob, timestamp: Instant(seconds: -5),
            cells: [.missing, .number("9223372036854775.807"), .missing])
        try builder.setProperty(ColumnSpec(name: "city", type: .text), of: bob, to: .string("Brno"))
        _ = builder.customer("nobody")
    }

    private func second(_ builder: StoreBuilder) throws {
        let columns = [ColumnSpec(name: "later", type: .text), ColumnSpec(name: "number", type: .decimal)]
        let table = try builder.table("événement / \u{0}", columns: columns, keys: KeySpec())
        try builder.append(
            table: table, customer: builder.customer("ada"), timestamp: Instant(seconds: 10),
            cells: [.string("x"), .number("1.125")])
        try builder.setProperty(ColumnSpec(name: "city", type: .text), of: builder.customer("bob"), to: .string("Oslo"))
        try builder.setProperty(
            ColumnSpec(name: "score", type: .decimal), of: builder.customer("eve"), to: .number("7"))
    }

    @Test func whatIsAppendedIsRead() throws {
        let folder = try TemporaryFolder()
        let outcome = try folder.store.makeWriter().importing(first)
        let store = try #require(try folder.store.open())
        #expect(store.generation == 1)
        #expect(outcome.generation == 1)
        #expect(outcome.tables.map(\.rowsAdded) == [3])
        #expect(store.newestEvent == Instant(seconds: 20))
        let table = try #require(store.tables["événement / \u{0}"])
        #expect(try table.purchases == nil)
        #expect(try Array(table.offsets) == [0, 1, 3, 3])
        #expect(try table.cell(column: "text", row: 0) == .string(""))
        #expect(try table.cell(column: "text", row: 1) == .missing)
        #expect(try table.cell(column: "text", row: 2) == .text([0xFF, 0x00, 0x0A][...]))
        #expect(try table.cell(column: "number", row: 2) == .number("-12.5"))
        #expect(try table.cell(column: "when", row: 2) == .instant(Instant(microseconds: -1)))
        #expect(try table.cell(column: "when", row: 0) == .missing)
        #expect(try table.cell(column: "none", row: 0) == nil)
        #expect(table.columnSpecs.map(\.name) == ["text", "number", "when"])
        #expect(try store.customers.index(of: Array("nobody".utf8)) == 2)
        #expect(try store.customers.index(of: Array("nob".utf8)) == nil)
        #expect(try store.customers.property("city")?.cell(2) == .missing)
        #expect(try folder.store.generations().map(\.sources) == [["test"]])
        try store.verify()
    }

    @Test func twoImportsEqualOne() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing(first)
        try writer.importing(second)
        let once = try StoreBuilder()
        try first(once)
        try second(once)
        let store = try #require(try folder.store.open())
        #expect(try Contents(store) == Contents(try once.finish().makeStore()))
        #expect(try store.customers.property("city")?.cell(1) == .string("Oslo"))
        // The overwritten text is gone with the value.
        guard case .text(_, let cities) = try store.customers.property("city") else { throw CancellationError() }
        #expect(cities.count == 1)
    }

    @Test func emptyStores() throws {
        let folder = try TemporaryFolder()
        #expect(try folder.store.open() == nil)
        #expect(try folder.store.generations().isEmpty)
        try folder.store.makeWriter().importing { _ in }
        let store = try #require(try folder.store.open())
        #expect(store.customers.count == 0)
        #expect(store.newestEvent == nil)
        #expect(try store.profile().events.isEmpty)
        // A table without rows.
        try folder.store.makeWriter().importing { try $0.add([]) }
        #expect(try folder.store.open()?.tables["purchase"]?.rowCount == 0)
    }

    @Test func textsAreComparedAsBytes() throws {
        let builder = try StoreBuilder()
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        #expect(builder.customer(composed) == 0)
        #expect(builder.customer(decomposed) == 1)
        for number in 0..<1_000 { _ = builder.customer("customer \(number)") }
        let ids = try builder.finish().makeStore().customers.ids
        #expect(ids.code(of: composed.utf8) == 1)
        #expect(ids.code(of: decomposed.utf8) == 2)
        #expect((0..<1_000).allSatisfy { ids.code(of: "customer \($0)".utf8) == UInt32($0 + 3) })
        #expect(ids.code(of: "customer".utf8) == nil)
    }

    @Test func conflictsAreRefused() throws {
        let builder = try StoreBuilder()
        try builder.add([])
        let text = [ColumnSpec(name: "price", type: .text)]
        #expect(code { _ = try builder.table("purchase", columns: text, keys: Purchase.keys) } == .columnTypeConflict)
        #expect(code { _ = try builder.table("purchase", columns: [], keys: KeySpec()) } == .keyConflict)
        #expect(code { _ = try builder.table("x", columns: text, keys: KeySpec(key: "prise")) } == .keyColumnUnusable)
        #expect(
            code { _ = try builder.table("x", columns: text, keys: KeySpec(amount: "price")) } == .keyColumnUnusable)
        let city = ColumnSpec(name: "city", type: .text)
        let ada = builder.customer("ada")
        try builder.setProperty(city, of: ada, to: .missing)
        let number = ColumnSpec(name: "city", type: .decimal)
        #expect(code { try builder.setProperty(number, of: ada, to: .missing) } == .columnTypeConflict)
        let reference = KeySpec(refersTo: KeySpec.Reference(table: "x", column: "price"))
        _ = try builder.table("refund", columns: text, keys: reference)
        _ = try builder.table("x", columns: text, keys: KeySpec())
        #expect(code { _ = try builder.finish() } == .referenceWithoutKey)
    }
}
