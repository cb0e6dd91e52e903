import Diagnostics
package import Foundation
import GRDB
package import Plans
package import Quantities

/// What is deployed in a project, in one SQLite file. A deployment is one transaction: all of it or nothing.
package final class DeploymentCatalog: Sendable {
    private let queue: DatabaseQueue

    /// Opens the catalog, making it where there is none.
    ///
    /// - Throws: `DiagnosticList` where the file cannot be opened or is of a newer version.
    package init(file: URL) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
        }
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            queue = try DatabaseQueue(path: file.path, configuration: configuration)
            try DeploymentCatalog.migrator.migrate(queue)
        } catch {
            throw DiagnosticList([
                Diagnostic(.unwritableFile, "the deployments cannot be opened at \(file.path): \(error)")
            ])
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE deployment (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        use_case TEXT NOT NULL,
                        version TEXT NOT NULL,
                        title TEXT NOT NULL,
                        deployed_at INTEGER NOT NULL,
                        generation INTEGER NOT NULL,
                        is_current INTEGER NOT NULL
                    );
                    CREATE UNIQUE INDEX current_deployment ON deployment (use_case) WHERE is_current = 1;
                    CREATE TABLE asset (
                        deployment INTEGER NOT NULL REFERENCES deployment (number),
                        position INTEGER NOT NULL,
                        id TEXT NOT NULL,
                        kind TEXT NOT NULL,
                        name TEXT NOT NULL,
                        yaml TEXT NOT NULL,
                        PRIMARY KEY (deployment, kind, id)
                    );
                    """)
        }
        return migrator
    }

    /// What is deployed of a use case; nil where nothing is.
    package func current(useCase: String) throws -> Deployment? {
        try queue.read { try Self.current(useCase, $0) }
    }

    /// Everything that is deployed, by use case.
    package func current() throws -> [Deployment] {
        try queue.read { database in
            try String.fetchAll(
                database, sql: "SELECT use_case FROM deployment WHERE is_current = 1 ORDER BY use_case"
            ).compactMap { try Self.current($0, database) }
        }
    }

    /// Applies a plan in one transaction.
    ///
    /// - Returns: the deployment, or nil where the plan changes nothing.
    /// - Throws: `DeploymentConflict` where somebody else deployed since the plan was made.
    package func apply(_ plan: DeploymentPlan, generation: Int, at instant: Instant) throws -> Deployment? {
        guard plan.hasChanges || plan.baseVersion != plan.blueprint.version else { return nil }
        let blueprint = plan.blueprint
        return try queue.write { database in
            let found = try Int.fetchOne(
                database, sql: "SELECT number FROM deployment WHERE use_case = ? AND is_current = 1",
                arguments: [blueprint.useCase])
            guard found == plan.base else { throw DeploymentConflict(expected: plan.base, found: found) }
            try database.execute(
                sql: "UPDATE deployment SET is_current = 0 WHERE use_case = ?", arguments: [blueprint.useCase])
            try database.execute(
                sql: """
                    INSERT INTO deployment (use_case, version, title, deployed_at, generation, is_current)
                    VALUES (?, ?, ?, ?, ?, 1)
                    """,
                arguments: [
                    blueprint.useCase, blueprint.version, blueprint.title, instant.microseconds, generation,
                ])
            let number = Int(database.lastInsertedRowID)
            for (position, asset) in blueprint.assets.enumerated() {
                try database.execute(
                    sql: "INSERT INTO asset (deployment, position, id, kind, name, yaml) VALUES (?, ?, ?, ?, ?, ?)",
                    arguments: [number, position, asset.id, asset.kind.rawValue, asset.name, asset.yaml])
            }
            return Deployment(number: number, deployedAt: instant, generation: generation, blueprint: blueprint)
        }
    }

    private static func current(_ useCase: String, _ database: Database) throws -> Deployment? {
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM deployment WHERE use_case = ? AND is_current = 1", arguments: [useCase])
        else { return nil }
        let number: Int = row["number"]
        let assets = try Row.fetchAll(
            database, sql: "SELECT * FROM asset WHERE deployment = ? ORDER BY position", arguments: [number]
        ).map { row in
            let kind: String = row["kind"]
            guard let kind = Asset.Kind(rawValue: kind) else {
                throw DiagnosticList([
                    Diagnostic(.damagedDeployment, "deployment \(number) holds an asset of the unknown kind '\(kind)'")
                ])
            }
            return Asset(id: row["id"], kind: kind, name: row["name"], yaml: row["yaml"])
        }
        return Deployment(
            number: number, deployedAt: Instant(microseconds: row["deployed_at"]), generation: row["generation"],
            blueprint: Blueprint(
                useCase: row["use_case"], version: row["version"], title: row["title"], assets: assets))
    }
}

/// Somebody deployed between plan and deploy. Nothing was changed.
package struct DeploymentConflict: Error, Hashable, Sendable {
    /// The deployment that the plan started from, and the one that is there now.
    package var expected: Int?
    package var found: Int?
}
