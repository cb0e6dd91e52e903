import HTTPTypes

/// Which code answers which path: literal segments, and names in braces for one segment each.
struct RouteTable: Sendable {
    typealias Handler = @Sendable (WebRequest, [String: String]) async throws -> Answer

    private struct Route: Sendable {
        /// `/reports/{report}`: for logs and metrics, which never have names of customers in them.
        var pattern: String
        var segments: [String]
        var handlers: [HTTPRequest.Method: Handler]
    }

    struct Match: Sendable {
        var pattern: String
        var parameters: [String: String]
        var handler: Handler
    }

    private var routes: [Route] = []

    mutating func add(_ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping Handler) {
        if let index = routes.firstIndex(where: { $0.pattern == pattern }) {
            routes[index].handlers[method] = handler
        } else {
            let segments = pattern.split(separator: "/").map { String($0) }
            routes.append(Route(pattern: pattern, segments: segments, handlers: [method: handler]))
        }
    }

    /// Literal segments win over names. `HEAD` is `GET` without its content.
    ///
    /// - Throws: `Problem` 404 where no route has the path, 405 where none has the method.
    func match(_ request: WebRequest) throws -> Match {
        var best: (route: Route, parameters: [String: String])?
        for route in routes {
            guard let parameters = RouteTable.parameters(route.segments, request.path) else { continue }
            if best.map({ parameters.count < $0.parameters.count }) ?? true { best = (route, parameters) }
        }
        guard let best else {
            // A path may have a token in it.
            let isSecret = request.path.first == "track"
            throw Problem(
                .notFound, "there is nothing at /\(isSecret ? "track/…" : request.path.joined(separator: "/"))")
        }
        let method = request.method == .head ? .get : request.method
        guard let handler = best.route.handlers[method] else {
            var methods = best.route.handlers.keys.map(\.rawValue)
            if methods.contains("GET") { methods.append("HEAD") }
            var problem = Problem(.methodNotAllowed, "\(request.method.rawValue) is not possible here")
            problem.headers[.allow] = methods.sorted().joined(separator: ", ")
            throw problem
        }
        return Match(pattern: best.route.pattern, parameters: best.parameters, handler: handler)
    }

    private static func parameters(_ pattern: [String], _ path: [String]) -> [String: String]? {
        guard pattern.count == path.count else { return nil }
        var parameters: [String: String] = [:]
        for (expected, found) in zip(pattern, path) {
            if expected.hasPrefix("{") {
                // `{report}.csv`
                let parts = expected.dropFirst().split(separator: "}", maxSplits: 1)
                let suffix = parts.count > 1 ? String(parts[1]) : ""
                guard found.utf8.count > suffix.utf8.count, found.hasSuffix(suffix) else { return nil }
                if suffix.isEmpty, found.hasSuffix(".csv") { return nil }
                parameters[String(parts[0])] = String(decoding: found.utf8.dropLast(suffix.utf8.count), as: UTF8.self)
            } else if expected != found {
                return nil
            }
        }
        return parameters
    }
}
