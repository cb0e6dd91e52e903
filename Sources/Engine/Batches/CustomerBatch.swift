import EventStores
import Quantities
import Queries

/// Everything that queries need of some customers, made once and shared: a lane for each purchase, refund and customer.
///
///     columns of the rows       copied from the store, each at most once          TableBatch
///     purchases                 the state rows as of the evaluation, in order      PurchaseLoading
///     refunds                   what is given back, and on which purchase          RefundLoading
///     charges                   which first charge a purchase belongs to           ChargeAnchoring
///     customers                 counts, first and last purchase, revenue           here
///     consents, segments        by customer, or by purchase (consent at_purchase)  SegmentFacts
///
/// A batch holds a few thousand rows, so that all of its lanes stay in the cache. The memory is used again for the next.
final class CustomerBatch {
    /// What a purchase is worth for counts and sums.
    enum Status {
        /// Successful, and a purchase for counts.
        static let counted: UInt8 = 0
        /// Successful, and in the revenue, but no purchase for counts: below zero, or zero where that is ignored.
        static let uncounted: UInt8 = 1
        static let canceled: UInt8 = 2
        static let unclassified: UInt8 = 3
    }

    let plan: EvaluationPlan
    let rows: TableBatch
    let refundRows: TableBatch?
    let properties: ColumnBatch
    let consentRows: [TableBatch]
    private(set) var customers = 0..<0
    var quality = QualityCounts()
    /// The first customer for whom a condition asked for revenue that a missing rate makes unknown.
    private(set) var failure: (customer: Int, error: QueryError)?

    // Purchases, by customer, within a customer in the order of their first events.
    var purchaseCount = 0
    /// Every row is a purchase: lanes of rows are lanes of purchases.
    var isIdentity = true
    /// `starts[c] ..< starts[c + 1]` are the purchases of customer `c`.
    var starts = Lanes<Int32>()
    /// The customer of each purchase.
    var owner = Lanes<Int32>()
    /// The state row.
    var row = Lanes<Int32>()
    /// Microseconds of the first event, and that instant's local day.
    var time = Lanes<Int64>()
    var day = Lanes<Int32>()
    var status = Lanes<UInt8>()
    var currencyLanes = Lanes<Int32>()
    var hasCurrencies = false
    /// Native units and units in the display currency; in a wide batch see `wide`.
    var units = Lanes<Int64>()
    var ownUnits = Lanes<Int64>()
    var display = Lanes<Int64>()
    /// Of purchases that count: the position among the customer's.
    var countedIndex = Lanes<Int32>()
    /// Of purchases that count: microseconds since the customer's one before; 0 for the first.
    var gap = Lanes<Int64>()
    /// Position of the charge kind in `ChargeKind.allCases`, -1 for none; the first charge it belongs to, -1 for none.
    var kind = Lanes<Int32>()
    var anchor = Lanes<Int32>()
    /// By row, only where `isIdentity` is false: the purchase, -1 for none, -2 for one that is excluded. The row of a
    /// customer that is `n` after its first stands for the ordinal `n`.
    var purchaseOfOrdinal = Lanes<Int32>()
    /// Memory of the steps that find purchases; what they mean is told there.
    var lags = Lanes<Int64>()
    var refundFlags = Lanes<UInt8>()
    var ordinals = Lanes<Int32>()
    var ages = Lanes<Int64>()
    var parents = Lanes<Int32>()
    var identityRow = Lanes<Int32>()
    var stateRow = Lanes<Int32>()
    var purchaseTimes = Lanes<Int64>()
    var stateOwner = Lanes<Int32>()
    var excludedMask = Lanes<UInt8>()

    // Refunds, by customer.
    var refundCount = 0
    var refundStarts = Lanes<Int32>()
    var refundPurchases = Lanes<Int32>()
    var refundPurchase = Lanes<Int32>()
    var refundTime = Lanes<Int64>()
    var refundDay = Lanes<Int32>()
    var refundCurrency = Lanes<Int32>()
    /// What is given back, positive.
    var refundUnits = Lanes<Int64>()
    var refundDisplay = Lanes<Int64>()

