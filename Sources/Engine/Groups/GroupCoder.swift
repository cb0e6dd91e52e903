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

/// Gives items the combined code of their group: one loop a dimension.
final class GroupCoder {
    /// Codes below 0 stand for no group.
    private(set) var codes = Lanes<Int>()
    private let numberings: Numberings
    /// Far below every code, and three of them together do not wrap around.
    private static let none = -(1 << 56)

    init(_ numberings: Numberings) {
        self.numberings = numberings
    }

    /// Fills `codes`.
    func code(
        _ kernels: [DimensionKernel], _ strides: [Int], _ items: GroupedItems, _ batch: CustomerBatch,
        inScope: Lanes<Int32>
    ) {
        codes.reserve(items.count)
        codes.fill(0, items.count)
        for (kernel, stride) in zip(kernels, strides) { add(kernel, stride, items, batch, inScope) }
    }

    private func add(
        _ kernel: DimensionKernel, _ stride: Int, _ items: GroupedItems, _ batch: CustomerBatch,
        _ inScope: Lanes<Int32>
    ) {
        let (count, codes, owners) = (items.count, codes, items.owners)
        switch kernel {
        case .text(let slot, _, let ofCustomer):
            let column = ofCustomer ? batch.properties.codes(slot) : batch.codes(slot)
            let index = ofCustomer ? owners : homes(items)
            for item in 0..<count { codes[item] &+= Int(column[Int(index[item])]) &* stride }
        case .integers(let slot, let ofCustomer, _):
            let column = ofCustomer ? batch.properties.words(slot) : batch.words(slot)
            let index = ofCustomer ? owners : homes(items)
            let numbering = numberings.numbering(slot: slot, ofCustomer: ofCustomer)
            let limit = kernel.cardinality
            for item in 0..<count {
                codes[item] &+= numbering.code(of: column[Int(index[item])], below: limit) &* stride
            }
        case .segmentation(let position, _):
            let segments = batch.segments[position]
            let index = batch.plan.consentsAtPurchase ? homes(items) : owners
            for item in 0..<count { codes[item] &+= Int(segments[Int(index[item])]) &* stride }
        case .eventSegmentation(let position, _):
            let segments = batch.segments(ofEvents: position, .purchases)
            let index = homes(items)
            for item in 0..<count { codes[item] &+= Int(segments[Int(index[item])]) &* stride }
        case .currency:
            guard let currencies = items.currencies else { preconditionFailure("customers have no currency") }
            let (lanes, index) = (currencies.lanes, currencies.index)
            for item in 0..<count { codes[item] &+= Int(lanes[Int(index[item])]) &* stride }
        case .calendar(let table):
            guard let days = items.days else { return }
            let (lanes, index, first) = (days.lanes, days.index, table.first)
            for item in 0..<count {
                codes[item] &+= (table.bucket(ofDay: Int(lanes[Int(index[item])])) &- first) &* stride
            }
        case .cohort(let table):
            let (first, day) = (batch.firstPurchase, batch.day)
            for item in 0..<count {
                let purchase = Int(first[Int(owners[item])])
                codes[item] &+=
                    purchase < 0
                    ? GroupCoder.none : (table.bucket(ofDay: Int(day[purchase])) &- table.first) &* stride
            }
        case .age(let table): addAges(table, stride, items, batch)
        case .purchaseCount(let classes):
            for item in 0..<count {
                let inScope = Int(inScope[Int(owners[item])])
                codes[item] &+= (classes.lastIndex { $0 <= inScope } ?? classes.count) &* stride
            }
        case .daysToSecondPurchase(let classes):
            for item in 0..<count {
                codes[item] &+= daysToSecondPurchase(of: Int(owners[item]), classes, batch) &* stride
            }
        }
    }

    private func homes(_ items: GroupedItems) -> Lanes<Int32> {
        guard let homes = items.homes else { preconditionFailure("a dimension of purchases is asked of customers") }
        return homes
    }

    private func addAges(_ table: BucketTable, _ stride: Int, _ items: GroupedItems, _ batch: CustomerBatch) {
        let (codes, owners) = (codes, items.owners)
        guard let days = items.days else {
            for item in 0..<items.count { codes[item] &+= GroupCoder.none }
            return
        }
        let (lanes, index, first, day) = (days.lanes, days.index, batch.firstPurchase, batch.day)
        for item in 0..<items.count {
            let purchase = Int(first[Int(owners[item])])
            let start = purchase < 0 ? Int.max : table.bucket(ofDay: Int(day[purchase]))
            let bucket = table.bucket(ofDay: Int(lanes[Int(index[item])]))
            codes[item] &+= bucket < start ? GroupCoder.none : (bucket &- start) &* stride
        }
    }

    private func daysToSecondPurchase(of customer: Int, _ classes: [Int], _ batch: CustomerBatch) -> Int {
        let second = Int(batch.secondPurchase[customer])
        guard second >= 0 else { return classes.count }
        let elapsed = batch.time[second] - batch.time[Int(batch.firstPurchase[customer])]
        return classes.lastIndex { $0 <= elapsed / 86_400_000_000 } ?? classes.count
    }
}
