import EventStores
import Foundation
import Quantities
import Testing

/// Random purchases in random batches, against the rules of the semantics written down without any cleverness.
@Suite struct ModelTests {
    @Test func randomImportsMatchTheModel() throws {
        let seed = ProcessInfo.processInfo.environment["TENURE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)
        print("ModelTests: TENURE_SEED=\(seed)")
        var generator = SeededGenerator(state: seed)
        for round in 0..<150 {
            let purchases = (0..<Int.random(in: 0...40, using: &generator)).map { _ in random(&generator) }
            // Every tenth round through the disk.
            let folder = round % 10 == 0 ? try TemporaryFolder() : nil
            let store = try imported(purchases, folder, &generator)
            let expected = model(purchases)
            let found = try Contents(store).tables["purchase"] ?? Contents.Table()
            #expect(found == expected, "TENURE_SEED=\(seed), round \(round)")
        }
    }

    private func random(_ generator: inout SeededGenerator) -> Purchase {
        func one<Value>(_ values: [Value]) -> Value { values[Int.random(in: values.indices, using: &generator)] }
        return Purchase(
            customer: one(["a", "b", "c"]), key: one(["1", "2", "3", "4", nil]),
            at: Int64.random(in: -3...6, using: &generator), status: one(["s", "s", "r"]),
            price: one(["1", "2.50", "0", "-1", "-0.001", nil]))
    }

    /// Imports the purchases in batches of random length, each going on from the one before.
    private func imported(
        _ purchases: [Purchase], _ folder: TemporaryFolder?, _ generator: inout SeededGenerator
    ) throws -> EventStore {
        var store = try StoreBuilder().finish().makeStore()
        var rest = purchases[...]
        repeat {
            let batch = rest.prefix(Int.random(in: 1...20, using: &generator))
            rest = rest.dropFirst(batch.count)
            if let folder {
                try folder.store.makeWriter().importing { try $0.add(Array(batch)) }
                store = try #require(try folder.store.open())
            } else {
                let builder = try StoreBuilder(extending: store)
                try builder.add(Array(batch))
                store = try builder.finish().makeStore()
            }
        } while !rest.isEmpty
        return store
    }

    private func model(_ imported: [Purchase]) -> Contents.Table {
        // Repeats of rows with a key: the first stays.
        var purchases: [Purchase] = []
        for purchase in imported where purchase.key == nil || !purchases.contains(purchase) {
            purchases.append(purchase)
        }
        var customers: [String] = []
        for purchase in imported where !customers.contains(purchase.customer) { customers.append(purchase.customer) }

        var table = Contents.Table()
        for customer in customers {
            // Sorting positions too keeps the order of import for equal timestamps.
            let rows = purchases.enumerated().filter { $0.element.customer == customer }
                .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
            let units = rows.map { $0.price.flatMap { ExactDecimal($0) } }
            func siblings(_ row: Int) -> [Int] {
                rows[row].key == nil ? [row] : rows.indices.filter { rows[$0].key == rows[row].key }
            }
            func isRefund(_ row: Int) -> Bool {
                guard rows[row].key != nil, let amount = units[row], amount < .zero else { return false }
                return siblings(row).contains { units[$0].map { $0 >= .zero } ?? true }
            }
            func states(_ row: Int) -> [Int] { siblings(row).filter { !isRefund($0) } }
            let firsts = rows.indices.filter { !isRefund($0) && states($0).first == $0 }
            for row in rows.indices {
                let first = states(row)[0]
                let next = states(row).first { $0 > row }
                let state = next.map { rows[$0].at * 1_000_000 } ?? .max
                table.rows.append(
                    Contents.Row(
                        customer: customer, timestamp: rows[row].at * 1_000_000,
                        cells: Dictionary(uniqueKeysWithValues: zip(["key", "status", "price"], rows[row].cells))))
                table.ordinals.append(Int32(firsts.firstIndex(of: first) ?? -1))
                table.origins.append(rows[first].at * 1_000_000)
                table.refunds.append(isRefund(row) ? 1 : 0)
                table.supersededAt.append(isRefund(row) ? rows[row].at * 1_000_000 : state)
            }
        }
        return table
    }
}
