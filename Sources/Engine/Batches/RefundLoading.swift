import EventStores
import Quantities
import Queries

extension CustomerBatch {
    /// What is given back on purchases that are successful: rows below zero of the purchases' own event type, then
    /// events of the refunds' type.
    func loadRefunds() {
        refundCount = 0
        refundsWithoutRate.removeAll(keepingCapacity: true)
        let hasNegativeRows = !isIdentity && plan.purchases.states != nil
        guard hasNegativeRows || (refundRows?.count ?? 0) > 0 else { return }
        reserveRefunds((hasNegativeRows ? rows.count : 0) + (refundRows?.count ?? 0))
        if let refunds = plan.refunds, let refundRows { refundPurchases.load(refunds.purchases, refundRows.rows) }
        var native: [Int128] = []
        refundStarts[0] = 0
        each(customerCount) { customer in
            if hasNegativeRows { addNegativeRows(of: customer, &native) }
            if let refunds = plan.refunds, let refundRows { addRefunds(of: customer, refunds, refundRows, &native) }
            refundStarts[customer + 1] = Int32(refundCount)
        }
        if refundCount > 0 {
            convertRefunds(native)
            findExcessive(native)
        }
    }

    private func reserveRefunds(_ count: Int) {
        refundStarts.reserve(customerCount + 1)
        refundPurchase.reserve(count)
        refundTime.reserve(count)
        refundDay.reserve(count)
        refundCurrency.reserve(count)
        refundUnits.reserve(count)
        refundDisplay.reserve(count)
    }

    /// Rows below zero that name a purchase give its money back.
    private func addNegativeRows(of customer: Int, _ native: inout [Int128]) {
        let run = Int(rows.offsets[customer])..<Int(rows.offsets[customer + 1])
        for lane in run where refundFlags[lane] != 0 {
            let instant = rows.timestamps[lane]
            if instant > plan.asOf { break }
            let amount = rows.columns.words(plan.purchases.amountSlot)[lane]
            var currency: Int32 = -1
            if let column = plan.purchases.currency {
                let code = rows.columns.codes(column.slot)[lane]
                if code != 0 { currency = plan.money.purchaseCurrencies[Int(code)] }
            }
            let units = amount == .min ? 0 : -Int128(amount) * Int128(plan.money.purchaseFactor)
            addRefund(of: Int(ordinals[lane]), customer, instant, units, currency, &native)
        }
    }

    private func addRefunds(
        of customer: Int, _ refunds: RefundColumns, _ batch: TableBatch, _ native: inout [Int128]
    ) {
        for lane in Int(batch.offsets[customer])..<Int(batch.offsets[customer + 1]) {
            let instant = batch.timestamps[lane]
            if instant > plan.asOf { break }
            let amount = batch.columns.words(refunds.amountSlot)[lane]
            // Without a column, or without a value in it, the currency is that of the purchase: -1.
            let code = refunds.currency.map { Int(batch.columns.codes($0.slot)[lane]) } ?? 0
            let units = Int128(amount == .min ? 0 : amount.magnitude) * Int128(plan.money.refundFactor)
            addRefund(
                of: Int(refundPurchases[lane]), customer, instant, units, plan.money.refundCurrencies[code], &native)
        }
    }

    /// - Parameter units: what is given back, positive.
    private func addRefund(
        of ordinal: Int, _ customer: Int, _ instant: Int64, _ units: Int128, _ currency: Int32,
        _ native: inout [Int128]
    ) {
        let purchase = purchase(ofOrdinal: ordinal, customer)
        guard purchase != -1 else {
            quality.add(.refundsWithoutPurchase)
            return
        }
        // Of a test order, or of one that does not count.
        guard purchase >= 0, status[purchase] <= Status.uncounted else { return }
        let isByOrder = plan.semantics.refundDating == .order
        let lane = refundCount
        refundCount += 1
        refundPurchase[lane] = Int32(purchase)
        refundTime[lane] = isByOrder ? time[purchase] : instant
        refundDay[lane] = isByOrder ? day[purchase] : Int32(plan.calendar.finder.day(of: instant))
        refundCurrency[lane] = currency < 0 ? self.currency[purchase] : currency
        native.append(units)
    }

    /// The purchase of an ordinal of the customer; -1 where there is none, -2 where it is excluded.
    func purchase(ofOrdinal ordinal: Int, _ customer: Int) -> Int {
        let first = Int(rows.offsets[customer])
        guard ordinal >= 0, ordinal < Int(rows.offsets[customer + 1]) - first else { return -1 }
        return isIdentity ? first + ordinal : Int(purchaseOfOrdinal[first + ordinal])
    }

    private func convertRefunds(_ native: [Int128]) {
        let bits = native.reduce(UInt64(0)) { $0 | (UInt64(exactly: $1.magnitude) ?? .max) }
        if wide == nil, let (units, money) = bounds(bits, factor: 1, count: refundCount) {
            (refundUnitsBound, refundMoneyBound) = (units, money)
        } else {
            widen()
        }
        each(refundCount) { lane in
            let converted = plan.money.converted(
                native[lane], currency: Int(refundCurrency[lane]), day: Int(refundDay[lane]))
            if converted == nil { refundsWithoutRate.append(Int32(lane)) }
            if wide != nil {
                wide?.refundUnits.append(native[lane])
                wide?.refundDisplay.append(converted ?? 0)
            } else {
                refundUnits[lane] = Int64(native[lane])
                refundDisplay[lane] = Int64(converted ?? 0)
            }
        }
    }

    /// Goes over to 128-bit amounts.
    private func widen() {
        guard wide == nil else { return }
        wide = WideAmounts(
            units: (0..<purchaseCount).map { Int128(units[$0]) },
            display: (0..<purchaseCount).map { Int128(display[$0]) })
    }

    /// Counts purchases on which more was given back, in their own currency, than they were worth.
    private func findExcessive(_ native: [Int128]) {
        for customer in 0..<customerCount {
            let run = Int(refundStarts[customer])..<Int(refundStarts[customer + 1])
            for lane in run {
                let purchase = refundPurchase[lane]
                // Once a purchase: at the first of its refunds.
                if (run.lowerBound..<lane).contains(where: { refundPurchase[$0] == purchase }) { continue }
                var refunded: Int128 = 0
                for other in lane..<run.upperBound
                where refundPurchase[other] == purchase && refundCurrency[other] == currency[Int(purchase)] {
                    refunded += native[other]
                }
                let paid = wide?.units[Int(purchase)] ?? Int128(units[Int(purchase)])
                if refunded > max(paid, 0) { quality.add(.refundsAbovePurchase) }
            }
        }
    }
}
