import Spark
import SparkConnect
import Testing

/// What a server tells of an error beyond its status.
@Suite struct ErrorDetailsTests {
    private static func bytes(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        write(&writer)
        return writer.bytes
    }

    /// Errors with what they come from, by number.
    private static func details(
        root: Int?, _ errors: [(text: String, errorClass: String?, cause: Int?)]
    ) throws -> ErrorDetails {
        try ErrorDetails(
            bytes { message in
                if let root { message.integer(1, Int64(root)) }
                for error in errors {
                    message.message(2) { thrown in
                        thrown.string(1, "java.lang.RuntimeException")
                        thrown.string(2, error.text)
                        if let cause = error.cause { thrown.integer(4, Int64(cause)) }
                        if let errorClass = error.errorClass {
                            thrown.message(5) { throwable in
                                throwable.string(1, errorClass)
                                throwable.string(4, "P0001")
                            }
                        }
                    }
                }
            })
    }

    @Test func theFirstWithANameSaysWhy() throws {
        let details = try ErrorDetailsTests.details(
            root: 1,
            [
                ("[USER_RAISED_EXCEPTION] no customer SQLSTATE: P0001", "USER_RAISED_EXCEPTION", 2),
                ("Exception thrown in awaitResult: ", nil, 0), ("inner", nil, nil),
            ])
        #expect(details.chain.map(\.text.first) == ["E", "[", "i"])
        let failure = try #require(details.failure)
        #expect(failure.errorClass == "USER_RAISED_EXCEPTION" && failure.message == "no customer")
        #expect(failure.kind == .statement && failure.sqlState == "P0001")
    }

    @Test func namesThatSayNothing() throws {
        let several =
            "[STAGE_MATERIALIZATION_MULTIPLE_FAILURES] Multiple failures (2): [USER_RAISED_EXCEPTION] no customer SQLSTATE: P0001"
        let wrapped = try ErrorDetailsTests.details(
            root: 0,
            [
                ("Exception thrown in awaitResult: ", nil, 1), ("Task failed", "_LEGACY_ERROR_TEMP_2042", 2),
                (several, "STAGE_MATERIALIZATION_MULTIPLE_FAILURES", nil),
            ])
        #expect(wrapped.failure?.errorClass == "USER_RAISED_EXCEPTION" && wrapped.failure?.message == "no customer")
        let numbered = try ErrorDetailsTests.details(root: 0, [("Task failed", "_LEGACY_ERROR_TEMP_2042", nil)])
        #expect(numbered.failure?.message == "Task failed")
    }

    @Test func withoutANameTheLastSaysWhy() throws {
        let details = try ErrorDetailsTests.details(
            root: 0, [("Job aborted", nil, 1), ("No space left on device", nil, 2), ("", nil, nil)])
        #expect(details.failure?.message == "No space left on device" && details.failure?.errorClass == nil)
        #expect(try ErrorDetailsTests.details(root: nil, [("a", nil, nil)]).failure == nil)
        #expect(try ErrorDetailsTests.details(root: 3, [("a", nil, nil)]).failure == nil)
    }

    @Test func whatComesFromItselfEnds() throws {
        let details = try ErrorDetailsTests.details(root: 0, [("a", nil, 1), ("b", nil, 0)])
        #expect(details.chain.map(\.text) == ["a", "b"])
    }

    @Test func nameInTheStatus() throws {
        func status(_ type: String) -> [UInt8] {
            ErrorDetailsTests.bytes { status in
                status.integer(1, 13)
                status.string(2, "Exception thrown in awaitResult: ")
                status.message(3) { detail in
                    detail.string(1, type)
                    detail.message(2) { info in
                        info.string(1, "org.apache.spark.SparkException")
                        for (key, value) in [("classes", "[]"), ("errorId", "5f0d"), ("sqlState", "")] {
                            info.message(3) { entry in
                                entry.string(1, key)
                                entry.string(2, value)
                            }
                        }
                    }
                }
            }
        }
        #expect(try ErrorDetails.errorID(inStatus: status("type.googleapis.com/google.rpc.ErrorInfo")) == "5f0d")
        #expect(try ErrorDetails.errorID(inStatus: status("type.googleapis.com/google.rpc.RetryInfo")) == nil)
        #expect(throws: ProtobufReader.Malformed.self) { try ErrorDetails.errorID(inStatus: [0x1A, 0x7F, 1]) }
    }
}
