import Queries
import Testing
import Views

@Suite struct MetricTreeTests {
    private func described(_ columns: [ResultTable.ColumnHeader]) -> [String] {
        func text(_ node: MetricTree.Node) -> String {
            let parts = node.parts.isEmpty ? "" : "(" + node.parts.map(text).joined(separator: " ") + ")"
            return node.sign + columns[node.column].name + parts
        }
        return MetricTree(columns).roots.map(text)
    }

    @Test func partsComeFromTheExplanation() {
        let columns = [
            column("value", "Customer value", .money, "Average purchase value times Purchase frequency."),
            column("apv", "Average purchase value", .money, "Revenue divided by purchases."),
            column("frequency", "Purchase frequency", .number),
            column("lifespan", "Lifespan", .periods, "One divided by the churn rate."),
            column("churn", "Churn rate", .ratio, "One minus the retention rate."),
            column("retention", "Retention rate", .ratio),
        ]
        #expect(described(columns) == ["value(apv ×frequency)", "lifespan(1 ÷churn(1 −retention))"])
    }

    @Test func mentionsAreWholeWordsAndTheLongest() {
        let columns = [
            column("a", "All", .money, "New buyers and buyers2 and the rest_of it."),
            column("b", "Buyers", .count), column("n", "New buyers", .count), column("r", "Rest", .count),
        ]
        #expect(described(columns) == ["a(n)", "b", "r"])
    }

    @Test func circlesEnd() {
        let columns = [column("a", "Aa", .money, "Twice Bb."), column("b", "Bb", .money, "Half of Aa.")]
        #expect(described(columns) == ["a(b)"])
        #expect(described([]).isEmpty)
        #expect(described([column("a", "Aa", .money, "Aa is Aa.")]) == ["a"])
    }
}
