import EventStores
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
    private let numberings: Numberings

    init(_ numberings: Numberings) {
        self.numberings = numberings
    }

    /// Fills `codes`, which have room; codes below 0 stand for no group.
    func code<Code: GroupCode>(
        _ kernels: [DimensionKernel], _ strides: [Int], _ items: GroupedItems, _ batch: CustomerBatch,
        inScope: Lanes<Int32>, into codes: Lanes<Code>
    ) {
        codes.fill(0, items.count)
        for (kernel, stride) in zip(kernels, strides) {
            add(kernel, Code(truncatingIfNeeded: stride), items, batch, inScope, codes)
        }
    }

    private func add<Code: GroupCode>(
        _ kernel: DimensionKernel, _ stride: Code, _ items: GroupedItems, _ batch: CustomerBatch,
        _ inScope: Lanes<Int32>, _ codes: Lanes<Code>
    ) {
        let (count, owners) = (items.count, items.owners)
        switch kernel {
        case .text(let slot, _, let ofCustomer):
            let column = ofCustomer ? batch.properties.codes(slot) : batch.codes(slot)
            let index = ofCustomer ? owners : homes(items)
            each(count) { item in codes[item] &+= Code(truncatingIfNeeded: column[Int(index[item])]) &* stride }
        case .integers(let slot, let ofCustomer, _):
            let column = ofCustomer ? batch.properties.words(slot) : batch.words(slot)
            let index = ofCustomer ? owners : homes(items)
            let numbering = numberings.numbering(slot: slot, ofCustomer: ofCustomer)
            let limit = kernel.cardinality
            each(count) { item in
                codes[item] &+= Code(truncatingIfNeeded: numbering.code(of: column[Int(index[item])], below: limit)) &* stride
            }
        case .segmentation(let position, _):
            let segments = batch.segments[position]
            let index = batch.plan.consentsAtPurchase ? homes(items) : owners
            each(count) { item in codes[item] &+= Code(truncatingIfNeeded: segments[Int(index[item])]) &* stride }
        case .eventSegmentation(let position, _):
            let segments = batch.segments(ofEvents: position, .purchases)
            let index = homes(items)
            each(count) { item in codes[item] &+= Code(truncatingIfNeeded: segments[Int(index[item])]) &* stride }
        case .currency:
            guard let currencies = items.currencies else { preconditionFailure("customers have no currency") }
            let (lanes, index) = (currencies.lanes, currencies.index)
            each(count) { item in codes[item] &+= Code(truncatingIfNeeded: lanes[Int(index[item])]) &* stride }
        case .calendar(let table):
            guard let days = items.days else { return }
            let (lanes, index, first) = (days.lanes, days.index, table.first)
            table.withBuckets { bucket in
                each(count) { item in
                    codes[item] &+= Code(truncatingIfNeeded: bucket(lanes[Int(index[item])]) &- first) &* stride
                }
            }
        case .cohort(let table):
            let (purchases, day, first) = (batch.firstPurchase, batch.day, table.first)
            table.withBuckets { bucket in
                each(count) { item in
                    let purchase = Int(purchases[Int(owners[item])])
                    let code = Code(truncatingIfNeeded: bucket(day[max(purchase, 0)]) &- first) &* stride
                    codes[item] &+= purchase < 0 ? Code.none : code
                }
            }
        case .age(let table): addAges(table, stride, items, batch, codes)
        case .purchaseCount(let classes):
            each(count) { item in
                let inScope = Int(inScope[Int(owners[item])])
                let position = classes.lastIndex { $0 <= inScope } ?? classes.count
                codes[item] &+= Code(truncatingIfNeeded: position) &* stride
            }
        case .daysToSecondPurchase(let classes):
            each(count) { item in
                let position = daysToSecondPurchase(of: Int(owners[item]), classes, batch)
                codes[item] &+= Code(truncatingIfNeeded: position) &* stride
            }
        }
    }

    private func homes(_ items: GroupedItems) -> Lanes<Int32> {
        guard let homes = items.homes else { preconditionFailure("a dimension of purchases is asked of customers") }
        return homes
    }

    private func addAges<Code: GroupCode>(
        _ table: BucketTable, _ stride: Code, _ items: GroupedItems, _ batch: CustomerBatch, _ codes: Lanes<Code>
    ) {
        let owners = items.owners
        guard let days = items.days else {
            each(items.count) { item in codes[item] &+= Code.none }
            return
        }
        let (lanes, index, purchases, day) = (days.lanes, days.index, batch.firstPurchase, batch.day)
        table.withBuckets { bucket in
            each(items.count) { item in
                let purchase = Int(purchases[Int(owners[item])])
                let age = bucket(lanes[Int(index[item])]) &- bucket(day[max(purchase, 0)])
                codes[item] &+= purchase < 0 || age < 0 ? Code.none : Code(truncatingIfNeeded: age) &* stride
            }
        }
    }

    private func daysToSecondPurchase(of customer: Int, _ classes: [Int], _ batch: CustomerBatch) -> Int {
        let second = Int(batch.secondPurchase[customer])
        guard second >= 0 else { return classes.count }
        let elapsed = batch.time[second] - batch.time[Int(batch.firstPurchase[customer])]
        return classes.lastIndex { $0 <= elapsed / 86_400_000_000 } ?? classes.count
    }
}
