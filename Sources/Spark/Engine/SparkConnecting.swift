package import Definitions
import Diagnostics
package import Foundation
import Quantities
import Queries

extension SparkEngine {
    /// What connecting needs to know of the program and its surroundings.
    package struct Surroundings: Sendable {
        /// `tenure-spark`
        package var program: URL
        package var environment: [String: String]
        /// Told how far statements are; nil where one has ended.
        package var progress: @Sendable (SparkProgress?) -> Void

        package init(
            program: URL, environment: [String: String],
            progress: @escaping @Sendable (SparkProgress?) -> Void = { _ in }
        ) {
            self.program = program
            self.environment = environment
            self.progress = progress
        }
    }

    /// Connects to a project's Spark and looks at the tables that its sources name.
    ///
    /// The address is that of project.yaml or, where there is none, `SPARK_REMOTE`, as Spark's own clients have it; the token
    /// that of the address, of project.yaml, or `SPARK_CONNECT_AUTHENTICATE_TOKEN`.
    ///
    /// - Throws: `Diagnostic`; `DiagnosticList` where tables or columns are missing.
    package static func connected(
        _ project: Project, _ connection: Project.Spark, _ surroundings: Surroundings
    ) throws -> SparkEngine {
        let place = connection.remote?.place ?? project.engine.place
        let endpoint = try endpoint(connection, surroundings.environment, at: place)
        guard FileManager.default.isExecutableFile(atPath: surroundings.program.path) else {
            throw Diagnostic(
                .error, .missingExtension, "\(surroundings.program.lastPathComponent) is not installed beside tenure",
                at: project.engine.place)
        }
        return try diagnosed(at: place) {
            let session = try ProgramSession(
                endpoint, program: surroundings.program, timeout: connection.timeout.map(Double.init) ?? 0,
                progress: surroundings.progress)
            let tables = try ProjectTables.tables(project, session)
            var views = ViewPlace(
                schema: try connection.views.map { try SparkTable.identifier($0) }, project: project.name.value)
            if case .instant = project.asOf.value { views.isLive = false }
            return SparkEngine(DiagnosingSession(session, place, surroundings.progress), tables, views: views)
        }
    }

    private static func endpoint(
        _ connection: Project.Spark, _ environment: [String: String], at place: Place?
    ) throws -> SparkEndpoint {
        guard let address = connection.remote?.value ?? environment["SPARK_REMOTE"] else {
            throw Diagnostic(
                .error, .sparkAddress, "the engine is Spark, and no address is given", at: place,
                hints: ["engine: {spark: {remote: \"sc://host:15002\"}}", "or SPARK_REMOTE in the environment"])
        }
        do throws(SparkEndpoint.Mistake) {
            if let token = connection.token?.value { return try SparkEndpoint(address, token: token) }
            let plain = try SparkEndpoint(address)
            guard plain.token == nil, let token = environment["SPARK_CONNECT_AUTHENTICATE_TOKEN"], !token.isEmpty else {
                return plain
            }
            return try SparkEndpoint(address, token: token)
        } catch {
            throw Diagnostic(.error, .sparkAddress, error.message, at: place)
        }
    }
}

/// Says what a session's failures mean to a user.
struct DiagnosingSession: SparkSession {
    private let session: any SparkSession
    private let place: Place?
    private let progress: @Sendable (SparkProgress?) -> Void

    init(_ session: any SparkSession, _ place: Place?, _ progress: @escaping @Sendable (SparkProgress?) -> Void) {
        self.session = session
        self.place = place
        self.progress = progress
    }

    func rows(_ statement: SQLStatement) throws -> SQLRows {
        defer { progress(nil) }
        return try diagnosed(at: place) { try session.rows(statement) }
    }

    func rowsIfThere(_ statement: SQLStatement) throws -> SQLRows? {
        defer { progress(nil) }
        return try diagnosed(at: place) { try session.rowsIfThere(statement) }
    }
}

private func diagnosed<Result>(at place: Place?, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let failure as SparkFailure {
        throw failure.diagnostic(at: place)
    }
}

extension SparkFailure {
    /// - Parameter place: where the connection is described.
    func diagnostic(at place: Place?) -> Diagnostic {
        func problem(_ code: Code, _ hints: [String] = []) -> Diagnostic {
            Diagnostic(.error, code, message, at: place, hints: hints)
        }
        switch kind {
        case .unavailable:
            return problem(
                .sparkUnavailable,
                [
                    "the address is that of a Spark Connect server: sc://host:15002",
                    "with use_ssl=true, or a token, a server on another machine has to speak TLS",
                ])
        case .unauthenticated: return problem(.sparkAccess, ["token: \"${env:NAME}\""])
        case .unsupportedServer: return problem(.sparkVersion)
        case .timeout: return problem(.sparkTimeout, ["timeout: allows more seconds"])
        case .canceled: return Diagnostic(.error, .interrupted, message, at: nil)
        case .statement:
            // What the mapping refuses says itself where it is.
            if errorClass == "USER_RAISED_EXCEPTION" { return Diagnostic(.error, .sparkStatement, message, at: nil) }
            let name = errorClass.map { "Spark says \($0): " } ?? "Spark says: "
            return Diagnostic(.error, .sparkStatement, name + message, at: nil)
        case .malformedAnswer: return Diagnostic(.error, .sparkStatement, message, at: nil)
        }
    }
}
