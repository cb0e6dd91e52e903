import Quantities
import Queries
import Testing

@Suite struct ResultAssemblyTests {
    private let half = makeSemantics(window("2026-01-01", "2026-07-01"), asOf: "2026-05-20T12:00:00Z")
    private let revenue = Measure("revenue", .revenue)
    private let purchases = Measure("purchases", .purchases)

    private func counts(_ dimensions: [Dimension], _ layout: Layout = .table) -> Query {
        Query(
            id: "q", title: "Purchases", groupBy: dimensions, measures: [purchases],
            columns: [Column("purchases", title: "Purchases", .named("purchases"), type: .count)], layout: layout)
    }

    // MARK: Rows

    @Test func monthsOfTheWindowAreCompleteUpToAsOf() {
        let table = ResultTable.of(
            counts([.calendar(.month)], .trend),
            [
                group(bucket(.month, "2026-04-01"), values: .count(2)),
                group(bucket(.month, "2026-02-01"), values: .count(5)),
            ], total: [.count(7)], half)
        #expect(table.shown == ["2026-01 0.0", "2026-02 5.0", "2026-03 0.0", "2026-04 2.0", "2026-05 0.0"])
        #expect(table.rows.map(\.isIncomplete) == [false, false, false, false, true])
        #expect(table.dimensions.map(\.title) == ["Month"])
        #expect(table.total?.values == [.exact(ExactDecimal(7))])
    }

    @Test func bucketsBeyondTheWindowAreShownAndMarkedWhereNothingIsOfTheWindow() {
        var lifetime = counts([.calendar(.month)], .trend)
        for index in lifetime.measures.indices { lifetime.measures[index].scope = .history }
        let groups = [group(bucket(.month, "2025-11-01"), values: .count(1))]
        let table = ResultTable.of(lifetime, groups, total: [.count(1)], half)
        #expect(table.shown.prefix(3) == ["2025-11 1.0", "2025-12 0.0", "2026-01 0.0"])
        #expect(table.rows.prefix(3).map(\.isIncomplete) == [true, true, false])
        // Beside a measure of the window, only its buckets have a line.
        let windowed = ResultTable.of(counts([.calendar(.month)], .trend), groups, total: [.count(1)], half)
        #expect(windowed.shown.first == "2026-01 0.0")
    }

    @Test func segmentsAreCompleteAndInTheirOrder() {
        let table = ResultTable.of(
            counts([.segmentation("s")]), [group(.remainder, values: .count(1)), group(.text("B"), values: .count(2))],
            total: [.count(3)], half, segments: ["s": (["A", "B"], "Rest")])
        #expect(table.shown == ["A 0.0", "B 2.0", "Rest 1.0"])
        #expect(table.dimensions.map(\.title) == ["Segments"])
    }

    @Test func openKeysDescendWithTiesByTheirBytesAndMissingLast() {
        let table = ResultTable.of(
            counts([.property("country")]),
            [
                group(.text("b"), values: .count(5)), group(.text("a"), values: .count(5)),
                group(.missing, values: .count(100)), group(.text("c"), values: .count(9)),
                group(.text("B"), values: .count(5)),
            ], total: [.count(124)], half)
        #expect(table.shown == ["c 9.0", "B 5.0", "a 5.0", "b 5.0", "(none) 100.0"])
    }

    @Test func textsThatOnlyLookAlikeAreTwoRows() {
        let composed = GroupKey.text("\u{E9}"), spelt = GroupKey.text("e\u{301}")
        #expect(composed != spelt && composed == .text("\u{E9}") && Set([composed, spelt]).count == 2)
        let table = ResultTable.of(
            counts([.property("country")]),
            [group(composed, values: .count(1)), group(spelt, values: .count(2))], total: [.count(3)], half)
        #expect(table.rows.map { $0.values[0]?.double } == [2, 1])
    }

    @Test func classesAreNamedByTheirBounds() {
        let orders = ResultTable.of(
            counts([.purchaseCount(classes: [1, 2, 5])]), [group(.number(2), values: .count(3))], total: [.count(3)],
            half)
        #expect(orders.shown == ["1 0.0", "2–4 3.0", "5+ 0.0"])
        let days = ResultTable.of(
            counts([.daysToSecondPurchase(classes: [0, 1, 8])]), [], total: [.count(0)], half)
        #expect(days.shown == ["0 0.0", "1–7 0.0", "8+ 0.0", "no second purchase 0.0"])
    }

