import Definitions
import Deployments
import Diagnostics
import EventStores
import HTTPTypes
import Plans
import Projects
import Quantities
import Queries
import Views

/// The API of a project as OpenAPI 3.1: with the reports, groupings, measures and segmentations that are deployed, so that
/// a client made of it knows what can be asked.
struct OpenAPIDocument {
    private let state: ProjectState
    private let needsToken: Bool

    init(_ state: ProjectState, needsToken: Bool) {
        self.state = state
        self.needsToken = needsToken
    }

    var json: JSONText {
        var members: [(String, JSONText)] = [
            ("openapi", .string("3.1.0")),
            (
                "info",
                .object([
                    ("title", .string("Tenure: \(state.data.project.name.value)")), ("version", .string("1.0.0")),
                    ("description", .string(OpenAPIDocument.description)),
                ])
            ),
            ("paths", .object(paths)),
            ("components", .object(components)),
        ]
        if needsToken { members.append(("security", .array([.object([("bearer", .array([]))])]))) }
        return .object(members)
    }

    private static let description =
        "Reports, dashboards, use cases and segmentations of one project. Money is a JSON number with all its digits; a ratio "
        + "whose denominator is 0 is null. Unknown parameters and values are refused with the names that are possible."

    private var deployed: [DeployedDashboard] {
        state.dashboards.values.sorted { $0.dashboard.id.value < $1.dashboard.id.value }
    }

    private var paths: [(String, JSONText)] {
        var paths: [(String, JSONText)] = [
            get(
                "/reports", "Reports that are deployed, with what they can be grouped by.",
                schema: OpenAPISchemas.reports)
        ]
        for dashboard in deployed {
            let id = dashboard.dashboard.id.value
            let api = ReportAPI(dashboard, state)
            let parameters = reportParameters(api) + policies(dashboard)
            let summary = "\(dashboard.dashboard.name.value), grouped, with a total over everything."
            paths.append(
                get(
                    "/reports/\(id)", summary, parameters: parameters, schema: OpenAPISchemas.report(api),
                    alsoCSV: true))
            paths.append(get("/reports/\(id).csv", summary + " As CSV.", parameters: parameters, type: "text/csv"))
        }
        for dashboard in deployed {
            let id = dashboard.dashboard.id.value
            let parameters = dashboardParameters(dashboard) + policies(dashboard)
            let summary = "All reports of \(dashboard.dashboard.name.value)."
            paths.append(
                get(
                    "/dashboards/\(id)", summary, parameters: parameters, schema: OpenAPISchemas.dashboard,
                    alsoCSV: true))
            paths.append(get("/dashboards/\(id).csv", summary + " As CSV.", parameters: parameters, type: "text/csv"))
        }
        paths.append(
            get("/use-cases", "Use cases that ship or that the project adds.", schema: OpenAPISchemas.useCases))
        paths.append(
            get(
                "/use-cases/{useCase}/requirements", "A use case's requirements held against the data.",
                path: ("useCase", nil), schema: OpenAPISchemas.requirements))
        paths.append(
            get(
                "/segmentations/{segmentation}", "A deployed segmentation, with how many customers each segment has.",
                path: ("segmentation", segmentations.isEmpty ? nil : segmentations),
                schema: OpenAPISchemas.segmentation))
        paths.append(get("/openapi.json", "This document.", schema: .object([("type", .string("object"))])))
        paths.append(
            get("/healthz", "Answers as long as the server runs.", schema: OpenAPISchemas.status, isOpen: true))
        paths.append(
            get("/readyz", "Answers 200 where the project can be read.", schema: OpenAPISchemas.status, isOpen: true))
        if takesPosts { paths += TrackingOpenAPI.paths }
        paths.append(get("/metrics", "Counts, in the exposition format of Prometheus.", type: "text/plain"))
        return paths
    }

    private var takesPosts: Bool {
        state.data.project.sources.contains(where: \.isPosted)
    }

