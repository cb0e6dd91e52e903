package import Quantities

/// Exact rates into one currency: `amount in it = amount * rate`.
package struct RateTable: Codable, Hashable, Sendable {
    /// By currency, ascending by date. A rate holds from its date until the next one of that currency.
    package var rates: [String: [Rate]]

    package struct Rate: Codable, Hashable, Sendable {
        /// Days since 1970-01-01, in the evaluation's timezone.
        package var dayNumber: Int
        package var rate: ExactDecimal

        package init(dayNumber: Int, rate: ExactDecimal) {
            self.dayNumber = dayNumber
            self.rate = rate
        }
    }

    package init(rates: [String: [Rate]] = [:]) {
        self.rates = rates
    }

    /// The digits after the point that every rate fits in; the scale of converted sums grows by it.
    package var scale: Int { rates.values.joined().map(\.rate.normalized.scale).max() ?? 0 }

    /// The rate in force on a day: the newest one dated on or before it; nil where there is none.
    package func rate(of currency: String, onDay dayNumber: Int) -> ExactDecimal? {
        rates[currency]?.last { $0.dayNumber <= dayNumber }?.rate
    }
}

/// A project's rates by the currency that they lead into. There are no others: no rate is made of two others, or of the
/// reverse of one, as nobody has said that it held.
package struct RateBook: Codable, Hashable, Sendable {
    package var tables: [String: RateTable]

    package init(tables: [String: RateTable] = [:]) {
        self.tables = tables
    }

    package var isEmpty: Bool { tables.isEmpty }

    /// What amounts can be shown in: a project's own currency, then the others in order.
    package func currencies(first own: String) -> [String] {
        [own] + tables.keys.filter { $0 != own }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The rates into a currency; empty where there are none.
    package func table(into currency: String) -> RateTable { tables[currency] ?? RateTable() }
}
