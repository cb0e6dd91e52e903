import Foundation
import Testing

/// What is tried on a real Spark, one after the other.
@Suite("Spark", .serialized)
enum OnSpark {}

extension OnSpark {
    /// Whole projects on Spark: what users type, and the numbers of the embedded engine.
    @Suite("projects", .serialized)
    struct SparkProjectTests {
        private static let useCases = [
            "cltv-dashboard", "customer-value-report", "customer-report", "rfm-segmentation", "at-risk-customers",
        ]

        /// The sample project with its files as tables too.
        private func sample(_ spark: SparkServer) throws -> TenureProject {
            let project = try SampleProjectTests.project()
            for (source, file) in [
                ("customers", "customers.csv"), ("orders", "orders.csv"), ("refunds", "refunds.csv"),
            ] {
                try spark.makeTable(
                    "harbour_\(source)", csv: project.url("data/\(file)"), delimiter: source == "refunds" ? ";" : ",")
                try project.edit(
                    "project.yaml", replace: "    file: data/\(file)\n",
                    with: "    file: data/\(file)\n    table: default.harbour_\(source)\n    row_order: line\n")
            }
            try spark.makeTable("harbour_consents", json: project.url("data/consents.ndjson"))
            try project.edit(
                "project.yaml", replace: "    file: data/consents.ndjson\n",
                with: "    file: data/consents.ndjson\n    table: harbour_consents\n    row_order: line\n")
            return project
        }

        /// The same on Spark: one line is another.
        private func onSpark(_ project: TenureProject, _ spark: SparkServer) throws {
            try project.edit(
                "project.yaml", replace: "as_of: data\n",
                with: "as_of: data\nengine: {spark: {remote: \"${env:SPARK_ADDRESS}\"}}\n")
            project.environment["SPARK_ADDRESS"] = spark.address
            project.limit = 300
        }

        @Test func allUseCasesOfTheSample() throws {
            guard let spark = try SparkServer.find() else { return }
            let project = try sample(spark)
            try project.succeed("import", "--progress", "none")
            var expected: [String: String] = [:]
            for useCase in SparkProjectTests.useCases {
                try project.succeed("deploy", useCase, "--yes")
                expected[useCase] = try project.succeed("evaluate", useCase, "--format", "json").output
            }
            let forecasts = [["--by", "email-subscription"], ["--customers"]].map {
                ["forecast", "cltv-dashboard", "--format", "json"] + $0
            }
            let forecast = try forecasts.map { try project.succeed($0).output }
            try onSpark(project, spark)
            // A table alone says how its texts write numbers.
            try project.edit("project.yaml", replace: "    file: data/refunds.csv\n", with: "")
            try project.edit(
                "project.yaml", replace: "csv: {delimiter: \";\", decimal: \",\"}", with: "csv: {decimal: \",\"}")
            for (arguments, result) in zip(forecasts, forecast) {
                let found = try project.succeed(arguments).output
                let differences = try ComparedJSON.differences(result, found)
                #expect(differences.isEmpty, "\(arguments): \(differences.prefix(10))")
            }
            // What a model says of customers is in the statement too, whose customers the engine has to know.
            let rendered = try project.succeed("render", "at-risk-customers", "--sql").output
            #expect(rendered.contains("what a model says of customers"))
            let values = try project.read("values.yaml")
            try project.edit(
                "values.yaml",
                replace: "at-risk-customers: {success_statuses: [completed], canceled_statuses: [cancelled, returned]}",
                with: "at-risk-customers: {success_statuses: [completed], canceled_statuses: [cancelled]}")
            let plan = try project.succeed("plan", "at-risk-customers").output
            #expect(plan.contains("cancelled"), "\(plan)")
            try project.write("values.yaml", values)
            for (useCase, result) in expected.sorted(by: { $0.key < $1.key }) {
                let found = try project.succeed("evaluate", useCase, "--format", "json").output
                let differences = try ComparedJSON.differences(result, found)
                #expect(differences.isEmpty, "\(useCase): \(differences.prefix(10))")
            }
        }