    /// Some amount does not leave 64 bits the room to be summed: the amounts are here, in 128 bits.
    var wide: WideAmounts?
    /// Lanes without a rate; empty arrays where all have one.
    var purchasesWithoutRate: [Int32] = []
    var refundsWithoutRate: [Int32] = []
    /// No sum over the batch is larger.
    var moneyBound: Int64 = 0
    var unitsBound: Int64 = 0
    var refundMoneyBound: Int64 = 0
    var refundUnitsBound: Int64 = 0
    var gapBound: Int64 = 0

    struct WideAmounts {
        var units: [Int128] = []
        var display: [Int128] = []
        var refundUnits: [Int128] = []
        var refundDisplay: [Int128] = []
    }

    // Customers.
    var countedCount = Lanes<Int32>()
    /// Only where the plan needs it.
    var canceledCount = Lanes<Int32>()
    /// The lanes of the first, the second and the last counted purchase, -1 for none; the latter two only where the
    /// plan needs them.
    var firstPurchase = Lanes<Int32>()
    var secondPurchase = Lanes<Int32>()
    var lastPurchase = Lanes<Int32>()
    /// Purchases that count, and those of other states but unclassified ones, in order.
    var countedList = Lanes<Int32>()
    var countedTotal = 0
    var otherList = Lanes<Int32>()
    var otherTotal = 0
    /// By position in `countedList`.
    var countedOwner = Lanes<Int32>()
    var countedTime = Lanes<Int64>()
    /// Two counted purchases of one customer have the same instant.
    private(set) var hasTies = false
    /// By the evaluation's basis in the display currency, nil where a rate is missing; only where conditions ask.
    var revenue: [Int128?] = []

    /// Calendar buckets by purchase and of the first purchase by customer, by unit; made when first asked for.
    var buckets = CalendarUnit.allCases.map { _ in BucketLanes() }

    /// Buckets of one calendar unit, counted from the calendar's first.
    struct BucketLanes {
        fileprivate var ofPurchases = Lanes<Int32>()
        fileprivate var ofFirst = Lanes<Int32>()
        fileprivate var hasPurchases = false
        fileprivate var hasFirst = false
    }

    // Segments; see SegmentFacts.
    var consentStates: [Lanes<UInt8>]
    var segments: [Lanes<Int32>]
    var eventSegments: EventSegmentLanes
    var masks = MaskStack()
    var codeCache: [Lanes<UInt32>?]
    var wordCache: [Lanes<Int64>?]
    var codeMemory: [Lanes<UInt32>]
    var wordMemory: [Lanes<Int64>]

    init(_ plan: EvaluationPlan) {
        self.plan = plan
        rows = TableBatch(plan.purchases.columns)
        refundRows = plan.refunds.map { TableBatch($0.columns) }
        properties = ColumnBatch(plan.properties)
        consentRows = plan.consentTables.map { TableBatch($0) }
        consentStates = plan.consents.map { _ in Lanes() }
        segments = plan.segmentations.map { _ in Lanes() }
        eventSegments = EventSegmentLanes(count: plan.eventSegments.count)
        codeCache = Array(repeating: nil, count: plan.purchases.columns.columns.count)
        wordCache = Array(repeating: nil, count: plan.purchases.columns.columns.count)
        codeMemory = Array(repeating: Lanes(), count: plan.purchases.columns.columns.count)
        wordMemory = Array(repeating: Lanes(), count: plan.purchases.columns.columns.count)
    }

    var customerCount: Int { customers.count }

    /// Makes the facts of some customers.
    func load(_ customers: Range<Int>) {
        self.customers = customers
        failure = nil
        rows.move(to: customers)
        refundRows?.move(to: customers)
        properties.move(to: customers)
        for table in consentRows { table.move(to: customers) }
        for slot in codeCache.indices { (codeCache[slot], wordCache[slot]) = (nil, nil) }
        eventSegments.forget()
        for unit in buckets.indices { (buckets[unit].hasPurchases, buckets[unit].hasFirst) = (false, false) }
        loadPurchases()
        loadRefunds()
        makeCustomers()
        if plan.purchases.charges != nil { anchorCharges() }
        if plan.needsRevenue { addRevenue() }
        makeConsents()
        makeSegments()
    }

    func fail(_ customer: Int, _ error: QueryError) {
        if let failure, failure.customer <= customer { return }
        failure = (customer, error)
    }

    // MARK: - Columns by purchase

