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
    private let summed: [SumKind]
    private var sums: [SumKind: Lanes<Int64>]
    private var hasItems = Lanes<UInt8>()
    private var isChosen = Lanes<UInt8>()
    private var mask = Lanes<UInt8>()

    init(_ plan: SelectionPlan) {
        self.plan = plan
        summed = plan.byCustomer.filter { $0 != .gapSamples }
        sums = Dictionary(uniqueKeysWithValues: summed.map { ($0, Lanes()) })
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
        if plan.countsInScope { count(counted, batch, into: &inScope) }
        if !plan.filters.isEmpty { filter(batch) }
        if plan.countsByCustomer { count(counted, batch, into: &countedByCustomer) }
        if plan.isGroupedByCustomer { findCustomers(batch) }
        if !sums.isEmpty, batch.wide == nil { sum(batch) }
    }

    /// Sums of one kind by customer, in slots; made where the batch is not wide.
    func sums(_ kind: SumKind) -> Lanes<Int64> {
        guard let lanes = sums[kind] else { preconditionFailure("sums by customer that nobody planned") }
        return lanes
    }

    // MARK: - Scopes

    private func selectWindow(_ batch: CustomerBatch) {
        let (from, to) = (plan.window.lowerBound, plan.window.upperBound)
        let (list, time, items) = (batch.countedList, batch.time, counted.items)
        var chosen = 0
        for position in 0..<batch.countedTotal {
            let lane = list[position]
            let instant = time[Int(lane)]
            items[chosen] = lane
            chosen += instant >= from && instant < to ? 1 : 0
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
        selectOthers(batch) { _ in true }
        selectRefunds(batch) { _ in true }
    }

    private func selectCustomers(_ batch: CustomerBatch) {
        let customers = batch.customerCount
        isChosen.reserve(customers)
        let (isChosen, window, time) = (isChosen, plan.window, batch.time)
        let (list, owner) = (batch.countedList, batch.owner)
        if plan.scope == .active {
            isChosen.fill(0, customers)
            for position in 0..<batch.countedTotal {
                let lane = Int(list[position])
                let instant = time[lane]
                isChosen[Int(owner[lane])] |= instant >= window.lowerBound && instant < window.upperBound ? 1 : 0
            }
        } else {
            for customer in 0..<customers {
                let first = Int(batch.firstPurchase[customer])
                isChosen[customer] = first >= 0 && window.contains(time[first]) ? 1 : 0
            }
        }
        let items = counted.items
        var chosen = 0
        for position in 0..<batch.countedTotal {
            let lane = list[position]
            items[chosen] = lane
            chosen += Int(isChosen[Int(owner[Int(lane)])])
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
        let (from, to) = (plan.window.lowerBound, plan.window.upperBound)
        let (time, anchor, list) = (batch.time, batch.anchor, batch.countedList)
        let (items, homes) = (counted.items, counted.homes)
        var chosen = 0
        for position in 0..<batch.countedTotal {
            let lane = list[position]
            let home = anchor[Int(lane)]
            items[chosen] = lane
            homes[chosen] = home
            let instant = time[Int(max(home, 0))]
            chosen += home >= 0 && instant >= from && instant < to ? 1 : 0
        }
        counted.count = chosen
        func home(_ purchase: Int) -> Int? {
            let home = Int(anchor[purchase])
            return home >= 0 && plan.window.contains(time[home]) ? home : nil
        }
        selectOthers(batch) { home($0) != nil }
        selectRefunds(batch) { home(Int(batch.refundPurchase[$0])) != nil }
        for position in 0..<uncounted.count { uncounted.homes[position] = anchor[Int(uncounted.items[position])] }
        for position in 0..<canceled.count { canceled.homes[position] = anchor[Int(canceled.items[position])] }
        for position in 0..<refunds.count {
            refunds.homes[position] = anchor[Int(batch.refundPurchase[Int(refunds.items[position])])]
        }
    }

    /// Purchases that count for sums or as cancelled only, under themselves.
    private func selectOthers(_ batch: CustomerBatch, _ isChosen: (Int) -> Bool) {
        for position in 0..<batch.otherTotal {
            let lane = batch.otherList[position]
            guard isChosen(Int(lane)) else { continue }
            if batch.status[Int(lane)] == CustomerBatch.Status.canceled {
                canceled.items[canceled.count] = lane
                canceled.homes[canceled.count] = lane
                canceled.count += 1
            } else {
                uncounted.items[uncounted.count] = lane
                uncounted.homes[uncounted.count] = lane
                uncounted.count += 1
            }
        }
    }

    private func selectRefunds(_ batch: CustomerBatch, _ isChosen: (Int) -> Bool) {
        for lane in 0..<batch.refundCount where isChosen(lane) {
            refunds.items[refunds.count] = Int32(lane)
            refunds.homes[refunds.count] = batch.refundPurchase[lane]
            refunds.count += 1
        }
    }

    // MARK: - Filters

    private func filter(_ batch: CustomerBatch) {
        let purchases = batch.purchaseCount
        mask.reserve(purchases)
        mask.fill(0, purchases)
        for kind in ListKind.allCases {
            let list = list(kind)
            for position in 0..<list.count { mask[Int(list.homes[position])] = 1 }
        }
        for kernel in plan.filters { batch.evaluate(kernel, .purchases, mask) }
        keep(&counted)
        keep(&uncounted)
        keep(&canceled)
        keep(&refunds)
    }

    /// Keeps what the mask lets pass, in lists of its own.
    private func keep(_ list: inout ItemList) {
        let (mask, source) = (mask, list)
        var kept = ItemList()
        kept.reserve(source.count)
        let (items, homes) = (kept.items, kept.homes)
        var count = 0
        for position in 0..<source.count {
            let home = source.homes[position]
            items[count] = source.items[position]
            homes[count] = home
            count += Int(mask[Int(home)])
        }
        kept.count = count
        list = kept
    }

    // MARK: - By customer

    private func count(_ list: ItemList, _ batch: CustomerBatch, into counts: inout Lanes<Int32>) {
        counts.reserve(batch.customerCount)
        counts.fill(0, batch.customerCount)
        let (counts, owner, homes) = (counts, batch.owner, list.homes)
        for position in 0..<list.count { counts[Int(owner[Int(homes[position])])] &+= 1 }
    }

    /// The customer of each item, and the customers who have one.
    private func findCustomers(_ batch: CustomerBatch) {
        let count = batch.customerCount
        hasItems.reserve(count)
        customers.reserve(count)
        let (hasItems, customers, owner) = (hasItems, customers, batch.owner)
        hasItems.fill(0, count)
        for kind in ListKind.allCases {
            let list = list(kind)
            owners[kind.rawValue].reserve(list.count)
            let (owners, homes) = (owners[kind.rawValue], list.homes)
            for position in 0..<list.count {
                let customer = owner[Int(homes[position])]
                owners[position] = customer
                hasItems[Int(customer)] = 1
            }
        }
        var found = 0
        for customer in 0..<count {
            customers[found] = Int32(customer)
            found += Int(hasItems[customer])
        }
        customerCount = found
    }

    private func sum(_ batch: CustomerBatch) {
        let count = batch.customerCount
        for kind in summed {
            sums[kind]?.reserve(count * kind.width)
            guard let lanes = sums[kind] else { continue }
            lanes.fill(0, count * kind.width)
            switch kind {
            case .buyers:
                let owners = owners(.counted)
                for position in 0..<counted.count { lanes[Int(owners[position])] = 1 }
            case .repeatBuyers(let least):
                let (owners, counts) = (owners(.counted), countedByCustomer)
                for position in 0..<counted.count {
                    let customer = Int(owners[position])
                    if Int(counts[customer]) >= least { lanes[customer] = 1 }
                }
            default: add(kind, of: batch, isNative: false, at: owners, to: lanes)
            }
        }
    }
}
