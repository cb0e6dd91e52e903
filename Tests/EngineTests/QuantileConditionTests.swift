import Engine
import EventStores
import Quantities
import Queries
import Spark
import Testing

/// Conditions on quantiles of all buyers: cases by hand, asked of the engines and of the reference evaluator.
@Suite struct QuantileConditions {
    /// Customers by the side of a quantile that they are on.
    private struct Sides: Equatable {
        var atMost: [String]
        var above: [String]
        var neither: [String] = []
    }

    private func evaluation(
        _ segments: [Segment], asOf: String = "2026-12-31", change: (inout Evaluation) -> Void = { _ in }
    ) -> Evaluation {
        var evaluation = Evaluation(
            semantics: Semantics(
                asOf: instant(asOf), window: Window(from: instant("2026-01-01"), to: instant("2027-01-01")),
                displayCurrency: "USD"),
            purchases: SampleProject.definition, eventSegmentations: SampleProject.eventSegmentations,
            customerSegmentations: [
                CustomerSegmentation(id: "sides", name: "", segments: segments, remainder: "neither")
            ], queries: [])
        change(&evaluation)
        return evaluation
    }

    private func sides(
        _ project: SampleProject, _ aggregate: Aggregate, _ share: String, asOf: String = "2026-12-31",
        isOnSpark: Bool = true, change: (inout Evaluation) -> Void = { _ in }
    ) throws -> Sides {
        let evaluation = evaluation(
            [
                Segment(name: "at most", when: .test(.aggregate(aggregate), .atMostQuantile(decimal(share)))),
                Segment(name: "above", when: .test(.aggregate(aggregate), .aboveQuantile(decimal(share)))),
            ], asOf: asOf, change: change)
        let store = try project.raw.makeStore()
        var found: [[String: String]] = []
        for (threads, batchRows) in [(1, 8_192), (1, 1), (3, 2)] {
            var engine = EmbeddedEngine(store: store, threads: threads)
            engine.batchRows = batchRows
            let membership = try #require(try engine.memberships(evaluation).first)
            var segments: [String: String] = [:]
            for (customer, position) in membership.positions.enumerated() {
                segments[try store.customers.ids.text(of: UInt32(customer + 1))] = membership.segments[Int(position)]
            }
            found.append(segments)
        }
        if isOnSpark, let session = TestSpark.session {
            let engine = SparkEngine(session, project.raw.sparkTables)
            let membership = try #require(try engine.memberships(evaluation).first)
            var segments: [String: String] = [:]
            for (customer, position) in membership.positions.enumerated() {
                let id = try engine.customerIDs([Int32(customer)])[0]
                segments[id] = membership.segments[Int(position)]
            }
            found.append(segments)
        }
        let run = try ReferenceRun(project.raw, evaluation)
        var expected: [String: String] = [:]
        for customer in run.customers {
            let segment = try run.segment("sides", of: customer, at: run.asOf)
            expected[customer.raw.id.string] = segment?.string ?? "neither"
        }
        for segments in found { #expect(segments == expected, "\(aggregate) \(share)") }
        func names(_ segment: String) -> [String] { expected.filter { $0.value == segment }.keys.sorted() }
        return Sides(atMost: names("at most"), above: names("above"), neither: names("neither"))
    }

    /// One purchase a day, in order.
    private func project(_ amounts: [(customer: RawText, amount: String)]) -> SampleProject {
        var project = SampleProject()
        for (day, purchase) in amounts.enumerated() {
            project.purchase(purchase.customer, RawText("\(day)"), "2026-01-\(10 + day)", purchase.amount)
        }
        return project
    }

    @Test func equalValuesStayTogether() throws {
        let orders = ["a", "b", "c", "d", "d", "e", "e", "e"] as [RawText]
        let project = project(orders.map { ($0, "5") })
        // 1 1 1 2 3: rank 1, 2, 3, and 3.05 rounded up to 4.
        for share in ["0.2", "0.4", "0.6"] {
            #expect(
                try sides(project, .purchases, share) == Sides(atMost: ["a", "b", "c"], above: ["d", "e"]), "\(share)")
        }
        #expect(try sides(project, .purchases, "0.61") == Sides(atMost: ["a", "b", "c", "d"], above: ["e"]))
        // 5 5 5 10 15; and five times 5.
        #expect(try sides(project, .revenue, "0.8") == Sides(atMost: ["a", "b", "c", "d"], above: ["e"]))
        #expect(
            try sides(project, .averagePurchaseValue, "0.1") == Sides(atMost: ["a", "b", "c", "d", "e"], above: []))
    }

    @Test func fewerThanFiveBuyers() throws {
        let three = project([("a", "10"), ("b", "20"), ("c", "30")])
        // Ranks 0.6, 1.2, 1.8 and 2.4, rounded up.
        #expect(try sides(three, .revenue, "0.2") == Sides(atMost: ["a"], above: ["b", "c"]))
        #expect(try sides(three, .revenue, "0.4") == Sides(atMost: ["a", "b"], above: ["c"]))
        #expect(try sides(three, .revenue, "0.6") == Sides(atMost: ["a", "b"], above: ["c"]))
        #expect(try sides(three, .revenue, "0.8") == Sides(atMost: ["a", "b", "c"], above: []))
        let one = project([("a", "10")])
        for share in ["0.000000000000000000000000000000000001", "0.5", "0.999999999999999999999999999999999999"] {
            for aggregate in Aggregate.ofPurchases {
                #expect(
                    try sides(one, aggregate, share, isOnSpark: aggregate == .purchases)
                        == Sides(atMost: ["a"], above: []), "\(aggregate) \(share)")
            }
        }
    }

    @Test func thirdsAreNotRounded() throws {
        let three = project([("a", "10"), ("b", "20"), ("c", "30")])
        #expect(try sides(three, .revenue, "0.3333333333333333333333").atMost == ["a"])
        #expect(try sides(three, .revenue, "0.3333333333333333333334").atMost == ["a", "b"])
    }

    @Test func quantilesAreOfBuyers() throws {
        var project = project([("a", "10"), ("b", "20"), ("b", "20")])
        for customer in ["v", "w", "x"] as [RawText] { project.customer(customer, country: "DE") }
        project.purchase("y", "y1", "2026-01-05", "10", status: "canceled")
        // Revenue without a purchase: a negative amount is none.
        project.purchase("z", "z1", "2026-01-05", "-7")
        // Of 1 and 2; six customers with 0 would make it 0. Who never bought has 0, as in every condition.
        let others = ["v", "w", "x", "y", "z"]
        #expect(try sides(project, .purchases, "0.5") == Sides(atMost: ["a"] + others, above: ["b"]))
        #expect(try sides(project, .revenue, "0.5") == Sides(atMost: ["a"] + others, above: ["b"]))
        #expect(try sides(project, .canceledPurchases, "0.5").above == ["y"])
        for aggregate in [Aggregate.averagePurchaseValue, .daysSinceFirstPurchase] {
            let sides = try sides(project, aggregate, "0.5")
            #expect(sides.neither == others, "\(aggregate)")
            #expect(sides.atMost.count == 1 && sides.above.count == 1, "\(aggregate)")
        }
    }

    @Test func nobodyBought() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-05", "10", status: "canceled")
        project.purchase("b", "2", "2026-03-05", "10")
        for aggregate in Aggregate.ofPurchases {
            #expect(
                try sides(project, aggregate, "0.5", asOf: "2026-02-01", isOnSpark: aggregate == .revenue)
                    == Sides(atMost: [], above: [], neither: ["a", "b"]), "\(aggregate)")
        }
        #expect(try sides(project, .revenue, "0.5") == Sides(atMost: ["a", "b"], above: []))
    }

    @Test func moneyIsExact() throws {
        let revenue = project([("a", "10"), ("b", "10.00"), ("c", "9.999"), ("d", "10.001")])
        #expect(try sides(revenue, .revenue, "0.5") == Sides(atMost: ["a", "b", "c"], above: ["d"]))
        // 30.01 / 3 and 60.02 / 6 are the same, a little more than 10.00333333333, and no decimal number.
        let average = project([
            ("a", "10"), ("a", "10"), ("a", "10.01"), ("b", "10.00333333333"), ("c", "10"), ("c", "10.01"),
            ("d", "10"), ("d", "10"), ("d", "10"), ("d", "10"), ("d", "10"), ("d", "10.02"),
        ])
        #expect(try sides(average, .averagePurchaseValue, "0.25") == Sides(atMost: ["b"], above: ["a", "c", "d"]))
        #expect(try sides(average, .averagePurchaseValue, "0.5") == Sides(atMost: ["a", "b", "d"], above: ["c"]))
    }

    @Test func moneyIsConverted() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-10", "100")
        project.purchase("b", "2", "2026-01-10", "95", ["currency": "EUR"])
        project.purchase("c", "3", "2026-02-10", "90", ["currency": "EUR"])
        project.purchase("d", "4", "2026-02-10", "110")
        func converted(_ fx: FXPolicy) throws -> Sides {
            try sides(project, .revenue, "0.5") {
                $0.semantics.fx = fx
                $0.semantics.rates.rates["EUR"] = [
                    RateTable.Rate(
                        dayNumber: CivilDate(year: 2026, month: 1, day: 1).dayNumber, rate: decimal("1.10")),
                    RateTable.Rate(
                        dayNumber: CivilDate(year: 2026, month: 2, day: 1).dayNumber, rate: decimal("1.20")),
                ]
            }
        }
        // 100, 104.50, 108, 110; and with the newest rate 100, 114, 108, 110.
        #expect(try converted(.eventDate) == Sides(atMost: ["a", "b"], above: ["c", "d"]))
        #expect(try converted(.asOf) == Sides(atMost: ["a", "c"], above: ["b", "d"]))
        #expect(throws: QueryError.self) { try sides(project, .revenue, "0.5") }
        var evaluation = evaluation([
            Segment(name: "", when: .test(.aggregate(.averagePurchaseValue), .aboveQuantile(decimal("0.5"))))
        ])
        let purchases = Query(id: "q", measures: [Measure("purchases", .purchases)], columns: [])
        evaluation.queries = [purchases]
        let engine = EmbeddedEngine(store: try project.raw.makeStore(), threads: 2)
        let missing = QueryError.missingRate(currency: "EUR", date: "2026-01-10", display: "USD")
        func check(_ engine: some QueryEngine) throws {
            #expect(throws: missing) { try engine.memberships(evaluation) }
            // What no query asks for is missing for none.
            #expect(try engine.answer(evaluation).measurements[0].total == [.count(4)])
            var asked = evaluation
            asked.queries[0].groupBy = [.segmentation("sides")]
            #expect(throws: missing) { try engine.answer(asked) }
            asked = evaluation
            asked.queries[0].filter = .test(.segmentation("sides"), .isIn([""]))
            #expect(throws: missing) { try engine.answer(asked) }
        }
        try check(engine)
        if let session = TestSpark.session { try check(SparkEngine(session, project.raw.sparkTables)) }
    }

    /// Quantiles are of all buyers, also of those that no report looks at.
    @Test func ratesThatNoReportNeeds() throws {
        var project = project([("a", "10"), ("b", "20"), ("c", "30")])
        project.purchase("d", "d1", "2025-06-01", "5", ["currency": "EUR"])
        var evaluation = evaluation([
            Segment(name: "high", when: .test(.aggregate(.revenue), .aboveQuantile(decimal("0.5"))))
        ])
        func query(_ id: String, _ scope: Scope) -> Query {
            Query(
                id: id, groupBy: [.segmentation("sides")], measures: [Measure("buyers", .buyers, scope: scope)],
                columns: [])
        }
        evaluation.queries = [query("a", .window)]
        let missing = QueryError.missingRate(currency: "EUR", date: "2025-06-01", display: "USD")
        let store = try project.raw.makeStore()
        let embedded = EmbeddedEngine(store: store, threads: 1)
        #expect(throws: missing) { try embedded.answer(evaluation) }
        guard let session = TestSpark.session else { return }
        let spark = SparkEngine(session, project.raw.sparkTables)
        #expect(throws: missing) { try spark.answer(evaluation) }
        // Nor where there is nothing to report.
        evaluation.semantics.window = Window(from: instant("2024-01-01"), to: instant("2024-02-01"))
        #expect(throws: missing) { try embedded.answer(evaluation) }
        #expect(throws: missing) { try spark.answer(evaluation) }
    }

    /// What was given back counts for nothing in gross revenue, and needs no rate.
    @Test func refundsWithoutRatesInGrossRevenue() throws {
        var project = project([("a", "10"), ("b", "20")])
        project.refund("a", "0", "2026-02-01", "5", ["currency": "EUR"])
        func segments(_ basis: RevenueBasis) throws -> [Result<[SegmentCounts], any Error>] {
            var evaluation = evaluation([
                Segment(name: "high", when: .test(.aggregate(.revenue), .atLeast(decimal("15"))))
            ])
            evaluation.semantics.revenueBasis = basis
            let store = try project.raw.makeStore()
            var found = [Result { try EmbeddedEngine(store: store, threads: 1).segmentCounts(evaluation) }]
            if let session = TestSpark.session {
                found.append(Result { try SparkEngine(session, project.raw.sparkTables).segmentCounts(evaluation) })
            }
            return found
        }
        for found in try segments(.gross) { #expect(try found.get().first?.customers == [1, 1]) }
        for found in try segments(.net) { #expect(throws: QueryError.self) { try found.get() } }
    }

    @Test func timeIsExact() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-10T12:00:00.000001Z", "1")
        project.purchase("b", "2", "2026-01-10T12:00:00.000002Z", "1")
        project.purchase("c", "3", "2026-01-10T12:00:00.000003Z", "1")
        project.purchase("c", "4", "2026-01-09T12:00:00Z", "1")
        #expect(try sides(project, .daysSinceLastPurchase, "0.5") == Sides(atMost: ["b", "c"], above: ["a"]))
        #expect(try sides(project, .daysSinceFirstPurchase, "0.5") == Sides(atMost: ["a", "b"], above: ["c"]))
        // What comes after as_of does not exist: c has its first purchase alone.
        #expect(
            try sides(project, .daysSinceLastPurchase, "0.5", asOf: "2026-01-10T12:00:00.000002Z")
                == Sides(atMost: ["a", "b"], above: ["c"]))
    }

    @Test func filtersAndSegmentsOfSegments() throws {
        let project = project([("a", "10"), ("b", "20"), ("c", "30"), ("c", "5"), ("d", "40")])
        let isHigh = Predicate.test(.aggregate(.revenue), .aboveQuantile(decimal("0.5")))
        var evaluation = evaluation([Segment(name: "high", when: isHigh)])
        evaluation.customerSegmentations.insert(
            CustomerSegmentation(
                id: "both", name: "",
                segments: [
                    Segment(
                        name: "high and often",
                        when: .all([
                            .test(.segmentation("sides"), .isIn(["high"])),
                            .test(.aggregate(.purchases), .aboveQuantile(decimal("0.75"))),
                        ]))
                ], remainder: "other"), at: 0)
        let buyers = Measure("buyers", .buyers)
        evaluation.queries = [
            Query(id: "a", groupBy: [.segmentation("both")], measures: [buyers], columns: []),
            Query(id: "b", filter: isHigh, measures: [buyers], columns: []),
            Query(
                id: "c", measures: [Measure("low", .purchases, filter: .not(isHigh)), buyers], columns: []),
        ]
        let answer = try EmbeddedEngine(store: try project.raw.makeStore(), threads: 1).answer(evaluation)
        #expect(differences(answer, try ReferenceEvaluator(project.raw).answer(evaluation)) == [])
        let groups = Dictionary(uniqueKeysWithValues: answer.measurements[0].groups.map { ($0.keys[0], $0.values) })
        #expect(groups == [.text("high and often"): [.count(1)], .remainder: [.count(3)]])
        #expect(answer.measurements[1].total == [.count(2)])
        #expect(answer.measurements[2].total == [.count(2), .count(4)])
    }

    /// More customers than are sorted at once, in orders that are hard for a selection; against sorting all values.
    @Test(arguments: [1, 2, 3, 40, 1_999]) func manyBuyers(distinct: Int) throws {
        let count = 2_000
        let shares = ["0.001", "0.2", "0.4", "0.5", "0.8", "0.9995"]
        // Ascending, descending, and neither.
        let orders: [(Int) -> Int] = [{ $0 }, { count - $0 }, { $0 * 7_919 % 2_003 }]
        for (number, order) in orders.enumerated() {
            var project = SampleProject()
            let amounts = (0..<count).map { order($0) % distinct }
            for (index, amount) in amounts.enumerated() {
                project.purchase(RawText("c\(index)"), RawText("\(index)"), "2026-01-10", "\(amount)")
            }
            let sorted = amounts.sorted()
            let segments = shares.map { share in
                Segment(name: share, when: .test(.aggregate(.revenue), .atMostQuantile(decimal(share))))
            }
            let evaluation = evaluation(segments)
            let store = try project.raw.makeStore()
            for threads in [1, 4] {
                var engine = EmbeddedEngine(store: store, threads: threads)
                engine.batchRows = 150
                let membership = try #require(try engine.memberships(evaluation).first)
                var expected = Array(repeating: 0, count: shares.count + 1)
                for amount in amounts {
                    let segment = [2, 400, 800, 1_000, 1_600, 1_999].firstIndex { amount <= sorted[$0 - 1] }
                    expected[segment ?? shares.count] += 1
                }
                #expect(membership.counts.customers == expected, "order \(number), \(threads) threads")
            }
        }
    }

    @Test func whatIsRefused() throws {
        let project = project([("a", "10")])
        let engine = EmbeddedEngine(store: try project.raw.makeStore(), threads: 1)
        for share in ["0", "1", "1.0", "1.5", "-0.2"] {
            let condition = Predicate.test(.aggregate(.revenue), .atMostQuantile(decimal(share)))
            #expect(throws: QueryError.self, "\(share)") {
                try engine.memberships(evaluation([Segment(name: "", when: condition)]))
            }
        }
        let property = Predicate.test(.property("country"), .aboveQuantile(decimal("0.5")))
        #expect(throws: QueryError.self) { try engine.memberships(evaluation([Segment(name: "", when: property)])) }
    }
}
