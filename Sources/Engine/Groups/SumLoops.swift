import Queries

extension Selection {
    /// Adds what a kind of sum adds up: the value of each item, to the sum whose number its target says.
    ///
    /// These are the loops in which an evaluation spends its time. Each reads two or three lanes that are in the cache.
    ///
    /// - Parameters:
    ///   - isNative: money in the currency it was booked in.
    ///   - targets: by list, the target of each item.
    ///   - sums: `kind.width` of them for each target.
    func add(
        _ kind: SumKind, of batch: CustomerBatch, isNative: Bool, at targets: [Lanes<Int32>], to sums: Lanes<Int64>
    ) {
        func target(_ list: ListKind) -> Lanes<Int32> { targets[list.rawValue] }
        switch kind {
        case .counted: addOnes(counted, target(.counted), sums)
        case .canceled: addOnes(canceled, target(.canceled), sums)
        case .first:
            let (items, targets, index) = (counted.items, target(.counted), batch.countedIndex)
            for position in 0..<counted.count {
                sums[Int(targets[position])] &+= index[Int(items[position])] == 0 ? 1 : 0
            }
        case .gaps: add(batch.gap, counted, target(.counted), sums)
        case .gross:
            let amounts = isNative ? batch.units : batch.display
            add(amounts, counted, target(.counted), sums)
            add(amounts, uncounted, target(.uncounted), sums)
        case .refunded:
            add(isNative ? batch.refundUnits : batch.refundDisplay, refunds, target(.refunds), sums)
        case .chargeCounts:
            let (items, targets, kinds) = (counted.items, target(.counted), batch.kind)
            for position in 0..<counted.count {
                sums[Int(targets[position]) &* 4 &+ Int(kinds[Int(items[position])]) &+ 1] &+= 1
            }
        case .chargeGross:
            let amounts = isNative ? batch.units : batch.display
            addByKind(amounts, batch.kind, counted, target(.counted), sums)
            addByKind(amounts, batch.kind, uncounted, target(.uncounted), sums)
        case .chargeRefunded:
            let amounts = isNative ? batch.refundUnits : batch.refundDisplay
            let (items, targets, kinds) = (refunds.items, target(.refunds), batch.kind)
            for position in 0..<refunds.count {
                let lane = Int(items[position])
                let kind = Int(kinds[Int(batch.refundPurchase[lane])])
                sums[Int(targets[position]) &* 4 &+ kind &+ 1] &+= amounts[lane]
            }
        case .buyers, .repeatBuyers, .gapSamples: preconditionFailure("no sum over items")
        }
    }

    private func addOnes(_ list: ItemList, _ targets: Lanes<Int32>, _ sums: Lanes<Int64>) {
        for position in 0..<list.count { sums[Int(targets[position])] &+= 1 }
    }

    private func add(_ values: Lanes<Int64>, _ list: ItemList, _ targets: Lanes<Int32>, _ sums: Lanes<Int64>) {
        let items = list.items
        for position in 0..<list.count { sums[Int(targets[position])] &+= values[Int(items[position])] }
    }

    private func addByKind(
        _ values: Lanes<Int64>, _ kinds: Lanes<Int32>, _ list: ItemList, _ targets: Lanes<Int32>, _ sums: Lanes<Int64>
    ) {
        let items = list.items
        for position in 0..<list.count {
            let lane = Int(items[position])
            sums[Int(targets[position]) &* 4 &+ Int(kinds[lane]) &+ 1] &+= values[lane]
        }
    }

    /// The same for money of a wide batch, in 128 bits; called with the target, the slot and the amount.
    func visitWide(
        _ kind: SumKind, of batch: CustomerBatch, isNative: Bool, at targets: [Lanes<Int32>],
        _ add: (_ target: Int, _ slot: Int, _ amount: Int128) -> Void
    ) {
        guard let wide = batch.wide else { return }
        let hasKinds = kind == .chargeGross || kind == .chargeRefunded
        func slot(_ purchase: Int) -> Int { hasKinds ? Int(batch.kind[purchase]) + 1 : 0 }
        switch kind {
        case .gross, .chargeGross:
            for list in [ListKind.counted, .uncounted] {
                let (items, targets) = (self.list(list), targets[list.rawValue])
                for position in 0..<items.count {
                    let lane = Int(items.items[position])
                    add(Int(targets[position]), slot(lane), isNative ? wide.units[lane] : wide.display[lane])
                }
            }
        case .refunded, .chargeRefunded:
            for position in 0..<refunds.count {
                let lane = Int(refunds.items[position])
                add(
                    Int(targets[ListKind.refunds.rawValue][position]), slot(Int(batch.refundPurchase[lane])),
                    isNative ? wide.refundUnits[lane] : wide.refundDisplay[lane])
            }
        default: preconditionFailure("no sum of money")
        }
    }
}

extension Selection {
    /// The error of the first amount in the selection that has no rate and is summed, with its customer.
    func missingRate(_ batch: CustomerBatch) -> (customer: Int, error: QueryError)? {
        if batch.purchasesWithoutRate.isEmpty, batch.refundsWithoutRate.isEmpty { return nil }
        var found: (customer: Int, error: QueryError)?
        func note(_ purchase: Int, _ currency: Int32, _ day: Int32) {
            let customer = batch.customers.lowerBound + Int(batch.owner[purchase])
            if let found, found.customer <= customer { return }
            found = (customer, batch.plan.money.missingRate(currency: Int(currency), day: Int(day)))
        }
        let purchases = Set(batch.purchasesWithoutRate)
        for list in [counted, uncounted] {
            for position in 0..<list.count where purchases.contains(list.items[position]) {
                let lane = Int(list.items[position])
                let isCharge = !plan.chargeMoney.isEmpty && plan.chargeMoney.contains(Int(batch.kind[lane]))
                if plan.usesMoney || isCharge { note(lane, batch.currency[lane], batch.day[lane]) }
            }
        }
        let withoutRate = Set(batch.refundsWithoutRate)
        for position in 0..<refunds.count where withoutRate.contains(refunds.items[position]) {
            let lane = Int(refunds.items[position])
            let purchase = Int(batch.refundPurchase[lane])
            let isCharge = !plan.chargeRefunds.isEmpty && plan.chargeRefunds.contains(Int(batch.kind[purchase]))
            if plan.usesRefunds || isCharge { note(purchase, batch.refundCurrency[lane], batch.refundDay[lane]) }
        }
        return found
    }
}
