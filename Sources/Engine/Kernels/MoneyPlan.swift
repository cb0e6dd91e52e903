import EventStores
import Quantities
import Queries

/// How amounts become money: one scale for all of them, and exact rates into the display currency.
struct MoneyPlan: Sendable {
    /// Digits after the point of native amounts.
    let nativeScale: Int
    /// Digits after the point of converted amounts.
    let displayScale: Int
    /// All currency codes that occur; amounts name them by position.
    let currencies: [String]
    let display: String
    private let purchaseCurrencies: [Int]
    private let refundCurrencies: [Int]
    private let purchaseFactor: Int64
    private let refundFactor: Int64
    private let rates: [Rates]
    /// With `fx: as_of` the day whose rates convert everything.
    private let fixedDay: Int?

    private enum Rates: Sendable {
        case one(Int128)
        case table(days: [Int], rates: [Int128])
    }

    init(
        _ semantics: Semantics, purchases: PurchaseColumns, refunds: RefundColumns?, calendar: LocalCalendar
    ) throws {
        let scale = max(purchases.scale, refunds?.scale ?? 0)
        nativeScale = scale
        guard scale <= 18 else { throw QueryError.unsupported("amounts with more than 18 digits after the point") }
        purchaseFactor = Int64(ExactDecimal.power(scale - purchases.scale))
        refundFactor = Int64(ExactDecimal.power(scale - (refunds?.scale ?? scale)))
        display = semantics.displayCurrency

        var currencies: [String] = []
        var positions: [String: Int] = [:]
        func position(_ code: String) -> Int {
            if let known = positions[code] { return known }
            positions[code] = currencies.count
            currencies.append(code)
            return currencies.count - 1
        }
        func positionsOfCodes(_ dictionary: TextDictionary?, missing: Int) -> [Int] {
            guard let dictionary, dictionary.count > 0 else { return [missing] }
            return [missing] + (1...UInt32(dictionary.count)).map { position(dictionary.text(of: $0)) }
        }
        let fallback = position(semantics.defaultCurrency)
        purchaseCurrencies = positionsOfCodes(purchases.currencies?.dictionary, missing: fallback)
        // A refund without currency has that of its purchase: -1.
        refundCurrencies = positionsOfCodes(refunds?.currencies?.dictionary, missing: -1)
        self.currencies = currencies

        let used = semantics.rates.rates.filter { currencies.contains($0.key) && $0.key != semantics.displayCurrency }
        let rateScale = RateTable(rates: used).scale
        displayScale = scale + rateScale
        rates = try currencies.map { code in
            if code == semantics.displayCurrency { return .one(ExactDecimal.power(rateScale)) }
            let list = used[code] ?? []
            return .table(
                days: list.map(\.dayNumber),
                rates: try list.map { rate in
                    guard let units = rate.rate.rescaled(to: rateScale)?.units else {
                        throw QueryError.unsupported("the rate \(rate.rate) of \(code) has too many digits")
                    }
                    return units
                })
        }
        fixedDay = semantics.fx == .asOf ? calendar.zone.dayNumber(at: semantics.asOf) : nil
    }

    /// The currency and the native units of a purchase row; 0 for a missing amount.
    func purchase(_ row: Int, _ columns: PurchaseColumns) -> (currency: Int, units: Int128) {
        let units = columns.amounts[row]
        let currency = purchaseCurrencies[columns.currencies.map { Int($0.codes[row]) } ?? 0]
        return (currency, units == .min ? 0 : Int128(units) * Int128(purchaseFactor))
    }

    /// What a refund row gives back, not negative; 0 for a missing amount. Currency -1 is the purchase's.
    func refund(_ row: Int, _ columns: RefundColumns) -> (currency: Int, units: Int128) {
        let units = columns.amounts[row] == .min ? 0 : columns.amounts[row]
        let currency = refundCurrencies[columns.currencies.map { Int($0.codes[row]) } ?? 0]
        return (currency, Int128(units.magnitude) * Int128(refundFactor))
    }

    /// Native units in the display currency, at `displayScale`; nil where no rate is in force on that day.
    func converted(_ units: Int128, currency: Int, day: Int) -> Int128? {
        switch rates[currency] {
        case .one(let factor): return units * factor
        case .table(let days, let rates):
            let wanted = fixedDay ?? day
            var low = 0
            var high = days.count
            while low < high {
                let middle = (low + high) / 2
                if days[middle] <= wanted { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? nil : units * rates[low - 1]
        }
    }

    func missingRate(currency: Int, day: Int) -> QueryError {
        .missingRate(
            currency: currencies[currency], date: CivilDate(dayNumber: fixedDay ?? day).description, display: display)
    }
}
