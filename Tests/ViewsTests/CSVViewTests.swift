import Diagnostics
import Queries
import Testing
import Views

@Suite struct CSVViewTests {
    private func lines(_ text: String) -> [String] {
        text.unicodeScalars.split(separator: "\n").map { line in
            #expect(line.last == "\r")
            return String(line.dropLast())
        }
    }

    @Test func oneReport() throws {
        let text = try CSVView().render(SmallDashboard.result, report: "by-currency")
        // A column that the currency dimension names already gets a number.
        #expect(
            lines(text) == [
                "currency,purchases,revenue,apv,currency_2", "JPY,1200,1234567.5,1028.8,JPY",
                "KWD,3,-12.3455,-4.115,KWD",
                "(none),0,0,,GBP", "Total,1203,6543.21,5.44,GBP",
            ])
    }

    @Test func cohortsHaveTheirSizesAndAllOfThemALineAnAge() throws {
        let text = try CSVView().render(SmallDashboard.result, report: "cohorts")
        #expect(
            lines(text) == [
                "cohort_month,age_months,cohort_retention,buyers,customers,coverage,incomplete",
                "2026-01,0,1,40,40,,false", "2026-01,1,0.25,10,40,,false", "2026-01,2,0.1,4,40,,true",
                "2026-02,0,1,30,30,,false", "2026-02,1,0.2,6,30,,true", "2026-03,0,1,12,12,,true",
                "All cohorts,0,1,70,70,0.8536585365853658,false", "All cohorts,1,0.25,10,40,0.4878048780487805,false",
                "Total,,,82,,,false",
            ])
    }

    @Test func incompleteRowsAreMarked() throws {
        let text = try CSVView().render(SmallDashboard.result, report: "monthly")
        #expect(
            lines(text) == [
                "month,revenue,retention_rate,currency,incomplete", "2026-01,1200,0.25,GBP,false",
                "2026-02,-300.5,,GBP,false", "2026-03,600,0.5,GBP,true", "Total,1499.5,0.4,GBP,false",
            ])
    }

    @Test func comparedKeyFiguresHaveALineAWindow() throws {
        let text = try CSVView().render(SmallDashboard.result, report: "headline")
        #expect(
            lines(text) == [
                "window,revenue,apv,retention_rate,average_gap,currency", "current,8911407.904,480.765,0.35,,GBP",
                "previous,9000000,0,0.3125,40,GBP",
            ])
    }

    @Test func anUnknownReportIsAnErrorThatNamesTheKnown() {
        let error = #expect(throws: Diagnostic.self) { try CSVView().render(SmallDashboard.result, report: "headlin") }
        #expect(error?.message == "the dashboard 'cltv' has no report 'headlin'")
        #expect(error?.hints.first?.contains("headline") == true)
    }

    @Test func formulasAreGuardedAndNumbersAreNot() throws {
        var report = SmallDashboard.byCurrency
        report.table.rows[0].keys = [segment("=HYPERLINK(\"x\")")]
        report.table.rows[1].keys = [segment("\tx")]
        let text = CSVView().table(report)
        #expect(text.contains("\r\n\"'=HYPERLINK(\"\"x\"\")\",1200,"))
        #expect(text.contains("\r\n'\tx,3,-12.3455,"))
    }
}
