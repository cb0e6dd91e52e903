import Diagnostics
import Foundation
import HTTPTypes
import Projects
import Quantities
import Synchronization

/// Who may do what.
///
/// On loopback everybody on the machine may do everything, if the request names this machine as its host (so that no web
/// page can get here under a name of its own) and, for what changes something, comes from a page of this server. Beyond
/// loopback every request needs a token: as `Authorization: Bearer`, or behind the cookie that the login page sets.
/// What is posted to the tracking routes needs a token of its own kind in its path, everywhere.
final class AccessControl: Sendable {
    private struct Session {
        /// The hash of the token: what it may do is looked up each time, so that a revoked one ends its sessions.
        var hash: String
        var ends: Instant
    }

    static let cookie = "tenure_session"
    private static let sessionLength: Int64 = 12 * 3_600_000_000

    private let tokens: TokenFile
    private let settings: ServerSettings
    private let sessions = Mutex<[String: Session]>([:])

    init(_ folder: ProjectFolder, _ settings: ServerSettings) {
        tokens = TokenFile(project: folder.url)
        self.settings = settings
    }

    var needsToken: Bool { settings.requiresToken || !settings.isLoopback }

    /// Needs no token: what tells that the server is there, and the way in.
    private static let open: Set<String> = [
        "/healthz", "/readyz", "/app/login", "/app/static/{file}", "/app/static/{file}.csv",
    ]

    /// - Parameter pattern: of the route.
    /// - Throws: `Problem` 401, 403 or 421.
    func check(_ request: WebRequest, pattern: String) throws {
        let changes = ![.get, .head, .options].contains(request.method)
        let bearer = bearer(request)
        if settings.isLoopback { try checkHost(request) }
        if pattern.hasPrefix(TrackingRoutes.base) { return try checkTracking(request) }
        let isProgram = try bearer.map { try tokens.role(of: $0) != nil } ?? false
        if changes, !isProgram { try checkOrigin(request) }
        guard needsToken, !AccessControl.open.contains(pattern) else { return }
        let needed: Role = changes && pattern != "/app/logout" ? .admin : .read
        guard let role = try role(request) else {
            var problem = Problem(.unauthorized, "a token is needed", hints: ["make one: tenure token create NAME"])
            problem.headers[.wwwAuthenticate] = "Bearer"
            throw problem
        }
        if !role.allows(needed) { throw Problem(.forbidden, "this needs a token with the role \(needed.rawValue)") }
    }

    /// Whoever knows the token may post from anywhere, also on loopback: it stands in no page.
    private func checkTracking(_ request: WebRequest) throws {
        guard request.path.count > 3, try tokens.role(of: request.path[3])?.allows(.track) ?? false else {
            var problem = Problem(
                .unauthorized, "the token in the path is none with the role track",
                hints: ["make one: tenure token create NAME --role track"])
            problem.members = [("success", .boolean(false))]
            throw problem
        }
    }

    /// What the sender of a request may do; nil without a token where one is needed.
    func role(_ request: WebRequest) throws -> Role? {
        if !needsToken { return .admin }
        if let bearer = bearer(request) { return try tokens.role(of: bearer) }
        guard let id = request.cookie(AccessControl.cookie) else { return nil }
        let now = Machine.now
        let hash: String? = sessions.withLock { sessions in
            guard let session = sessions[id] else { return nil }
            if session.ends > now { return session.hash }
            sessions[id] = nil
            return nil
        }
        return try hash.flatMap { try tokens.role(ofHash: $0) }
    }

    /// - Returns: the value of the cookie that stands for the token; nil for a wrong one.
    /// - Returns: the session's id; nil for a token that there is not, or that opens no page.
    func login(_ token: String) throws -> String? {
        guard try tokens.role(of: token)?.allows(.read) ?? false else { return nil }
        let id = TokenFile.random()
        let now = Machine.now
        sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.ends > now }
            sessions[id] = Session(
                hash: TokenFile.hash(token), ends: Instant(microseconds: now.microseconds + AccessControl.sessionLength)
            )
        }
        return id
    }

    func logout(_ request: WebRequest) {
        guard let id = request.cookie(AccessControl.cookie) else { return }
        sessions.withLock { $0[id] = nil }
    }

    private func bearer(_ request: WebRequest) -> String? {
        guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else { return nil }
        return String(header.dropFirst("bearer ".count))
    }

    private func checkHost(_ request: WebRequest) throws {
        guard let host = request.host else { return }
        let name = host.hasPrefix("[") ? String(host.prefix { $0 != "]" } + "]") : String(host.prefix { $0 != ":" })
        guard ["localhost", "127.0.0.1", "[::1]", settings.host].contains(name.lowercased()) else {
            throw Problem(.misdirectedRequest, "this server answers for localhost only")
        }
    }

    /// Browsers say where a request comes from; a program that is none says nothing, and is no danger.
    private func checkOrigin(_ request: WebRequest) throws {
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
        if let site, site != "same-origin", site != "none" {
            throw Problem(.forbidden, "the form is not from a page of this server")
        }
        guard let origin = request.headers[.origin] else { return }
        guard let host = request.host, ["http://\(host)", "https://\(host)"].contains(origin) else {
            throw Problem(.forbidden, "the form is not from a page of this server")
        }
    }
}

extension WebRequest {
    /// The host and port that the sender meant.
    var host: String? { HTTPField.Name("Host").flatMap { headers[$0] } }
}
