import Quantities
import Queries
import Testing
import Views

@Suite struct KPITileTests {
    private let utc = Times(timezone: "UTC")

    @Test func aCourseHasTheMonthsOfTheWindowOnly() throws {
        var report = SmallDashboard.kpi
        report.course?.rows.insert(row([month(671)], [real(9), nil, nil, nil]), at: 0)
        report.course?.rows.append(row([month(675)], [real(9), nil, nil, nil]))
        let tiles = try #require(KPITile.tiles(of: report, times: utc))
        #expect(tiles[0].course.map(\.label) == ["2026-01", "2026-02", "2026-03"])
        #expect(tiles[0].course.map(\.isIncomplete) == [false, false, true])
    }

    @Test func figuresOfWholeHistoriesHaveNoCourse() throws {
        var report = SmallDashboard.kpi
        report.table.columns[0].isOfWindow = false
        let tiles = try #require(KPITile.tiles(of: report, times: utc))
        #expect(tiles[0].course.isEmpty && !tiles[1].course.isEmpty)
    }

    @Test func aMonthThatTheWindowHardlyTouchesIsLeftOut() throws {
        var report = SmallDashboard.kpi
        report.course?.rows[0] = row([month(672)], [real(0), nil, nil, nil], part: true)
        let tiles = try #require(KPITile.tiles(of: report, times: utc))
        #expect(tiles[0].course.map(\.label) == ["2026-02", "2026-03"])
    }

    @Test func nothingToCompareWithIsSaidOnce() throws {
        var report = SmallDashboard.kpi
        #expect(
            KPITile.comparison(try #require(KPITile.tiles(of: report, times: utc)), report, utc)
                == "Changes compare to 2025-10-01 – 2025-12-31.")
        report.previous?.rows = [row([], [exact("0"), nil, nil, nil])]
        let tiles = try #require(KPITile.tiles(of: report, times: utc))
        #expect(tiles.allSatisfy { $0.previous == nil && $0.change == nil })
        #expect(KPITile.comparison(tiles, report, utc) == "Nothing to compare with in 2025-10-01 – 2025-12-31.")
    }

    @Test func aNullHasItsReasonAndAFigureItsFormula() throws {
        let tiles = try #require(KPITile.tiles(of: SmallDashboard.kpi, times: utc))
        #expect(tiles.map(\.reason) == [nil, nil, nil, "No value: Repurchases is 0."])
        // The explanation says in words what the formula says in signs.
        #expect(tiles[1].method.line == "= Revenue ÷ Purchases")
        let other = Method(column("x", "X", .money, "Before tax.", metric("revenue", "Revenue")))
        #expect(other.line == "= Revenue · Before tax." && other.short == "= Revenue")
        #expect(Method(column("x", "X", .money)).isEmpty)
    }

    @Test func periodsAreCalledByTheirLength() throws {
        let row = try #require(SmallDashboard.tree.table.rows.first)
        var table = SmallDashboard.tree.table
        table.rows = [row]
        table.rows[0].values[3] = real(1.7)
        #expect(TextView().render(page(table)).contains("1.7 months"))
        table.period = .calendar(.quarter)
        #expect(TextView().render(page(table)).contains("1.7 quarters"))
        table.period = .days(30)
        #expect(TextView().render(page(table)).contains("1.7 periods"))
    }

    private func page(_ table: ResultTable) -> DashboardResult {
        var result = SmallDashboard.result
        result.reports = [ReportResult(table: table)]
        return result
    }

    @Test func aReportWithAWindowOfItsOwnSaysSo() {
        var table = SmallDashboard.byCurrency.table
        #expect(!TextView().render(page(table)).contains("2024"))
        table.window = year2024
        for text in [
            TextView().render(page(table)), MarkdownView().render(page(table)), HTMLView().render(page(table)),
        ] {
            #expect(text.contains("2024-01-01 – 2024-12-31"))
        }
    }

    @Test func headingsDoNotRepeatTheDeploymentsTag() {
        var result = page(SmallDashboard.byCurrency.table)
        result.title = "[ACLV] Value"
        result.reports[0].table.dimensions[0].title = "[ACLV] Currencies"
        for text in [TextView().render(result), HTMLView().render(result)] {
            #expect(text.contains("Currencies") && !text.contains("[ACLV] Currencies"))
        }
        result.title = "Value"
        #expect(TextView().render(result).contains("[ACLV] Currencies"))
    }
}
