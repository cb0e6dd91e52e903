import Foundation
import Testing

/// `tenure explain` of numbers and customers: what is listed adds up to what the reports show.
@Suite struct ExplainTests {
    private static let window = ["--from", "2026-01-01", "--to", "2026-03-01"]

    private struct Explanation: Decodable {
        let value: Figure?
        let inputs: [Input]
        let bookings: [Booking]

        struct Input: Decodable {
            let name: String
            let value: Figure?
            let of: String
            let bookings: Int
        }

        struct Booking: Decodable {
            let customer: String
            let adds: [String: Figure?]
        }
    }

    private func explain(_ project: TenureProject, _ arguments: [String]) throws -> Explanation {
        let run = try project.succeed(["explain"] + arguments + ["--format", "json"])
        return try JSONDecoder().decode(Explanation.self, from: Data(run.output.utf8))
    }

    @Test func aMetricAndACustomerInFull() throws {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", Shop.useCase, "--yes")
        let metric = try project.succeed(
            "explain", Shop.useCase, "by-email.apv", "--row", "Email subscribers", "--limit", "5", "--from",
            "2026-06-01",
            "--to", "2026-07-01")
        try Golden.compare(metric.output, to: "explain-metric.txt")
        let customer = try project.succeed("explain", Shop.useCase, "--customer", "C-00411")
        try Golden.compare(customer.output, to: "explain-customer.txt")
        let earlier = try project.succeed(
            "explain", Shop.useCase, "--customer", "C-00411", "--as-of", "2025-03-25")
        // Before the first purchase was returned, and before the consent was renewed.
        #expect(earlier.output.contains("2025-03-18 20:49:13  HC-100969  purchase"), "\(earlier)")
    }

    /// Every number of the dashboard's tables, held against its bookings.
    @Test func bookingsAddUpToWhatTheReportsShow() throws {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", Shop.useCase, "--yes")
        let window = ["--from", "2026-01-01", "--to", "2026-07-01"]
        let result = try project.evaluated(Shop.useCase, window)
        for (report, metrics) in [
            ("headline", ["revenue", "apv", "retention_rate", "cancellation_rate", "average_gap", "median_gap"]),
            ("by-retention", ["revenue", "buyers", "buyer_share"]), ("monthly-buyers", ["new_buyers"]),
        ] {
            let table = try result.report(report)
            for metric in metrics {
                let explanation = try explain(project, [Shop.useCase, "\(report).\(metric)"] + window)
                #expect(explanation.value == table.total[metric], "\(report).\(metric)")
                for input in explanation.inputs where input.of == "row" && input.value != nil {
                    let adding = explanation.bookings.compactMap { $0.adds[input.name] ?? nil }
                    #expect(adding.count == input.bookings, "\(report).\(metric) \(input.name)")
                }
            }
            for label in table.labels.prefix(2) where report != "headline" {
                let explanation = try explain(
                    project, [Shop.useCase, "\(report).\(metrics[0])", "--row", label] + window)
                #expect(try explanation.value == table.row(label)[metrics[0]], "\(report) \(label)")
                #expect(explanation.inputs.first?.value == explanation.value)
            }
        }
        let drilled = try explain(project, [Shop.useCase, "revenue", "--by", "country", "--row", "CZ"] + window)
        let countries = try project.evaluated(Shop.useCase, ["--by", "country"] + window).report("by-country")
        #expect(try drilled.value == countries.row("CZ")["revenue"])
    }

