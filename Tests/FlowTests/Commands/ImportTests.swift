import Foundation
import Testing

/// Imports as a user repeats them, and rows that cannot be read.
@Suite struct ImportTests {
    private static let broken = """
        customer,id,at,status,amount,country
        ann,1,2026-01-10T10:00:00Z,success,20.00,GB
        ann,2,2026-02-11T10:00:00Z,success,thirty,GB
        bob,3,yesterday,success,9.99,DE
        ,4,2026-02-20T10:00:00Z,success,12.00,DE
        cem,5,2026-02-28T10:00:00Z,success,99.00,DE

        """

    private func reports(_ project: TenureProject) throws -> [[String: Figures]] {
        try project.evaluated(Shop.useCase, ["--all-time"]).reports.map(\.byLabel)
    }

    @Test func importingTwiceIsImportingOnce() throws {
        let project = try Shop.deployed()
        let once = try reports(project)
        try project.succeed("import")
        #expect(try reports(project) == once)
        // The file is there already, whatever it is called.
        let leftOut = try project.succeed("import", "--append")
        #expect(leftOut.output.contains("orders.csv: already imported on "), "\(leftOut)")
        #expect(leftOut.errors.contains("nothing new: the store is as it was"), "\(leftOut)")
        #expect(try reports(project) == once)
        // The rows that are there are left out, as they name their purchase.
        let appended = try project.succeed("import", "--append", "--again")
        #expect(appended.output.contains("5 identical repeats left out"), "\(appended)")
        #expect(try reports(project) == once)
    }

    @Test func mergingChangesNoNumber() throws {
        let many = (0..<400).map { "c\($0),n\($0),2026-01-\($0 % 19 + 10)T10:00:00Z,success,\($0).50,GB" }
        let project = try Shop.deployed(
            orders: "customer,id,at,status,amount,country\n" + many.joined(separator: "\n") + "\n")
        let nothing = try project.succeed("compact")
        #expect(nothing.errors.contains("nothing to merge"), "\(nothing)")
        try project.write(
            "orders.csv",
            """
            customer,id,at,status,amount,country
            c7,n7,2026-02-01T10:00:00Z,returned,7.50,GB
            new,x,2026-02-02T10:00:00Z,success,3.00,DE

            """)
        try project.succeed("import", "--append")
        let before = try reports(project)
        let merged = try project.succeed("compact")
        #expect(merged.output.contains("store generation 3, "), "\(merged)")
        #expect(try reports(project) == before)
    }

    @Test func appendAddsAndAnImportReplaces() throws {
        let project = try Shop.deployed()
        let window = ["--from", "2026-01-01", "--to", "2026-04-01"]
        try project.write(
            "orders.csv",
            """
            customer,id,at,status,amount,country
            dee,6,2026-03-01T10:00:00Z,success,1.01,FR
            bob,3,2026-03-02T10:00:00Z,returned,9.99,DE

            """)
        try project.succeed("import", "--append")
        let appended = try project.evaluated(Shop.useCase, window).report("headline").total
        // 20.00 + 30.50 + 1.01; purchase 3 was returned since.
        #expect(appended["revenue"] == "51.51")
        #expect(appended["buyers"] == 2)
        try project.succeed("import")
        let replaced = try project.evaluated(Shop.useCase, window).report("headline").total
        #expect(replaced["revenue"] == "1.01")
        #expect(replaced["buyers"] == 1)
    }

    @Test func aRowThatCannotBeReadStopsTheImport() throws {
        let project = try Shop.deployed()
        let before = try reports(project)
        try project.write("orders.csv", ImportTests.broken)
        let run = try project.run("import")
        #expect(run.status == 1, "\(run)")
        #expect(run.output.contains("orders: 5 rows read = 2 accepted + 3 rejected"), "\(run)")
        for place in ["orders.csv:3:", "orders.csv:4:", "orders.csv:5:"] {
            #expect(run.errors.contains(place), "\(run)")
        }
        #expect(run.errors.contains("the store is as it was"))
        #expect(try reports(project) == before)
    }