        /// The reference answers of a real log, from a table of its texts.
        @Test func onlineRetail() throws {
            guard let spark = try SparkServer.find(),
                let project = try PublicData.project("uci-online-retail", data: "uci_online_retail")
            else { return }
            for (name, file) in [("retail_lines", "online_retail"), ("retail_consents", "derived_consents")] {
                try spark.makeTable(name, csv: PublicData.folder.appending(path: "uci_online_retail/\(file).csv.gz"))
                let written = "    file: \"${env:TENURE_DATA}/uci_online_retail/\(file).csv.gz\"\n"
                try project.edit(
                    "project.yaml", replace: written, with: written + "    table: \(name)\n    row_order: line\n")
            }
            try onSpark(project, spark)
            let check = try project.succeed("check", "cltv-dashboard")
            #expect(check.output.contains("57.5 % of the customers gave it"), "\(check)")
            let result = try project.evaluated("figures", ["--draft", "--all-time"])
            let expected = try #require(
                PublicData.reference("uci_online_retail/uci_online_retail.json").answers["headline"])
            try compare(result, to: expected)
            #expect(try result.report("headline").total["revenue"] == "8911407.904")
            #expect(try result.report("headline").total["buyers"] == 4338)
            #expect(try result.report("email").row("Subscribers")["revenue"] == "4671206.852")
        }

