import Foundation
import HTTPTypes
import Quantities
import Server
import Testing

/// One question asked in every way there is: command line, API, CSV, page.
@Suite struct SameNumbersTests {
    private let months = [("2026-01-01", "2026-02-01", "2026-01-31"), ("2025-07-01", "2026-01-01", "2025-12-31")]

    @Test func customerValueByProduct() async throws {
        let served = try Served.sample()
        for (from, to, through) in months {
            for (grouping, attribution) in [
                ("product.name", "anchored"), ("utmSource", "period"), ("currency", "anchored"),
            ] {
                let shown = try served.project.evaluated(
                    "customer-value-report",
                    ["--from", from, "--to", to, "--by", grouping, "--attribution", attribution])
                let report = try shown.report("by-\(grouping)")
                let query =
                    "groupBy=\(grouping)&createdAt%5Bgte%5D=\(from)&createdAt%5Blt%5D=\(to)&attribution=\(attribution)"

                // The API.
                let answer = try await served.object("/reports/customer-value?\(query)")
                let data = try #require(answer["data"] as? [[String: Any]])
                #expect(data.count == report.rows.count)
                #expect(!data.isEmpty)
                for (row, expected) in zip(data, report.rows) {
                    #expect(row["currency"] as? String == expected.currency)
                    for (metric, value) in expected.values { expectEqual(row[apiName(metric)], value, metric) }
                }
                let total = try #require(answer["total"] as? [String: Any])
                for (metric, value) in report.total { expectEqual(total[apiName(metric)], value, metric) }

                // CSV: of the API and of the command line, byte for byte.
                let csv = try await served.get("/reports/customer-value.csv?\(query)")
                let printed = try served.project.succeed(
                    "evaluate", "customer-value-report", "--from", from, "--to", to, "--by", grouping,
                    "--attribution", attribution, "--format", "csv")
                #expect(csv.text == printed.output)

                // The page: every number as people read it stands in the table.
                let page = try await served.get(
                    "/app/dashboards/customer-value?by=\(grouping)&from=\(from)&through=\(through)&attribution=\(attribution)"
                )
                #expect(page.status == .ok)
                let text = try served.project.succeed(
                    "evaluate", "customer-value-report", "--from", from, "--to", to, "--by", grouping,
                    "--attribution", attribution, "--format", "markdown"
                ).output
                let table = (text.components(separatedBy: "## By ").dropFirst().first ?? "")
                    .components(separatedBy: "\n## ")[0]
                let cells = table.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2)
                    .flatMap { $0.split(separator: "|").dropFirst() }
                    .map { $0.replacingOccurrences(of: "*", with: "").trimmingCharacters(in: .whitespaces) }
                    .filter { !$0.isEmpty && !$0.hasPrefix("-") }
                #expect(cells.count > 20)
                for cell in cells where cell != "–" { #expect(page.text.contains(">\(cell)<"), "\(cell)") }
            }
        }
    }

    @Test func wholeDashboards() async throws {
        let served = try Served.sample()
        for (id, useCase) in [("cltv", "cltv-dashboard"), ("customer", "customer-report")] {
            let answer = try await served.get(
                "/dashboards/\(id)?createdAt%5Bgte%5D=2026-01-01&createdAt%5Blt%5D=2026-04-01")
            let printed = try served.project.succeed(
                "evaluate", useCase, "--from", "2026-01-01", "--to", "2026-04-01", "--format", "json")
            #expect(answer.text == printed.output)
            let csv = try await served.get(
                "/dashboards/\(id).csv?createdAt%5Bgte%5D=2026-01-01&createdAt%5Blt%5D=2026-04-01")
            let sheet = try served.project.succeed(
                "evaluate", useCase, "--from", "2026-01-01", "--to", "2026-04-01", "--format", "csv")
            #expect(csv.text == sheet.output)
        }
    }

    /// Numbers of the reports against answers that a script without code of the project computed.
    @Test func referenceAnswers() async throws {
        let served = try Served.sample()
        let file = TenureRun.package.appending(path: "seeds/harbour-coffee/expected.json")
        let expected = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        let windows = try #require(expected["customer_value"] as? [String: [String: [String: Any]]])
        for (window, query) in [("twelve_months", ""), ("all_time", "&allTime=true")] {
            for attribution in ["anchored", "period"] {
                let answers = try #require(windows[window]?[attribution])
                for (key, grouping) in [("by_product", "product.name"), ("by_utm_source", "utmSource")] {
                    let rows = try #require(answers[key] as? [String: [String: Any]])
                    let answer = try await served.object(
                        "/reports/customer-value?groupBy=\(grouping)&attribution=\(attribution)\(query)")
                    let data = try #require(answer["data"] as? [[String: Any]])
                    #expect(data.count == rows.count)
                    for row in data {
                        let label = row[grouping] as? String ?? "(none)"
                        let expected = try #require(rows[label], "\(key) \(label)")
                        for name in ["fc_quantity", "upsells_quantity", "rebills_quantity"] {
                            #expect(row[apiName(name)] as? Int == expected[name] as? Int)
                        }
                        for name in ["fc_amount", "upsells_amount", "rebills_amount"] {
                            let amount = (row[apiName(name)] as? NSNumber)?.doubleValue ?? .nan
                            let wanted = Double(expected[name] as? String ?? "") ?? .nan
                            #expect(abs(amount - wanted) < 1e-6, "\(label) \(name)")
                        }
                    }
                }
            }
        }
    }

    private func apiName(_ metric: String) -> String {
        let parts = metric.split(separator: "_")
        return parts.enumerated().map { $0 == 0 ? String($1) : $1.prefix(1).uppercased() + $1.dropFirst() }.joined()
    }

    private func expectEqual(_ value: Any?, _ figure: Figure, _ metric: String) {
        guard let number = value as? NSNumber else {
            #expect(value is NSNull && figure == .null, "\(metric): \(String(describing: value))")
            return
        }
        #expect(figure.isClose(to: number.doubleValue, within: 1e-9), "\(metric): \(number)")
    }
}
