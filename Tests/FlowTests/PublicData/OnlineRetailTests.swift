import Testing

/// A UK shop's half a million invoice lines, against answers made with other programs.
@Suite struct OnlineRetailTests {
    private static let reference = "uci_online_retail/uci_online_retail.json"
    private static let filter = "{not: {column: InvoiceNo, starts_with: C}}"

    private func project() throws -> TenureProject? {
        try PublicData.project("uci-online-retail", data: "uci_online_retail")
    }

    private func evaluate(_ project: TenureProject) throws -> Evaluated {
        try project.deployed("figures").evaluated("figures", ["--all-time"])
    }

    private func reading(_ name: String) throws -> ReferenceAnswers.Reading {
        let answers = try PublicData.reference(OnlineRetailTests.reference).answers
        return try #require(answers[name])
    }

    @Test func headline() throws {
        guard let project = try project() else { return }
        let run = try project.succeed("import", "--progress", "none")
        #expect(run.output.contains("invoices: 541,909 rows read = 397,884 accepted + 144,025 rejected"))
        #expect(run.output.contains("purchase: 18,532 events"))
        #expect(run.output.contains("\n4,372 customers\n"))
        let result = try evaluate(project)
        #expect(result.semantics.asOf == "2011-12-09T12:50:00Z")
        #expect(result.semantics.window["from"] == "2010-12-01T00:00:00Z")
        #expect(try result.report("headline").total["revenue"] == "8911407.904")
        try compare(result, to: reading("headline"))

        // Consents are known of all 4,372 customers of the file, and reports are about the 4,338 who bought: of the
        // 2,515 and 1,009 customers who gave theirs, 2,500 and 1,004 did.
        let (email, sms) = (try result.report("email"), try result.report("sms"))
        #expect(try email.row("Subscribers")["buyers"] == 2500)
        #expect(try email.row("Subscribers")["revenue"] == "4671206.852")
        #expect(try email.row("Others")["buyers"] == 1838)
        #expect(try sms.row("Subscribers")["buyers"] == 1004)
        #expect(email.total["buyers"] == 4338 && sms.total["buyers"] == 4338)
        let check = try project.succeed("check", "cltv-dashboard")
        #expect(check.output.contains("57.5 % of the customers gave it"), "\(check)")

        // The shipped dashboard says the same.
        try project.succeed("deploy", "cltv-dashboard", "--yes")
        let dashboard = try project.evaluated("cltv-dashboard", ["--all-time"]).report("headline").total
        let expected = try reading("headline")
        #expect(dashboard["revenue"] == "8911407.904")
        #expect(dashboard["buyers"] == 4338)
        for (name, value) in [
            ("apv", expected.aov), ("purchase_frequency", expected.frequency),
            ("customer_value", expected.revenuePerBuyer), ("realised_cltv", expected.revenuePerBuyer),
            ("repurchase_rate", expected.repurchaseRate), ("average_gap", expected.meanDaysBetweenOrders),
            ("cancellation_rate", 0),
        ] {
            #expect(dashboard[name]?.isClose(to: value) == true, "\(name)")
        }
    }

    @Test func productsOnly() throws {
        guard let project = try project() else { return }
        try project.edit(
            "project.yaml", replace: OnlineRetailTests.filter,
            with: """
                {not: {column: InvoiceNo, starts_with: C}},
                                  {column: StockCode, not_in: [POST, DOT, M, m, C2, D, S, BANK CHARGES, AMAZONFEE, CRUK,
                                                               B, PADS]},
                                  {not: {column: StockCode, starts_with: gift_}}
                """)
        try compare(evaluate(project), to: reading("products_only"))
    }

    @Test func eachGuestInvoiceIsItsOwnBuyer() throws {
        guard let project = try project() else { return }
        try project.edit("project.yaml", replace: "without_customer: skip", with: "without_customer: guest")
        let result = try evaluate(project)
        try compare(result, to: reading("each_guest_invoice_its_own_buyer"))
        // facts.guest_revenue, 1744214.58, is the difference to the headline.
        #expect(try result.report("headline").total["revenue"] == "10655622.484")
    }

    /// `facts`: cancellations lower the revenue and are no purchases; lines without customer are counted.
    @Test func facts() throws {
        guard let project = try project() else { return }
        try project.edit(
            "project.yaml", replace: "  - name: consents\n",
            with: """
                  - name: cancellations
                    file: "${env:TENURE_DATA}/uci_online_retail/online_retail.csv.gz"
                    customer: {column: CustomerID, strip_suffix: ".0"}
                    without_customer: skip
                    where: {column: InvoiceNo, starts_with: C}
                    event:
                      type: purchase
                      timestamp: {column: InvoiceDate, format: "yyyy-MM-dd HH:mm:ss", zone: UTC}
                      key: purchase_id
                      attributes:
                        purchase_id: InvoiceNo
                        purchase_status: {value: success}
                        total_price: {expression: "Quantity * UnitPrice", type: number}
                      fold: {by: purchase_id, sum: [total_price]}
                  - name: guests
                    file: "${env:TENURE_DATA}/uci_online_retail/online_retail.csv.gz"
                    customer: {value: somebody}
                    where: {column: CustomerID, exists: false}
                    event: {type: guest_line, timestamp: {column: InvoiceDate, format: "yyyy-MM-dd HH:mm:ss", zone: UTC}}
                  - name: consents

                """)
        let imported = try project.succeed("import", "--progress", "none").output
        #expect(imported.contains("cancellations: 541,909 rows read = 8,905 accepted"), "\(imported)")
        #expect(imported.contains("guests: 541,909 rows read = 135,080 accepted"), "\(imported)")
        try project.succeed("deploy", "figures", "--yes")
        let result = try project.evaluated("figures", ["--all-time"])
        let headline = try result.report("headline").total
        // 8911407.904 and -611342.09
        #expect(headline["revenue"] == "8300065.814")
        #expect(headline["purchases"] == 18_532)
        #expect(headline["buyers"] == 4338)
        #expect(result.warnings.contains { $0.contains("below zero") }, "\(result.warnings)")
    }
}
