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

extension Scope {
    /// Of each customer all purchases are in it, or none.
    fileprivate var isOfWholeCustomers: Bool { self == .history || self == .active || self == .acquired }
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
    /// Sums by customer; made where the batch is not wide.
    let byCustomer: CustomerSums
    private var hasItems = Lanes<UInt8>()
    private var isChosen = Lanes<UInt8>()
    private var mask = Lanes<UInt8>()

    init(_ plan: SelectionPlan) {
        self.plan = plan
        byCustomer = CustomerSums(plan.byCustomer)
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
        counted.count = 0
        uncounted.count = 0
        canceled.count = 0
        refunds.count = 0
        switch plan.scope {
        case .window: selectWindow(batch)
        case .history: selectHistory(batch)
        case .active, .acquired: selectCustomers(batch)
        case .charges: selectCharges(batch)
        }
        let isFiltered = !plan.filters.isEmpty
        if plan.countsInScope { count(batch, isFiltered: false, into: &inScope) }
        if isFiltered { filter(batch) }
        findOwners(batch)
        if plan.countsByCustomer { count(batch, isFiltered: isFiltered, into: &countedByCustomer) }
        if plan.isGroupedByCustomer {
            findCustomers(batch)
            if batch.wide == nil { byCustomer.make(self, batch) }
        }
    }

    // MARK: - Scopes

    private func selectWindow(_ batch: CustomerBatch) {
        let list = batch.counted(in: plan.window)
        // The batch's own list: nothing is changed in it, as filters write to other lists.
        (counted.items, counted.homes, counted.count) = (list.items, list.items, list.count)
        owners[ListKind.counted.rawValue] = list.owners
        let (window, time, refundTime) = (WindowTest(plan.window), batch.time, batch.refundTime)
        selectOthers(batch) { window.mask(time[$0]) }
        selectRefunds(batch) { window.mask(refundTime[$0]) }
    }

    private func selectHistory(_ batch: CustomerBatch) {
        // The batch's own list, as above.
        (counted.items, counted.homes, counted.count) = (batch.countedList, batch.countedList, batch.countedTotal)
        owners[ListKind.counted.rawValue] = batch.countedOwner
        selectOthers(batch) { _ in -1 }
        selectRefunds(batch) { _ in -1 }
    }

    private func selectCustomers(_ batch: CustomerBatch) {
        chooseCustomers(batch)
        let isChosen = isChosen
        if plan.scope == .acquired, endsWithData(batch) {
            // They have bought nothing before the window.
            let list = batch.counted(in: plan.window)
            keep(list.items, list.owners, list.count)
        } else {
            keep(batch.countedList, batch.countedOwner, batch.countedTotal)
        }
        let (owner, refundPurchase) = (batch.owner, batch.refundPurchase)
        selectOthers(batch) { 0 &- Int32(isChosen[Int(owner[$0])]) }
        selectRefunds(batch) { 0 &- Int32(isChosen[Int(owner[Int(refundPurchase[$0])])]) }
    }

    /// Tells which customers are in the scope.
    private func chooseCustomers(_ batch: CustomerBatch) {
        isChosen.reserve(batch.customerCount)
        let isChosen = isChosen
        isChosen.fill(0, batch.customerCount)
        if batch.countedTotal == 0 { return }
        if plan.scope == .active {
            let list = batch.counted(in: plan.window)
            let owners = list.owners
            each(list.count) { position in isChosen[Int(owners[position])] = 1 }
        } else {
            let (window, time, firstPurchase) = (WindowTest(plan.window), batch.time, batch.firstPurchase)
            each(batch.customerCount) { customer in
                let first = firstPurchase[customer]
                // Of who never bought: -1, of which the sign is kept and the first lane looked at.
                let isBuyer = ~(first >> 31)
                isChosen[customer] = UInt8(truncatingIfNeeded: window.mask(time[Int(first & isBuyer)]) & isBuyer & 1)
            }
        }
    }

    /// Every purchase after the window's beginning is in it.
    private func endsWithData(_ batch: CustomerBatch) -> Bool { plan.window.upperBound > batch.plan.asOf }

    /// Takes those of the purchases whose customer is chosen.
    private func keep(_ list: Lanes<Int32>, _ customers: Lanes<Int32>, _ count: Int) {
        owners[ListKind.counted.rawValue].reserve(count + 1)
        counted.items.reserve(count + 1)
        let (items, owners, isChosen) = (counted.items, owners(.counted), isChosen)
        var chosen = 0
        each(count) { position in
            let customer = customers[position]
            items[chosen] = list[position]
            owners[chosen] = customer
            chosen &+= Int(isChosen[Int(customer)])
        }
        (counted.homes, counted.count) = (items, chosen)
    }

