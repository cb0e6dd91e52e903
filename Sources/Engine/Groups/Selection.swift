import Queries

/// Purchases or refunds of a selection, in order. The lanes of `homes` are the purchases that group them.
struct ItemList {
    var items = Lanes<Int32>()
    var homes = Lanes<Int32>()
    var count = 0

    mutating func reserve(_ capacity: Int) {
        items.reserve(capacity)
        homes.reserve(capacity)
        count = 0
    }
}

/// Whether instants are in a window, in one comparison.
struct WindowTest {
    private let from: Int64
    private let length: UInt64

    init(_ window: Range<Int64>) {
        from = window.lowerBound
        length = UInt64(bitPattern: window.upperBound &- window.lowerBound)
    }

    @inline(__always)
    func mask(_ instant: Int64) -> Int32 { Engine.mask(UInt64(bitPattern: instant &- from) < length) }
}

/// The lists of a selection.
enum ListKind: Int, CaseIterable {
    case counted, uncounted, canceled, refunds
}

/// The part of a batch that a selection looks at, and its sums by customer.
final class Selection {
    let plan: SelectionPlan
    private(set) var counted = ItemList()
    private(set) var uncounted = ItemList()
    private(set) var canceled = ItemList()
    private(set) var refunds = ItemList()
    /// Counted purchases in scope by customer, before filters; only where `countsInScope`.
    private(set) var inScope = Lanes<Int32>()
    /// Customers with an item.
    private(set) var customers = Lanes<Int32>()
    private(set) var customerCount = 0
    /// Counted purchases by customer; only where `countsByCustomer`.
    private(set) var countedByCustomer = Lanes<Int32>()
    /// The customer of each item, by list.
    private(set) var owners: [Lanes<Int32>] = ListKind.allCases.map { _ in Lanes() }
    /// Which sums are made by customer.
    private let summed: [SumKind]
    private var sums: [Lanes<Int64>]
    private var hasItems = Lanes<UInt8>()
    private var isChosen = Lanes<UInt8>()
    private var mask = Lanes<UInt8>()

    init(_ plan: SelectionPlan) {
        self.plan = plan
        summed = plan.byCustomer.filter { $0 != .gapSamples }
        sums = summed.map { _ in Lanes() }
    }

    func list(_ kind: ListKind) -> ItemList {
        switch kind {
        case .counted: counted
        case .uncounted: uncounted
        case .canceled: canceled
        case .refunds: refunds
        }
    }

    func owners(_ kind: ListKind) -> Lanes<Int32> { owners[kind.rawValue] }

    /// Selects from a batch.
    func select(_ batch: CustomerBatch) {
        counted.reserve(batch.countedTotal)
        uncounted.reserve(batch.otherTotal)
        canceled.reserve(batch.otherTotal)
        refunds.reserve(batch.refundCount)
        switch plan.scope {
        case .window: selectWindow(batch)
        case .history: selectHistory(batch)
        case .active, .acquired: selectCustomers(batch)
        case .charges: selectCharges(batch)
        }
        if plan.countsInScope { count(batch, into: &inScope) }
        if !plan.filters.isEmpty { filter(batch) }
        findOwners(batch)
        if plan.countsByCustomer { count(batch, into: &countedByCustomer) }
        if plan.isGroupedByCustomer {
            findCustomers(batch)
            if batch.wide == nil { sum(batch) }
        }
    }

    /// Sums of one kind by customer, in slots; made where the batch is not wide.
    func sums(_ kind: SumKind) -> Lanes<Int64> {
        guard let position = summed.firstIndex(of: kind) else {
            preconditionFailure("sums by customer that nobody planned")
        }
        return sums[position]
    }

    // MARK: - Scopes

    private func selectWindow(_ batch: CustomerBatch) {
        let window = WindowTest(plan.window)
        let time = batch.time
        owners[ListKind.counted.rawValue].reserve(batch.countedTotal)
        let (list, times, customers) = (batch.countedList, batch.countedTime, batch.countedOwner)
        let (items, owners) = (counted.items, owners(.counted))
        var chosen = 0
        each(batch.countedTotal) { position in
            items[chosen] = list[position]
            owners[chosen] = customers[position]
            chosen &-= Int(window.mask(times[position]))
        }
        counted.count = chosen
        counted.homes = counted.items
        selectOthers(batch) { plan.window.contains(time[$0]) }
        selectRefunds(batch) { plan.window.contains(batch.refundTime[$0]) }
    }

    private func selectHistory(_ batch: CustomerBatch) {
        // The batch's own list: nothing is changed in it, as filters write to other lists.
        counted.items = batch.countedList
        counted.homes = batch.countedList
        counted.count = batch.countedTotal
        owners[ListKind.counted.rawValue] = batch.countedOwner
        selectOthers(batch) { _ in true }
        selectRefunds(batch) { _ in true }
    }

