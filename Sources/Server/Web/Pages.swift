import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import HTTPTypes
import Mustache
import Plans
import Projects
import Quantities
import Queries
import Views

/// Templates filled in, within the frame that all pages have.
///
/// Text goes through `Markup.escape`, which escapes byte by byte: the template engine's own escaping goes by Characters,
/// and a quote with a combining mark after it is none of those that it knows.
struct Pages: Sendable {
    private let library: MustacheLibrary

    /// - Throws: `Diagnostic` where a template is missing or has mistakes.
    init() throws {
        MustacheContentTypes.register(EscapedBytes(), named: "PAGE")
        let folder = try Resources.folder().appending(path: "templates/web")
        var library = MustacheLibrary()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.hasSuffix(".mustache") {
            do {
                let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
                try library.register("{{% CONTENT_TYPE: PAGE}}" + text, named: String(name.dropLast(9)))
            } catch {
                throw Diagnostic(.missingResources, "the template templates/web/\(name) cannot be read: \(error)")
            }
        }
        self.library = library
    }

    /// A page.
    ///
    /// - Parameters:
    ///   - content: what the template names. Markup that is made by code is a `Markup`'s text under a name with three
    ///     braces.
    ///   - frame: navigation; nil for pages of who has not signed in.
    ///   - refresh: seconds after which the page is asked for again.
    func answer(
        _ template: String, status: HTTPResponse.Status = .ok, title: String, _ content: [String: Any], frame: Frame?,
        refresh: Int? = nil
    ) -> Answer {
        let main = library.render(content, withTemplate: template) ?? ""
        var whole: [String: Any] = ["title": title, "main": main]
        if let refresh { whole["refresh"] = String(refresh) }
        if let frame {
            whole["frame"] = [
                "project": frame.project, "dashboards": frame.links(frame.dashboards),
                "hasDashboards": !frame.dashboards.isEmpty, "hasReports": !frame.reports.isEmpty,
                "reports": frame.links(frame.reports), "isUseCases": frame.current == "/app/use-cases",
                "isData": frame.current == "/app/data", "hasSession": frame.hasSession, "version": frame.version,
            ]
        }
        return Answer(.html, text: library.render(whole, withTemplate: "page") ?? "", status: status)
    }

    private struct EscapedBytes: MustacheContentType {
        func escapeText(_ text: String) -> String {
            var bytes: [UInt8] = []
            Markup.escape(text, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// What stands around every page.
struct Frame: Sendable {
    var project: String
    /// Address and name of each.
    var dashboards: [(String, String)] = []
    var reports: [(String, String)] = []
    /// The address of the page itself.
    var current: String
    var hasSession: Bool
    /// Of the state that the page shows; the script looks whether there is a newer one.
    var version: String

    func links(_ links: [(String, String)]) -> [[String: Any]] {
        links.map { ["address": $0, "name": $1, "isCurrent": $0 == current] }
    }
}

extension SiteParts {
    /// The frame of a page at an address; a project that cannot be read has less in it.
    ///
    /// - Parameter known: the state that the page shows; without it the newest one.
    func frame(_ current: String, _ known: ProjectState? = nil) async -> Frame {
        let newest = known == nil ? try? await live.state() : nil
        let state = known ?? newest
        var frame = Frame(
            project: state?.data.project.name.value ?? "Tenure", current: current, hasSession: access.needsToken,
            version: state?.version ?? "")
        for deployed in (state?.dashboards.values ?? [:].values).sorted(by: {
            $0.dashboard.id.value < $1.dashboard.id.value
        }) {
            let link = ("/app/dashboards/\(deployed.dashboard.id.value)", deployed.dashboard.name.value)
            if deployed.dashboard.groupings.isEmpty {
                frame.dashboards.append(link)
            } else {
                frame.reports.append(link)
            }
        }
        return frame
    }
}

/// A problem as a page.
enum ErrorPage {
    static func answer(
        _ problem: Problem, _ request: WebRequest, _ pages: Pages, frame: Frame?
    ) -> Answer {
        if problem.status == .unauthorized {
            // A form cannot be sent again; its page can be opened again.
            var target = "/" + request.path.map(PercentEncoding.encode).joined(separator: "/")
            if request.method == .get, !request.query.items.isEmpty { target += "?" + request.query.encoded }
            if request.method == .post {
                target = "/" + request.path.dropLast().map(PercentEncoding.encode).joined(separator: "/")
            }
            return .redirect("/app/login?next=" + PercentEncoding.encode(target))
        }
        if problem.isLate, request.question != nil {
            var answer = pages.answer(
                "waiting", status: problem.status, title: "Still computing", [:], frame: frame, refresh: 1)
            for field in problem.headers { answer.headers.append(field) }
            return answer
        }
        // Names of everything that the data has would be a page of their own.
        let possible = problem.errors.filter { !$0.allowed.isEmpty }.map { error in
            let shown = error.allowed.prefix(12).joined(separator: ", ") + (error.allowed.count > 12 ? ", …" : "")
            return "possible as \(error.parameter): \(shown)"
        }
        var content: [String: Any] = [
            "status": String(problem.status.code), "reason": problem.status.reasonPhrase, "detail": problem.detail,
            "hints": problem.hints + possible,
        ]
        // An empty text would count as one that is there.
        if let code = problem.code { content["code"] = code }
        var answer = pages.answer(
            "error", status: problem.status, title: problem.status.reasonPhrase, content, frame: frame)
        for field in problem.headers { answer.headers.append(field) }
        return answer
    }
}

/// The style sheet, the script and the icon.
struct StaticFiles: Sendable {
    private let files: [String: Answer]

    /// - Throws: `Diagnostic` where one is missing.
    init() throws {
        let folder = try Resources.folder().appending(path: "templates/web")
        func file(_ name: String, _ type: Answer.ContentType, before: String = "") throws -> (String, Answer) {
            guard let data = FileManager.default.contents(atPath: folder.appending(path: name).path) else {
                throw Diagnostic(.missingResources, "templates/web/\(name) is missing")
            }
            var answer = Answer(type, Array(before.utf8) + Array(data))
            answer.headers[.eTag] = "\"\(Hash.hexadecimal(answer.body))\""
            answer.headers[.cacheControl] = "no-cache"
            return (name, answer)
        }
        files = try Dictionary(uniqueKeysWithValues: [
            file("style.css", .css, before: StyleSheet.text.description + "\n"), file("app.js", .script),
            file("icon.svg", .svg),
        ])
    }

    func answer(_ request: WebRequest, _ name: String) throws -> Answer {
        guard let file = files[name] else { throw Problem(.notFound, "there is no file '\(name)'") }
        if let tag = file.headers[.eTag], request.headers[.ifNoneMatch] == tag {
            return Answer(.notModified, headers: [.eTag: tag])
        }
        return file
    }
}
