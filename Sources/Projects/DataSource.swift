package import Definitions
package import EventStores
package import Queries

/// How engines are made: programs name them, this module knows none.
package struct Engines: Sendable {
    /// On a store, with that many threads.
    package var embedded: @Sendable (EventStore, Int) -> any QueryEngine
    /// On the tables that a project's sources name. Throws `Diagnostic` or `DiagnosticList`.
    package var spark: @Sendable (Project, Project.Spark) throws -> any QueryEngine

    package init(
        embedded: @escaping @Sendable (EventStore, Int) -> any QueryEngine,
        spark: @escaping @Sendable (Project, Project.Spark) throws -> any QueryEngine
    ) {
        self.embedded = embedded
        self.spark = spark
    }
}

/// A project's data where its engine looks: a generation of the store, or tables that are as they are when they are asked.
package struct DataSource: Sendable {
    package let engine: any QueryEngine
    /// Nil for tables.
    package let store: EventStore?

    /// 0 for tables, which have none.
    package var generation: Int { store?.generation ?? 0 }

    /// What results say that they were made from.
    package var version: String { store.map { String($0.generation) } ?? "live" }
}
