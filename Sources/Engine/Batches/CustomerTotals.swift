import EventStores
import Quantities
import Queries

extension CustomerBatch {
    /// Lists, counts and gaps.
    ///
    /// Walks over lanes, not over the purchases of each customer: nobody can foretell how many the next one has. Several
    /// short walks, so that each has its state in registers.
    func makeCustomers() {
        listPurchases()
        countPurchases()
        measureGaps()
        if plan.needsLaterPurchases { findLater() }
        if plan.needsCanceledPurchases { countCanceled() }
    }

    /// How many purchases of each customer count, and the first of them: they follow each other in the list.
    private func countPurchases() {
        countedCount.reserve(customerCount)
        firstPurchase.reserve(customerCount)
        let (list, starts, countedBefore) = (countedList, starts, countedBefore)
        let (countedCount, firstPurchase) = (countedCount, firstPurchase)
        each(customerCount) { customer in
            let first = countedBefore[Int(starts[customer])]
            let count = countedBefore[Int(starts[customer &+ 1])] &- first
            countedCount[customer] = count
            // The list has room for one more than it has purchases.
            firstPurchase[customer] = list[Int(first)] | mask(count == 0)
        }
    }

    private func measureGaps() {
        gap.reserve(purchaseCount)
        let (list, countedOwner, countedTime, gap) = (countedList, countedOwner, countedTime, gap)
        var gapBits: Int64 = 0
        var ties: Int32 = 0
        var customer: Int32 = -1
        var last: Int64 = 0
        each(countedTotal) { position in
            let current = countedOwner[position]
            let instant = countedTime[position]
            let isSame = mask(current == customer)
            let elapsed = (instant &- last) & Int64(isSame)
            ties |= isSame & mask(elapsed == 0)
            gapBits |= elapsed
            gap[Int(list[position])] = elapsed | Int64(~isSame)
            last = instant
            customer = current
        }
        // No gap is above all of them joined by a bitwise or; none is below zero.
        let (bound, overflow) = gapBits.multipliedReportingOverflow(by: Int64(countedTotal + 1))
        gapBound = overflow || bound < 0 ? .max : bound
        hasTies = ties != 0
    }

    /// Purchases that count, and those that are in sums or cancelled only.
    private func listPurchases() {
        // One lane more: the loop writes before it knows whether to keep.
        countedList.reserve(purchaseCount + 1)
        countedOwner.reserve(purchaseCount + 1)
        countedTime.reserve(purchaseCount + 1)
        countedBefore.reserve(purchaseCount + 1)
        otherList.reserve(purchaseCount + 1)
        let (status, time, owner, countedBefore) = (status, time, owner, countedBefore)
        let (countedList, countedOwner, countedTime, rest) = (countedList, countedOwner, countedTime, otherList)
        var counted = 0
        each(purchaseCount) { lane in
            countedList[counted] = Int32(truncatingIfNeeded: lane)
            countedBefore[lane] = Int32(truncatingIfNeeded: counted)
            countedOwner[counted] = owner[lane]
            countedTime[counted] = time[lane]
            rest[lane &- counted] = Int32(truncatingIfNeeded: lane)
            counted &-= Int(mask(status[lane] == Status.counted))
        }
        countedBefore[purchaseCount] = Int32(truncatingIfNeeded: counted)
        countedTotal = counted
        splitRest(purchaseCount - counted)
    }

    /// Leaves in `otherList` what is not unclassified.
    private func splitRest(_ count: Int) {
        let (status, rest) = (status, otherList)
        unclassifiedList.reserve(count + 1)
        let unclassifiedList = unclassifiedList
        var others = 0
        each(count) { position in
            let lane = rest[position]
            unclassifiedList[position &- others] = lane
            rest[others] = lane
            others &-= Int(mask(status[Int(lane)] != Status.unclassified))
        }
        otherTotal = others
        guard others < count else { return }
        if let slot = plan.purchases.stateSlot {
            let codes = codes(slot)
            quality.addUnclassified(count - others) { codes[Int(unclassifiedList[$0])] }
        } else {
            quality.addUnclassified(count - others) { _ in 0 }
        }
    }

    private func findLater() {
        secondPurchase.reserve(customerCount)
        lastPurchase.reserve(customerCount)
        let (list, starts, countedBefore, countedCount) = (countedList, starts, countedBefore, countedCount)
        let (secondPurchase, lastPurchase) = (secondPurchase, lastPurchase)
        for customer in 0..<customerCount {
            let first = Int(countedBefore[Int(starts[customer])])
            let count = Int(countedCount[customer])
            secondPurchase[customer] = count > 1 ? list[first + 1] : -1
            lastPurchase[customer] = count > 0 ? list[first + count - 1] : -1
        }
    }