    /// Dictionary codes of a column of the purchases' state rows.
    func codes(_ slot: Int) -> Lanes<UInt32> {
        if isIdentity { return rows.columns.codes(slot) }
        if let known = codeCache[slot] { return known }
        codeMemory[slot].reserve(purchaseCount)
        let (source, target, row) = (rows.columns.codes(slot), codeMemory[slot], row)
        each(purchaseCount) { lane in target[lane] = source[Int(row[lane])] }
        codeCache[slot] = target
        return target
    }

    /// Units or microseconds of a column of the purchases' state rows.
    func words(_ slot: Int) -> Lanes<Int64> {
        if isIdentity { return rows.columns.words(slot) }
        if let known = wordCache[slot] { return known }
        wordMemory[slot].reserve(purchaseCount)
        let (source, target, row) = (rows.columns.words(slot), wordMemory[slot], row)
        each(purchaseCount) { lane in target[lane] = source[Int(row[lane])] }
        wordCache[slot] = target
        return target
    }

    // MARK: - Calendar

    /// The bucket of each purchase's day.
    func purchaseBuckets(_ table: BucketTable) -> Lanes<Int32> {
        let unit = table.unit.position
        if buckets[unit].hasPurchases { return buckets[unit].ofPurchases }
        buckets[unit].ofPurchases.reserve(purchaseCount)
        buckets[unit].hasPurchases = true
        let (lanes, day, firstDay) = (buckets[unit].ofPurchases, day, table.firstDay)
        let first = Int32(table.first)
        unsafe table.buckets.withUnsafeBufferPointer { table in
            // The calendar spans the table and `as_of`, so every purchase's day is in it.
            each(purchaseCount) { lane in lanes[lane] = unsafe table[Int(day[lane]) &- firstDay] &- first }
        }
        return lanes
    }

    /// The bucket of each customer's first purchase, `noBucket` for none.
    func firstBuckets(_ table: BucketTable) -> Lanes<Int32> {
        let unit = table.unit.position
        if buckets[unit].hasFirst { return buckets[unit].ofFirst }
        let purchases = purchaseBuckets(table)
        buckets[unit].ofFirst.reserve(customerCount)
        buckets[unit].hasFirst = true
        let (lanes, firstPurchase) = (buckets[unit].ofFirst, firstPurchase)
        each(customerCount) { customer in
            let first = firstPurchase[customer]
            lanes[customer] = first < 0 ? CustomerBatch.noBucket : purchases[Int(first)]
        }
        return lanes
    }

    /// Above every bucket.
    static let noBucket = Int32.max

    // MARK: - Customers

    /// Lists, counts and gaps.
    ///
    /// Walks over lanes, not over customers: what changes with the customer is chosen without a branch, since nobody can
    /// foretell how many purchases the next customer has. Several short walks, so that each has its state in registers.
    private func makeCustomers() {
        listPurchases()
        let customers = customerCount
        countedCount.reserve(customers)
        countedIndex.reserve(purchaseCount)
        gap.reserve(purchaseCount)
        countedOwner.reserve(countedTotal)
        countedTime.reserve(countedTotal)
        let (list, time, owner) = (countedList, time, owner)
        let (countedIndex, gap, countedCount) = (countedIndex, gap, countedCount)
        let (countedOwner, countedTime) = (countedOwner, countedTime)
        countedCount.fill(0, customers)
        var gapBits: Int64 = 0
        var ties: Int32 = 0
        var customer: Int32 = -1
        var index: Int32 = 0
        var last: Int64 = 0
        each(countedTotal) { position in
            let lane = Int(list[position])
            let current = owner[lane]
            let instant = time[lane]
            let isSame = mask(current == customer)
            index &= isSame
            let elapsed = (instant &- last) & Int64(isSame)
            ties |= isSame & mask(elapsed == 0)
            countedIndex[lane] = index
            countedOwner[position] = current
            countedTime[position] = instant
            gap[lane] = elapsed
            gapBits |= elapsed
            index &+= 1
            countedCount[Int(current)] = index
            last = instant
            customer = current
        }
        // No gap is above all of them joined by a bitwise or; none is below zero.
        let (bound, overflow) = gapBits.multipliedReportingOverflow(by: Int64(countedTotal + 1))
        gapBound = overflow || bound < 0 ? .max : bound
        hasTies = ties != 0
        findFirst()
        if plan.needsLaterPurchases { findLater() }
        if plan.needsCanceledPurchases { countCanceled() }
    }

