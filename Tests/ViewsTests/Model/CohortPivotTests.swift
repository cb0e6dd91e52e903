import Queries
import Testing
import Views

@Suite struct CohortPivotTests {
    @Test func triangle() throws {
        let pivot = try #require(CohortPivot(SmallDashboard.cohort.table))
        #expect(pivot.ages == 0..<3)
        #expect(pivot.cohorts.map(\.label) == ["2026-01", "2026-02", "2026-03"])
        #expect(pivot.cohorts.map { $0.cells.count } == [3, 2, 1])
        #expect(pivot.cohorts.map { $0.size?.double } == [40, 30, 12])
        #expect(pivot.cohorts[1].cells[1]?.isIncomplete == true)
        #expect(pivot.all?.label == "All cohorts")
        #expect(pivot.all?.cells.count == 2)
        #expect(pivot.cell(pivot.cohorts[2], at: 2) == nil)
    }

    @Test func totalWithoutRowsOfAllCohortsGivesTheSize() throws {
        var table = SmallDashboard.cohort.table
        table.rows.removeLast(2)
        let pivot = try #require(CohortPivot(table))
        let all = try #require(pivot.all)
        #expect(all.size?.double == 82 && all.cells.isEmpty)
    }

    @Test func otherTablesAreNoTriangle() {
        #expect(CohortPivot(SmallDashboard.trend.table) == nil)
        var table = SmallDashboard.cohort.table
        table.columns = []
        table.rows = []
        #expect(CohortPivot(table) == nil)
    }

    @Test func aHoleInTheAgesIsEmpty() throws {
        var table = SmallDashboard.cohort.table
        table.rows.remove(at: 1)
        let pivot = try #require(CohortPivot(table))
        #expect(pivot.cohorts[0].cells.map { $0 == nil } == [false, true, false])
    }
}