    private func selectCustomers(_ batch: CustomerBatch) {
        isChosen.reserve(batch.customerCount)
        let (isChosen, window, time, owner) = (isChosen, plan.window, batch.time, batch.owner)
        let (list, times, customers) = (batch.countedList, batch.countedTime, batch.countedOwner)
        if plan.scope == .active {
            let test = WindowTest(window)
            isChosen.fill(0, batch.customerCount)
            // What is known of the customer is kept in a register, and only written: a sum in memory would wait for
            // the one before it.
            var customer: Int32 = -1
            var isActive: Int32 = 0
            each(batch.countedTotal) { position in
                let current = customers[position]
                isActive = isActive & Engine.mask(current == customer) | test.mask(times[position])
                customer = current
                isChosen[Int(current)] = UInt8(truncatingIfNeeded: isActive & 1)
            }
        } else {
            each(batch.customerCount) { customer in
                let first = Int(batch.firstPurchase[customer])
                isChosen[customer] = first >= 0 && window.contains(time[first]) ? 1 : 0
            }
        }
        owners[ListKind.counted.rawValue].reserve(batch.countedTotal)
        let (items, owners) = (counted.items, owners(.counted))
        var chosen = 0
        each(batch.countedTotal) { position in
            let customer = customers[position]
            items[chosen] = list[position]
            owners[chosen] = customer
            chosen &+= Int(isChosen[Int(customer)])
        }
        counted.count = chosen
        counted.homes = counted.items
        selectOthers(batch) { isChosen[Int(owner[$0])] != 0 }
        selectRefunds(batch) { isChosen[Int(owner[Int(batch.refundPurchase[$0])])] != 0 }
    }

    /// The window's first charges and what belongs to them, under the first charge.
    private func selectCharges(_ batch: CustomerBatch) {
        // Without charges nothing is anchored.
        guard batch.plan.purchases.charges != nil else { return }
        let window = WindowTest(plan.window)
        let (time, anchor, list) = (batch.time, batch.anchor, batch.countedList)
        owners[ListKind.counted.rawValue].reserve(batch.countedTotal)
        let (items, homes, owners, customers) = (counted.items, counted.homes, owners(.counted), batch.countedOwner)
        var chosen = 0
        each(batch.countedTotal) { position in
            let lane = list[position]
            let home = anchor[Int(lane)]
            items[chosen] = lane
            homes[chosen] = home
            owners[chosen] = customers[position]
            // Of no first charge: -1, of which the sign is kept and the first lane looked at.
            let isAnchored = ~(home >> 31)
            chosen &-= Int(window.mask(time[Int(home & isAnchored)]) & isAnchored)
        }
        counted.count = chosen
        func home(_ purchase: Int) -> Int? {
            let home = Int(anchor[purchase])
            return home >= 0 && plan.window.contains(time[home]) ? home : nil
        }
        selectOthers(batch) { home($0) != nil }
        selectRefunds(batch) { home(Int(batch.refundPurchase[$0])) != nil }
        each(uncounted.count) { position in uncounted.homes[position] = anchor[Int(uncounted.items[position])] }
        each(canceled.count) { position in canceled.homes[position] = anchor[Int(canceled.items[position])] }
        each(refunds.count) { position in
            refunds.homes[position] = anchor[Int(batch.refundPurchase[Int(refunds.items[position])])]
        }
    }

    /// Purchases that count for sums or as cancelled only, under themselves.
    private func selectOthers(_ batch: CustomerBatch, _ isChosen: (Int) -> Bool) {
        let (others, status) = (batch.otherList, batch.status)
        let (canceledItems, canceledHomes) = (canceled.items, canceled.homes)
        let (uncountedItems, uncountedHomes) = (uncounted.items, uncounted.homes)
        var canceledTotal = 0
        var uncountedTotal = 0
        for position in 0..<batch.otherTotal {
            let lane = others[position]
            guard isChosen(Int(lane)) else { continue }
            if status[Int(lane)] == CustomerBatch.Status.canceled {
                canceledItems[canceledTotal] = lane
                canceledHomes[canceledTotal] = lane
                canceledTotal += 1
            } else {
                uncountedItems[uncountedTotal] = lane
                uncountedHomes[uncountedTotal] = lane
                uncountedTotal += 1
            }
        }
        (canceled.count, uncounted.count) = (canceledTotal, uncountedTotal)
    }

    private func selectRefunds(_ batch: CustomerBatch, _ isChosen: (Int) -> Bool) {
        let (items, homes, purchases) = (refunds.items, refunds.homes, batch.refundPurchase)
        var total = 0
        for lane in 0..<batch.refundCount where isChosen(lane) {
            items[total] = Int32(lane)
            homes[total] = purchases[lane]
            total += 1
        }
        refunds.count = total
    }

