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

/// The pages. They are made here from `templates/web`; each works without script, and its address holds its whole state.
struct WebRoutes: Sendable {
    let parts: SiteParts
    let pages: Pages
    private let files: StaticFiles

    init(_ parts: SiteParts, _ pages: Pages) throws {
        self.parts = parts
        self.pages = pages
        files = try StaticFiles()
    }

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/") { _, _ in .redirect("/app/use-cases") }
        routes.add(.get, "/app") { _, _ in .redirect("/app/use-cases") }
        routes.add(.get, "/app/static/{file}") { request, names in try files.answer(request, names["file"] ?? "") }
        routes.add(.get, "/app/login") { request, _ in
            var reader = ParameterReader(request.query)
            let next = reader.value("next")
            try reader.finish()
            return loginPage(next: next, wrong: false)
        }
        routes.add(.post, "/app/login") { request, _ in try login(request) }
        routes.add(.post, "/app/logout") { request, _ in logout(request) }
        routes.add(.get, "/app/live") { request, _ in
            try request.checkNoParameters()
            return Answer(.json, json: .object([("version", .string(try await parts.live.lately().version))]))
        }
        DashboardPages(parts, pages).add(to: &routes)
        UseCasePages(parts, pages).add(to: &routes)
        DataPages(parts, pages).add(to: &routes)
    }

    // MARK: - Who is there

    private func loginPage(next: String?, wrong: Bool) -> Answer {
        var answer = pages.answer(
            "login", title: "Sign in", ["wrong": wrong, "next": WebRoutes.local(next)], frame: nil)
        if wrong { answer.status = .unauthorized }
        return answer
    }

    private func login(_ request: WebRequest) throws -> Answer {
        let form = try request.form()
        guard let session = try parts.access.login(WebRoutes.trimmed(form["token"] ?? "")) else {
            return loginPage(next: form["next"], wrong: true)
        }
        var answer = Answer.redirect(WebRoutes.local(form["next"]))
        answer.headers[.setCookie] = "\(AccessControl.cookie)=\(session); Path=/; HttpOnly; SameSite=Strict"
        return answer
    }

    /// Without blanks at its ends, which come with copying.
    private static func trimmed(_ text: String) -> String {
        let bytes = text.utf8.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
        return String(decoding: Array(bytes), as: UTF8.self)
    }

    private func logout(_ request: WebRequest) -> Answer {
        parts.access.logout(request)
        var answer = Answer.redirect("/app/login")
        answer.headers[.setCookie] = "\(AccessControl.cookie)=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        return answer
    }

    /// An address of this server's pages, whatever was asked for.
    private static func local(_ address: String?) -> String {
        guard let address, address.hasPrefix("/app/"),
            address.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return "/app/use-cases" }
        return address
    }
}
