import Definitions
import Diagnostics
import Foundation
import Plans
import Projects
import Queries
import Spark
import Testing

/// The SQL of shipped use cases, to be read: what changes in it is looked at.
@Suite struct GoldenSQLTests {
    /// A shop whose tables have types; as of a fixed instant, so that the SQL is the same on every day.
    private static let project = """
        name: Shop
        timezone: Europe/Prague
        currency: EUR
        as_of: 2026-06-30
        engine: {spark: {remote: "sc://spark.example"}}
        sources:
          - name: customers
            table: shop.customers
            customer: id
            properties: {country: country, newsletter: newsletter}
          - name: orders
            table: shop.orders
            row_order: ingested_at
            customer: customer_id
            where: {column: is_test, equals: "false"}
            event:
              type: purchase
              timestamp: ordered_at
              key: purchase_id
              amount: total_price
              attributes:
                purchase_id: id
                purchase_status: status
                total_price: {column: total, type: number}
                currency: currency
                product: product
                charge_kind: kind
                subscription_id: subscription
                price_plan: plan
                utm_source: utm.source
                utm_campaign: utm.campaign
        consents:
          newsletter: {property: newsletter, valid: ["true"]}

        """

    private struct Tables: SparkSession {
        func rows(_ statement: SQLStatement) throws -> SQLRows {
            switch statement.text {
            case "DESCRIBE QUERY SELECT * FROM `shop`.`customers`":
                return GoldenSQLTests.rows([("id", "bigint"), ("country", "string"), ("newsletter", "boolean")])
            case "DESCRIBE QUERY SELECT * FROM `shop`.`orders`":
                return GoldenSQLTests.rows([
                    ("id", "string"), ("customer_id", "bigint"), ("ordered_at", "timestamp"), ("status", "string"),
                    ("total", "decimal(12,2)"), ("currency", "string"), ("product", "string"), ("kind", "string"),
                    ("subscription", "string"), ("plan", "string"), ("utm", "struct<source:string,campaign:string>"),
                    ("is_test", "boolean"), ("ingested_at", "timestamp"),
                ])
            default:
                // When the events begin and end.
                return SQLRows(
                    columns: ["event", "first", "last"], rows: [["purchase", "1700000000000000", "1780000000000000"]])
            }
        }
    }

    private static func rows(_ columns: [(String, String)]) -> SQLRows {
        SQLRows(columns: ["col_name", "data_type", "comment"], rows: columns.map { [$0.0, $0.1, nil] })
    }

    @Test(arguments: [
        ("cltv-dashboard", "headline"), ("customer-value-report", "summary"), ("customer-report", "key-metrics"),
    ])
    func sql(useCase: String, report: String) throws {
        let project = try TenureProject(["project.yaml": GoldenSQLTests.project])
        // Where use cases are: the tests' own program is not beside them.
        unsafe setenv("TENURE_HOME", TenureRun.package.path, 1)
        let folder = ProjectFolder(
            project.folder.path,
            engines: Engines(
                embedded: { _, _ in preconditionFailure("the engine is Spark") },
                spark: { project, _ in SparkEngine(Tables(), try ProjectTables.tables(project, Tables())) }),
            warn: { _ in }, note: { _ in })
        var options = EvaluationOptions()
        options.reports = [report]
        let setup = try EvaluationSetup(folder, options: options, threads: 1)
        let compilation = try DashboardCompilation(
            folder.useCase(useCase, ValuesSelection()), project: setup.project, profile: setup.profile,
            semantics: setup.semantics, options: setup.options)
        let text = try #require(try setup.engine.sql(compilation.evaluation))
        try Golden.compare(text, to: "\(useCase).sql")
    }
}
