extension Forecast {
    /// How many customers have bought again how often, as they are and as the chosen model has customers of these ages.
    ///
    /// - Parameter last: the class that is open above.
    /// - Returns: from 0 to `last`; nil where nothing was fitted.
    package func frequencies(upTo last: Int) -> (actual: [Int], expected: [Double])? {
        guard let model = models?.chosen.model else { return nil }
        var actual = Array(repeating: 0, count: last + 1)
        var ages: [Int: Int] = [:]
        for group in base.groups.groups {
            actual[min(group.history.frequency, last)] += group.customers
            ages[group.history.age, default: 0] += group.customers
        }
        let expected = model.customers(
            byPurchases: last,
            ages: ages.sorted { $0.key < $1.key }.map { (weeks: Double($0.key) / daysPerWeek, customers: $0.value) })
        return (actual, expected)
    }
}
