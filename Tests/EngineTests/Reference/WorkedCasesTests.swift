import Quantities
import Queries
import Testing

private let purchases = Measure("purchases", .purchases)
private let revenue = Measure("revenue", .revenue)
private let buyers = Measure("buyers", .buyers)

/// The worked cases of the semantics, by hand.
@Suite struct WorkedCases {
    @Test func newestStateDecides() throws {
        var project = SampleProject()
        project.purchase("a", "p1", "2026-01-10", "100")
        project.purchase("a", "p1", "2026-01-20", "100", status: "returned")
        let totals = try project.totals([purchases, revenue, Measure("canceled", .canceledPurchases), buyers])
        #expect(totals == ["purchases": .count(0), "revenue": money("0"), "canceled": .count(1), "buyers": .count(0)])
        let before = try project.totals(asOf: "2026-01-15", [purchases, revenue])
        #expect(before == ["purchases": .count(1), "revenue": money("100")])
    }

    @Test(arguments: [true, false]) func refundsReduceNetRevenue(asEvent: Bool) throws {
        var project = SampleProject()
        project.purchase("a", "p1", "2026-01-10", "60")
        project.purchase("a", "p2", "2026-01-11", "40")
        if asEvent {
            project.refund("a", "p1", "2026-01-12", "30")
        } else {
            project.purchase("a", "p1", "2026-01-12", "-30", status: "returned")
        }
        let totals = try project.totals([
            purchases, revenue, Measure("gross", .grossRevenue), Measure("refunds", .refunds),
            Measure("repeat", .repeatBuyers(atLeast: 3)),
        ])
        #expect(
            totals == [
                "purchases": .count(2), "revenue": money("70"), "gross": money("100"), "refunds": money("30"),
                "repeat": .count(0),
            ])
        let gross = try project.totals([revenue]) { $0.semantics.revenueBasis = .gross }
        #expect(gross == ["revenue": money("100")])
    }

    @Test func refundedAndCanceledIsSubtractedOnce() throws {
        var project = SampleProject()
        project.purchase("a", "p1", "2026-01-10", "50")
        project.refund("a", "p1", "2026-01-12", "50")
        project.purchase("a", "p1", "2026-01-14", "50", status: "canceled")
        #expect(try project.totals([revenue, purchases]) == ["revenue": money("0"), "purchases": .count(0)])
    }

    @Test func refundDating() throws {
        var project = SampleProject()
        project.purchase("a", "p1", "2026-01-15", "100")
        project.refund("a", "p1", "2026-03-15", "40")
        func months(_ dating: RefundDating) throws -> [[String: MeasureValue]] {
            try ["01", "03"].map { month in
                try project.totals(from: "2026-\(month)-01", to: "2026-\(month)-31", [revenue, purchases]) {
                    $0.semantics.refundDating = dating
                }
            }
        }
        let nothing: [String: MeasureValue] = ["revenue": money("0"), "purchases": .count(0)]
        #expect(try months(.order) == [["revenue": money("60"), "purchases": .count(1)], nothing])
        #expect(
            try months(.refund) == [
                ["revenue": money("100"), "purchases": .count(1)],
                ["revenue": money("-40"), "purchases": .count(0)],
            ])
        for dating in RefundDating.allCases {
            let lifetime = try project.totals([Measure("revenue", .revenue, scope: .history)]) {
                $0.semantics.refundDating = dating
            }
            #expect(lifetime == ["revenue": money("60")])
        }
    }

    private var chargeMeasures: [Measure] {
        [
            Measure("fc", .chargeCount(.firstCharge), scope: .charges),
            Measure("first", .chargeAmount(.firstCharge), scope: .charges),
            Measure("upsells", .chargeAmount(.upsell), scope: .charges),
            Measure("rebills", .chargeAmount(.rebill), scope: .charges),
            Measure("revenue", .revenue, scope: .charges),
        ]
    }

    @Test func anchoredAndPeriodAttribution() throws {
        var project = SampleProject()
        project.purchase("A", "a1", "2026-01-31", "120", ["kind": "first"])
        project.purchase("A", "a2", "2026-02-01", "30", ["kind": "upsell"])
        project.purchase("A", "a3", "2026-03-01", "190", ["kind": "rebill"])
        project.purchase("B", "b1", "2025-12-20", "100", ["kind": "first"])
        project.purchase("B", "b2", "2026-01-20", "100", ["kind": "rebill"])
        let anchored = try project.totals(to: "2026-02-01", chargeMeasures)
        #expect(
            anchored == [
                "fc": .count(1), "first": money("120"), "upsells": money("30"), "rebills": money("190"),
                "revenue": money("340"),
            ])
        let period = try project.totals(to: "2026-02-01", chargeMeasures) { $0.semantics.attribution = .period }
        #expect(
            period == [
                "fc": .count(1), "first": money("120"), "upsells": money("0"), "rebills": money("100"),
                "revenue": money("220"),
            ])
    }

    @Test func existingIsNotNew() throws {
        var project = SampleProject()
        project.purchase("C", "1", "2025-12-01", "50")
        project.purchase("C", "2", "2026-01-10", "60")
        let totals = try project.totals(to: "2026-02-01", [buyers, Measure("new", .newBuyers)])
        #expect(totals == ["buyers": .count(1), "new": .count(0)])
    }

    @Test func anchoredChargesAreGroupedByTheFirstCharge() throws {
        var project = SampleProject()
        project.purchase("c", "1", "2026-01-10", "10", ["kind": "first", "product": "A"])
        project.purchase("c", "2", "2026-02-10", "50", ["kind": "rebill", "product": "B"])
        let query = Query(
            id: "q", groupBy: [.attribute("product")], measures: [chargeMeasures[0], chargeMeasures[4]], columns: [])
        func groups(_ attribution: Attribution) throws -> [GroupKey: [MeasureValue]] {
            let answer = try project.answer([query]) { $0.semantics.attribution = attribution }
            let groups = answer.measurements[0].groups.map { ($0.keys[0], $0.values) }
            return Dictionary(uniqueKeysWithValues: groups)
        }
        #expect(try groups(.anchored) == [.text("A"): [.count(1), money("60")]])
        #expect(
            try groups(.period) == [.text("A"): [.count(1), money("10")], .text("B"): [.count(0), money("50")]])
    }

    @Test func totalIsOverTheWholePopulation() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-10", "10", ["product": "A"])
        for number in 2...10 {
            project.purchase("b", RawText("\(number)"), "2026-01-11", number == 2 ? "10" : "0", ["product": "B"])
        }
        let query = Query(id: "q", groupBy: [.attribute("product")], measures: [revenue, purchases], columns: [])
        let measurement = try project.answer([query]).measurements[0]
        #expect(measurement.groups.count == 2)
        #expect(measurement.total == [money("20"), .count(10)])
    }

    @Test func conversion() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-10", "100", ["currency": "EUR"])
        project.purchase("a", "2", "2026-02-10", "100", ["currency": "EUR"])
        let january = CivilDate(year: 2026, month: 1, day: 10).dayNumber
        let rates = RateTable(rates: [
            "EUR": [
                RateTable.Rate(dayNumber: january, rate: decimal("1.10")),
                RateTable.Rate(dayNumber: january + 31, rate: decimal("1.20")),
            ]
        ])
        for (policy, expected) in [(FXPolicy.eventDate, "230"), (.asOf, "240")] {
            let totals = try project.totals([revenue]) {
                $0.semantics.fx = policy
                $0.semantics.rates = rates
            }
            #expect(totals == ["revenue": money(expected)])
        }
        #expect(throws: QueryError.missingRate(currency: "EUR", date: "2026-01-10", display: "USD")) {
            try project.totals([revenue])
        }
        #expect(try project.totals([purchases]) == ["purchases": .count(2)])
        let query = Query(id: "q", groupBy: [.currency], measures: [revenue], columns: [])
        let measurement = try project.answer([query]) { $0.semantics.rates = rates }.measurements[0]
        #expect(measurement.groups == [Measurement.Group(keys: [.text("EUR")], values: [money("200")])])
        #expect(measurement.total == [money("230")])
    }

    @Test func localDays() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-02-01T03:30Z", "1")
        project.purchase("a", "2", "2026-03-08T04:59:59Z", "1")
        project.purchase("a", "3", "2026-03-08T05:00Z", "1")
        project.purchase("a", "4", "2026-03-09T03:59:59Z", "1")
        project.purchase("a", "5", "2026-03-09T04:00Z", "1")
        let query = Query(id: "q", groupBy: [.calendar(.day)], measures: [purchases], columns: [])
        func days(_ zone: String) throws -> [String: MeasureValue] {
            let groups = try project.answer([query]) { $0.semantics.timezone = zone }.measurements[0].groups
            return Dictionary(
                uniqueKeysWithValues: groups.map { group in
                    guard case .bucket(let index) = group.keys[0] else { preconditionFailure("not a bucket") }
                    return (CalendarUnit.day.label(of: index), group.values[0])
                })
        }
        #expect(try days("UTC") == ["2026-02-01": .count(1), "2026-03-08": .count(2), "2026-03-09": .count(2)])
        #expect(
            try days("America/New_York") == [
                "2026-01-31": .count(1), "2026-03-07": .count(1), "2026-03-08": .count(2), "2026-03-09": .count(1),
            ])
    }

    @Test func deliveredTwiceCountsOnce() throws {
        var project = SampleProject()
        project.purchase("a", "p1", "2026-01-10", "100")
        project.purchase("a", "p1", "2026-01-10", "100.00")
        #expect(try project.totals([purchases, revenue]) == ["purchases": .count(1), "revenue": money("100")])
    }

    @Test func withoutKeyNothingIsMerged() throws {
        var project = SampleProject()
        project.purchase("a", nil, "2026-01-10", "100")
        project.purchase("a", nil, "2026-01-10", "100")
        #expect(try project.totals([purchases, revenue]) == ["purchases": .count(2), "revenue": money("200")])
    }

    @Test func testOrdersDoNotExist() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-01", "10", ["test": "yes"])
        project.purchase("a", "2", "2026-02-01", "10")
        let query = Query(id: "q", groupBy: [.cohort(.month)], measures: [buyers], columns: [])
        let groups = try project.answer([query]).measurements[0].groups
        #expect(groups == [Measurement.Group(keys: [.bucket(56 * 12 + 1)], values: [.count(1)])])
    }

    /// Whether the customer is subscribed at an instant, and the findings.
    private func subscription(_ project: SampleProject, at asOf: String) throws -> (Bool, [QualityFinding]) {
        var project = project
        project.purchase("a", "1", "2026-01-01", "10")
        let subscribers = Measure("n", .buyers, filter: .test(.consent("newsletter"), .valid))
        let answer = try project.answer(asOf: asOf, [Query(id: "q", measures: [subscribers], columns: [])])
        return (answer.measurements[0].total == [.count(1)], answer.quality)
    }

    @Test func consentExpires() throws {
        var project = SampleProject()
        project.consent("a", "2026-01-01", "accept", until: "2026-01-31")
        #expect(try subscription(project, at: "2026-01-30").0)
        #expect(try subscription(project, at: "2026-01-30T23:59:59.999999Z").0)
        #expect(try !subscription(project, at: "2026-01-31").0)
        #expect(try !subscription(project, at: "2026-02-01").0)
    }

    @Test func unknownActionRevokes() throws {
        var project = SampleProject()
        project.consent("a", "2026-01-01", "accept", until: "unlimited")
        project.consent("a", "2026-01-10", "Accept", until: "unlimited")
        #expect(try subscription(project, at: "2026-01-09").0)
        let (isValid, quality) = try subscription(project, at: "2026-01-10")
        #expect(!isValid)
        #expect(quality == [QualityFinding(.unknownConsentActions, count: 1)])
    }

    @Test func newestConsentWinsWhateverTheOrder() throws {
        var project = SampleProject()
        project.consent("a", "2026-01-05", "reject")
        project.consent("a", "2026-01-01", "accept", until: "1893456000")
        #expect(try subscription(project, at: "2026-01-04").0)
        #expect(try !subscription(project, at: "2026-01-05").0)
    }

    @Test func atEqualTimesARejectWins() throws {
        var project = SampleProject()
        project.consent("a", "2026-01-05", "reject")
        project.consent("a", "2026-01-05", "accept", until: "unlimited")
        #expect(try !subscription(project, at: "2026-01-06").0)
    }

    @Test func firstSegmentWins() throws {
        var project = SampleProject()
        project.customer("a", country: "DE")
        project.customer("b", country: "FR")
        project.customer("c", country: "GB")
        for customer in ["a", "b", "c"] as [RawText] { project.purchase(customer, customer, "2026-01-10", "10") }
        let segmentation = CustomerSegmentation(
            id: "s", name: "S",
            segments: [
                Segment(name: "1", when: .test(.property("country"), .isIn(["DE"]))),
                Segment(name: "2", when: .test(.property("country"), .isIn(["DE", "FR"]))),
            ], remainder: "rest")
        let query = Query(id: "q", groupBy: [.segmentation("s")], measures: [buyers], columns: [])
        let measurement = try project.answer([query]) { $0.customerSegmentations = [segmentation] }.measurements[0]
        #expect(
            canonical(measurement.groups) == [
                Measurement.Group(keys: [.remainder], values: [.count(1)]),
                Measurement.Group(keys: [.text("1")], values: [.count(1)]),
                Measurement.Group(keys: [.text("2")], values: [.count(1)]),
            ])
        #expect(measurement.total == [.count(3)])
    }

    @Test func importOrderIsNoTime() throws {
        var project = SampleProject()
        project.purchase("a", "2", "2026-02-10", "10", ["kind": "first"])
        project.purchase("a", "1", "2026-01-31", "10", ["kind": "rebill"])
        let rebills = Measure("rebills", .chargeCount(.rebill))
        #expect(try project.totals(asOf: "2026-02-20", [rebills]) == ["rebills": .count(1)])
        #expect(try project.totals(asOf: "2026-01-30", [rebills]) == ["rebills": .count(0)])
    }
}
