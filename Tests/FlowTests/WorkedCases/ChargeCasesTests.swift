import Testing

private let charges = """
      fc_quantity: {measure: charge_count, charge: first_charge, scope: charges}
      fc_amount: {measure: charge_amount, charge: first_charge, scope: charges}
      upsells: {measure: charge_amount, charge: upsell, scope: charges}
      rebills: {measure: charge_amount, charge: rebill, scope: charges}
      total_aov: {formula: (fc_amount + upsells) / fc_quantity}
      ltv: {formula: (fc_amount + upsells + rebills) / fc_quantity}
    """

/// The worked cases of the semantics that are about first charges, upsells and rebills.
@Suite struct ChargeCases {
    private let january = ["--from", "2026-01-01", "--to", "2026-02-01"]

    @Test func anchoredAndPeriodAttribution() throws {
        let project = try Probe(
            metrics: charges,
            reports: "    - {kpi: value, title: Value, metrics: [fc_quantity, fc_amount, total_aov, ltv]}",
            orders: """
                customer,id,at,status,amount,kind,subscription_id
                A,a1,2026-01-31,success,120,first,s1
                A,a2,2026-02-01,success,30,upsell,s1
                A,a3,2026-03-01,success,190,rebill,s1
                B,b1,2025-12-20,success,100,first,s2
                B,b2,2026-01-20,success,100,rebill,s2
                """,
            attributes: ["kind", "subscription_id"], segmentations: Probe.chargeKinds, purchases: Probe.charges
        ).deployed()
        // Anchored is the default.
        for options in [january, january + ["--attribution", "anchored"]] {
            #expect(
                try project.evaluated("probe", options).report("value").total
                    == ["fc_quantity": 1, "fc_amount": 120, "total_aov": 150, "ltv": 340])
        }
        #expect(
            try project.evaluated("probe", january + ["--attribution", "period"]).report("value").total
                == ["fc_quantity": 1, "fc_amount": 120, "total_aov": 120, "ltv": 220])
    }

    @Test(arguments: ["s1", ""]) func aRebillOfAnotherProductBelongsToTheFirstCharge(_ subscription: String) throws {
        let project = try Probe(
            metrics: charges,
            reports: """
                    - {table: products, title: Products, by: {attribute: product}, metrics: [fc_quantity, rebills, ltv]}
                """,
            orders: """
                customer,id,at,status,amount,kind,subscription_id,product
                c,1,2026-01-10,success,10,first,\(subscription),A
                c,2,2026-01-20,success,50,rebill,\(subscription),B
                """,
            attributes: ["kind", "subscription_id", "product"], segmentations: Probe.chargeKinds,
            purchases: Probe.charges
        ).deployed()
        let anchored = try project.evaluated("probe", january + ["--attribution", "anchored"]).report("products")
        #expect(anchored.byLabel == ["A": ["fc_quantity": 1, "rebills": 50, "ltv": 60]])
        #expect(anchored.total == ["fc_quantity": 1, "rebills": 50, "ltv": 60])
        let period = try project.evaluated("probe", january + ["--attribution", "period"]).report("products")
        #expect(
            period.byLabel == [
                "A": ["fc_quantity": 1, "rebills": 0, "ltv": 10],
                "B": ["fc_quantity": 0, "rebills": 50, "ltv": .null],
            ])
        #expect(period.total == ["fc_quantity": 1, "rebills": 50, "ltv": 60])
    }

    @Test func aRebillImportedLateCountsFromItsOwnDate() throws {
        let project = try Probe(
            metrics: """
                  rebills: {measure: charge_count, charge: rebill}
                  amount: {measure: charge_amount, charge: rebill}
                """,
            reports: "    - {kpi: rebills, title: Rebills, metrics: [rebills, amount]}",
            orders: """
                customer,id,at,status,amount,kind
                a,1,2025-12-31,success,20,first
                a,9,2026-02-09,success,20,first
                """,
            attributes: ["kind"], segmentations: Probe.chargeKinds,
            purchases: Probe.charges.replacing("[subscription_id]", with: "[]")
        ).deployed()
        try project.write(
            "orders.csv", "customer,id,at,status,amount,kind\na,2,2026-01-31T12:00:00Z,success,15,rebill\n")
        try project.succeed("import", "--append")
        #expect(
            try project.evaluate("--as-of", "2026-02-20").report("rebills").total == ["rebills": 1, "amount": 15])
        #expect(
            try project.evaluate("--as-of", "2026-01-30").report("rebills").total == ["rebills": 0, "amount": 0])
    }
}