    /// Sizes of cohorts and the line over all of them are no rows of the report, and made of bookings, too.
    @Test func whatStandsBesideTheCellsOfCohorts() throws {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", Shop.useCase, "--yes")
        let window = ["--from", "2025-07-01", "--to", "2026-07-01"]
        let printed = try project.succeed(["evaluate", Shop.useCase, "--format", "json"] + window).output
        let object = try JSONSerialization.jsonObject(with: Data(printed.utf8)) as? [String: Any]
        for (id, metric) in [("cohort-cltv", "cohort_cltv"), ("cohort-retention", "cohort_retention")] {
            let report = try #require(
                (object?["reports"] as? [[String: Any]])?.first { $0["id"] as? String == id })
            let cohorts = try #require(report["cohorts"] as? [[String: Any]])
            let ages = try #require(report["ages"] as? [[String: Any]])
            #expect(cohorts.count == 12 && ages.count > 8)
            func explained(_ metric: String, _ row: [String]) throws -> Explanation {
                try explain(
                    project, [Shop.useCase, "\(id).\(metric)"] + row.flatMap { ["--row", $0] } + window)
            }
            var customers = 0
            for cohort in [cohorts[0], cohorts[5]] {
                let label = try #require((cohort["cohort"] as? [String: Any])?["label"] as? String)
                let size = try explained("cohort_buyers", [label])
                #expect(size.value == (cohort["customers"] as? Int).map { Figure($0) }, "\(id) \(label)")
                #expect(size.inputs.map(\.value) == [size.value])
                #expect(Set(size.bookings.map(\.customer)).count == cohort["customers"] as? Int)
            }
            for cohort in cohorts { customers += cohort["customers"] as? Int ?? 0 }
            #expect(try explained("cohort_buyers", ["All cohorts"]).value == Figure(customers))
            for age in [ages[0], ages[3], ages[ages.count - 1]] {
                let number = try #require(age["age"] as? Int)
                let counted = try explained("cohort_buyers", ["counted", String(number)])
                #expect(counted.value == (age["customers"] as? Int).map { Figure($0) }, "\(id) \(number)")
                #expect(counted.inputs.first?.value == counted.value)
                let cell = try explained(metric, ["All cohorts", String(number)])
                let value = try #require((age["values"] as? [String: Any])?[metric] as? Double)
                #expect(cell.value?.isClose(to: value, within: 1e-12) == true, "\(id) \(number)")
                // The quotient of what it reads.
                let inputs = cell.inputs.compactMap { input in
                    input.value.flatMap { Double("\($0)") }.map { (input.name, $0) }
                }
                let read = Dictionary(inputs.map { ($0, $1) }) { first, _ in first }
                let above =
                    metric == "cohort_cltv"
                    ? (read["cohort_gross"] ?? .nan) - (read["cohort_refunds"] ?? .nan) : inputs[0].1
                let below = try #require(cell.inputs.first { $0.of == "cohort" }?.value.flatMap { Double("\($0)") })
                #expect(abs(above / below - value) < 1e-9, "\(id) \(number): \(inputs)")
            }
        }
        let unknown = try project.run(
            ["explain", Shop.useCase, "cohort-cltv.cohort_cltv", "--row", "2025-09"] + window)
        #expect(unknown.errors.contains("cohort-cltv.cohort_buyers --row COHORT"), "\(unknown)")
    }

    @Test func csvListsEveryBooking() throws {
        let project = try Shop.deployed()
        let run = try project.succeed(["explain", Shop.useCase, "revenue", "--format", "csv"] + ExplainTests.window)
        let lines = run.output.split(whereSeparator: \.isNewline).map(String.init)
        #expect(
            lines == [
                "customer,purchase,booked_at,kind,standing,amount,currency,converted,revenue",
                "ann,1,2026-01-10T10:00:00Z,purchase,counted,20,GBP,20,20",
                "ann,2,2026-02-11T10:00:00Z,purchase,counted,30.5,GBP,30.5,30.5",
                "bob,3,2026-01-12T10:00:00Z,purchase,counted,9.99,GBP,9.99,9.99",
            ], "\(run)")
    }

    @Test func labelsThatOnlyLookAlikeAreTwoRows() throws {
        let (composed, decomposed) = ("Qu\u{E9}bec", "Que\u{301}bec")
        let project = try Shop.deployed(
            orders: Shop.orders.replacing(",GB\n", with: ",\(composed)\n").replacing(",DE\n", with: ",\(decomposed)\n"))
        for (label, revenue) in [(composed, "50.5"), (decomposed, "9.99")] {
            let explanation = try explain(
                project, [Shop.useCase, "revenue", "--by", "country", "--row", label] + ExplainTests.window)
            #expect(explanation.value.map { "\($0)" } == revenue, "\(label.unicodeScalars.count) scalars")
        }
    }

    @Test(arguments: [
        (["revenu"], "there is no metric 'revenu'", "did you mean 'revenue'?"),
        (["headlin.revenue"], "has no report 'headlin'", "did you mean 'headline'?"),
        (["by-email.revenue", "--row", "Subscriber"], "'by-email' has no row 'Subscriber'", "rows: "),
        (["headline.revenue", "--row", "x"], "the report 'headline' has one row only", "leave out --row"),
        (["--customer", "nobody"], "the data has no customer 'nobody'", "letter by letter"),
        ([], "what of 'cltv-dashboard' is to be explained?", "--customer"),
        (["revenue", "--customer", "ann"], "one at a time", ""),
    ])
    func whatIsNotThereIsNamed(_ arguments: [String], _ message: String, _ hint: String) throws {
        let project = try Shop.deployed()
        let run = try project.run(["explain", Shop.useCase] + arguments)
        #expect(run.status != 0)
        #expect(run.errors.contains(message), "\(run)")
        #expect(hint.isEmpty || run.errors.contains(hint), "\(run)")
    }

    @Test func aWrongWordIsNoCodeAndNoUseCase() throws {
        let project = try Shop.deployed()
        let run = try project.run("explain", "cltv-dashbord")
        #expect(run.errors.contains("did you mean 'cltv-dashboard'?"), "\(run)")
        #expect(try project.run("explain", "TN999").errors.contains("there is no code 'TN999'"))
    }
}
