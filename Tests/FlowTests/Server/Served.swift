import Diagnostics
import Engine
import Foundation
import HTTPTypes
import Projects
import Server
import Testing

/// A project as it is served, without a network.
struct Served {
    let site: Site
    let folder: ProjectFolder
    let project: TenureProject

    init(_ project: TenureProject, _ settings: ServerSettings = ServerSettings()) throws {
        // Where templates are: the tests' own program is not beside them.
        unsafe setenv("TENURE_HOME", TenureRun.package.path, 1)
        self.project = project
        folder = ProjectFolder(
            project.folder.path,
            engines: Engines(
                embedded: { EmbeddedEngine(store: $0, threads: $1) },
                spark: { _, connection in throw Diagnostic(.sparkUnavailable, "no Spark in this test") }),
            warn: { _ in }, note: { _ in })
        site = try Site(LiveProject(folder, workers: Workers(2), threads: 1), settings)
    }

    /// Harbour Coffee with its use cases deployed.
    static func sample(_ settings: ServerSettings = ServerSettings()) throws -> Served {
        let project = try TenureProject()
        for name in ["project.yaml", "values.yaml", "rates.csv", "data", ".tenure"] {
            try project.copy(unsafe prepared.get().url(name), to: name)
        }
        return try Served(project, settings)
    }

    /// Made once; each test works on a copy.
    nonisolated(unsafe) private static let prepared = Result {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        for useCase in ["cltv-dashboard", "customer-value-report", "customer-report"] {
            try project.succeed("deploy", useCase, "--yes")
        }
        return project
    }

    func get(_ target: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        await site.answer(try WebRequest(.get, target, headers: headers)).answer
    }

    func send(_ method: HTTPRequest.Method, _ target: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        await site.answer(try WebRequest(method, target, headers: headers)).answer
    }

    func post(_ target: String, _ form: [(String, String)], _ headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        let body = QueryString(form.map { .init(name: $0.0, value: $0.1) }).encoded
        return await site.answer(try WebRequest(.post, target, headers: headers, body: Array(body.utf8))).answer
    }

    /// The JSON object of an answer.
    func object(_ target: String) async throws -> [String: Any] {
        let answer = try await get(target)
        #expect(answer.status == .ok, "\(target): \(answer.text)")
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }
}

extension Answer {
    /// The value of a hidden field of the page's form.
    func field(_ name: String) -> String? {
        let mark = "name=\"\(name)\" value=\""
        guard let start = text.range(of: mark) else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
    }
}
