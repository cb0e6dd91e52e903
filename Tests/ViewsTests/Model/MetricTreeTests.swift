import Quantities
import Queries
import Testing
import Views

@Suite struct MetricTreeTests {
    private func described(_ columns: [ResultTable.ColumnHeader]) -> [String] {
        func text(_ node: MetricTree.Node) -> String {
            let parts = node.parts.isEmpty ? "" : "[" + node.parts.map(text).joined(separator: " ") + "]"
            return node.sign + columns[node.column].name + node.tail + parts
        }
        return MetricTree(columns).roots.map(text)
    }

    private func named(_ name: String, _ expression: MetricExpression? = nil) -> ResultTable.ColumnHeader {
        column(name, name.uppercased(), .number, "", expression)
    }

    private func metric(_ name: String) -> MetricExpression {
        .metric(.init(name: name, title: name.uppercased()))
    }

    private let one = MetricExpression.number(ExactDecimal(1))

    @Test func partsComeFromTheFormula() {
        let columns = [
            named("value", .binary(.multiply, metric("apv"), metric("frequency"))),
            named("apv"), named("frequency"),
            named("lifespan", .binary(.divide, one, metric("churn"))),
            named("churn", .binary(.subtract, one, metric("retention"))), named("retention"),
        ]
        #expect(described(columns) == ["value[apv ×frequency]", "lifespan[1 ÷churn[1 −retention]]"])
    }

    @Test func whatIsNoColumnStandsBetweenThoseThatAre() {
        let sum = MetricExpression.binary(.add, metric("done"), metric("canceled"))
        let rate = named("rate", .binary(.divide, metric("canceled"), sum))
        #expect(described([rate, named("canceled"), named("done")]) == ["rate[canceled ÷ (done +canceled)]"])
        #expect(described([rate, named("done")]) == ["rate[CANCELED ÷ (done+ CANCELED)]"])
        #expect(described([rate]) == ["rate"])
    }

    @Test func aPartOfSeveralIsTakenApartOnce() {
        let columns = [
            named("a", .negate(metric("c"))), named("b", .call("cumulative", [metric("c")])),
            named("c", .binary(.add, metric("d"), one)), named("d"),
        ]
        #expect(described(columns) == ["a[−c[d+ 1]]", "b[cumulativec]"])
    }

    @Test func circlesEnd() {
        #expect(described([named("a", metric("b")), named("b", metric("a"))]) == ["a[b]"])
        #expect(described([named("a", metric("a"))]) == ["a"])
        #expect(described([]).isEmpty)
    }
}
