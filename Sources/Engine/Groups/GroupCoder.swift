import EventStores
import Quantities
import Queries

/// What items are grouped by: the purchase and the customer of each, where its day and its currency are found.
struct GroupedItems {
    var count: Int
    /// The purchase; nil where items are customers.
    var homes: Lanes<Int32>?
    var owners: Lanes<Int32>
    /// `days.lanes[days.index[item]]`; nil where no calendar is asked for.
    var days: Indexed?
    var currencies: Indexed?

    struct Indexed {
        var lanes: Lanes<Int32>
        var index: Lanes<Int32>
        /// Lanes are of so many refunds; nil where they are of purchases.
        var refunds: Int?
    }
}

/// Numbers and instants as small codes, in order of appearance; one for each column, shared by all groupings.
final class Numbering {
    private(set) var values: [Int64] = []
    private var codes: [Int64: Int] = [:]

    func code(of value: Int64, below limit: Int) -> Int {
        if let known = codes[value] { return known }
        precondition(values.count < limit, "a number dimension has over 16 million values")
        codes[value] = values.count
        values.append(value)
        return values.count - 1
    }
}

/// The numberings of one thread, by column.
final class Numberings {
    private var byColumn: [Column: Numbering] = [:]

    private struct Column: Hashable {
        var slot: Int
        var ofCustomer: Bool
    }

    func numbering(slot: Int, ofCustomer: Bool) -> Numbering {
        let column = Column(slot: slot, ofCustomer: ofCustomer)
        if let known = byColumn[column] { return known }
        let numbering = Numbering()
        byColumn[column] = numbering
        return numbering
    }

    /// The key that a code of a dimension stands for.
    func key(of code: Int, _ kernel: DimensionKernel) -> GroupKey {
        if case .integers(let slot, let ofCustomer, let key) = kernel {
            return key(numbering(slot: slot, ofCustomer: ofCustomer).values[code])
        }
        return kernel.key(of: code)
    }
}

/// An integer that holds combined codes: 32 bits where there are few groups, else 64.
protocol GroupCode: FixedWidthInteger, SignedInteger, BitwiseCopyable {
    /// Far below every code, and three of them together do not wrap around.
    static var none: Self { get }
}

extension Int32: GroupCode {
    static var none: Int32 { -(1 << 28) }
}

extension Int: GroupCode {
    static var none: Int { -(1 << 56) }
}

/// Gives items the combined code of their group: one loop a dimension.
final class GroupCoder {
    /// Memory that one grouping after the other uses: the row of each item by list, and codes of more than 32 bits.
    var rows: [Lanes<Int32>] = ListKind.allCases.map { _ in Lanes() }
    var wideCodes = Lanes<Int>()
    /// Sums of a batch that are on their way into a table.
    var sums = Lanes<Int64>()
    private let numberings: Numberings

    init(_ numberings: Numberings) {
        self.numberings = numberings
    }

    /// Fills `codes`, which have room; codes below 0 stand for no group.
    func code<Code: GroupCode>(
        _ kernels: [DimensionKernel], _ strides: [Int], _ items: GroupedItems, _ batch: CustomerBatch,
        inScope: Lanes<Int32>, into codes: Lanes<Code>
    ) {
        var isFirst = true
        for (kernel, stride) in zip(kernels, strides) {
            if case .calendar = kernel, items.days == nil { continue }
            add(kernel, Code(truncatingIfNeeded: stride), items, batch, inScope, codes, isFirst)
            isFirst = false
        }
        if isFirst { codes.fill(0, items.count) }
    }

