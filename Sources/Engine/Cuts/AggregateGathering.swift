import Quantities
import Queries

/// One thread's part of the pass that finds quantiles: some aggregates of the buyers it has visited, in no order.
///
/// It holds eight bytes for each buyer and aggregate, and 32 for each buyer where revenue is among them.
final class AggregateGathering {
    private let batch: CustomerBatch
    private let aggregates: [Aggregate]
    /// By aggregate, where it is no money: counts, microseconds.
    private var words: [[Int64]]
    /// Revenue by purchases, for both aggregates of money.
    private var money: [Quotient] = []
    private let hasMoney: Bool

    /// - Parameter plan: one that gathers these aggregates.
    init(_ plan: EvaluationPlan, _ aggregates: [Aggregate]) {
        batch = CustomerBatch(plan)
        self.aggregates = aggregates
        words = aggregates.map { _ in [] }
        hasMoney = aggregates.contains { $0.fact == nil }
    }

    /// Adds the buyers among some customers.
    ///
    /// - Throws: `QueryError` where a rate is missing that the revenue of one of them needs.
    func visit(_ customers: Range<Int>) throws {
        batch.load(customers)
        let purchases = batch.countedCount
        for (position, aggregate) in aggregates.enumerated() {
            guard let (fact, _) = aggregate.fact else { continue }
            let word = batch.reading(fact)
            for customer in 0..<batch.customerCount where purchases[customer] > 0 {
                let found = word(customer)
                // Who has none is in no quantile.
                if found != .min { words[position].append(found) }
            }
        }
        guard hasMoney else { return }
        for customer in 0..<batch.customerCount where purchases[customer] > 0 {
            if let revenue = batch.revenue[customer] {
                money.append(Quotient(revenue, by: Int64(purchases[customer])))
            } else if let error = batch.missingRevenue(of: customer) {
                throw error
            }
        }
    }

    /// The quantiles of the aggregate at that position over what all threads have gathered; empty for no buyers.
    static func quantiles(
        _ shares: [ExactDecimal], of aggregate: Aggregate, at position: Int, _ all: [AggregateGathering]
    ) -> [Quotient] {
        switch aggregate {
        case .revenue:
            var selection = RankSelection(all.flatMap { $0.money.map(\.numerator) })
            return selection.quantiles(shares).map { Quotient($0, by: 1) }
        case .averagePurchaseValue:
            var selection = RankSelection(all.flatMap(\.money))
            return selection.quantiles(shares)
        case .purchases, .canceledPurchases, .daysSinceFirstPurchase, .daysSinceLastPurchase, .expectedOrders,
            .expectedValue, .noOrderChance:
            var selection = RankSelection(all.flatMap { $0.words[position] })
            return selection.quantiles(shares).map { Quotient(Int128($0), by: 1) }
        }
    }
}
