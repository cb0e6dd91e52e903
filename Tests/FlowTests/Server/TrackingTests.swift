import Engine
import Foundation
import HTTPTypes
import Projects
import Quantities
import Server
import Testing

/// What programs post: taken where it will be counted, refused with a reason where it will not, and counted once.
@Suite struct TrackingTests {
    /// Harbour Coffee, to which the shop posts orders and what customers change about themselves.
    private struct Shop {
        let served: Served
        let token: String

        init(_ settings: ServerSettings = ServerSettings()) throws {
            served = try Served.sample(settings)
            let text = try served.project.read("project.yaml")
            let sources = try String(
                contentsOf: TenureRun.package.appending(path: "Tests/Fixtures/tracking-sources.yaml"), encoding: .utf8)
            let end = try #require(text.range(of: "consent_events:"))
            try served.project.write(
                "project.yaml", text.replacingCharacters(in: end.lowerBound..<end.lowerBound, with: sources))
            token = try TokenFile(project: served.project.folder).create(
                "shop", .track, at: Instant(microseconds: 0))
        }

        func post(_ route: String, _ body: String, token: String? = nil, _ headers: HTTPFields = [:]) async throws
            -> Answer
        {
            var headers = headers
            if headers[.contentType] == nil { headers[.contentType] = "application/json; charset=UTF-8" }
            let target = "/track/v2/projects/\(token ?? self.token)/\(route)"
            return await served.site.answer(
                try WebRequest(.post, target, headers: headers, body: Array(body.utf8))
            ).answer
        }

        func order(_ id: String, _ total: String, at time: String = "1790000000") -> String {
            """
            {"customer_ids": {"registered": "new-\(id)"}, "event_type": "purchase", "timestamp": \(time),
             "properties": {"id": "\(id)", "status": "completed", "total": \(total), "product": "Posted", "kind": "first_charge"}}
            """
        }

        /// Revenue and orders of the product that is posted alone.
        func counted() async throws -> (orders: Int, revenue: Double) {
            let report = try await served.object("/reports/customer-value?groupBy=product.name&allTime=true")
            let rows = try #require(report["data"] as? [[String: Any]])
            guard let row = rows.first(where: { ($0["product.name"] as? String) == "Posted" }) else { return (0, 0) }
            return (
                try #require(row["fcQuantity"] as? NSNumber).intValue,
                try #require(row["fcAmount"] as? NSNumber).doubleValue
            )
        }
    }

    @Test func whatIsTakenIsCountedOnce() async throws {
        let shop = try Shop()
        #expect(try await shop.counted() == (0, 0))
        let answer = try await shop.post("customers/events", shop.order("1", "12.50"))
        #expect(answer.status == .ok && answer.json["success"] as? Bool == true, "\(answer.text)")
        #expect(answer.json["errors"] as? [String] == [])
        // Delivered twice, before and after it was imported.
        _ = try await shop.post("customers/events", shop.order("1", "12.50"))
        try await shop.served.site.intake.takeIn()
        #expect(try await shop.counted() == (1, 12.50))
        _ = try await shop.post("customers/events", shop.order("1", "12.50"))
        _ = try await shop.post("customers/events", shop.order("2", "7", at: "\"2026-09-21T10:00:00+02:00\""))
        try await shop.served.site.intake.takeIn()
        #expect(try await shop.counted() == (2, 19.50))
        // The whole import reads the same from the journal.
        try shop.served.project.succeed("import", "--progress", "none")
        #expect(try await shop.counted() == (2, 19.50))
        #expect(try await shop.served.site.intake.takeIn() == nil, "there is nothing new")
        #expect(try await shop.counted() == (2, 19.50))
        // And from a store that was lost.
        try FileManager.default.removeItem(at: shop.served.project.url(".tenure/store"))
        try shop.served.project.succeed("import", "--progress", "none")
        #expect(try await shop.counted() == (2, 19.50))
    }