    private func add<Code: GroupCode>(
        _ kernel: DimensionKernel, _ stride: Code, _ items: GroupedItems, _ batch: CustomerBatch,
        _ inScope: Lanes<Int32>, _ codes: Lanes<Code>, _ isFirst: Bool
    ) {
        // The first dimension finds nothing there that could be added to.
        let old: Code = isFirst ? 0 : -1
        let (count, owners) = (items.count, items.owners)
        @inline(__always) func put(_ code: (Int) -> Code) {
            if isFirst, stride == 1 {
                each(count) { item in codes[item] = code(item) }
            } else {
                each(count) { item in codes[item] = (codes[item] & old) &+ code(item) &* stride }
            }
        }
        switch kernel {
        case .text(let slot, _, let ofCustomer):
            let index = ofCustomer ? owners : homes(items)
            if let column = ofCustomer ? batch.properties.bytes(slot) : batch.bytes(slot) {
                put { item in Code(truncatingIfNeeded: column[Int(index[item])]) }
            } else {
                let column = ofCustomer ? batch.properties.codes(slot) : batch.codes(slot)
                put { item in Code(truncatingIfNeeded: column[Int(index[item])]) }
            }
        case .integers(let slot, let ofCustomer, _):
            let column = ofCustomer ? batch.properties.words(slot) : batch.words(slot)
            let index = ofCustomer ? owners : homes(items)
            let numbering = numberings.numbering(slot: slot, ofCustomer: ofCustomer)
            let limit = kernel.cardinality
            put { item in Code(truncatingIfNeeded: numbering.code(of: column[Int(index[item])], below: limit)) }
        case .segmentation(let position, _):
            let segments = batch.segments[position]
            let index = batch.plan.consentsAtPurchase ? homes(items) : owners
            put { item in Code(truncatingIfNeeded: segments[Int(index[item])]) }
        case .eventSegmentation(let position, _):
            let segments = batch.segments(ofEvents: position, .purchases)
            let index = homes(items)
            put { item in Code(truncatingIfNeeded: segments[Int(index[item])]) }
        case .currency:
            guard let currencies = items.currencies else { preconditionFailure("customers have no currency") }
            let (lanes, index) = (currencies.lanes, currencies.index)
            put { item in Code(truncatingIfNeeded: lanes[Int(index[item])]) }
        case .calendar(let table):
            guard let days = items.days else { return }
            if table.unit == .day, days.refunds == nil {
                // A day is its own bucket.
                let (lanes, index, firstDay) = (days.lanes, days.index, Int32(table.firstDay))
                put { item in Code(truncatingIfNeeded: lanes[Int(index[item])] &- firstDay) }
                return
            }
            let (buckets, index) = (bucketLanes(table, days, batch), days.index)
            put { item in Code(truncatingIfNeeded: buckets[Int(index[item])]) }
        case .cohort(let table):
            let buckets = batch.firstBuckets(table)
            each(count) { item in
                let bucket = buckets[Int(owners[item])]
                let code = Code(truncatingIfNeeded: bucket) &* stride
                codes[item] = (codes[item] & old) &+ (bucket == CustomerBatch.noBucket ? Code.none : code)
            }
        case .age(let table): addAges(table, stride, items, batch, codes, old)
        case .purchaseCount(let classes):
            put { item in
                let inScope = Int(inScope[Int(owners[item])])
                return Code(truncatingIfNeeded: classes.lastIndex { $0 <= inScope } ?? classes.count)
            }
        case .daysToSecondPurchase(let classes):
            put { item in
                Code(truncatingIfNeeded: daysToSecondPurchase(of: Int(owners[item]), classes, batch))
            }
        }
    }

    private func homes(_ items: GroupedItems) -> Lanes<Int32> {
        guard let homes = items.homes else { preconditionFailure("a dimension of purchases is asked of customers") }
        return homes
    }

    private func addAges<Code: GroupCode>(
        _ table: BucketTable, _ stride: Code, _ items: GroupedItems, _ batch: CustomerBatch, _ codes: Lanes<Code>,
        _ old: Code
    ) {
        let owners = items.owners
        guard let days = items.days else {
            each(items.count) { item in codes[item] = (codes[item] & old) &+ Code.none }
            return
        }
        let (buckets, index, firsts) = (bucketLanes(table, days, batch), days.index, batch.firstBuckets(table))
        each(items.count) { item in
            let age = buckets[Int(index[item])] &- firsts[Int(owners[item])]
            let code = Code(truncatingIfNeeded: age) &* stride
            codes[item] = (codes[item] & old) &+ (age < 0 ? Code.none : code)
        }
    }

    /// The bucket of each lane that has a day.
    private func bucketLanes(
        _ table: BucketTable, _ days: GroupedItems.Indexed, _ batch: CustomerBatch
    ) -> Lanes<Int32> {
        guard let refunds = days.refunds else { return batch.purchaseBuckets(table) }
        // A refund can be older than every purchase, and so than the table.
        let lanes = Lanes<Int32>(repeating: 0, count: refunds)
        each(refunds) { lane in lanes[lane] = Int32(table.bucket(ofDay: Int(days.lanes[lane])) - table.first) }
        return lanes
    }

    private func daysToSecondPurchase(of customer: Int, _ classes: [Int], _ batch: CustomerBatch) -> Int {
        let second = Int(batch.secondPurchase[customer])
        guard second >= 0 else { return classes.count }
        let elapsed = batch.time[second] - batch.time[Int(batch.firstPurchase[customer])]
        return classes.lastIndex { $0 <= elapsed / 86_400_000_000 } ?? classes.count
    }
}
