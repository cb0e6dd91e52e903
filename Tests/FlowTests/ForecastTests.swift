import Foundation
import Testing

/// `tenure forecast` from raw files through import.
@Suite struct ForecastTests {
    private func json(_ project: TenureProject, _ arguments: [String]) throws -> [String: Any] {
        let run = try project.run(["forecast"] + arguments + ["--format", "json"])
        // 3: there is none, and the JSON says why.
        #expect(run.status == 0 || run.status == 3 && run.output.contains("\"refused\""), "\(run)")
        return try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    }

    private func number(_ object: Any?) -> Double { (object as? NSNumber)?.doubleValue ?? .nan }

    /// The raw log of CDNOW's sample; the answers are other programs'.
    private func cdnow() throws -> TenureProject? {
        guard let project = try PublicData.project("cdnow", data: "cdnow") else { return nil }
        let yaml = try project.read("project.yaml").replacing("CDNOW_master", with: "CDNOW_sample")
            .replacing(
                "csv: {delimiter: whitespace}",
                with:
                    "csv: {delimiter: whitespace, columns: [master_id, customer_id, date, number_of_cds, dollar_value]}"
            )
        try project.write("project.yaml", yaml)
        try project.succeed("import", "--progress", "none")
        return project
    }

    @Test func theReferenceFromTheRawLog() throws {
        guard let project = try cdnow() else { return }
        func reference(_ name: String) throws -> [String: Any] {
            let file = PublicData.folder.appending(path: "cdnow/\(name)")
            return try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        }
        let values = try reference("cdnow_clv_reference.json")
        let arguments = ["figures", "--draft", "--as-of", "1997-09-30", "--horizon", "52w", "--discount", "0.1"]
        let forecast = try json(project, arguments)
        let total = try #require(forecast["total"] as? [String: Any])
        #expect(total["customers"] as? Int == 2_357)
        #expect(abs(number(total["expected_orders"]) - number(values["total_purchases"])) < 1e-3)
        #expect(abs(number(total["expected_value"]) - number(values["total_clv"])) < 0.05, "\(total)")
        #expect(forecast["chosen_model"] as? String == "BG/NBD" && forecast["verdict"] as? String == "usable")
        let models = try #require(forecast["models"] as? [[String: Any]])
        let fits = try #require(try reference("cdnow_sample.reference.json")["fits"] as? [String: Any])
        for model in models {
            let name = try #require(model["model"] as? String)
            let expected = try #require(fits[name] as? [String: Any])
            #expect(abs(number(model["log_likelihood"]) - number(expected["LL"])) < 1e-5, "\(name)")
            let known = expected["params"] as? [String: Any] ?? expected
            for (parameter, value) in try #require(model["parameters"] as? [String: Any]) {
                let tolerance = name == "Pareto/NBD" ? 1e-3 : 1e-5
                #expect(abs(number(value) / number(known[parameter]) - 1) < tolerance, "\(name) \(parameter)")
            }
        }
        #expect(models.count == 5)
        let run = try project.succeed(["forecast"] + arguments + ["--customers", "--format", "csv"])
        let lines = run.output.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(lines.count == 2_358)
        #expect(
            lines[0].joined(separator: ",")
                == "customer,repeat_orders,expected_orders,average_order_value,expected_value,revenue,total_value,"
                + "no_order_chance,days_between_orders,expected_next_order")
        let byID = Dictionary(uniqueKeysWithValues: lines.dropFirst().map { (String($0[0]), $0) })
        for customer in try #require(values["customers"] as? [[String: Any]]) {
            let line = try #require(byID[String(customer["id"] as? Int ?? 0)])
            #expect(abs((Double(line[2]) ?? .nan) - number(customer["purchases52"])) < 1e-5)
            #expect(abs((Double(line[3]) ?? .nan) - number(customer["e_spend"])) < 1e-3)
            #expect(abs((Double(line[4]) ?? .nan) - number(customer["clv52"])) < 1e-3, "\(line)")
        }
        // Half a year later 39 weeks are known: what BG/NBD had predicted of them, and what was bought.
        let later = try json(project, ["figures", "--draft", "--as-of", "1998-06-30", "--holdout", "39w"])
        let holdout = try #require(later["holdout"] as? [String: Any])
        #expect(holdout["actual_orders"] as? Int == 1_882 && number(holdout["days"]) == 273)
    }

    /// Old customers look new in it, and it ends before Christmas.
    @Test func whatIsNotToBeBelievedIsRefused() throws {
        guard let project = try PublicData.project("uci-online-retail", data: "uci_online_retail") else { return }
        try project.succeed("import", "--progress", "none")
        let forecast = try json(project, ["figures", "--draft"])
        #expect(forecast["verdict"] as? String == "refused" && forecast["total"] is NSNull)
        let flags = (forecast["flags"] as? [[String: Any]] ?? []).compactMap { $0["flag"] as? String }
        #expect(flags.contains("starts_mid_stream") && flags.contains("no_evidence_of_leaving"), "\(flags)")
        let reason = "There is no forecast: the history starts mid-stream"
        let text = try project.run(["forecast", "figures", "--draft"])
        #expect(text.status == 3 && text.output.contains(reason), "\(text)")
        for options in [[], ["--customers"]] {
            let table = try project.run(["forecast", "figures", "--draft", "--format", "csv"] + options)
            #expect(table.output.split(whereSeparator: \.isNewline).count == 1)
            #expect(table.status == 3 && table.errors.contains(reason), "\(table)")
        }
    }

    private func unpacked(_ file: URL) throws -> String {
        let (gzip, pipe) = (Process(), Pipe())
        gzip.executableURL = URL(filePath: "/bin/gzip")
        gzip.arguments = ["-dc", file.path]
        gzip.standardOutput = pipe
        try gzip.run()
        let data = try pipe.fileHandleForReading.readToEnd()
        gzip.waitUntilExit()
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// Rows in another order, and another number of threads: not a digit differs.
    @Test func anyOrderGivesTheSameNumbers() throws {
        guard let project = try cdnow(), let turned = try cdnow() else { return }
        let file = PublicData.folder.appending(path: "cdnow/CDNOW_sample.txt.gz")
        let lines = try unpacked(file).split(whereSeparator: \.isNewline)
        try turned.write("turned.txt", lines.reversed().joined(separator: "\n") + "\n")
        let yaml = try turned.read("project.yaml")
        try #require(lines.count > 6_000)
        try turned.write(
            "project.yaml", yaml.replacing("${env:TENURE_DATA}/cdnow/CDNOW_sample.txt.gz", with: "turned.txt"))
        try turned.succeed("import", "--progress", "none")
        for options in [["--by", "quarter"], ["--as-of", "1997-09-30"]] {
            let (own, other) = try (
                json(project, ["figures", "--draft", "--threads", "3"] + options),
                json(turned, ["figures", "--draft", "--threads", "1"] + options)
            )
            for part in ["models", "total", "rows", "holdout", "flags"] {
                #expect(try text(own[part]) == text(other[part]), "\(part) \(options)")
            }
        }
        func text(_ part: Any?) throws -> String {
            let data = try JSONSerialization.data(withJSONObject: #require(part), options: .sortedKeys)
            return String(decoding: data, as: UTF8.self)
        }
        func customers(_ project: TenureProject) throws -> [Substring] {
            try project.succeed("forecast", "figures", "--draft", "--customers", "--format", "csv").output
                .split(whereSeparator: \.isNewline).sorted()
        }
        #expect(try customers(project) == customers(turned))
    }

    @Test func rowsAddUpAndDashboardsShowTheSame() throws {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", Shop.useCase, "--yes")
        let result = try project.evaluated(Shop.useCase)
        for (split, report) in [
            ("email-subscription", "expected-by-email"), ("retention", "expected-by-retention"),
            ("quarter", "expected-by-cohort"),
        ] {
            let forecast = try json(project, [Shop.useCase, "--by", split])
            let rows = try #require(forecast["rows"] as? [[String: Any]])
            let total = try #require(forecast["total"] as? [String: Any])
            for name in ["customers", "expected_orders", "expected_value", "revenue"] {
                let sum = rows.reduce(0) { $0 + number($1[name]) }
                #expect(abs(sum / number(total[name]) - 1) < 1e-9, "\(split) \(name)")
            }
            #expect(abs(rows.reduce(0) { $0 + number($1["value_share"]).magnitude } - 1) < 1e-9)
            let shown = try result.report(report)
            #expect(shown.rows.count == rows.count)
            for row in rows {
                let label = try #require(row["row"] as? String)
                let value = try shown.row(label)["expected_value"]
                #expect(value?.isClose(to: number(row["expected_value"]), within: 1e-9) == true, "\(report) \(label)")
            }
            #expect(shown.total["expected_value"]?.isClose(to: number(total["expected_value"]), within: 1e-9) == true)
        }
        #expect(try result.report("forecast-holdout").rows.count == 8)
        #expect(try result.report("forecast-accuracy").rows.count == 3)
        let list = try project.succeed("forecast", Shop.useCase, "--customers", "--format", "csv").output
        let repeats = list.split(whereSeparator: \.isNewline).dropFirst().map {
            Int($0.split(separator: ",", omittingEmptySubsequences: false)[1]) ?? -1
        }
        // The last month ends with the history: all repeat purchases are in it.
        let tracking = try result.report("forecast-tracking")
        #expect(tracking.rows.count == 24)
        #expect(tracking.rows.last?.values["actual"]?.double == Double(repeats.reduce(0, +)))
        let frequency = try result.report("forecast-frequency")
        for (place, row) in frequency.rows.enumerated() {
            let customers = repeats.filter { min($0, 10) == place }.count
            #expect(row.values["customers"]?.double == Double(customers), "\(place)")
        }
        let expected = frequency.rows.reduce(0) { $0 + ($1.values["expected"]?.double ?? .nan) }
        #expect(abs(expected - Double(repeats.count)) < 1e-6)
        // Of a forecast there are no bookings.
        let explained = try project.run(["explain", Shop.useCase, "expected-cltv.expected_value"])
        #expect(explained.status != 0 && explained.errors.contains("tenure forecast cltv-dashboard"), "\(explained)")
    }

    /// The window's customers are some of all, with the values that they have in the list of all.
    @Test func customersOfTheWindow() throws {
        let project = try SampleProjectTests.project().deployed("customer-report")
        let result = try project.evaluated("customer-report", ["--from", "2026-01-01", "--to", "2026-04-01"])
        let shown = try result.report("expected-clv").rows[0]
        let scope = try result.report("key-metrics").rows[0].values["customers"]?.double
        #expect(shown.values["customers"]?.double == scope && (scope ?? 0) > 100, "\(shown)")
        let parts = try result.report("expected-by-age").rows
        let sum = parts.reduce(0) { $0 + ($1.values["expected_value"]?.double ?? .nan) }
        #expect(shown.values["expected_value"]?.isClose(to: sum, within: 1e-9) == true)
    }

    /// A margin is a share of both: of what is expected and of what was.
    @Test func aMarginIsOfAll() throws {
        let project = try SampleProjectTests.project().deployed(Shop.useCase)
        func first(_ options: [String]) throws -> [Double] {
            let run = try project.succeed(
                ["forecast", Shop.useCase, "--customers", "--format", "csv"] + options)
            return run.output.split(whereSeparator: \.isNewline)[1]
                .split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
        }
        let (all, part) = try (first([]), first(["--margin", "40%"]))
        #expect(abs(part[4] / all[4] - 0.4) < 1e-12 && part[5] == all[5] && abs(part[6] / all[6] - 0.4) < 1e-12)
    }

    /// Segments of what a model says, against the list of all customers.
    @Test func segmentsOfWhatIsExpected() throws {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", "at-risk-customers", "--yes")
        let list = try project.succeed("forecast", "at-risk-customers", "--customers", "--format", "csv").output
        struct Customer {
            var id: String
            var orders: Int
            var value: Double
            var revenue: Double
            var noOrder: Double
        }
        let customers = try list.split(whereSeparator: \.isNewline).dropFirst().map { line -> Customer in
            let cells = line.split(separator: ",").map(String.init)
            func number(_ place: Int) throws -> Double { try #require(Double(cells[place])) }
            return Customer(
                id: cells[0], orders: Int(cells[1]) ?? -1, value: try number(4), revenue: try number(5),
                noOrder: try number(7))
        }
        func cut(_ value: (Customer) -> Double) -> Double {
            customers.map(value).sorted()[Int((0.8 * Double(customers.count)).rounded(.up)) - 1]
        }
        let (revenue, value) = (cut(\.revenue), cut(\.value))
        func segments(_ customer: Customer) -> String {
            if customer.revenue > revenue, customer.noOrder >= 0.5 { return "VIP at risk" }
            if customer.value > value { return "Most valuable" }
            // Several orders of one day are one here, and two purchases there: only days are listed.
            if customer.noOrder >= 0.8 { return "Gone" }
            return "Likely to order"
        }
        var expected: [String: Int] = [:]
        for customer in customers { expected[segments(customer), default: 0] += 1 }
        let report = try project.evaluated("at-risk-customers").report("by-risk")
        func count(_ label: String) throws -> Int { Int(try report.row(label)["buyers"]?.double ?? -1) }
        #expect(try count("VIP at risk") == expected["VIP at risk"])
        #expect(try count("Most valuable") == expected["Most valuable"])
        #expect(try count("Win back") + count("Came once") == expected["Gone"])
        #expect(try count("Likely to order") == expected["Likely to order"])
        #expect(try count("No forecast") == 0)
        #expect(expected.values.allSatisfy { $0 > 50 } && expected.count == 4, "\(expected)")
        // Who looks at pounds sees the same customers in each.
        let pounds = try project.evaluated("at-risk-customers", ["--currency", "GBP"]).report("by-risk")
        #expect(pounds.rows.map { $0.values["buyers"] } == report.rows.map { $0.values["buyers"] })
        // A customer is explained by the same numbers.
        let valuable = try #require(customers.first { segments($0) == "Most valuable" })
        let text = try project.succeed("explain", "at-risk-customers", "--customer", valuable.id).output
        #expect(text.contains("Customers at risk: Most valuable"), "\(text)")
    }

    @Test(arguments: [
        (["--horizon", "soon"], "'soon' is not a length of time"), (["--discount", "much"], "'much' is not a share"),
        (["--margin", "120%"], "'120%' is not between 0 and 1"),
        (["--by", "emial"], "no customer segmentation 'emial'"),
        (["--margin", "40"], "did you mean '40%'?"), (["--margin", "0"], "of nothing there is no value"),
        (["--discount", "-5%"], "'-5%' is not between 0 and 1"), (["--horizon", "-3 months"], "not a length of time"),
        (["--horizon", "11 years"], "10 years ahead at most"), (["--by", "quater"], "did you mean 'quarter'"),
        (["--by", "month", "--by", "week"], "rows are of one thing"), (["--holdout", "1 day"], "told from chance"),
        (["--holdout", "30 years"], "have to be left to learn from"),
    ])
    func whatMeansNothing(_ arguments: [String], _ message: String) throws {
        let project = try Shop.deployed()
        let run = try project.run(["forecast", Shop.useCase] + arguments)
        #expect(run.status != 0 && run.errors.contains(message), "\(run)")
    }

    @Test func tooLittleIsRefused() throws {
        let project = try Shop.deployed()
        let forecast = try json(project, [Shop.useCase])
        #expect(forecast["verdict"] as? String == "refused", "\(forecast)")
        #expect(["no_repeat_buyers", "too_few_repeat_buyers"].contains(forecast["refusal"] as? String ?? ""))
    }
}
