import Foundation
import HTTPTypes
import Server
import Testing

@Suite struct WebTests {
    private let page = "/app/use-cases/cltv-dashboard"

    /// A forecast's numbers lead to what it is made of, for 3 to 24 months.
    @Test func forecasts() async throws {
        let served = try Served.sample()
        let page = try await served.get("/app/dashboards/cltv")
        #expect(
            page.text.contains("/app/explain/cltv?report=expected-by-email&amp;metric=expected_value&amp;row=Email"))
        let address = "/app/explain/cltv?report=expected-by-email&metric=expected_value&row=Email%20subscribers"
        let twelve = try await served.get(address)
        #expect(
            twelve.status == .ok && twelve.text.contains("Expected customer lifetime value, 12 months from 2026-06-30"))
        #expect(twelve.text.contains("Held against the last 364 days") && twelve.text.contains("MBG/NBD (r, α, a, b)"))
        let six = try await served.get(address + "&months=6")
        #expect(six.text.contains("6 months from 2026-06-30") && six.text != twelve.text)
        #expect(try await served.get(address + "&months=7").status == .badRequest)
    }

    @Test func editPreviewDeployAndGoBack() async throws {
        let served = try Served.sample()
        let before = try served.project.read("values.yaml")
        let edit = [("p.name_prefix", "[Shop] "), ("p.success_statuses", "completed, pending")]

        // The preview changes nothing.
        let preview = try await served.post("\(page)/preview", edit)
        #expect(preview.status == .ok)
        #expect(preview.text.contains("<ins>+   success_statuses: [completed, pending]</ins>"))
        #expect(preview.text.contains("name_prefix"))
        #expect(preview.text.contains("<b>5</b> to update"))
        #expect(preview.text.contains("<del><bdi>[completed]</bdi></del> → <ins><bdi>[completed, pending]</bdi></ins>"))
        #expect(try served.project.read("values.yaml") == before)

        let seals = try ["before", "seal"].map { ($0, try #require(preview.field($0))) }
        let saved = try await served.post("\(page)/save", edit + seals + [("deploy", "1")])
        #expect(saved.headers[.location] == "\(page)?done=deployed")
        let after = try served.project.read("values.yaml")
        #expect(after.contains("success_statuses: [completed, pending]"))
        // Comments stay.
        #expect(after.contains("# The mailing tool's category id"))
        #expect(try await served.get("/reports/cltv").json["meta"] is [String: Any])
        #expect(try await served.get("/app/dashboards/cltv").text.contains("[Shop] Customer lifetime value"))

        // The same form again is about what is not there any more.
        #expect(try await served.post("\(page)/save", edit + seals + [("deploy", "1")]).status == .conflict)

        let plan = try await served.get("\(page)/rollback?to=1")
        #expect(plan.text.contains("Go back to deployment 1"))
        let seal = try #require(plan.field("seal"))
        let back = try await served.post("\(page)/rollback", [("number", "1"), ("seal", seal)])
        #expect(back.headers[.location] == "\(page)?done=rolled-back")
        #expect(try await served.get("/app/dashboards/cltv").text.contains("[ACLV] Customer lifetime value"))
        #expect(try served.project.succeed("history", "cltv-dashboard").output.contains("rollback to 1"))
        let detail = try await served.get(page)
        #expect(detail.text.contains("the files have moved away from what is deployed"))
    }

    /// What another deployment changed meanwhile is not written over.
    @Test func stalePlans() async throws {
        let served = try Served.sample()
        let plan = try await served.post("\(page)/preview", [("p.name_prefix", "[A] ")])
        let seals = try ["before", "seal"].map { ($0, try #require(plan.field($0))) }
        try served.project.succeed("deploy", "cltv-dashboard", "--set", "name_prefix=[B] ", "--yes")
        let answer = try await served.post(
            "\(page)/save", [("p.name_prefix", "[A] "), ("deploy", "1")] + seals)
        #expect(answer.status == .conflict)
        #expect(answer.text.contains("has changed since the plan was shown"))
        #expect(!(try served.project.read("values.yaml")).contains("[A]"))
    }

    @Test func wrongValuesAreNotWritten() async throws {
        let served = try Served.sample()
        let before = try served.project.read("values.yaml")
        // A control character has no place in YAML, and a status attribute that the data lacks none in a plan.
        let preview = try await served.post("\(page)/preview", [("p.status_attribute", "weather")])
        #expect(preview.text.contains("This cannot be deployed"))
        #expect(!preview.text.contains("Save and deploy"))
        let seals = try ["before", "seal"].map { ($0, try #require(preview.field($0))) }
        let answer = try await served.post(
            "\(page)/save", [("p.status_attribute", "weather"), ("deploy", "1")] + seals)
        #expect(answer.status == .conflict)
        #expect(try served.project.read("values.yaml") == before)
    }

    @Test func addressHoldsTheState() async throws {
        let served = try Served.sample()
        let address = "/app/dashboards/customer-value?from=2026-01-01&through=2026-01-31&tz=UTC&by=utmSource&sort=-ltv"
        let text = try await served.get(address).text
        #expect(text.contains("name=\"from\" value=\"2026-01-01\""))
        #expect(text.contains("name=\"through\" value=\"2026-01-31\""))
        #expect(text.contains("<option value=\"UTC\" selected>"))
        #expect(text.contains("aria-sort=\"descending\""))
        // The tabs and the export ask the same of another grouping, and of the API.
        #expect(text.contains("from=2026-01-01&amp;through=2026-01-31&amp;tz=UTC&amp;by=price.name"))
        #expect(
            text.contains(
                "/reports/customer-value.csv?groupBy=utmSource&amp;sort=-ltv&amp;createdAt%5Bgte%5D=2026-01-01T00%3A00%3A00Z&amp;createdAt%5Blt%5D=2026-02-01T00%3A00%3A00Z&amp;timezone=UTC"
            ))
        for wrong in [
            "colour=red", "sort=colour", "all=true&through=2026-01-01", "from=2026-02-01&through=2026-01-01", "tz=Mars",
        ] {
            #expect(try await served.get("/app/dashboards/cltv?\(wrong)").status == .badRequest, "\(wrong)")
        }
        // Asking for what is shown changes nothing: nobody chose dates, so the form has none.
        #expect(try await served.get("/app/dashboards/cltv").text.contains("name=\"from\" value=\"\""))
        #expect(try await served.get("/app/dashboards/cltv?from=&through=&by=country").status == .ok)
    }

    /// A drill-down by the month stands beside the report by the month.
    @Test func twoTablesOfOneName() async throws {
        let served = try Served.sample()
        let text = try await served.get("/app/dashboards/customer-value?by=month").text
        #expect(text.components(separatedBy: "<h2 id=\"report-").count == 4)
        #expect(text.contains("Rebills amount"))
        #expect(text.contains("<svg class=\"chart"))
        let explained = try await served.get(
            "/app/explain/customer-value?by=product.name&report=by-product.name&metric=ltv&row=Harbour%20Espresso")
        #expect(explained.text.contains("Harbour Espresso · LTV"))
        #expect(try await served.get("/reports/customer-value.csv?groupBy=month").status == .ok)
    }

    @Test func emptyValues() async throws {
        let served = try Served.sample()
        let answer = try await served.post("\(page)/preview", [("p.purchase_event", "")])
        #expect(answer.status == .badRequest)
    }

    /// Every link of every page leads somewhere.
    @Test func linksLead() async throws {
        let served = try Served.sample()
        var waiting = ["/app/use-cases"]
        var seen: Set<String> = []
        var numbers = 0
        while let target = waiting.popLast(), seen.count < 400 {
            let path = String(target.prefix { $0 != "?" })
            // Each kind of page a few times: hundreds of numbers have links of one kind.
            if path.hasPrefix("/app/explain") {
                numbers += 1
                if numbers % 40 != 1 { continue }
            }
            guard seen.insert(target).inserted else { continue }
            let answer = try await served.get(target)
            #expect(answer.status == .ok || answer.status == .seeOther, "\(target): \(answer.text.suffix(600))")
            guard answer.headers[.contentType]?.hasPrefix("text/html") == true else { continue }
            // A template that names a list where it means a text prints what is in it.
            #expect(!answer.text.contains("&quot;yaml&quot;:") && !answer.text.contains("[&quot;"), "\(target)")
            for part in answer.text.components(separatedBy: "href=\"").dropFirst() {
                let link = part.prefix { $0 != "\"" }.replacingOccurrences(of: "&amp;", with: "&")
                if link.hasPrefix("/"), !seen.contains(link) { waiting.append(link) }
            }
        }
        #expect(seen.count > 60)
        #expect(seen.contains { $0.hasPrefix("/app/explain/") })
    }

    // MARK: - Setup

    /// Each asset with its own parameters; those of several assets once, with their names.
    @Test func parametersStandWithTheirAssets() async throws {
        let served = try Served.sample()
        let text = try await served.get(page).text
        let groups = text.components(separatedBy: "<fieldset>").dropFirst()
        func group(_ title: String) throws -> String {
            String(try #require(groups.first { $0.hasPrefix("<legend><bdi>\(title)</bdi>") }, "\(title)"))
        }
        let several = try group("Several assets")
        #expect(several.contains("name=\"p.name_prefix\"") && several.contains("name=\"p.email_consent\""))
        #expect(several.contains("in [ACLV] Purchase success, [ACLV] Retention segmentation"))
        let success = try group("[ACLV] Purchase success")
        #expect(
            success.contains("name=\"p.success_statuses\"") && success.contains("event segmentation purchase-success"))
        #expect(!success.contains("name=\"p.name_prefix\""))
        let dashboard = try group("[ACLV] Customer lifetime value")
        #expect(dashboard.contains("name=\"p.refund_event\""))
        // Every parameter is there once.
        let names = text.matches(of: /name="p\.([a-z_]+)"/).map { String($0.1) }
        #expect(names.count == Set(names).count && names.count == 14, "\(names)")
    }

    @Test func aParameterGoesBackToItsDefault() async throws {
        let served = try Served.sample()
        #expect(try await served.get(page).text.contains("back to the default: <bdi>canceled, returned</bdi>"))
        let fields = [("p.canceled_statuses", "cancelled, returned"), ("d.canceled_statuses", "1")]
        let preview = try await served.post("\(page)/preview", fields)
        #expect(preview.text.contains("-   canceled_statuses: [cancelled, returned]"), "\(preview.text)")
        let seals = try ["before", "seal"].map { ($0, try #require(preview.field($0))) }
        #expect(preview.field("d.canceled_statuses") == "1")
        let saved = try await served.post("\(page)/save", fields + seals)
        #expect(saved.headers[.location] == "\(page)?done=saved")
        let values = try served.project.read("values.yaml")
        #expect(!values.contains("  canceled_statuses: [cancelled, returned]\n"))
        #expect(values.contains("  success_statuses: [completed]\n"))

        // The last one takes the use case's mapping with it.
        try served.project.write("values.yaml", "# ours\ncltv-dashboard:\n  name_prefix: X\n")
        let last = try await served.post("\(page)/preview", [("d.name_prefix", "1")])
        let more = try ["before", "seal"].map { ($0, try #require(last.field($0))) }
        #expect(try await served.post("\(page)/save", [("d.name_prefix", "1")] + more).status == .seeOther)
        let left = try served.project.read("values.yaml")
        #expect(left == "# ours\n{}\n", "\(left)")
    }

    /// What is not touched stays, whatever a form's field does to it.
    @Test func textsOfSeveralLinesStay() async throws {
        let served = try Served.sample()
        try served.project.write("values.yaml", "cltv-dashboard:\n  name_prefix: \"first\\nsecond \"\n")
        let text = try await served.get(page).text
        #expect(text.contains("<textarea id=\"p.name_prefix\""))
        let same = try await served.post("\(page)/preview", [("p.name_prefix", "first\r\nsecond ")])
        #expect(same.text.contains("No value is another than before."))
        let other = try await served.post("\(page)/preview", [("p.name_prefix", "first\r\nthird ")])
        let seals = try ["before", "seal"].map { ($0, try #require(other.field($0))) }
        #expect(
            try await served.post("\(page)/save", [("p.name_prefix", "first\r\nthird ")] + seals).status == .seeOther)
        #expect(try served.project.succeed("render", "cltv-dashboard", "--draft").output.contains("third"))
    }

    @Test(arguments: [
        "/app/use-cases?x=1", "/app/use-cases/cltv-dashboard?done=maybe", "/app/use-cases/cltv-dashboard/plan?x=1",
        "/app/use-cases/cltv-dashboard/rollback?to=abc", "/app/data?page=2", "/app/live?x=1", "/app/login?nxt=%2Fapp",
    ])
    func pagesTakeNoParametersThatTheyDoNotKnow(_ target: String) async throws {
        let answer = try await Served.sample().get(target)
        #expect(answer.status == .badRequest, "\(answer.text.prefix(300))")
    }

    @Test func fieldsThatAreNoParametersAreRefused() async throws {
        let answer = try await Served.sample().post("\(page)/preview", [("p.name_prefx", "x")])
        #expect(answer.status == .badRequest && answer.text.contains("p.name_prefx"))
    }

    @Test func errorsHaveTheFrame() async throws {
        let served = try Served.sample()
        let page = try await served.get("/app/dashboards/nothing")
        #expect(page.status == .notFound && page.text.contains("<a href=\"/app/data\">"))
        let guarded = try Served.sample(ServerSettings(requiresToken: true))
        let missing = try await guarded.get("/app/nothing")
        #expect(missing.status == .notFound && !missing.text.contains("Harbour Coffee"))
    }

    /// A store that was made anew counts its generations from one again: what was kept of the old one is not shown.
    @Test func answersOfALostStoreAreForgotten() async throws {
        let served = try Served.sample()
        let target = "/reports/customer-value?allTime=true"
        let first = try await served.get(target)
        try FileManager.default.removeItem(at: served.project.url(".tenure/store"))
        let orders = try served.project.read("data/orders.csv").split(separator: "\n")
        try served.project.write("data/orders.csv", orders.prefix(orders.count - 50).joined(separator: "\n") + "\n")
        try served.project.succeed("import", "--progress", "none")
        let second = try await served.get(target)
        #expect(second.status == .ok && second.body != first.body && second.headers[.eTag] != first.headers[.eTag])
        // The same state read again is the same state.
        let project = try served.project.read("project.yaml")
        try served.project.write("project.yaml", project)
        #expect(try await served.get(target).headers[.eTag] == second.headers[.eTag])
    }

    /// What the data has not is no tab, and not what a report begins with.
    @Test func groupingsThatTheDataHasNot() async throws {
        let served = try Served.sample()
        let text = try served.project.read("project.yaml")
        try served.project.write("project.yaml", text.replacing("        product: product\n", with: ""))
        try served.project.succeed("import", "--progress", "none")
        let page = try await served.get("/app/dashboards/customer-value")
        #expect(page.status == .ok && page.text.contains("not in the data: Product"), "\(page.text.prefix(600))")
        #expect(page.text.contains("by=price.name") && !page.text.contains("by=product.name"))
        let answer = try await served.get("/reports/customer-value?groupBy=product.name")
        let errors = try #require(answer.json["errors"] as? [[String: Any]])
        #expect(answer.status == .badRequest)
        #expect((errors[0]["allowed"] as? [String])?.first == "price.name")
    }

    @Test func aProjectWithMistakesSaysWhere() async throws {
        let served = try Served.sample()
        try served.project.write("project.yaml", try served.project.read("project.yaml") + "nonsense: [\n")
        let page = try await served.get("/app/dashboards/cltv")
        #expect(page.status == .serviceUnavailable && page.text.contains("project.yaml:"), "\(page.text)")
        #expect(!page.text.contains(served.project.folder.path))
    }
}