    private func countCanceled() {
        canceledCount.reserve(customerCount)
        canceledCount.fill(0, customerCount)
        let (status, owner, others, canceledCount) = (status, owner, otherList, canceledCount)
        each(otherTotal) { position in
            let lane = Int(others[position])
            canceledCount[Int(owner[lane])] &-= mask(status[lane] == Status.canceled)
        }
    }

    func addRevenue() {
        revenue.removeAll(keepingCapacity: true)
        segmentFailures.removeAll(keepingCapacity: true)
        let ignoresRefunds = plan.semantics.revenueBasis == .gross
        if let money = plan.segmentMoney {
            for customer in 0..<customerCount {
                revenue.append(segmentRevenue(customer, money, ignoresRefunds: ignoresRefunds))
            }
            return
        }
        each(customerCount) { customer in
            var sum: Int128 = 0
            for lane in Int(starts[customer])..<Int(starts[customer + 1]) where status[lane] <= Status.uncounted {
                sum += displayAmount(lane)
            }
            if !ignoresRefunds, refundCount > 0 {
                for lane in Int(refundStarts[customer])..<Int(refundStarts[customer + 1]) {
                    sum -= refundDisplayAmount(lane)
                }
            }
            revenue.append(sum)
        }
        for lane in purchasesWithoutRate where status[Int(lane)] <= Status.uncounted {
            revenue[Int(owner[Int(lane)])] = nil
        }
        if !ignoresRefunds {
            for lane in refundsWithoutRate { revenue[Int(owner[Int(refundPurchase[Int(lane)])])] = nil }
        }
    }

    /// In the currency of conditions, where that is not the one that is shown; nil where a rate is missing, which
    /// `segmentFailures` then tells.
    private func segmentRevenue(_ customer: Int, _ money: MoneyPlan, ignoresRefunds: Bool) -> Int128? {
        var sum: Int128 = 0
        func converted(_ units: Int128, _ currency: Int32, _ day: Int32) -> Int128? {
            let found = money.converted(units, currency: Int(currency), day: Int(day))
            if found == nil, segmentFailures[customer] == nil {
                segmentFailures[customer] = money.missingRate(currency: Int(currency), day: Int(day))
            }
            return found
        }
        for lane in Int(starts[customer])..<Int(starts[customer + 1]) where status[lane] <= Status.uncounted {
            let units = wide?.units[lane] ?? Int128(units[lane])
            guard let amount = converted(units, currency[lane], day[lane]) else { return nil }
            sum += amount
        }
        guard !ignoresRefunds, refundCount > 0 else { return sum }
        for lane in Int(refundStarts[customer])..<Int(refundStarts[customer + 1]) {
            let units = wide?.refundUnits[lane] ?? Int128(refundUnits[lane])
            guard let amount = converted(units, refundCurrency[lane], refundDay[lane]) else { return nil }
            sum -= amount
        }
        return sum
    }

    /// Where revenues of conditions have their point.
    var revenueScale: Int { (plan.segmentMoney ?? plan.money).displayScale }

    /// Why a customer's revenue for conditions is not known.
    func missingRevenue(of customer: Int) -> QueryError? {
        plan.segmentMoney == nil ? missingRate(of: customer) : segmentFailures[customer]
    }

    func displayAmount(_ purchase: Int) -> Int128 { wide?.display[purchase] ?? Int128(display[purchase]) }

    func refundDisplayAmount(_ refund: Int) -> Int128 { wide?.refundDisplay[refund] ?? Int128(refundDisplay[refund]) }

    /// The error of the customer's first amount without a rate; what was given back is no part of gross revenue.
    func missingRate(of customer: Int) -> QueryError? {
        for lane in purchasesWithoutRate
        where Int(owner[Int(lane)]) == customer && status[Int(lane)] <= Status.uncounted {
            return plan.money.missingRate(currency: Int(currency[Int(lane)]), day: Int(day[Int(lane)]))
        }
        if plan.semantics.revenueBasis == .gross { return nil }
        for lane in refundsWithoutRate where Int(owner[Int(refundPurchase[Int(lane)])]) == customer {
            return plan.money.missingRate(currency: Int(refundCurrency[Int(lane)]), day: Int(refundDay[Int(lane)]))
        }
        return nil
    }
}
