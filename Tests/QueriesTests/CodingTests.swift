import Foundation
import Quantities
import Queries
import Testing

/// Evaluations travel to other engines, and answers back: as JSON, without a loss.
@Suite struct CodingTests {
    private func roundTrip<Value: Codable>(_ value: Value) throws -> (Value, String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let data = try encoder.encode(value)
        let back = try JSONDecoder().decode(Value.self, from: data)
        // Equality forgets the digits of decimals and the bytes of texts: the same text says that both are kept.
        #expect(try encoder.encode(back) == data)
        return (back, String(decoding: data, as: UTF8.self))
    }

    private static let comparisons: [Comparison] = [
        .isIn(["\u{E9}", "e\u{301}", "NO", ""]), .notIn(["a"]), .startsWith("a"), .endsWith("b"), .contains("\"c\n"),
        .atLeast(decimal("1.50")), .greaterThan(decimal("-2")), .atMost(decimal("0")),
        .lessThan(decimal("123456789012345678901234567890.123456")), .from(instant("2026-01-01T00:00:00.000001Z")),
        .before(instant("1969-12-31T23:59:59Z")), .exists, .missing, .valid,
        .atMostQuantile(decimal("0.20")), .aboveQuantile(decimal("0.999")),
    ]

    private static let subjects: [Subject] =
        [
            .attribute("a"), .property("p"), .consent("c"), .segmentation("s"), .eventSegmentation("e"),
        ] + Aggregate.allCases.map { .aggregate($0) }

    private static var predicate: Queries.Predicate {
        .all([
            .any(comparisons.map { .test(.attribute("x"), $0) }), .not(.any([])),
            .all(subjects.map { .test($0, .exists) }),
        ])
    }

    private static let kinds: [Measure.Kind] =
        [
            .purchases, .canceledPurchases, .buyers, .newBuyers, .repeatBuyers(atLeast: 2), .revenue, .grossRevenue,
            .refunds, .gapCount, .gapSum, .gapQuantile(0.1), .periodBuyers, .periodPurchases, .retainedBuyers,
            .previousPeriodBuyers,
        ] + ChargeKind.allCases.flatMap { [.chargeCount($0), .chargeAmount($0)] }

    private static let dimensions: [Queries.Dimension] =
        [
            .attribute("a"), .property("p"), .segmentation("s"), .eventSegmentation("e"), .currency,
            .purchaseCount(classes: [1, 2, 5]), .daysToSecondPurchase(classes: [0, 8]),
        ] + CalendarUnit.allCases.flatMap { [.calendar($0), .cohort($0), .age($0)] }

    private static var formula: Formula {
        let measure = Formula.measure("m")
        return .add(
            .subtract(.multiply(measure, .number(decimal("0.10"))), .divide(measure, .cumulative("m"))),
            .divide(.ofTotal(measure), .ofCohort(measure)))
    }

    private static var expression: MetricExpression {
        let metric = MetricExpression.metric(
            .init(name: "m", title: "M", expression: .negate(.number(decimal("0.10")))))
        return MetricExpression.Operator.allCases.reduce(.call("share", [metric, metric])) { .binary($1, $0, metric) }
    }

