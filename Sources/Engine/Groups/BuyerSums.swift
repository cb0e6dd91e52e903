import EventStores
import Quantities
import Queries

/// The histories of buyers: one walk over the purchases of each, which are in the order of time.
struct BuyerSums {
    private let calibration: Int32?
    private let scale: Int
    private let isNet: Bool
    private let window: Range<Int64>
    /// The segmentations that are told, where the plan has them.
    private let segmentations: [(id: String, index: Int)]
    /// One for each batch, by its first customer.
    private var parts: [(first: Int, summaries: BuyerSummaries)] = []
    /// By purchase of the batch: what was given back on it.
    private var givenBack: [Int128] = []

    init(_ question: BuyerQuestion, _ plan: EvaluationPlan) {
        calibration = question.calibration.map { Int32($0) }
        scale = plan.money.displayScale
        isNet = plan.semantics.revenueBasis == .net
        let bounds = plan.semantics.window
        window = bounds.from.microseconds..<max(bounds.from, bounds.to).microseconds
        // Segments by purchase are not those of `as_of`: the engine looks for these itself.
        segmentations =
            plan.consentsAtPurchase
            ? []
            : plan.segmentations.enumerated().compactMap { index, segmentation in
                question.segmentations.contains(segmentation.id) ? (segmentation.id, index) : nil
            }
    }

    /// The first buyer with an amount that has no rate.
    func missingRate(_ batch: CustomerBatch) -> (customer: Int, error: QueryError)? {
        for customer in 0..<batch.customerCount where batch.countedCount[customer] > 0 {
            if let error = batch.missingRate(of: customer) { return (customer, error) }
        }
        return nil
    }

    mutating func add(_ batch: CustomerBatch) {
        addRefunds(batch)
        var found = BuyerSummaries(scale: scale)
        for customer in 0..<batch.customerCount where batch.countedCount[customer] > 0 { add(customer, batch, &found) }
        for (id, index) in segmentations {
            let lanes = batch.segments[index]
            let first = batch.customers.lowerBound
            found.segments[id] = found.customers.map { lanes[Int($0) - first] }
        }
        parts.append((batch.customers.lowerBound, found))
    }

    mutating func merge(_ other: BuyerSums) { parts += other.parts }

    /// All buyers in the order of customers; what was added up is given away.
    mutating func result() -> BuyerSummaries {
        let ordered = parts.sorted { $0.first < $1.first }.map(\.summaries)
        parts = []
        return BuyerSummaries(joining: ordered, scale: scale)
    }

    private mutating func addRefunds(_ batch: CustomerBatch) {
        givenBack.removeAll(keepingCapacity: true)
        guard isNet, batch.refundCount > 0 else { return }
        givenBack.append(contentsOf: repeatElement(0, count: batch.purchaseCount))
        for refund in 0..<batch.refundCount {
            let purchase = Int(batch.refundPurchase[refund])
            if purchase >= 0 { givenBack[purchase] += batch.refundDisplayAmount(refund) }
        }
    }

    /// The purchase's amount without what was given back.
    private func amount(_ lane: Int, _ batch: CustomerBatch) -> Int128 {
        batch.displayAmount(lane) - (givenBack.isEmpty ? 0 : givenBack[lane])
    }

    private func add(_ customer: Int, _ batch: CustomerBatch, _ result: inout BuyerSummaries) {
        let start = Int(batch.countedBefore[Int(batch.starts[customer])])
        let end = start + Int(batch.countedCount[customer])
        let first = batch.day[Int(batch.countedList[start])]
        var known = Sums(day: first)
        var all = Sums(day: first)
        var later: (days: Int32, spend: Int128) = (0, 0)
        var activity = BuyerSummaries.Activity.none
        for place in start..<end {
            let lane = Int(batch.countedList[place])
            if window.contains(batch.time[lane]), activity == .none {
                activity = place == start ? .acquired : .active
            }
            let day = batch.day[lane]
            let amount = amount(lane, batch)
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
        result.revenues.append(revenue(of: customer, batch))
        result.activities.append(activity)
        guard let calibration else { return }
        let isKnown = first <= calibration
        result.calibration.lastDays.append(known.last)
        result.calibration.repeats.append(isKnown ? known.repeats : -1)
        result.calibration.repeatSpends.append(money(known.repeatSpend))
        result.calibration.later.append(later.days)
        result.calibration.laterSpends.append(isKnown ? money(later.spend) : 0)
    }

    /// Everything in the revenue: also what is no purchase for counts, such as a negative one.
    private func revenue(of customer: Int, _ batch: CustomerBatch) -> Int128 {
        var sum: Int128 = 0
        for lane in Int(batch.starts[customer])..<Int(batch.starts[customer + 1])
        where batch.status[lane] <= CustomerBatch.Status.uncounted {
            sum += amount(lane, batch)
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
