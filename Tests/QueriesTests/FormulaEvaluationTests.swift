import Quantities
import Queries
import Testing

/// Formulas over one row, seen through the table of a query without dimensions.
@Suite struct FormulaEvaluationTests {
    private static let year = window("2026-01-01", "2027-01-01")

    private func row(
        _ formula: Formula, _ expression: MetricExpression? = nil, _ measures: [(String, Measure.Kind, MeasureValue)]
    ) -> ResultTable.Row {
        let query = Query(
            id: "q", measures: measures.map { Measure($0.0, $0.1) },
            columns: [Column("x", formula, type: .number, expression: expression)])
        let table = ResultTable.of(
            query, [], total: measures.map(\.2), makeSemantics(FormulaEvaluationTests.year, asOf: "2026-06-01"))
        #expect(table.total == nil && table.rows.count == 1)
        return table.rows[0]
    }

    private func value(_ formula: Formula, _ measures: (String, Measure.Kind, MeasureValue)...) -> Value? {
        row(formula, nil, measures).values[0]
    }

    private let revenue = ("revenue", Measure.Kind.revenue, MeasureValue.money(decimal("100.10")))
    private let purchases = ("purchases", Measure.Kind.purchases, MeasureValue.count(3))
    private let nobody = ("buyers", Measure.Kind.buyers, MeasureValue.count(0))
    private let median = ("median", Measure.Kind.gapQuantile(0.5), MeasureValue.quantile(nil))

    @Test func sumsAndProductsAreExact() throws {
        let sum = value(.add(.named("revenue"), .number(decimal("0.2"))), revenue)
        #expect(sum == .exact(decimal("100.30")))
        let difference = value(.subtract(.number(.zero), .named("revenue")), revenue)
        #expect(difference == .exact(decimal("-100.10")))
        let product = value(.multiply(.named("revenue"), .named("purchases")), revenue, purchases)
        #expect(product == .exact(decimal("300.30")))
        // 0.1 + 0.2 is 0.3 here, which no binary fraction says.
        #expect(value(.add(.number(decimal("0.1")), .number(decimal("0.2")))) == .exact(decimal("0.3")))
    }

    @Test func productsThatNeedMoreThan128BitsAreReal() throws {
        let large = Formula.number(decimal("99999999999999999999.999999"))
        let product = try #require(value(.multiply(large, large)))
        #expect(product.exact == nil)
        #expect(abs(product.double / 1e40 - 1) < 1e-9)
    }

    @Test func divisionIsRealAndByZeroIsNull() {
        #expect(value(.divide(.named("revenue"), .named("purchases")), revenue, purchases) == .real(100.1 / 3))
        #expect(value(.divide(.named("revenue"), .named("buyers")), revenue, nobody) == nil)
        #expect(value(.divide(.number(.zero), .named("buyers")), nobody) == nil)
    }

    @Test func nullIsInheritedByEverything() {
        let null = Formula.named("median")
        for formula: Formula in [
            null, .add(null, .named("purchases")), .subtract(.named("purchases"), null),
            .multiply(.number(.zero), null), .divide(null, .named("purchases")), .divide(.named("purchases"), null),
            .ofTotal(null), .measure("nobody measured this"),
        ] { #expect(value(formula, median, purchases) == nil) }
    }

    @Test func durationsAreDays() {
        let gaps = ("gaps", Measure.Kind.gapSum, MeasureValue.duration(3 * 86_400_000_000))
        #expect(value(.divide(.named("gaps"), .named("purchases")), gaps, purchases) == .real(1))
        #expect(value(.named("gaps"), gaps) == .real(3))
        #expect(value(.named("median"), ("median", .gapQuantile(0.5), .quantile(2.5))) == .real(2.5))
    }

    @Test func cohortsAndAgesAreNullWithoutThem() {
        #expect(value(.ofCohort(.named("purchases")), purchases) == nil)
        #expect(value(.cumulative("purchases"), purchases) == nil)
        #expect(value(.ofTotal(.named("purchases")), purchases) == .exact(ExactDecimal(3)))
    }

    // MARK: Reasons

    private func metric(_ name: String, _ title: String, _ expression: MetricExpression? = nil) -> MetricExpression {
        .metric(.init(name: name, title: title, expression: expression))
    }

    @Test func aZeroDenominatorIsNamed() {
        let formula = Formula.divide(.named("revenue"), .named("buyers"))
        let written = MetricExpression.binary(
            .divide, metric("revenue", "Revenue"), metric("buyers", "Buyers of the period before"))
        #expect(row(formula, written, [revenue, nobody]).nullReasons == [0: "Buyers of the period before is 0"])
        #expect(row(formula, nil, [revenue, nobody]).nullReasons == [0: "buyers is 0"])
        #expect(row(formula, written, [revenue, ("buyers", .buyers, .count(1))]).nullReasons.isEmpty)
    }

    @Test func theReasonIsWhereTheNullBegins() {
        // 1 / (1 - retained / previous), as lifespan is written.
        let rate = Formula.divide(.named("retained"), .named("previous"))
        let lifespan = Formula.divide(.number(ExactDecimal(1)), .subtract(.number(ExactDecimal(1)), rate))
        let one = MetricExpression.number(ExactDecimal(1))
        let retention = metric(
            "retention_rate", "Retention rate",
            .binary(.divide, metric("retained", "Retained buyers"), metric("previous", "Buyers before")))
        let churn = metric("churn_rate", "Churn rate", .binary(.subtract, one, retention))
        let written = MetricExpression.binary(.divide, one, churn)
        func reason(_ retained: Int, _ previous: Int) -> String? {
            row(
                lifespan, written,
                [
                    ("retained", .retainedBuyers, .count(retained)),
                    ("previous", .previousPeriodBuyers, .count(previous)),
                ]
            ).nullReasons[0]
        }
        #expect(reason(0, 0) == "Buyers before is 0")
        #expect(reason(5, 5) == "Churn rate is 0")
        #expect(reason(1, 5) == nil)
    }

    @Test func sharesNegationsAndMissingMeasuresHaveTheirReasons() {
        let share = MetricExpression.call(
            "share", [metric("revenue", "Revenue"), .call("of_total", [metric("buyers", "Buyers")])])
        let formula = Formula.divide(.named("revenue"), .ofTotal(.named("buyers")))
        #expect(row(formula, share, [revenue, nobody]).nullReasons == [0: "total Buyers is 0"])
        let negative = MetricExpression.negate(metric("median", "Median time"))
        let turned = Formula.subtract(.number(.zero), .named("median"))
        #expect(row(turned, negative, [median]).nullReasons == [0: "there is nothing to measure for Median time"])
        #expect(row(.named("median"), nil, [median]).nullReasons == [0: "there is nothing to measure"])
        for formula in [Formula.cumulative("median"), .ofCohort(.named("median"))] {
            #expect(row(formula, nil, [median]).nullReasons == [0: "there is no cohort to relate to"])
        }
    }
}
