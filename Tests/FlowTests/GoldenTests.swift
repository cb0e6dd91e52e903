import Testing

/// Whole outputs, few enough to be read when they change.
@Suite struct GoldenTests {
    @Test func firstPlan() throws {
        let project = try SampleProjectTests.project()
        let run = try project.succeed("plan", Shop.useCase)
        try Golden.compare(run.output, to: "plan-first.txt")
    }

    @Test func planOfAChange() throws {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", Shop.useCase, "--yes")
        try Golden.compare(try project.succeed("render", Shop.useCase).output, to: "render.yaml")
        try project.edit(
            "values.yaml", replace: "  success_statuses: [completed]\n",
            with: "  success_statuses: [completed, pending]\n  name_prefix: \"Harbour: \"\n")
        let run = try project.succeed("plan", Shop.useCase)
        #expect(!run.output.contains("create\n") && run.output.contains("0 to create, 5 to update, 0 to delete"))
        try Golden.compare(run.output, to: "plan-changed.txt")
    }

    @Test func evaluate() throws {
        let project = try Probe(
            metrics: """
                  revenue: {measure: revenue, title: Revenue}
                  purchases: {measure: purchases, title: Purchases}
                  buyers: {measure: buyers, title: Buyers}
                  apv: {formula: revenue / purchases, title: Average purchase value}
                """,
            reports: """
                    - {kpi: headline, title: Headline, metrics: [revenue, purchases, buyers, apv]}
                    - {trend: months, title: By month, by: {calendar: month}, metrics: [revenue, purchases, apv]}
                    - {table: products, title: By product, by: {attribute: product}, metrics: [revenue, buyers, apv]}
                """,
            orders: """
                customer,id,at,status,amount,product
                ann,1,2026-01-10,success,20.00,Tea
                ann,2,2026-03-11,success,30.505,Coffee
                bob,3,2026-01-12,success,9.99,Tea
                bob,4,2026-03-20,returned,12.00,Tea
                cem,5,2026-03-21,odd,12.00,
                """,
            attributes: ["product"], currency: "GBP"
        ).deployed()
        let window = ["--from", "2026-01-01", "--to", "2026-04-01"]
        // The hash changes with every word of the definition.
        let hash = try Regex("[0-9a-f]{12}")
        let text = try project.succeed(["evaluate", "probe"] + window).output
        try Golden.compare(text.replacing(hash, with: "…"), to: "evaluate.txt")
        let json = try project.succeed(["evaluate", "probe", "--format", "json"] + window).output
        try Golden.compare(json.replacing(hash, with: "…"), to: "evaluate.json")
    }

    @Test func check() throws {
        let project = try Shop.project()
        try project.edit("project.yaml", replace: "        purchase_status: status\n", with: "")
        try project.succeed("import")
        let run = try project.run("check", Shop.useCase)
        #expect(run.status == 3)
        try Golden.compare(run.output, to: "check.txt")
    }
}