    /// The window's first charges and what belongs to them, under the first charge.
    private func selectCharges(_ batch: CustomerBatch) {
        // Without charges nothing is anchored.
        guard batch.plan.purchases.charges != nil else { return }
        if batch.anchorsAreEarlier, endsWithData(batch) {
            let list = batch.counted(in: plan.window)
            keepAnchored(list.items, list.owners, list.count, batch)
        } else {
            keepAnchored(batch.countedList, batch.countedOwner, batch.countedTotal, batch)
        }
        let (window, time, anchor) = (WindowTest(plan.window), batch.time, batch.anchor)
        func isChosen(_ purchase: Int) -> Int32 {
            let home = anchor[purchase]
            let isAnchored = ~(home >> 31)
            return window.mask(time[Int(home & isAnchored)]) & isAnchored
        }
        let refundPurchase = batch.refundPurchase
        selectOthers(batch) { isChosen($0) }
        selectRefunds(batch) { isChosen(Int(refundPurchase[$0])) }
        findHomes(&uncounted) { anchor[Int($0)] }
        findHomes(&canceled) { anchor[Int($0)] }
        findHomes(&refunds) { anchor[Int(refundPurchase[Int($0)])] }
    }

    /// Takes those of the purchases that belong to a first charge of the window.
    private func keepAnchored(
        _ list: Lanes<Int32>, _ customers: Lanes<Int32>, _ count: Int, _ batch: CustomerBatch
    ) {
        let window = WindowTest(plan.window)
        let (time, anchor) = (batch.time, batch.anchor)
        owners[ListKind.counted.rawValue].reserve(count + 1)
        counted.reserve(count + 1)
        let (items, homes, owners) = (counted.items, counted.homes, owners(.counted))
        var chosen = 0
        each(count) { position in
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
    }

    /// Gives items homes of their own.
    private func findHomes(_ list: inout ItemList, _ home: (Int32) -> Int32) {
        var homes = Lanes<Int32>()
        homes.reserve(list.count)
        each(list.count) { position in homes[position] = home(list.items[position]) }
        list.homes = homes
    }

    /// Purchases that count for sums or as cancelled only, under themselves.
    private func selectOthers(_ batch: CustomerBatch, _ isChosen: (Int) -> Int32) {
        canceled.items.reserve(batch.otherTotal + 1)
        uncounted.items.reserve(batch.otherTotal + 1)
        let (others, status) = (batch.otherList, batch.status)
        let (canceledItems, uncountedItems) = (canceled.items, uncounted.items)
        var canceledTotal = 0
        var uncountedTotal = 0
        each(batch.otherTotal) { position in
            let lane = others[position]
            let isChosen = isChosen(Int(lane))
            let isCanceled = Engine.mask(status[Int(lane)] == CustomerBatch.Status.canceled)
            canceledItems[canceledTotal] = lane
            uncountedItems[uncountedTotal] = lane
            canceledTotal &-= Int(isChosen & isCanceled)
            uncountedTotal &-= Int(isChosen & ~isCanceled)
        }
        (canceled.homes, canceled.count) = (canceledItems, canceledTotal)
        (uncounted.homes, uncounted.count) = (uncountedItems, uncountedTotal)
    }

    private func selectRefunds(_ batch: CustomerBatch, _ isChosen: (Int) -> Int32) {
        refunds.reserve(batch.refundCount + 1)
        let (items, homes, purchases) = (refunds.items, refunds.homes, batch.refundPurchase)
        var total = 0
        each(batch.refundCount) { lane in
            items[total] = Int32(lane)
            homes[total] = purchases[lane]
            total &-= Int(isChosen(lane))
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
    private func count(_ batch: CustomerBatch, isFiltered: Bool, into counts: inout Lanes<Int32>) {
        counts.reserve(batch.customerCount)
        if !isFiltered, plan.scope.isOfWholeCustomers {
            // All purchases of a customer, or none.
            let (counts, isChosen, countedCount) = (counts, isChosen, batch.countedCount)
            if plan.scope == .history {
                each(batch.customerCount) { customer in counts[customer] = countedCount[customer] }
            } else {
                each(batch.customerCount) { customer in
                    counts[customer] = countedCount[customer] & (0 &- Int32(isChosen[customer]))
                }
            }
            return
        }
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
        let counts = countedByCustomer
        if plan.countsByCustomer { each(count) { customer in hasItems[customer] = counts[customer] > 0 ? 1 : 0 } }
        for kind in ListKind.allCases where kind != .counted || !plan.countsByCustomer {
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
}

extension Selection {
    /// The items of a list as they are grouped.
    ///
    /// - Parameter needsCurrency: some dimension is the currency.
    func groupedItems(_ kind: ListKind, _ batch: CustomerBatch, needsCurrency: Bool) -> GroupedItems {
        let list = list(kind)
        var items = GroupedItems(count: list.count, homes: list.homes, owners: owners(kind))
        let isCharge = plan.scope == .charges
        if kind == .refunds {
            items.days =
                isCharge
                ? .init(lanes: batch.day, index: list.homes)
                : .init(lanes: batch.refundDay, index: list.items, refunds: batch.refundCount)
            if needsCurrency { items.currencies = .init(lanes: batch.refundCurrency, index: list.items) }
        } else {
            // A charge is booked under the day of its first charge, and in its own currency.
            items.days = .init(lanes: batch.day, index: list.homes)
            if needsCurrency { items.currencies = .init(lanes: batch.currency, index: list.items) }
        }
        return items
    }
}
