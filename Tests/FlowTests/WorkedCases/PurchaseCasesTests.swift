import Testing

private let sums = """
      purchases: {measure: purchases}
      canceled: {measure: canceled_purchases}
      buyers: {measure: buyers}
      revenue: {measure: revenue}
      gross: {measure: gross_revenue}
      refunds: {measure: refunds}
      net_apv: {formula: revenue / purchases}
      gross_apv: {formula: gross / purchases}
    """

private let headline = """
        - {kpi: headline, title: Headline, metrics: [purchases, canceled, buyers, revenue, gross, refunds]}
    """

/// The worked cases of the semantics that are about purchases, their states, refunds and test orders: files in, numbers
/// out.
@Suite struct PurchaseCases {
    @Test func aReturnedPurchaseIsCanceledAndWorthNothing() throws {
        let project = try Probe(
            metrics: sums, reports: headline,
            orders: """
                customer,id,at,status,amount
                a,p1,2026-01-10,success,100
                a,p1,2026-01-20,returned,100
                """
        ).deployed()
        #expect(
            try project.evaluate("--all-time").report("headline").total
                == ["purchases": 0, "canceled": 1, "buyers": 0, "revenue": 0, "gross": 0, "refunds": 0])
        // Before the return it counted.
        #expect(
            try project.evaluate("--all-time", "--as-of", "2026-01-15").report("headline").total
                == ["purchases": 1, "canceled": 0, "buyers": 1, "revenue": 100, "gross": 100, "refunds": 0])
    }

    @Test(arguments: ["a refund event", "a negative row of the purchase"]) func aRefundReducesNetRevenue(
        _ form: String
    ) throws {
        let orders = """
            customer,id,at,status,amount
            a,p1,2026-01-10,success,60
            a,p2,2026-01-11,success,40
            """
        let project = try Probe(
            metrics: sums,
            reports: """
                    - {kpi: headline, title: Headline, metrics: [purchases, revenue, gross_apv, net_apv]}
                """,
            orders: form == "a refund event" ? orders : orders + "\na,p1,2026-01-12,returned,-30",
            refunds: form == "a refund event" ? "order,at,amount\np1,2026-01-12,30" : nil
        ).deployed()
        #expect(
            try project.evaluate("--all-time").report("headline").total
                == ["purchases": 2, "revenue": 70, "gross_apv": 50, "net_apv": 35])
        #expect(
            try project.evaluate("--all-time", "--revenue-basis", "gross").report("headline").total
                == ["purchases": 2, "revenue": 100, "gross_apv": 50, "net_apv": 50])
    }

    @Test func refundedAndThenCanceledIsSubtractedOnce() throws {
        let project = try Probe(
            metrics: sums, reports: headline,
            orders: """
                customer,id,at,status,amount
                a,p1,2026-01-10,success,50
                a,p1,2026-01-14,canceled,50
                """,
            refunds: "order,at,amount\np1,2026-01-12,50"
        ).deployed()
        #expect(
            try project.evaluate("--all-time").report("headline").total
                == ["purchases": 0, "canceled": 1, "buyers": 0, "revenue": 0, "gross": 0, "refunds": 0])
    }

    @Test func aRefundIsBookedOnTheOrdersDateOrItsOwn() throws {
        let project = try Probe(
            metrics: sums + "\n  lifetime: {measure: revenue, scope: history}",
            reports: """
                    - {trend: months, title: Months, by: {calendar: month}, metrics: [revenue, purchases, net_apv]}
                    - {kpi: lifetime, title: Lifetime, metrics: [lifetime]}
                """,
            orders: """
                customer,id,at,status,amount
                a,p1,2026-01-15,success,100
                """,
            refunds: "order,at,amount\np1,2026-03-15,40"
        ).deployed()
        let window = ["--from", "2026-01-01", "--to", "2026-04-01"]
        let nothing: Figures = ["revenue": 0, "purchases": 0, "net_apv": .null]
        let byOrder = try project.evaluated("probe", window + ["--refund-dating", "order"])
        #expect(
            try byOrder.report("months").byLabel == [
                "2026-01": ["revenue": 60, "purchases": 1, "net_apv": 60], "2026-02": nothing, "2026-03": nothing,
            ])
        let byRefund = try project.evaluated("probe", window + ["--refund-dating", "refund"])
        #expect(
            try byRefund.report("months").byLabel == [
                "2026-01": ["revenue": 100, "purchases": 1, "net_apv": 100], "2026-02": nothing,
                "2026-03": ["revenue": -40, "purchases": 0, "net_apv": .null],
            ])
        for result in [byOrder, byRefund] {
            #expect(try result.report("lifetime").total == ["lifetime": 60])
            #expect(try result.report("months").total["revenue"] == 60)
        }
    }

    @Test func aPurchaseDeliveredTwiceIsOne() throws {
        let project = try Probe(
            metrics: sums, reports: headline,
            orders: """
                customer,id,at,status,amount
                a,p1,2026-01-10,success,100
                a,p1,2026-01-10,success,100
                """
        ).deployed()
        #expect(
            try project.evaluate("--all-time").report("headline").total
                == ["purchases": 1, "canceled": 0, "buyers": 1, "revenue": 100, "gross": 100, "refunds": 0])
    }

    @Test func withoutKeyNothingIsMerged() throws {
        let project = try Probe(
            metrics: sums, reports: headline,
            orders: """
                customer,id,at,status,amount
                a,,2026-01-10,success,100
                a,,2026-01-10,success,100
                """
        ).deployed()
        #expect(try project.evaluate("--all-time").report("headline").total["purchases"] == 2)
    }

    @Test func testOrdersAreRemovedBeforeTheFirstPurchaseIsLookedFor() throws {
        let project = try Probe(
            metrics: """
                  buyers: {measure: buyers, scope: acquired}
                  new_buyers: {measure: new_buyers}
                """,
            reports: """
                    - {cohort: cohorts, title: Cohorts, by: {cohort: month}, metrics: [buyers]}
                    - {trend: months, title: Months, by: {calendar: month}, metrics: [new_buyers]}
                """,
            orders: """
                customer,id,at,status,amount,kind
                a,t1,2026-01-01,success,10,test
                a,p1,2026-02-01,success,10,
                """,
            attributes: ["kind"], purchases: "  exclude: {attribute: kind, equals: test}"
        ).deployed()
        let result = try project.evaluate("--from", "2026-01-01", "--to", "2026-03-01")
        #expect(try result.report("cohorts").byLabel == ["2026-02 0": ["buyers": 1]])
        #expect(
            try result.report("months").byLabel == ["2026-01": ["new_buyers": 0], "2026-02": ["new_buyers": 1]])
    }

    @Test func whoBoughtBeforeTheWindowIsExisting() throws {
        let project = try Probe(
            metrics: """
                  buyers: {measure: buyers}
                  new_buyers: {measure: new_buyers}
                  existing: {formula: buyers - new_buyers}
                """,
            reports: "    - {kpi: headline, title: Headline, metrics: [buyers, new_buyers, existing]}",
            orders: """
                customer,id,at,status,amount
                C,p1,2025-12-01,success,50
                C,p2,2026-01-10,success,60
                """
        ).deployed()
        #expect(
            try project.evaluate("--from", "2026-01-01", "--to", "2026-02-01").report("headline").total
                == ["buyers": 1, "new_buyers": 0, "existing": 1])
        #expect(
            try project.evaluate("--from", "2025-12-01", "--to", "2026-01-01").report("headline").total
                == ["buyers": 1, "new_buyers": 1, "existing": 0])
    }

    @Test func totalsAreRatiosOfSums() throws {
        let many = (1...9).map { "b,b\($0),2026-01-1\($0 % 9),success,\($0 == 1 ? 10 : 0),B" }.joined(separator: "\n")
        let project = try Probe(
            metrics: sums,
            reports: """
                    - {table: products, title: Products, by: {attribute: product}, metrics: [revenue, purchases, net_apv]}
                """,
            orders: "customer,id,at,status,amount,product\na,a1,2026-01-10,success,10,A\n" + many,
            attributes: ["product"]
        ).deployed()
        let report = try project.evaluate("--all-time").report("products")
        #expect(try report.row("A") == ["revenue": 10, "purchases": 1, "net_apv": 10])
        #expect(try report.row("B")["purchases"] == 9)
        #expect(try report.row("B")["net_apv"]?.isClose(to: 10.0 / 9) == true)
        #expect(report.labels.sorted() == ["A", "B"])
        #expect(report.total == ["revenue": 20, "purchases": 10, "net_apv": 2])
    }
}
