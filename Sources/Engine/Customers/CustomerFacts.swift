import EventStores
import Quantities
import Queries

/// One purchase of the customer at hand, as of the evaluation.
struct Purchase {
    enum Status {
        /// Successful, and a purchase for counts.
        case counted
        /// Successful, and in the revenue, but no purchase for counts: below zero, or zero where that is ignored.
        case uncounted
        case canceled
        case unclassified
    }

    /// The row that is its state.
    var row: Int
    /// Microseconds of its first event, and that instant's local day.
    var time: Int64
    var day: Int
    var status: Status
    var units: Int128
    var currency: Int
    /// Position of its charge kind in `ChargeKind.allCases`, -1 for none.
    var kind: Int
    /// The first charge it belongs to (itself for one), -1 for none.
    var anchor: Int
    /// Position among the purchases that count, -1 for others.
    var counted: Int
}

/// An amount booked at an instant.
struct Posting {
    var purchase: Int
    var time: Int64
    var day: Int
    var currency: Int
    var isRefund: Bool
    /// Native units; what is given back is negative.
    var units: Int128
    /// In the display currency; meaningless without a rate.
    var display: Int128
    var hasRate: Bool
}

/// Everything that queries need of one customer, made once and shared. The arrays are reused from customer to customer.
struct CustomerFacts {
    private(set) var customer = 0
    private(set) var purchases: [Purchase] = []
    private(set) var postings: [Posting] = []
    /// Purchases that count, in the order of their first events.
    private(set) var counted: [Int] = []
    var quality = QualityCounts()

    /// By segmentation: the customer's segment; with `consent_as_of: at_purchase` see `purchaseSegments`.
    private(set) var segments: [Int] = []
    /// By segmentation times purchase.
    private var purchaseSegments: [Int] = []
    private var consentStates: [Int8] = []
    private let consentsAtPurchase: Bool

    private var canceledCount = 0
    /// Revenue by the evaluation's basis in the display currency; nil where a rate is missing.
    private var revenue: Int128? = 0
    /// A condition asked for revenue that a missing rate makes unknown: the evaluation can not be done.
    private(set) var failure: QueryError?
    private var byOrdinal: [Int] = []
    private var clock: DayClock

    init(_ plan: EvaluationPlan) {
        clock = DayClock(plan.calendar.zone)
        consentsAtPurchase = plan.semantics.consentAsOf == .atPurchase
        segments = Array(repeating: 0, count: plan.segmentations.count)
        consentStates = Array(repeating: -1, count: plan.consents.count)
    }

    /// Makes the facts of a customer; false where there is nothing of it to count.
    mutating func load(_ customer: Int, _ plan: EvaluationPlan) throws -> Bool {
        self.customer = customer
        for case .events(let rows) in plan.consents {
            rows.findings(customer: customer, upTo: plan.asOf, &quality)
        }
        purchases.removeAll(keepingCapacity: true)
        postings.removeAll(keepingCapacity: true)
        counted.removeAll(keepingCapacity: true)
        canceledCount = 0
        try loadPurchases(plan)
        loadRefunds(plan)
        if purchases.isEmpty { return false }
        finishPurchases(plan)
        if plan.purchases.charges != nil { anchorCharges(plan) }
        makeSegments(plan)
        return true
    }

    // MARK: - Purchases

    private mutating func loadPurchases(_ plan: EvaluationPlan) throws {
        let columns = plan.purchases
        let states = columns.states
        let rows = Int(columns.offsets[customer])..<Int(columns.offsets[customer + 1])
        byOrdinal.removeAll(keepingCapacity: true)
        byOrdinal.append(contentsOf: repeatElement(-1, count: rows.count))
        for row in rows {
            if columns.timestamps[row] > plan.asOf { break }
            var ordinal = row - rows.lowerBound
            if let states {
                // Intervals are empty for rows that another one of the same instant replaced.
                if states.refunds[row] != 0 || states.supersededAt(ofRow: row) <= plan.asOf { continue }
                ordinal = Int(states.ordinals[row])
            }
            if let exclude = plan.purchases.exclude, exclude.holds(row: row, customer: customer) {
                byOrdinal[ordinal] = -2
                continue
            }
            byOrdinal[ordinal] = row
        }
        for ordinal in byOrdinal.indices where byOrdinal[ordinal] >= 0 {
            let row = byOrdinal[ordinal]
            byOrdinal[ordinal] = appendPurchase(row, plan)
        }
        addNegativeRows(plan, rows)
    }

