import Quantities
import Queries

/// A whole dashboard as a shop of some size has it: fifteen months, segments, cohorts, nulls, long names. The numbers
/// are made by a fixed recurrence, and need not agree with each other.
enum SampleDashboard {
    static var result: DashboardResult {
        DashboardResult(
            id: "cltv", title: "[ACLV] Customer lifetime value",
            semantics: Semantics(
                asOf: instant("2025-12-09T12:50:00Z"), window: shop2025,
                timezone: "Europe/London", displayCurrency: "GBP",
                rates: RateTable(rates: ["EUR": [.init(dayNumber: 0, rate: ExactDecimal(units: 86, scale: 2))]])),
            definition: "3fa9c07be412", generation: "17",
            warnings: [
                "142 purchases have the status “on hold”, which is neither success nor cancelled: they count in no number.",
                "31 refunds name no purchase of their customer.",
            ],
            reports: [
                headline, tree, byEmail, byProduct, revenue, buyers, retention, cohortRetention, cohortValue, purchases,
                secondPurchase, empty,
            ])
    }

    /// Between 0 and 1; the same for the same numbers.
    static func noise(_ a: Int, _ b: Int = 0) -> Double {
        let mixed = (UInt64(a + 1) &* 0x9E37_79B9_7F4A_7C15) ^ (UInt64(b + 7) &* 0xC2B2_AE3D_27D4_EB4F)
        return Double((mixed ^ (mixed >> 29)) % 1_000) / 1_000
    }

    static let first = CalendarUnit.month.index(of: CivilDate(year: 2024, month: 10, day: 1))

    static func pounds(_ amount: Double) -> Value? {
        .exact(ExactDecimal(units: Int128((amount * 1_000).rounded()), scale: 3))
    }

    private static let figures: [(ResultTable.ColumnHeader, Value?, Value?)] = [
        (column("revenue", "Revenue", .money), exact("8911407.904"), exact("8012345.5")),
        (column("buyers", "Buyers", .count), count(4338), count(4401)),
        (
            column("apv", "Average purchase value", .money, "Revenue divided by purchases."), real(480.7621),
            real(455.0212)
        ),
        (
            column("purchase_frequency", "Purchase frequency", .number, "Purchases divided by buyers."), real(4.2720),
            real(4.0011)
        ),
        (
            column(
                "customer_value", "Customer value", .money, "Average purchase value times purchase frequency.",
                .binary(
                    .multiply, metric("apv", "Average purchase value"),
                    metric("purchase_frequency", "Purchase frequency"))), real(2054.27), real(1820.57)
        ),
        (
            column(
                "realised_cltv", "Realised CLTV", .money,
                "Revenue over the whole history of the window's buyers, divided by those buyers."), real(2310.9),
            real(2298.4)
        ),
        (
            column(
                "projected_cltv", "Projected CLTV", .money,
                "Average purchase value times frequency per period times lifespan.",
                .binary(
                    .multiply,
                    .binary(
                        .multiply, metric("apv", "Average purchase value"),
                        metric("period_frequency", "Frequency per period")), metric("lifespan", "Lifespan"))),
            real(1287.33), nil
        ),
        (
            column(
                "retention_rate", "Retention rate", .ratio,
                "Buyers of a period who also bought in the period before it, divided by the buyers of that one."),
            real(0.4213), real(0.4371)
        ),
        (
            column(
                "churn_rate", "Churn rate", .ratio, "One minus the retention rate.",
                .binary(.subtract, .number(ExactDecimal(1)), metric("retention_rate", "Retention rate"))),
            real(0.5787), real(0.5629)
        ),
        (
            column(
                "lifespan", "Lifespan", .periods, "One divided by the churn rate, in retention periods.",
                .binary(.divide, .number(ExactDecimal(1)), metric("churn_rate", "Churn rate"))), real(1.728),
            real(1.776)
        ),
        (
            column("repurchase_rate", "Repurchase rate", .ratio, "The share of buyers with two or more purchases."),
            real(0.6558), real(0.6558)
        ),
        (column("average_gap", "Average time between purchases", .duration), real(39.914), real(42.02)),
        (column("expected_cltv", "Expected CLTV", .money, "From the fitted model."), nil, nil),
        (column("cancellation_rate", "Cancellation rate", .ratio), real(0.0312), real(0.0298)),
    ]

