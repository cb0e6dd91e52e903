import Definitions
import Diagnostics
import Quantities
import Testing

@Suite struct FormulaTests {
    /// A use case whose metric `x` is the formula.
    private func load(_ formula: String, unit: String? = nil) -> (useCase: UseCase?, diagnostics: [Diagnostic]) {
        let text = """
            use_case: shop
            version: 1.0.0
            title: Shop
            event_segmentations:
              - {id: state, name: State, event: p, segments: [{name: Good, when: {attribute: a, equals: b}}]}
            purchases: {event: p, amount: t, success: {segmentation: state, in: Good}}
            metrics:
              money: {measure: revenue}
              count: {measure: buyers}
              gap: {measure: gap_sum}
              ratio: {formula: count / count, unit: ratio}
              number: {formula: count / count}
              periods: {formula: 1 / ratio, unit: periods}
              x:
                formula: \(formula)
                \(unit.map { "unit: " + $0 } ?? "title: X")
            """
        return UseCase.load(file: SourceFile(path: "usecase.yaml", text: text))
    }

    @Test(arguments: [
        ("money / count", MetricType.money), ("money * number", .money), ("number * money", .money),
        ("money * ratio", .money), ("money / periods", .money), ("money + money", .money), ("-money", .money),
        ("count + count", .count), ("count - count", .count), ("count / count", .number), ("count * count", .number),
        ("count + 1", .number), ("1 - ratio", .ratio), ("ratio * ratio", .ratio), ("ratio / 2", .ratio),
        ("ratio - number", .number), ("1 / ratio", .number), ("gap / count", .duration), ("gap / gap", .number),
        ("gap * 2", .duration), ("2 * periods", .periods), ("share(money, of_total(money))", .ratio),
        ("share(count, count)", .ratio), ("of_cohort(money)", .money), ("cumulative(money) / of_cohort(count)", .money),
        ("money * number * periods", .money), ("2 * 3", .number), ("((money))", .money), ("1 - 2 * ratio", .number),
    ])
    func types(formula: String, expected: MetricType) {
        let (useCase, diagnostics) = load(formula)
        #expect(diagnostics.isEmpty, "\(rendered(diagnostics))")
        #expect(useCase?.types["x"] == expected)
    }

    @Test func unitsDecideHowNumbersAreShown() {
        #expect(load("count / count", unit: "ratio").useCase?.types["x"] == .ratio)
        #expect(load("1 / ratio", unit: "periods").useCase?.types["x"] == .periods)
        #expect(load("money / count", unit: "ratio").diagnostics.map(\.code) == [.metricUnit])
    }

    @Test(arguments: [
        "money / money", "money * money", "money + count", "money - gap", "count / money", "gap * gap", "money * gap",
        "money + 1", "count - ratio", "periods + money", "share(money, count)", "share(1, 2)",
    ])
    func mismatches(formula: String) {
        #expect(load(formula).diagnostics.map(\.code) == [.typeMismatch])
    }

    @Test func hintForTwoAmounts() {
        #expect(load("money / money").diagnostics.first?.hints == ["the share of two amounts is share(a, b)"])
    }

    @Test func tree() throws {
        let useCase = try #require(load("1 - -count * (ratio + 2)").useCase)
        let metric = try #require(useCase.metrics.last)
        guard case .formula(let formula) = metric.source else {
            Issue.record("no formula")
            return
        }
        #expect(shown(formula) == "(1 - (-count * (ratio + 2)))")
    }

    private func shown(_ expression: Located<Expression>) -> String {
        switch expression.value {
        case .number(let number): "\(number)"
        case .name(let name): name.value
        case .negate(let inner): "-" + shown(inner)
        case .binary(let sign, let left, let right): "(\(shown(left)) \(sign.rawValue) \(shown(right)))"
        case .call(let name, let arguments): "\(name.value)(\(arguments.map(shown).joined(separator: ", ")))"
        }
    }

    @Test(arguments: [
        String(repeating: "(", count: 10_000), String(repeating: "-", count: 10_000) + "1",
        String(repeating: "count+", count: 10_000) + "count", String(repeating: "share(", count: 10_000),
    ])
    func deepExpressionsAreRefused(formula: String) {
        #expect(load("\"\(formula)\"").diagnostics.map(\.code) == [.expressionSyntax])
    }

    @Test func placesOfQuotedFormulas() {
        #expect(load("\"count + mony\"").diagnostics.first?.place?.column == 23)
        #expect(load("'count + mony'").diagnostics.first?.place?.column == 23)
        #expect(load("count + mony").diagnostics.first?.place?.column == 22)
    }

    @Test func longChainsOfMetricsAreRead() {
        let head = """
            use_case: shop
            version: 1.0.0
            title: Shop
            event_segmentations:
              - {id: state, name: State, event: p, segments: [{name: Good, when: {attribute: a, equals: b}}]}
            purchases: {event: p, amount: t, success: {segmentation: state, in: Good}}
            metrics:

            """
        let chain = (0..<499).map { "  m\($0): {formula: m\($0 + 1) + m\($0 + 1)}\n" }.joined()
        let file = SourceFile(path: "a", text: head + chain + "  m499: {measure: revenue}\n")
        let (useCase, diagnostics) = UseCase.load(file: file)
        #expect(diagnostics.isEmpty, "\(rendered(diagnostics))")
        #expect(useCase?.types["m0"] == .money)
    }
}
