import Foundation

/// A range that a number is expected in, with 90 % probability.
package struct Interval: Hashable, Sendable {
    package var low: Double
    package var high: Double

    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    package func contains(_ value: Double) -> Bool { value >= low && value <= high }
}

/// Ranges of sums over customers. Two things are uncertain: the parameters, and what customers do given them.
///
/// Parameters are drawn from the normal approximation of their logarithms; for each draw the sum's expectation is computed.
/// Given the parameters, a sum over customers has a known mean and variance (`BetaGeometric.momentsWhileAlive`) and a known
/// chance of being nothing; what is not nothing is drawn from the gamma distribution with these: skewed for few customers
/// and normal for many. A sum over a few customers is drawn customer by customer (`FewCustomers.swift`).
package struct Intervals: Sendable {
    let timing: [BetaGeometric]
    let spend: [GammaGamma?]
    let fitted: (timing: BetaGeometric, spend: SpendModel)
    let horizon: Horizon

    private static let draws = 400
    /// Of each draw of parameters.
    private static let outcomes = 10
    /// Histories that a draw is computed for; more are put together.
    private static let mostCells = 1_500
    private static let mostDiscountedCells = 300

    /// Above this, what a draw does to near orders and to far ones differs: each draw is discounted by itself.
    private var isStronglyDiscounted: Bool { horizon.discount * horizon.weeks > 0.3 }

    /// - Returns: nil where the timing model's parameters cannot be told apart: there is no range then.
    package init?(_ fit: Fit<BetaGeometric>, _ spend: SpendModel, within horizon: Horizon) {
        guard fit.isIdentified, let timingRoot = fit.covariance?.cholesky else { return nil }
        var random = RandomNumbers(seed: 0x7E4_0BE)
        fitted = (fit.model, spend)
        self.horizon = horizon
        let spendRoot: [[Double]]? =
            if case .fitted(let fit) = spend, fit.isIdentified { fit.covariance?.cholesky } else { nil }
        var timing: [BetaGeometric] = []
        var amounts: [GammaGamma?] = []
        for _ in 0..<(Intervals.draws / 2) {
            // Each draw with its mirror image: their mean is that of the fit.
            let (z, y) = ((0..<4).map { _ in random.normal() }, (0..<3).map { _ in random.normal() })
            for sign in [1.0, -1.0] {
                let at = Intervals.moved(fit.model.parameters, timingRoot, z, sign)
                timing.append(BetaGeometric(fit.model.variant, r: at[0], alpha: at[1], a: at[2], b: at[3]))
                if let model = spend.model {
                    let at = spendRoot.map { Intervals.moved(model.parameters, $0, y, sign) } ?? model.parameters
                    amounts.append(GammaGamma(p: at[0], q: at[1], gamma: at[2]))
                } else {
                    amounts.append(nil)
                }
            }
        }
        self.timing = timing
        self.spend = amounts
    }

    private static func moved(_ parameters: [Double], _ root: [[Double]], _ z: [Double], _ sign: Double) -> [Double] {
        parameters.indices.map { row in
            parameters[row] * exp(sign * (0...row).reduce(0) { $0 + root[row][$1] * z[$1] })
        }
    }

    /// Of the orders and of the value of all customers of the cells together.
    ///
    /// - Returns: the value's is nil where the spend model was refused.
    package func ranges(of cells: [CustomerCell]) -> (orders: Interval, value: Interval?) {
        let customers = cells.reduce(0) { $0 + $1.customers }
        if customers <= Intervals.mostDrawnCustomers { return drawnRanges(of: cells) }
        let parts = CoarseCell.cells(
            of: cells, most: isStronglyDiscounted ? Intervals.mostDiscountedCells : Intervals.mostCells)
        let center = sums(parts, fitted.timing, fitted.spend.model)
        var exact = Expectations(fitted.timing, fitted.spend, within: horizon)
        let expected = exact.value(of: cells)
        let variances = variances(cells)
        let nothing = exp(cells.reduce(0) { $0 + Double($1.customers) * log(noOrderChance($1)) })
        var random = RandomNumbers(seed: 0x0DDB_A11)
        var (orders, values): ([Double], [Double]) = ([], [])
        for (timing, spend) in zip(timing, self.spend) {
            let drawn = sums(parts, timing, spend)
            let mean = center.orders > 0 ? expected.orders * drawn.orders / center.orders : 0
            let worth = expected.value.map { center.value > 0 ? $0 * drawn.value / center.value : 0 }
            for _ in 0..<Intervals.outcomes {
                // Nothing is ordered, and nothing is paid.
                if nothing > Intervals.leastChance, random.uniform() < nothing {
                    orders.append(0)
                    values.append(0)
                    continue
                }
                orders.append(Intervals.outcome(mean, variances.orders, nothing, &random))
                if let worth { values.append(Intervals.outcome(worth, variances.value, nothing, &random)) }
            }
        }
        return (Intervals.range(&orders), expected.value == nil ? nil : Intervals.range(&values))
    }

    private static let leastChance = 1e-6

    private func noOrderChance(_ cell: CustomerCell) -> Double {
        fitted.timing.noPurchaseProbability(
            frequency: cell.history.frequency, recency: Double(cell.history.recency) / daysPerWeek,
            age: Double(cell.history.age) / daysPerWeek, within: horizon.weeks)
    }

    /// Of a sum that is above 0.
    ///
    /// - Parameters:
    ///   - mean, variance: of the sum, whether it is above 0 or not.
    ///   - nothing: the chance that it is not.
    private static func outcome(
        _ mean: Double, _ variance: Double, _ nothing: Double, _ random: inout RandomNumbers
    ) -> Double {
        let given = nothing > leastChance ? mean / max(1 - nothing, leastChance) : mean
        let square = (variance + mean * mean) / (nothing > leastChance ? max(1 - nothing, leastChance) : 1)
        let spread = square - given * given
        guard given > 0, spread > 0 else { return max(0, given) }
        return random.gamma(shape: given * given / spread) * spread / given
    }

    /// The outcomes between which nine of ten lie, the outer ones where that is between two.
    static func range(_ values: inout [Double]) -> Interval {
        values.sort()
        let last = Double(values.count - 1)
        return Interval(low: values[Int(0.05 * last)], high: values[Int((0.95 * last).rounded(.up))])
    }

    /// Expected orders, and their discounted value.
    private func sums(
        _ cells: [CoarseCell], _ timing: BetaGeometric, _ spend: GammaGamma?
    ) -> (orders: Double, value: Double) {
        var (orders, value) = (0.0, 0.0)
        for cell in cells {
            let alive = timing.aliveProbability(frequency: cell.frequency, recency: cell.recency, age: cell.age)
            let purchases: (all: Double, discounted: Double)
            if isStronglyDiscounted {
                purchases = timing.purchasesWhileAlive(frequency: cell.frequency, age: cell.age, within: horizon)
            } else {
                let all = timing.purchasesWhileAlive(
                    frequency: cell.frequency, age: cell.age, within: horizon.weeks)
                purchases = (all, all)
            }
            let (all, worth) = (alive * purchases.all, alive * purchases.discounted)
            guard all.isFinite, worth.isFinite else { continue }
            orders += all * cell.customers
            // Without a model every customer pays the same.
            let amounts = spend.map {
                $0.expectedAmounts(customers: cell.customers, frequency: cell.frequency, spend: cell.spend) ?? 0
            }
            value += worth * (amounts ?? cell.customers)
        }
        return (orders, value)
    }

    /// Of purchases while alive, and the share of them that discounting leaves.
    func moments(_ frequency: Int, _ age: Double) -> (mean: Double, square: Double, share: Double) {
        let moments = fitted.timing.momentsWhileAlive(frequency: frequency, age: age, within: horizon.weeks)
        let purchases = fitted.timing.purchasesWhileAlive(frequency: frequency, age: age, within: horizon)
        return (moments.mean, moments.square, purchases.all > 0 ? purchases.discounted / purchases.all : 1)
    }

    /// Of what customers do, given the parameters.
    private func variances(_ cells: [CustomerCell]) -> (orders: Double, value: Double) {
        var (orders, value) = (0.0, 0.0)
        var known: [Int: (mean: Double, square: Double, share: Double)] = [:]
        let timing = fitted.timing
        for cell in cells {
            let history = cell.history
            let age = Double(history.age) / daysPerWeek
            let key = history.frequency << 24 | history.age
            let moments = known[key] ?? moments(history.frequency, age)
            known[key] = moments
            // What is left of a value by discounting, as of its expectation.
            let left = moments.share * moments.share
            let alive = timing.aliveProbability(
                frequency: history.frequency, recency: Double(history.recency) / daysPerWeek, age: age)
            let (mean, square) = (alive * moments.mean, alive * moments.square)
            let n = Double(cell.customers)
            orders += n * (square - mean * mean)
            switch fitted.spend {
            case .refused: break
            case .constant(let amount): value += left * n * amount * amount * (square - mean * mean)
            case .fitted(let fit):
                // ν is gamma distributed given the history: 1/ν has these moments (of the second, where there is one).
                let model = fit.model
                let x = Double(history.frequency)
                let shape = model.p * x + model.q
                let first = 1 / max(shape - 1, 0.05)
                let second = first / max(shape - 2, 0.1)
                // Σ (γ + spend)² over the customers.
                let squares = n * model.gamma * model.gamma + 2 * model.gamma * cell.spend + cell.spendSquares
                value +=
                    left * squares
                    * (second * (model.p * mean + model.p * model.p * square) - first * first * model.p * model.p * mean
                        * mean)
            }
        }
        return (orders, value)
    }
}

