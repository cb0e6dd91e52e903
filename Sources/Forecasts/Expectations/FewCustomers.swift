/// Ranges of sums over so few customers that no distribution of sums fits: the likeliest may be that nobody buys.
extension Intervals {
    /// Customers up to whom each is drawn by itself.
    static let mostDrawnCustomers = 30
    /// Of each draw of parameters.
    private static let drawnOutcomes = 5

    /// Each customer by itself, as the model tells it: whether the customer is still there, the rate of purchases, the chance
    /// of leaving after each, and what each amounts to, all given the history and the parameters drawn.
    func drawnRanges(of cells: [CustomerCell]) -> (orders: Interval, value: Interval?) {
        let shares = cells.map { moments($0.history.frequency, Double($0.history.age) / daysPerWeek).share }
        var random = RandomNumbers(seed: 0xFE_37)
        var (orders, values): ([Double], [Double]) = ([], [])
        for (timing, spend) in zip(timing, self.spend) {
            let alive = cells.map {
                timing.aliveProbability(
                    frequency: $0.history.frequency, recency: Double($0.history.recency) / daysPerWeek,
                    age: Double($0.history.age) / daysPerWeek)
            }
            for _ in 0..<Intervals.drawnOutcomes {
                var (bought, worth) = (0, 0.0)
                for (place, cell) in cells.enumerated() {
                    for _ in 0..<cell.customers where random.uniform() < alive[place] {
                        let purchases = purchases(of: cell, timing, &random)
                        bought += purchases
                        if purchases > 0 { worth += shares[place] * amount(purchases, of: cell, spend, &random) }
                    }
                }
                orders.append(Double(bought))
                values.append(worth)
            }
        }
        var hasValue = true
        if case .refused = fitted.spend { hasValue = false }
        return (Intervals.range(&orders), hasValue ? Intervals.range(&values) : nil)
    }

    /// Of a customer who is still there.
    private func purchases(of cell: CustomerCell, _ timing: BetaGeometric, _ random: inout RandomNumbers) -> Int {
        let frequency = Double(cell.history.frequency)
        let age = Double(cell.history.age) / daysPerWeek
        let rate = random.gamma(shape: timing.r + frequency) / (timing.alpha + age)
        let wanted = random.poisson(min(rate * horizon.weeks, 1e9))
        if wanted == 0 { return 0 }
        let leaving = random.beta(timing.a, timing.b + timing.chances(cell.history.frequency))
        return min(wanted, random.geometric(leaving))
    }

    private func amount(
        _ purchases: Int, of cell: CustomerCell, _ spend: GammaGamma?, _ random: inout RandomNumbers
    ) -> Double {
        if case .constant(let amount) = fitted.spend { return amount * Double(purchases) }
        guard let spend else { return 0 }
        let each = cell.spend / Double(cell.customers)
        let rate =
            random.gamma(shape: spend.p * Double(cell.history.frequency) + spend.q) / (spend.gamma + each)
        return rate > 0 ? random.gamma(shape: spend.p * Double(purchases)) / rate : 0
    }
}
