package import Queries

/// How a column is computed, for the reader: its formula in the metrics' titles, and the author's explanation where it says
/// more than the formula.
package struct Method: Hashable, Sendable {
    /// `Average purchase value × Purchase frequency`; nil for what is counted or added up.
    package var formula: String?
    package var explanation: String?

    package init(_ column: ResultTable.ColumnHeader) {
        formula = column.expression?.words
        let says = !column.explanation.isEmpty && Method.plain(column.explanation) != formula.map(Method.plain)
        explanation = says ? column.explanation : nil
    }

    package var isEmpty: Bool { formula == nil && explanation == nil }

    /// The formula, else the explanation; empty where there is neither.
    package var short: String { formula.map { "= " + $0 } ?? explanation ?? "" }

    /// Both on one line; empty where there is neither.
    package var line: String {
        [formula.map { "= " + $0 }, explanation].compactMap { $0 }.joined(separator: " · ")
    }

    /// In small letters, with signs for words and without articles: what is equal then says the same.
    private static func plain(_ text: String) -> String {
        let signs = ["times": "×", "minus": "−", "plus": "+", "divided": "÷", "one": "1"]
        let words = text.lowercased().split { " .,\u{A0}".contains($0) }.map { String($0) }
        return words.filter { $0 != "the" && $0 != "by" }.map { signs[$0] ?? $0 }.joined(separator: " ")
    }
}
