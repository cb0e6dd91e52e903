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
        convertPurchases()
        statusByAmount()
    }

    // MARK: - Which rows are purchases

    /// Whether every row of the batch is a purchase of its own as of the evaluation.
    private func findPurchases() -> Bool {
        let count = rows.count
        let timestamps = rows.timestamps
        var newest = Int64.min
        for lane in 0..<count { newest = max(newest, timestamps[lane]) }
        if newest > plan.asOf || plan.purchases.exclude != nil { return false }
        guard let states = plan.purchases.states else { return true }
        supersededAt.load(states.supersededAt, rows.rows)
        refundFlags.load(states.refunds, rows.rows)
        let (supersededAt, refundFlags) = (supersededAt, refundFlags)
        var earliest = Int64.max
        var flags: UInt8 = 0
        for lane in 0..<count {
            earliest = min(earliest, supersededAt[lane])
            flags |= refundFlags[lane]
        }
        return earliest == .max && flags == 0
    }

    private func takeRows() {
        purchaseCount = rows.count
        let (customers, count) = (customerCount, rows.count)
        time = rows.timestamps
        starts.reserve(customers + 1)
        owner.reserve(count)
        let (starts, owner, offsets) = (starts, owner, rows.offsets)
        starts[0] = 0
        for customer in 0..<customers {
            let end = Int32(bitPattern: offsets[customer + 1])
            starts[customer + 1] = end
            for lane in Int(offsets[customer])..<Int(end) { owner[lane] = Int32(customer) }
        }
        if identityRow.capacity < count {
            identityRow.reserve(count)
            for lane in 0..<identityRow.capacity { identityRow[lane] = Int32(lane) }
        }
        row = identityRow
    }

    /// The state row of each purchase, customer by customer.
    private func takeStates() {
        let count = rows.count
        let states = plan.purchases.states
        if let states {
            supersededAt.load(states.supersededAt, rows.rows)
            refundFlags.load(states.refunds, rows.rows)
            ordinals.load(states.ordinals, rows.rows)
            origins.load(states.origins, rows.rows)
        }
        let excluded = excludedRows()
        purchaseOfOrdinal.reserve(count)
        purchaseTimes.reserve(count)
        owner.reserve(count)
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
                    if refundFlags[lane] != 0 || supersededAt[lane] <= plan.asOf { continue }
                    ordinal = Int(ordinals[lane])
                }
                purchaseOfOrdinal[run.lowerBound + ordinal] = excluded.map { $0[lane] != 0 } == true ? -2 : Int32(lane)
            }
            for position in run where purchaseOfOrdinal[position] >= 0 {
                let lane = Int(purchaseOfOrdinal[position])
                stateRow[purchases] = Int32(lane)
                purchaseTimes[purchases] = states == nil ? timestamps[lane] : origins[lane]
                owner[purchases] = Int32(customer)
                purchaseOfOrdinal[position] = Int32(purchases)
                purchases += 1
            }
            starts[customer + 1] = Int32(purchases)
        }
        row = stateRow
        time = purchaseTimes
        purchaseCount = purchases
    }

    /// Rows of test orders, 1 or 0; nil where the definition excludes none.
    private func excludedRows() -> Lanes<UInt8>? {
        guard let exclude = plan.purchases.exclude else { return nil }
        rowOwner.reserve(rows.count)
        for customer in 0..<customerCount {
            for lane in Int(rows.offsets[customer])..<Int(rows.offsets[customer + 1]) { rowOwner[lane] = Int32(customer) }
        }
        excludedMask.reserve(rows.count)
        excludedMask.fill(1, rows.count)
        evaluate(exclude, .rows, excludedMask)
        return excludedMask
    }

    // MARK: - What they are

    private func classify() {
        status.reserve(purchaseCount)
        let (success, canceled) = (plan.purchases.success, plan.purchases.canceled)
        let (first, second) = (
            segments(ofEvents: success.kernel, .purchases), segments(ofEvents: canceled.kernel, .purchases)
        )
        let isSuccess = Lanes(success.selected)
        let isCanceled = Lanes(canceled.selected)
        let status = status
        for lane in 0..<purchaseCount {
            let segment = Int(first[lane])
            let other = Int(second[lane])
            status[lane] =
                isSuccess[segment] ? Status.counted : isCanceled[other] ? Status.canceled : Status.unclassified
        }
    }

    /// Splits successful purchases by the sign of their amount, and counts what a reader should know.
    private func statusByAmount() {
        let amounts = words(plan.purchases.amountSlot)
        let countsZero = plan.purchases.countsZero
        let status = status
        var withoutAmount = 0
        var negative = 0
        var unclassified = 0
        for lane in 0..<purchaseCount {
            let kind = status[lane]
            let amount = amounts[lane]
            if kind == Status.counted {
                if amount <= 0 {
                    if amount == .min {
                        withoutAmount += 1
                    } else if amount < 0 {
                        negative += 1
                    }
                    let isZero = amount == 0 || amount == .min
                    if !(isZero && countsZero) { status[lane] = Status.uncounted }
                }
            } else if kind == Status.unclassified {
                unclassified += 1
            }
        }
        quality.add(.purchasesWithoutAmount, withoutAmount)
        quality.add(.negativePurchases, negative)
        if unclassified > 0 {
            let codes = plan.purchases.stateSlot.map { self.codes($0) }
            for lane in 0..<purchaseCount where status[lane] == Status.unclassified {
                quality.addUnclassified(code: codes?[lane] ?? 0)
            }
        }
    }

    // MARK: - Amounts

    private func convertPurchases() {
        let money = plan.money
        let count = purchaseCount
        currency.reserve(count)
        units.reserve(count)
        display.reserve(count)
        let (currency, units, display) = (currency, units, display)
        if let column = plan.purchases.currency {
            let codes = codes(column.slot)
            unsafe money.purchaseCurrencies.withUnsafeBufferPointer { positions in
                for lane in 0..<count { currency[lane] = unsafe positions[Int(codes[lane])] }
            }
        } else {
            currency.fill(money.purchaseCurrencies[0], count)
        }
        let amounts = words(plan.purchases.amountSlot)
        purchasesWithoutRate.removeAll(keepingCapacity: true)
        wide = nil
        var bits: UInt64 = 0
        for lane in 0..<count {
            let amount = amounts[lane] == .min ? 0 : amounts[lane]
            units[lane] = amount
            bits |= amount.magnitude
        }
        setBounds(largestAmount: bits, factor: money.purchaseFactor)
        guard wide == nil else { return convertWide(amounts) }
        let rates = money.words
        let factor = money.purchaseFactor
        var isComplete = true
        unsafe rates.words.withUnsafeBufferPointer { words in
            for lane in 0..<count {
                let native = units[lane] &* factor
                units[lane] = native
                let position = Int(day[lane]) &- rates.firstDay
                guard position >= 0, position < rates.dayCount else {
                    // A day outside the table: an amount with a rate there would need the search.
                    isComplete = false
                    display[lane] = 0
                    continue
                }
                let rate = unsafe words[Int(currency[lane]) &* rates.dayCount &+ position]
                if rate == .min { isComplete = false }
                display[lane] = native &* (rate == .min ? 0 : rate)
            }
        }
        if !isComplete { findMissingRates() }
    }

    /// Decides whether amounts of the batch leave 64-bit sums enough room.
    private func setBounds(largestAmount bits: UInt64, factor: Int64) {
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

    private func convertWide(_ amounts: Lanes<Int64>) {
        var wide = WideAmounts()
        for lane in 0..<purchaseCount {
            let amount = amounts[lane] == .min ? 0 : amounts[lane]
            let native = Int128(amount) * Int128(plan.money.purchaseFactor)
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
        for lane in 0..<purchaseCount {
            let converted = plan.money.converted(
                Int128(units[lane]), currency: Int(currency[lane]), day: Int(day[lane]))
            display[lane] = Int64(converted ?? 0)
            if converted == nil { purchasesWithoutRate.append(Int32(lane)) }
        }
    }
}
