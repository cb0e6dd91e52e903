/// One customer as the forecast looks at it, or several who bought on the same one day.
package struct ForecastCustomer: Hashable, Sendable {
    /// The day of the first purchase, since the first of all customers.
    package var firstDay: Int
    package var customers: Int
    /// Up to the day of the evaluation.
    package var history: BuyerHistory
    /// What repeat purchases amount to.
    package var spend: Double
    /// The same up to the end of the calibration; nil for customers who came after it.
    package var calibration: BuyerHistory?
    package var calibrationSpend: Double
    /// Days with a purchase after the calibration, and what they amount to.
    package var later: Int
    package var laterSpend: Double

    package init(
        firstDay: Int, history: BuyerHistory, spend: Double, calibration: BuyerHistory? = nil,
        calibrationSpend: Double = 0, later: Int = 0, laterSpend: Double = 0, customers: Int = 1
    ) {
        precondition(customers == 1 || history.frequency == 0, "of repeat buyers each is told")
        self.firstDay = firstDay
        self.customers = customers
        self.history = history
        self.spend = spend
        self.calibration = calibration
        self.calibrationSpend = calibrationSpend
        self.later = later
        self.laterSpend = laterSpend
    }
}

/// All that a forecast needs of a project's purchases: grouped, so that it has the size of what differs, and not of the
/// number of customers.
package struct CustomerBase: Sendable {
    package let cells: [CustomerCell]
    package let groups: BuyerGroups
    package let spends: SpendHistories
    /// The known period at the end, that forecasts are held against; nil where there is none.
    package let known: KnownPeriod?
    /// Customers by the day of their first purchase, and repeat purchases by day, since the first purchase of all.
    package let firsts: [Int: Int]
    package let repeats: [Int: Int]
    /// From the first purchase of all to the day of the evaluation.
    package let days: Int
    /// Rank correlation of the number of repeat purchases and their mean amount; nil where it cannot be computed.
    package let rankCorrelation: Double?

    /// The calibration, and what came after it.
    package struct KnownPeriod: Sendable {
        package let cells: [HoldoutCell]
        package let groups: BuyerGroups
        package let spends: SpendHistories
        package let days: Int
    }

    /// - Parameters:
    ///   - repeats: repeat purchases by day since the first purchase of all.
    ///   - days: from the first purchase of all to the day of the evaluation.
    ///   - knownDays: how long the period after the calibration is; nil where nothing is held out.
    package init(
        _ customers: some Collection<ForecastCustomer>, repeats: [Int: Int], days: Int, knownDays: Int?
    ) {
        cells = customers.lazy.map { CustomerCell($0.history, customers: $0.customers, spend: $0.spend) }.merged()
        groups = BuyerGroups(groups: cells.map { BuyerGroup($0.history, customers: $0.customers) })
        spends = SpendHistories(customers.lazy.map { ($0.history.frequency, $0.spend) })
        var firsts: [Int: Int] = [:]
        for customer in customers { firsts[customer.firstDay, default: 0] += customer.customers }
        self.firsts = firsts
        self.repeats = repeats
        self.days = days
        rankCorrelation = RankCorrelation.spearman(
            customers.lazy.filter { $0.history.frequency > 0 && $0.spend > 0 }.map {
                (Double($0.history.frequency), $0.spend / Double($0.history.frequency))
            })
        known = knownDays.map { KnownPeriod(customers, days: $0) }
    }
}

extension CustomerBase.KnownPeriod {
    fileprivate init(_ customers: some Collection<ForecastCustomer>, days: Int) {
        self.days = days
        var known: [HoldoutCell] = []
        known.reserveCapacity(customers.count)
        for customer in customers {
            guard let history = customer.calibration else { continue }
            known.append(
                HoldoutCell(
                    history, later: customer.later, customers: customer.customers, spend: customer.calibrationSpend,
                    laterSpend: customer.laterSpend))
        }
        groups = BuyerGroups(groups: known.map { BuyerGroup($0.history, customers: $0.customers) })
        spends = SpendHistories(known.lazy.map { ($0.history.frequency, $0.spend) })
        cells = HoldoutCell.merged(known)
    }
}

extension HoldoutCell {
    /// One cell for customers with the same history and as many later purchases, in that order.
    static func merged(_ cells: [HoldoutCell]) -> [HoldoutCell] {
        let sorted = cells.sorted { a, b in
            (a.history.frequency, a.history.recency, a.history.age, a.later, a.spend, a.laterSpend)
                < (b.history.frequency, b.history.recency, b.history.age, b.later, b.spend, b.laterSpend)
        }
        var result: [HoldoutCell] = []
        for cell in sorted {
            if let last = result.indices.last, result[last].history == cell.history, result[last].later == cell.later {
                result[last].customers += cell.customers
                result[last].spend += cell.spend
                result[last].laterSpend += cell.laterSpend
            } else {
                result.append(cell)
            }
        }
        return result
    }
}
