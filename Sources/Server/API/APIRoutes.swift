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

/// The HTTP API: the routes of `/openapi.json`.
struct APIRoutes: Sendable {
    private let parts: SiteParts

    init(_ parts: SiteParts) {
        self.parts = parts
    }

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/reports") { request, _ in try await reports(request) }
        routes.add(.get, "/reports/{report}") { try await report($0, $1["report"] ?? "", asCSV: $0.prefersCSV) }
        routes.add(.get, "/reports/{report}.csv") { try await report($0, $1["report"] ?? "", asCSV: true) }
        routes.add(.get, "/dashboards/{dashboard}") {
            try await dashboard($0, $1["dashboard"] ?? "", asCSV: $0.prefersCSV)
        }
        routes.add(.get, "/dashboards/{dashboard}.csv") {
            try await dashboard($0, $1["dashboard"] ?? "", asCSV: true)
        }
        routes.add(.get, "/use-cases") { request, _ in try await useCases(request) }
        routes.add(.get, "/use-cases/{useCase}/requirements") { try await requirements($0, $1["useCase"] ?? "") }
        routes.add(.get, "/segmentations/{segmentation}") { try await segmentation($0, $1["segmentation"] ?? "") }
        routes.add(.get, "/openapi.json") { request, _ in try await openAPI(request) }
        routes.add(.get, "/healthz") { request, _ in
            try request.checkNoParameters()
            return Answer(.json, json: .object([("status", .string("ok"))]))
        }
        routes.add(.get, "/readyz") { request, _ in try await ready(request) }
        routes.add(.get, "/metrics") { request, _ in try await metrics(request) }
    }

    // MARK: - Reports

    private func reports(_ request: WebRequest) async throws -> Answer {
        try request.checkNoParameters()
        let state = try await parts.live.state()
        let reports = state.dashboards.values.sorted { $0.dashboard.id.value < $1.dashboard.id.value }.map { deployed in
            let api = ReportAPI(deployed, state)
            return JSONText.object([
                ("report", .string(deployed.dashboard.id.value)), ("title", .string(deployed.dashboard.name.value)),
                ("useCase", .string(deployed.useCase)), ("groupings", .inline(.strings(api.groupings))),
                ("measures", .inline(.strings(api.measures.map(\.name)))),
            ])
        }
        return Answer(.json, json: .object([("data", .array(reports))]))
    }

    private func report(_ request: WebRequest, _ id: String, asCSV: Bool) async throws -> Answer {
        let state = try await parts.live.state()
        let deployed = try state.dashboard(id)
        let api = ReportAPI(deployed, state)
        let (options, order) = try api.options(request.query)
        return try await parts.kept(request, state, "report \(id) \(asCSV) \(request.query.encoded)") {
            let result = try state.result(deployed, options)
            if asCSV { return Answer(csv: try api.csv(result, options, order), name: fileName(id, result.semantics)) }
            return Answer(.json, json: try api.json(result, options, order))
        }
    }

    private func dashboard(_ request: WebRequest, _ id: String, asCSV: Bool) async throws -> Answer {
        let state = try await parts.live.state()
        let deployed = try state.dashboard(id)
        let api = DashboardAPI(deployed, state)
        let options = try api.options(request.query, dimensions: api.dimensions(state.data.profile))
        return try await parts.kept(request, state, "dashboard \(id) \(asCSV) \(request.query.encoded)") {
            let result = try state.result(deployed, options)
            if asCSV { return Answer(csv: try CSVView().render(result), name: fileName(id, result.semantics)) }
            return Answer(.json, text: JSONView().render(result))
        }
    }

    // MARK: - Use cases

    private func useCases(_ request: WebRequest) async throws -> Answer {
        try request.checkNoParameters()
        let folder = parts.live.folder
        return try await parts.live.workers.run {
            let center = try UseCaseCenter(folder, ValuesSelection())
            return Answer(.json, json: UseCaseAPI.list(try center.files.map(center.entry)))
        }
    }

    private func requirements(_ request: WebRequest, _ id: String) async throws -> Answer {
        try request.checkNoParameters()
        let folder = parts.live.folder
        return try await parts.live.workers.run {
            let filled = try folder.useCase(id, ValuesSelection())
            let project = try folder.project()
            let check = RequirementCheck(
                folder: folder, project: project, data: try folder.data(of: project, threads: Machine.threads))
            return Answer(.json, json: UseCaseAPI.requirements(id, try check.results(filled)))
        }
    }

    private func segmentation(_ request: WebRequest, _ id: String) async throws -> Answer {
        try request.checkNoParameters()
        let state = try await parts.live.state()
        let found = state.deployments.lazy.reversed().compactMap { deployment in
            deployment.blueprint.assets.first { $0.id == id && $0.kind.isSegmentation }.map { (deployment, $0) }
        }.first
        guard let (deployment, asset) = found else {
            let known = Set(state.deployments.flatMap(\.blueprint.assets).filter(\.kind.isSegmentation).map(\.id))
                .sorted()
            throw Problem(
                .notFound, "no deployed use case has a segmentation '\(id)'",
                hints: didYouMean(id, among: known) + ["there are: \(known.joined(separator: ", "))"])
        }
        return try await parts.kept(request, state, "segmentation \(id)") {
            let setup = try EvaluationSetup(state.data, options: EvaluationOptions())
            let compilation = try SegmentationCompilation(
                deployment.definition(), project: setup.project, profile: setup.profile, semantics: setup.semantics)
            do {
                let counts = try setup.engine.segmentCounts(compilation.evaluation).first { $0.id == id }
                return Answer(
                    .json,
                    json: UseCaseAPI.segmentation(
                        asset, useCase: deployment.blueprint.useCase, counts: counts,
                        asOf: counts.map { _ in setup.semantics.asOf.description }))
            } catch let error as QueryError {
                throw error.diagnostic
            }
        }
    }

    // MARK: - The server itself

    private func openAPI(_ request: WebRequest) async throws -> Answer {
        try request.checkNoParameters()
        let state = try await parts.live.state()
        let needsToken = parts.access.needsToken
        return try await parts.kept(request, state, "openapi") {
            Answer(.json, json: OpenAPIDocument(state, needsToken: needsToken).json)
        }
    }

    private func ready(_ request: WebRequest) async throws -> Answer {
        try request.checkNoParameters()
        do {
            let state = try await parts.live.lately()
            return Answer(
                .json,
                json: .object([
                    ("status", .string("ready")), ("generation", .integer(state.data.source.generation)),
                    ("deployments", .integer(state.deployments.count)),
                ]))
        } catch {
            throw Problem(
                .serviceUnavailable, "the project cannot be read or has no data: see tenure validate, tenure import")
        }
    }

    private func metrics(_ request: WebRequest) async throws -> Answer {
        try request.checkNoParameters()
        let (hits, misses) = parts.cache.counts
        var gauges = [
            ("tenure_answers_kept_total", "Answers that were there or under way when they were asked for.", hits),
            ("tenure_answers_computed_total", "Answers that had to be computed.", misses),
            ("tenure_answers_bytes", "Bytes of the answers that are kept.", parts.cache.size),
            ("tenure_tracking_posted_total", "Lines that were posted and are on the disk.", parts.journal.posted),
            (
                "tenure_tracking_is_waiting", "1 where what was posted cannot be imported: see the page Data.",
                parts.intake.problem == nil ? 0 : 1
            ),
            ("process_resident_memory_bytes", "Resident memory.", ProcessMemory.resident),
        ]
        let state = try? await parts.live.lately()
        gauges.append(
            ("tenure_project_is_readable", "1 where the project can be read and has data.", state == nil ? 0 : 1))
        if let state {
            gauges.append(("tenure_store_generation", "Number of the data's generation.", state.data.source.generation))
        }
        return Answer(.metrics, text: parts.metrics.text(gauges.map { (name: $0.0, help: $0.1, value: $0.2) }))
    }
}