    static var headline: ReportResult {
        let columns = figures.map(\.0)
        let course = (0..<15).map { step in
            let values: [Value?] = figures.indices.map { index in
                step == 6 && index == 6 ? nil : .real(100 + Double(step) * 2 + noise(step, index) * 30)
            }
            return row([month(first + step)], values, part: step == 14)
        }
        func table(_ values: [Value?], _ window: Window = shop2025) -> ResultTable {
            ResultTable(
                id: "headline", title: "Key figures", layout: .kpi, window: window, dimensions: [], columns: columns,
                rows: [row([], values)], total: nil)
        }
        return ReportResult(
            table: table(figures.map(\.1)), previous: table(figures.map(\.2), year2024), previousWindow: year2024,
            course: ResultTable(
                id: "headline", title: "Key figures", layout: .kpi, window: shop2025,
                dimensions: [.init(title: "Month", dimension: .calendar(.month))], columns: columns, rows: course,
                total: nil))
    }

    static var tree: ReportResult {
        var chosen = figures.filter { figure in
            [
                "projected_cltv", "customer_value", "apv", "purchase_frequency", "lifespan", "churn_rate",
                "retention_rate",
            ]
            .contains(figure.0.name)
        }
        chosen.append(
            (
                column(
                    "period_frequency", "Frequency per period", .number,
                    "Purchases of a buyer in a period in which the buyer buys at all."), real(1.55), nil
            ))
        return ReportResult(
            table: ResultTable(
                id: "composition", title: "How the numbers connect", layout: .tree, window: shop2025, dimensions: [],
                columns: chosen.map(\.0), rows: [row([], chosen.map(\.1))], total: nil))
    }

    private static let segmentColumns = [
        column("buyers", "Buyers", .count), column("buyer_share", "Share of buyers", .ratio),
        column("revenue", "Revenue", .money), column("revenue_share", "Share of revenue", .ratio),
        column("apv", "Average purchase value", .money, "Revenue divided by purchases."),
        column("purchase_frequency", "Purchase frequency", .number, "Purchases divided by buyers."),
        column("customer_value", "Customer value", .money, "Average purchase value times purchase frequency."),
        column("realised_cltv", "Realised CLTV", .money), column("projected_cltv", "Projected CLTV", .money),
        column("retention_rate", "Retention rate", .ratio), column("repurchase_rate", "Repurchase rate", .ratio),
    ]

    static var byEmail: ReportResult {
        func values(_ seed: Int, _ share: Double) -> [Value?] {
            [
                count(Int(4338 * share)), real(share), pounds(8_911_407.904 * share), real(share),
                real(400 + noise(seed) * 200), real(3 + noise(seed, 1) * 2), real(1500 + noise(seed, 2) * 900),
                real(1700 + noise(seed, 3) * 900), seed == 1 ? nil : real(1287.33), real(noise(seed, 4)),
                real(noise(seed, 5)),
            ]
        }
        return ReportResult(
            table: ResultTable(
                id: "by-email", title: "By email subscription", layout: .table, window: shop2025,
                dimensions: [
                    .init(title: "Segments by Email subscription", dimension: .segmentation("email-subscription"))
                ],
                columns: segmentColumns,
                rows: [
                    row([segment("Email subscribers")], values(0, 0.6231)),
                    row([.init(.remainder, label: "Email non-subscribers")], values(1, 0.3769)),
                ], total: row([], values(2, 1))))
    }

