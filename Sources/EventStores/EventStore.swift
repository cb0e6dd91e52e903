package import Quantities
import Queries

/// One generation of the store, opened for reading; immutable.
///
/// It stays readable while later imports are committed: the kernel's shared locks on the folders of its parts, which go
/// with the object or its process, keep them from being deleted.
package final class EventStore: Sendable {
    /// The number of the generation; 0 for a store in memory.
    package let generation: Int
    package let customers: CustomerTable
    package let tables: [String: EventTable]
    /// Event types in the order in which they were first imported.
    package let tableNames: [String]
    let join: PartJoin
    /// By position.
    let records: [TableRecord]
    /// What the catalog says; nil for a store in memory.
    let record: GenerationRecord?
    /// Locks on what is read.
    let holds: [Descriptor]

    /// - Parameters:
    ///   - parts: oldest first, at least one.
    ///   - tables: what all parts together have, by position.
    init(
        generation: Int, parts: [StorePart], tables: [TableRecord], record: GenerationRecord? = nil,
        holds: [Descriptor] = []
    ) {
        self.record = record
        self.generation = generation
        self.holds = holds
        records = tables
        let join = PartJoin(parts)
        self.join = join
        customers = CustomerTable(
            count: join.customerCount, ids: Lazy { try join.ids() }, attributes: join.properties)
        tableNames = tables.map(\.name)
        self.tables = Dictionary(
            uniqueKeysWithValues: tables.enumerated().map { ($1.name, join.table($0, $1)) })
    }

    /// The store that a builder collected, in memory only; for tests and for evaluating given events.
    convenience init(_ content: GenerationContent) {
        self.init(generation: 0, parts: [StorePart(content)], tables: content.tables.map { TableRecord($0) })
    }

    /// The timestamp of the newest event of any type; nil without events.
    package var newestEvent: Instant? { records.compactMap(\.span?.upperBound).max() }

    /// Reads every file of the generation and compares it with its checksum.
    ///
    /// - Throws: `storeDamaged`, for the first that differs.
    package func verify() throws {
        for part in join.parts { try part.verify() }
    }
}
