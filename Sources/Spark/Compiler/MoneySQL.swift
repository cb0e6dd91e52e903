import Quantities
import Queries

/// How amounts are stored and converted: exact decimals whose products and sums have room in 38 digits, or fail.
struct MoneySQL {
    /// Digits after the point of amounts, and of rates.
    let amountScale: Int
    let rateScale: Int
    let ratePrecision: Int

    init(_ evaluation: Evaluation, _ tables: SparkTables) throws {
        let definition = evaluation.purchases
        var scale = try tables.relation(definition.event).number(definition.amount, of: definition.event).scale
        if let refunds = definition.refunds {
            scale = max(scale, try tables.relation(refunds.event).number(refunds.amount, of: refunds.event).scale)
        }
        amountScale = scale
        let all = [evaluation.semantics.rates, evaluation.semantics.segmentRates]
            .flatMap { $0.rates.values.joined().map(\.rate.normalized) }
        rateScale = all.map(\.scale).max() ?? 0
        let whole = all.map { String(($0.units / ExactDecimal.power($0.scale)).magnitude).count }.max() ?? 1
        ratePrecision = whole + rateScale
        let room = 37 - ratePrecision - amountScale
        guard room >= MoneySQL.leastWhole else {
            throw QueryError.unsupported(
                "amounts with \(amountScale) digits after the point and rates with \(ratePrecision) digits, on Spark: of the"
                    + " 38 digits in which it is exact fewer than \(MoneySQL.leastWhole) are left before the point")
        }
    }

    /// An amount of a billion has to have room.
    private static let leastWhole = 9

    /// Of amounts in the currency they were booked in: with a rate there are 38 digits.
    var amountType: String { "DECIMAL(\(37 - ratePrecision), \(amountScale))" }
    var rateType: String { "DECIMAL(\(ratePrecision), \(rateScale))" }
    var displayScale: Int { amountScale + rateScale }
    var displayType: String { "DECIMAL(38, \(displayScale))" }

    /// Days of a block: rates are found by currency and block, and of the few in it by day.
    private static let blockShift = 3

    static func block(_ day: String) -> String { "SHIFTRIGHT(\(day), \(blockShift))" }

    /// The rates into a currency as rows `(currency, rate)`; by day `(currency, first_day, end_day, rate, block)`, from a day
    /// to the one before the next, one row for each block of days.
    ///
    /// - Parameter day: the last one that is asked for.
    /// - Returns: nil where there are no rates into it.
    func rows(_ table: RateTable, into currency: String, _ policy: FXPolicy, day: Int, _ text: SQLText) -> String? {
        var rows: [Row] = []
        for (name, rates) in table.rates.sorted(by: { $0.key < $1.key }) where name != currency {
            switch policy {
            case .asOf:
                if let rate = table.rate(of: name, onDay: day) { rows.append(Row(c: name, r: rate.description)) }
            case .eventDate:
                for (index, rate) in rates.enumerated() where rate.dayNumber <= day {
                    let next = index + 1 < rates.count ? rates[index + 1].dayNumber : day + 1
                    rows.append(Row(c: name, f: rate.dayNumber, e: min(next, day + 1), r: rate.rate.description))
                }
            }
        }
        if rows.isEmpty { return nil }
        // As one text: thousands of expressions would take Spark longer to understand than all the rest.
        let fields = policy == .asOf ? "c: STRING, r: STRING" : "c: STRING, f: INT, e: INT, r: STRING"
        let source = "SELECT INLINE(\(SQLText.values(text.json(rows, "rates"), "ARRAY<STRUCT<\(fields)>>")))"
        let rate = "CAST(r AS \(rateType)) AS rate"
        switch policy {
        case .asOf: return "SELECT c AS currency, \(rate)\nFROM (\(source))"
        case .eventDate:
            let blocks = "SEQUENCE(\(MoneySQL.block("f")), \(MoneySQL.block("e - 1")))"
            return """
                SELECT c AS currency, f AS first_day, e AS end_day, \(rate), EXPLODE(\(blocks)) AS block
                FROM (\(source))
                WHERE f < e
                """
        }
    }

    private struct Row: Encodable {
        let c: String
        var f: Int?
        var e: Int?
        let r: String
    }
}
