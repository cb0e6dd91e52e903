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
            let (items, targets, gaps) = (counted.items, target(.counted), batch.gap)
            each(counted.count) { position in
                sums[Int(targets[position])] &-= gaps[Int(items[position])] >> 63
            }
        case .gaps:
            let (items, targets, gaps) = (counted.items, target(.counted), batch.gap)
            each(counted.count) { position in
                let gap = gaps[Int(items[position])]
                sums[Int(targets[position])] &+= gap & ~(gap >> 63)
            }
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
    ///
    /// - Parameters:
    ///   - rowCount: targets are below it.
    ///   - memory: for what is on its way into the sums.
    func addCountsAndAmounts(
        byKind: Bool, of batch: CustomerBatch, isNative: Bool, at targets: [Lanes<Int32>], counts: Lanes<Int64>,
        amounts: Lanes<Int64>, rowCount: Int, _ memory: inout Lanes<Int64>
    ) {
        let values = isNative ? batch.units : batch.display
        let (items, target, kinds) = (counted.items, targets[ListKind.counted.rawValue], batch.kind)
        let uncountedTarget = targets[ListKind.uncounted.rawValue]
        if byKind {
            addPairs(values, rowCount * 4, counts, amounts, &memory) { position in
                Int(target[position]) &* 4 &+ Int(kinds[Int(items[position])]) &+ 1
            }
            addByKind(values, kinds, uncounted, uncountedTarget, amounts)
        } else {
            addPairs(values, rowCount, counts, amounts, &memory) { position in Int(target[position]) }
            add(values, uncounted, uncountedTarget, amounts)
        }
    }

    /// - Parameter sum: the number of the sum, below `sumCount`, that the item of a position is added to.
    @inline(__always)
    private func addPairs(
        _ values: Lanes<Int64>, _ sumCount: Int, _ counts: Lanes<Int64>, _ amounts: Lanes<Int64>,
        _ memory: inout Lanes<Int64>, _ sum: (Int) -> Int
    ) {
        let (items, count) = (counted.items, counted.count)
        guard copiesPay(sumCount) else {
            each(count) { position in
                let sum = sum(position)
                counts[sum] &+= 1
                amounts[sum] &+= values[Int(items[position])]
            }
            return
        }
        // Few sums are each added to again before the last addition is done: four copies of them take turns.
        memory.reserve(sumCount * 8)
        let copies = memory
        copies.fill(0, sumCount * 8)
        each(count) { position in
            let place = (sum(position) &* 4 &+ (position & 3)) &* 2
            copies[place] &+= 1
            copies[place &+ 1] &+= values[Int(items[position])]
        }
        each(sumCount) { sum in
            let place = sum &* 8
            counts[sum] &+= copies[place] &+ copies[place &+ 2] &+ copies[place &+ 4] &+ copies[place &+ 6]
            amounts[sum] &+= copies[place &+ 1] &+ copies[place &+ 3] &+ copies[place &+ 5] &+ copies[place &+ 7]
        }
    }

    /// `add` of `.counted`, `.gross`, `.gaps` and `.first` in one walk.
    ///
    /// - Parameter sums: in that order.
    func addAmountsAndGaps(
        of batch: CustomerBatch, isNative: Bool, at targets: [Lanes<Int32>], to sums: [Lanes<Int64>], rowCount: Int,
        _ memory: inout Lanes<Int64>
    ) {
        let values = isNative ? batch.units : batch.display
        let (items, target, gaps) = (counted.items, targets[ListKind.counted.rawValue], batch.gap)
        // As above, with two copies.
        memory.reserve(rowCount * 8)
        let copies = memory
        copies.fill(0, rowCount * 8)
        each(counted.count) { position in
            let item = Int(items[position])
            let place = (Int(target[position]) &* 2 &+ (position & 1)) &* 4
            let (value, gap) = (values[item], gaps[item])
            copies[place] &+= 1
            copies[place &+ 1] &+= value
            copies[place &+ 2] &+= gap & ~(gap >> 63)
            copies[place &+ 3] &-= gap >> 63
        }
        for (slot, target) in sums.enumerated() {
            each(rowCount) { row in target[row] &+= copies[row &* 8 &+ slot] &+ copies[row &* 8 &+ 4 &+ slot] }
        }
        add(values, uncounted, targets[ListKind.uncounted.rawValue], sums[1])
    }

    /// Whether so many sums are added to so often that copies of them are worth their making: few enough to leave others
    /// their place in the first cache.
    func copiesPay(_ sumCount: Int) -> Bool { sumCount <= 128 && sumCount * 4 <= counted.count }

    /// The sum of a kind over all items, by slot. Distinct kinds count customers.
    func total(_ kind: SumKind, of batch: CustomerBatch) -> [Int64] {
        switch kind {
        case .counted: return [Int64(counted.count)]
        case .canceled: return [Int64(canceled.count)]
        case .gaps:
            let (items, gaps) = (counted.items, batch.gap)
            var sum: Int64 = 0
            each(counted.count) { position in
                let gap = gaps[Int(items[position])]
                sum &+= gap & ~(gap >> 63)
            }
            return [sum]
        case .gross: return [sum(batch.display, counted) &+ sum(batch.display, uncounted)]
        case .refunded: return [sum(batch.refundDisplay, refunds)]
        case .buyers: return [customers(withAtLeast: 1, batch.customerCount)]
        case .repeatBuyers(let least): return [customers(withAtLeast: least, batch.customerCount)]
        case .first:
            let (items, gaps) = (counted.items, batch.gap)
            var sum: Int64 = 0
            each(counted.count) { position in sum &-= gaps[Int(items[position])] >> 63 }
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
