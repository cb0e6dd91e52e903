/// Repeat purchases of the whole base as time goes by, those that were and those that a model expects: it sees only when
/// customers came.
package struct Tracking: Sendable {
    package struct Point: Hashable, Sendable {
        /// Days since the first purchase of all, not included: what came before this day is in the sums.
        package var end: Int
        /// Repeat purchases before it.
        package var actual: Int
        package var expected: Double
    }

    private let model: BetaGeometric
    private let firsts: [(day: Int, customers: Int)]
    private let repeats: [(day: Int, purchases: Int)]
    /// How many days are tracked, that of the evaluation included.
    package let days: Int

    /// - Parameters:
    ///   - firsts: how many customers have their first purchase on a day, by days since the first of all.
    ///   - repeats: repeat purchases by day, as well.
    ///   - days: how many days are tracked.
    package init(_ model: BetaGeometric, firsts: [Int: Int], repeats: [Int: Int], days: Int) {
        self.model = model
        self.firsts = firsts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        self.repeats = repeats.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        self.days = days
    }

    /// - Parameter ends: ascending, at most `days`.
    package func points(at ends: [Int]) -> [Point] {
        // What a customer has bought some days after the first purchase.
        let expected = (0...max(1, ends.last ?? 1)).map {
            model.newCustomerPurchases(within: Double($0) / daysPerWeek)
        }
        var (actual, next) = (0, 0)
        return ends.map { end in
            while next < repeats.count, repeats[next].day < end {
                actual += repeats[next].purchases
                next += 1
            }
            // Customers of a day are tracked from its end on.
            let sum = firsts.prefix { $0.day < end }.reduce(0.0) {
                $0 + Double($1.customers) * expected[end - 1 - $1.day]
            }
            return Point(end: end, actual: actual, expected: sum)
        }
    }

    /// At the end of each whole week.
    package var weeks: [Point] { points(at: Array(stride(from: 7, through: days, by: 7))) }
}
