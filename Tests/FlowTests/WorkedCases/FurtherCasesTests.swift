import Testing

private let sums = """
      purchases: {measure: purchases}
      canceled: {measure: canceled_purchases}
      buyers: {measure: buyers}
      new_buyers: {measure: new_buyers}
      revenue: {measure: revenue}
      gaps: {measure: gap_count}
      gap_days: {measure: gap_sum}
    """

/// Cases beside the table that follow from the same rules.
@Suite struct FurtherCases {
    private func headline(_ metrics: String) -> String {
        "    - {kpi: headline, title: Headline, metrics: [\(metrics)]}"
    }

    private let january = ["--from", "2026-01-01", "--to", "2026-02-01"]
    private let february = ["--from", "2026-02-01", "--to", "2026-03-01"]

    @Test func aPurchaseBelongsToItsFirstEventAndIsWhatItsNewestSays() throws {
        let project = try Probe(
            metrics: sums, reports: headline("purchases, revenue"),
            orders: """
                customer,id,at,status,amount
                a,p1,2026-01-31T20:00:00Z,pending,100
                a,p1,2026-02-02T10:00:00Z,success,90
                a,p2,2026-02-27T10:00:00Z,success,1
                """
        ).deployed()
        #expect(
            try project.evaluated("probe", january).report("headline").total == ["purchases": 1, "revenue": 90])
        #expect(
            try project.evaluated("probe", february).report("headline").total == ["purchases": 1, "revenue": 1])
        // On Feb 1 it was still pending.
        #expect(
            try project.evaluated("probe", january + ["--as-of", "2026-02-01"]).report("headline").total
                == ["purchases": 0, "revenue": 0])
    }

    @Test func whoseFirstPurchaseWasCanceledIsNewWithTheNext() throws {
        let project = try Probe(
            metrics: sums, reports: headline("purchases, canceled, buyers, new_buyers, gaps"),
            orders: """
                customer,id,at,status,amount
                a,p1,2025-12-10,canceled,100
                a,p2,2026-01-10,success,50
                """
        ).deployed()
        #expect(
            try project.evaluated("probe", january).report("headline").total
                == ["purchases": 1, "canceled": 0, "buyers": 1, "new_buyers": 1, "gaps": 0])
    }

    /// A gap belongs to its later purchase; the earlier one may lie before the window.
    @Test func gapsReachBackBeforeTheWindow() throws {
        let project = try Probe(
            metrics: sums, reports: headline("gaps, gap_days"),
            orders: """
                customer,id,at,status,amount
                a,p1,2026-01-20T00:00:00Z,success,1
                a,p2,2026-02-01T12:00:00Z,success,1
                a,p3,2026-02-01T12:00:00Z,success,1
                b,p4,2026-02-03T00:00:00Z,success,1
                """
        ).deployed()
        #expect(
            try project.evaluated("probe", february).report("headline").total == ["gaps": 2, "gap_days": "12.5"])
        #expect(
            try project.evaluated("probe", january).report("headline").total == ["gaps": 0, "gap_days": 0])
    }

    @Test func aNegativePurchaseIsRevenueAndNoPurchase() throws {
        let project = try Probe(
            metrics: sums, reports: headline("purchases, buyers, revenue"),
            orders: """
                customer,id,at,status,amount
                a,p1,2026-01-10,success,100
                a,c1,2026-01-11,success,-30
                b,c2,2026-01-12,success,-5
                """
        ).deployed()
        let result = try project.evaluated("probe", january)
        #expect(try result.report("headline").total == ["purchases": 1, "buyers": 1, "revenue": 65])
        #expect(
            result.warnings == ["2 successful purchases below zero: in the revenue, not counted as purchases."])
    }

    @Test func aRefundIsConvertedByTheDateOnWhichItIsBooked() throws {
        let project = try Probe(
            metrics: sums, reports: headline("revenue"),
            orders: """
                customer,id,at,status,amount,currency
                a,p1,2026-01-10,success,100,EUR
                """,
            attributes: ["currency"], refunds: "order,at,amount\np1,2026-02-10,50", purchases: "  currency: currency",
            settings: "fx: {file: rates.csv}",
            files: ["rates.csv": "date,currency,rate\n2026-01-01,EUR,1.10\n2026-02-01,EUR,1.20\n"]
        ).deployed()
        let both = ["--from", "2026-01-01", "--to", "2026-03-01"]
        for (dating, revenue) in [("order", "55"), ("refund", "50")] as [(String, Figure)] {
            let result = try project.evaluated("probe", both + ["--refund-dating", dating])
            #expect(try result.report("headline").total == ["revenue": revenue])
        }
    }

    @Test func aParentIsFollowedBeforeTheSubscription() throws {
        let project = try Probe(
            metrics: """
                  quantity: {measure: charge_count, charge: first_charge, scope: charges}
                  upsells: {measure: charge_amount, charge: upsell, scope: charges}
                """,
            reports: """
                    - {table: products, title: Products, by: {attribute: product}, metrics: [quantity, upsells]}
                """,
            orders: """
                customer,id,at,status,amount,kind,subscription_id,product
                c,1,2026-01-10,success,10,first,s1,A
                c,2,2026-01-12,success,10,first,s2,B
                c,3,2026-01-14,success,7,upsell,s1,C
                c,4,2026-01-15,success,5,upsell,,C
                """,
            attributes: ["kind", "subscription_id", "product"], segmentations: Probe.chargeKinds,
            purchases: Probe.charges
        ).deployed()
        // By subscription the one, by the latest first charge before it the other.
        #expect(
            try project.evaluated("probe", january).report("products").byLabel
                == ["A": ["quantity": 1, "upsells": 7], "B": ["quantity": 1, "upsells": 5]])
    }

    @Test func retentionIsOfCompleteMonths() throws {
        let project = try Probe(
            metrics: """
                  retained: {measure: retained_buyers}
                  previous: {measure: previous_period_buyers}
                  retention: {formula: retained / previous, unit: ratio}
                  churn: {formula: 1 - retention, unit: ratio}
                  lifespan: {formula: 1 / churn, unit: periods}
                """,
            reports: headline("retained, previous, retention, churn, lifespan"),
            orders: """
                customer,id,at,status,amount
                a,1,2026-01-10,success,1
                b,2,2026-01-11,success,1
                a,3,2026-02-10,success,1
                a,4,2026-03-10,success,1
                b,5,2026-03-20,success,1
                """
        ).deployed()
        // March is not over on its 20th: only February counts, in which one of two came back.
        #expect(
            try project.evaluate("--from", "2026-01-01", "--to", "2026-04-01").report("headline").total
                == ["retained": 1, "previous": 2, "retention": "0.5", "churn": "0.5", "lifespan": 2])
        // With April begun March is over: a was the one buyer of February, so nobody was lost.
        let asOf = ["--from", "2026-03-01", "--to", "2026-04-01", "--as-of", "2026-04-02"]
        #expect(
            try project.evaluated("probe", asOf).report("headline").total
                == ["retained": 1, "previous": 1, "retention": 1, "churn": 0, "lifespan": .null])
    }

    @Test func consentsAtThePurchase() throws {
        let project = try Probe(
            metrics: sums,
            reports: """
                    - {table: email, title: E-mail, by: {segmentation: email}, metrics: [purchases]}
                """,
            orders: """
                customer,id,at,status,amount
                a,1,2026-01-05,success,1
                a,2,2026-01-15,success,1
                a,3,2026-01-25,success,1
                """,
            consents: """
                customer,at,category,action,valid_until
                a,2026-01-10,newsletter,accept,unlimited
                a,2026-01-20,newsletter,reject,
                """,
            segmentations: """
                customer_segmentations:
                  - id: email
                    name: E-mail
                    segments:
                      - {name: Subscribers, when: {consent: newsletter, is: valid}}
                    remainder: Others
                """
        ).deployed()
        let now = try project.evaluated("probe", january).report("email")
        #expect(now.byLabel == ["Subscribers": ["purchases": 0], "Others": ["purchases": 3]])
        let then = try project.evaluated("probe", january + ["--consent-as-of", "at_purchase"]).report("email")
        #expect(then.byLabel == ["Subscribers": ["purchases": 1], "Others": ["purchases": 2]])
        #expect(then.total == ["purchases": 3])
    }
}
