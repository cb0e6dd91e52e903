import EventStores
import Quantities
import Queries

extension CustomerBatch {
    /// Finds the purchases of the batch's rows as of the evaluation, and what each is worth.
    func loadPurchases() {
        let isPlain = findPurchases()
        isIdentity = isPlain
        if isPlain { takeRows() } else { takeStates() }
        day.reserve(purchaseCount)
        plan.calendar.finder.days(of: time, count: purchaseCount, into: day)
        classify()
        takeAmounts()
        convertPurchases()
    }

    // MARK: - Which rows are purchases

    /// Whether every row of the batch is a purchase of its own as of the evaluation.
    private func findPurchases() -> Bool {
        let count = rows.count
        let timestamps = rows.timestamps
        var newest = Int64.min
        each(count) { lane in newest = max(newest, timestamps[lane]) }
        if newest > plan.asOf || plan.purchases.exclude != nil { return false }
        guard let states = plan.purchases.states else { return true }
        lags.load(states.lags, rows.rows)
        refundFlags.load(states.refunds, rows.rows)
        let (lags, refundFlags) = (lags, refundFlags)
        var longest = PurchaseStates.neverSuperseded
        var flags: UInt8 = 0
        each(count) { lane in
            longest = max(longest, lags[lane])
            flags |= refundFlags[lane]
        }
        return longest == PurchaseStates.neverSuperseded && flags == 0
    }

    private func takeRows() {
        purchaseCount = rows.count
        let (customers, count) = (customerCount, rows.count)
        time = rows.timestamps
        owner = rows.owners
        starts.reserve(customers + 1)
        let (starts, offsets) = (starts, rows.offsets)
        for customer in 0...customers { starts[customer] = Int32(bitPattern: offsets[customer]) }
        if identityRow.capacity < count {
            identityRow.reserve(count)
            each(identityRow.capacity) { lane in identityRow[lane] = Int32(lane) }
        }
        row = identityRow
    }

    /// The state row of each purchase, customer by customer.
    private func takeStates() {
        let count = rows.count
        let states = plan.purchases.states
        if let states {
            lags.load(states.lags, rows.rows)
            refundFlags.load(states.refunds, rows.rows)
            ordinals.load(states.ordinals, rows.rows)
            ages.load(states.ages, rows.rows)
        }
        let excluded = excludedRows()
        purchaseOfOrdinal.reserve(count)
        purchaseTimes.reserve(count)
        stateOwner.reserve(count)
        stateRow.reserve(count)
        starts.reserve(customerCount + 1)
        let timestamps = rows.timestamps
        var purchases = 0
        starts[0] = 0
        for customer in 0..<customerCount {
            let run = Int(rows.offsets[customer])..<Int(rows.offsets[customer + 1])
            for lane in run { purchaseOfOrdinal[lane] = -1 }
            for lane in run {
                if timestamps[lane] > plan.asOf { break }
                var ordinal = lane - run.lowerBound
                if states != nil {
                    // Intervals are empty for rows that another one of the same instant replaced.
                    let lag = lags[lane]
                    if refundFlags[lane] != 0 || (lag >= 0 && timestamps[lane] + lag <= plan.asOf) { continue }
                    ordinal = Int(ordinals[lane])
                }
                purchaseOfOrdinal[run.lowerBound + ordinal] = excluded.map { $0[lane] != 0 } == true ? -2 : Int32(lane)
            }
            for position in run where purchaseOfOrdinal[position] >= 0 {
                let lane = Int(purchaseOfOrdinal[position])
                stateRow[purchases] = Int32(lane)
                purchaseTimes[purchases] = states == nil ? timestamps[lane] : timestamps[lane] - ages[lane]
                stateOwner[purchases] = Int32(customer)
                purchaseOfOrdinal[position] = Int32(purchases)
                purchases += 1
            }
            starts[customer + 1] = Int32(purchases)
        }
        row = stateRow
        owner = stateOwner
        time = purchaseTimes
        purchaseCount = purchases
    }

    /// Rows of test orders, 1 or 0; nil where the definition excludes none.
    private func excludedRows() -> Lanes<UInt8>? {
        guard let exclude = plan.purchases.exclude else { return nil }
        excludedMask.reserve(rows.count)
        excludedMask.fill(1, rows.count)
        evaluate(exclude, .rows, excludedMask)
        return excludedMask
    }

    // MARK: - What they are

    private func classify() {
        status.reserve(purchaseCount)
        let status = status
        if let (slot, statuses) = plan.purchases.statusByCode {
            let codes = codes(slot)
            unsafe statuses.withUnsafeBufferPointer { statuses in
                each(purchaseCount) { lane in status[lane] = unsafe statuses[Int(codes[lane])] }
            }
            return
        }
        let (success, canceled) = (plan.purchases.success, plan.purchases.canceled)
        let (first, second) = (
            segments(ofEvents: success.kernel, .purchases), segments(ofEvents: canceled.kernel, .purchases)
        )
        each(purchaseCount) { lane in
            status[lane] =
                success.selected[Int(first[lane])]
                ? Status.counted
                : canceled.selected[Int(second[lane])] ? Status.canceled : Status.unclassified
        }
    }