    private var segmentations: [String] {
        state.deployments.flatMap(\.blueprint.assets).filter(\.kind.isSegmentation).map(\.id)
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    // MARK: - Parameters

    private func reportParameters(_ api: ReportAPI) -> [JSONText] {
        var parameters: [JSONText] = []
        if !api.groupings.isEmpty {
            parameters.append(
                parameter(
                    "groupBy", "What rows are grouped by; without it there is the total alone.", words(api.groupings)))
        }
        parameters.append(
            parameter(
                "measures", "The measures in order; all of them unless told.",
                list(words(api.measures.map(\.name)), isUnique: true)))
        parameters.append(
            parameter(
                "sort", "The order of rows: by a measure or name, with - before it the greatest first.",
                words(api.orders)))
        return parameters
    }

    private func dashboardParameters(_ dashboard: DeployedDashboard) -> [JSONText] {
        let api = DashboardAPI(dashboard, state)
        return [
            parameter(
                "groupBy", "The key figures, and a table by this, instead of the reports.",
                words(api.dimensions(state.data.profile))),
            parameter("reports", "Only these.", list(words(api.reports), isUnique: true)),
        ]
    }

    private func policies(_ dashboard: DeployedDashboard) -> [JSONText] {
        let instant = JSONText.object([
            (
                "anyOf",
                .array(["date-time", "date"].map { .inline(OpenAPISchemas.string([("format", .string($0))])) })
            )
        ])
        let isLimited = "an instant, or a date: its local midnight"
        var parameters = [
            parameter("createdAt[gte]", "Beginning of the window, included: \(isLimited).", instant),
            parameter("createdAt[gt]", "Beginning of the window, not included.", instant),
            parameter("createdAt[lt]", "End of the window, not included.", instant),
            parameter(
                "createdAt[lte]", "End of the window, included: with a whole second all of that second.", instant),
            parameter("allTime", "The window is the whole history.", .object([("type", .string("boolean"))])),
            parameter(
                "timezone", "IANA timezone of days and dates; the project's unless told.", OpenAPISchemas.string()),
            parameter("asOf", "Later events do not exist.", instant),
            parameter(
                "displayCurrency", "ISO 4217; what the project's rates lead into.",
                DashboardAPI(dashboard, state).currencies.map(words)
                    ?? OpenAPISchemas.string([("pattern", .string("^[A-Z]{3}$"))])),
            parameter("fx", "Rates of the event's date or as of now.", words(FXPolicy.self)),
            parameter("revenueBasis", "Net of refunds, or gross.", words(RevenueBasis.self)),
            parameter("refundDating", "Refunds on the order's date or their own.", words(RefundDating.self)),
            parameter("consentAsOf", "Consents now, or at each purchase.", words(ConsentAsOf.self)),
            parameter("attribution", "Charges with their first charge, or each by itself.", words(Attribution.self)),
        ]
        for exclusion in dashboard.dashboard.exclusions {
            parameters.append(
                parameter(
                    "\(exclusion.name.value)[nin]",
                    "\(exclusion.title): purchases with one of these values are left out.",
                    list(OpenAPISchemas.string([("minLength", .integer(1))]), isUnique: false)))
        }
        return parameters
    }

    private func parameter(_ name: String, _ description: String, _ schema: JSONText) -> JSONText {
        .object([
            ("name", .string(name)), ("in", .string("query")), ("required", .boolean(false)),
            ("description", .string(description)), ("style", .string("form")), ("explode", .boolean(false)),
            ("schema", schema),
        ])
    }

    private func words(_ allowed: [String]) -> JSONText {
        OpenAPISchemas.string([("enum", .inline(.strings(allowed)))])
    }

    private func words<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type) -> JSONText {
        words(type.allCases.map(\.rawValue))
    }

    /// - Parameter isUnique: a value given twice is refused, as `ParameterReader.words` does; else it says nothing more.
    private func list(_ items: JSONText, isUnique: Bool) -> JSONText {
        .object([
            ("type", .string("array")), ("minItems", .integer(1)), ("uniqueItems", .boolean(isUnique)),
            ("items", items),
        ])
    }

    // MARK: - Operations

    private func get(
        _ path: String, _ summary: String, parameters: [JSONText] = [],
        path named: (name: String, values: [String]?)? = nil, schema: JSONText? = nil,
        type: String = "application/json", alsoCSV: Bool = false, isOpen: Bool = false
    ) -> (String, JSONText) {
        var parameters = parameters
        if let named {
            parameters.append(
                .object([
                    ("name", .string(named.name)), ("in", .string("path")), ("required", .boolean(true)),
                    (
                        "schema",
                        named.values.map { words($0) }
                            ?? OpenAPISchemas.string([("pattern", .string("^[A-Za-z0-9_-]+$"))])
                    ),
                ]))
        }
        let schema = schema ?? OpenAPISchemas.string()
        var content = [(type, JSONText.object([("schema", schema)]))]
        if alsoCSV { content.append(("text/csv", .object([("schema", OpenAPISchemas.string())]))) }
        var responses: [(String, JSONText)] = [
            ("200", .object([("description", .string("OK")), ("content", .object(content))]))
        ]
        responses.append(("304", .object([("description", .string("Not modified since the tag of If-None-Match"))])))
        for (status, description) in OpenAPIDocument.problems(isOpen: isOpen, needsToken: needsToken) {
            let problem = JSONText.object([("$ref", .string("#/components/schemas/Problem"))])
            responses.append(
                (
                    status,
                    .object([
                        ("description", .string(description)),
                        ("content", .object([("application/problem+json", .object([("schema", problem)]))])),
                    ])
                ))
        }
        var operation: [(String, JSONText)] = [
            ("summary", .string(summary)), ("operationId", .string(OpenAPIDocument.operationID(path))),
            ("parameters", .array(parameters)), ("responses", .object(responses)),
        ]
        if isOpen { operation.append(("security", .array([]))) }
        return (path, .object([("get", .object(operation))]))
    }

    private static func operationID(_ path: String) -> String {
        "get" + path.split { !$0.isLetter && !$0.isNumber }.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static func problems(isOpen: Bool, needsToken: Bool) -> [(String, String)] {
        var problems = [("400", "A parameter that there is not, or a value that is not possible")]
        if needsToken, !isOpen { problems += [("401", "No token"), ("403", "The token's role is not enough")] }
        problems += [
            ("404", "There is no such thing in the project"), ("405", "Another method than GET and HEAD"),
            ("409", "The project has no data yet"), ("421", "The request names another host than this machine"),
            ("500", "The server is at fault"), ("503", "The project cannot be read, or it takes too long"),
        ]
        return problems
    }

    private var components: [(String, JSONText)] {
        var schemas = [("Problem", OpenAPISchemas.problem)]
        if takesPosts { schemas.append(("TrackingProblem", OpenAPISchemas.trackingProblem)) }
        var components: [(String, JSONText)] = [("schemas", .object(schemas))]
        if needsToken {
            components.append(
                (
                    "securitySchemes",
                    .object([("bearer", .object([("type", .string("http")), ("scheme", .string("bearer"))]))])
                ))
        }
        return components
    }
}
