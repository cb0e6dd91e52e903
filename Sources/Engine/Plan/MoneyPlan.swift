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
    /// By dictionary code of the purchases' currency, the position of the currency.
    let purchaseCurrencies: [Int32]
    /// The same for refunds; -1 stands for the currency of the purchase.
    let refundCurrencies: [Int32]
    let purchaseFactor: Int64
    let refundFactor: Int64
    private let rates: [Rates]
    /// The rates as words by code of the purchases' currency, for the days that the calendar has a table for.
    let purchaseWords: RateWords
    /// With `fx: as_of` the day whose rates convert everything.
    private let fixedDay: Int?

    private enum Rates: Sendable {
        case one(Int128)
        case table(days: [Int], rates: [Int128])

        /// The largest of all days.
        var largest: Int128 {
            switch self {
            case .one(let factor): factor
            case .table(_, let rates): rates.max() ?? 0
            }
        }

        /// The newest rate that is in force on a day; nil where none is.
        func rate(onDay day: Int) -> Int128? {
            switch self {
            case .one(let factor): return factor
            case .table(let days, let rates):
                var low = 0
                var high = days.count
                while low < high {
                    let middle = (low + high) / 2
                    if days[middle] <= day { low = middle + 1 } else { high = middle }
                }
                return low == 0 ? nil : rates[low - 1]
            }
        }
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
        func positionsOfCodes(_ dictionary: TextDictionary?, missing: Int) -> [Int32] {
            guard let dictionary, dictionary.count > 0 else { return [Int32(missing)] }
            return [Int32(missing)] + (1...UInt32(dictionary.count)).map { Int32(position(dictionary.text(of: $0))) }
        }
        let fallback = position(semantics.defaultCurrency)
        purchaseCurrencies = positionsOfCodes(purchases.currency?.dictionary, missing: fallback)
        // A refund without currency has that of its purchase: -1.
        refundCurrencies = positionsOfCodes(refunds?.currency?.dictionary, missing: -1)
        self.currencies = currencies

        let used = semantics.rates.rates.filter { currencies.contains($0.key) && $0.key != semantics.displayCurrency }
        let rateScale = RateTable(rates: used).scale
        displayScale = scale + rateScale
        let rates = try currencies.map { code -> Rates in
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
        self.rates = rates
        let fixedDay = semantics.fx == .asOf ? calendar.zone.dayNumber(at: semantics.asOf) : nil
        self.fixedDay = fixedDay
        let currencyOfCode = purchaseCurrencies
        purchaseWords = RateWords(
            currencies: currencyOfCode.count, days: calendar.days, largest: rates.map(\.largest).max() ?? 0
        ) { code, day in
            rates[Int(currencyOfCode[code])].rate(onDay: fixedDay ?? day)
        }
    }

    /// Native units in the display currency, at `displayScale`; nil where no rate is in force on that day.
    func converted(_ units: Int128, currency: Int, day: Int) -> Int128? {
        rates[currency].rate(onDay: fixedDay ?? day).map { units * $0 }
    }

    func missingRate(currency: Int, day: Int) -> QueryError {
        .missingRate(
            currency: currencies[currency], date: CivilDate(dayNumber: fixedDay ?? day).description, display: display)
    }
}

/// Rates by currency and day as 64-bit words, one load each.
struct RateWords: Sendable {
    let firstDay: Int
    let dayCount: Int
    /// `words[currency * dayCount + day - firstDay]`; `Int64.min` where no rate is in force.
    let words: [Int64]
    /// The largest rate; nil where some rate has more than 63 bits, and the words can not be used.
    let largest: Int64?
    /// More are no currencies, and their table would not stay in the cache.
    private static let mostCurrencies = 256

    init(
        currencies: Int, days: ClosedRange<Int>, largest: Int128, rate: (_ currency: Int, _ day: Int) -> Int128?
    ) {
        firstDay = days.lowerBound
        dayCount = days.count
        guard currencies <= RateWords.mostCurrencies, let most = Int64(exactly: largest) else {
            (words, self.largest) = ([], nil)
            return
        }
        self.largest = most
        var words: [Int64] = []
        words.reserveCapacity(currencies * days.count)
        each(currencies) { currency in
            for day in days { words.append(rate(currency, day).map { Int64($0) } ?? .min) }
        }
        self.words = words
    }
}