    /// Appends the purchase of a state row; its position.
    private mutating func appendPurchase(_ row: Int, _ plan: EvaluationPlan) -> Int {
        let (currency, units) = plan.money.purchase(row, plan.purchases)
        let time = plan.purchases.states?.origin(ofRow: row) ?? plan.purchases.timestamps[row]
        var status = Purchase.Status.unclassified
        if plan.purchases.isSuccess(row) {
            if plan.purchases.amounts[row] == .min { quality.add(.purchasesWithoutAmount) }
            status = units > 0 || (units == 0 && plan.purchases.countsZero) ? .counted : .uncounted
            if units < 0 { quality.add(.negativePurchases) }
        } else if plan.purchases.isCanceled(row) {
            status = .canceled
        } else {
            quality.addUnclassified(code: plan.purchases.stateCode(row))
        }
        purchases.append(
            Purchase(
                row: row, time: time, day: clock.day(of: time), status: status, units: units, currency: currency,
                kind: -1, anchor: -1, counted: -1))
        let index = purchases.count - 1
        if status == .counted || status == .uncounted {
            append(index, time: time, units: units, currency: currency, isRefund: false, plan)
        }
        return index
    }

    /// Rows below zero that name a purchase give its money back.
    private mutating func addNegativeRows(_ plan: EvaluationPlan, _ rows: Range<Int>) {
        guard let states = plan.purchases.states else { return }
        for row in rows where states.refunds[row] != 0 {
            let time = plan.purchases.timestamps[row]
            if time > plan.asOf { break }
            let (currency, units) = plan.money.purchase(row, plan.purchases)
            let isNamed = plan.purchases.currencies.map { $0.codes[row] != 0 } ?? false
            addRefund(
                of: Int(states.ordinals[row]), time: time, units: -units, currency: isNamed ? currency : -1, plan)
        }
    }

    private mutating func loadRefunds(_ plan: EvaluationPlan) {
        guard let refunds = plan.refunds else { return }
        for row in Int(refunds.offsets[customer])..<Int(refunds.offsets[customer + 1]) {
            let time = refunds.timestamps[row]
            if time > plan.asOf { break }
            let (currency, units) = plan.money.refund(row, refunds)
            addRefund(of: Int(refunds.purchases[row]), time: time, units: units, currency: currency, plan)
        }
    }

    /// - Parameter units: what is given back, positive.
    private mutating func addRefund(of ordinal: Int, time: Int64, units: Int128, currency: Int, _ plan: EvaluationPlan)
    {
        guard ordinal >= 0, byOrdinal.indices.contains(ordinal), byOrdinal[ordinal] != -1 else {
            quality.add(.refundsWithoutPurchase)
            return
        }
        // Of a test order, or of one that does not count.
        let index = byOrdinal[ordinal]
        guard index >= 0 else { return }
        let purchase = purchases[index]
        guard purchase.status == .counted || purchase.status == .uncounted else { return }
        append(
            index, time: plan.semantics.refundDating == .order ? purchase.time : time, units: -units,
            currency: currency < 0 ? purchase.currency : currency, isRefund: true, plan)
    }

    private mutating func append(
        _ purchase: Int, time: Int64, units: Int128, currency: Int, isRefund: Bool, _ plan: EvaluationPlan
    ) {
        let day = clock.day(of: time)
        let display = plan.money.converted(units, currency: currency, day: day)
        postings.append(
            Posting(
                purchase: purchase, time: time, day: day, currency: currency, isRefund: isRefund, units: units,
                display: display ?? 0, hasRate: display != nil))
    }

    private mutating func finishPurchases(_ plan: EvaluationPlan) {
        for index in purchases.indices {
            if purchases[index].status == .counted {
                purchases[index].counted = counted.count
                counted.append(index)
            } else if purchases[index].status == .canceled {
                canceledCount += 1
            }
        }
        revenue = 0
        for posting in postings where !(posting.isRefund && plan.semantics.revenueBasis == .gross) {
            revenue = posting.hasRate ? revenue.map { $0 + posting.display } : nil
        }
        if postings.contains(where: \.isRefund) {
            for index in purchases.indices {
                var refunded: Int128 = 0
                for posting in postings
                where posting.isRefund && posting.purchase == index && posting.currency == purchases[index].currency {
                    refunded -= posting.units
                }
                if refunded > max(purchases[index].units, 0) { quality.add(.refundsAbovePurchase) }
            }
        }
    }

