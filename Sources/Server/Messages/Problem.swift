package import Diagnostics
package import HTTPTypes

/// Why a request has no answer, as RFC 9457 has it: `application/problem+json`.
package struct Problem: Error, Sendable {
    package var status: HTTPResponse.Status
    /// One sentence about this case.
    package var detail: String
    /// What is wrong with single parameters.
    package var errors: [ParameterError]
    /// `TN506`: what `tenure explain` tells more about.
    package var code: String?
    package var hints: [String]
    package var headers: HTTPFields = [:]
    /// The answer takes longer than a request may; its work goes on.
    var isLate = false
    /// More members of the answer.
    var members: [(String, JSONText)] = []

    package struct ParameterError: Equatable, Sendable {
        package var parameter: String
        package var detail: String
        /// The only values that are possible, where there are some.
        package var allowed: [String]

        package init(_ parameter: String, _ detail: String, allowed: [String] = []) {
            self.parameter = parameter
            self.detail = detail
            self.allowed = allowed
        }
    }

    package init(
        _ status: HTTPResponse.Status, _ detail: String, errors: [ParameterError] = [], code: String? = nil,
        hints: [String] = []
    ) {
        self.status = status
        self.detail = detail
        self.errors = errors
        self.code = code
        self.hints = hints
    }

    /// Wrong parameters; at least one.
    package static func parameters(_ all: [ParameterError]) -> Problem {
        // Nobody reads thousands, and each may list what is possible.
        var errors = Array(all.prefix(10))
        if all.count > errors.count { errors.append(ParameterError("…", "and \(all.count - errors.count) more")) }
        let detail = errors.map { "\($0.parameter): \($0.detail)" }.joined(separator: "; ")
        return Problem(.badRequest, detail, errors: errors)
    }

    package var answer: Answer {
        var members: [(String, JSONText)] = [
            ("type", .string("about:blank")), ("title", .string(status.reasonPhrase)),
            ("status", .integer(status.code)), ("detail", .string(detail)),
        ]
        if let code { members.append(("code", .string(code))) }
        if !hints.isEmpty { members.append(("hints", .inline(.strings(hints)))) }
        if !errors.isEmpty {
            let errors = errors.map { error in
                var members: [(String, JSONText)] = [
                    ("parameter", .string(error.parameter)), ("detail", .string(error.detail)),
                ]
                if !error.allowed.isEmpty { members.append(("allowed", .strings(error.allowed))) }
                return JSONText.inline(.object(members))
            }
            members.append(("errors", .array(errors)))
        }
        members += self.members
        var answer = Answer(.problem, text: JSONText.object(members).indented + "\n", status: status)
        for field in headers { answer.headers.append(field) }
        return answer
    }
}

extension Problem {
    /// What a stage says about a request, or about the project that it was asked of.
    package init(_ diagnostics: [Diagnostic]) {
        let errors = diagnostics.filter { $0.severity == .error }
        let first = errors.first ?? diagnostics.first
        self.init(
            first.map { Problem.status(of: $0.code) } ?? .internalServerError,
            errors.map(Problem.sentence).joined(separator: "; "), code: first?.code.id,
            hints: errors.flatMap(\.hints).filter { !$0.hasPrefix("--") })
    }

    /// The message, with its place where that is in one of the project's files.
    private static func sentence(_ diagnostic: Diagnostic) -> String {
        guard let place = diagnostic.place, isOfFiles(diagnostic.code) else {
            return diagnostic.message
        }
        // Where the project lies on the disk is nobody's business.
        let file = place.file.path.split(separator: "/").last ?? "a file"
        return "\(file):\(place.line):\(place.column): \(diagnostic.message)"
    }

    private static func status(of code: Code) -> HTTPResponse.Status {
        switch code {
        case .invalidOption, .unknownDimension, .emptyWindow, .windowTooLong, .invalidInstant, .missingRate,
            .missingData,
            .wrongDataType, .unsupportedQuery, .unmetRequirements, .parameterValue, .unknownParameter,
            .parameterWithoutValue:
            .badRequest
        case .notDeployed, .unknownUseCase, .unknownReport, .unknownDeployment, .unknownCustomer, .noDashboard:
            .notFound
        case .emptyStore, .deploymentConflict, .stalePlan, .storeLocked: .conflict
        case .trackingLocked, .trackingInaccessible, .sparkUnavailable, .sparkAccess, .sparkVersion, .sparkTimeout:
            .serviceUnavailable
        // What is wrong in the project's files is for who keeps them.
        default: isOfFiles(code) ? .serviceUnavailable : .internalServerError
        }
    }

    /// What is wrong with the project's own files: its YAML, and its rates.
    private static func isOfFiles(_ code: Code) -> Bool {
        ["TN0", "TN1", "TN2"].contains(code.id.prefix(3))
    }
}
