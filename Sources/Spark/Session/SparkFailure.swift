import Foundation

/// Why a statement has no answer.
package struct SparkFailure: Error, Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable {
        /// Nobody answers at the address, or the server is gone.
        case unavailable
        /// The token is none that the server knows.
        case unauthenticated
        /// The server is no Spark, or one before 4.0.
        case unsupportedServer
        /// The statement took longer than it may.
        case timeout
        case canceled
        /// Spark says what is wrong with the statement or its data: `errorClass`.
        case statement
        /// What came back is not what the protocol says.
        case malformedAnswer
    }

    package var kind: Kind
    package var message: String
    /// Spark's name of the error, `TABLE_OR_VIEW_NOT_FOUND`, and its SQLSTATE.
    package var errorClass: String?
    package var sqlState: String?

    package init(_ kind: Kind, _ message: String, errorClass: String? = nil, sqlState: String? = nil) {
        self.kind = kind
        self.message = message
        self.errorClass = errorClass
        self.sqlState = sqlState
    }
}

extension SparkFailure {
    /// The error that Spark's text tells of: `[ERROR_CLASS] words … SQLSTATE: nnnnn`, then lines for its developers.
    package init(sparkText text: String) {
        var message = text
        var errorClass: String?
        if let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]") {
            let name = text[text.index(after: open)..<close]
            if !name.isEmpty, name.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" || $0 == "." }) {
                let rest = String(text[text.index(after: close)...].drop { $0 == " " })
                // Several tasks have failed, each with a text of its own: the first says why.
                if name == "STAGE_MATERIALIZATION_MULTIPLE_FAILURES", let inner = rest.firstIndex(of: "[") {
                    self.init(sparkText: String(rest[inner...]))
                    return
                }
                errorClass = String(name)
                message = rest
            }
        }
        var state: String?
        if let mark = message.range(of: "SQLSTATE: ") {
            let found = message[mark.upperBound...].prefix { $0.isNumber || $0.isUppercase }
            if found.count == 5 { state = String(found) }
            message = String(message[..<mark.lowerBound])
        }
        message = message.trimmingCharacters(in: .whitespacesAndNewlines)
        self.init(.statement, message, errorClass: errorClass, sqlState: state)
    }
}