    @Test func aBatchAnswersForEachCommand() async throws {
        let shop = try Shop()
        let answer = try await shop.post(
            "batch",
            """
            {"commands": [
              {"name": "customers/events", "command_id": "a", "data": \(shop.order("1", "1"))},
              {"name": "customers", "data": {"customer_ids": {"registered": "new-1"}, "properties": {"city": "Brno"}}},
              {"name": "customers/events", "command_id": "c", "data": \(shop.order("2", "\"much\""))},
              {"name": "campaigns", "command_id": "d", "data": {}}
            ]}
            """)
        #expect(answer.status == .ok)
        let results = try #require(answer.json["results"] as? [[String: Any]])
        #expect(results.map { $0["success"] as? Bool } == [true, true, false, false])
        #expect(results.map { $0["command_id"] as? String } == ["a", nil, "c", "d"])
        #expect(results[2]["errors"] as? [String] == ["source 'posted-orders': 'much' is not a number"])
        #expect(answer.json["success"] as? Bool == false)
        try await shop.served.site.intake.takeIn()
        #expect(try await shop.counted() == (1, 1))
        let city = try shop.served.project.succeed(
            "evaluate", "customer-value-report", "--all-time", "--by", "city", "--format", "csv")
        #expect(city.output.contains("Brno"))
        let many = Array(repeating: "{\"name\":\"customers\",\"data\":{}}", count: 51).joined(separator: ",")
        #expect(try await shop.post("batch", "{\"commands\":[\(many)]}").status == .badRequest)
        #expect(try await shop.post("batch", "{\"commands\":[]}").status == .badRequest)
    }

    @Test(arguments: [
        ("customers/events", "{\"event_type\":\"purchase\"}", "customer_ids"),
        ("customers/events", "{\"customer_ids\":{},\"event_type\":\"purchase\"}", "one id at least"),
        (
            "customers/events", "{\"customer_ids\":{\"registered\":[]},\"event_type\":\"purchase\"}",
            "customer_ids.registered"
        ),
        ("customers/events", "{\"customer_ids\":{\"registered\":\"a\"}}", "event_type"),
        (
            "customers/events", "{\"customer_ids\":{\"registered\":\"a\"},\"event_type\":\"purchase\",\"when\":1}",
            "when"
        ),
        (
            "customers/events",
            "{\"customer_ids\":{\"registered\":\"a\"},\"event_type\":\"purchase\",\"timestamp\":1790000000000}",
            "seconds"
        ),
        (
            "customers/events",
            "{\"customer_ids\":{\"registered\":\"a\"},\"event_type\":\"purchase\",\"timestamp\":\"soon\"}",
            "timestamp"
        ),
        (
            "customers/events",
            "{\"customer_ids\":{\"registered\":\"a\"},\"event_type\":\"purchase\",\"timestamp\":\"9999-12-31\"}",
            "has not come yet"
        ),
        ("customers/events", "{\"customer_ids\":{\"registered\":\"a\"},\"event_type\":\"visit\"}", "leaves it out"),
        ("customers/events", "{\"customer_ids\":{\"cookie\":\"a\"},\"event_type\":\"purchase\"}", "no customer"),
        (
            "customers/events",
            "{\"customer_ids\":{\"registered\":\"a\"},\"event_type\":\"purchase\",\"properties\":{\"total\":1}}",
            "the key 'purchase_id' is missing"
        ),
        ("customers/events", "{\"customer_ids\":", "line 1, byte 17"),
        ("customers/events", "[]", "an event is a JSON object"),
        ("customers", "{\"customer_ids\":{\"registered\":\"a\"}}", "properties"),
        ("customers", "{\"customer_ids\":{\"registered\":\"a\"},\"properties\":{\"zip\":\"1\"}}", "leaves it out"),
        (
            "customers/events",
            """
            {"customer_ids":{"registered":"a"},"event_type":"purchase","properties":{"id":"x","total":0.30000000000000004}}
            """, "at most 6"
        ),
        (
            "customers/events",
            "{\"customer_ids\":{\"registered\":\"a\"},\"event_type\":\"purchase\",\"properties\":{\"id\":\"x\",\"total\":1e13}}",
            "more than 12 digits"
        ),
        (
            "customers/events",
            "{\"customer_ids\":{\"registered\":\"a\"},\"event_type\":\"purchase\",\"timestamp\":\"20260101\"}",
            "timestamp"
        ),
    ])
    func whatWillNotBeCountedIsRefused(_ route: String, _ body: String, _ reason: String) async throws {
        let shop = try Shop()
        let answer = try await shop.post(route, body)
        #expect(answer.status == .badRequest && answer.text.contains(reason), "\(body): \(answer.text)")
        #expect(answer.json["success"] as? Bool == false)
        #expect(!FileManager.default.fileExists(atPath: shop.served.project.url(".tenure/tracking").path))
    }