    @Test func skippedRowsAreCountedWithTheirReason() throws {
        let project = try Shop.project(orders: ImportTests.broken)
        let run = try project.succeed("import", "--on-error", "skip")
        #expect(run.output.contains("orders: 5 rows read = 2 accepted + 3 rejected"), "\(run)")
        #expect(run.output.contains("purchase: 2 events"), "\(run)")
        #expect(run.errors.contains("orders.csv:3:"), "\(run)")
    }

    @Test func quarantinedRowsComeBackMended() throws {
        let project = try Shop.project(orders: ImportTests.broken)
        let run = try project.succeed("import", "--on-error", "quarantine")
        #expect(run.output.contains("orders: 5 rows read = 2 accepted + 3 rejected"), "\(run)")
        let files = try FileManager.default.contentsOfDirectory(atPath: project.url("quarantine").path)
        let file = "quarantine/\(try #require(files.first))"
        #expect(files.count == 1 && run.errors.contains(file), "\(run)")
        let rejected = try project.read(file)
        #expect(rejected.hasPrefix("customer,id,at,status,amount,country,tenure_reason\n"), "\(rejected)")
        #expect(rejected.split(separator: "\n").count == 4, "\(rejected)")

        // Mended in place, and read like any file of the source.
        try project.write(
            file,
            rejected.replacing("thirty", with: "30.50").replacing("yesterday", with: "2026-01-12T10:00:00Z")
                .replacing("\n,4,", with: "\nbob,4,"))
        try project.edit("project.yaml", replace: "file: orders.csv", with: "file: \(file)")
        let mended = try project.succeed("import", "--append")
        #expect(mended.output.contains("orders: 3 rows read = 3 accepted + 0 rejected"), "\(mended)")
        try project.succeed("deploy", Shop.useCase, "--yes")
        let headline = try project.evaluated(Shop.useCase, ["--all-time"]).report("headline").total
        #expect(headline["revenue"] == "171.49")
        #expect(headline["buyers"] == 3)
    }

    @Test func acceptedAndRejectedAreWhatWasRead() throws {
        let project = try Shop.project(orders: ImportTests.broken)
        try project.edit(
            "project.yaml", replace: "    customer: customer\n",
            with: "    customer: customer\n    without_customer: skip\n    where: {column: country, not_equals: GB}\n")
        let run = try project.run("import", "--on-error", "skip")
        #expect(run.output.contains("orders: 5 rows read = 1 accepted + 4 rejected"), "\(run)")
        #expect(run.output.contains("(2 by `where`, 1 without customer, 1 TN215)"), "\(run)")
    }

    @Test(arguments: ["reject", "skip"]) func aRefundOfAnUnknownPurchaseHasNoCustomer(_ choice: String) throws {
        let project = try Shop.project()
        try project.write("refunds.csv", "order,at,amount\n1,2026-01-11T10:00:00Z,5.00\n99,2026-01-12T10:00:00Z,7.00\n")
        try project.write(
            "project.yaml",
            try project.read("project.yaml") + """
                  - name: refunds
                    file: refunds.csv
                    customer_through: {event: purchase, key: order}
                    without_customer: \(choice)
                    event:
                      type: refund
                      timestamp: at
                      refers_to: {event: purchase, key: order}
                      attributes: {order: order, amount: {column: amount, type: number}}

                """)
        let run = try project.run("import")
        if choice == "reject" {
            #expect(run.status == 1 && run.errors.contains("no event 'purchase' with the key '99'"), "\(run)")
            #expect(run.errors.contains("without_customer: skip"), "\(run)")
        } else {
            #expect(run.status == 0, "\(run)")
            #expect(
                run.output.contains("refunds: 2 rows read = 1 accepted + 1 rejected (1 without customer)"), "\(run)")
        }
    }

    @Test func aSourceThatIsNotThereIsNamed() throws {
        let project = try Shop.project()
        try FileManager.default.removeItem(at: project.url("orders.csv"))
        let run = try project.run("import")
        #expect(run.status == 1)
        #expect(run.errors.contains("orders.csv") && run.errors.contains("project.yaml:"), "\(run)")
    }
}
