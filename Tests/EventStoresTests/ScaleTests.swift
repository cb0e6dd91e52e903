import Diagnostics
import EventStores
import Quantities
import Testing

@Suite struct ScaleTests {
    private let columns = [ColumnSpec(name: "n", type: .decimal)]

    private func append(_ values: [String], to builder: StoreBuilder) throws {
        let table = try builder.table("t", columns: columns, keys: KeySpec())
        for value in values {
            let time = Instant(seconds: 0)
            try builder.append(table: table, customer: builder.customer("c"), timestamp: time, cells: [.number(value)])
        }
    }

    private func column(_ store: EventStore?) throws -> (cells: [Cell], scale: Int) {
        guard case .decimal(let units, let scale) = try store?.tables["t"]?.column("n") else { return ([], -1) }
        return (try units.indices.compactMap { try store?.tables["t"]?.cell(column: "n", row: $0) }, scale)
    }

    @Test func theWidestValueSetsTheScaleOverTwoImports() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        let first = ["5", "-0.1", "", "1.25", "2.500", "100.000000"]
        let second = ["0.123", "1e-4", "7.00001", "-0.654321", "3"]
        try writer.importing { try append(first, to: $0) }
        #expect(try column(folder.store.open()).scale == 2)
        try writer.importing { try append(second, to: $0) }
        let (cells, scale) = try column(folder.store.open())
        #expect(scale == 6)
        #expect(cells == (first + second).map { .number($0) })
    }

    @Test func whatDoesNotFitIsRefusedAndTheRestStays() throws {
        let builder = try StoreBuilder()
        try append(["9223372036854775807", "-9223372036854775807"], to: builder)
        // The stored ones do not fit at scale 1; the lowest number means missing; neither fits 64 bits.
        for value in ["0.5", "-9223372036854775808", "9223372036854775808", "1e30", "1e-30"] {
            #expect(code { try append([value], to: builder) } == .valueOutOfRange, "\(value)")
        }
        try append(["1.0", "2"], to: builder)
        let (cells, scale) = try column(try builder.finish().makeStore())
        #expect(scale == 0)
        #expect(cells == ["9223372036854775807", "-9223372036854775807", "1", "2"].map { .number($0) })
    }

    @Test func aRowIsAddedWholeOrNotAtAll() throws {
        let builder = try StoreBuilder()
        try builder.add([Purchase(customer: "a", key: "k", at: 1, price: "0.01")])
        let tooWide = Purchase(customer: "a", key: "refused", at: 2, price: "9223372036854775807")
        #expect(code { try builder.add([tooWide]) } == .valueOutOfRange)
        #expect(try builder.customer(ofKey: Array("refused".utf8), inTable: "purchase") == nil)
        let minimum = Instant(microseconds: .min)
        let table = try builder.table("t", columns: [ColumnSpec(name: "i", type: .instant)], keys: KeySpec())
        let refused = code {
            try builder.append(table: table, customer: 0, timestamp: Instant(seconds: 1), cells: [.instant(minimum)])
        }
        #expect(refused == .valueOutOfRange)
        let store = try builder.finish().makeStore()
        #expect(store.tables["purchase"]?.rowCount == 1)
        #expect(store.tables["t"]?.rowCount == 0)
    }
}
