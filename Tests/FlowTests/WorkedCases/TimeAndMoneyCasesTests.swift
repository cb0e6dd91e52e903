import Foundation
import Testing

/// The worked cases of the semantics that are about currencies and local days.
@Suite struct TimeAndMoneyCases {
    private let window = ["--from", "2026-01-01", "--to", "2026-04-01"]

    private func euros(rates: String) throws -> TenureProject {
        try Probe(
            metrics: "  revenue: {measure: revenue}\n  purchases: {measure: purchases}",
            reports: """
                    - {kpi: headline, title: Headline, metrics: [revenue, purchases]}
                    - {table: currencies, title: Currencies, by: currency, metrics: [revenue]}
                """,
            orders: """
                customer,id,at,status,amount,currency
                a,1,2026-01-10,success,100,EUR
                a,2,2026-02-10,success,100,EUR
                """,
            attributes: ["currency"], purchases: "  currency: currency", settings: "fx: {file: rates.csv}",
            files: ["rates.csv": rates]
        ).deployed()
    }

    @Test func conversionByTheDateOfTheEventOrTheNewestRate() throws {
        let project = try euros(rates: "date,currency,rate\n2026-01-10,EUR,1.10\n2026-02-10,EUR,1.20\n")
        for (policy, revenue) in [("event_date", "230"), ("as_of", "240")] as [(String, Figure)] {
            let result = try project.evaluated("probe", window + ["--fx", policy])
            #expect(try result.report("headline").total == ["revenue": revenue, "purchases": 2])
            // Each currency in itself, the total in the display currency.
            let currencies = try result.report("currencies")
            #expect(currencies.byLabel == ["EUR": ["revenue": 200]])
            #expect(currencies.rows.map(\.currency) == ["EUR"])
            #expect(currencies.total == ["revenue": revenue])
            #expect(result.semantics.displayCurrency == "USD")
        }
        // Event date is the default.
        #expect(try project.evaluated("probe", window).report("headline").total["revenue"] == 230)
    }

    @Test func aMissingRateIsAnErrorThatNamesCurrencyAndDate() throws {
        let project = try euros(rates: "date,currency,rate\n2026-02-01,EUR,1.20\n")
        let run = try project.run(["evaluate", "probe"] + window)
        #expect(run.status == 1)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("no rate from EUR to USD on or before 2026-01-10"))
    }

    @Test func withoutTheRatesNothingIsCheckedNorDeployed() throws {
        let project = try euros(rates: "date,currency,rate\n2026-01-10,EUR,1.10\n")
        try FileManager.default.removeItem(at: project.folder.appending(path: "rates.csv"))
        for (command, status) in [
            (["validate"], 3), (["check", "probe"], 1), (["deploy", "probe", "--yes"], 1), (["status"], 0),
        ] as [([String], Int32)] {
            let run = try project.run(command)
            #expect(run.status == status, "\(command)")
            #expect(run.errors.contains("the rates file rates.csv is not there"), "\(command): \(run.errors)")
            #expect(run.errors.contains("project.yaml:"), "\(command): \(run.errors)")
        }
    }

    private func days(timezone: String, at instants: [String]) throws -> TenureProject {
        let rows = instants.enumerated().map { "a,\($0.offset),\($0.element),success,1" }
        return try Probe(
            metrics: "  purchases: {measure: purchases}",
            reports: "    - {trend: days, title: Days, by: {calendar: day}, metrics: [purchases]}",
            orders: (["customer,id,at,status,amount"] + rows).joined(separator: "\n"), timezone: timezone
        ).deployed()
    }

    private func counts(_ result: Evaluated) throws -> [String: Figure] {
        let report = try result.report("days")
        return report.byLabel.compactMapValues { $0["purchases"] == 0 ? nil : $0["purchases"] }
    }

    @Test func theDayIsThatOfTheZone() throws {
        let instants = ["2026-02-01T03:30Z"]
        let window = ["--from", "2026-01-25", "--to", "2026-02-05"]
        let utc = try days(timezone: "UTC", at: instants)
        #expect(try counts(utc.evaluated("probe", window)) == ["2026-02-01": 1])
        #expect(try counts(utc.evaluated("probe", window + ["--tz", "America/New_York"])) == ["2026-01-31": 1])
        let newYork = try days(timezone: "America/New_York", at: instants)
        #expect(try counts(newYork.evaluated("probe", window)) == ["2026-01-31": 1])
    }

    @Test func aDayOf23Hours() throws {
        let project = try days(
            timezone: "America/New_York",
            at: ["2026-03-08T04:59:59Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"])
        let all = try project.evaluate("--from", "2026-03-07", "--to", "2026-03-10")
        #expect(try counts(all) == ["2026-03-07": 1, "2026-03-08": 2, "2026-03-09": 1])
        // Date-only bounds are local midnights, and the end is out.
        let day = try project.evaluate("--from", "2026-03-08", "--to", "2026-03-09")
        #expect(try counts(day) == ["2026-03-08": 2])
        #expect(day.semantics.window == ["from": "2026-03-08T05:00:00Z", "to": "2026-03-09T04:00:00Z"])
    }
}
