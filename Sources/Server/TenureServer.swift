import Diagnostics
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOHTTPTypes
import NIOPosix
import ServiceLifecycle

/// The site on a network: hummingbird carries requests to it and answers back.
package struct TenureServer: Sendable {
    private let site: Site
    private let settings: ServerSettings
    private let logger: Logger

    package init(_ site: Site, _ settings: ServerSettings, logger: Logger) {
        self.site = site
        self.settings = settings
        self.logger = logger
    }

    /// Serves until SIGINT or SIGTERM; then no new connection is taken, and those there are get their answers.
    ///
    /// - Parameter started: called once with the port that was bound.
    /// - Throws: `Diagnostic` where the address cannot be bound.
    package func run(started: @escaping @Sendable (Int) -> Void) async throws {
        let settings = settings
        var application = Application(
            responder: SiteResponder(site: site, settings: settings, logger: logger),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        RequestTimeout(settings.idle), StalledReaderTimeout(settings.idle),
                    ],
                    idleTimeout: TimeAmount(settings.idle),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: "tenure",
                availableConnectionsDelegate: MaximumAvailableConnections(settings.connections)),
            onServerRunning: { channel in started(channel.localAddress?.port ?? settings.port) },
            logger: logger)
        application.addServices(IntakeService(intake: site.intake, logger: logger))
        do {
            try await application.runService()
        } catch let error as IOError {
            throw Diagnostic(
                .invalidOption, "\(settings.host):\(settings.port) cannot be bound: \(error)",
                hints: ["another port: --port \(settings.port + 1)"])
        }
    }
}

/// Adds what is posted to the data for as long as the server runs.
private struct IntakeService: Service {
    let intake: TrackingIntake
    let logger: Logger

    func run() async throws {
        let logger = logger
        await cancelWhenGracefulShutdown {
            await intake.run { logger.error("\($0)") }
        }
    }
}

/// Requests of hummingbird as requests of the site.
private struct SiteResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let site: Site
    let settings: ServerSettings
    let logger: Logger

    func respond(to request: Request, context: Context) async throws -> Response {
        let start = ContinuousClock.now
        let (answer, route) = await answer(to: request)
        let took = (ContinuousClock.now - start).components
        // No address, no query, no value: what is logged can be kept.
        logger.info(
            "request",
            metadata: [
                "method": "\(request.method.rawValue.prefix(16))", "route": "\(route)",
                "status": "\(answer.status.code)", "bytes": "\(answer.body.count)",
                "ms": "\(took.seconds * 1_000 + took.attoseconds / 1_000_000_000_000_000)",
            ])
        var response = Response(
            status: answer.status, headers: answer.headers,
            body: SiteResponder.body(answer.body))
        if request.method == .head || answer.status == .notModified { response.body = ResponseBody() }
        return response
    }

    /// In pieces where it is long, so that it shows whether somebody reads them.
    private static func body(_ bytes: [UInt8]) -> ResponseBody {
        guard bytes.count > pieceSize else { return ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)) }
        return ResponseBody(contentLength: bytes.count) { writer in
            var rest = ByteBuffer(bytes: bytes)
            while rest.readableBytes > 0, let piece = rest.readSlice(length: min(pieceSize, rest.readableBytes)) {
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
    }

    private static let pieceSize = 64 << 10

    /// A body within its limits of size and time.
    ///
    /// The reading is over when this returns, also where it takes too long: hummingbird reads what is left, and a body has
    /// one reader at a time.
    private func body(of request: Request) async throws -> [UInt8] {
        let limit = settings.bodyLimit
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Problem(.contentTooLarge, "a body has at most \(limit) bytes")
        }
        let deadline = settings.idle
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                do {
                    let buffer = try await request.body.collect(upTo: limit)
                    return Array(buffer.readableBytesView)
                } catch is NIOTooManyBytesError {
                    throw Problem(.contentTooLarge, "a body has at most \(limit) bytes")
                }
            }
            group.addTask {
                try await Task.sleep(for: deadline)
                var problem = Problem(.requestTimeout, "the body did not come within \(deadline.components.seconds) s")
                problem.headers[.connection] = "close"
                throw problem
            }
            defer { group.cancelAll() }
            guard let body = try await group.next() else { throw CancellationError() }
            return body
        }
    }

    private func answer(to request: Request) async -> (Answer, String) {
        let method = request.method.rawValue
        do {
            var headers = request.headers
            // Hummingbird keeps the host apart from the other fields.
            if let host = request.head.authority, let name = HTTPField.Name("Host") { headers[name] = host }
            var whole = try WebRequest(request.method, request.head.path ?? "/", headers: headers)
            if whole.method == .post {
                // Who may not is told so before a byte of the body is read.
                do {
                    try site.precheck(whole)
                } catch var problem as Problem {
                    // Nobody reads the body: it is not waited for.
                    problem.headers[.connection] = "close"
                    throw problem
                }
                whole.body = try await body(of: request)
            }
            return await site.answer(whole)
        } catch let problem as Problem {
            return (site.refusal(problem, method), "(none)")
        } catch {
            return (site.refusal(Problem(.badRequest, "the request could not be read"), method), "(none)")
        }
    }
}
