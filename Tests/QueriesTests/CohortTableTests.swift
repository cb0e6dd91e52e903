import Quantities
import Queries
import Testing

@Suite struct CohortTableTests {
    private func query(_ dimensions: [Dimension], counting: Bool = true) -> Query {
        let revenue = Measure("revenue", .revenue, scope: .acquired)
        let buyers = Measure("buyers", counting ? .buyers : .purchases, scope: .acquired)
        return Query(
            id: "cohorts", groupBy: dimensions, measures: [buyers, revenue],
            columns: [
                Column("retention", .divide(.named("buyers"), .ofCohort(.named("buyers"))), type: .ratio),
                Column("cltv", .divide(.cumulative("revenue"), .ofCohort(.named("buyers"))), type: .money),
            ], layout: .cohort)
    }

    private let semantics = makeSemantics(window("2026-01-01", "2027-01-01"), asOf: "2026-04-15")
    private let january = bucket(.month, "2026-01-01")
    private let march = bucket(.month, "2026-03-01")

    /// January: ten customers, of whom four buy again in March; March: four customers.
    private func table(
        _ dimensions: [Dimension] = [.cohort(.month), .age(.month)], counting: Bool = true,
        _ semantics: Semantics? = nil
    ) -> ResultTable {
        let isAgeFirst = dimensions.first == .age(.month)
        func cell(_ cohort: GroupKey, _ age: Int, _ buyers: Int, _ revenue: String) -> Measurement.Group {
            let keys = isAgeFirst ? [.number(age), cohort] : [cohort, .number(age)]
            return Measurement.Group(keys: keys, values: [.count(buyers), .money(decimal(revenue))])
        }
        return ResultTable.of(
            query(dimensions, counting: counting),
            [cell(january, 0, 10, "100"), cell(january, 2, 4, "60"), cell(march, 0, 4, "12")],
            total: [.count(14), .money(decimal("172"))],
            cohorts: [
                group(january, values: .count(10), .money(decimal("160"))),
                group(march, values: .count(4), .money(decimal("12"))),
            ], semantics ?? self.semantics)
    }

    @Test func theTriangleIsComplete() {
        let table = table()
        #expect(
            table.rows.map { $0.keys.map(\.label).joined(separator: "+") } == [
                "2026-01+0", "2026-01+1", "2026-01+2", "2026-01+3", "2026-02+0", "2026-02+1", "2026-02+2", "2026-03+0",
                "2026-03+1",
            ])
        #expect(table.rows.map { $0.values[0]?.double } == [1, 0, 0.4, 0, nil, nil, nil, 1, 0])
        // Revenue adds up along the ages, over everybody who ever was in the cohort.
        #expect(table.rows.map { $0.values[1]?.double } == [10, 10, 16, 16, nil, nil, nil, 3, 3])
        // April is not over on its fifteenth.
        #expect(table.rows.map(\.isIncomplete) == [false, false, false, true, false, false, true, false, true])
        #expect(table.dimensions.map(\.title) == ["Cohort", "Age in months"])
    }

    @Test func agesCountTheCohortsThatAreOldEnough() {
        let table = table()
        #expect(table.ages.map(\.age) == [0, 1, 2])
        #expect(table.ages.map(\.cohorts) == [3, 2, 1])
        #expect(table.ages.map(\.customers) == [14, 10, 10])
        #expect(table.ages.map(\.coverage) == [1, 10.0 / 14, 10.0 / 14])
        #expect(table.ages.map { $0.values[0]?.double } == [1, 0, 0.4])
        // A ratio of sums: (100 + 12) / 14, not the mean of 10 and 3.
        #expect(table.ages.map { $0.values[1]?.double } == [8, 10, 16])
    }

    @Test func cohortsHaveTheirSizes() {
        #expect(table().cohorts.map(\.key.label) == ["2026-01", "2026-02", "2026-03"])
        #expect(table().cohorts.map(\.customers) == [10, 0, 4])
        #expect(table().cohortMeasure == "buyers")
    }

    @Test func withoutACountOfBuyersSizesAreUnknown() {
        let table = table(counting: false)
        #expect(table.cohorts.map(\.customers) == [nil, nil, nil])
        #expect(table.cohortMeasure == nil)
        #expect(table.ages.map(\.customers) == [nil, nil, nil])
        #expect(table.ages.map(\.coverage) == [nil, nil, nil])
        #expect(table.ages.map { $0.values[0]?.double } == [1, 0, 0.4])
    }

    @Test func theAgeMayComeFirst() {
        let turned = table([.age(.month), .cohort(.month)])
        #expect(turned.rows.map { $0.keys.reversed().map(\.label) } == table().rows.map { $0.keys.map(\.label) })
        #expect(turned.rows.map(\.values) == table().rows.map(\.values))
        #expect(turned.rows.map(\.isIncomplete) == table().rows.map(\.isIncomplete))
        #expect(turned.ages == table().ages && turned.cohorts == table().cohorts)
    }

    @Test func nobodyAcquiredIsNoRow() {
        let empty = ResultTable.of(
            query([.cohort(.month), .age(.month)]), [], total: [.count(0), .money(.zero)], semantics)
        #expect(empty.rows.isEmpty && empty.ages.isEmpty && empty.cohorts.isEmpty && empty.notes.isEmpty)
    }

    @Test func aWindowThatCutsTheFirstCohortIsSaid() {
        func notes(_ from: String) -> [String] {
            table([.cohort(.month), .age(.month)], makeSemantics(window(from, "2027-01-01"), asOf: "2026-04-15"))
                .notes
        }
        #expect(notes("2026-01-01").isEmpty)
        #expect(
            notes("2026-01-02") == [
                "The window cuts the first cohort: 2026-01 holds those acquired in the window only."
            ])
        // Nobody was acquired in the cut December: nothing is cut.
        #expect(notes("2025-12-02").isEmpty)
    }

    @Test func tablesWithoutAgesHaveNeitherCohortsNorAges() {
        let query = Query(
            id: "q", groupBy: [.cohort(.month)], measures: [Measure("buyers", .buyers)],
            columns: [Column("buyers", .named("buyers"), type: .count)])
        let table = ResultTable.of(query, [group(january, values: .count(3))], total: [.count(3)], semantics)
        #expect(table.cohorts.isEmpty && table.ages.isEmpty)
        #expect(table.shown == ["2026-01 3.0"])
    }
}
