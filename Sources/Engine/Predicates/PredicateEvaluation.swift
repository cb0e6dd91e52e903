import Quantities
import Queries

/// What a condition is asked of: the lanes of its answers.
enum Domain {
    /// Rows of the purchase table, before they are purchases.
    case rows
    case purchases
    case customers
}

/// Masks that nested conditions need for a while.
struct MaskStack {
    private var lanes: [Lanes<UInt8>] = []
    private var used = 0

    mutating func push(_ count: Int) -> Lanes<UInt8> {
        if used == lanes.count { lanes.append(Lanes()) }
        lanes[used].reserve(count)
        used += 1
        return lanes[used - 1]
    }

    mutating func pop(_ count: Int) { used -= count }
}

extension CustomerBatch {
    func laneCount(_ domain: Domain) -> Int {
        switch domain {
        case .rows: rows.count
        case .purchases: purchaseCount
        case .customers: customerCount
        }
    }

    /// Leaves 1 in those lanes of the mask for which the condition holds. Lanes that are 0 are not asked: conditions
    /// are looked at from left to right, and only as far as needed.
    func evaluate(_ kernel: PredicateKernel, _ domain: Domain, _ mask: Lanes<UInt8>) {
        let count = laneCount(domain)
        switch kernel {
        case .all(let parts):
            for part in parts { evaluate(part, domain, mask) }
        case .any(let parts):
            let open = masks.push(count)
            let found = masks.push(count)
            for lane in 0..<count { (open[lane], mask[lane]) = (mask[lane], 0) }
            for part in parts {
                for lane in 0..<count { found[lane] = open[lane] }
                evaluate(part, domain, found)
                for lane in 0..<count {
                    mask[lane] |= found[lane]
                    open[lane] &= ~found[lane]
                }
            }
            masks.pop(2)
        case .not(let part):
            let inner = masks.push(count)
            for lane in 0..<count { inner[lane] = mask[lane] }
            evaluate(part, domain, inner)
            for lane in 0..<count { mask[lane] &= ~inner[lane] }
            masks.pop(1)
        case .cell(let slot, let test): evaluateCell(slot, test, domain, mask)
        case .property(let slot, let test): evaluateProperty(slot, test, domain, mask)
        case .consent(let index): evaluateConsent(index, domain, mask)
        case .segment(let index, let answers):
            let segments = segments[index]
            if plan.consentsAtPurchase || domain == .customers {
                for lane in 0..<count { mask[lane] &= answers[Int(segments[lane])] ? 1 : 0 }
            } else {
                let owner = owner
                for lane in 0..<count { mask[lane] &= answers[Int(segments[Int(owner[lane])])] ? 1 : 0 }
            }
        case .eventSegment(let index, let answers):
            let segments = segments(ofEvents: index, domain)
            for lane in 0..<count { mask[lane] &= answers[Int(segments[lane])] ? 1 : 0 }
        case .fact(let fact, let test):
            let words = self.words(of: fact)
            for lane in 0..<count where mask[lane] != 0 {
                mask[lane] = test.holds(word: words(customer(lane, domain))) ? 1 : 0
            }
        case .revenue(let average, let comparison):
            for lane in 0..<count where mask[lane] != 0 {
                mask[lane] = holdsRevenue(customer(lane, domain), average, comparison) ? 1 : 0
            }
        }
    }

    private func customer(_ lane: Int, _ domain: Domain) -> Int {
        switch domain {
        case .rows: Int(rowOwner[lane])
        case .purchases: Int(owner[lane])
        case .customers: lane
        }
    }

    private func evaluateCell(_ slot: Int, _ test: ValueTest, _ domain: Domain, _ mask: Lanes<UInt8>) {
        let count = laneCount(domain)
        precondition(domain != .customers, "a condition about an event is asked of customers")
        if rows.columns.isText(slot) {
            let codes = domain == .rows ? rows.columns.codes(slot) : codes(slot)
            for lane in 0..<count where mask[lane] != 0 { mask[lane] = test.holds(code: codes[lane]) ? 1 : 0 }
        } else {
            let words = domain == .rows ? rows.columns.words(slot) : words(slot)
            for lane in 0..<count where mask[lane] != 0 { mask[lane] = test.holds(word: words[lane]) ? 1 : 0 }
        }
    }

    private func evaluateProperty(_ slot: Int, _ test: ValueTest, _ domain: Domain, _ mask: Lanes<UInt8>) {
        let count = laneCount(domain)
        if properties.isText(slot) {
            let codes = properties.codes(slot)
            for lane in 0..<count where mask[lane] != 0 {
                mask[lane] = test.holds(code: codes[customer(lane, domain)]) ? 1 : 0
            }
        } else {
            let words = properties.words(slot)
            for lane in 0..<count where mask[lane] != 0 {
                mask[lane] = test.holds(word: words[customer(lane, domain)]) ? 1 : 0
            }
        }
    }

    private func evaluateConsent(_ index: Int, _ domain: Domain, _ mask: Lanes<UInt8>) {
        let count = laneCount(domain)
        if plan.consentsAtPurchase {
            precondition(domain == .purchases, "with consents at the purchase, segments are those of purchases")
            for lane in 0..<count where mask[lane] != 0 {
                mask[lane] = consent(index, customer: Int(owner[lane]), at: time[lane]) ? 1 : 0
            }
            return
        }
        let states = consentStates[index]
        for lane in 0..<count { mask[lane] &= states[customer(lane, domain)] }
    }

    private func words(of fact: CustomerFact) -> (Int) -> Int64 {
        switch fact {
        case .purchases: { [countedCount] in Int64(countedCount[$0]) }
        case .canceledPurchases: { [canceledCount] in Int64(canceledCount[$0]) }
        case .sinceFirstPurchase: { [firstPurchase, time, asOf = plan.asOf] customer in
            firstPurchase[customer] < 0 ? .min : asOf - time[Int(firstPurchase[customer])]
        }
        case .sinceLastPurchase: { [lastPurchase, time, asOf = plan.asOf] customer in
            lastPurchase[customer] < 0 ? .min : asOf - time[Int(lastPurchase[customer])]
        }
        }
    }

    private func holdsRevenue(_ customer: Int, _ average: Bool, _ comparison: Comparison) -> Bool {
        guard let revenue = revenue[customer] else {
            if let error = missingRate(of: customer) { fail(customers.lowerBound + customer, error) }
            guard average else { return false }
            return comparison.holds(missing: ())
        }
        let number = ExactDecimal(units: revenue, scale: plan.money.displayScale)
        if !average { return comparison.holds(quotient: number, by: 1) }
        let purchases = Int64(countedCount[customer])
        return purchases == 0 ? comparison.holds(missing: ()) : comparison.holds(quotient: number, by: purchases)
    }
}
