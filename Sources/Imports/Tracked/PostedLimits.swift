import Diagnostics
package import EventStores
import Quantities
import Synchronization

/// What posted values may be, so that whatever else is posted, and whatever the store has, each fits beside the others: a
/// post that was acknowledged can not be refused by the import because of another one.
package final class PostedLimits: Sendable {
    /// Digits after the point of a posted number, and whole ones: both together fit into 64 bits.
    static let digits = 6
    static let wholeDigits = 12
    /// Event types that posts may bring into being, and bytes of a type's name.
    static let types = 500
    static let typeLength = 200

    /// That the limits are of; nil before the first import.
    package let store: EventStore?
    /// Digits after the point that stored numbers leave room for, by event type (empty for customers) and attribute.
    private let room = Mutex<[[String]: Int]>([:])

    package init(_ store: EventStore?) {
        self.store = store
    }

    /// - Parameter event: nil for a property of customers.
    /// - Throws: `valueOutOfRange`, `storeDamaged`.
    func check(_ value: ExactDecimal, event: String?, attribute: String) throws {
        let value = value.normalized
        let allowed = try digits(event, attribute)
        guard value.scale <= allowed else {
            throw Diagnostic(
                .error, .valueOutOfRange,
                "\(attribute): \(value) has \(value.scale) digits after the point, and a posted number has at most \(allowed) here"
            )
        }
        guard
            value.units.magnitude / UInt128(ExactDecimal.power(value.scale))
                < UInt128(ExactDecimal.power(PostedLimits.wholeDigits))
        else {
            throw Diagnostic(
                .error, .valueOutOfRange,
                "\(attribute): \(value) has more than \(PostedLimits.wholeDigits) digits before the point")
        }
    }

    private func digits(_ event: String?, _ attribute: String) throws -> Int {
        let key = [event ?? "", attribute]
        if let known = room.withLock({ $0[key] }) { return known }
        let found =
            try store?.digitsLeft(event: event, attribute: attribute, upTo: PostedLimits.digits) ?? PostedLimits.digits
        room.withLock { $0[key] = found }
        return found
    }
}

/// A sink in memory that holds posts to their limits.
final class PostedSink: EventSink {
    private let builder: StoreBuilder
    private let limits: PostedLimits
    private let times: ClosedRange<Instant>
    private var tables: [Int: (name: String, columns: [ColumnSpec], keys: KeySpec)] = [:]
    /// Whether each event needs a value of its key: not in a log of many kinds of events, of which some have none.
    var needsKeys = false
    /// Values of properties that were set.
    private(set) var propertiesSet = 0

    /// - Parameter times: that events may have.
    init(_ limits: PostedLimits, times: ClosedRange<Instant>) throws {
        self.limits = limits
        self.times = times
        builder = try StoreBuilder(extending: limits.store)
    }

    func customer(_ id: ArraySlice<UInt8>) -> Int { builder.customer(id) }

    func table(_ name: String, columns: [ColumnSpec], keys: KeySpec) throws -> Int {
        let known = limits.store?.tables.count ?? 0
        guard
            limits.store?.tables[name] != nil
                || (known < PostedLimits.types && name.utf8.count <= PostedLimits.typeLength)
        else {
            throw Diagnostic(
                .error, .storeFull,
                "there is no event type '\(name.prefix(40))', and posts make at most \(PostedLimits.types), with names of at most "
                    + "\(PostedLimits.typeLength) bytes")
        }
        let table = try builder.table(name, columns: columns, keys: keys)
        tables[table] = (name, columns, keys)
        return table
    }

    func check(table: Int, timestamp: Instant, cells: [Cell]) throws {
        guard times.contains(timestamp) else {
            throw Diagnostic(.error, .importTimestamp, "\(timestamp) is before 1970, or has not come yet")
        }
        if let known = tables[table] {
            for (column, cell) in zip(known.columns, cells) {
                // Posted again, as senders do, it would count again.
                if needsKeys, cell == .missing, column.name == known.keys.key {
                    throw Diagnostic(.error, .keyColumnUnusable, "the key '\(column.name)' is missing")
                }
                if case .decimal(let value) = cell {
                    try limits.check(value, event: known.name, attribute: column.name)
                }
            }
        }
        try builder.check(table: table, timestamp: timestamp, cells: cells)
    }

    func append(table: Int, customer: Int, timestamp: Instant, cells: [Cell]) throws {
        try builder.append(table: table, customer: customer, timestamp: timestamp, cells: cells)
    }

    func check(property: ColumnSpec, cell: Cell) throws {
        if case .decimal(let value) = cell { try limits.check(value, event: nil, attribute: property.name) }
        try builder.check(property: property, cell: cell)
    }

    func setProperty(_ property: ColumnSpec, of customer: Int, to cell: Cell) throws {
        try builder.setProperty(property, of: customer, to: cell)
        propertiesSet += 1
    }

    func customer(ofKey key: ArraySlice<UInt8>, inTable name: String) throws -> Int? {
        try builder.customer(ofKey: key, inTable: name)
    }
}
