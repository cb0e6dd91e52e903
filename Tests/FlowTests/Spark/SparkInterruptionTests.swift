import Foundation
import Testing

extension OnSpark {
    /// What becomes of the cluster's work when `tenure` is told to end.
    @Suite("interruptions", .serialized)
    struct SparkInterruptionTests {
        /// What is asked for next does not wait for what nobody waits for: the job would go on for many minutes.
        @Test(arguments: [SIGINT, SIGTERM]) func stopped(_ signal: Int32) throws {
            guard let spark = try SparkServer.find() else { return }
            let project = try SlowProject.make(spark)
            let run = try project.start("evaluate", "slow", "--draft")
            while run.isRunning, try !spark.isBusy() { usleep(100_000) }
            #expect(run.isRunning)
            run.send(signal)
            let sent = ContinuousClock.now
            let ended = try run.wait(10)
            // On both executors.
            _ = try spark.rows("SELECT CAST(SUM(HASH(id)) AS STRING) FROM RANGE(0, 1000, 1, 8)")
            let free = ContinuousClock.now - sent
            print("free \(free) after signal \(signal)")
            #expect(free < .seconds(2), "\(free)")
            #expect(ended.status == 128 + signal, "\(ended)")
        }
    }
}

/// What becomes of `tenure` when Spark dies. Only where `TENURE_SPARK_KILL` is `under-tenure`.
@Suite struct ProgramFailureTests {
    @Test func serverKilled() throws {
        let environment = ProcessInfo.processInfo.environment
        guard environment["TENURE_SPARK_KILL"] == "under-tenure", let spark = try SparkServer.find(),
            let server = environment["SPARK_PID"].flatMap({ Int32($0) })
        else { return }
        let project = try SlowProject.make(spark)
        let run = try project.start("evaluate", "slow", "--draft")
        while run.isRunning, try !spark.isBusy() { usleep(100_000) }
        #expect(run.isRunning)
        kill(server, SIGKILL)
        let ended = try run.wait(30)
        #expect(ended.status == 1 && ended.errors.contains("TN601"), "\(ended)")
        // And who comes later is told at once.
        let later = try project.run("check", "slow")
        #expect(later.status == 1 && later.errors.contains("TN601"), "\(later)")
    }
}

/// A project whose one table takes many minutes to read.
private enum SlowProject {
    static func make(_ spark: SparkServer) throws -> TenureProject {
        try spark.run(
            """
            CREATE OR REPLACE VIEW slow_orders AS
            SELECT CAST(a.id AS STRING) AS id, CAST(a.id % 10 AS STRING) AS customer,
              TIMESTAMP '2025-01-01 00:00:00 UTC' AS at, CAST(10 AS DECIMAL(12, 2)) AS total, 'success' AS status
            FROM RANGE(0, 40000000, 1, 8) a CROSS JOIN RANGE(6000) b
            WHERE HASH(a.id, b.id) % 100000000 = 7
            """)
        let project = try TenureProject([
            "project.yaml": """
            name: Slow
            timezone: UTC
            currency: EUR
            as_of: 2026-01-01
            engine: {spark: {remote: "\(spark.address)"}}
            sources:
              - name: orders
                table: slow_orders
                row_order: at
                customer: customer
                event:
                  type: purchase
                  timestamp: at
                  key: purchase_id
                  amount: total_price
                  attributes:
                    purchase_id: id
                    purchase_status: status
                    total_price: {column: total, type: number}

            """,
            "usecases/slow/usecase.yaml": """
            use_case: slow
            version: 1.0.0
            title: Slow
            event_segmentations:
              - id: done
                name: Done
                event: purchase
                segments: [{name: all, when: {attribute: purchase_status, equals: success}}]
            purchases:
              event: purchase
              amount: total_price
              success: {segmentation: done, in: [all]}
            metrics:
              revenue: {measure: revenue}
            dashboard:
              id: slow
              name: Slow
              reports:
                - {kpi: headline, title: All, metrics: [revenue]}

            """,
        ])
        project.limit = 60
        return project
    }
}
