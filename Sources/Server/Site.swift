import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import HTTPTypes
import Plans
import Projects
import Quantities
import Queries
import Synchronization
import Tracking
import Views

/// Everything that is served, without a network: a request in, an answer out.
///
///     WebRequest -> RouteTable -> AccessControl (who may) -> handler -> Answer -> headers that every answer has
///
/// Reports are computed by `Workers` and kept in an `AnswerCache` under the state of the project and the question.
package final class Site: Sendable {
    let live: LiveProject
    let settings: ServerSettings
    let access: AccessControl
    let cache: AnswerCache
    let metrics = ServerMetrics()
    private let late = LateAnswers()
    /// Adds what is posted to the data; runs beside the site.
    package let intake: TrackingIntake
    private let routes: RouteTable
    private let pages: Pages
    private let parts: SiteParts

    package init(_ live: LiveProject, _ settings: ServerSettings) throws {
        self.live = live
        self.settings = settings
        access = AccessControl(live.folder, settings)
        cache = AnswerCache(limit: settings.cacheLimit)
        intake = TrackingIntake(live.folder)
        let journal = PostedJournal(JournalFolder(project: live.folder.url.path))
        parts = SiteParts(
            live: live, cache: cache, metrics: metrics, access: access, settings: settings, journal: journal,
            intake: intake)
        var routes = RouteTable()
        TrackingRoutes(parts).add(to: &routes)
        APIRoutes(parts).add(to: &routes)
        pages = try Pages()
        try WebRoutes(parts, pages).add(to: &routes)
        self.routes = routes
    }

    /// Answers every request; what goes wrong is an answer too.
    ///
    /// - Returns: the answer, and the pattern of its route for logs.
    package func answer(_ request: WebRequest) async -> (answer: Answer, route: String) {
        let start = ContinuousClock.now
        var pattern = "(none)"
        var answer: Answer
        do {
            let match = try routes.match(request)
            pattern = match.pattern
            try access.check(request, pattern: pattern)
            let isForm = request.method == .post && request.path.first == "app"
            let limit = isForm ? settings.formDeadline : settings.deadline
            // Work that began before the disk has changed answers another question.
            let question = request.question.map { "\($0)\n\(live.wholeStamp)" }
            answer = try await late.answer(question, within: limit) {
                try await match.handler(request, match.parameters)
            }
        } catch {
            answer = await failure(error, request)
        }
        SecurityHeaders.add(to: &answer, isPrivate: access.needsToken)
        if request.method == .head {
            answer.headers[.contentLength] = String(answer.body.count)
            answer.body = []
        }
        metrics.count(
            method: request.method.rawValue, route: pattern, status: answer.status.code, took: .now - start)
        return (answer, pattern)
    }

    /// That there is a route for a request, and that its sender may.
    ///
    /// - Throws: `Problem`
    package func precheck(_ request: WebRequest) throws {
        let match = try routes.match(request)
        try access.check(request, pattern: match.pattern)
    }

    /// The answer to what is no request.
    package func refusal(_ problem: Problem, _ method: String) -> Answer {
        var answer = problem.answer
        metrics.count(method: method, route: "(none)", status: answer.status.code, took: .zero)
        SecurityHeaders.add(to: &answer, isPrivate: access.needsToken)
        return answer
    }

    private func failure(_ error: any Error, _ request: WebRequest) async -> Answer {
        let problem: Problem
        switch error {
        case let found as Problem: problem = found
        case let list as DiagnosticList: problem = Problem(list.diagnostics)
        case let diagnostic as Diagnostic: problem = Problem([diagnostic])
        case let conflict as DeploymentConflict:
            problem = Problem(
                .conflict, "another deployment was made meanwhile (\(conflict.found.map { "number \($0)" } ?? "none"))")
        default: problem = Problem(.internalServerError, "an unexpected error: \(error)")
        }
        guard request.path.first == "app" || request.path.isEmpty else { return problem.answer }
        // Who may not look sees nothing of the project's.
        let mayLook = (try? access.role(request))??.allows(.read) ?? false
        // What is late is no reason to look at tables anew.
        let known = problem.isLate ? live.known : nil
        let frame = mayLook && (known != nil || !problem.isLate) ? await parts.frame("", known) : nil
        return ErrorPage.answer(problem, request, pages, frame: frame)
    }
}

/// What routes are made of.
struct SiteParts: Sendable {
    let live: LiveProject
    let cache: AnswerCache
    let metrics: ServerMetrics
    let access: AccessControl
    let settings: ServerSettings
    let journal: PostedJournal
    /// Threads that hold posts against the project: reports do not wait for them, nor they for reports.
    let posts = Workers(2)
    let intake: TrackingIntake
    /// Of this process: another one may have other templates, or be another version.
    let salt = TokenFile.random()
    /// Held by what changes files or deployments.
    let changing = ChangeLock()

    /// A report's answer: kept for as long as the state of the project is the same, and known by its tag.
    ///
    /// - Parameters:
    ///   - question: everything that the answer depends on besides the state.
    ///   - make: computes it, by a worker.
    func kept(
        _ request: WebRequest, _ state: ProjectState, _ question: String,
        _ make: @escaping @Sendable () throws -> Answer
    ) async throws -> Answer {
        let minute = state.isOfTables ? "" : Machine.minute(of: state.data.project)
        let key = "\(salt)\n\(state.answersVersion)\n\(minute)\n\(question)"
        let tag = "\"\(hexadecimalChecksum(Array(key.utf8)))\""
        if let known = request.headers[.ifNoneMatch], known.split(separator: ",").contains(where: { matches($0, tag) })
        {
            return Answer(.notModified, headers: [.eTag: tag, .cacheControl: "no-cache", .vary: "Accept"])
        }
        var answer = try await cache.answer(key) { try await live.workers.run { try state.timed(make) } }
        answer.headers[.eTag] = tag
        answer.headers[.cacheControl] = "no-cache"
        answer.headers[.vary] = "Accept"
        return answer
    }

    private func matches(_ candidate: Substring, _ tag: String) -> Bool {
        let bare = candidate.drop { $0 == " " }
        return bare == tag || bare == "W/" + tag
    }
}

/// One change of the project at a time by this process; those of others are found by what was seen of them.
final class ChangeLock: Sendable {
    private let lock = Mutex(())

    func run<Value>(_ change: () throws -> Value) rethrows -> Value { try lock.withLock { _ in try change() } }
}

extension Machine {
    /// Tells answers apart of a project that is looked at as of now: they hold for a minute. Empty for other projects, whose
    /// answers hold until something changes.
    static func minute(of project: Project) -> String {
        project.asOf.value == .now ? String(now.microseconds / 60_000_000) : ""
    }
}
