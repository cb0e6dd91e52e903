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
            each(counted.count) { position in
                sums[Int(targets[position])] &-= Int64(mask(index[Int(items[position])] == 0))
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
            each(counted.count) { position in
                sums[Int(targets[position]) &* 4 &+ Int(kinds[Int(items[position])]) &+ 1] &+= 1
            }
        case .chargeGross:
            let amounts = isNative ? batch.units : batch.display
            addByKind(amounts, batch.kind, counted, target(.counted), sums)
            addByKind(amounts, batch.kind, uncounted, target(.uncounted), sums)
        case .chargeRefunded:
            let amounts = isNative ? batch.refundUnits : batch.refundDisplay
            let (items, targets, kinds) = (refunds.items, target(.refunds), batch.kind)
            each(refunds.count) { position in
                let lane = Int(items[position])
                let kind = Int(kinds[Int(batch.refundPurchase[lane])])
                sums[Int(targets[position]) &* 4 &+ kind &+ 1] &+= amounts[lane]
            }
        case .buyers, .repeatBuyers, .gapSamples: preconditionFailure("no sum over items")
        }
    }

    /// Purchases and their amounts in one walk: `add` of `.counted` and `.gross`, or of `.chargeCounts` and
    /// `.chargeGross`.
    func addCountsAndAmounts(
        byKind: Bool, of batch: CustomerBatch, isNative: Bool, at targets: [Lanes<Int32>], counts: Lanes<Int64>,
        amounts: Lanes<Int64>
    ) {
        let values = isNative ? batch.units : batch.display
        let (items, target, kinds) = (counted.items, targets[ListKind.counted.rawValue], batch.kind)
        if byKind {
            each(counted.count) { position in
                let lane = Int(items[position])
                let sum = Int(target[position]) &* 4 &+ Int(kinds[lane]) &+ 1
                counts[sum] &+= 1
                amounts[sum] &+= values[lane]
            }
            addByKind(values, kinds, uncounted, targets[ListKind.uncounted.rawValue], amounts)
        } else {
            each(counted.count) { position in
                let sum = Int(target[position])
                counts[sum] &+= 1
                amounts[sum] &+= values[Int(items[position])]
            }
            add(values, uncounted, targets[ListKind.uncounted.rawValue], amounts)
        }
    }

    /// The sum of a kind over all items, by slot. Distinct kinds count customers.
    func total(_ kind: SumKind, of batch: CustomerBatch) -> [Int64] {
        switch kind {
        case .counted: return [Int64(counted.count)]
        case .canceled: return [Int64(canceled.count)]
        case .gaps: return [sum(batch.gap, counted)]
        case .gross: return [sum(batch.display, counted) &+ sum(batch.display, uncounted)]
        case .refunded: return [sum(batch.refundDisplay, refunds)]
        case .buyers: return [customers(withAtLeast: 1, batch.customerCount)]
        case .repeatBuyers(let least): return [customers(withAtLeast: least, batch.customerCount)]
        case .first:
            let (items, index) = (counted.items, batch.countedIndex)
            var sum: Int64 = 0
            each(counted.count) { position in sum &-= Int64(mask(index[Int(items[position])] == 0)) }
            return [sum]
        case .chargeCounts, .chargeGross, .chargeRefunded:
            let most = max(counted.count, uncounted.count, refunds.count)
            let targets = Lanes<Int32>(repeating: 0, count: most)
            let sums = Lanes<Int64>(repeating: 0, count: kind.width)
            add(kind, of: batch, isNative: false, at: ListKind.allCases.map { _ in targets }, to: sums)
            return (0..<kind.width).map { sums[$0] }
        case .gapSamples: preconditionFailure("samples have no sum")
        }
    }

    private func sum(_ values: Lanes<Int64>, _ list: ItemList) -> Int64 {
        let items = list.items
        var sum: Int64 = 0
        each(list.count) { position in sum &+= values[Int(items[position])] }
        return sum
    }

    private func customers(withAtLeast least: Int, _ count: Int) -> Int64 {
        let (counts, least) = (countedByCustomer, Int32(clamping: max(1, least)))
        // 32 bits, so that several lanes are compared at once.
        var found: Int32 = 0
        each(count) { customer in found &-= mask(counts[customer] >= least) }
        return Int64(found)
    }

    private func addOnes(_ list: ItemList, _ targets: Lanes<Int32>, _ sums: Lanes<Int64>) {
        each(list.count) { position in sums[Int(targets[position])] &+= 1 }
    }

    private func add(_ values: Lanes<Int64>, _ list: ItemList, _ targets: Lanes<Int32>, _ sums: Lanes<Int64>) {
        let items = list.items
        each(list.count) { position in sums[Int(targets[position])] &+= values[Int(items[position])] }
    }

    private func addByKind(
        _ values: Lanes<Int64>, _ kinds: Lanes<Int32>, _ list: ItemList, _ targets: Lanes<Int32>, _ sums: Lanes<Int64>
    ) {
        let items = list.items
        each(list.count) { position in
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
                each(items.count) { position in
                    let lane = Int(items.items[position])
                    add(Int(targets[position]), slot(lane), isNative ? wide.units[lane] : wide.display[lane])
                }
            }
        case .refunded, .chargeRefunded:
            each(refunds.count) { position in
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
