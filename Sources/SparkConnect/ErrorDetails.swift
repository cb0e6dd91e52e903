import GRPCCore
package import Spark

/// What a server tells of an error when it is asked (`FetchErrorDetails`): what was thrown, and what each of these comes from.
///
/// The status of a call has the outermost text only, and that of a failure in another thread of Spark is "Exception thrown in
/// awaitResult: ".
package struct ErrorDetails: Hashable {
    package struct Thrown: Hashable {
        package var text = ""
        package var errorClass: String?
        package var sqlState: String?
        package var cause: Int?
    }

    /// From the outermost to what everything comes from.
    package private(set) var chain: [Thrown] = []
}

extension ErrorDetails {
    /// - Parameter message: of `FetchErrorDetailsResponse`.
    /// - Throws: `ProtobufReader.Malformed`.
    package init(_ message: [UInt8]) throws {
        var errors: [Thrown] = []
        var root: Int?
        try ProtobufReader.fields(message[...]) { field, value in
            switch (field, value) {
            case (1, .integer(let index)): root = Int(exactly: index)
            case (2, .bytes(let error)): errors.append(try Thrown(error))
            default: break
            }
        }
        var next = root
        // An error that comes from itself ends the chain.
        var known: Set<Int> = []
        while let index = next, errors.indices.contains(index), known.insert(index).inserted {
            chain.append(errors[index])
            next = errors[index].cause
        }
    }

    /// The name under which the server keeps an error whose status came with this metadata; nil where it says none.
    static func errorID(_ metadata: Metadata) -> String? {
        // What cannot be read says none: the error has a text of its own.
        for status in metadata[binaryValues: "grpc-status-details-bin"] {
            if let id = try? errorID(inStatus: status) { return id }
        }
        return nil
    }

    /// Of a `google.rpc.Status`, the `errorId` in the metadata of its `google.rpc.ErrorInfo`.
    package static func errorID(inStatus status: [UInt8]) throws -> String? {
        var id: String?
        try ProtobufReader.fields(status[...]) { field, value in
            guard case (3, .bytes(let detail)) = (field, value) else { return }
            var (type, content) = ("", ArraySlice<UInt8>())
            try ProtobufReader.fields(detail) { field, value in
                switch (field, value) {
                case (1, .bytes(let bytes)): type = String(decoding: bytes, as: UTF8.self)
                case (2, .bytes(let bytes)): content = bytes
                default: break
                }
            }
            guard type.hasSuffix("/google.rpc.ErrorInfo") else { return }
            try ProtobufReader.fields(content) { field, value in
                guard case (3, .bytes(let entry)) = (field, value) else { return }
                var texts = ["", ""]
                try ProtobufReader.fields(entry) { field, value in
                    guard case .bytes(let bytes) = value, (1...2).contains(field) else { return }
                    texts[field - 1] = String(decoding: bytes, as: UTF8.self)
                }
                if texts[0] == "errorId" { id = texts[1] }
            }
        }
        return id
    }

    /// The first of the chain that has a name in Spark says why; where none has, the last does. What Spark has not named yet
    /// has a number that says nothing.
    package var failure: SparkFailure? {
        let failures = chain.map { thrown in
            var failure = SparkFailure(sparkText: thrown.text)
            // The text may have that of a task in it.
            failure.errorClass = failure.errorClass ?? thrown.errorClass
            failure.sqlState = failure.sqlState ?? thrown.sqlState
            return failure
        }
        let named = failures.first { failure in
            failure.errorClass.map { !$0.hasPrefix("_LEGACY_ERROR_TEMP") } ?? false
        }
        return named ?? failures.last { !$0.message.isEmpty }
    }
}

extension ErrorDetails.Thrown {
    fileprivate init(_ message: ArraySlice<UInt8>) throws {
        try ProtobufReader.fields(message) { field, value in
            switch (field, value) {
            case (2, .bytes(let bytes)): text = String(decoding: bytes, as: UTF8.self)
            case (4, .integer(let index)): cause = Int(exactly: index)
            case (5, .bytes(let throwable)):
                try ProtobufReader.fields(throwable) { field, value in
                    switch (field, value) {
                    case (1, .bytes(let bytes)): errorClass = String(decoding: bytes, as: UTF8.self)
                    case (4, .bytes(let bytes)): sqlState = String(decoding: bytes, as: UTF8.self)
                    default: break
                    }
                }
            default: break
            }
        }
    }
}
