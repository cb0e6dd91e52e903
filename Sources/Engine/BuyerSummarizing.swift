import EventStores
import Quantities
package import Queries

extension EmbeddedEngine {
    /// When the customers bought up to `as_of`, and what they spent.
    ///
    /// - Parameter calibration: the last day of what is also told by itself, days since 1970-01-01.
    /// - Throws: `QueryError`, also where an amount has no rate.
    package func buyerSummaries(_ evaluation: Evaluation, calibration: Int?) throws -> BuyerSummaries {
        var evaluation = evaluation
        (evaluation.queries, evaluation.customerSegmentations) = ([], [])
        let plan = try EvaluationPlan(evaluation, store: store, cuts: .none)
        let summarizing = BuyerSummarizing(plan, calibration: calibration.map { Int32($0) })
        try visitInOrder(plan) { try summarizing.visit($0) }
        return summarizing.result
    }

    package func customerIDs(_ positions: [Int32]) throws -> [String] {
        try positions.map { try store.customers.ids.text(of: UInt32($0 + 1)) }
    }
}

/// One walk over each buyer's purchases, which are in the order of time.
private final class BuyerSummarizing {
    private let batch: CustomerBatch
    private let calibration: Int32?
    private let scale: Int
    /// By purchase of the batch: what was given back on it.
    private var givenBack: [Int128] = []
    private(set) var result: BuyerSummaries

    init(_ plan: EvaluationPlan, calibration: Int32?) {
        batch = CustomerBatch(plan)
        self.calibration = calibration
        scale = plan.money.displayScale
        result = BuyerSummaries(scale: scale)
    }

    /// - Throws: `QueryError` for the first buyer with an amount that has no rate.
    func visit(_ customers: Range<Int>) throws {
        batch.load(customers)
        addRefunds()
        for customer in 0..<batch.customerCount where batch.countedCount[customer] > 0 {
            if batch.isIncomplete, let error = batch.missingRate(of: customer) { throw error }
            add(customer)
        }
    }

    private func addRefunds() {
        givenBack.removeAll(keepingCapacity: true)
        guard batch.plan.semantics.revenueBasis == .net, batch.refundCount > 0 else { return }
        givenBack.append(contentsOf: repeatElement(0, count: batch.purchaseCount))
        for refund in 0..<batch.refundCount {
            let purchase = Int(batch.refundPurchase[refund])
            if purchase >= 0 { givenBack[purchase] += batch.refundDisplayAmount(refund) }
        }
    }

    private func add(_ customer: Int) {
        let start = Int(batch.countedBefore[Int(batch.starts[customer])])
        let end = start + Int(batch.countedCount[customer])
        let first = batch.day[Int(batch.countedList[start])]
        var known = Sums(day: first)
        var all = Sums(day: first)
        var later: (days: Int32, spend: Int128) = (0, 0)
        for place in start..<end {
            let lane = Int(batch.countedList[place])
            let day = batch.day[lane]
            let amount = batch.displayAmount(lane) - (givenBack.isEmpty ? 0 : givenBack[lane])
            if day > all.last { result.repeatsByDay[day, default: 0] += 1 }
            if let calibration {
                if day <= calibration {
                    known.add(day, amount, first: first)
                } else {
                    if day > all.last { later.days += 1 }
                    later.spend += amount
                }
            }
            all.add(day, amount, first: first)
        }
        result.customers.append(Int32(batch.customers.lowerBound + customer))
        result.firstDays.append(first)
        result.lastDays.append(all.last)
        result.repeats.append(all.repeats)
        result.repeatSpends.append(money(all.repeatSpend))
        result.revenues.append(revenue(of: customer))
        guard let calibration else { return }
        let isKnown = first <= calibration
        result.calibration.lastDays.append(known.last)
        result.calibration.repeats.append(isKnown ? known.repeats : -1)
        result.calibration.repeatSpends.append(money(known.repeatSpend))
        result.calibration.later.append(later.days)
        result.calibration.laterSpends.append(money(later.spend))
    }

    /// Everything in the revenue: also what is no purchase for counts, such as a negative one.
    private func revenue(of customer: Int) -> Int128 {
        var sum: Int128 = 0
        for lane in Int(batch.starts[customer])..<Int(batch.starts[customer + 1])
        where batch.status[lane] <= CustomerBatch.Status.uncounted {
            sum += batch.displayAmount(lane) - (givenBack.isEmpty ? 0 : givenBack[lane])
        }
        return sum
    }

    private func money(_ units: Int128) -> Double { ExactDecimal(units: units, scale: scale).double }

    private struct Sums {
        var last: Int32
        var repeats: Int32 = 0
        var repeatSpend: Int128 = 0

        init(day: Int32) { last = day }

        mutating func add(_ day: Int32, _ amount: Int128, first: Int32) {
            if day > first { repeatSpend += amount }
            if day > last {
                last = day
                repeats += 1
            }
        }
    }
}
