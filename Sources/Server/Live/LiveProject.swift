package import Definitions
package import Deployments
import Diagnostics
package import EventStores
import Foundation
import HTTPTypes
import Imports
import Plans
package import Projects
package import Quantities
import Queries
import Synchronization

/// A project on disk that others change while it is served: its files, its data and what is deployed, opened once for
/// each state of the disk.
package final class LiveProject: Sendable {
    package let folder: ProjectFolder
    let workers: Workers
    private let threads: Int
    private let latest = Mutex<(stamp: FileStamp, state: ProjectState)?>(nil)
    /// Where the rates are, by the state of project.yaml.
    private let rates = Mutex<(project: FileStamp, path: String?)?>(nil)
    /// Under way: who asks for the same state of the disk meanwhile waits for it.
    private let opening = Mutex<(stamp: FileStamp, task: Task<ProjectState, any Error>)?>(nil)

    /// - Parameter threads: of one evaluation.
    package init(_ folder: ProjectFolder, workers: Workers, threads: Int) {
        self.folder = folder
        self.workers = workers
        self.threads = threads
    }

    /// The state of the disk as it is now.
    ///
    /// - Throws: `DiagnosticList` or `Diagnostic` where the project cannot be read or has no data.
    package func state() async throws -> ProjectState {
        if let state = unchanged() { return state }
        let now = stamp()
        let task = opening.withLock { opening in
            if let opening, opening.stamp == now { return opening.task }
            let task = Task { try await open() }
            opening = (now, task)
            return task
        }
        defer { opening.withLock { if $0?.task == task { $0 = nil } } }
        return try await task.value
    }

    private func open() async throws -> ProjectState {
        try await workers.run { [self] in
            if let state = unchanged() { return state }
            // Taken before reading: what changes meanwhile is seen by the next request.
            let stamp = stamp()
            let state = try ProjectState(folder, threads: threads)
            latest.withLock { $0 = (stamp, state) }
            return state
        }
    }

    /// What was read last, however the disk is now.
    var known: ProjectState? { latest.withLock { $0?.state } }

    /// The state, for what is asked every few seconds: tables are not looked at for it, and what is newer there is seen when
    /// somebody asks for numbers.
    func lately() async throws -> ProjectState {
        if let known = latest.withLock({ $0 }), known.state.isOfTables, known.stamp == stamp() {
            return known.state
        }
        return try await state()
    }

    /// Of all files that answers may depend on: also of those that what is deployed does not.
    var wholeStamp: String { "\(stamp()) \(FileStamp([path("values.yaml"), path("usecases")]))" }

    /// What posts are held against, which goes on where nothing can be evaluated.
    ///
    /// - Throws: `DiagnosticList` or `Diagnostic` where the project or its data cannot be read.
    func posting() async throws -> (project: Project, limits: PostedLimits) {
        if let state = unchanged() { return (state.data.project, state.limits) }
        if let state = try? await state() { return (state.data.project, state.limits) }
        return try await workers.run { [self] in
            (try folder.project(), PostedLimits(try StoreDirectory(folder.storePath).open()))
        }
    }

    /// What was read last, unless something of it has changed.
    private func unchanged() -> ProjectState? {
        guard let known = latest.withLock({ $0 }), known.stamp == stamp(), known.state.isFresh else {
            return nil
        }
        return known.state
    }

    /// Of the files that answers are made from. Use cases and values are not among them: what is deployed is evaluated.
    private func stamp() -> FileStamp {
        let files = [".tenure/store/catalog.sqlite", ".tenure/deployments.sqlite", "project.yaml"]
        return FileStamp(files.map(path) + [ratesPath].compactMap(\.self))
    }

    /// Nil where there are none, or project.yaml cannot be read.
    private var ratesPath: String? {
        let project = FileStamp([path("project.yaml")])
        return rates.withLock { rates in
            if let rates, rates.project == project { return rates.path }
            let found = (try? folder.project())?.fx.map { path($0.file.value) }
            rates = (project, found)
            return found
        }
    }

    private func path(_ name: String) -> String { folder.url.appending(path: name).path }
}

