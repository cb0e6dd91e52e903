package import Spark

/// The messages of Spark Connect's service, as `spark/connect/base.proto` numbers their fields.
struct ConnectMessages {
    let session: String
    let user: String
    /// What the server calls the session: a server that was started anew has another one, without the session's settings, and
    /// refuses.
    var serverSession: String?

    static let client = "tenure"

    func execute(_ statement: SQLStatement, operation: String) -> [UInt8] {
        request { message in
            message.string(4, ConnectMessages.client)
            message.string(6, operation)
            if let serverSession { message.string(8, serverSession) }
            message.message(3) { plan in
                if statement.isCommand {
                    plan.message(2) { command in
                        command.message(5) { sql in sql.message(6) { relation(&$0, statement) } }
                    }
                } else {
                    plan.message(1) { relation(&$0, statement) }
                }
            }
        }
    }

    private func relation(_ writer: inout ProtobufWriter, _ statement: SQLStatement) {
        writer.message(10) { sql in
            sql.string(1, statement.text)
            for (name, value) in statement.parameters.sorted(by: { $0.key < $1.key }) {
                sql.message(4) { entry in
                    entry.string(1, name)
                    entry.message(2) { expression in expression.message(1) { literal(&$0, value) } }
                }
            }
        }
    }

    private func literal(_ writer: inout ProtobufWriter, _ value: SQLLiteral) {
        switch value {
        case .null: writer.message(1) { type in type.message(1) { _ in } }
        case .boolean(let flag): writer.integer(3, flag ? 1 : 0)
        case .integer(let number): writer.integer(6, Int64(number))
        case .long(let number): writer.integer(7, number)
        case .double(let number): writer.double(11, number)
        case .decimal(let digits, let precision, let scale):
            writer.message(12) { decimal in
                decimal.string(1, digits)
                decimal.integer(2, Int64(precision))
                decimal.integer(3, Int64(scale))
            }
        case .string(let text): writer.string(13, text)
        }
    }

    func version() -> [UInt8] {
        request { message in
            message.string(3, ConnectMessages.client)
            message.message(10) { _ in }
        }
    }

    /// Settings that statements rely on.
    func settings(_ pairs: [(String, String)]) -> [UInt8] {
        request { message in
            message.string(4, ConnectMessages.client)
            message.message(3) { operation in
                operation.message(1) { set in
                    for (key, value) in pairs {
                        set.message(1) { pair in
                            pair.string(1, key)
                            pair.string(2, value)
                        }
                    }
                }
            }
        }
    }

    /// What the server calls the session, from its answer to `settings`; nil where it does not say.
    static func serverSession(_ answer: [UInt8]) throws -> String? {
        var found: String?
        try ProtobufReader.fields(answer[...]) { field, value in
            if case (4, .bytes(let bytes)) = (field, value) { found = String(decoding: bytes, as: UTF8.self) }
        }
        return found
    }

    func interrupt(operation: String) -> [UInt8] {
        request { message in
            message.string(3, ConnectMessages.client)
            message.integer(4, 3)
            message.string(6, operation)
        }
    }

    /// More of an error than its status has room for.
    func details(ofError id: String) -> [UInt8] {
        request { message in
            message.string(3, id)
            message.string(4, ConnectMessages.client)
        }
    }

    func release() -> [UInt8] { request { $0.string(3, ConnectMessages.client) } }

    private func request(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var message = ProtobufWriter()
        message.string(1, session)
        message.message(2) { context in
            context.string(1, user)
            context.string(2, user)
        }
        write(&message)
        return message.bytes
    }
}

/// A part of the answer to a statement.
package enum ConnectAnswer {
    case rows(ArrowStream)
    case progress(SparkProgress)
    /// What nobody here needs to know.
    case other
}

extension ConnectAnswer {
    /// - Throws: `ArrowStream.Malformed`, `ProtobufReader.Malformed`.
    package init(_ message: [UInt8]) throws {
        var answer = ConnectAnswer.other
        try ProtobufReader.fields(message[...]) { field, value in
            switch (field, value) {
            case (2, .bytes(let batch)):
                var data: ArraySlice<UInt8> = []
                var chunks: UInt64 = 1
                try ProtobufReader.fields(batch) { field, value in
                    switch (field, value) {
                    case (2, .bytes(let bytes)): data = bytes
                    case (5, .integer(let number)): chunks = number
                    default: break
                    }
                }
                if chunks > 1 { throw ArrowStream.Malformed("a batch in several parts") }
                answer = .rows(try ArrowStream(data))
            case (18, .bytes(let progress)): answer = .progress(try ConnectAnswer.progress(progress))
            default: break
            }
        }
        self = answer
    }

    private static func progress(_ bytes: ArraySlice<UInt8>) throws -> SparkProgress {
        var progress = SparkProgress(stages: 0, tasks: 0, completedTasks: 0, bytesRead: 0)
        try ProtobufReader.fields(bytes) { field, value in
            guard case (1, .bytes(let stage)) = (field, value) else { return }
            progress.stages += 1
            try ProtobufReader.fields(stage) { field, value in
                guard case .integer(let number) = value else { return }
                let count = Int64(clamping: number)
                switch field {
                case 2: progress.tasks &+= Int(count)
                case 3: progress.completedTasks &+= Int(count)
                case 4: progress.bytesRead &+= count
                default: break
                }
            }
        }
        return progress
    }
}

/// The server's version in an answer of `AnalyzePlan`; nil where there is none.
func serverVersion(_ message: [UInt8]) throws -> String? {
    var version: String?
    try ProtobufReader.fields(message[...]) { field, value in
        guard case (8, .bytes(let inner)) = (field, value) else { return }
        try ProtobufReader.fields(inner) { field, value in
            if case (1, .bytes(let text)) = (field, value) { version = String(decoding: text, as: UTF8.self) }
        }
    }
    return version
}
