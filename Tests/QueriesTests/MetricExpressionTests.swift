import Quantities
import Queries
import Testing

@Suite struct MetricExpressionTests {
    private func metric(_ name: String) -> MetricExpression {
        .metric(.init(name: name, title: name.uppercased()))
    }

    private func binary(
        _ left: MetricExpression, _ operation: MetricExpression.Operator, _ right: MetricExpression
    ) -> MetricExpression { .binary(operation, left, right) }

    @Test func parenthesesStandWhereTheyAreNeeded() {
        let (a, b, c) = (metric("a"), metric("b"), metric("c"))
        let cases: [(MetricExpression, String, String)] = [
            (binary(binary(a, .multiply, b), .multiply, c), "a * b * c", "A × B × C"),
            (binary(a, .divide, binary(b, .add, c)), "a / (b + c)", "A ÷ (B + C)"),
            (binary(a, .divide, binary(b, .multiply, c)), "a / (b * c)", "A ÷ (B × C)"),
            (binary(a, .multiply, binary(b, .divide, c)), "a * (b / c)", "A × (B ÷ C)"),
            (binary(a, .subtract, binary(b, .subtract, c)), "a - (b - c)", "A − (B − C)"),
            (binary(binary(a, .subtract, b), .add, c), "a - b + c", "A − B + C"),
            (binary(binary(a, .subtract, b), .multiply, c), "(a - b) * c", "(A − B) × C"),
            (.negate(binary(a, .add, b)), "-(a + b)", "−(A + B)"),
            (binary(.number(decimal("1.50")), .subtract, a), "1.50 - a", "1.50 − A"),
        ]
        for (expression, source, words) in cases {
            #expect(expression.source == source)
            #expect(expression.words == words)
        }
    }

    @Test func functionsReadAsWords() {
        let (a, b) = (metric("a"), metric("b"))
        let share = MetricExpression.call("share", [a, .call("of_total", [a])])
        #expect(share.source == "share(a, of_total(a))" && share.words == "A ÷ total A")
        let cohort = binary(.call("cumulative", [a]), .divide, .call("of_cohort", [b]))
        #expect(cohort.words == "cumulative A ÷ B of the whole cohort")
        #expect(binary(.number(ExactDecimal(1)), .divide, share).words == "1 ÷ (A ÷ total A)")
        #expect(MetricExpression.call("median", [a, b]).words == "median(A, B)")
    }

    @Test func piecesJoinTheTextsBetweenMetrics() {
        let expression = binary(metric("a"), .divide, binary(metric("b"), .add, metric("c")))
        #expect(
            expression.pieces == [
                .metric(name: "a", title: "A"), .text(" ÷ ("), .metric(name: "b", title: "B"), .text(" + "),
                .metric(name: "c", title: "C"), .text(")"),
            ])
    }
}
