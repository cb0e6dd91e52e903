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

    /// The rates into a currency as rows `(currency, first_day, end_day, rate)`: from a day, to the one before the next.
    func rows(_ table: RateTable, into currency: String, _ policy: FXPolicy, day: Int, _ text: SQLText) -> String {
        let (first, end) = (-10_000_000, 10_000_000)
        func row(_ currency: String, _ from: Int, _ to: Int, _ rate: ExactDecimal) -> String {
            "(\(text.text(currency, "currency")), \(from), \(to), CAST(\(text.number(rate)) AS \(rateType)))"
        }
        var rows = [row(currency, first, end, ExactDecimal(1))]
        for (name, rates) in table.rates.sorted(by: { $0.key < $1.key }) where name != currency {
            switch policy {
            case .asOf:
                if let rate = table.rate(of: name, onDay: day) { rows.append(row(name, first, end, rate)) }
            case .eventDate:
                for (index, rate) in rates.enumerated() {
                    let next = index + 1 < rates.count ? rates[index + 1].dayNumber : end
                    rows.append(row(name, rate.dayNumber, next, rate.rate))
                }
            }
        }
        return
            "SELECT * FROM VALUES\n  \(rows.joined(separator: ",\n  "))\n  AS rates(currency, first_day, end_day, rate)"
    }
}
