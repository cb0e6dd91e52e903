import EventStores
import Quantities
import Queries

/// A dimension resolved: how a purchase or posting gets its small integer code, and what the code means.
enum DimensionKernel: Sendable {
    /// Text by dictionary code; `ofCustomer` reads the customer's row, else the purchase's.
    case text(slot: Int, TextDictionary, ofCustomer: Bool)
    /// Numbers or instants, numbered as they appear; `key` makes the group's key.
    case integers(slot: Int, ofCustomer: Bool, key: @Sendable (Int64) -> GroupKey)
    case segmentation(Int, names: [String])
    case eventSegmentation(Int, names: [String])
    case currency([String])
    case calendar(BucketTable)
    case cohort(BucketTable)
    case age(BucketTable)
    case purchaseCount([Int])
    case daysToSecondPurchase([Int])

    /// Codes are below this; `integers` are limited to it.
    var cardinality: Int {
        switch self {
        case .text(_, let dictionary, _): dictionary.count + 1
        case .integers: 1 << 24
        case .segmentation(_, let names), .eventSegmentation(_, let names): names.count + 1
        case .currency(let codes): codes.count
        case .calendar(let table), .cohort(let table), .age(let table): table.last - table.first + 1
        case .purchaseCount(let classes), .daysToSecondPurchase(let classes): classes.count + 1
        }
    }

    /// All purchases of a customer have the same code.
    func isOfCustomers(consentsAtPurchase: Bool) -> Bool {
        switch self {
        case .text(_, _, let ofCustomer), .integers(_, let ofCustomer, _): ofCustomer
        case .segmentation: !consentsAtPurchase
        case .cohort, .purchaseCount, .daysToSecondPurchase: true
        case .eventSegmentation, .currency, .calendar, .age: false
        }
    }

    /// The key that a code stands for. `integers` are resolved by the accumulator that numbered them.
    func key(of code: Int) -> GroupKey {
        switch self {
        case .text(_, let dictionary, _): code == 0 ? .missing : .text(dictionary.text(of: UInt32(code)))
        case .integers: preconditionFailure("numbered values are resolved by their accumulator")
        case .segmentation(_, let names), .eventSegmentation(_, let names):
            code < names.count ? .text(names[code]) : .remainder
        case .currency(let codes): .text(codes[code])
        case .calendar(let table), .cohort(let table): .bucket(table.first + code)
        case .age: .number(code)
        case .purchaseCount(let classes), .daysToSecondPurchase(let classes):
            code < classes.count ? .number(classes[code]) : .remainder
        }
    }

    init(_ dimension: Dimension, _ context: QueryPlan.Context) throws {
        switch dimension {
        case .attribute(let name):
            let (slot, column) = try context.resolver.attribute(name)
            self = DimensionKernel(column, slot: slot, ofCustomer: false)
        case .property(let name):
            let properties = context.resolver.properties
            guard let slot = try properties.slot(name) else {
                throw QueryError.unknownProperty(name, known: context.store.customers.propertySpecs.map(\.name))
            }
            self = DimensionKernel(properties.columns[slot], slot: slot, ofCustomer: true)
        case .segmentation(let id):
            guard let index = context.segmentations.firstIndex(where: { $0.id == id }) else {
                throw QueryError.unknownSegmentation(id)
            }
            self = .segmentation(index, names: context.segmentations[index].names)
        case .eventSegmentation(let id):
            let list = context.resolver.evaluation.eventSegmentations
            guard let index = list.firstIndex(where: { $0.id == id }) else { throw QueryError.unknownSegmentation(id) }
            guard context.eventSegments[index] != nil else {
                throw QueryError.unsupported("grouping purchases by '\(id)', which segments another event")
            }
            self = .eventSegmentation(index, names: list[index].segments.map(\.name))
        case .currency: self = .currency(context.money.currencies)
        case .calendar(let unit): self = .calendar(context.calendar.table(unit))
        case .cohort(let unit): self = .cohort(context.calendar.table(unit))
        case .age(let unit): self = .age(context.calendar.table(unit))
        case .purchaseCount(let classes): self = .purchaseCount(classes)
        case .daysToSecondPurchase(let classes): self = .daysToSecondPurchase(classes)
        }
    }

    private init(_ column: StoredColumn, slot: Int, ofCustomer: Bool) {
        switch column {
        case .text(_, let dictionary): self = .text(slot: slot, dictionary, ofCustomer: ofCustomer)
        case .decimal(_, let scale):
            self = .integers(slot: slot, ofCustomer: ofCustomer) { value in
                value == .min
                    ? .missing : .text(ExactDecimal(units: Int128(value), scale: scale).normalized.description)
            }
        case .instant:
            self = .integers(slot: slot, ofCustomer: ofCustomer) { value in
                value == .min ? .missing : .text(Instant(microseconds: value).description)
            }
        }
    }
}
