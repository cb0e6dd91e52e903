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
            each(count) { lane in (open[lane], mask[lane]) = (mask[lane], 0) }
            for part in parts {
                each(count) { lane in found[lane] = open[lane] }
                evaluate(part, domain, found)
                each(count) { lane in
                    mask[lane] |= found[lane]
                    open[lane] &= ~found[lane]
                }
            }
            masks.pop(2)
        case .not(let part):
            let inner = masks.push(count)
            each(count) { lane in inner[lane] = mask[lane] }
            evaluate(part, domain, inner)
            each(count) { lane in mask[lane] &= ~inner[lane] }
            masks.pop(1)
        case .cell(let slot, let test): evaluateCell(slot, test, domain, mask)
        case .property(let slot, let test): evaluateProperty(slot, test, domain, mask)
        case .consent(let index): evaluateConsent(index, domain, mask)
        case .segment(let index, let answers):
            let segments = segments[index]
            if plan.consentsAtPurchase || domain == .customers {
                each(count) { lane in mask[lane] &= answers[Int(segments[lane])] ? 1 : 0 }
            } else {
                let owner = owner
                each(count) { lane in mask[lane] &= answers[Int(segments[Int(owner[lane])])] ? 1 : 0 }
            }
        case .eventSegment(let index, let answers):
            let segments = segments(ofEvents: index, domain)
            each(count) { lane in mask[lane] &= answers[Int(segments[lane])] ? 1 : 0 }
        case .fact(let fact, let test):
            evaluate(fact, test, domain, mask)
        case .revenue(let average, let comparison):
            for lane in 0..<count where mask[lane] != 0 {
                mask[lane] = holdsRevenue(customer(lane, domain), average, comparison) ? 1 : 0
            }
        case .revenueCut(let average, let cut, let isAbove):
            for lane in 0..<count where mask[lane] != 0 {
                let number = revenue(of: customer(lane, domain), average: average)
                mask[lane] = number.map { ($0 > cut) == isAbove } ?? false ? 1 : 0
            }
        }
    }

    /// The customer of each lane; nil where the lanes are customers.
    private func owners(_ domain: Domain) -> Lanes<Int32>? {
        switch domain {
        case .rows: rows.owners
        case .purchases: owner
        case .customers: nil
        }
    }

    private func customer(_ lane: Int, _ domain: Domain) -> Int { owners(domain).map { Int($0[lane]) } ?? lane }

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
        let (count, owners) = (laneCount(domain), owners(domain))
        func customer(_ lane: Int) -> Int { owners.map { Int($0[lane]) } ?? lane }
        if properties.isText(slot) {
            let codes = properties.codes(slot)
            for lane in 0..<count where mask[lane] != 0 {
                mask[lane] = test.holds(code: codes[customer(lane)]) ? 1 : 0
            }
        } else {
            let words = properties.words(slot)
            for lane in 0..<count where mask[lane] != 0 {
                mask[lane] = test.holds(word: words[customer(lane)]) ? 1 : 0
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
        let (states, owners) = (consentStates[index], owners(domain))
        if let owners {
            each(count) { lane in mask[lane] &= states[Int(owners[lane])] }
        } else {
            each(count) { lane in mask[lane] &= states[lane] }
        }
    }

    private func evaluate(_ fact: CustomerFact, _ test: ValueTest, _ domain: Domain, _ mask: Lanes<UInt8>) {
        let count = laneCount(domain)
        let owners = owners(domain)
        let word = reading(fact)
        for lane in 0..<count where mask[lane] != 0 {
            mask[lane] = test.holds(word: word(owners.map { Int($0[lane]) } ?? lane)) ? 1 : 0
        }
    }

    /// A fact of each customer of the batch, `Int64.min` for none.
    func reading(_ fact: CustomerFact) -> (_ customer: Int) -> Int64 {
        let (firstPurchase, lastPurchase, time, asOf) = (firstPurchase, lastPurchase, time, plan.asOf)
        let (countedCount, canceledCount) = (countedCount, canceledCount)
        func since(_ purchase: Int32) -> Int64 { purchase < 0 ? .min : asOf - time[Int(purchase)] }
        return switch fact {
        case .purchases: { Int64(countedCount[$0]) }
        case .canceledPurchases: { Int64(canceledCount[$0]) }
        case .sinceFirstPurchase: { since(firstPurchase[$0]) }
        case .sinceLastPurchase: { since(lastPurchase[$0]) }
        case .predicted(let aggregate): predicted(aggregate)
        }
    }

    private func predicted(_ aggregate: Aggregate) -> (_ customer: Int) -> Int64 {
        let (words, first) = (plan.predictions?.words[aggregate] ?? [], customers.lowerBound)
        return { first + $0 < words.count ? words[first + $0] : .min }
    }

    private func holdsRevenue(_ customer: Int, _ average: Bool, _ comparison: Comparison) -> Bool {
        guard let number = revenue(of: customer, average: average) else { return comparison.holds(missing: ()) }
        return comparison.holds(
            quotient: ExactDecimal(units: number.numerator, scale: revenueScale), by: number.denominator)
    }

    /// Revenue, or with `average` revenue by purchases, in units of `revenueScale`. Nil for a mean of no purchases; also
    /// where a rate is missing, which `failure` then tells.
    private func revenue(of customer: Int, average: Bool) -> Quotient? {
        guard let revenue = revenue[customer] else {
            if let error = missingRevenue(of: customer) { fail(customers.lowerBound + customer, error) }
            return nil
        }
        if !average { return Quotient(revenue, by: 1) }
        let purchases = Int64(countedCount[customer])
        return purchases == 0 ? nil : Quotient(revenue, by: purchases)
    }
}
