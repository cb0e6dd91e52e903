import Foundation
import HTTPTypes
import Server
import Testing

@Suite struct RouteTests {
    /// The request of the conventions, word for word.
    @Test func theRequestOfTheConventions() async throws {
        let served = try Served.sample()
        let answer = try await served.object(
            "/reports/customer-value?groupBy=product.name&createdAt[gte]=2026-01-01T00:00:00Z&createdAt[lte]=2026-01-31T23:59:59Z"
        )
        #expect((answer["data"] as? [Any])?.isEmpty == false)
        #expect((answer["total"] as? [String: Any])?["fcQuantity"] as? Int == 189)
        let meta = try #require(answer["meta"] as? [String: Any])
        // The whole last second is in.
        #expect(
            meta["createdAt"] as? [String: String] == ["gte": "2026-01-01T00:00:00Z", "lt": "2026-02-01T00:00:00Z"])
        #expect(meta["groupBy"] as? String == "product.name")
        #expect((meta["semantics"] as? [String: Any])?["attribution"] as? String == "anchored")
    }

    @Test func bounds() async throws {
        let served = try Served.sample()
        func window(_ query: String) async throws -> [String: String] {
            let answer = try await served.object("/reports/customer?\(query)")
            return try #require((answer["meta"] as? [String: Any])?["createdAt"] as? [String: String])
        }
        // Prague is one hour ahead in January, two in July.
        #expect(
            try await window("createdAt[gte]=2026-01-01&createdAt[lt]=2026-07-01")
                == ["gte": "2025-12-31T23:00:00Z", "lt": "2026-06-30T22:00:00Z"])
        #expect(
            try await window("createdAt[gt]=2026-01-01T00:00:00Z&createdAt[lte]=2026-01-31T23:59:59.5Z&timezone=UTC")
                == ["gte": "2026-01-01T00:00:01Z", "lt": "2026-01-31T23:59:59.500001Z"])
        // An end alone has the twelve months before it.
        #expect(
            try await window("createdAt[lt]=2026-01-01&timezone=UTC")
                == ["gte": "2025-01-01T00:00:00Z", "lt": "2026-01-01T00:00:00Z"])
    }

    @Test func nothingIsIgnored() async throws {
        let served = try Served.sample()
        let cases: [(String, [String])] = [
            ("/reports/customer-value?groupBy=colour", ["groupBy"]),
            ("/reports/customer-value?group=date", ["group"]),
            ("/reports/customer-value?measures=ltv,profit", ["measures"]),
            ("/reports/customer-value?measures=ltv,ltv", ["measures"]),
            ("/reports/customer-value?measures=", ["measures"]),
            ("/reports/customer-value?timezone=Mars", ["timezone"]),
            ("/reports/customer-value?displayCurrency=USD", ["displayCurrency"]),
            ("/dashboards/cltv?displayCurrency=euro", ["displayCurrency"]),
            ("/reports/customer-value?attribution=best&fx=now", ["fx", "attribution"]),
            ("/reports/customer-value?createdAt[gte]=soon", ["createdAt[gte]"]),
            ("/reports/customer-value?createdAt[gte]=2026-01-02&createdAt[lt]=2026-01-01", ["createdAt"]),
            ("/reports/customer-value?createdAt[gte]=2026-01-01&createdAt[gt]=2026-01-01", ["createdAt[gt]"]),
            ("/reports/customer-value?allTime=true&createdAt[gte]=2026-01-01", ["allTime"]),
            ("/reports/customer-value?groupBy=date&groupBy=currency", ["groupBy"]),
            ("/reports/customer?groupBy=month&measures=repurchaseRate", ["measures"]),
            ("/dashboards/cltv?reports=headline,nothing", ["reports"]),
            ("/dashboards/cltv?groupBy=weather", ["groupBy"]),
            ("/healthz?verbose=1", ["verbose"]),
            ("/reports/customer?groupBy=date&createdAt[gte]=0001-01-01", ["createdAt"]),
        ]
        for (target, parameters) in cases {
            let answer = try await served.get(target)
            #expect(answer.status == .badRequest, "\(target): \(answer.text)")
            #expect(answer.headers[.contentType] == "application/problem+json")
            let errors = answer.json["errors"] as? [[String: Any]] ?? []
            #expect(errors.map { $0["parameter"] as? String } == parameters, "\(target): \(answer.text)")
        }
        let answer = try await served.get("/reports/customer-value?groupBy=colour")
        let errors = try #require(answer.json["errors"] as? [[String: Any]])
        let allowed = try #require(errors[0]["allowed"] as? [String])
        #expect(allowed.starts(with: ["product.name", "price.name", "currency", "date", "utmSource", "utmCampaign"]))
    }

    @Test func whatThereIsNot() async throws {
        let served = try Served.sample()
        for target in [
            "/nothing", "/reports/profit", "/dashboards/x.csv", "/use-cases/x/requirements", "/segmentations/x",
            "/reports/%2e%2e",
        ] {
            #expect(try await served.get(target).status == .notFound, "\(target)")
        }
        let answer = try await served.send(.delete, "/reports/customer")
        #expect(answer.status == .methodNotAllowed)
        #expect(answer.headers[.allow] == "GET, HEAD")
        #expect(throws: Problem.self) { try WebRequest(.get, "/reports/%ff") }
        #expect(throws: Problem.self) { try WebRequest(.get, "/reports/customer?a=%zz") }
    }

    @Test func statusesLeftOut() async throws {
        let served = try Served.sample()
        let all = try await served.object("/reports/customer")
        let some = try await served.object("/reports/customer?status[nin]=completed")
        #expect(((all["total"] as? [String: Any])?["customers"] as? Int ?? 0) > 1_000)
        #expect((some["total"] as? [String: Any])?["customers"] as? Int == 0)
        let meta = try #require(some["meta"] as? [String: Any])
        #expect(meta["excluded"] as? [String: [String]] == ["status": ["completed"]])
        #expect((meta["warnings"] as? [String])?.contains { $0.hasPrefix("Left out by choice") } == true)
        let twice = try await served.object("/reports/customer?status[nin]=completed,completed")
        #expect((twice["meta"] as? [String: Any])?["excluded"] as? [String: [String]] == ["status": ["completed"]])
    }

    /// In a currency that the project's rates lead into, beside its own.
    @Test func anotherDisplayCurrency() async throws {
        let served = try Served.sample()
        let window = "createdAt%5Bgte%5D=2025-01-01&createdAt%5Blt%5D=2026-01-01"
        let pounds = try await served.object("/dashboards/cltv?\(window)&displayCurrency=GBP")
        let printed = try served.project.evaluated(
            "cltv-dashboard", ["--from", "2025-01-01", "--to", "2026-01-01", "--currency", "GBP"])
        #expect(printed.semantics.displayCurrency == "GBP")
        #expect((pounds["semantics"] as? [String: Any])?["display_currency"] as? String == "GBP")
        // Computed without code of the project, from the rates into pounds.
        let expected = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: TenureRun.package.appending(path: "seeds/harbour-coffee/expected.json")))
                as? [String: Any])
        let revenue = try #require((expected["year_2025"] as? [String: Any])?["revenue_in_pounds"] as? String)
        #expect(try printed.report("headline").total["revenue"] == Figure(exactly: revenue))
        let headline = try #require(
            (pounds["reports"] as? [[String: Any]])?.first { $0["id"] as? String == "headline" })
        let row = (headline["rows"] as? [[String: Any]])?.first ?? [:]
        let shown = (row["values"] as? [String: Any])?["revenue"] as? NSNumber
        #expect(abs((shown?.doubleValue ?? .nan) - (Double(revenue) ?? 0)) < 1e-6, "\(headline)")
        let page = try await served.get("/app/dashboards/cltv?from=2025-01-01&through=2025-12-31&currency=GBP")
        #expect(page.text.contains("£53,013.22"))
        #expect(page.text.contains("<option value=\"GBP\" selected>GBP</option>"))
        // What a number before is made of, in pounds as well.
        let before = try await served.get(
            "/app/explain/cltv?report=headline&metric=revenue&window=previous&from=2025-01-01&through=2025-12-31&currency=GBP"
        )
        let year = try served.project.evaluated(
            "cltv-dashboard", ["--from", "2024-01-01", "--to", "2025-01-01", "--currency", "GBP"])
        let earlier = try #require(try year.report("headline").total["revenue"]).double
        #expect(before.status == .ok && before.text.contains("2024-01-01 – 2024-12-31"), "\(before.text.prefix(2_000))")
        #expect(earlier > 1_000 && before.text.contains("£\(Int(earlier / 1_000)),"), "\(earlier)")
        let refused = try await served.get("/app/dashboards/cltv?currency=USD")
        #expect(refused.status == .badRequest && refused.text.contains("EUR, GBP"), "\(refused.text)")
    }

    @Test func tags() async throws {
        let served = try Served.sample()
        let target = "/reports/customer?groupBy=month"
        let first = try await served.get(target)
        let tag = try #require(first.headers[.eTag])
        let again = try await served.get(target, [.ifNoneMatch: tag])
        #expect(again.status == .notModified)
        #expect(again.body.isEmpty)
        #expect(try await served.get("/reports/customer?groupBy=week").headers[.eTag] != tag)
        #expect(
            try await served.get("/reports/customer?displayCurrency=XXX", [.ifNoneMatch: "*"]).status == .badRequest)
        // Another deployment makes other answers possible.
        try served.project.succeed("deploy", "rfm-segmentation", "--yes")
        #expect(try await served.get(target, [.ifNoneMatch: tag]).status == .ok)
    }

    @Test func files() async throws {
        let served = try Served.sample()
        let query =
            "groupBy=product.name&createdAt[gte]=2026-01-01T00:00:00Z&createdAt[lte]=2026-01-31T23:59:59Z&timezone=UTC"
        let answer = try await served.get("/reports/customer-value.csv?\(query)")
        #expect(answer.headers[.contentType] == "text/csv; charset=utf-8")
        #expect(
            answer.headers[.contentDisposition]
                == "attachment; filename=\"customer-value_2026-01-01_2026-01-31.csv\"")
        let accepted = try await served.get("/reports/customer-value?\(query)", [.accept: "text/csv"])
        #expect(accepted.body == answer.body)
        let preferred = try await served.get(
            "/reports/customer-value?\(query)", [.accept: "text/csv;q=0.5, application/json"])
        #expect(preferred.headers[.contentType] == "application/json")
    }

    @Test func headers() async throws {
        let served = try Served.sample()
        for target in ["/healthz", "/app/use-cases", "/reports/customer", "/nothing", "/app/nothing"] {
            let answer = try await served.get(target)
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
            let policy = HTTPField.Name("Content-Security-Policy").flatMap { answer.headers[$0] }
            #expect(policy?.contains("default-src 'none'") == true)
            #expect(policy?.contains("unsafe") == false)
        }
        let head = try await served.send(.head, "/reports/customer")
        #expect(head.status == .ok)
        #expect(head.body.isEmpty)
    }

    /// Every path of the API that answers is in the document, and the other way round.
    @Test func documentIsComplete() async throws {
        let served = try Served.sample()
        let document = try await served.object("/openapi.json")
        let paths = try #require(document["paths"] as? [String: Any])
        for path in paths.keys {
            let target = path.replacingOccurrences(of: "{useCase}", with: "cltv-dashboard")
                .replacingOccurrences(of: "{segmentation}", with: "retention")
            #expect(try await served.get(target).status == .ok, "\(path)")
        }
        #expect(paths.count == 20)
        let operation = try #require((paths["/reports/customer-value"] as? [String: Any])?["get"] as? [String: Any])
        let parameters = try #require(operation["parameters"] as? [[String: Any]])
        let schemas = Dictionary(
            uniqueKeysWithValues: parameters.map { ($0["name"] as? String, $0["schema"] as? [String: Any]) })
        // A value to leave out may be there twice, a measure may not.
        #expect((schemas["status[nin]"] ?? [:])?["uniqueItems"] as? Bool == false)
        #expect((schemas["measures"] ?? [:])?["uniqueItems"] as? Bool == true)
    }

    /// A store that is not there yet is no failure of the server.
    @Test func withoutData() async throws {
        let project = try SampleProjectTests.project()
        let served = try Served(project)
        #expect(try await served.get("/healthz").status == .ok)
        #expect(try await served.get("/readyz").status == .serviceUnavailable)
        #expect(try await served.get("/reports/customer").status == .conflict)
        #expect(try await served.get("/app/use-cases").status == .ok)
        #expect(try await served.get("/app/use-cases/cltv-dashboard").status == .ok)
        try project.succeed("import", "--progress", "none")
        #expect(try await served.get("/readyz").status == .ok)
    }

    @Test func metricsHaveNoNames() async throws {
        let served = try Served.sample()
        _ = try await served.get("/reports/customer?status[nin]=secret")
        _ = try await served.get("/app/explain/cltv?report=headline&metric=revenue&row=secret")
        let text = try await served.get("/metrics").text
        #expect(
            text.contains("tenure_http_requests_total{method=\"GET\",route=\"/reports/{report}\",status=\"200\"} 1"))
        #expect(!text.contains("secret"))
    }
}
