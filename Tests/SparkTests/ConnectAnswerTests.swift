import Spark
import SparkConnect
import Testing

/// Parts of the answer to a statement.
@Suite struct ConnectAnswerTests {
    private static func answer(_ write: (inout ProtobufWriter) -> Void) throws -> ConnectAnswer {
        var writer = ProtobufWriter()
        writer.string(1, "session")
        write(&writer)
        return try ConnectAnswer(writer.bytes)
    }

    @Test func progressIsOfAllStages() throws {
        let answer = try ConnectAnswerTests.answer { message in
            message.message(18) { progress in
                for (tasks, completed, bytes) in [(4, 4, 1_000), (8, 3, 500)] {
                    progress.message(1) { stage in
                        stage.integer(1, 7)
                        stage.integer(2, Int64(tasks))
                        stage.integer(3, Int64(completed))
                        stage.integer(4, Int64(bytes))
                    }
                }
            }
        }
        guard case .progress(let progress) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(progress == SparkProgress(stages: 2, tasks: 12, completedTasks: 7, bytesRead: 1_500))
    }

    @Test func batchesInPartsAreRefused() {
        #expect(throws: ArrowStream.Malformed.self) {
            try ConnectAnswerTests.answer { message in
                message.message(2) { batch in
                    batch.bytes(2, [])
                    batch.integer(5, 2)
                }
            }
        }
    }

    @Test func whatIsCutOffIsMalformed() {
        #expect(throws: ProtobufReader.Malformed.self) { try ConnectAnswer([0x92, 0x01, 0x7F, 0x0A]) }
    }
}
