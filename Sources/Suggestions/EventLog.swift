import Imports

/// Which rows of a file with events of many kinds are the purchases.
struct EventSelection {
    /// The column with the kind of event, and the kind that is chosen.
    let column: String
    let kind: String
    let rows: Int
    /// Rows of the file, and what the others are, the most frequent first.
    let all: Int
    let others: [(text: String, count: Int)]
}

extension TableReading {
    /// Reads a file; of one with events of many kinds, those rows that are purchases.
    static func reading(_ survey: FileSurvey) -> TableReading {
        let whole = TableReading(survey)
        guard let (column, code) = whole.purchaseEvents else { return whole }
        let part = survey.rows(with: code, in: column.survey)
        let kind = String(decoding: column.survey.texts[Int(code) - 1], as: UTF8.self)
        return TableReading(
            part,
            selection: EventSelection(
                column: column.name, kind: kind, rows: part.rows, all: survey.rows,
                others: column.values.filter { $0.text != kind }))
    }

    private static let kindWords: Set<String> = ["event", "activity", "action", "type", "kind", "ereignis", "evento"]
    /// What is done with an order before it is one, or after.
    private static let unfinished: Set<String> = [
        "begin", "began", "start", "started", "add", "added", "remove", "removed", "view", "viewed", "abandoned",
        "initiate", "initiated", "click", "clicked", "update", "updated", "cancel", "canceled", "cancelled", "failed",
        "refund", "refunded", "returned", "shipped", "delivered", "fulfilled",
    ]

    /// The column that tells kinds of events apart and the code of the kind that is a purchase.
    ///
    /// A name alone does not decide: the rows of that kind have amounts, and hardly any others do. So the `type` of an order
    /// leaves none out.
    private var purchaseEvents: (column: ColumnReading, code: Int32)? {
        guard let amount else { return nil }
        let amounts = amount.columns.map(\.survey.codes)
        var best: (column: ColumnReading, code: Int32, score: Int, rows: Int)?
        for column in columns where column.distinct > 1 && column.distinct <= 500 && column.coverage > 0.9 {
            guard Lexicon.name(column.name, hasAnyOf: TableReading.kindWords), column.timestamp == nil, !column.isNumber
            else { continue }
            // Rows with an amount, by code.
            var priced = [Int](repeating: 0, count: column.distinct + 1)
            for (row, code) in column.survey.codes.enumerated() where amounts.allSatisfy({ $0[row] != 0 }) {
                priced[Int(code)] += 1
            }
            let allPriced = priced.reduce(0, +)
            for (index, text) in column.survey.texts.enumerated() {
                let name = String(decoding: text, as: UTF8.self)
                let rows = column.survey.counts[index]
                let found = priced[index + 1]
                guard Lexicon.concepts(of: name).contains(.order),
                    !Lexicon.name(name, hasAnyOf: TableReading.unfinished), found * 10 >= rows * 9,
                    (allPriced - found) * 2 < survey.rows - rows
                else { continue }
                let score =
                    Lexicon.name(name, hasAnyOf: ["purchase", "paid", "completed", "placed", "ordered"]) ? 1 : 0
                if best.map({ ($0.score, $0.rows) < (score, rows) }) ?? true {
                    best = (column, Int32(index + 1), score, rows)
                }
            }
        }
        return best.map { ($0.column, $0.code) }
    }
}
