/// Repeat purchases of the whole base week by week, those that were and those that a model expects: it sees only when
/// customers came.
package struct Tracking: Sendable {
    package struct Week: Hashable, Sendable {
        /// Weeks since the first purchase of all.
        package var week: Int
        /// Repeat purchases up to its end.
        package var actual: Int
        package var expected: Double
    }

    package let weeks: [Week]

    /// - Parameters:
    ///   - firsts: how many customers have their first purchase on a day, by days since the first of all.
    ///   - repeats: repeat purchases by day, as well.
    ///   - days: how many days are tracked.
    package init(_ model: BetaGeometric, firsts: [Int: Int], repeats: [Int: Int], days: Int) {
        let count = days / Int(daysPerWeek)
        var actual = 0
        var day = 0
        // What a customer has bought some days after the first purchase.
        let expected = (0...max(1, days)).map { model.newCustomerPurchases(within: Double($0) / daysPerWeek) }
        let starts = firsts.sorted { $0.key < $1.key }
        weeks = (1...max(1, count)).map { week in
            let end = week * Int(daysPerWeek)
            while day < end {
                actual += repeats[day] ?? 0
                day += 1
            }
            // Those of a day are tracked from its end on.
            let sum = starts.prefix { $0.key < end }.reduce(0.0) { $0 + Double($1.value) * expected[end - 1 - $1.key] }
            return Week(week: week, actual: actual, expected: sum)
        }
    }
}