    // MARK: - Charges

    private mutating func anchorCharges(_ plan: EvaluationPlan) {
        guard let charges = plan.purchases.charges else { return }
        for index in purchases.indices {
            // Cancelled ones too: they are counted as cancelled under the first charge they belong to.
            guard purchases[index].status != .unclassified else { continue }
            let row = purchases[index].row
            purchases[index].kind = charges.kinds.first { $0.test.holds(row) }?.kind ?? -1
        }
        for index in purchases.indices where purchases[index].kind >= 0 {
            if isFirstCharge(index) {
                purchases[index].anchor = index
            } else if purchases[index].kind > 0 {
                purchases[index].anchor = anchor(of: index, charges, plan)
                if purchases[index].anchor < 0, purchases[index].status != .canceled,
                    plan.semantics.attribution == .anchored
                {
                    quality.add(.chargesWithoutFirstCharge)
                }
            }
        }
    }

    private func isFirstCharge(_ index: Int) -> Bool {
        purchases[index].kind == 0 && purchases[index].status == .counted
    }

    private func anchor(of index: Int, _ charges: PurchaseColumns.Charges, _ plan: EvaluationPlan) -> Int {
        if let parents = plan.purchases.states?.parents {
            var current = index
            for _ in 0..<100 {
                let ordinal = Int(parents[purchases[current].row])
                guard ordinal >= 0, byOrdinal.indices.contains(ordinal), byOrdinal[ordinal] >= 0 else { break }
                current = byOrdinal[ordinal]
                if isFirstCharge(current) { return current }
            }
        }
        for link in charges.links {
            let code = link[purchases[index].row]
            if code == 0 { continue }
            var later = -1
            var earlier = -1
            for other in counted where isFirstCharge(other) && link[purchases[other].row] == code {
                if purchases[other].time <= purchases[index].time {
                    earlier = other
                } else if later < 0 {
                    later = other
                }
            }
            if earlier >= 0 { return earlier }
            if later >= 0 { return later }
        }
        return counted.last { isFirstCharge($0) && purchases[$0].time <= purchases[index].time } ?? -1
    }

    // MARK: - Segments

    private mutating func makeSegments(_ plan: EvaluationPlan) {
        for index in consentStates.indices { consentStates[index] = -1 }
        if consentsAtPurchase {
            purchaseSegments.removeAll(keepingCapacity: true)
            purchaseSegments.append(
                contentsOf: repeatElement(0, count: plan.segmentations.count * purchases.count))
            for (index, segmentation) in plan.segmentations.enumerated() {
                for purchase in purchases.indices {
                    purchaseSegments[index * purchases.count + purchase] = segment(segmentation, purchase, plan)
                }
            }
        } else {
            for (index, segmentation) in plan.segmentations.enumerated() {
                segments[index] = segment(segmentation, 0, plan)
            }
        }
    }

    private mutating func segment(
        _ segmentation: EvaluationPlan.SegmentationKernel, _ purchase: Int, _ plan: EvaluationPlan
    ) -> Int {
        for (position, kernel) in segmentation.segments.enumerated() where holds(kernel, purchase, plan) {
            return position
        }
        return segmentation.segments.count
    }

    /// The customer's segment in the segmentation of that position, as seen from a purchase.
    func segment(_ segmentation: Int, ofPurchase purchase: Int) -> Int {
        consentsAtPurchase ? purchaseSegments[segmentation * purchases.count + purchase] : segments[segmentation]
    }

    // MARK: - Conditions

    /// The condition for a purchase and its customer.
    mutating func holds(_ kernel: PredicateKernel, _ purchase: Int, _ plan: EvaluationPlan) -> Bool {
        switch kernel {
        case .all(let parts):
            for part in parts where !holds(part, purchase, plan) { return false }
            return true
        case .any(let parts):
            for part in parts where holds(part, purchase, plan) { return true }
            return false
        case .not(let part): return !holds(part, purchase, plan)
        case .cell(let test): return test.holds(purchases[purchase].row)
        case .property(let test): return test.holds(customer)
        case .consent(let index): return consent(index, purchase, plan)
        case .segment(let index, let answers): return answers[segment(index, ofPurchase: purchase)]
        case .eventSegment(let kernel, let answers):
            return answers[kernel.segment(ofRow: purchases[purchase].row)]
        case .aggregate(let aggregate, let comparison): return holds(aggregate, comparison, plan)
        }
    }

