import EventStores
import Quantities
import Testing

@Suite struct KeyResolutionTests {
    private let never = Int64.max

    private func origins(_ states: PurchaseStates?) -> [Int64] {
        (states.map { states in states.ages.indices.map { states.origin(ofRow: $0) } } ?? []).map { $0 / 1_000_000 }
    }

    private func supersededAt(_ states: PurchaseStates?) -> [Int64] {
        (states.map { states in states.lags.indices.map { states.supersededAt(ofRow: $0) } } ?? [])
            .map { $0 == .max ? .max : $0 / 1_000_000 }
    }

    private func states(_ purchases: [Purchase], keys: KeySpec = Purchase.keys) throws -> PurchaseStates {
        try #require(try store(purchases, keys: keys).tables["purchase"]?.purchases)
    }

    @Test func theNewestEventIsTheState() throws {
        let states = try states([
            Purchase(customer: "a", key: "1", at: 10), Purchase(customer: "a", key: "2", at: 20),
            Purchase(customer: "a", key: "1", at: 30, status: "returned"), Purchase(customer: "b", key: "3", at: 5),
        ])
        #expect(Array(states.ordinals) == [0, 1, 0, 0])
        #expect(origins(states) == [10, 20, 10, 5])
        #expect(supersededAt(states) == [30, never, never, never])
        #expect(Array(states.refunds) == [0, 0, 0, 0])
        #expect(states.parents == nil)
    }

    @Test func arrivalOutOfOrderChangesNothing() throws {
        let purchases = [
            Purchase(customer: "a", key: "1", at: 10), Purchase(customer: "a", key: "2", at: 20),
            Purchase(customer: "a", key: "1", at: 30, status: "returned"),
        ]
        let (inOrder, reversed) = (try states(purchases), try states(purchases.reversed()))
        #expect(Array(inOrder.ordinals) == Array(reversed.ordinals))
        #expect(origins(inOrder) == origins(reversed))
        #expect(supersededAt(inOrder) == supersededAt(reversed))
    }

    @Test func ofEqualTimestampsTheLastImportedIsTheState() throws {
        let store = try store([
            Purchase(customer: "a", key: "1", at: 10, status: "z"),
            Purchase(customer: "a", key: "1", at: 10, status: "a"),
            Purchase(customer: "a", key: "1", at: 11, status: "m"),
        ])
        let table = try #require(store.tables["purchase"])
        #expect(supersededAt(try table.purchases) == [10, 11, never])
        #expect(try table.cell(column: "status", row: 1) == .string("a"))
    }

