import Foundation
import Testing

/// `check --suggest`: mappings of files with the names and customs of other shops, and values that the data has.
@Suite struct SuggestionTests {
    private func project(_ files: [String: String]) throws -> TenureProject {
        let project = try TenureProject()
        try project.succeed("init", ".")
        for (path, text) in files { try project.write(path, text) }
        return project
    }

    private static let german = """
        Bestellnr;Kundennr;Datum;Zustand;Gesamtbetrag;Währung
        1001;17;02.01.2026 09:12;bezahlt;20,50;EUR
        1002;18;03.01.2026 18:40;bezahlt;8,00;EUR
        1003;17;25.02.2026 07:55;versendet;31,00;EUR
        1004;19;11.02.2026 12:01;storniert;12,00;EUR
        1005;18;20.03.2026 20:30;bezahlt;15,90;EUR
        1006;17;28.03.2026 10:10;offen;9,50;EUR

        """

    @Test func aGermanShopFromNoMappingToNumbers() throws {
        let project = try project([:])
        let latin = SuggestionTests.german.unicodeScalars.map { UInt8($0.value) }
        try FileManager.default.createDirectory(at: project.url("data"), withIntermediateDirectories: true)
        try Data(latin).write(to: project.url("data/bestellungen.csv"))
        let before = try project.read("project.yaml")
        let shown = try project.succeed("check", Shop.useCase, "--suggest")
        #expect(
            shown.output.contains("+     csv: {delimiter: semicolon, encoding: windows-1252, decimal: \",\"}"),
            "\(shown)")
        #expect(try project.read("project.yaml") == before)

