import Foundation
import Testing

/// The sample project against its reference answers, which a script without any code of the project computed.
@Suite struct SampleProjectTests {
    private static let values = """
        cltv-dashboard:
          success_statuses: [completed]
          canceled_statuses: [cancelled, returned]
          email_consent: email_marketing
        figures:
          success_statuses: [completed]
          canceled_statuses: [cancelled, returned]
          email_consent: email_marketing
        charge-figures:
          success_statuses: [completed]

        """

    static func project() throws -> TenureProject {
        let project = try TenureProject()
        let seed = TenureRun.package.appending(path: "seeds/harbour-coffee")
        for name in ["project.yaml", "values.yaml", "rates.csv", "data"] {
            try project.copy(seed.appending(path: name), to: name)
        }
        return project
    }

    private func expected() throws -> SampleAnswers {
        let file = TenureRun.package.appending(path: "seeds/harbour-coffee/expected.json")
        return try JSONDecoder().decode(SampleAnswers.self, from: Data(contentsOf: file))
    }

    private func imported() throws -> TenureProject {
        let project = try SampleProjectTests.project()
        try project.write("values.yaml", SampleProjectTests.values)
        for useCase in ["figures", "charge-figures"] {
            try project.copy(
                TenureRun.package.appending(path: "Tests/Fixtures/usecases/\(useCase)"), to: "usecases/\(useCase)")
        }
        try project.succeed("import", "--progress", "none")
        return project
    }

    private let year = ["--from", "2025-01-01", "--to", "2026-01-01"]

    private func compare(_ headline: Figures, to expected: SampleAnswers.Window) {
        let exact: Figures = [
            "purchases": Figure(expected.purchases), "canceled_purchases": Figure(expected.canceledPurchases),
            "buyers": Figure(expected.buyers), "new_buyers": Figure(expected.newBuyers),
            "repeat_buyers": Figure(expected.repeatBuyers), "revenue": Figure(exactly: expected.revenue),
            "gross_revenue": Figure(exactly: expected.grossRevenue), "refunds": Figure(exactly: expected.refunds),
            "lifetime_revenue": Figure(exactly: expected.lifetimeRevenue),
        ]
        #expect(headline.filter { exact.keys.contains($0.key) } == exact)
        let rate = Double(expected.repurchaseRate[0]) / Double(expected.repurchaseRate[1])
        #expect(headline["repurchase_rate"]?.isClose(to: rate, within: 1e-12) == true)
    }

    @Test func figures() throws {
        let expected = try expected()
        let project = try imported()
        try project.succeed("deploy", "figures", "--yes")
        let history = try project.evaluated("figures", ["--all-time"])
        #expect(history.semantics.asOf == expected.asOf)
        let headline = try history.report("headline").total
        compare(headline, to: expected.history)
        #expect(headline["gaps"] == Figure(expected.gaps.count))
        let days = Double(expected.gaps.sumMicroseconds) / 86_400_000_000
        #expect(headline["gap_days"]?.isClose(to: days, within: 1e-9) == true)
        #expect(headline["median_gap"]?.isClose(to: expected.gaps.medianDays, within: 1e-9) == true)
        #expect(
            try history.report("currencies").byLabel.compactMapValues { $0["revenue"] }
                == expected.history.revenueByCurrency.mapValues { Figure(exactly: $0) })

        let pounds = try project.evaluated("figures", ["--all-time", "--currency", "GBP"])
        #expect(try pounds.report("headline").total["revenue"] == Figure(exactly: expected.history.revenueInPounds))