    @Test func repeatsAreOneEvent() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        let purchase = Purchase(customer: "a", key: "1", at: 10)
        let other = Purchase(customer: "a", key: "1", at: 10, status: "x")
        let anonymous = Purchase(customer: "a", key: nil, at: 10)
        let foreign = Purchase(customer: "b", key: "1", at: 10)
        let all = [purchase, other, purchase, anonymous, anonymous, foreign]
        let first = try writer.importing { try $0.add(all) }
        #expect(first.tables.map(\.repeatsDropped) == [1])
        #expect(first.tables.map(\.rowsAdded) == [5])
        #expect(first.tables.map(\.sharedKeys) == [1])
        // The whole delivery again: only the rows without a key, which never merge, are new.
        let second = try writer.importing { try $0.add(all) }
        #expect(second.tables.map(\.repeatsDropped) == [4])
        #expect(second.tables.map(\.rowsAdded) == [2])
        // A redelivery of the older event does not take the state back from the newer one.
        let table = try #require(try folder.store.open()?.tables["purchase"])
        let state = try #require(
            (0..<table.rowCount).last { try table.cell(column: "key", row: $0) != .missing && $0 < 6 })
        #expect(try table.cell(column: "status", row: 0) == .string("success"))
        #expect(supersededAt(try table.purchases)[0] == 10)
        #expect(try table.cell(column: "status", row: state) == .string("x"))
        #expect(supersededAt(try table.purchases)[state] == never)
    }

    @Test func manyRepeatsAtOneInstant() throws {
        let purchases = (0..<20_000).map { Purchase(customer: "a", key: "\($0 % 5_000)", at: 10) }
        let builder = try StoreBuilder()
        try builder.add(purchases)
        #expect(try builder.finish().outcome.tables.map(\.rows) == [5_000])
    }

    @Test func rowsWithoutKeyAreEachTheirOwn() throws {
        let purchases = [
            Purchase(customer: "a", key: nil, at: 10), Purchase(customer: "a", key: nil, at: 10),
            Purchase(customer: "a", key: nil, at: 5, price: "-3"),
        ]
        for keys in [Purchase.keys, KeySpec(amount: "price")] {
            let states = try states(purchases, keys: keys)
            #expect(Array(states.ordinals) == [0, 1, 2])
            #expect(origins(states) == [5, 10, 10])
            #expect(supersededAt(states) == [never, never, never])
            #expect(Array(states.refunds) == [0, 0, 0])
        }
    }

    @Test func negativeRowsOfAKeyAreRefunds() throws {
        let states = try states([
            Purchase(customer: "a", key: "1", at: 5, price: "-1"),  // before its purchase
            Purchase(customer: "a", key: "2", at: 6, price: "-7"),  // nothing but negative
            Purchase(customer: "a", key: "2", at: 7, price: "-8"),
            Purchase(customer: "a", key: "1", at: 10, price: "0"),
            Purchase(customer: "a", key: "1", at: 20, price: "-2"),
            Purchase(customer: "a", key: "1", at: 30, status: "canceled", price: "5"),
            Purchase(customer: "a", key: "3", at: 40, price: nil),
            Purchase(customer: "a", key: "3", at: 41, price: "-4"),
        ])
        #expect(Array(states.refunds) == [1, 0, 0, 0, 1, 0, 0, 1])
        #expect(Array(states.ordinals) == [1, 0, 0, 1, 1, 1, 2, 2])
        #expect(origins(states) == [10, 6, 6, 10, 10, 10, 40, 40])
        #expect(supersededAt(states) == [5, 7, never, 30, 20, never, never, 41])
    }

    @Test func withoutAnAmountNothingIsARefund() throws {
        let states = try states(
            [Purchase(customer: "a", key: "1", at: 5), Purchase(customer: "a", key: "1", at: 6, price: "-1")],
            keys: KeySpec(key: "key"))
        #expect(Array(states.refunds) == [0, 0])
        #expect(supersededAt(states) == [6, never])
    }

    @Test func parents() throws {
        let builder = try StoreBuilder()
        let columns = [ColumnSpec(name: "key", type: .text), ColumnSpec(name: "parent", type: .text)]
        let table = try builder.table("charge", columns: columns, keys: KeySpec(key: "key", parent: "parent"))
        for (customer, key, parent) in [
            ("a", "1", ""), ("a", "2", "1"), ("a", "3", "9"), ("b", "4", "1"), ("b", "5", "6"), ("b", "6", "6"),
        ] {
            try builder.append(
                table: table, customer: builder.customer(customer), timestamp: Instant(seconds: 1),
                cells: [.string(key), parent.isEmpty ? .missing : .string(parent)])
        }
        let states = try #require(try builder.finish().makeStore().tables["charge"]?.purchases)
        #expect(states.parents.map { Array($0) } == [-1, 0, -1, -1, 2, 2])
    }

    @Test(arguments: [true, false]) func refundsOfAnotherTable(refundsFirst: Bool) throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        let refunds = { (builder: StoreBuilder) in
            let columns = [ColumnSpec(name: "of", type: .text), ColumnSpec(name: "price", type: .decimal)]
            let keys = KeySpec(refersTo: KeySpec.Reference(table: "purchase", column: "of"))
            let table = try builder.table("refund", columns: columns, keys: keys)
            for (customer, key) in [("a", "2"), ("a", "1"), ("b", "1"), ("a", ""), ("c", "3"), ("a", "?")] {
                try builder.append(
                    table: table, customer: builder.customer(customer), timestamp: Instant(seconds: 50),
                    cells: [key.isEmpty ? .missing : .string(key), .number("1")])
            }
        }
        let purchases = { (builder: StoreBuilder) in
            try builder.add([
                Purchase(customer: "a", key: "1", at: 10), Purchase(customer: "a", key: "2", at: 20),
                Purchase(customer: "c", key: "3", at: 20), Purchase(customer: "c", key: "4", at: 10),
            ])
        }
        try writer.importing(refundsFirst ? refunds : purchases)
        try writer.importing(refundsFirst ? purchases : refunds)
        let store = try #require(try folder.store.open())
        let table = try #require(store.tables["refund"])
        #expect(try table.purchases == nil)
        var found: [String: [Int32]] = [:]
        for row in 0..<table.rowCount {
            let customer = try store.customers.ids.text(of: UInt32(table.customer(ofRow: row) + 1))
            found[customer, default: []].append(try #require(try table.referredPurchases)[row])
        }
        #expect(found == ["a": [1, 0, -1, -1], "b": [-1], "c": [1]])
    }

    @Test func customersOfKeys() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        // Customer b is the second one, but had the key first.
        try writer.importing { builder in
            _ = builder.customer("a")
            try builder.add([Purchase(customer: "b", key: "1", at: 10), Purchase(customer: "a", key: "1", at: 10)])
            #expect(try builder.customer(ofKey: Array("1".utf8), inTable: "purchase") == 1)
        }
        let builder = try writer.makeBuilder()
        #expect(try builder.customer(ofKey: Array("1".utf8), inTable: "purchase") == builder.customer("b"))
        #expect(try builder.customer(ofKey: Array("2".utf8), inTable: "purchase") == nil)
        #expect(try builder.customer(ofKey: Array("1".utf8), inTable: "refund") == nil)
        try builder.add([Purchase(customer: "c", key: "2", at: 10)])
        #expect(try builder.customer(ofKey: Array("2".utf8), inTable: "purchase") == builder.customer("c"))
    }
}