    private mutating func consent(_ index: Int, _ purchase: Int, _ plan: EvaluationPlan) -> Bool {
        if consentsAtPurchase {
            return plan.consents[index].isValid(customer: customer, at: purchases[purchase].time)
        }
        if consentStates[index] < 0 {
            consentStates[index] = plan.consents[index].isValid(customer: customer, at: plan.asOf) ? 1 : 0
        }
        return consentStates[index] == 1
    }

    private mutating func noteMissingRate(_ plan: EvaluationPlan) {
        guard failure == nil, let posting = postings.first(where: { !$0.hasRate }) else { return }
        failure = plan.money.missingRate(currency: posting.currency, day: posting.day)
    }

    private mutating func holds(_ aggregate: Aggregate, _ comparison: Comparison, _ plan: EvaluationPlan) -> Bool {
        switch aggregate {
        case .purchases: return comparison.holds(quotient: ExactDecimal(counted.count), by: 1)
        case .canceledPurchases: return comparison.holds(quotient: ExactDecimal(canceledCount), by: 1)
        case .revenue:
            guard let revenue else {
                noteMissingRate(plan)
                return false
            }
            return comparison.holds(quotient: ExactDecimal(units: revenue, scale: plan.money.displayScale), by: 1)
        case .averagePurchaseValue:
            if revenue == nil { noteMissingRate(plan) }
            guard let revenue, !counted.isEmpty else { return comparison.holds(missing: ()) }
            return comparison.holds(
                quotient: ExactDecimal(units: revenue, scale: plan.money.displayScale), by: Int64(counted.count))
        case .daysSinceFirstPurchase: return holdsDays(since: counted.first, comparison, plan)
        case .daysSinceLastPurchase: return holdsDays(since: counted.last, comparison, plan)
        }
    }

    private func holdsDays(since purchase: Int?, _ comparison: Comparison, _ plan: EvaluationPlan) -> Bool {
        guard let purchase else { return comparison.holds(missing: ()) }
        let elapsed = ExactDecimal(units: Int128(plan.asOf - purchases[purchase].time), scale: 0)
        return comparison.holds(quotient: elapsed, by: 86_400_000_000)
    }
}

extension Comparison {
    /// For the number `numerator / denominator`, compared exactly.
    fileprivate func holds(quotient numerator: ExactDecimal, by denominator: Int64) -> Bool {
        switch self {
        case .atLeast(let limit): return !isLess(numerator, limit, denominator)
        case .greaterThan(let limit): return isLess(limit, numerator, denominator, limitFirst: true)
        case .atMost(let limit): return !isLess(limit, numerator, denominator, limitFirst: true)
        case .lessThan(let limit): return isLess(numerator, limit, denominator)
        case .isIn(let texts): return texts.contains { isEqual(numerator, $0, denominator) }
        case .notIn(let texts): return !texts.contains { isEqual(numerator, $0, denominator) }
        case .exists: return true
        case .missing, .startsWith, .endsWith, .contains, .from, .before, .valid: return false
        }
    }

    private func isEqual(_ numerator: ExactDecimal, _ text: String, _ denominator: Int64) -> Bool {
        guard let limit = ExactDecimal(text), let product = scaled(limit, denominator) else { return false }
        return product == numerator
    }

    /// `numerator / denominator < limit`, or with `limitFirst` the limit (given first) below the quotient.
    private func isLess(
        _ left: ExactDecimal, _ right: ExactDecimal, _ denominator: Int64, limitFirst: Bool = false
    ) -> Bool {
        let limit = limitFirst ? left : right
        let numerator = limitFirst ? right : left
        // A limit too large for 128 bits is far from any number of a customer: its sign decides.
        guard let product = scaled(limit, denominator) else { return limitFirst == (limit.units < 0) }
        return limitFirst ? product < numerator : numerator < product
    }

    private func scaled(_ limit: ExactDecimal, _ factor: Int64) -> ExactDecimal? {
        let (product, overflow) = limit.units.multipliedReportingOverflow(by: Int128(factor))
        return overflow ? nil : ExactDecimal(units: product, scale: limit.scale)
    }
}