/// One state of a project: a generation of its data, what is deployed, and the policies.
package final class ProjectState: Sendable {
    package let data: ProjectData
    /// Dashboards that are deployed, by their id; where two use cases have the same, that of the later deployment.
    package let dashboards: [String: DeployedDashboard]
    /// Of what is posted to it.
    let limits: PostedLimits
    /// All that is deployed, by use case.
    package let deployments: [Deployment]
    /// The sources that project.yaml names, with what the data has of them.
    package let sources: [SourceState]
    /// Differs where answers could differ: generation, deployments, policies. Tables do not say when they change.
    package let version: String
    /// When tables were looked at, which do not say when they change; nil for the store, which does.
    private let lookedAt: Instant?
    private let use: Mutex<TableUse>

    /// How a state of tables is used.
    private struct TableUse {
        /// How long the slowest answer took, and the look itself, in microseconds.
        var slowest: Int64
        /// Answers that are under way.
        var working = 0
        /// Spark has failed: another session may not.
        var isBroken = false
    }

    var isOfTables: Bool { lookedAt != nil }

    /// What answers are kept under: the version, and when tables were looked at.
    var answersVersion: String { "\(version) \(lookedAt?.microseconds ?? 0)" }

    /// Answers from tables are kept for a minute; where one takes long, for ten times as long as it took, and at most for an hour.
    var isFresh: Bool {
        guard let lookedAt else { return true }
        let age = Machine.now.microseconds - lookedAt.microseconds
        return use.withLock { use in
            if use.isBroken || age >= 3_600_000_000 { return false }
            return use.working > 0 || age < max(60_000_000, 10 * use.slowest)
        }
    }

    /// Runs what makes an answer, and remembers how long it took.
    func timed<Result>(_ make: () throws -> Result) throws -> Result {
        let start = ContinuousClock.now
        use.withLock { $0.working += 1 }
        defer { use.withLock { $0.working -= 1 } }
        do {
            let result = try make()
            let took = start.duration(to: .now).microseconds
            use.withLock { $0.slowest = max($0.slowest, took) }
            return result
        } catch {
            let found = (error as? DiagnosticList)?.diagnostics ?? [error as? Diagnostic].compactMap(\.self)
            if found.contains(where: { Code.spark.contains($0.code) }) { use.withLock { $0.isBroken = true } }
            throw error
        }
    }

    init(_ folder: ProjectFolder, threads: Int) throws {
        let (now, start) = (Machine.now, ContinuousClock.now)
        data = try ProjectData(folder, threads: threads)
        lookedAt = data.source.store == nil ? now : nil
        use = Mutex(TableUse(slowest: start.duration(to: .now).microseconds))
        limits = PostedLimits(data.source.store)
        let files = try StoreDirectory(folder.storePath).importedFiles()
        sources = data.project.sources.map { source in
            let own = files.filter { $0.source == source.name.value }
            return SourceState(
                name: source.name.value, files: own, bytes: own.reduce(0) { $0 + $1.size },
                updatedAt: own.map(\.importedAt).max(),
                rows: own.reduce(RowCounts()) { $0 + $1.rows }, isPosted: source.isPosted)
        }
        deployments = try folder.deployments().current()
        var dashboards: [String: DeployedDashboard] = [:]
        for deployment in deployments.sorted(by: { $0.number < $1.number }) {
            let definition = try deployment.definition()
            guard let dashboard = definition.dashboard else { continue }
            dashboards[dashboard.id.value] = DeployedDashboard(
                deployment: deployment, definition: definition, dashboard: dashboard,
                hash: deployment.blueprint.hash)
        }
        self.dashboards = dashboards
        // A store that was made anew counts its generations from one again.
        let made = try StoreDirectory(folder.storePath).generations().first { [data] in
            $0.number == data.source.store?.generation
        }
        let rates = data.project.fx.map { folder.url.appending(path: $0.file.value) }
        let contents = [folder.url.appending(path: "project.yaml"), rates].compactMap(\.self).map { file in
            hexadecimalChecksum(Array(FileManager.default.contents(atPath: file.path) ?? Data()))
        }
        let text =
            "\(contents) \(made?.createdAt.microseconds ?? 0) "
            + deployments.map { "\($0.number) \($0.blueprint.hash)" }.joined(separator: ",")
        version =
            "\(data.source.generation)-\(deployments.map(\.number).max() ?? 0)-"
            + hexadecimalChecksum(Array(text.utf8)).prefix(8)
    }

    /// A deployed dashboard by id.
    ///
    /// - Throws: `Problem` 404 that names those there are.
    func dashboard(_ id: String) throws -> DeployedDashboard {
        if let found = dashboards[id] { return found }
        let known = dashboards.keys.sorted()
        throw Problem(
            .notFound, "no deployed use case has a report or dashboard '\(id)'",
            hints: didYouMean(id, among: known)
                + [known.isEmpty ? "nothing is deployed yet" : "there are: \(known.joined(separator: ", "))"])
    }
}

/// A source of project.yaml as it stands in the data.
package struct SourceState: Sendable {
    package var name: String
    /// That were imported, oldest first; none where it is new in project.yaml.
    package var files: [ImportedFile]
    package var bytes: Int
    /// When a file of it was imported last; nil where none was.
    package var updatedAt: Instant?
    /// What became of the rows of all its files.
    package var rows: RowCounts

    /// It takes what is posted.
    package var isPosted: Bool

    /// `imported`, `not imported`, or `nothing posted`
    package var state: String { !files.isEmpty ? "imported" : isPosted ? "nothing posted" : "not imported" }
}

package struct DeployedDashboard: Sendable {
    package let deployment: Deployment
    package let definition: UseCase
    package let dashboard: DashboardDefinition
    /// Of the definition.
    package let hash: String

    package var useCase: String { deployment.blueprint.useCase }
}

extension Duration {
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
