import Definitions
import Diagnostics
import EventStores
import HTTPTypes
import Imports
import Projects
import Quantities

/// What programs tell about customers: `/track/v2/projects/{token}/…`, in the words of Bloomreach Engagement's tracking
/// API. The token in the path is one with the role `track`.
///
/// What is answered with success is on the disk, and the mapping of project.yaml takes it: it is counted once, soon.
struct TrackingRoutes: Sendable {
    private let parts: SiteParts

    init(_ parts: SiteParts) {
        self.parts = parts
    }

    static let base = "/track/v2/projects/{token}"

    func add(to routes: inout RouteTable) {
        routes.add(.post, TrackingRoutes.base + "/customers/events") { request, _ in
            try await single(request) { try $0.event($1) }
        }
        routes.add(.post, TrackingRoutes.base + "/customers") { request, _ in
            try await single(request) { try $0.customer($1) }
        }
        routes.add(.post, TrackingRoutes.base + "/batch") { request, _ in try await batch(request) }
    }

    private func single(
        _ request: WebRequest, _ read: @escaping @Sendable (TrackingRequest, JSONValue) throws -> PostedLine
    ) async throws -> Answer {
        try request.checkNoParameters()
        do {
            let (received, check) = try await start()
            let line = try await parts.posts.run {
                let line = try read(received, try TrackingRequest.body(request))
                if let problem = try TrackingRoutes.refusal(try check(), line) { throw problem }
                return line
            }
            try await take([line])
        } catch var problem as Problem {
            problem.members.append(("success", .boolean(false)))
            throw problem
        }
        return Answer(.json, json: .object([("errors", .array([])), ("success", .boolean(true))]))
    }

    private func batch(_ request: WebRequest) async throws -> Answer {
        try request.checkNoParameters()
        let began = Machine.now
        let commands: [TrackingRequest.Command]
        do {
            let (received, check) = try await start()
            commands = try await parts.posts.run {
                let check = try check()
                return try received.batch(try TrackingRequest.body(request)).map { command in
                    var command = command
                    if case .success(let line) = command.line, let problem = try TrackingRoutes.refusal(check, line) {
                        command.line = .failure(problem)
                    }
                    return command
                }
            }
            try await take(commands.compactMap { try? $0.line.get() })
        } catch var problem as Problem {
            problem.members.append(("success", .boolean(false)))
            throw problem
        }
        let results = commands.map { command -> JSONText in
            var members: [(String, JSONText)] = []
            var succeeded = true
            if case .failure(let problem) = command.line {
                succeeded = false
                members.append(("errors", .inline(.strings([problem.detail]))))
            }
            members.append(("success", .boolean(succeeded)))
            if let id = command.id { members.append(("command_id", .string(id))) }
            return .inline(.object(members))
        }
        let succeeded = commands.allSatisfy { if case .success = $0.line { true } else { false } }
        return Answer(
            .json,
            json: .object([
                ("results", .array(results)), ("start_time", TrackingRoutes.seconds(began)),
                ("end_time", TrackingRoutes.seconds(Machine.now)), ("success", .boolean(succeeded)),
            ]))
    }

    private static func seconds(_ time: Instant) -> JSONText {
        .number(ExactDecimal(units: Int128(time.microseconds), scale: 6).description)
    }

    private func take(_ lines: [PostedLine]) async throws {
        if lines.isEmpty { return }
        try await parts.journal.append(lines.flatMap(\.bytes))
        parts.intake.wake()
    }

    /// By how much a sender's clock may be ahead, in microseconds: a day.
    private static let tolerance: Int64 = 86_400_000_000

    /// The mapping of the project as it is now, over the data as it is now. A check is made by the thread that asks it.
    private func start() async throws -> (TrackingRequest, @Sendable () throws -> TrackedCheck) {
        let project: Project
        let limits: PostedLimits
        do {
            (project, limits) = try await parts.live.posting()
        } catch is Problem {
            throw PostedJournal.unavailable("the server has too much to do")
        } catch {
            // Who posts can not mend it, and need not know it.
            throw PostedJournal.unavailable("the project cannot be read at present")
        }
        let taken = project.sources.contains(where: \.isPosted)
        guard taken else {
            throw Problem(
                .notFound, "no source of project.yaml takes what is posted", hints: ["a source with tracking: events"])
        }
        let zone = project.timezone.value
        let received = Machine.now
        let times =
            Instant(microseconds: 0)...Instant(microseconds: received.microseconds + TrackingRoutes.tolerance)
        return (
            TrackingRequest(received: received, zone: zone, times: times),
            { try TrackedCheck(project.sources, timezone: zone, limits: limits, times: times) }
        )
    }

    /// Why a line cannot be imported; nil where it can.
    private static func refusal(_ check: TrackedCheck, _ line: PostedLine) throws -> Problem? {
        switch try check.verdict(on: line) {
        case .accepted: nil
        case .refused(let reason): Problem(.badRequest, reason)
        case .unusable(let reason): Problem(.conflict, "project.yaml does not suit what is posted: \(reason)")
        case .leftOut:
            Problem(
                .badRequest, "every source of project.yaml leaves it out",
                hints: ["`where` of the sources with tracking: says what they take"])
        }
    }
}
