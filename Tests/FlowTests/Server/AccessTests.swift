import Foundation
import HTTPTypes
import Quantities
import Server
import Testing

@Suite struct AccessTests {
    private static let host = HTTPField.Name("Host")
    private static let site = HTTPField.Name("Sec-Fetch-Site")

    private func headers(_ fields: [(HTTPField.Name?, String)]) -> HTTPFields {
        var headers = HTTPFields()
        for case (let name?, let value) in fields { headers[name] = value }
        return headers
    }

    @Test func loopbackAnswersForItselfOnly() async throws {
        let served = try Served(try SampleProjectTests.project())
        for host in ["localhost:8642", "127.0.0.1", "[::1]:8642", "LOCALHOST"] {
            #expect(try await served.get("/healthz", headers([(AccessTests.host, host)])).status == .ok, "\(host)")
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"] {
            let answer = try await served.get("/healthz", headers([(AccessTests.host, host)]))
            #expect(answer.status == .misdirectedRequest, "\(host)")
        }
    }

    @Test func formsOfOtherPages() async throws {
        let served = try Served.sample()
        let target = "/app/use-cases/cltv-dashboard/deploy"
        let host: (HTTPField.Name?, String) = (AccessTests.host, "localhost:8642")
        for foreign in [
            headers([host, (AccessTests.site, "cross-site")]), headers([host, (AccessTests.site, "same-site")]),
            headers([host, (.origin, "https://evil.example")]), headers([host, (.origin, "null")]),
        ] {
            #expect(try await served.post(target, [("seal", "x")], foreign).status == .forbidden)
        }
        let own = headers([host, (AccessTests.site, "same-origin"), (.origin, "http://localhost:8642")])
        // The form is looked at: its seal is wrong.
        #expect(try await served.post(target, [("seal", "x")], own).status == .conflict)
    }

    @Test func tokens() async throws {
        let served = try Served.sample(ServerSettings(host: "0.0.0.0"))
        let file = TokenFile(project: served.project.folder)
        let now = Instant(microseconds: 0)
        let reader = try file.create("reader", .read, at: now)
        let admin = try file.create("admin", .admin, at: now)
        #expect(!(try served.project.read(".tenure/tokens.json")).contains(reader))
        func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

        #expect(try await served.get("/healthz").status == .ok)
        let refused = try await served.get("/reports/customer")
        #expect(refused.status == .unauthorized)
        #expect(refused.headers[.wwwAuthenticate] == "Bearer")
        #expect(try await served.get("/metrics").status == .unauthorized)
        #expect(try await served.get("/reports/customer", bearer("tnr_wrong")).status == .unauthorized)
        #expect(try await served.get("/reports/customer", bearer(reader)).status == .ok)
        let target = "/app/use-cases/cltv-dashboard/deploy"
        #expect(try await served.post(target, [("seal", "x")], bearer(reader)).status == .forbidden)
        #expect(try await served.post(target, [("seal", "x")], bearer(admin)).status == .conflict)

        // A page leads to the way in, which leads back.
        let page = try await served.get("/app/data")
        #expect(page.headers[.location] == "/app/login?next=%2Fapp%2Fdata")
        #expect(try await served.post("/app/login", [("token", "tnr_wrong")]).status == .unauthorized)
        let signedIn = try await served.post("/app/login", [("token", reader), ("next", "/app/data")])
        #expect(signedIn.headers[.location] == "/app/data")
        let cookie = try #require(signedIn.headers[.setCookie])
        #expect(cookie.contains("HttpOnly"))
        #expect(cookie.contains("SameSite=Strict"))
        #expect(!cookie.contains(reader))
        let session: HTTPFields = [.cookie: String(cookie.prefix { $0 != ";" })]
        #expect(try await served.get("/app/data", session).status == .ok)
        #expect(try await served.post(target, [("seal", "x")], session).status == .forbidden)
        _ = try await served.post("/app/logout", [], session)
        #expect(try await served.get("/app/data", session).status == .seeOther)

        // Only to pages of this server.
        for next in ["https://evil.example/", "//evil.example", "/app/\\evil", "/reports"] {
            let answer = try await served.post("/app/login", [("token", reader), ("next", next)])
            #expect(answer.headers[.location] == "/app/use-cases", "\(next)")
        }
        try file.revoke("reader")
        #expect(try await served.get("/reports/customer", bearer(reader)).status == .unauthorized)
        // With a token its sessions end.
        let other = try await served.post("/app/login", [("token", admin), ("next", "/app/data%0D%0AX: 1\r\nX: 1")])
        #expect(other.headers[.location] == "/app/use-cases")
        let last: HTTPFields = [.cookie: String(try #require(other.headers[.setCookie]).prefix { $0 != ";" })]
        #expect(try await served.get("/app/data", last).status == .ok)
        try file.revoke("admin")
        #expect(
            try await served.get("/app/data?x=1", last).headers[.location] == "/app/login?next=%2Fapp%2Fdata%3Fx%3D1")
    }
}