    @Test func aTrendByAnOpenKeyHasEveryMonthOfTheKeysThatOccur() {
        let groups = [
            group(.text("a"), bucket(.month, "2026-01-01"), values: .count(1)),
            group(.text("b"), bucket(.month, "2026-03-01"), values: .count(9)),
        ]
        let short = makeSemantics(window("2026-01-01", "2026-04-01"), asOf: "2026-05-20")
        let dimensions: [Dimension] = [.property("country"), .calendar(.month)]
        let trend = ResultTable.of(counts(dimensions, .trend), groups, total: [.count(10)], short)
        #expect(
            trend.shown == [
                "b 2026-01 0.0", "b 2026-02 0.0", "b 2026-03 9.0", "a 2026-01 1.0", "a 2026-02 0.0", "a 2026-03 0.0",
            ])
        #expect(
            ResultTable.of(counts(dimensions), groups, total: [.count(10)], short).shown
                == ["b 2026-03 9.0", "a 2026-01 1.0"])
    }

    // MARK: Columns

    @Test func theTotalIsARatioOfSums() {
        let query = Query(
            id: "q", groupBy: [.property("country")], measures: [revenue, purchases],
            columns: [
                Column("apv", .divide(.named("revenue"), .named("purchases")), type: .money),
                Column("share", .divide(.named("revenue"), .ofTotal(.named("revenue"))), type: .ratio),
            ])
        let table = ResultTable.of(
            query,
            [
                group(.text("one"), values: .money(decimal("10")), .count(1)),
                group(.text("nine"), values: .money(decimal("10")), .count(9)),
            ], total: [.money(decimal("20")), .count(10)], half)
        #expect(table.rows.map { $0.values.map { $0?.double } } == [[10, 0.5], [10.0 / 9, 0.5]])
        #expect(table.total?.values == [.real(2), .real(1)])
    }

    @Test func everyCurrencyIsShownInItself() {
        let query = Query(
            id: "q", groupBy: [.currency], measures: [revenue],
            columns: [Column("revenue", .named("revenue"), type: .money)])
        let table = ResultTable.of(
            query,
            [
                group(.text("JPY"), values: .money(decimal("100"))), group(.text("USD"), values: .money(decimal("7"))),
                group(.missing, values: .money(decimal("1"))),
            ], total: [.money(decimal("8.5"))], half)
        #expect(table.rows.map(\.currency) == ["JPY", "USD", "EUR"])
        #expect(table.total?.currency == "EUR" && table.total?.values == [.exact(decimal("8.5"))])
    }

    @Test func aColumnIsOfTheWindowWhereEverythingItReadsIs() {
        let measures = [
            Measure("a", .revenue), Measure("b", .buyers, scope: .active),
            Measure("c", .chargeCount(.rebill), scope: .charges),
        ]
        let query = Query(
            id: "q", measures: measures,
            columns: [
                Column("x", .named("a"), type: .money), Column("y", .divide(.named("a"), .named("b")), type: .money),
                Column("z", .divide(.named("a"), .named("c")), type: .money),
                Column("n", .number(ExactDecimal(1)), type: .number),
            ])
        let table = ResultTable.of(query, [], total: [.money(.zero), .count(0), .count(0)], half)
        #expect(table.columns.map(\.isOfWindow) == [true, false, true, true])
    }

    @Test func countsOverCompletePeriodsHaveNoValueInOneThatIsNot() {
        let column = Column("retained", title: "Retained", .named("retained"), type: .count)
        var query = Query(
            id: "q", groupBy: [.calendar(.month)], measures: [Measure("retained", .retainedBuyers)], columns: [column],
            layout: .trend)
        let table = ResultTable.of(query, [], total: [.count(0)], half)
        #expect(table.rows.map { $0.values[0] == nil } == [false, false, false, false, true])
        #expect(table.rows[4].nullReasons == [0: "the period is not over, or cut by the window"])
        #expect(table.total?.values == [.exact(.zero)])
        // A quarter belongs to the month in which it begins, whether or not that month is over.
        query.period = .calendar(.quarter)
        #expect(ResultTable.of(query, [], total: [.count(0)], half).rows.allSatisfy { $0.values[0] != nil })
    }

    @Test func aQuerysOwnWindowIsTheTables() {
        var query = counts([.calendar(.month)], .trend)
        query.period = .days(30)
        #expect(ResultTable.of(query, [], total: [.count(0)], half).window == half.window)
        query.window = window("2025-11-01", "2026-01-01")
        let table = ResultTable.of(query, [], total: [.count(0)], half)
        #expect(table.window == query.window && table.period == .days(30))
        #expect(table.shown == ["2025-11 0.0", "2025-12 0.0"])
    }

    // MARK: Incomplete buckets

    @Test func aDayIsOverWithItsLastMicrosecond() {
        // New York, 2026-03-08: 23 hours, from 05:00Z to 04:00Z.
        let newYork = zone("America/New_York")
        func incomplete(_ asOf: String) -> [Bool] {
            var semantics = makeSemantics(window("2026-03-07", "2026-03-09", newYork), asOf: asOf, zone: newYork)
            semantics.asOf = instant(asOf)
            return ResultTable.of(counts([.calendar(.day)], .trend), [], total: [.count(0)], semantics).rows
                .map(\.isIncomplete)
        }
        #expect(incomplete("2026-03-09T03:59:59.999999Z") == [false, false])
        #expect(incomplete("2026-03-09T03:59:59.999998Z") == [false, true])
        #expect(incomplete("2026-03-08T04:59:59.999999Z") == [false])
    }

    @Test func aDayWithoutMidnightBeginsWithItsFirstInstant() {
        // Santiago sets its clocks forward at the midnight that begins 2026-09-06.
        let santiago = zone("America/Santiago")
        let day = CivilDate(year: 2026, month: 9, day: 6)
        func incomplete(_ from: Instant) -> Bool? {
            let window = Window(from: from, to: santiago.startOfDay(day.adding(days: 1)))
            let semantics = makeSemantics(window, asOf: "2026-10-01", zone: santiago)
            return ResultTable.of(counts([.calendar(.day)], .trend), [], total: [.count(0)], semantics).rows.last?
                .isIncomplete
        }
        #expect(incomplete(santiago.startOfDay(day)) == false)
        #expect(incomplete(santiago.startOfDay(day).successor) == true)
    }
}
