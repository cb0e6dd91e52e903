import EventStores
import Quantities
import Queries

extension CustomerBatch {
    /// Lists, counts and gaps.
    ///
    /// Walks over lanes, not over customers: what changes with the customer is chosen without a branch, since nobody can
    /// foretell how many purchases the next customer has. Several short walks, so that each has its state in registers.
    func makeCustomers() {
        listPurchases()
        let customers = customerCount
        countedCount.reserve(customers)
        countedIndex.reserve(purchaseCount)
        gap.reserve(purchaseCount)
        countedOwner.reserve(countedTotal)
        countedTime.reserve(countedTotal)
        gatherCounted()
        let (list, countedIndex, gap) = (countedList, countedIndex, gap)
        let (countedCount, countedOwner, countedTime) = (countedCount, countedOwner, countedTime)
        countedCount.fill(0, customers)
        var gapBits: Int64 = 0
        var ties: Int32 = 0
        var customer: Int32 = -1
        var index: Int32 = 0
        var last: Int64 = 0
        each(countedTotal) { position in
            let current = countedOwner[position]
            let instant = countedTime[position]
            let lane = Int(list[position])
            let isSame = mask(current == customer)
            index &= isSame
            let elapsed = (instant &- last) & Int64(isSame)
            ties |= isSame & mask(elapsed == 0)
            countedIndex[lane] = index
            gap[lane] = elapsed
            gapBits |= elapsed
            index &+= 1
            countedCount[Int(current)] = index
            last = instant
            customer = current
        }
        // No gap is above all of them joined by a bitwise or; none is below zero.
        let (bound, overflow) = gapBits.multipliedReportingOverflow(by: Int64(countedTotal + 1))
        gapBound = overflow || bound < 0 ? .max : bound
        hasTies = ties != 0
        findFirst()
        if plan.needsLaterPurchases { findLater() }
        if plan.needsCanceledPurchases { countCanceled() }
    }

    private func gatherCounted() {
        let (list, time, owner) = (countedList, time, owner)
        let (countedOwner, countedTime) = (countedOwner, countedTime)
        each(countedTotal) { position in
            let lane = Int(list[position])
            countedOwner[position] = owner[lane]
            countedTime[position] = time[lane]
        }
    }

    /// Purchases that count, and those that are in sums or cancelled only.
    private func listPurchases() {
        // One lane more: the loop writes before it knows whether to keep.
        countedList.reserve(purchaseCount + 1)
        otherList.reserve(purchaseCount + 1)
        let (status, countedList, otherList) = (status, countedList, otherList)
        var counted = 0
        var others = 0
        each(purchaseCount) { lane in
            let state = status[lane]
            countedList[counted] = Int32(truncatingIfNeeded: lane)
            otherList[others] = Int32(truncatingIfNeeded: lane)
            counted &-= Int(mask(state == Status.counted))
            others &-= Int(mask(state &- Status.uncounted <= Status.canceled - Status.uncounted))
        }
        (countedTotal, otherTotal) = (counted, others)
        if counted + others < purchaseCount { countUnclassified() }
    }

    private func countUnclassified() {
        let codes = plan.purchases.stateSlot.map { self.codes($0) }
        for lane in 0..<purchaseCount where status[lane] == Status.unclassified {
            quality.addUnclassified(code: codes?[lane] ?? 0)
        }
    }

    /// From the last to the first, so that the customer's first one stays.
    private func findFirst() {
        firstPurchase.reserve(customerCount)
        let (list, owner, firstPurchase, last) = (countedList, countedOwner, firstPurchase, countedTotal - 1)
        firstPurchase.fill(-1, customerCount)
        each(countedTotal) { position in
            firstPurchase[Int(owner[last &- position])] = list[last &- position]
        }
    }

    private func findLater() {
        secondPurchase.reserve(customerCount)
        lastPurchase.reserve(customerCount)
        let (list, owner, countedIndex) = (countedList, owner, countedIndex)
        let (secondPurchase, lastPurchase) = (secondPurchase, lastPurchase)
        secondPurchase.fill(-1, customerCount)
        lastPurchase.fill(-1, customerCount)
        each(countedTotal) { position in
            let lane = list[position]
            let customer = Int(owner[Int(lane)])
            if countedIndex[Int(lane)] == 1 { secondPurchase[customer] = lane }
            lastPurchase[customer] = lane
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
        let ignoresRefunds = plan.semantics.revenueBasis == .gross
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

    func displayAmount(_ purchase: Int) -> Int128 { wide?.display[purchase] ?? Int128(display[purchase]) }

    func refundDisplayAmount(_ refund: Int) -> Int128 { wide?.refundDisplay[refund] ?? Int128(refundDisplay[refund]) }

    /// The error of the customer's first amount without a rate.
    func missingRate(of customer: Int) -> QueryError? {
        for lane in purchasesWithoutRate
        where Int(owner[Int(lane)]) == customer && status[Int(lane)] <= Status.uncounted {
            return plan.money.missingRate(currency: Int(currency[Int(lane)]), day: Int(day[Int(lane)]))
        }
        for lane in refundsWithoutRate where Int(owner[Int(refundPurchase[Int(lane)])]) == customer {
            return plan.money.missingRate(currency: Int(refundCurrency[Int(lane)]), day: Int(refundDay[Int(lane)]))
        }
        return nil
    }
}