    static var byProduct: ReportResult {
        let names = [
            "WHITE HANGING HEART T-LIGHT HOLDER", "JUMBO BAG RED RETROSPOT", "限定版ティーポット（桜）", "Café crème 250 g ☕️",
            "REGENCY CAKESTAND 3 TIER, with a long description that nobody shortened when the shop was set up in 2009",
        ]
        let rows = names.enumerated().map { index, name in
            row(
                [segment(name)],
                [count(2300 / (index + 1)), pounds(99_504.33 / Double(index + 1)), real(42.1 / Double(index + 1))])
        }
        let missing = row([.init(.missing, label: "(none)")], [count(12), pounds(-40.5), nil])
        return ReportResult(
            table: ResultTable(
                id: "by-product", title: "By product", layout: .table, window: shop2025,
                dimensions: [.init(title: "Product", dimension: .attribute("product.name"))],
                columns: [
                    column("purchases", "Purchases", .count), column("revenue", "Revenue", .money),
                    column("apv", "Average purchase value", .money, "Revenue divided by purchases."),
                ], rows: rows + [missing], total: row([], [count(5271), pounds(227_163.02), real(43.1)]),
                notes: ["Purchases of several products count once for each."]))
    }

    private static func trend(
        _ id: String, _ title: String, _ columns: [ResultTable.ColumnHeader], _ total: [Value?],
        _ values: (Int) -> [Value?]
    ) -> ReportResult {
        ReportResult(
            table: ResultTable(
                id: id, title: title, layout: .trend, window: shop2025,
                dimensions: [.init(title: "Month", dimension: .calendar(.month))], columns: columns,
                rows: (0..<15).map { row([month(first + $0)], values($0), part: $0 == 14) }, total: row([], total)))
    }

    static var revenue: ReportResult {
        trend(
            "monthly-revenue", "Revenue by month",
            [
                column("revenue", "Revenue", .money), column("purchases", "Purchases", .count),
                column("apv", "Average purchase value", .money), column("frequency", "Purchase frequency", .number),
            ], [exact("8911407.904"), count(18536), real(480.76), real(4.27)]
        ) { step in
            let scale = step == 14 ? 0.3 : 1 + Double(step) * 0.05
            return [
                pounds((480_000 + noise(step) * 220_000) * scale), count(Int((1000 + noise(step, 1) * 500) * scale)),
                real(430 + noise(step, 2) * 90), step == 4 ? nil : real(1.4 + noise(step, 3) * 0.3),
            ]
        }
    }

    static var buyers: ReportResult {
        trend(
            "monthly-buyers", "New and existing buyers by month",
            [
                column("new_buyers", "New buyers", .count), column("existing_buyers", "Existing buyers", .count),
                column("buyers", "Buyers", .count),
            ], [count(3200), count(1138), count(4338)]
        ) { step in
            let new = Int((420 - Double(step) * 18 + noise(step) * 60) * (step == 14 ? 0.3 : 1))
            let old = Int((250 + Double(step) * 45 + noise(step, 1) * 80) * (step == 14 ? 0.3 : 1))
            return [count(new), count(old), count(new + old)]
        }
    }

    static var retention: ReportResult {
        trend(
            "monthly-retention", "Retention by month",
            [
                column("retention_rate", "Retention rate", .ratio), column("churn_rate", "Churn rate", .ratio),
                column("retained_buyers", "Retained buyers", .count),
                column("previous_buyers", "Buyers of the period before", .count),
            ], [real(0.4213), real(0.5787), count(4213), count(10_000)]
        ) { step in
            if step == 0 || step == 14 { return [nil, nil, nil, nil] }
            let rate = 0.36 + noise(step) * 0.1
            return [real(rate), real(1 - rate), count(Int(rate * 900)), count(900)]
        }
    }

