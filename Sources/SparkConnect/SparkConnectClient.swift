import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
package import Spark

/// A session on a Spark Connect server.
///
///     try await SparkConnectClient.connected(to: endpoint) { client in
///         try await client.run(SQLStatement("SELECT CAST(1 AS STRING) AS one")) { rows in … }
///     }
package struct SparkConnectClient: Sendable {
    private let grpc: GRPCClient<HTTP2ClientTransport.Posix>
    private var messages: ConnectMessages
    private let metadata: Metadata
    private let endpoint: SparkEndpoint
    /// The server's version of Spark.
    package private(set) var version = ""

    /// What the server calls the session.
    package var serverSession: String? {
        get { messages.serverSession }
        set { messages.serverSession = newValue }
    }

    /// The oldest version whose SQL the statements are written in.
    package static let oldestMajorVersion = 4
    /// How long a server may take until it says who it is.
    package static let connectSeconds = 15.0

    /// What every session of these statements relies on, whatever the server's own settings.
    static let settings = [
        ("spark.sql.session.timeZone", "UTC"), ("spark.sql.ansi.enabled", "true"),
        ("spark.sql.mapKeyDedupPolicy", "LAST_WIN"),
        // Types of structs are told whole.
        ("spark.sql.debug.maxToStringFields", "100000"),
        // Of the aliases of many columns it makes exponentially many constraints, and plans forever.
        ("spark.sql.constraintPropagation.enabled", "false"),
    ]

    /// Connects, checks that a Spark answers which is new enough, and ends the session after the body.
    ///
    /// - Throws: `SparkFailure`, and what the body throws.
    package static func connected<Result: Sendable>(
        to endpoint: SparkEndpoint, _ body: @Sendable (SparkConnectClient) async throws -> Result
    ) async throws -> Result {
        // The address of a machine is no name: TLS would refuse to ask for it, and compares it with the certificate's addresses.
        let target: any ResolvableTarget =
            switch endpoint.hostKind {
            case .name: .dns(host: endpoint.host, port: endpoint.port)
            case .ipv4: .ipv4(address: endpoint.host, port: endpoint.port)
            case .ipv6: .ipv6(address: endpoint.host, port: endpoint.port)
            }
        let transport = try HTTP2ClientTransport.Posix(
            target: target, transportSecurity: endpoint.usesTLS ? .tls : .plaintext)
        return try await withGRPCClient(transport: transport) { grpc in
            var client = SparkConnectClient(grpc, endpoint)
            client.version = try await client.checkedVersion()
            client.serverSession = try await client.configure()
            let configured = client
            do {
                let result = try await body(configured)
                await configured.release()
                return result
            } catch {
                await configured.release()
                throw error
            }
        }
    }

    private init(_ grpc: GRPCClient<HTTP2ClientTransport.Posix>, _ endpoint: SparkEndpoint) {
        self.grpc = grpc
        self.endpoint = endpoint
        messages = ConnectMessages(session: UUID().uuidString.lowercased(), user: endpoint.user)
        var metadata: Metadata = [:]
        if let token = endpoint.token { metadata.addString("Bearer \(token)", forKey: "authorization") }
        self.metadata = metadata
    }

    // MARK: - Statements

    /// Has a statement run.
    ///
    /// Where the task is cancelled, or the time is over, the cluster is told to stop the statement's work.
    ///
    /// - Parameters:
    ///   - seconds: how long it may take; nil for as long as it takes.
    ///   - receive: gets the rows, a batch at a time.
    /// - Returns: the names of the columns.
    /// - Throws: `SparkFailure`; what `receive` throws.
    package func run(
        _ statement: SQLStatement, seconds: Double? = nil,
        progress: @escaping @Sendable (SparkProgress) -> Void = { _ in },
        receive: @escaping @Sendable (SQLRows) throws -> Void
    ) async throws -> [String] {
        let operation = UUID().uuidString.lowercased()
        let run = { @Sendable in
            try await stream(messages.execute(statement, operation: operation), progress, receive)
        }
        do {
            guard let seconds else { return try await run() }
            return try await withThrowingTaskGroup(of: [String].self) { group in
                group.addTask { try await run() }
                group.addTask {
                    try await Task.sleep(for: .seconds(seconds))
                    throw SparkFailure(.timeout, "the statement took longer than \(Int(seconds)) seconds")
                }
                defer { group.cancelAll() }
                return try await group.next() ?? []
            }
        } catch {
            let failure = error as? SparkFailure
            if Task.isCancelled || failure?.kind == .timeout || failure?.kind == .canceled {
                // Also from a task that is cancelled itself.
                await Task { await interrupt(operation) }.value
            }
            if Task.isCancelled, failure?.kind != .timeout {
                throw SparkFailure(.canceled, "the statement was cancelled")
            }
            throw error
        }
    }

    private func stream(
        _ request: [UInt8], _ progress: @escaping @Sendable (SparkProgress) -> Void,
        _ receive: @escaping @Sendable (SQLRows) throws -> Void
    ) async throws -> [String] {
        try await call { options in
            try await grpc.serverStreaming(
                request: ClientRequest(message: request, metadata: metadata), descriptor: method("ExecutePlan"),
                serializer: RawSerializer(), deserializer: RawDeserializer(), options: options
            ) { response in
                var columns: [String] = []
                for try await message in response.messages {
                    switch try ConnectAnswer(message) {
                    case .rows(let stream):
                        columns = stream.columns.map(\.name)
                        if !stream.rows.isEmpty { try receive(SQLRows(columns: columns, rows: stream.rows)) }
                    case .progress(let state): progress(state)
                    case .other: break
                    }
                }
                // A stream that breaks off has no status, and has thrown.
                return columns
            }
        }
    }

    private func interrupt(_ operation: String) async {
        var options = CallOptions.defaults
        options.timeout = .seconds(5)
        _ = try? await unary("Interrupt", messages.interrupt(operation: operation), options)
    }

    // MARK: - The session

    private func checkedVersion() async throws -> String {
        var options = CallOptions.defaults
        options.timeout = .seconds(SparkConnectClient.connectSeconds)
        options.waitForReady = false
        let answer: [UInt8]
        do {
            answer = try await unary("AnalyzePlan", messages.version(), options)
        } catch let failure as SparkFailure where failure.kind == .timeout {
            throw SparkFailure(.unavailable, "nobody answers at \(endpoint.host):\(endpoint.port)")
        }
        return try SparkConnectClient.checked(version: serverVersion(answer))
    }

    /// - Returns: the version that a server says it has.
    /// - Throws: `SparkFailure` for one that is too old, and for none.
    package static func checked(version: String?) throws -> String {
        guard let version else {
            throw SparkFailure(.unsupportedServer, "the server does not say which version of Spark it is")
        }
        guard let major = Int(version.prefix { $0.isNumber }), major >= SparkConnectClient.oldestMajorVersion else {
            throw SparkFailure(
                .unsupportedServer,
                "the server is Spark \(version), and statements are written for "
                    + "\(SparkConnectClient.oldestMajorVersion).0 and later")
        }
        return version
    }

    /// - Returns: what the server calls the session.
    private func configure() async throws -> String? {
        let settings = messages.settings(SparkConnectClient.settings)
        let answer = try await unary("Config", settings, .defaults)
        return try ConnectMessages.serverSession(answer)
    }

    private func release() async {
        var options = CallOptions.defaults
        options.timeout = .seconds(2)
        _ = try? await unary("ReleaseSession", messages.release(), options)
    }

    private func unary(_ name: String, _ request: [UInt8], _ options: CallOptions) async throws -> [UInt8] {
        try await call(options) { options in
            try await grpc.unary(
                request: ClientRequest(message: request, metadata: metadata), descriptor: method(name),
                serializer: RawSerializer(), deserializer: RawDeserializer(), options: options
            ) { try $0.message }
        }
    }

    private func method(_ name: String) -> MethodDescriptor {
        MethodDescriptor(fullyQualifiedService: "spark.connect.SparkConnectService", method: name)
    }

    /// Answers have up to this many bytes a message.
    private static let mostBytes = 256 << 20

    private static func makeRoom(_ options: inout CallOptions) {
        // The transport bounds what it receives by the bound of requests.
        options.maxRequestMessageBytes = mostBytes
        options.maxResponseMessageBytes = mostBytes
    }

    private func call<Result>(
        _ options: CallOptions = .defaults, _ body: (CallOptions) async throws -> Result
    ) async throws -> Result {
        var options = options
        SparkConnectClient.makeRoom(&options)
        do {
            return try await body(options)
        } catch let error as RPCError {
            throw await failure(error)
        } catch let error as RuntimeError {
            throw SparkFailure(.unavailable, error.message)
        } catch is ProtobufReader.Malformed {
            throw SparkFailure(.malformedAnswer, "the server has sent a message that is cut off")
        } catch let error as ArrowStream.Malformed {
            throw SparkFailure(.malformedAnswer, "the server has sent rows that cannot be read: \(error.message)")
        }
    }

    private func failure(_ error: RPCError) async -> SparkFailure {
        let address = "\(endpoint.host):\(endpoint.port)"
        switch error.code {
        case .unavailable:
            return SparkFailure(.unavailable, "no Spark Connect server answers at \(address), or it has gone")
        case .unauthenticated, .permissionDenied:
            return SparkFailure(
                .unauthenticated,
                endpoint.token == nil
                    ? "the server at \(address) asks for a token" : "the server at \(address) does not take the token")
        case .unimplemented:
            return SparkFailure(.unsupportedServer, "what answers at \(address) is no Spark Connect server")
        case .deadlineExceeded: return SparkFailure(.timeout, "the server at \(address) did not answer in time")
        case .cancelled: return SparkFailure(.canceled, "the statement was cancelled")
        default:
            var failure = SparkFailure(sparkText: error.message)
            if failure.errorClass == nil, let told = await details(error) { failure = told }
            if failure.errorClass == "OPERATION_CANCELED" || failure.errorClass == "INVALID_HANDLE.OPERATION_ABANDONED"
            {
                return SparkFailure(.canceled, "the statement was cancelled")
            }
            let ofSessions = ["SESSION_CHANGED", "SESSION_CLOSED", "SESSION_NOT_FOUND"].map { "INVALID_HANDLE.\($0)" }
            if let errorClass = failure.errorClass, ofSessions.contains(errorClass) {
                return SparkFailure(
                    .unavailable,
                    "the server at \(address) does not know the session any more: it was started anew, or "
                        + "has ended the session")
            }
            return failure
        }
    }

    /// What the server tells of an error whose status does not say what it is; nil where it tells no more, or cannot be asked:
    /// then the status is what there is to say.
    private func details(_ error: RPCError) async -> SparkFailure? {
        guard let id = ErrorDetails.errorID(error.metadata) else { return nil }
        var options = CallOptions.defaults
        options.timeout = .seconds(5)
        SparkConnectClient.makeRoom(&options)
        let answer = try? await grpc.unary(
            request: ClientRequest(message: messages.details(ofError: id), metadata: metadata),
            descriptor: method("FetchErrorDetails"), serializer: RawSerializer(), deserializer: RawDeserializer(),
            options: options
        ) { try $0.message }
        return answer.flatMap { try? ErrorDetails($0).failure }
    }
}

private struct RawSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
}

private struct RawDeserializer: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) throws -> [UInt8] {
        unsafe serializedMessageBytes.withUnsafeBytes { unsafe Array($0) }
    }
}
