/// How a project is served.
package struct ServerSettings: Sendable {
    package var host: String
    package var port: Int
    /// Tokens are asked for although nobody beyond this machine can reach the server.
    package var requiresToken: Bool
    /// Bytes of a request's body.
    package var bodyLimit = 1 << 20
    /// Of a request, from its head to its answer.
    package var deadline = Duration.seconds(30)
    /// Of a page's form, whose work is not asked for again: deploying with views in the catalog of Spark takes a while.
    package var formDeadline = Duration.seconds(600)
    /// Of a connection without a request, and of a request's head.
    package var idle = Duration.seconds(15)
    /// Bytes of answers that are kept.
    package var cacheLimit = 64 << 20
    /// Connections at the same time; others wait.
    package var connections = 512

    package init(host: String = "127.0.0.1", port: Int = 8642, requiresToken: Bool = false) {
        self.host = host
        self.port = port
        self.requiresToken = requiresToken
    }

    /// Nobody beyond this machine can reach it.
    package var isLoopback: Bool {
        ["localhost", "::1"].contains(host) || (host.hasPrefix("127.") && host.utf8.count(where: { $0 == 46 }) == 3)
    }
}