        /// Views show in plans, say what evaluations say, and come and go with deployments; nothing of others is touched.
        @Test func viewsOfSegmentations() throws {
            guard let spark = try SparkServer.find() else { return }
            let project = try sample(spark)
            try onSpark(project, spark)
            try project.copy(
                TenureRun.package.appending(path: "Tests/Fixtures/usecases/segments"), to: "usecases/segments")
            try project.write(
                "values.yaml", project.read("values.yaml") + "segments: {email_consent: email_marketing}\n")
            try spark.run("DROP SCHEMA IF EXISTS tenure_views CASCADE")
            try spark.run("CREATE SCHEMA tenure_views")
            func views() throws -> [String] {
                try ["retention", "email_subscription"].filter {
                    try spark.has("tenure_views.\($0)")
                }
            }
            try project.edit(
                "project.yaml", replace: "{remote: \"${env:SPARK_ADDRESS}\"}",
                with: "{remote: \"${env:SPARK_ADDRESS}\", views: tenure_views}")
            // Of a fixed day, so that the clock changes nothing.
            try project.edit("project.yaml", replace: "as_of: data\n", with: "as_of: 2026-06-30T19:25:57Z\n")
            let plan = try project.succeed("plan", "segments", "--views")
            #expect(plan.output.contains("+ view retention"), "\(plan.output)")
            try project.succeed("deploy", "segments", "--yes", "--views")
            let evaluated = try project.evaluated("segments", ["--all-time"])
            let buyers = try evaluated.report("by-email").row("Email subscribers")["buyers"]
            let counted = try spark.rows(
                """
                SELECT CAST(COUNT(DISTINCT v.customer) AS STRING) FROM tenure_views.email_subscription v
                WHERE v.segment = 'Email subscribers'
                """)
            // The view has everybody, the report those who bought.
            let subscribers = try #require(counted.first?.first.flatMap { $0 }.flatMap { Int($0) })
            #expect(subscribers > 0)
            let purchasers = try spark.rows("SELECT DISTINCT segment FROM tenure_views.retention ORDER BY segment")
            #expect(purchasers.count > 1, "\(purchasers)")
            #expect(buyers != nil)

            // Later deployments keep them; what they say follows the definition.
            try project.write(
                "values.yaml",
                project.read("values.yaml").replacing(
                    "segments: {email_consent: email_marketing", with: "segments: {email_consent: sms"))
            let changed = try project.succeed("deploy", "segments", "--yes")
            #expect(changed.output.contains("~ view email-subscription"), "\(changed.output)")
            let after = try spark.rows(
                "SELECT CAST(COUNT(*) AS STRING) FROM tenure_views.email_subscription WHERE segment = 'Email subscribers'"
            )
            #expect(after != counted)

            // What they read changes, and one is gone: plans say so, and a deployment makes them again.
            func remarks() throws -> String { try project.succeed("plan", "segments").errors }
            #expect(!(try remarks().contains("again")))
            let mapped = try project.read("project.yaml")
            try project.edit(
                "project.yaml", replace: "{column: is_test, equals: \"false\"}",
                with: "{column: is_test, in: [\"false\", \"true\"]}")
            let stale = try project.run("plan", "segments", "--detailed-exitcode")
            #expect(stale.status == 2 && stale.errors.contains("made again"), "\(stale)")
            try spark.run("DROP VIEW tenure_views.retention")
            let again = try project.succeed("deploy", "segments", "--yes").errors
            #expect(again.contains("made the views again: ") && again.contains("retention"), "\(again)")
            #expect(try views().count == 2)
            #expect(!(try remarks().contains("again")))
            try project.write("project.yaml", mapped)
            try project.succeed("deploy", "segments", "--yes")

            // A guess is called one.
            let sources = try project.read("project.yaml")
            #expect(!(try project.succeed("check", "cltv-dashboard").output.contains("no row_order")))
            try project.write("project.yaml", sources.replacing("    row_order: line\n", with: ""))
            let check = try project.succeed("check", "cltv-dashboard").output
            #expect(check.contains("order of purchase in 'orders'") && check.contains("no row_order"), "\(check)")
            try project.write("project.yaml", sources)

            // Back, and away.
            try project.succeed("rollback", "segments", "1", "--yes")
            let back = try spark.rows(
                "SELECT CAST(COUNT(*) AS STRING) FROM tenure_views.email_subscription WHERE segment = 'Email subscribers'"
            )
            #expect(back == counted)
            try project.succeed("deploy", "segments", "--yes", "--no-views")
            #expect(try views().isEmpty)

            // A name that somebody else has.
            try spark.run("CREATE VIEW tenure_views.retention AS SELECT 1 AS one")
            let foreign = try project.run("plan", "segments", "--views")
            #expect(foreign.status == 1 && foreign.errors.contains("TN606"), "\(foreign)")
            let refused = try project.run("deploy", "segments", "--views", "--yes")
            #expect(refused.status == 1)
            #expect(try views() == ["retention"])
            try spark.run("DROP VIEW tenure_views.retention")
            try project.succeed("deploy", "segments", "--yes", "--views")

            // As of the clock they are others, and then the clock changes nothing.
            try project.edit("project.yaml", replace: "as_of: 2026-06-30T19:25:57Z\n", with: "as_of: data\n")
            #expect(try remarks().contains("made again"))
            try project.succeed("deploy", "segments", "--yes")
            #expect(!(try remarks().contains("again")))

            // Under another name it is another project.
            try project.edit("project.yaml", replace: "name: Harbour Coffee\n", with: "name: Harbour Tea\n")
            let other = try project.run("deploy", "segments", "--yes")
            #expect(other.status == 1 && other.errors.contains("TN606"), "\(other)")
            let without = try project.succeed("deploy", "segments", "--yes", "--no-views")
            #expect(without.errors.contains("another project's stay"), "\(without)")
            #expect(try views().count == 2)
            try project.edit("project.yaml", replace: "name: Harbour Tea\n", with: "name: Harbour Coffee\n")
            let taken = try project.succeed("plan", "segments", "--views")
            #expect(taken.errors.contains("are replaced"), "\(taken)")
            try project.succeed("deploy", "segments", "--yes", "--views")
            try project.succeed("destroy", "segments", "--yes")
            #expect(try views().isEmpty)
        }