    @Test func onlyATokenOfItsOwnOpensTheRoutes() async throws {
        let shop = try Shop(ServerSettings(requiresToken: true))
        let file = TokenFile(project: shop.served.project.folder)
        for role in [Role.read, .admin] {
            let token = try file.create(role.rawValue, role, at: Instant(microseconds: 0))
            #expect(try await shop.post("customers/events", shop.order("1", "1"), token: token).status == .unauthorized)
        }
        #expect(try await shop.post("customers/events", shop.order("1", "1"), token: "x").status == .unauthorized)
        // From a page of anybody's.
        let foreign: HTTPFields = [.origin: "https://shop.example"]
        #expect(try await shop.post("customers/events", shop.order("1", "1"), foreign).status == .ok)
        // And the token opens nothing else.
        let bearer: HTTPFields = [.authorization: "Bearer \(shop.token)"]
        for target in ["/reports", "/app/use-cases", "/openapi.json"] {
            #expect(try await shop.served.get(target, bearer).status == .forbidden, "\(target)")
        }
        try file.revoke("shop")
        #expect(try await shop.post("customers/events", shop.order("2", "1")).status == .unauthorized)
    }

    @Test func aProjectWithoutSuchSourcesSaysSo() async throws {
        let served = try Served.sample()
        let token = try TokenFile(project: served.project.folder).create("shop", .track, at: Instant(microseconds: 0))
        let answer = await served.site.answer(
            try WebRequest(
                .post, "/track/v2/projects/\(token)/customers", headers: [.contentType: "application/json"],
                body: Array("{}".utf8))
        ).answer
        #expect(answer.status == .notFound && answer.text.contains("tracking: events"))
        let form = await served.site.answer(
            try WebRequest(
                .post, "/track/v2/projects/\(token)/customers",
                headers: [.contentType: "application/x-www-form-urlencoded"], body: [])
        ).answer
        #expect(form.status == .notFound)
    }

    @Test func aBodyThatIsNoJSONIsRefused() async throws {
        let shop = try Shop()
        let answer = try await shop.post("customers", "a=b", [.contentType: "application/x-www-form-urlencoded"])
        #expect(answer.status == .unsupportedMediaType)
        let cased = try await shop.post("customers/events", shop.order("1", "1"), [.contentType: "Application/JSON"])
        #expect(cased.status == .ok)
    }

    /// A mapping that changed after something was acknowledged: it is not lost, and nothing else waits for it.
    @Test func whatTheMappingTakesNoLongerStaysInTheJournal() async throws {
        let shop = try Shop()
        #expect(try await shop.post("customers/events", shop.order("1", "5")).status == .ok)
        let text = try shop.served.project.read("project.yaml")
        try shop.served.project.write(
            "project.yaml",
            text.replacing(
                "total_price: {column: properties.total, type: number}",
                with: "total_price: {column: properties.status, type: number}"))
        #expect(try await shop.served.site.intake.takeIn() == 1)
        #expect(try await shop.counted() == (0, 0))
        let page = try await shop.served.get("/app/data")
        #expect(page.text.contains("TN") && page.text.contains("posted-orders"))
        try shop.served.project.write("project.yaml", text)
        try shop.served.project.succeed("import", "--progress", "none")
        #expect(try await shop.counted() == (1, 5))
    }

    /// What one source took is not taken once more by another name for it.
    @Test func aRenamedSourceTakesNothingTwice() async throws {
        let shop = try Shop()
        #expect(try await shop.post("customers/events", shop.order("1", "5")).status == .ok)
        try await shop.served.site.intake.takeIn()
        let text = try shop.served.project.read("project.yaml")
        try shop.served.project.write("project.yaml", text.replacing("name: posted-orders", with: "name: web-orders"))
        #expect(try await shop.post("customers/events", shop.order("2", "6")).status == .ok)
        await #expect(throws: (any Error).self) { try await shop.served.site.intake.takeIn() }
        #expect(try await shop.counted() == (1, 5))
        #expect(try await shop.served.get("/app/data").text.contains("is new, and would read"))
        #expect(try await shop.served.get("/metrics").text.contains("tenure_tracking_is_waiting 1"))
        let run = try shop.served.project.run("import", "--append", "--progress", "none")
        #expect(run.status == 1 && run.errors.contains("TN316"), "\(run)")
        try shop.served.project.succeed("import", "--progress", "none")
        try await shop.served.site.intake.takeIn()
        #expect(try await shop.counted() == (2, 11))
        #expect(try await shop.served.get("/metrics").text.contains("tenure_tracking_is_waiting 0"))
    }

