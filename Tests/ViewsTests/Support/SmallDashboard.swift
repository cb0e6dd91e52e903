import Quantities
import Queries

/// A small dashboard made by hand that has every layout, nulls, incomplete rows, several currencies, notes and warnings.
enum SmallDashboard {
    static var result: DashboardResult {
        DashboardResult(
            id: "cltv", title: "Customer lifetime value",
            semantics: Semantics(
                asOf: instant("2026-03-20T12:00:00Z"),
                window: spring2026, timezone: "UTC",
                displayCurrency: "GBP"), definition: "3fa9c07be412", generation: "7",
            warnings: ["2 purchases have the status “on hold”, which counts in no number."],
            reports: [kpi, tree, byCurrency, trend, cohort, distribution, empty])
    }

    private static let revenue = column("revenue", "Revenue", .money)
    private static let apv = column(
        "apv", "Average purchase value", .money, "Revenue divided by purchases.",
        .binary(.divide, metric("revenue", "Revenue"), metric("purchases", "Purchases")))
    private static let retention = column("retention_rate", "Retention rate", .ratio)
    private static let gap = column("average_gap", "Average time between purchases", .duration)

    static var kpi: ReportResult {
        let before = Window(from: instant("2025-10-01"), to: instant("2026-01-01"))
        func table(_ values: [Value?], _ window: Window = spring2026, _ reasons: [Int: String] = [:]) -> ResultTable {
            ResultTable(
                id: "headline", title: "Key figures", layout: .kpi, window: window, dimensions: [],
                columns: [revenue, apv, retention, gap], rows: [row([], values, reasons: reasons)], total: nil)
        }
        let course = zip([100.0, 140, 90], [0.25, nil, 0.5] as [Double?]).enumerated().map { index, pair in
            row(
                [month(672 + index)], [real(pair.0), real(pair.0 / 4), pair.1.map { .real($0) }, nil],
                part: index == 2)
        }
        return ReportResult(
            table: table([exact("8911407.904"), real(480.765), real(0.35), nil], spring2026, [3: "Repurchases is 0"]),
            previous: table([exact("9000000"), real(0), real(0.3125), real(40)], before), previousWindow: before,
            course: ResultTable(
                id: "headline", title: "Key figures", layout: .kpi, window: spring2026,
                dimensions: [.init(title: "Month", dimension: .calendar(.month))],
                columns: [revenue, apv, retention, gap], rows: course, total: nil))
    }

    static var tree: ReportResult {
        let columns = [
            column(
                "customer_value", "Customer value", .money, "What a customer spends in the window.",
                .binary(
                    .multiply, metric("apv", "Average purchase value"),
                    metric("purchase_frequency", "Purchase frequency"))), apv,
            column("purchase_frequency", "Purchase frequency", .number, "Purchases divided by buyers."),
            column(
                "lifespan", "Lifespan", .periods, "One divided by the churn rate.",
                .binary(.divide, .number(ExactDecimal(1)), metric("churn_rate", "Churn rate"))),
            column("churn_rate", "Churn rate", .ratio),
        ]
        return ReportResult(
            table: ResultTable(
                id: "composition", title: "How the numbers connect", layout: .tree, window: spring2026, dimensions: [],
                columns: columns,
                rows: [
                    row([], [real(961.53), real(480.765), real(2), nil, real(0)], reasons: [3: "Churn rate is 0"])
                ], total: nil))
    }

    static var byCurrency: ReportResult {
        ReportResult(
            table: ResultTable(
                id: "by-currency", title: "By currency", layout: .table, window: spring2026,
                dimensions: [.init(title: "Currency", dimension: .currency)],
                columns: [column("purchases", "Purchases", .count), revenue, apv],
                rows: [
                    row([segment("JPY")], [count(1200), exact("1234567.5"), real(1028.8)], currency: "JPY"),
                    row([segment("KWD")], [count(3), exact("-12.3455"), real(-4.115)], currency: "KWD"),
                    row([.init(.missing, label: "(none)")], [count(0), exact("0"), nil]),
                ], total: row([], [count(1203), exact("6543.21"), real(5.44)]),
                notes: ["Each currency is shown in itself; the total is in GBP."]))
    }

    static var trend: ReportResult {
        ReportResult(
            table: ResultTable(
                id: "monthly", title: "Revenue by month", layout: .trend, window: spring2026,
                dimensions: [.init(title: "Month", dimension: .calendar(.month))], columns: [revenue, retention],
                rows: [
                    row([month(672)], [exact("1200"), real(0.25)]), row([month(673)], [exact("-300.5"), nil]),
                    row([month(674)], [exact("600"), real(0.5)], part: true),
                ], total: row([], [exact("1499.5"), real(0.4)])))
    }

    static var cohort: ReportResult {
        func cell(_ cohort: ResultTable.Key, _ age: Int, _ share: Double?, _ buyers: Int, part: Bool = false)
            -> ResultTable.Row
        {
            row(
                [cohort, .init(.number(age), label: String(age))], [share.map { .real($0) }, count(buyers)], part: part)
        }
        return ReportResult(
            table: ResultTable(
                id: "cohorts", title: "Retention by cohort", layout: .cohort, window: spring2026,
                dimensions: [
                    .init(title: "Cohort", dimension: .cohort(.month)),
                    .init(title: "Month of life", dimension: .age(.month)),
                ],
                columns: [column("cohort_retention", "Cohort retention", .ratio), column("buyers", "Buyers", .count)],
                rows: [
                    cell(month(672), 0, 1, 40), cell(month(672), 1, 0.25, 10), cell(month(672), 2, 0.1, 4, part: true),
                    cell(month(673), 0, 1, 30), cell(month(673), 1, 0.2, 6, part: true),
                    cell(month(674), 0, 1, 12, part: true),
                ], total: row([], [nil, count(82)]),
                cohorts: [
                    .init(month(672), customers: 40), .init(month(673), customers: 30),
                    .init(month(674), customers: 12),
                ],
                ages: [
                    .init(age: 0, cohorts: 2, values: [real(1), count(70)], customers: 70, coverage: 70.0 / 82),
                    .init(age: 1, cohorts: 1, values: [real(0.25), count(10)], customers: 40, coverage: 40.0 / 82),
                ]))
    }

    static var distribution: ReportResult {
        ReportResult(
            table: ResultTable(
                id: "frequency", title: "Purchases per customer", layout: .distribution, window: spring2026,
                dimensions: [.init(title: "Purchases", dimension: .purchaseCount(classes: [1, 2, 5]))],
                columns: [column("buyers", "Buyers", .count)],
                rows: [
                    row([.init(.number(1), label: "1")], [count(50)]),
                    row([.init(.number(2), label: "2–4")], [count(25)]),
                    row([.init(.number(5), label: "5+")], [count(0)]),
                ], total: row([], [count(75)])))
    }

    static var empty: ReportResult {
        ReportResult(
            table: ResultTable(
                id: "by-sms", title: "By SMS subscription", layout: .table, window: spring2026,
                dimensions: [.init(title: "Segment", dimension: .segmentation("sms-subscription"))],
                columns: [revenue], rows: [], total: nil))
    }
}