        try project.succeed("check", Shop.useCase, "--suggest", "--write")
        let after = try project.read("project.yaml")
        for comment in before.split(separator: "\n").filter({ $0.contains("#") }) {
            #expect(after.contains(comment), "\(comment)")
        }
        let imported = try project.succeed("import", "--progress", "none")
        #expect(imported.output.contains("bestellungen: 6 rows read = 6 accepted + 0 rejected"), "\(imported)")
        try project.succeed("check", Shop.useCase, "--suggest", "--write")
        let values = try project.read("values.yaml")
        #expect(
            values.contains("  success_statuses: [bezahlt, versendet]\n  canceled_statuses: [storniert]\n"), "\(values)"
        )
        try project.succeed("deploy", Shop.useCase, "--yes")
        let total = try project.evaluated(Shop.useCase, ["--all-time"]).report("headline").total
        #expect(total["revenue"] == "75.4" && total["buyers"] == 2)
        let again = try project.succeed("check", Shop.useCase, "--suggest")
        #expect(again.output.contains("Nothing to suggest"), "\(again)")
    }

    @Test func linesOfOrdersAreFoldedAndCustomersGiveConsents() throws {
        let project = try project([
            "data/lines.csv": """
            InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
            1,A,2,12/1/2010 8:26,2.50,17850.0,France
            1,B,1,12/1/2010 8:26,3.00,17850.0,France
            2,A,1,12/13/2010 9:00,2.50,13047.0,Spain
            C3,A,-1,12/14/2010 9:30,2.50,13047.0,Spain
            4,B,3,12/15/2010 10:00,3.00,,Spain

            """,
            "data/people.csv": """
            customer_id,sms_opt_in,newsletter
            17850,no,yes
            13047,yes,yes
            99999,no,no

            """,
        ])
        try project.succeed("check", Shop.useCase, "--suggest", "--write")
        let mapping = try project.read("project.yaml")
        #expect(mapping.contains("customer: {column: CustomerID, strip_suffix: \".0\"}"), "\(mapping)")
        #expect(mapping.contains("without_customer: guest"))
        #expect(mapping.contains("fold: {by: purchase_id, sum: [total_price]}"))
        #expect(mapping.contains("{when: {column: InvoiceNo, starts_with: C}, value: canceled}"))
        #expect(mapping.contains("format: M/d/yyyy H:mm") || mapping.contains("format: \"M/d/yyyy H:mm\""))
        #expect(mapping.contains("newsletter: {property: newsletter, valid: [\"yes\"]}"))
        #expect(mapping.contains("sms: {property: sms_opt_in, valid: [\"yes\"]}"))
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", Shop.useCase, "--yes")
        let result = try project.evaluated(Shop.useCase, ["--all-time"])
        let total = try result.report("headline").total
        #expect(total["revenue"] == "19.5" && total["buyers"] == 3, "\(total)")
        #expect(try result.report("by-email").row("Email subscribers")["buyers"] == 2)
    }

    /// The file of orders is told from those of customers, refunds and visits by what is in it.
    @Test func ofSeveralFilesTheOrdersAreFound() throws {
        let project = try project([
            "customers.csv":
                "id,total_spent,created_at,state,accepts_marketing\n1,9,2026-01-01,enabled,true\n2,8,2026-01-02,disabled,false\n",
            "refunds.csv": "id,order_id,created_at,amount\n1,10,2026-02-03,5.00\n",
            "orders.csv":
                "id,customer_id,created_at,updated_at,financial_status,total_discounts,total_tax,total_price,currency\n"
                + "10,1,2026-02-01T10:00:00Z,2026-02-01T11:00:00Z,paid,1.00,2.00,20.00,USD\n"
                + "11,2,2026-02-02T10:00:00Z,2026-02-02T11:00:00Z,voided,0.00,2.00,30.00,USD\n",
            "visits.csv": "visitor,seen_at,page\n1,2026-01-01,/\n",
        ])
        let run = try project.succeed("check", Shop.useCase, "--suggest")
        #expect(run.output.contains("project.yaml: sources[0]: orders.csv"), "\(run)")
        #expect(run.output.contains("+         total_price: {column: total_price, type: number}"), "\(run)")
        #expect(run.output.contains("+         purchase_status: financial_status"))
        #expect(run.output.contains("+         purchase_id: id"))
        #expect(run.output.contains("newsletter: {property: accepts_marketing, valid: [\"true\"]}"), "\(run)")
    }

    @Test func refundsThatNameOrdersAreMapped() throws {
        let project = try project([
            "data/orders.csv":
                "order_id;client;date de commande;statut;montant TTC\n1;a;05/01/2026 10:00;payée;100,00\n"
                + "2;b;06/01/2026 11:00;non payée;50,00\n3;b;28/01/2026 11:00;expédiée;40,00\n",
            "data/remboursements.csv":
                "id;commande;date;montant\n1;1;13/02/2026;30,00\n2;77;14/02/2026;9,00\n",
            "data/visites.csv": "page;jour\n/;2026-01-01\n",
        ])
        let shown = try project.succeed("check", Shop.useCase, "--suggest", "--write")
        #expect(shown.output.contains("customer_through: {event: purchase, key: commande}"), "\(shown)")
        #expect(shown.output.contains("50 % of the rows name an order that data/orders.csv does not have"))
        #expect(shown.output.contains("nothing proposed for them:\n  data/visites.csv"), "\(shown)")
        let imported = try project.succeed("import", "--progress", "none")
        #expect(imported.output.contains("remboursements: 2 rows read = 1 accepted + 1 rejected"), "\(imported)")
        let values = try project.succeed("check", Shop.useCase, "--suggest", "--write")
        // What says the opposite is never a sale.
        #expect(
            try project.read("values.yaml").contains("success_statuses: [\"expédiée\", \"payée\"]\n"), "\(values)")
        #expect(values.output.contains("left out, as they say nothing or the opposite: non payée 33.3 %"))
        try project.succeed("deploy", Shop.useCase, "--yes")
        let total = try project.evaluated(Shop.useCase, ["--all-time"]).report("headline").total
        #expect(total["revenue"] == "110" && total["buyers"] == 2, "\(total)")
    }

    /// Of a log of events of many kinds only the purchases are mapped, by the finest time, and an id that is not set is none.
    @Test func purchasesAreFoundAmongOtherEvents() throws {
        func line(_ name: String, _ user: String, _ micros: Int, _ id: String, _ revenue: String) -> String {
            """
            {"event_name":"\(name)","event_date":"20260102","event_timestamp":\(micros),"user_first_touch_timestamp":\(micros - 5),\
            "user_pseudo_id":"\(user)","geo":{"country":"\(user < "c" ? "France" : "Spain")"},\
            "ecommerce":{"transaction_id":\(id),"purchase_revenue":\(revenue)}}

            """
        }
        let start = 1_767_312_000_000_000
        let lines = (0..<40).map { number in
            line("page_view", ["a", "b", "c", "d"][number % 4], start + number, "null", "null")
        }
        let project = try project([
            "events.ndjson": lines.joined() + line("begin_checkout", "a", start + 50, "null", "null")
                + line("purchase", "a", start + 60, "\"T1\"", "10.5")
                + line("purchase", "b", start + 70, "\"(not set)\"", "20")
                + line("purchase", "a", start + 65, "\"T1\"", "10.5")
                + line("purchase", "b", start + 80, "\"(not set)\"", "30")
                + line("purchase", "c", start + 90, "\"T2\"", "5")
        ])
        let shown = try project.succeed("check", Shop.useCase, "--suggest", "--write")
        let mapping = try project.read("project.yaml")
        #expect(mapping.contains("where: {column: event_name, equals: purchase}"), "\(shown)")
        #expect(mapping.contains("timestamp: {column: event_timestamp, format: unix_us}"), "\(mapping)")
        #expect(
            mapping.contains("purchase_id: {column: ecommerce.transaction_id, missing: [\"(not set)\"]}"), "\(mapping)")
        // The same purchase told twice is one, and no second line of it.
        #expect(!mapping.contains("fold:"), "\(mapping)")
        #expect(mapping.contains("geo_country: geo.country") && !mapping.contains("geo: geo"), "\(mapping)")
        #expect(
            shown.output.contains("5 of 46 rows are purchase; others are page_view 40, begin_checkout 1"), "\(shown)")
        let imported = try project.succeed("import", "--progress", "none")
        #expect(imported.output.contains("46 rows read = 5 accepted + 41 rejected (41 by `where`)"), "\(imported)")
        try project.succeed("deploy", Shop.useCase, "--yes")
        let total = try project.evaluated(Shop.useCase, ["--all-time"]).report("headline").total
        #expect(total["revenue"] == "65.5" && total["apv"] == "16.375", "\(total)")
    }

    /// The kind of an order is no reason to leave orders out: all kinds have amounts.
    @Test func kindsOfOrdersAreAllOrders() throws {
        let project = try project([
            "orders.csv": "id,customer_id,type,created_at,status,total_price\n"
                + (1...30).map {
                    "\($0),\($0 % 7),\($0 % 3 == 0 ? "CHECKOUT" : "RECURRING"),2026-01-02 10:00:00,success,5.00\n"
                }.joined(),
            "customers.csv": "id,orders_count,total_spent,created_at,accepts_marketing\n"
                + (0..<7).map { "\($0),\($0),9.5,2026-01-01 00:00:00,\($0 % 2 == 0)\n" }.joined(),
        ])
        let run = try project.succeed("check", Shop.useCase, "--suggest")
        #expect(run.output.contains("sources[0]: orders.csv") && !run.output.contains("where:"), "\(run)")
        #expect(run.output.contains("newsletter: {property: accepts_marketing, valid: [\"true\"]}"), "\(run)")
    }

    @Test func idsThatDoNotMeetAreSaid() throws {
        let project = try project([
            "orders.csv": "order_id,customer_id,date,status,total\n"
                + (1...20).map { "\($0),K-0\($0),2026-01-0\($0 % 9 + 1),paid,10\n" }.joined(),
            "customers.csv": "customer_id,newsletter\n"
                + (1...20).map { "\($0),\($0 % 2 == 0 ? "yes" : "no")\n" }.joined(),
        ])
        let run = try project.succeed("check", Shop.useCase, "--suggest")
        #expect(run.output.contains("only 0 of its 20 customers are in orders.csv"), "\(run)")
    }

    @Test func valuesAreFoundByMeaningAndKeepWhatSomebodyChose() throws {
        let project = try SampleProjectTests.project()
        try project.write("values.yaml", "# ours\n")
        try project.succeed("import", "--progress", "none")
        let run = try project.run("check", Shop.useCase, "--suggest", "--write")
        #expect(run.status == 0, "\(run)")
        #expect(
            try project.read("values.yaml") == """
                # ours
                cltv-dashboard:
                  success_statuses: [completed]
                  canceled_statuses: [cancelled, returned]
                  email_consent: email_marketing

                """)
        try project.write(
            "values.yaml", "cltv-dashboard: {success_statuses: [pending], email_consent: email_marketing}\n")
        let chosen = try project.succeed("check", Shop.useCase, "--suggest")
        #expect(!chosen.output.contains("cltv-dashboard.success_statuses"), "\(chosen)")
    }

    @Test func namesOfEventsAndAttributesAreParametersWhereverTheUseCaseHasThem() throws {
        let project = try TenureProject([
            "project.yaml": Shop.project.replacing("type: purchase", with: "type: order_paid")
                .replacing("purchase_status: status", with: "payment_state: status")
                .replacing("total_price: {", with: "grand_total: {").replacing(
                    "amount: total_price", with: "amount: grand_total"),
            "orders.csv": Shop.orders.replacing("success", with: "captured").replacing("returned", with: "refunded"),
        ])
        try project.succeed("import", "--progress", "none")
        #expect(try project.run("check", Shop.useCase).status == 3)
        let run = try project.run("check", Shop.useCase, "--suggest", "--write")
        let values = try project.read("values.yaml")
        for line in [
            "purchase_event: order_paid", "status_attribute: payment_state", "amount_attribute: grand_total",
            "success_statuses: [captured]", "canceled_statuses: [refunded]",
        ] { #expect(values.contains(line), "\(run)\n\(values)") }
        #expect(try project.run("check", Shop.useCase).status == 0)
    }

    @Test func namesOfPropertiesAndCatalogsAreParameters() throws {
        let project = try Shop.project()
        try project.write(
            "project.yaml", Shop.project + "catalogs: {products: {file: products.csv, key: id}}\n")
        try project.write("products.csv", "id,title\nA,Kettle\n")
        try project.write(
            "usecases/needs/usecase.yaml",
            """
            use_case: needs
            version: 1.0.0
            title: Needs
            description: Parameters that name a property and a catalog.
            parameters:
              where: {type: text, default: contry, description: Where customers live}
              goods: {type: text, default: item_list, description: What is sold}
            requirements:
              - property: "{{ where }}"
              - catalog: "{{ goods }}"
            event_segmentations:
              - id: purchase-success
                name: Purchase success
                event: purchase
                segments:
                  - {name: Successful, when: {attribute: purchase_status, in: [success]}}
            purchases:
              event: purchase
              amount: total_price
              success: {segmentation: purchase-success, in: [Successful]}

            """)
        try project.succeed("import", "--progress", "none")
        let shown = try project.run("check", "needs", "--suggest", "--write")
        let values = try project.read("values.yaml")
        #expect(values.contains("where: country") && values.contains("goods: products"), "\(shown)\n\(values)")
        #expect(try project.succeed("check", "needs", "--suggest").output.contains("Nothing to suggest"))
    }

    /// A file that cannot be read is no reason to replace the source that names it, and is named.
    @Test func aDamagedFileIsNamedAndItsSourceKept() throws {
        let project = try Shop.project(orders: "")
        try project.write("more.csv", "a,a\n1,2\n")
        let run = try project.run("check", Shop.useCase, "--suggest")
        #expect(run.errors.contains("note: orders.csv was not looked at: the file has no header line"), "\(run)")
        #expect(run.errors.contains("note: more.csv was not looked at: the column 'a' is named twice"), "\(run)")
        #expect(!run.output.contains("sources[0]"), "\(run)")
    }

    @Test func jsonHasSuggestionsBesideTheRequirements() throws {
        let project = try Shop.project()
        try project.succeed("import", "--progress", "none")
        let run = try project.run("check", Shop.useCase, "--suggest", "--format", "json")
        #expect(run.output.contains("\"requirements\": [") && run.output.contains("\"suggestions\": ["), "\(run)")
        #expect(try project.run("check", Shop.useCase, "--write").status == 64)
        #expect(try project.run("check", Shop.useCase, "--suggest", "--format", "sarif").status == 64)
    }
}