    // MARK: - Amounts

    /// Amounts, 0 for none; splits successful purchases by their sign, and counts what a reader should know.
    private func takeAmounts() {
        let count = purchaseCount
        units.reserve(count)
        let amounts = words(plan.purchases.amountSlot)
        let (status, units) = (status, units)
        var bits: UInt64 = 0
        var empty: Int32 = 0
        var unclassified: Int32 = 0
        each(count) { lane in
            let amount = amounts[lane]
            let present = amount & ~Int64(mask(amount == .min))
            units[lane] = present
            bits |= present.magnitude
            empty |= mask(present <= 0)
            unclassified &-= mask(status[lane] == Status.unclassified)
        }
        setBounds(largestAmount: bits, factor: plan.money.purchaseFactor)
        if empty != 0 { splitEmptyAmounts(amounts) }
        if unclassified > 0 {
            let codes = plan.purchases.stateSlot.map { self.codes($0) }
            for lane in 0..<count where status[lane] == Status.unclassified {
                quality.addUnclassified(code: codes?[lane] ?? 0)
            }
        }
    }

    /// Successful purchases without an amount, or of 0 or less.
    private func splitEmptyAmounts(_ amounts: Lanes<Int64>) {
        let (status, countsZero) = (status, plan.purchases.countsZero)
        for lane in 0..<purchaseCount where amounts[lane] <= 0 && status[lane] == Status.counted {
            let amount = amounts[lane]
            if amount == .min {
                quality.add(.purchasesWithoutAmount)
            } else if amount < 0 {
                quality.add(.negativePurchases)
            }
            let isZero = amount == 0 || amount == .min
            if !(isZero && countsZero) { status[lane] = Status.uncounted }
        }
    }

    private func convertPurchases() {
        let money = plan.money
        let count = purchaseCount
        currency.reserve(count)
        display.reserve(count)
        let (currency, units, display, day) = (currency, units, display, day)
        if let column = plan.purchases.currency {
            let codes = codes(column.slot)
            unsafe money.purchaseCurrencies.withUnsafeBufferPointer { positions in
                each(count) { lane in currency[lane] = unsafe positions[Int(codes[lane])] }
            }
        } else {
            currency.fill(money.purchaseCurrencies[0], count)
        }
        purchasesWithoutRate.removeAll(keepingCapacity: true)
        guard wide == nil else { return convertWide() }
        let factor = money.purchaseFactor
        if factor != 1 {
            each(count) { lane in units[lane] &*= factor }
        }
        let (firstDay, dayCount) = (money.words.firstDay, money.words.dayCount)
        var isComplete = true
        unsafe money.words.words.withUnsafeBufferPointer { words in
            each(count) { lane in
                let position = Int(day[lane]) &- firstDay
                guard position >= 0, position < dayCount else {
                    // A day outside the table: an amount with a rate there needs the search.
                    isComplete = false
                    display[lane] = 0
                    return
                }
                let rate = unsafe words[Int(currency[lane]) &* dayCount &+ position]
                if rate == .min { isComplete = false }
                display[lane] = units[lane] &* (rate == .min ? 0 : rate)
            }
        }
        if !isComplete { findMissingRates() }
    }

    /// Decides whether amounts of the batch leave 64-bit sums enough room.
    private func setBounds(largestAmount bits: UInt64, factor: Int64) {
        wide = nil
        if let (units, money) = bounds(bits, factor: factor, count: purchaseCount) {
            (unitsBound, moneyBound) = (units, money)
        } else {
            wide = WideAmounts()
        }
    }

    /// Bounds of the sums of `count` amounts, in native units and converted; nil where they leave 64 bits too little
    /// room. No amount is above `bits`, which is all of them joined by a bitwise or.
    func bounds(_ bits: UInt64, factor: Int64, count: Int) -> (units: Int64, money: Int64)? {
        guard let rate = plan.money.words.largest else { return nil }
        let limit = Int128(1) << 61
        let units = Int128(bits) * Int128(factor) * Int128(count + 1)
        guard units <= limit, units * Int128(max(1, rate)) <= limit else { return nil }
        return (Int64(units), Int64(units * Int128(max(1, rate))))
    }

    private func convertWide() {
        var wide = WideAmounts()
        each(purchaseCount) { lane in
            let native = Int128(units[lane]) * Int128(plan.money.purchaseFactor)
            let converted = plan.money.converted(native, currency: Int(currency[lane]), day: Int(day[lane]))
            wide.units.append(native)
            wide.display.append(converted ?? 0)
            units[lane] = 0
            display[lane] = 0
            if converted == nil { purchasesWithoutRate.append(Int32(lane)) }
        }
        self.wide = wide
    }

    /// Some lane has no rate in the table: finds out which have none at all.
    private func findMissingRates() {
        each(purchaseCount) { lane in
            let converted = plan.money.converted(
                Int128(units[lane]), currency: Int(currency[lane]), day: Int(day[lane]))
            display[lane] = Int64(converted ?? 0)
            if converted == nil { purchasesWithoutRate.append(Int32(lane)) }
        }
    }
}
