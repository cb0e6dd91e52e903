import Quantities
import Queries

/// What a model says of one customer, in millionths; nil for nothing.
struct PredictedCustomer: Codable, Sendable {
    /// The customer's id; the names are short, as there is one for each buyer.
    let c: String
    let o: Int64?
    let v: Int64?
    let n: Int64?
}

/// What a model says of customers, for conditions. The evaluation brings it, and it goes to Spark as parameters: JSON, in
/// parts, so that no text is too long for its reader.
extension EvaluationSQL {
    static let predictedColumns = Aggregate.allCases.filter(\.isPredicted).map { column(of: $0) }

    static func column(of aggregate: Aggregate) -> String { "said_\(aggregate.rawValue)" }

    /// How many customers a part has.
    private static let partSize = 20_000
    /// With so many a statement has some 60 MB; servers take 128 MB unless told otherwise.
    static let mostPredicted = 1_000_000

    /// Some condition asks for it. Also where there is nothing to be said: then nobody fulfils it.
    var asksPredictions: Bool { evaluation.asksPredictions }

    /// Adds the step `predicted`: a row for each customer of whom a model says something.
    ///
    /// - Throws: `QueryError` where there are too many of them.
    func addPredicted() throws {
        if text.has("predicted") { return }
        let customers = predicted ?? []
        guard customers.count <= EvaluationSQL.mostPredicted else {
            throw QueryError.unsupported(
                "conditions on what a model says of more than \(EvaluationSQL.mostPredicted) customers, on Spark")
        }
        var parts: [String] = []
        for start in stride(from: 0, to: max(1, customers.count), by: EvaluationSQL.partSize) {
            let part = customers[start..<min(customers.count, start + EvaluationSQL.partSize)]
            parts.append(text.json(Array(part), "predicted"))
        }
        let (orders, value, chance) = (
            EvaluationSQL.column(of: .expectedOrders), EvaluationSQL.column(of: .expectedValue),
            EvaluationSQL.column(of: .noOrderChance)
        )
        text.add(
            "predicted", "what a model says of customers, in millionths",
            """
            SELECT c AS customer, o AS \(orders), v AS \(value), n AS \(chance)
            FROM (
              SELECT INLINE(\(SQLText.values("part", "ARRAY<STRUCT<c: STRING, o: BIGINT, v: BIGINT, n: BIGINT>>")))
              FROM (SELECT EXPLODE(ARRAY(\(parts.joined(separator: ", ")))) AS part)
            )
            """)
    }
}
