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

/// All rows of the next generation in stored order, with their purchases resolved.
package struct FinishedGeneration: Sendable {
    let rows: Rows
    /// The generation that it extends; nil for none.
    let base: Int?

    enum Rows: Sendable {
        case content(GenerationContent, ImportOutcome)
        /// They are sorted and resolved while they are written.
        case spilled(SpilledGeneration)
    }

    /// The generation as a store in memory, with the number 0; of rows that were not spilled.
    package func makeStore() -> EventStore { EventStore(content) }

    var content: GenerationContent {
        guard case .content(let content, _) = rows else { preconditionFailure("spilled rows are not in memory") }
        return content
    }

    /// What the import did, of rows that were not spilled.
    package var outcome: ImportOutcome {
        guard case .content(_, let outcome) = rows else { preconditionFailure("spilled rows are not finished") }
        return outcome
    }
}