    // MARK: - Filters

    private func filter(_ batch: CustomerBatch) {
        let purchases = batch.purchaseCount
        mask.reserve(purchases)
        mask.fill(0, purchases)
        for kind in ListKind.allCases {
            let list = list(kind)
            each(list.count) { position in mask[Int(list.homes[position])] = 1 }
        }
        for kernel in plan.filters { batch.evaluate(kernel, .purchases, mask) }
        owners[ListKind.counted.rawValue] = kept(owners(.counted), of: counted)
        keep(&counted)
        keep(&uncounted)
        keep(&canceled)
        keep(&refunds)
    }

    /// The customers of those items that the mask lets pass.
    private func kept(_ owners: Lanes<Int32>, of list: ItemList) -> Lanes<Int32> {
        let kept = Lanes<Int32>(repeating: 0, count: list.count)
        let (mask, homes) = (mask, list.homes)
        var count = 0
        each(list.count) { position in
            kept[count] = owners[position]
            count &+= Int(mask[Int(homes[position])])
        }
        return kept
    }

    /// Keeps what the mask lets pass, in lists of its own.
    private func keep(_ list: inout ItemList) {
        let (mask, source) = (mask, list)
        var kept = ItemList()
        kept.reserve(source.count)
        let (items, homes) = (kept.items, kept.homes)
        var count = 0
        each(source.count) { position in
            let home = source.homes[position]
            items[count] = source.items[position]
            homes[count] = home
            count += Int(mask[Int(home)])
        }
        kept.count = count
        list = kept
    }

    // MARK: - By customer

    /// How many counted items each customer has.
    private func count(_ batch: CustomerBatch, into counts: inout Lanes<Int32>) {
        counts.reserve(batch.customerCount)
        counts.fill(0, batch.customerCount)
        let (counts, owners) = (counts, owners(.counted))
        var customer: Int32 = -1
        var count: Int32 = 0
        each(counted.count) { position in
            let current = owners[position]
            count = (count & Engine.mask(current == customer)) &+ 1
            customer = current
            counts[Int(current)] = count
        }
    }

    /// The customers of the other lists' items; the counted ones' are told by the scope.
    private func findOwners(_ batch: CustomerBatch) {
        let owner = batch.owner
        for kind in ListKind.allCases where kind != .counted {
            let list = list(kind)
            if list.count == 0 { continue }
            owners[kind.rawValue].reserve(list.count)
            let (owners, homes) = (owners[kind.rawValue], list.homes)
            each(list.count) { position in owners[position] = owner[Int(homes[position])] }
        }
    }

    private func findCustomers(_ batch: CustomerBatch) {
        let count = batch.customerCount
        hasItems.reserve(count)
        customers.reserve(count)
        let (hasItems, customers) = (hasItems, customers)
        hasItems.fill(0, count)
        for kind in ListKind.allCases {
            let (owners, items) = (owners(kind), list(kind).count)
            each(items) { position in hasItems[Int(owners[position])] = 1 }
        }
        var found = 0
        each(count) { customer in
            customers[found] = Int32(customer)
            found &+= Int(hasItems[customer])
        }
        customerCount = found
    }

    private func sum(_ batch: CustomerBatch) {
        let count = batch.customerCount
        for (position, kind) in summed.enumerated() {
            sums[position].reserve(count * kind.width)
            let (lanes, counts) = (sums[position], countedByCustomer)
            switch kind {
            case .counted: each(count) { customer in lanes[customer] = Int64(counts[customer]) }
            case .buyers: each(count) { customer in lanes[customer] = counts[customer] > 0 ? 1 : 0 }
            case .repeatBuyers(let least):
                let least = Int32(clamping: max(1, least))
                each(count) { customer in lanes[customer] = counts[customer] >= least ? 1 : 0 }
            case .gross:
                lanes.fill(0, count)
                sumRuns(batch.display, counted, owners(.counted), lanes)
                let (values, others) = (batch.display, owners(.uncounted))
                each(uncounted.count) { position in
                    lanes[Int(others[position])] &+= values[Int(uncounted.items[position])]
                }
            default:
                lanes.fill(0, count * kind.width)
                add(kind, of: batch, isNative: false, at: owners, to: lanes)
            }
        }
    }

    /// The sum of each customer's values, whose items follow each other: in a register, as in `selectCustomers`.
    private func sumRuns(
        _ values: Lanes<Int64>, _ list: ItemList, _ owners: Lanes<Int32>, _ sums: Lanes<Int64>
    ) {
        let items = list.items
        var customer: Int32 = -1
        var sum: Int64 = 0
        each(list.count) { position in
            let current = owners[position]
            sum = (sum & Int64(Engine.mask(current == customer))) &+ values[Int(items[position])]
            customer = current
            sums[Int(current)] = sum
        }
    }
}