    private static var evaluation: Evaluation {
        let selection = SegmentSelection(segmentation: "e", segments: ["Done"])
        let columns = ValueType.allCases.map {
            Column($0.rawValue, title: "T", formula, type: $0, explanation: "Why.", expression: expression)
        }
        let queries = Layout.allCases.enumerated().map { index, layout in
            Query(
                id: "q\(index)", title: "Query", window: index == 0 ? window("2025-01-01", "2026-01-01") : nil,
                filter: index == 1 ? predicate : nil, groupBy: dimensions,
                measures: kinds.map {
                    Measure("m", $0, scope: Scope.allCases[index % Scope.allCases.count], filter: predicate)
                },
                columns: columns, period: index == 2 ? .days(30) : .calendar(.quarter), layout: layout)
        }
        return Evaluation(
            semantics: Semantics(
                asOf: instant("2026-06-30T19:25:57.123456Z"), window: window("2025-07-01", "2026-07-01"),
                timezone: "Europe/Prague", displayCurrency: "CZK", defaultCurrency: "EUR", fx: .asOf,
                rates: RateTable(rates: ["EUR": [.init(dayNumber: -3, rate: decimal("25.1230"))]]),
                revenueBasis: .gross, refundDating: .refund, consentAsOf: .atPurchase, attribution: .period),
            purchases: PurchaseDefinition(
                event: "purchase", amount: "total", currency: "currency", success: selection, canceled: selection,
                exclude: predicate, zeroAmount: .ignore,
                refunds: RefundDefinition(event: "refund", amount: "amount", currency: "currency"),
                charges: ChargeDefinition(
                    kinds: [.firstCharge: selection, .upsell: selection, .rebill: selection], links: ["subscription_id"]
                )),
            consents: [
                ConsentDefinition(category: "newsletter", source: .events(ConsentEvents())),
                ConsentDefinition(category: "sms", source: .property(name: "sms", valid: ["yes"])),
                ConsentDefinition(category: "post", source: .absent),
            ],
            eventSegmentations: [
                EventSegmentation(
                    id: "e", name: "E", event: "purchase", segments: [Segment(name: "Done", when: predicate)])
            ],
            customerSegmentations: [
                CustomerSegmentation(
                    id: "s", name: "S", segments: [Segment(name: "A", when: predicate)], remainder: "B")
            ], queries: queries)
    }

    @Test func evaluations() throws {
        let (back, text) = try roundTrip(CodingTests.evaluation)
        #expect(back == CodingTests.evaluation)
        // What another language reads: names of the policies, instants and decimals as text, kinds of charges by name.
        for word in [
            #""refundDating":"refund""#, #""asOf":"2026-06-30T19:25:57.123456Z""#, #""rate":"25.1230""#,
            #""first_charge":{"#, #""consentAsOf":"at_purchase""#,
        ] { #expect(text.contains(word), "\(word)") }
    }

    @Test func answers() throws {
        let keys: [GroupKey] = [.text("e\u{301}"), .missing, .bucket(-3), .number(0), .remainder]
        let values: [MeasureValue] = [
            .count(.max), .money(decimal("-0.00000000000000000000000000000000001")),
            .duration(Int128(Int64.max) * 4_000), .quantile(nil), .quantile(0.1),
        ]
        let answer = EvaluationAnswer(
            measurements: [
                Measurement(query: "q", groups: [.init(keys: keys, values: values)], total: values, cohorts: [])
            ],
            quality: QualityFinding.Kind.allCases.map { QualityFinding($0, count: 1, detail: "on hold") })
        #expect(try roundTrip(answer).0 == answer)
    }

    @Test func tables() throws {
        let table = ResultTable(
            id: "t", title: "T", layout: .cohort, window: window("2026-01-01", "2026-02-01"),
            dimensions: CodingTests.dimensions.map { .init(title: "D", dimension: $0) },
            columns: [
                .init(
                    name: "x", title: "X", type: .ratio, explanation: "Why.", expression: CodingTests.expression,
                    isOfWindow: false)
            ],
            rows: [
                .init(
                    keys: [.init(.missing, label: "(none)")], values: [nil, .real(0.1), .exact(decimal("1.10"))],
                    currency: "EUR", isIncomplete: true, nullReasons: [0: "Buyers is 0"])
            ], total: nil, cohorts: [.init(.init(.bucket(1), label: "1"), customers: 3)],
            ages: [.init(age: 0, cohorts: 1, values: [nil], customers: nil, coverage: 0.5)], notes: ["Note."],
            period: .days(30))
        let (back, text) = try roundTrip(ReportResult(table: table, previous: table, course: table))
        #expect(back.table == table && back.previous == table)
        #expect(text.contains(#""nullReasons":{"0":"Buyers is 0"}"#))
    }

    @Test func lengthsOfPeriods() {
        #expect(CalendarUnit.allCases.map { Period.calendar($0).days } == [1, 7, 28, 90, 365])
        #expect(Period.days(30).days == 30)
        // None is longer than the shortest bucket of its unit.
        for unit in CalendarUnit.allCases {
            let first = unit.index(of: CivilDate(year: 2023, month: 1, day: 1))
            let shortest = (first..<first + 60).map { unit.start(of: $0 + 1).dayNumber - unit.start(of: $0).dayNumber }
                .min()
            #expect(Period.calendar(unit).days == shortest)
        }
    }
}
