import Queries

/// What an import did to the store.
package struct ImportOutcome: Codable, Hashable, Sendable {
    /// The generation that was made; 0 as long as it is not written.
    package var generation: Int
    /// Of all its files; 0 as long as it is not written.
    package var bytes: Int
    /// Customers in the store, and how many of them are new.
    package var customers: Int
    package var customersAdded: Int
    /// Every event type of the store, in order of first import.
    package var tables: [TableOutcome]

    package struct TableOutcome: Codable, Hashable, Sendable {
        package var name: String
        /// Rows in the store.
        package var rows: Int
        /// Rows that this import added: those appended, without repeats.
        package var rowsAdded: Int
        /// Rows that were left out because the same event with the same content is there already.
        package var repeatsDropped: Int
        /// Keys that more than one customer has: each customer then has a purchase of that key. Worth a warning.
        package var sharedKeys: Int

        package init(name: String, rows: Int, rowsAdded: Int, repeatsDropped: Int, sharedKeys: Int) {
            self.name = name
            self.rows = rows
            self.rowsAdded = rowsAdded
            self.repeatsDropped = repeatsDropped
            self.sharedKeys = sharedKeys
        }
    }
}

/// What an import adds or makes, in stored order, with its purchases resolved.
package struct FinishedGeneration: Sendable {
    /// The whole generation, or the part that it has more than the one it goes on from.
    let content: GenerationContent
    /// The generation that it comes after; nil for none.
    let base: Int?
    package let outcome: ImportOutcome
    /// Nil where `content` is the whole generation.
    var appended: Appended?

    struct Appended: Sendable {
        /// What the part is added to, which stays readable for as long as this is there.
        var store: EventStore
        /// Of the generation.
        var tables: [TableRecord]
        var profile: DataProfile
    }

    /// The generation as a store in memory, with the number 0; what it goes on from stays on disk.
    package func makeStore() -> EventStore {
        guard let appended else { return EventStore(content) }
        return EventStore(
            generation: 0, parts: appended.store.join.parts + [StorePart(content)], tables: appended.tables,
            holds: appended.store.holds)
    }
}