        /// What goes wrong is said with its place, and ends with exit code 1.
        @Test func errors() throws {
            guard let spark = try SparkServer.find() else { return }
            let project = try sample(spark)
            try onSpark(project, spark)
            func error(_ old: String, _ new: String, _ words: String...) throws {
                let before = try project.read("project.yaml")
                try project.edit("project.yaml", replace: old, with: new)
                let run = try project.run("evaluate", "cltv-dashboard", "--draft", "--report", "headline")
                #expect(run.status == 1)
                for word in words { #expect(run.errors.contains(word), "\(run)") }
                #expect(!run.errors.contains("my-secret"), "\(run)")
                try project.write("project.yaml", before)
            }
            try error("table: default.harbour_orders", "table: default.harbour_order", "TN606", "project.yaml:")
            try error(
                "total_price: {column: total,", "total_price: {column: totl,", "TN206", "did you mean", "project.yaml:")
            try error(
                "total_price: {column: total,", "total_price: {column: state,", "TN605",
                "source 'orders', column 'state'",
                "is not a number")
            // Floating numbers: what would be cut off, and what is none.
            try spark.run("DROP TABLE IF EXISTS odd_orders")
            try spark.run(
                """
                CREATE TABLE odd_orders USING parquet AS
                SELECT *, CAST(0.0000125 AS DOUBLE) AS tiny, CAST('NaN' AS DOUBLE) AS nothing FROM harbour_orders
                """)
            let sources = try project.read("project.yaml")
            try project.edit("project.yaml", replace: "default.harbour_orders", with: "odd_orders")
            try error(
                "total_price: {column: total,", "total_price: {expression: total * tiny,", "TN605",
                "source 'orders', column 'tiny': '1.25E-5'", "6 after it")
            try error(
                "total_price: {column: total,", "total_price: {column: nothing,", "TN605",
                "source 'orders', column 'nothing': 'NaN'", "9 after it")
            // A plan does not go over what cannot be asked.
            try project.edit(
                "project.yaml", replace: "total_price: {column: total,", with: "total_price: {expression: total / tiny,"
            )
            let plan = try project.run("plan", "cltv-dashboard")
            #expect(plan.status == 1 && plan.errors.contains("a division is possible by a number"), "\(plan)")
            try project.write("project.yaml", sources)
            // What takes too long ends, with the work of the cluster.
            try spark.run(
                """
                CREATE OR REPLACE VIEW slow_orders AS SELECT o.* FROM harbour_orders o
                JOIN (SELECT SUM(HASH(id)) AS work FROM RANGE(0, 400000000000, 1, 4)) w ON w.work IS NOT NULL
                """)
            try project.edit("project.yaml", replace: "default.harbour_orders", with: "slow_orders")
            // With their place, and without the token.
            let parts = spark.address.split(separator: ";token=").map(String.init)
            let token = parts.count > 1 ? ", token: \"\(parts[1])\"" : ""
            try error(
                "remote: \"${env:SPARK_ADDRESS}\"", "remote: \"\(parts[0])\"\(token), timeout: 6", "TN604",
                "project.yaml:")
            try project.write("project.yaml", sources)
            if !token.isEmpty {
                for stranger in [
                    "remote: \"\(parts[0])\", token: my-secret", "remote: \"\(parts[0]);token=my-secret\"",
                ] {
                    try error("remote: \"${env:SPARK_ADDRESS}\"", stranger, "TN602", "project.yaml:", "*********")
                }
            }
            try error("remote: \"${env:SPARK_ADDRESS}\"", "remote: \"sc://127.0.0.1:1\"", "TN601", "project.yaml:")
            try error("remote: \"${env:SPARK_ADDRESS}\"", "remote: \"http://x\"", "TN607", "sc://")
            try error("remote: \"${env:SPARK_ADDRESS}\"", "remote: \"sc://x\", token: abc, timeout: 5", "TN601")
            try error(
                "without_customer: guest", "without_customer: reject", "TN605",
                "source 'orders': a row has no customer")
            let imported = try project.run("import")
            #expect(imported.status == 1 && imported.errors.contains("TN115"), "\(imported)")
        }
    }
}
