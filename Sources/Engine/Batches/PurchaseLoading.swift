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
        if plan.purchases.exclude != nil { return false }
        if plan.purchases.newest > plan.asOf {
            let timestamps = rows.timestamps
            var newest = Int64.min
            each(rows.count) { lane in newest = max(newest, timestamps[lane]) }
            if newest > plan.asOf { return false }
        }
        guard let states = plan.purchases.states else { return true }
        lags.load(states.lags, rows.rows)
        refundFlags.load(states.refunds, rows.rows)
        let (lags, refundFlags) = (lags, refundFlags)
        var longest = Int64.min
        var flags: UInt8 = 0
        each(rows.count) { lane in
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
                    // The lag is 0 for rows that another one of the same instant replaced.
                    let lag = lags[lane]
                    if lag != PurchaseStates.neverSuperseded, timestamps[lane] + lag <= plan.asOf { continue }
                    if refundFlags[lane] != 0 { continue }
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
        if let (slot, statuses) = plan.purchases.statusByCode { return translate(slot, by: statuses, into: status) }
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
        let amounts = words(plan.purchases.amountSlot)
        // A missing amount has its sign bit set, and so has one less than an amount of 0: most batches have neither,
        // and their column is taken as it is.
        var bits: Int64 = 0
        var signs: Int64 = 0
        each(count) { lane in
            bits |= amounts[lane]
            signs |= amounts[lane] &- 1
        }
        if bits | signs >= 0, plan.money.purchaseFactor == 1 {
            units = amounts
            setBounds(largestAmount: UInt64(bits), factor: 1)
            return
        }
        ownUnits.reserve(count)
        units = ownUnits
        let units = units
        var magnitudes: UInt64 = 0
        each(count) { lane in
            let present = amounts[lane] & ~Int64(mask(amounts[lane] == .min))
            units[lane] = present
            magnitudes |= present.magnitude
        }
        setBounds(largestAmount: magnitudes, factor: plan.money.purchaseFactor)
        splitEmptyAmounts(amounts)
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
        display.reserve(count)
        hasCurrencies = false
        purchasesWithoutRate.removeAll(keepingCapacity: true)
        guard wide == nil else { return convertWide() }
        let (units, display, day) = (units, display, day)
        let factor = money.purchaseFactor
        if factor != 1 {
            each(count) { lane in units[lane] &*= factor }
        }
        let isMissing: Bool
        if let slot = plan.purchases.currency?.slot {
            isMissing = bytes(slot).map { convert(by: $0) } ?? convert(by: codes(slot))
        } else {
            let firstDay = money.purchaseWords.firstDay
            var missing: Int32 = 0
            unsafe money.purchaseWords.words.withUnsafeBufferPointer { words in
                each(count) { lane in
                    let rate = unsafe words[Int(day[lane]) &- firstDay]
                    missing |= mask(rate == .min)
                    display[lane] = units[lane] &* rate
                }
            }
            isMissing = missing != 0
        }
        if isMissing { findMissingRates() }
    }

    /// Converts by the codes of the currencies. Returns whether some rate is missing.
    private func convert<Code: FixedWidthInteger & BitwiseCopyable>(by codes: Lanes<Code>) -> Bool {
        let rates = plan.money.purchaseWords
        let (units, display, day) = (units, display, day)
        let (firstDay, dayCount) = (rates.firstDay, rates.dayCount)
        var missing: Int32 = 0
        unsafe rates.words.withUnsafeBufferPointer { words in
            each(purchaseCount) { lane in
                // The calendar spans the table and `as_of`, so every purchase's day is in it.
                let rate = unsafe words[Int(codes[lane]) &* dayCount &+ Int(day[lane]) &- firstDay]
                missing |= mask(rate == .min)
                display[lane] = units[lane] &* rate
            }
        }
        return missing != 0
    }

    /// The currency of each purchase; most evaluations need none.
    var currency: Lanes<Int32> {
        if hasCurrencies { return currencyLanes }
        hasCurrencies = true
        currencyLanes.reserve(purchaseCount)
        let (currency, count) = (currencyLanes, purchaseCount)
        guard let column = plan.purchases.currency else {
            currency.fill(plan.money.purchaseCurrencies[0], count)
            return currency
        }
        translate(column.slot, by: plan.money.purchaseCurrencies, into: currency)
        return currency
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
        guard let rate = plan.money.purchaseWords.largest else { return nil }
        let limit = Int128(1) << 61
        let units = Int128(bits) * Int128(factor) * Int128(count + 1)
        guard units <= limit, units * Int128(max(1, rate)) <= limit else { return nil }
        return (Int64(units), Int64(units * Int128(max(1, rate))))
    }

    private func convertWide() {
        var wide = WideAmounts()
        if plan.money.purchaseFactor == 1 {
            // The column's own lanes are not written to.
            ownUnits.reserve(purchaseCount)
            let (source, target) = (units, ownUnits)
            each(purchaseCount) { lane in target[lane] = source[lane] }
            units = target
        }
        let currency = currency
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
        let currency = currency
        each(purchaseCount) { lane in
            let converted = plan.money.converted(
                Int128(units[lane]), currency: Int(currency[lane]), day: Int(day[lane]))
            display[lane] = Int64(converted ?? 0)
            if converted == nil { purchasesWithoutRate.append(Int32(lane)) }
        }
    }
}
