import Quantities
import Queries
import Testing

private let purchases = Measure("purchases", .purchases)
private let revenue = Measure("revenue", .revenue)
private let buyers = Measure("buyers", .buyers)

/// Cases beyond the worked ones, by hand: what the random tests can not say to be right.
@Suite struct ReferenceCases {
    /// The groups of a query with one dimension.
    private func groups(
        _ project: SampleProject, by dimension: Dimension, _ measures: [Measure], period: Period = .calendar(.month),
        asOf: String = "2026-12-31", from: String = "2026-01-01", to: String = "2027-01-01",
        change: (inout Evaluation) -> Void = { _ in }
    ) throws -> [GroupKey: [MeasureValue]] {
        let query = Query(id: "q", groupBy: [dimension], measures: measures, columns: [], period: period)
        let answer = try project.answer(asOf: asOf, from: from, to: to, [query], change: change)
        let groups = canonical(answer.measurements[0].groups)
        return Dictionary(uniqueKeysWithValues: groups.map { ($0.keys[0], $0.values) })
    }

    private func quality(_ project: SampleProject, asOf: String = "2026-12-31") throws -> [QualityFinding] {
        try project.answer(asOf: asOf, [Query(id: "q", measures: [purchases], columns: [])]).quality
    }

    @Test func negativeKeyIsRevenueAndNoPurchase() throws {
        var project = SampleProject()
        project.purchase("a", "p1", "2026-01-10", "-30")
        project.purchase("a", "p2", "2026-02-10", "100")
        let totals = try project.totals([purchases, revenue, Measure("refunds", .refunds), Measure("new", .newBuyers)])
        #expect(
            totals == ["purchases": .count(1), "revenue": money("70"), "refunds": money("0"), "new": .count(1)])
        #expect(
            try groups(project, by: .cohort(.month), [purchases, revenue]) == [
                .bucket(56 * 12 + 1): [.count(1), money("70")]
            ])
        #expect(try quality(project) == [QualityFinding(.negativePurchases, count: 1)])
    }

    @Test func stateIsNeverARefundRow() throws {
        var project = SampleProject()
        project.purchase("a", "p1", "2026-01-01", "-40", status: "returned")
        project.purchase("a", "p1", "2026-02-10", nil)
        let totals = try project.totals([purchases, revenue], change: { $0.semantics.refundDating = .refund })
        #expect(totals == ["purchases": .count(1), "revenue": money("-40")])
        #expect(
            try groups(project, by: .calendar(.month), [purchases]) == [.bucket(56 * 12 + 1): [.count(1)]])
        #expect(
            try quality(project) == [
                QualityFinding(.purchasesWithoutAmount, count: 1), QualityFinding(.refundsAbovePurchase, count: 1),
            ])
        #expect(try quality(project, asOf: "2026-01-15") == [QualityFinding(.refundsWithoutPurchase, count: 1)])
    }

    @Test func zeroAmountsByPolicy() throws {
        var project = SampleProject()
        project.purchase("a", "p1", "2026-01-10", "0")
        project.purchase("a", "p2", "2026-02-10", "5")
        #expect(try project.totals([purchases]) == ["purchases": .count(2)])
        #expect(try project.totals([purchases]) { $0.purchases.zeroAmount = .ignore } == ["purchases": .count(1)])
    }

    @Test func refundsOfExcludedAndUnknownPurchases() throws {
        var project = SampleProject()
        project.purchase("a", "p1", "2026-01-10", "10", ["test": "yes"])
        project.purchase("b", "p2", "2026-01-10", "10")
        project.purchase("b", "p3", "2026-01-10", "10", status: "lost")
        project.refund("a", "p1", "2026-01-11", "4")
        // Of another customer's purchase.
        project.refund("a", "p2", "2026-01-11", "4")
        let totals = try project.totals([revenue, Measure("refunds", .refunds)])
        #expect(totals == ["revenue": money("10"), "refunds": money("0")])
        #expect(
            try quality(project) == [
                QualityFinding(.unclassifiedPurchases, count: 1, detail: "lost"),
                QualityFinding(.refundsWithoutPurchase, count: 1),
            ])
    }

    @Test func gapsBelongToTheLaterPurchase() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2025-12-30", "1")
        project.purchase("a", "2", "2026-01-02", "1")
        project.purchase("a", "3", "2026-01-03", "1", status: "canceled")
        project.purchase("a", "4", "2026-01-12", "1")
        project.purchase("b", "5", "2026-01-12T12:00Z", "1")
        let totals = try project.totals([
            Measure("count", .gapCount), Measure("sum", .gapSum), Measure("median", .gapQuantile(0.5)),
            Measure("upper", .gapQuantile(0.75)),
        ])
        #expect(
            totals == [
                "count": .count(2), "sum": .duration(13 * 86_400_000_000), "median": .quantile(6.5),
                "upper": .quantile(8.25),
            ])
        #expect(
            try groups(project, by: .daysToSecondPurchase(classes: [0, 2, 5]), [buyers]) == [
                .number(2): [.count(1)], .remainder: [.count(1)],
            ])
    }

    @Test func retentionOverCompleteMonths() throws {
        var project = SampleProject()
        // a buys in December, January, February; b in January and March; c in February, twice.
        for (customer, day) in [
            ("a", "2025-12-05"), ("a", "2026-01-05"), ("a", "2026-02-05"), ("b", "2026-01-31"), ("b", "2026-03-05"),
            ("c", "2026-02-01"), ("c", "2026-02-28"),
        ] as [(RawText, String)] {
            project.purchase(customer, RawText(day), day, "10")
        }
        let measures = [
            Measure("buyers", .periodBuyers), Measure("purchases", .periodPurchases),
            Measure("retained", .retainedBuyers), Measure("previous", .previousPeriodBuyers),
        ]
        // January: 2 of 1 before, 1 retained. February: 2 of 2 before, 1 retained. March is not over.
        let totals = try project.totals(asOf: "2026-03-20", measures)
        #expect(
            totals == ["buyers": .count(4), "purchases": .count(5), "retained": .count(2), "previous": .count(3)])
        let start = 56 * 12
        #expect(
            try groups(project, by: .calendar(.month), measures, asOf: "2026-03-20") == [
                .bucket(start): [.count(2), .count(2), .count(1), .count(1)],
                .bucket(start + 1): [.count(2), .count(3), .count(1), .count(2)],
            ])
        // The last microsecond of March completes it.
        let whole = try project.totals(asOf: "2026-03-31T23:59:59.999999Z", measures)
        #expect(
            whole == ["buyers": .count(5), "purchases": .count(6), "retained": .count(2), "previous": .count(5)])
        #expect(throws: QueryError.self) { try groups(project, by: .calendar(.week), measures) }
        #expect(throws: QueryError.self) { try groups(project, by: .cohort(.month), measures) }
    }

    @Test func periodsOfDaysEndWithTheWindow() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-01", "1")
        project.purchase("a", "2", "2026-01-06", "1")
        project.purchase("a", "3", "2026-01-10T23:00Z", "1")
        // Ten-day window from January 2 and periods of four days: [3, 7) and [7, 11), before them [Dec 30, 3).
        let query = Query(
            id: "q", measures: [Measure("buyers", .periodBuyers), Measure("retained", .retainedBuyers)], columns: [],
            period: .days(4))
        for end in ["2026-01-11", "2026-01-10T12:00Z"] {
            let measurement = try project.answer(from: "2026-01-02", to: end, [query]).measurements[0]
            // Without midnight the period goes on to the end of the day, past the window, and is not complete.
            let expected: [MeasureValue] = end == "2026-01-11" ? [.count(2), .count(2)] : [.count(1), .count(1)]
            #expect(measurement.total == expected)
        }
    }

    @Test func cohortsByAge() throws {
        var project = SampleProject()
        project.purchase("a", "0", "2025-12-20", "10", status: "canceled")
        project.purchase("a", "1", "2026-01-05", "10")
        project.purchase("a", "2", "2026-03-05", "20")
        project.purchase("b", "3", "2026-01-31", "30")
        project.purchase("c", "4", "2026-01-31", "30", status: "canceled")
        let query = Query(
            id: "q", groupBy: [.cohort(.month), .age(.month)],
            measures: [
                Measure("buyers", .buyers, scope: .history), Measure("revenue", .revenue, scope: .history),
                Measure("canceled", .canceledPurchases, scope: .history),
            ], columns: [])
        let measurement = try project.answer([query]).measurements[0]
        let january = GroupKey.bucket(56 * 12)
        #expect(
            canonical(measurement.groups) == [
                Measurement.Group(keys: [january, .number(0)], values: [.count(2), money("40"), .count(0)]),
                Measurement.Group(keys: [january, .number(2)], values: [.count(1), money("20"), .count(0)]),
            ])
        #expect(
            measurement.cohorts == [Measurement.Group(keys: [january], values: [.count(2), money("60"), .count(0)])])
        #expect(measurement.total == [.count(2), money("60"), .count(2)])
    }

    @Test func scopesOfCustomers() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2025-12-20", "1")
        project.purchase("a", "2", "2026-01-20", "2")
        project.purchase("b", "3", "2026-01-21", "4")
        project.purchase("b", "4", "2026-02-21", "8")
        project.purchase("c", "5", "2026-02-22", "16")
        let expected: [(Scope, String)] = [
            (.window, "6"), (.active, "15"), (.acquired, "12"), (.history, "31"), (.charges, "6"),
        ]
        for (scope, sum) in expected {
            let totals = try project.totals(to: "2026-02-01", [Measure("revenue", .revenue, scope: scope)]) {
                $0.semantics.attribution = .period
            }
            #expect(totals == ["revenue": money(sum)], "\(scope)")
        }
        #expect(
            try groups(project, by: .purchaseCount(classes: [1, 2]), [Measure("n", .buyers, scope: .history)]) == [
                .number(1): [.count(1)], .number(2): [.count(2)],
            ])
    }

    @Test func chargesBelongByParentThenLinkThenTime() throws {
        var project = SampleProject()
        project.purchase("a", "f1", "2026-01-01", "1", ["kind": "first", "product": "A", "subscription_id": "s1"])
        project.purchase("a", "f2", "2026-01-02", "2", ["kind": "first", "product": "B", "subscription_id": "s2"])
        project.purchase("a", "u1", "2026-01-03", "10", ["kind": "upsell", "parent_id": "f1", "subscription_id": "s2"])
        project.purchase("a", "r1", "2026-01-04", "100", ["kind": "rebill", "parent_id": "u1"])
        project.purchase("a", "r2", "2026-01-05", "1000", ["kind": "rebill", "subscription_id": "s1"])
        project.purchase("a", "r3", "2026-01-06", "10000", ["kind": "rebill", "parent_id": "r3"])
        // Before its subscription's first charge.
        project.purchase("a", "r4", "2026-01-01T12:00Z", "100000", ["kind": "rebill", "subscription_id": "s2"])
        project.purchase("b", "r5", "2026-01-06", "7", ["kind": "rebill"])
        #expect(
            try groups(project, by: .attribute("product"), [Measure("revenue", .revenue, scope: .charges)]) == [
                .text("A"): [money("1111")], .text("B"): [money("110002")],
            ])
        #expect(try quality(project) == [QualityFinding(.chargesWithoutFirstCharge, count: 1)])
    }

    @Test func consentsAtThePurchase() throws {
        var project = SampleProject()
        project.consent("a", "2026-01-15", "accept", until: "unlimited")
        project.purchase("a", "1", "2026-01-10", "10")
        project.purchase("a", "2", "2026-01-20", "20")
        project.refund("a", "1", "2026-01-25", "4")
        let segmentation = CustomerSegmentation(
            id: "s", name: "S", segments: [Segment(name: "yes", when: .test(.consent("newsletter"), .valid))],
            remainder: "no")
        func split(_ policy: ConsentAsOf) throws -> [GroupKey: [MeasureValue]] {
            try groups(project, by: .segmentation("s"), [buyers, revenue]) {
                $0.customerSegmentations = [segmentation]
                $0.semantics.consentAsOf = policy
                $0.semantics.refundDating = .refund
            }
        }
        #expect(try split(.now) == [.text("yes"): [.count(1), money("26")]])
        #expect(
            try split(.atPurchase) == [.text("yes"): [.count(1), money("20")], .remainder: [.count(1), money("6")]])
    }

    @Test func aggregatesAreExact() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-01", "10")
        project.purchase("a", "2", "2026-01-02", "10")
        project.purchase("a", "3", "2026-01-03", "10.01")
        func passes(_ aggregate: Aggregate, _ comparison: Comparison) throws -> Bool {
            let filter = Predicate.test(.aggregate(aggregate), comparison)
            return try project.totals(asOf: "2026-01-04T12:00Z", [Measure("n", .buyers, filter: filter)])["n"]
                == .count(1)
        }
        // 30.01 / 3 is no decimal number.
        #expect(try passes(.averagePurchaseValue, .greaterThan(decimal("10.00333333333"))))
        #expect(try passes(.averagePurchaseValue, .lessThan(decimal("10.00333333334"))))
        #expect(try passes(.daysSinceLastPurchase, .isIn(["1.5"])))
        #expect(try passes(.daysSinceFirstPurchase, .notIn(["3"])))
        #expect(try passes(.purchases, .isIn(["3.0"])))
    }

    @Test func textIsBytes() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-01", "1", ["product": "caf\u{E9}"])
        project.purchase("a", "2", "2026-01-02", "1", ["product": "cafe\u{301}"])
        let query = Query(id: "q", groupBy: [.attribute("product")], measures: [purchases], columns: [])
        #expect(try project.answer([query]).measurements[0].groups.count == 2)
        let filter = Predicate.test(.attribute("product"), .startsWith("cafe"))
        #expect(try project.totals([Measure("n", .purchases, filter: filter)]) == ["n": .count(1)])
    }
}
