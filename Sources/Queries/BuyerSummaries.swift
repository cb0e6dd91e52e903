package import Quantities

/// When customers bought and what they spent, one entry a buyer: recency, frequency and monetary value as customer-base
/// models look at them. Purchases of one local day are one; money is in the display currency by the revenue basis, what was
/// given back is taken from the purchase it was paid for.
package struct BuyerSummaries: Sendable, Hashable {
    /// Positions among the engine's customers, ascending: those of memberships.
    package var customers: [Int32] = []
    /// Days since 1970-01-01, in the evaluation's timezone: of the first and the last purchase.
    package var firstDays: [Int32] = []
    package var lastDays: [Int32] = []
    /// Days with a purchase after the first such day.
    package var repeats: [Int32] = []
    /// What the purchases on those days amount to.
    package var repeatSpends: [Double] = []
    /// The customer's revenue, also of what is no purchase for counts; in units of 10^-`scale`.
    package var revenues: [Int128] = []
    /// Where revenues have their point.
    package var scale: Int
    /// The same up to and with a day, where one was named; else empty. Buyers who came later have -1 repeats.
    package var calibration = Calibration()
    /// Repeat purchases of all buyers by day: days since 1970-01-01.
    package var repeatsByDay: [Int32: Int] = [:]

    /// What was known at the end of a day, and what came after.
    package struct Calibration: Sendable, Hashable {
        package var lastDays: [Int32] = []
        package var repeats: [Int32] = []
        package var repeatSpends: [Double] = []
        /// Days with a purchase after that day, and what these amount to.
        package var later: [Int32] = []
        package var laterSpends: [Double] = []

        package init() {}
    }

    package init(scale: Int) { self.scale = scale }

    /// What a buyer's purchases amount to.
    package func revenue(_ index: Int) -> ExactDecimal { ExactDecimal(units: revenues[index], scale: scale) }
}