    private static func cohort(
        _ id: String, _ title: String, _ columns: [ResultTable.ColumnHeader], _ all: Bool,
        _ values: (Int, Int) -> [Value?]
    ) -> ReportResult {
        var rows: [ResultTable.Row] = []
        for step in 0..<15 {
            for age in 0...(14 - step) {
                let keys = [month(first + step), ResultTable.Key(.number(age), label: String(age))]
                rows.append(row(keys, values(step, age), part: step + age == 14))
            }
        }
        let ages = (0..<(all ? 14 : 0)).map { age in
            ResultTable.AgeTotal(
                age: age, cohorts: 15 - age, values: values(20, age), customers: 4338 - 300 * age,
                coverage: Double(4338 - 300 * age) / 4338)
        }
        return ReportResult(
            table: ResultTable(
                id: id, title: title, layout: .cohort, window: shop2025,
                dimensions: [
                    .init(title: "Cohort", dimension: .cohort(.month)),
                    .init(title: "Month of life", dimension: .age(.month)),
                ], columns: columns, rows: rows,
                total: row([], columns.map { $0.type == .count ? count(4338) : nil }),
                cohorts: (0..<15).map { .init(month(first + $0), customers: all ? 160 + Int(noise($0) * 500) : nil) },
                cohortMeasure: all ? "cohort_buyers" : nil, ages: ages))
    }

    static var cohortRetention: ReportResult {
        cohort(
            "cohort-retention", "Retention by cohort",
            [
                column(
                    "cohort_retention", "Cohort retention", .ratio,
                    "The share of the cohort's customers who buy in that month of their life."),
                column("cohort_buyers", "Buyers", .count),
            ], true
        ) { step, age in
            let size = step == 20 ? 4338 : 160 + Int(noise(step) * 500)
            let rate = age == 0 ? 1 : 0.16 + noise(step, age) * 0.22
            return [real(rate), count(Int(Double(size) * rate))]
        }
    }

    static var cohortValue: ReportResult {
        cohort(
            "cohort-cltv", "CLTV by cohort",
            [column("cohort_cltv", "Cohort CLTV", .money), column("cohort_revenue", "Revenue", .money)], false
        ) { step, age in
            let value = 310 + noise(step) * 120 + Double(age) * (70 + noise(step, 3) * 60)
            return [real(value), pounds(value * 210)]
        }
    }

    private static func distribution(
        _ id: String, _ title: String, _ dimension: Dimension, _ heading: String, _ labels: [String],
        _ columns: [ResultTable.ColumnHeader], _ values: (Int) -> [Value?]
    ) -> ReportResult {
        ReportResult(
            table: ResultTable(
                id: id, title: title, layout: .distribution, window: shop2025,
                dimensions: [.init(title: heading, dimension: dimension)], columns: columns,
                rows: labels.enumerated().map { row([.init(.number($0), label: $1)], values($0)) },
                total: row([], columns.map { $0.type == .count ? count(4338) : exact("8911407.904") })))
    }

    static var purchases: ReportResult {
        distribution(
            "purchases-per-customer", "Purchases per customer",
            .purchaseCount(classes: [1, 2, 3, 4, 5, 6, 11, 21]), "Purchases",
            ["1", "2", "3", "4", "5", "6–10", "11–20", "21+"],
            [column("lifetime_buyers", "Buyers", .count), column("lifetime_revenue", "Lifetime revenue", .money)]
        ) { [count(1493 / ($0 + 1)), pounds(600_000 + noise($0) * 1_400_000)] }
    }

    static var secondPurchase: ReportResult {
        distribution(
            "time-to-second-purchase", "Days from first to second purchase",
            .daysToSecondPurchase(classes: [0, 1, 8, 15, 31, 61, 91, 181, 366]), "Days",
            ["0", "1–7", "8–14", "15–30", "31–60", "61–90", "91–180", "181–365", "366+", "no second"],
            [column("lifetime_buyers", "Buyers", .count)]
        ) { [count($0 == 9 ? 1493 : 60 + Int(noise($0) * 600))] }
    }

    static var empty: ReportResult {
        ReportResult(
            table: ResultTable(
                id: "by-sms", title: "By SMS subscription", layout: .table, window: shop2025,
                dimensions: [.init(title: "Segment", dimension: .segmentation("sms-subscription"))],
                columns: segmentColumns, rows: [], total: nil))
    }
}