    /// Purchases that count, and those that are in sums or cancelled only.
    private func listPurchases() {
        // One lane more: the loop writes before it knows whether to keep.
        countedList.reserve(purchaseCount + 1)
        otherList.reserve(purchaseCount + 1)
        let (status, countedList, otherList) = (status, countedList, otherList)
        var counted = 0
        var others = 0
        each(purchaseCount) { lane in
            let state = status[lane]
            countedList[counted] = Int32(truncatingIfNeeded: lane)
            otherList[others] = Int32(truncatingIfNeeded: lane)
            counted &-= Int(mask(state == Status.counted))
            others &-= Int(mask(state &- Status.uncounted <= Status.canceled - Status.uncounted))
        }
        (countedTotal, otherTotal) = (counted, others)
        if counted + others < purchaseCount { countUnclassified() }
    }

    private func countUnclassified() {
        let codes = plan.purchases.stateSlot.map { self.codes($0) }
        for lane in 0..<purchaseCount where status[lane] == Status.unclassified {
            quality.addUnclassified(code: codes?[lane] ?? 0)
        }
    }

    /// From the last to the first, so that the customer's first one stays.
    private func findFirst() {
        firstPurchase.reserve(customerCount)
        let (list, owner, firstPurchase, last) = (countedList, countedOwner, firstPurchase, countedTotal - 1)
        firstPurchase.fill(-1, customerCount)
        each(countedTotal) { position in
            firstPurchase[Int(owner[last &- position])] = list[last &- position]
        }
    }

    private func findLater() {
        secondPurchase.reserve(customerCount)
        lastPurchase.reserve(customerCount)
        let (list, owner, countedIndex) = (countedList, owner, countedIndex)
        let (secondPurchase, lastPurchase) = (secondPurchase, lastPurchase)
        secondPurchase.fill(-1, customerCount)
        lastPurchase.fill(-1, customerCount)
        each(countedTotal) { position in
            let lane = list[position]
            let customer = Int(owner[Int(lane)])
            if countedIndex[Int(lane)] == 1 { secondPurchase[customer] = lane }
            lastPurchase[customer] = lane
        }
    }

    private func countCanceled() {
        canceledCount.reserve(customerCount)
        canceledCount.fill(0, customerCount)
        let (status, owner, others, canceledCount) = (status, owner, otherList, canceledCount)
        each(otherTotal) { position in
            let lane = Int(others[position])
            canceledCount[Int(owner[lane])] &-= mask(status[lane] == Status.canceled)
        }
    }

    private func addRevenue() {
        revenue.removeAll(keepingCapacity: true)
        let ignoresRefunds = plan.semantics.revenueBasis == .gross
        each(customerCount) { customer in
            var sum: Int128 = 0
            for lane in Int(starts[customer])..<Int(starts[customer + 1]) where status[lane] <= Status.uncounted {
                sum += displayAmount(lane)
            }
            if !ignoresRefunds, refundCount > 0 {
                for lane in Int(refundStarts[customer])..<Int(refundStarts[customer + 1]) {
                    sum -= refundDisplayAmount(lane)
                }
            }
            revenue.append(sum)
        }
        for lane in purchasesWithoutRate where status[Int(lane)] <= Status.uncounted {
            revenue[Int(owner[Int(lane)])] = nil
        }
        if !ignoresRefunds {
            for lane in refundsWithoutRate { revenue[Int(owner[Int(refundPurchase[Int(lane)])])] = nil }
        }
    }

    func displayAmount(_ purchase: Int) -> Int128 { wide?.display[purchase] ?? Int128(display[purchase]) }

    func refundDisplayAmount(_ refund: Int) -> Int128 { wide?.refundDisplay[refund] ?? Int128(refundDisplay[refund]) }

    /// The error of the customer's first amount without a rate.
    func missingRate(of customer: Int) -> QueryError? {
        for lane in purchasesWithoutRate where Int(owner[Int(lane)]) == customer && status[Int(lane)] <= Status.uncounted {
            return plan.money.missingRate(currency: Int(currency[Int(lane)]), day: Int(day[Int(lane)]))
        }
        for lane in refundsWithoutRate where Int(owner[Int(refundPurchase[Int(lane)])]) == customer {
            return plan.money.missingRate(currency: Int(refundCurrency[Int(lane)]), day: Int(refundDay[Int(lane)]))
        }
        return nil
    }
}
