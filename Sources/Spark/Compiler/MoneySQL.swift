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
        ratePrecision = min(20, whole + rateScale)
    }

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
        var rows: [String] = []
        for (name, rates) in table.rates.sorted(by: { $0.key < $1.key }) where name != currency {
            func row(_ rate: ExactDecimal, _ days: String = "") {
                rows.append("(\(text.text(name, "currency")),\(days) CAST(\(text.number(rate)) AS \(rateType)))")
            }
            switch policy {
            case .asOf:
                if let rate = table.rate(of: name, onDay: day) { row(rate) }
            case .eventDate:
                for (index, rate) in rates.enumerated() where rate.dayNumber <= day {
                    let next = index + 1 < rates.count ? rates[index + 1].dayNumber : day + 1
                    row(rate.rate, " \(rate.dayNumber), \(min(next, day + 1)),")
                }
            }
        }
        if rows.isEmpty { return nil }
        let values = "VALUES\n  \(rows.joined(separator: ",\n  "))\n  AS rates(currency,"
        switch policy {
        case .asOf: return "SELECT * FROM \(values) rate)"
        case .eventDate:
            let blocks = "SEQUENCE(\(MoneySQL.block("first_day")), \(MoneySQL.block("end_day - 1")))"
            return "SELECT *, EXPLODE(\(blocks)) AS block FROM \(values) first_day, end_day, rate)"
        }
    }
}
