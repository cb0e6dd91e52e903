import Foundation
import Spark
import SparkConnect
import Synchronization
import Testing

/// A session on a real Spark, which `Tests/with-spark` starts.
@Suite(.serialized) struct SessionTests {
    @Test func valuesAndRows() throws {
        guard let session = try TestServer.session() else { return }
        #expect(session.version.hasPrefix("4."))
        let statement = SQLStatement(
            """
            SELECT CAST(:text AS STRING) AS text, CAST(:long + 1 AS STRING) AS long, CAST(:number * 2 AS STRING) AS number,
              CAST(:flag AS STRING) AS flag, CAST(:nothing AS STRING) AS nothing, CAST(:double AS STRING) AS double
            LIMIT :few
            """,
            parameters: [
                "text": .string("it's `é` \\ \u{1F600}"), "long": .long(.max - 1), "flag": .boolean(true),
                "number": .decimal("-12.345", precision: 5, scale: 3), "nothing": .null, "double": .double(0.1),
                "few": .integer(1),
            ])
        let rows = try session.rows(statement)
        #expect(rows.columns == ["text", "long", "number", "flag", "nothing", "double"])
        #expect(rows.rows == [["it's `é` \\ \u{1F600}", "9223372036854775807", "-24.690", "true", nil, "0.1"]])
    }

    /// A server that was started anew has none of the session's settings, its timezone among them: it refuses.
    @Test func aServerThatWasStartedAnewIsAnError() async throws {
        guard let address = TestServer.address, TestServer.program != nil else { return }
        try await SparkConnectClient.connected(to: SparkEndpoint(address)) { client in
            let statement = SQLStatement("SELECT CAST(1 AS STRING)")
            #expect(client.serverSession?.isEmpty == false)
            _ = try await client.run(statement) { _ in }
            var other = client
            other.serverSession = UUID().uuidString.lowercased()
            var failure: SparkFailure?
            do {
                _ = try await other.run(statement) { _ in }
            } catch let found as SparkFailure { failure = found }
            #expect(failure?.kind == .unavailable, "\(failure as Any)")
        }
    }

    /// More than a message of the transport has room for by default, in many batches.
    @Test func manyRows() throws {
        guard let session = try TestServer.session() else { return }
        let rows = try session.rows(
            SQLStatement("SELECT CAST(id AS STRING) AS number, REPEAT('x', 100) AS text FROM RANGE(100000) ORDER BY id")
        )
        #expect(rows.rows.count == 100_000)
        #expect(rows.rows.enumerated().allSatisfy { $1[0] == String($0) && $1[1]?.utf8.count == 100 })
    }