extension ProjectState {
    /// The project's timezone.
    var zone: Zone { data.project.timezone.value }

    /// - Throws: `Diagnostic` where the options do not suit the project.
    func result(_ deployed: DeployedDashboard, _ options: EvaluationOptions) throws -> DashboardResult {
        try EvaluationSetup(data, options: options).result(deployed.definition, hash: deployed.hash)
    }
}

extension Asset.Kind {
    var isSegmentation: Bool { self == .eventSegmentation || self == .customerSegmentation }
}

extension Answer {
    init(_ type: ContentType, json: JSONText) {
        self.init(type, text: json.indented + "\n")
    }

    /// A file to keep.
    init(csv: String, name: String) {
        self.init(.csv, text: csv)
        headers[.contentDisposition] = "attachment; filename=\"\(name)\""
    }
}

extension WebRequest {
    /// `Accept` wants CSV more than JSON, or as much and names it first (RFC 9110, section 12.5.1).
    var prefersCSV: Bool {
        guard let accept = headers[.accept] else { return false }
        /// How much a type is wanted, 0 to 1, and where it stands; by the most specific range that has it.
        func wish(_ ranges: [String]) -> (quality: Double, position: Int)? {
            for range in ranges {
                for (position, part) in accept.split(separator: ",").enumerated() {
                    let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
                    guard pieces.first == range else { continue }
                    let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
                    return (quality ?? 1, position)
                }
            }
            return nil
        }
        // Who takes anything gets JSON.
        guard let csv = wish(["text/csv", "text/*"]), csv.quality > 0 else { return false }
        guard let json = wish(["application/json", "application/*", "*/*"]) else { return true }
        return csv.quality == json.quality ? csv.position < json.position : csv.quality > json.quality
    }
}
