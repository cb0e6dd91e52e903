import Catalogs
import Diagnostics
import GRDB
package import Plans
package import Quantities

/// What is deployed in a project, in one SQLite file. A deployment is one transaction: all of it or nothing.
///
/// The file is made by the first deployment. Each call opens it, looks at or changes one state of it, and lets go of it.
package struct DeploymentCatalog: Sendable {
    private let file: CatalogFile

    /// - Parameter path: of the file.
    package init(_ path: String) {
        file = CatalogFile(
            path,
            CatalogFile.Form(
                version: 1, schema: DeploymentCatalog.schema, damaged: .damagedDeployment,
                inaccessible: .storeInaccessible, tooNew: .storeTooNew,
                repair: "restore the file from a backup, or delete it and deploy again"))
    }

    private static let schema = """
        CREATE TABLE deployment (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            use_case TEXT NOT NULL,
            version TEXT NOT NULL,
            title TEXT NOT NULL,
            deployed_at INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            is_current INTEGER NOT NULL,
            checksum INTEGER NOT NULL  -- of all that this database says of the deployment, but for is_current
        ) STRICT;
        CREATE INDEX deployment_of_use_case ON deployment (use_case, is_current);
        CREATE UNIQUE INDEX current_deployment ON deployment (use_case) WHERE is_current = 1;
        CREATE TABLE asset (
            deployment INTEGER NOT NULL REFERENCES deployment (number),
            position INTEGER NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            yaml TEXT NOT NULL,
            PRIMARY KEY (deployment, kind, id)
        ) STRICT;
        """

    /// What the checksum of a deployment is over.
    private static let checkedRows = [
        "SELECT number, use_case, version, title, deployed_at, generation FROM deployment WHERE number = ?1",
        "SELECT * FROM asset WHERE deployment = ?1 ORDER BY position",
    ]

    /// What is deployed of a use case; nil where nothing is.
    ///
    /// - Throws: a `Diagnostic`, `damagedDeployment` where the file is not what was written.
    package func current(useCase: String) throws -> Deployment? {
        try latest(useCase: useCase).flatMap { $0.isDestruction ? nil : $0 }
    }

    /// The last deployment of a use case, also one that destroyed it: what a plan starts from.
    ///
    /// - Throws: as `current(useCase:)`.
    package func latest(useCase: String) throws -> Deployment? {
        try deployments("WHERE use_case = ? AND is_current = 1", [useCase]).first
    }

    /// Everything that is deployed, by use case.
    ///
    /// - Throws: as `current(useCase:)`.
    package func current() throws -> [Deployment] {
        try deployments("WHERE is_current = 1 ORDER BY use_case").filter { !$0.isDestruction }
    }

    /// All deployments of a use case, the oldest first: what was replaced is kept.
    ///
    /// - Throws: as `current(useCase:)`.
    package func history(useCase: String) throws -> [Deployment] {
        try deployments("WHERE use_case = ? ORDER BY number", [useCase])
    }

    /// Applies a plan in one transaction, which is on the disk when this returns.
    ///
    /// - Parameter completing: what belongs to the deployment elsewhere, done last; where it throws nothing is deployed.
    /// - Returns: the deployment, or nil where the plan changes nothing.
    /// - Throws: `DeploymentConflict` where somebody else deployed since the plan was made; a `Diagnostic`. Nothing is
    ///   changed then.
    package func apply(
        _ plan: DeploymentPlan, generation: Int, at instant: Instant, completing: () throws -> Void = {}
    ) throws -> Deployment? {
        guard plan.hasChanges || plan.baseVersion != plan.blueprint.version else { return nil }
        let blueprint = plan.blueprint
        try file.create()
        return try file.open().write { database in
            let found = try Int.fetchOne(
                database, sql: "SELECT number FROM deployment WHERE use_case = ? AND is_current = 1",
                arguments: [blueprint.useCase])
            guard found == plan.base else { throw DeploymentConflict(expected: plan.base, found: found) }
            try database.execute(
                sql: "UPDATE deployment SET is_current = 0 WHERE use_case = ? AND is_current = 1",
                arguments: [blueprint.useCase])
            try database.execute(
                sql: """
                    INSERT INTO deployment
                    (use_case, version, title, deployed_at, generation, is_current, checksum)
                    VALUES (?, ?, ?, ?, ?, 1, 0)
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
            let checksum = try database.checksum(of: DeploymentCatalog.checkedRows, arguments: [number])
            try database.execute(
                sql: "UPDATE deployment SET checksum = ? WHERE number = ?", arguments: [checksum, number])
            try completing()
            return Deployment(number: number, deployedAt: instant, generation: generation, blueprint: blueprint)
        }
    }

    /// Nothing where there is no file.
    private func deployments(_ condition: String, _ arguments: StatementArguments = []) throws -> [Deployment] {
        guard file.isThere else { return [] }
        return try file.open().read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM deployment \(condition)", arguments: arguments)
                .map { try deployment($0, database) }
        }
    }

    private func deployment(_ row: Row, _ database: Database) throws -> Deployment {
        let number: Int = row["number"]
        guard
            try database.checksum(of: DeploymentCatalog.checkedRows, arguments: [number]) == row["checksum"]
        else { throw file.damage("what it says of deployment \(number) does not match its checksum") }
        let assets = try Row.fetchAll(
            database, sql: "SELECT * FROM asset WHERE deployment = ? ORDER BY position", arguments: [number]
        ).map { row in
            let kind: String = row["kind"]
            guard let kind = Asset.Kind(rawValue: kind) else {
                throw file.damage("deployment \(number) holds an asset of the unknown kind '\(kind)'")
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

    package init(expected: Int?, found: Int?) {
        self.expected = expected
        self.found = found
    }
}