        let lastYear = try project.evaluated("figures", year)
        compare(try lastYear.report("headline").total, to: expected.year2025)
        #expect(
            try lastYear.report("currencies").byLabel.compactMapValues { $0["revenue"] }
                == expected.year2025.revenueByCurrency.mapValues { Figure(exactly: $0) })

        for (report, consent) in [("email", expected.email), ("sms", expected.sms)] {
            let table = try history.report(report)
            #expect(try table.row("Subscribers") == consent.subscribers.figures)
            #expect(try table.row("Others") == consent.nonSubscribers.figures)
        }
        let classes = try history.report("purchases-per-buyer").byLabel.compactMapValues { $0["lifetime_buyers"] }
        #expect(classes.filter { $0.value != 0 } == expected.purchasesPerBuyer.mapValues { Figure($0) })
    }

    @Test func monthsAndCohorts() throws {
        let expected = try expected()
        let project = try imported()
        try project.succeed("deploy", "figures", "--yes")
        let result = try project.evaluated("figures", ["--all-time"])
        let months = try result.report("months")
        #expect(months.labels == expected.months.keys.sorted())
        for (month, figures) in expected.months {
            var row: Figures = [
                "purchases": Figure(figures.purchases), "buyers": Figure(figures.buyers),
                "new_buyers": Figure(figures.newBuyers), "revenue": Figure(exactly: figures.revenue),
            ]
            // The month that is not over yet is in no rate: null.
            let isOver = month != months.labels.last
            row["previous_buyers"] = isOver ? Figure(figures.buyersOfTheMonthBefore) : .null
            row["retained_buyers"] = isOver ? Figure(figures.retainedBuyers) : .null
            #expect(try months.row(month) == row, "\(month)")
        }
        #expect(months.rows.filter(\.incomplete).map { $0.keys.values.first?.label } == ["2026-06"])
        let cohorts = try result.report("cohorts")
        #expect(cohorts.rows.count == expected.cohorts.values.reduce(0) { $0 + $1.activeByAge.count })
        for (month, cohort) in expected.cohorts {
            for (age, active) in cohort.activeByAge.enumerated() {
                let row = try cohorts.row("\(month) \(age)")
                #expect(row["cohort_buyers"] == Figure(active), "\(month) \(age)")
                #expect(row["cohort_revenue"] == Figure(exactly: cohort.revenueByAge[age]), "\(month) \(age)")
                let share = Double(active) / Double(cohort.size)
                #expect(row["cohort_retention"]?.isClose(to: share, within: 1e-12) == true, "\(month) \(age)")
            }
        }
    }

    @Test func charges() throws {
        let expected = try expected().charges
        let project = try imported()
        try project.succeed("deploy", "charge-figures", "--yes")
        for (attribution, figures) in [("anchored", expected.anchored), ("period", expected.period)] {
            for basis in ["net", "gross"] {
                let result = try project.evaluated(
                    "charge-figures", year + ["--attribution", attribution, "--revenue-basis", basis])
                var row: Figures = [:]
                for (kind, sums) in [
                    ("first_charge", figures.firstCharge), ("upsell", figures.upsell), ("rebill", figures.rebill),
                ] {
                    row["\(kind)_quantity"] = Figure(sums.quantity)
                    row["\(kind)_amount"] = Figure(exactly: basis == "net" ? sums.net : sums.gross)
                }
                #expect(try result.report("charges").total == row, "\(attribution), \(basis)")
            }
        }
    }

    /// The dashboard as it ships, with the project's own values.
    @Test func dashboard() throws {
        let expected = try expected()
        let project = try SampleProjectTests.project()
        let imported = try project.succeed("import", "--progress", "none").output
        #expect(imported.contains("orders: 7,002 rows read = 6,990 accepted + 12 rejected"))
        #expect(imported.contains("\(expected.facts.testOrderRows) by `where`"))
        #expect(imported.contains("\(expected.facts.repeatedOrderRows) identical repeats left out"))
        try project.succeed("deploy", "cltv-dashboard", "--yes")
        for (options, window) in [(["--all-time"], expected.history), (year, expected.year2025)] {
            let headline = try project.evaluated("cltv-dashboard", options).report("headline").total
            #expect(headline["revenue"] == Figure(exactly: window.revenue))
            #expect(headline["buyers"] == Figure(window.buyers))
            let revenue = Figure(exactly: window.revenue).double
            let (purchases, buyers) = (Double(window.purchases), Double(window.buyers))
            for (name, value) in [
                ("apv", revenue / purchases), ("purchase_frequency", purchases / buyers),
                ("customer_value", revenue / buyers),
                ("realised_cltv", Figure(exactly: window.lifetimeRevenue).double / buyers),
                ("repurchase_rate", Double(window.repurchaseRate[0]) / Double(window.repurchaseRate[1])),
                (
                    "cancellation_rate",
                    Double(window.canceledPurchases) / Double(window.purchases + window.canceledPurchases)
                ),
            ] {
                #expect(headline[name]?.isClose(to: value, within: 1e-9) == true, "\(name) \(options)")
            }
            let unclassified = try project.evaluated("cltv-dashboard", options).warnings
            #expect(unclassified.contains { $0.contains("with the status 'pending'") }, "\(unclassified)")
        }
        let email = try project.evaluated("cltv-dashboard", ["--all-time"]).report("by-email")
        let subscribers = expected.email.subscribers
        #expect(email.rows.count == 2)
        #expect(email.rows[0].values["buyers"] == Figure(subscribers.buyers))
        #expect(email.rows[0].values["revenue"] == Figure(exactly: subscribers.revenue))
        #expect(email.rows[1].values["buyers"] == Figure(expected.email.nonSubscribers.buyers))
    }
}
