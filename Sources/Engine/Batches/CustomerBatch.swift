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
    /// Of purchases that count: microseconds since the customer's one before; -1 for the first.
    var gap = Lanes<Int64>()
    /// Position of the charge kind in `ChargeKind.allCases`, -1 for none; the first charge it belongs to, -1 for none.
    var kind = Lanes<Int32>()
    var anchor = Lanes<Int32>()
    /// No purchase comes before the first charge it belongs to.
    var anchorsAreEarlier = false
    /// Memory of the step that finds anchors.
    var anchorKept = Lanes<Int32>()
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
    /// Memory of the step that makes these lists.
    var unclassifiedList = Lanes<Int32>()
    /// By purchase, and once more at their end: how many before it count.
    var countedBefore = Lanes<Int32>()
    /// By position in `countedList`.
    var countedOwner = Lanes<Int32>()
    var countedTime = Lanes<Int64>()
    /// Two counted purchases of one customer have the same instant.
    var hasTies = false
    /// By the evaluation's basis in the currency of conditions, nil where a rate is missing; only where conditions ask.
    var revenue: [Int128?] = []
    /// The missing rate by customer, where that is another currency than the one that is shown.
    var segmentFailures: [Int: QueryError] = [:]

    /// Counted purchases by window; made when first asked for.
    var windowLists: [WindowList] = []
    /// Calendar buckets by purchase and of the first purchase by customer, by unit; made when first asked for.
    var buckets = CalendarUnit.allCases.map { _ in BucketLanes() }

    // Segments; see SegmentFacts.
    var consentStates: [Lanes<UInt8>]
    var segments: [Lanes<Int32>]
    var eventSegments: EventSegmentLanes
    var masks = MaskStack()
    var codeCache: [Lanes<UInt32>?]
    var wordCache: [Lanes<Int64>?]
    var byteCache: [Lanes<UInt8>?]
    var codeMemory: [Lanes<UInt32>]
    var byteMemory: [Lanes<UInt8>]
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
        byteCache = Array(repeating: nil, count: plan.purchases.columns.columns.count)
        byteMemory = Array(repeating: Lanes(), count: plan.purchases.columns.columns.count)
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
        for slot in codeCache.indices { (codeCache[slot], byteCache[slot], wordCache[slot]) = (nil, nil, nil) }
        eventSegments.forget()
        for unit in buckets.indices { buckets[unit].forget() }
        for list in windowLists { list.forget() }
        loadPurchases()
        loadRefunds()
        makeCustomers()
        if plan.purchases.charges != nil { anchorCharges() }
        if plan.needsRevenue { addRevenue() }
        makeConsents()
        makeSegments()
    }

    /// Some amount has no rate, which matters where it is asked for.
    var isIncomplete: Bool { failure != nil || !purchasesWithoutRate.isEmpty || !refundsWithoutRate.isEmpty }

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

    /// The same as bytes; nil where the column has too many texts for that.
    func bytes(_ slot: Int) -> Lanes<UInt8>? {
        guard let source = rows.columns.bytes(slot) else { return nil }
        if isIdentity { return source }
        if let known = byteCache[slot] { return known }
        byteMemory[slot].reserve(purchaseCount)
        let (target, row) = (byteMemory[slot], row)
        each(purchaseCount) { lane in target[lane] = source[Int(row[lane])] }
        byteCache[slot] = target
        return target
    }

    /// Looks the codes of a column of the purchases' state rows up in a table, which has an entry for each of them.
    func translate<Value: BitwiseCopyable>(_ slot: Int, by table: [Value], into lanes: Lanes<Value>) {
        if let codes = bytes(slot) {
            translated(codes, purchaseCount, by: table, into: lanes)
        } else {
            translated(codes(slot), purchaseCount, by: table, into: lanes)
        }
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
}