    /// Texts that mean something to SQL, in every place where a text of a project can stand.
    @Test func hostileTexts() throws {
        guard let session = try TestServer.session() else { return }
        let parts = [
            "'", "\"", "`", ";", "--", "/*", "*/", "\\", "\u{0}", "\n", "\u{202E}", ":p", "?", "$", "${spark.user}",
            ")", "{", "%s",
            "é", "e\u{301}", "\u{1F600}", "DROP TABLE", "' OR '1'='1", "`;SELECT", "\\'", "\u{7F}", "\t",
        ]
        var texts = parts
        for first in parts { for second in parts where texts.count < 500 { texts.append(first + second) } }
        #expect(texts.count == 500)
        let names = texts.indices.map { "t\($0)" }
        let rows = try session.rows(
            SQLStatement(
                "SELECT \(names.map { "CAST(:\($0) AS STRING)" }.joined(separator: ", "))",
                parameters: Dictionary(uniqueKeysWithValues: zip(names, texts.map { .string($0) }))))
        let found = try #require(rows.rows.first)
        for (text, back) in zip(texts, found) {
            #expect(back.map { Array($0.utf8) } == Array(text.utf8), "\(text.debugDescription)")
        }
        // Names of the catalog stand in backticks.
        for text in texts where !text.contains("\u{0}") {
            let failure = #expect(throws: SparkFailure.self) {
                try session.rows(SQLStatement("SELECT 1 FROM \(SQLText.quoted(text))"))
            }
            #expect(
                failure?.errorClass?.hasPrefix("TABLE_OR_VIEW_NOT_FOUND") == true,
                "\(text.debugDescription) \(failure.debugDescription)")
        }
    }

    @Test func errorsSayWhatIsWrong() throws {
        guard let session = try TestServer.session() else { return }
        let table = #expect(throws: SparkFailure.self) { try session.rows(SQLStatement("SELECT 1 FROM nowhere")) }
        #expect(
            table?.kind == .statement && table?.errorClass == "TABLE_OR_VIEW_NOT_FOUND" && table?.sqlState == "42P01")
        let column = #expect(throws: SparkFailure.self) {
            try session.rows(SQLStatement("SELECT CAST(nothing AS STRING) FROM RANGE(1)"))
        }
        #expect(column?.errorClass?.hasPrefix("UNRESOLVED_COLUMN") == true)
        // Too large for its type: an error, and no other number.
        let sum = #expect(throws: SparkFailure.self) {
            try session.rows(SQLStatement("SELECT CAST(SUM(id * 1000000000000) AS STRING) FROM RANGE(10000000)"))
        }
        #expect(sum?.errorClass?.contains("OVERFLOW") == true, "\(sum.debugDescription)")
    }

    /// What fails while rows are sent to all executors fails in another thread, whose error says nothing by itself.
    @Test func errorsOfOtherThreadsSayWhatIsWrong() throws {
        guard let session = try TestServer.session() else { return }
        let failure = #expect(throws: SparkFailure.self) {
            try session.rows(
                SQLStatement(
                    """
                    SELECT /*+ BROADCAST(few) */ CAST(COUNT(*) AS STRING)
                    FROM RANGE(10) AS many JOIN (SELECT ASSERT_TRUE(id < 5, 'id is ' || id) AS held, id FROM RANGE(10)) AS few
                      ON many.id = few.id AND few.held IS NULL
                    """))
        }
        #expect(
            failure?.errorClass == "USER_RAISED_EXCEPTION" && failure?.message == "id is 5"
                && failure?.sqlState == "P0001", "\(failure.debugDescription)")
    }

    @Test func nobodyAnswers() throws {
        guard let program = TestServer.program else { return }
        let start = Date()
        let failure = #expect(throws: SparkFailure.self) {
            try ProgramSession(SparkEndpoint("sc://127.0.0.1:9"), program: program)
        }
        #expect(failure?.kind == .unavailable && failure?.message.contains("127.0.0.1:9") == true)
        #expect(Date().timeIntervalSince(start) < 20)
    }

    @Test func tokens() throws {
        guard let program = TestServer.program, let address = TestServer.address, address.contains("token=") else {
            return
        }
        let plain = String(address.prefix { $0 != ";" })
        for (wrong, words) in [(plain, "asks for a token"), (plain + ";token=wrong", "does not take the token")] {
            let failure = #expect(throws: SparkFailure.self) {
                try ProgramSession(SparkEndpoint(wrong), program: program)
            }
            #expect(
                failure?.kind == .unauthenticated && failure?.message.contains(words) == true,
                "\(failure.debugDescription)")
        }
    }

    /// Some minutes of work for two cores.
    private static let long = SQLStatement(
        "SELECT CAST(SUM(HASH(a.id, b.id)) AS STRING) FROM RANGE(0, 40000000, 1, 4) a CROSS JOIN RANGE(4000) b")

    /// How long a small statement waits: as long as it runs where the cluster is free.
    private func waiting(_ session: ProgramSession) throws -> Double {
        let start = Date()
        _ = try session.rows(SQLStatement("SELECT CAST(SUM(id) AS STRING) FROM RANGE(0, 1000, 1, 4)"))
        return Date().timeIntervalSince(start)
    }

    @Test func cancelFreesTheCluster() throws {
        guard let session = try TestServer.session() else { return }
        let usual = try waiting(session)
        let timer = Thread {
            Thread.sleep(forTimeInterval: 3)
            session.cancelAll()
        }
        timer.start()
        let start = Date()
        let failure = #expect(throws: SparkFailure.self) { try session.rows(SessionTests.long) }
        #expect(failure?.kind == .canceled, "\(failure.debugDescription)")
        #expect(Date().timeIntervalSince(start) < 10)
        #expect(try waiting(session) < usual + 2)
    }

    @Test func timeLimit() throws {
        guard let session = try TestServer.session(timeout: 3) else { return }
        let start = Date()
        let failure = #expect(throws: SparkFailure.self) { try session.rows(SessionTests.long) }
        #expect(failure?.kind == .timeout && Date().timeIntervalSince(start) < 10, "\(failure.debugDescription)")
        #expect(try waiting(session) < 5)
    }

    /// Statements of several threads, each with its own answer.
    @Test func severalAtOnce() throws {
        guard let session = try TestServer.session() else { return }
        let found = Mutex<[Int: String]>([:])
        let group = DispatchGroup()
        for number in 0..<8 {
            group.enter()
            Thread {
                let rows = try? session.rows(
                    SQLStatement("SELECT CAST(:n * 2 AS STRING)", parameters: ["n": .long(Int64(number))]))
                found.withLock { $0[number] = rows?.rows.first?.first ?? "" }
                group.leave()
            }.start()
        }
        group.wait()
        #expect(found.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, String($0 * 2)) }))
    }
}

/// The server that the tests run on.
enum TestServer {
    private static let environment = ProcessInfo.processInfo.environment
    static let address = environment["TENURE_SPARK"]
    static let program = environment["TENURE_SPARK_PROGRAM"].map { URL(filePath: $0) }
    static let processID = environment["SPARK_PID"].flatMap { Int32($0) }

    /// A session of its own; nil, and a line that says so, where there is no server.
    static func session(timeout: Double = 120) throws -> ProgramSession? {
        guard let address, let program else {
            print("SKIPPED: no Spark to test on; Tests/with-spark starts one")
            return nil
        }
        return try ProgramSession(SparkEndpoint(address), program: program, timeout: timeout)
    }
}
