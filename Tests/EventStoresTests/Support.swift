import Diagnostics
import EventStores
import Foundation
import Quantities

/// A folder for one test, removed with the object.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/tenure-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var store: StoreDirectory { StoreDirectory(path + "/store") }

    /// Every file of a generation, by path.
    func files(ofGeneration number: Int) throws -> [String] {
        let folder = store.path + "/parts/\(number)"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { folder + "/" + $0 }
    }
}

/// A number generator that repeats itself for a seed (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Cell {
    static func string(_ text: String) -> Cell { .text(Array(text.utf8)[...]) }

    /// A decimal from text; text that is no number is missing.
    static func number(_ text: String) -> Cell { ExactDecimal(text).map { .decimal($0) } ?? .missing }
}

extension StoreBuilder {
    func customer(_ id: String) -> Int { customer(id.utf8) }
}

extension StoreWriter {
    /// One import: a builder that goes on, filled and committed.
    @discardableResult
    func importing(_ fill: (StoreBuilder) throws -> Void) throws -> ImportOutcome {
        let builder = try makeBuilder()
        try fill(builder)
        return try commit(try builder.finish(), sources: ["test"], createdAt: Instant(seconds: 1))
    }
}

/// A row of the table `purchase` with the columns key, status, price.
struct Purchase: Hashable {
    var customer: String
    var key: String?
    var at: Int64
    var status: String = "success"
    var price: String? = "1"

    static let columns = [
        ColumnSpec(name: "key", type: .text), ColumnSpec(name: "status", type: .text),
        ColumnSpec(name: "price", type: .decimal),
    ]

    static let keys = KeySpec(key: "key", amount: "price")

    var cells: [Cell] {
        [key.map { .string($0) } ?? .missing, .string(status), price.map { .number($0) } ?? .missing]
    }
}

extension StoreBuilder {
    func add(_ purchases: [Purchase], keys: KeySpec = Purchase.keys) throws {
        let table = try table("purchase", columns: Purchase.columns, keys: keys)
        for purchase in purchases {
            try append(
                table: table, customer: customer(purchase.customer), timestamp: Instant(seconds: purchase.at),
                cells: purchase.cells)
        }
    }
}

/// A store in memory of the given purchases.
func store(_ purchases: [Purchase], keys: KeySpec = Purchase.keys) throws -> EventStore {
    let builder = try StoreBuilder()
    try builder.add(purchases, keys: keys)
    return try builder.finish().makeStore()
}

/// Everything that a store holds, as plain values that can be compared.
struct Contents: Equatable {
    var customers: [String] = []
    var properties: [String: [Cell]] = [:]
    var tables: [String: Table] = [:]

    struct Table: Equatable {
        var rows: [Row] = []
        var ordinals: [Int32] = []
        var origins: [Int64] = []
        var supersededAt: [Int64] = []
        var refunds: [UInt8] = []
        var parents: [Int32]?
        var referred: [Int32]?
    }

    struct Row: Hashable {
        var customer: String
        var timestamp: Int64
        var cells: [String: Cell]
    }

    init(_ store: EventStore) throws {
        customers = try (0..<store.customers.count).map { try store.customers.ids.text(of: UInt32($0 + 1)) }
        for spec in store.customers.propertySpecs {
            let column = try store.customers.property(spec.name)
            properties[spec.name] = customers.indices.compactMap { column?.cell($0) }
        }
        for (name, table) in store.tables {
            var contents = Table()
            let columns = try table.columnSpecs.compactMap { spec in try table.column(spec.name).map { (spec.name, $0) }
            }
            for row in 0..<table.rowCount {
                contents.rows.append(
                    Row(
                        customer: customers[try table.customer(ofRow: row)], timestamp: try table.timestamps[row],
                        cells: Dictionary(uniqueKeysWithValues: columns.map { ($0, $1.cell(row)) })))
            }
            if let purchases = try table.purchases {
                contents.ordinals = Array(purchases.ordinals)
                contents.origins = contents.rows.indices.map { purchases.origin(ofRow: $0) }
                contents.supersededAt = contents.rows.indices.map { purchases.supersededAt(ofRow: $0) }
                contents.refunds = Array(purchases.refunds)
                contents.parents = purchases.parents.map { Array($0) }
            }
            contents.referred = try table.referredPurchases.map { Array($0) }
            tables[name] = contents
        }
    }
}

/// The code of the diagnostic that the body throws; nil where it throws none.
func code(of body: () throws -> Void) -> Code? {
    do {
        try body()
        return nil
    } catch let diagnostic as Diagnostic {
        return diagnostic.code
    } catch let list as DiagnosticList {
        return list.diagnostics.first?.code
    } catch {
        return nil
    }
}
