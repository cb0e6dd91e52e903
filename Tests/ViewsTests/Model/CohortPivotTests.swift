import Queries
import Testing
import Views

@Suite struct CohortPivotTests {
    @Test func triangle() throws {
        let pivot = try #require(CohortPivot(SmallDashboard.cohort.table))
        #expect(pivot.ages == 0..<3)
        #expect(pivot.cohorts.map(\.label) == ["2026-01", "2026-02", "2026-03"])
        #expect(pivot.cohorts.map { $0.cells.count } == [3, 2, 1])
        #expect(pivot.cohorts.map(\.size) == [40, 30, 12])
        #expect(pivot.cohorts[1].cells[1]?.isIncomplete == true)
        #expect(pivot.cell(pivot.cohorts[2], at: 2) == nil)
        #expect(pivot.heading == "Cohort retention in %, by months since the first purchase")
    }

    @Test func allCohortsComeFromTheAges() throws {
        let pivot = try #require(CohortPivot(SmallDashboard.cohort.table))
        let all = try #require(pivot.all)
        #expect(all.label == "All cohorts" && all.size == 82)
        #expect(all.cells.map { $0?.value?.double } == [1, 0.25, nil])
        #expect(pivot.counted.map { $0?.customers } == [70, 40, nil])
        #expect(pivot.isPartlyCounted)
    }

    @Test func sizesNeedNoCountColumn() throws {
        var table = SmallDashboard.cohort.table
        table.columns.removeLast()
        for index in table.rows.indices { table.rows[index].values.removeLast() }
        #expect(try #require(CohortPivot(table)).cohorts.map(\.size) == [40, 30, 12])
        table.cohorts = table.cohorts.map { .init($0.key, customers: nil) }
        let unknown = try #require(CohortPivot(table))
        #expect(!unknown.hasSizes && unknown.all?.size == nil)
    }

    @Test func sharesAreNeverRoundedToAllOrNobody() {
        #expect([nil, 0, 0.001, 0.42, 0.999, 1].map(CohortPivot.share) == ["–", "0%", "<1%", "42%", ">99%", "100%"])
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