/// Customers with similar histories.
private struct CoarseCell {
    var frequency: Int
    /// In weeks.
    var recency: Double
    var age: Double
    var customers: Double
    var spend: Double

    /// Cells as they are, or put together where there are more than `most`: by frequency, and by bands of age and of the time
    /// since the last purchase.
    static func cells(of cells: [CustomerCell], most: Int) -> [CoarseCell] {
        let oldest = max(1, cells.map(\.history.age).max() ?? 1)
        var result: [CoarseCell] = []
        var bands = cells.count <= most ? 0 : 24
        repeat {
            result = merged(cells, bands, oldest)
            bands = bands * 3 / 4
        } while result.count > most && bands >= 4
        return result
    }

    private static func merged(_ cells: [CustomerCell], _ bands: Int, _ oldest: Int) -> [CoarseCell] {
        var places: [Int: Int] = [:]
        var result: [CoarseCell] = []
        for (index, cell) in cells.enumerated() {
            let history = cell.history
            var key = index
            var frequency = history.frequency
            if bands > 0 {
                // Frequencies above 12 by steps of a tenth.
                if frequency > 12 { frequency = Int(exp((log(Double(frequency)) * 10).rounded() / 10).rounded()) }
                let gone = history.age - history.recency
                key =
                    frequency << 24 | (history.age * bands / (oldest + 1)) << 12
                    | (history.age == 0 ? 0 : gone * bands / (history.age + 1))
            }
            let n = Double(cell.customers)
            let (recency, age) = (Double(history.recency) / daysPerWeek, Double(history.age) / daysPerWeek)
            if let place = places[key] {
                let known = result[place]
                let share = n / (known.customers + n)
                result[place].recency += (recency - known.recency) * share
                result[place].age += (age - known.age) * share
                result[place].customers += n
                result[place].spend += cell.spend
            } else {
                places[key] = result.count
                result.append(
                    CoarseCell(frequency: frequency, recency: recency, age: age, customers: n, spend: cell.spend))
            }
        }
        return result
    }
}