    /// The smallest and the largest numbers that are taken fit beside each other, and beside those that are there.
    @Test func whateverIsTakenFitsTogether() async throws {
        let shop = try Shop()
        #expect(try await shop.post("customers/events", shop.order("1", "0.000001")).status == .ok)
        #expect(try await shop.post("customers/events", shop.order("2", "999999999999")).status == .ok)
        #expect(try await shop.post("customers/events", shop.order("3", "999999999999.999999")).status == .ok)
        #expect(try await shop.served.site.intake.takeIn() == 0)
        let counted = try await shop.counted()
        #expect(counted.orders == 3 && counted.revenue == 1_999_999_999_999)
    }

    /// Where stored numbers leave less room, less is taken.
    @Test func storedNumbersLimitPostedOnes() async throws {
        let shop = try Shop()
        let big =
            "HC-9,C-00001,2026-01-01 08:00:00,completed,first_charge,,,Big,one-time,90000000000000.00,EUR,,,,false\n"
        try shop.served.project.write("data/orders.csv", try shop.served.project.read("data/orders.csv") + big)
        try shop.served.project.succeed("import", "--progress", "none")
        #expect(try await shop.post("customers/events", shop.order("4", "1.000001")).status == .badRequest)
        #expect(try await shop.post("customers/events", shop.order("4", "1.0001")).status == .ok)
        #expect(try await shop.served.site.intake.takeIn() == 0)
        #expect(try await shop.counted().orders == 1)
    }

    /// Posts alone are not a project's data.
    @Test func aStoreThatIsGoneIsNotMadeOfPosts() async throws {
        let shop = try Shop()
        try FileManager.default.removeItem(at: shop.served.project.url(".tenure/store"))
        #expect(try await shop.post("customers/events", shop.order("1", "5")).status == .ok)
        await #expect(throws: (any Error).self) { try await shop.served.site.intake.takeIn() }
        try shop.served.project.succeed("import", "--progress", "none")
        #expect(try await shop.counted() == (1, 5))
    }

    @Test func aProjectThatCannotBeReadTakesNothing() async throws {
        let shop = try Shop()
        let text = try shop.served.project.read("project.yaml")
        try shop.served.project.write("project.yaml", text + "nonsense: [\n")
        let answer = try await shop.post("customers/events", shop.order("1", "5"))
        #expect(answer.status == .serviceUnavailable && answer.json["success"] as? Bool == false)
        #expect(!answer.text.contains("nonsense") && !answer.text.contains(shop.token))
        try shop.served.project.write("project.yaml", text)
        #expect(try await shop.post("customers/events", shop.order("1", "5")).status == .ok)
        let nowhere = try await shop.post("nothing", "{}")
        #expect(nowhere.status == .notFound && !nowhere.text.contains(shop.token))
    }

    /// What a crash left of a post is kept, and told.
    @Test func anUnfinishedPostIsPutAsideAndTold() async throws {
        let shop = try Shop()
        let folder = shop.served.project.url(".tenure/tracking")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("#0000".utf8).write(to: folder.appending(path: "000001.log"))
        try await shop.served.site.intake.takeIn()
        let page = try await shop.served.get("/app/data")
        #expect(page.text.contains("it is in .tenure/tracking/000001.log.cut-0"), "\(page.text)")
        #expect(try await shop.post("customers/events", shop.order("1", "5")).status == .ok)
        try await shop.served.site.intake.takeIn()
        #expect(try await shop.counted() == (1, 5))
        let again = try Shop()
        let other = again.served.project.url(".tenure/tracking")
        try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
        try Data("#0000".utf8).write(to: other.appending(path: "000001.log"))
        let run = try again.served.project.succeed("import", "--append", "--progress", "none")
        #expect(run.errors.components(separatedBy: "TN315").count == 2, "\(run)")
    }
}
