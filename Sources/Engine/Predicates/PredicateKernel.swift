import EventStores
import Quantities
import Queries

/// A predicate resolved against the store. Parts about the event look at a purchase's state row, parts about the
/// customer at the facts that were made for it.
indirect enum PredicateKernel: Sendable {
    case all([PredicateKernel])
    case any([PredicateKernel])
    case not(PredicateKernel)
    /// On the purchase's state row: the slot of its column.
    case cell(slot: Int, ValueTest)
    /// On the customer: the slot of the property.
    case property(slot: Int, ValueTest)
    /// The consent of that position in the plan is given.
    case consent(Int)
    /// The customer's segment in the segmentation of that position; entry n is for segment n, the last for the remainder.
    case segment(Int, [Bool])
    /// The state row's segment in the event segmentation of that position; the last entry is for none.
    case eventSegment(Int, [Bool])
    /// A number that every customer's facts hold as a word, `Int64.min` for none.
    case fact(CustomerFact, ValueTest)
    /// Revenue, or with `average` revenue divided by purchases.
    case revenue(average: Bool, Comparison)
    /// The same against a quantile, in units of the display scale.
    case revenueCut(average: Bool, Quotient, isAbove: Bool)

    /// It asks for that fact of the customer.
    func needs(_ wanted: CustomerFact) -> Bool {
        switch self {
        case .all(let parts), .any(let parts): parts.contains { $0.needs(wanted) }
        case .not(let part): part.needs(wanted)
        case .fact(let fact, _): fact == wanted
        default: false
        }
    }

    /// It asks for the customer's revenue, which not every evaluation has to add up.
    var needsRevenue: Bool {
        switch self {
        case .all(let parts), .any(let parts): parts.contains(where: \.needsRevenue)
        case .not(let part): part.needsRevenue
        case .revenue, .revenueCut: true
        default: false
        }
    }
}

/// What conditions on aggregates look at.
enum CustomerFact: Hashable, Sendable {
    case purchases, canceledPurchases
    /// Microseconds up to `as_of`.
    case sinceFirstPurchase, sinceLastPurchase
    /// What a model says, in millionths.
    case predicted(Aggregate)
}

extension Aggregate {
    /// The fact that it is, and how many of it are one; nil for those of revenue.
    var fact: (fact: CustomerFact, unit: Int64)? {
        switch self {
        case .purchases: (.purchases, 1)
        case .canceledPurchases: (.canceledPurchases, 1)
        case .revenue, .averagePurchaseValue: nil
        case .daysSinceFirstPurchase: (.sinceFirstPurchase, 86_400_000_000)
        case .daysSinceLastPurchase: (.sinceLastPurchase, 86_400_000_000)
        case .expectedOrders, .expectedValue, .noOrderChance: (.predicted(self), 1_000_000)
        }
    }
}

extension PredicateKernel {
    fileprivate init(_ aggregate: Aggregate, _ comparison: Comparison, _ cuts: CutPoints) {
        switch comparison {
        case .atMostQuantile(let share): self.init(aggregate, cut: cuts[aggregate, share], isAbove: false)
        case .aboveQuantile(let share): self.init(aggregate, cut: cuts[aggregate, share], isAbove: true)
        default:
            if let (fact, unit) = aggregate.fact {
                // Comparisons that numbers do not have hold for none.
                self = .fact(fact, ValueTest(comparison, unit: unit, scale: 0) ?? .constant(false))
            } else {
                self = .revenue(average: aggregate == .averagePurchaseValue, comparison)
            }
        }
    }

    private init(_ aggregate: Aggregate, cut: Quotient?, isAbove: Bool) {
        guard let cut else {
            // Nobody has bought, so nobody is on either side.
            self = .any([])
            return
        }
        if let (fact, _) = aggregate.fact {
            self = .fact(fact, ValueTest(cut: Int64(cut.numerator), isAbove: isAbove))
        } else {
            self = .revenueCut(average: aggregate == .averagePurchaseValue, cut, isAbove: isAbove)
        }
    }
}

/// Resolves predicates; with `slots` of an event type, those that name its attributes.
struct PredicateResolver {
    let store: EventStore
    let table: EventTable?
    /// The purchase table's columns; nil where conditions are about customers only.
    let slots: ColumnSlots?
    let properties: ColumnSlots
    let evaluation: Evaluation
    /// Segmentations that may be named: those before the one being resolved come first in the plan's order.
    let segmentations: [CustomerSegmentation]
    /// The quantiles that conditions compare with.
    let cuts: CutPoints
    /// Event segmentations that are being resolved.
    var open: Set<String> = []

    func resolve(_ predicate: Predicate) throws -> PredicateKernel {
        switch predicate {
        case .all(let parts): return .all(try parts.map(resolve))
        case .any(let parts): return .any(try parts.map(resolve))
        case .not(let part): return .not(try resolve(part))
        case .test(let subject, let comparison): return try resolve(subject, comparison)
        }
    }

    /// A predicate that looks at nothing but the event's own attributes, and where told at the customer's properties.
    func resolveEvent(_ predicate: Predicate, andCustomer: Bool = false) throws -> PredicateKernel {
        func check(_ predicate: Predicate) throws {
            switch predicate {
            case .all(let parts), .any(let parts): for part in parts { try check(part) }
            case .not(let part): try check(part)
            case .test(.attribute, _), .test(.eventSegmentation, _): break
            case .test(.property, _) where andCustomer: break
            case .test:
                throw QueryError.unsupported(
                    "a condition on an event can test its attributes and segmentations only, not the customer")
            }
        }
        try check(predicate)
        return try resolve(predicate)
    }

    private func resolve(_ subject: Subject, _ comparison: Comparison) throws -> PredicateKernel {
        if comparison.quantile != nil {
            guard case .aggregate = subject else {
                throw QueryError.unsupported("a quantile of something that is no aggregate of customers")
            }
        }
        switch subject {
        case .attribute(let name):
            let (slot, column) = try attribute(name)
            return .cell(slot: slot, try ValueTest(comparison, on: column, name: name))
        case .property(let name):
            guard let slot = try properties.slot(name) else {
                throw QueryError.unknownProperty(name, known: store.customers.propertySpecs.map(\.name))
            }
            return .property(slot: slot, try ValueTest(comparison, on: properties.columns[slot], name: name))
        case .consent(let category):
            guard let index = evaluation.consents.firstIndex(where: { $0.category == category }) else {
                throw QueryError.unknownConsent(category)
            }
            guard comparison == .valid else {
                throw QueryError.unsupported("a consent can only be tested with `is: valid`")
            }
            return .consent(index)
        case .segmentation(let id):
            guard let index = segmentations.firstIndex(where: { $0.id == id }) else {
                throw QueryError.unknownSegmentation(id)
            }
            let names = segmentations[index].segments.map(\.name) + [segmentations[index].remainder]
            return .segment(index, names.map { comparison.holds(text: Array($0.utf8)) })
        case .eventSegmentation(let id): return try eventSegmentation(id, comparison)
        case .aggregate(let aggregate): return PredicateKernel(aggregate, comparison, cuts)
        }
    }

    private func eventSegmentation(_ id: String, _ comparison: Comparison) throws -> PredicateKernel {
        guard let index = evaluation.eventSegmentations.firstIndex(where: { $0.id == id }) else {
            throw QueryError.unknownSegmentation(id)
        }
        let segmentation = evaluation.eventSegmentations[index]
        guard segmentation.event == table?.name else {
            throw QueryError.unsupported("the segmentation '\(id)' is of the event '\(segmentation.event)'")
        }
        guard !open.contains(id) else {
            throw QueryError.unsupported("the segmentation '\(id)' refers to itself")
        }
        // Resolved for its errors; its kernel is the plan's, which all share.
        var inner = self
        inner.open.insert(id)
        for segment in segmentation.segments { _ = try inner.resolveEvent(segment.when) }
        let answers =
            segmentation.segments.map { comparison.holds(text: Array($0.name.utf8)) }
            + [comparison.holds(missing: ())]
        return .eventSegment(index, answers)
    }

    /// The slot of an attribute of the event.
    func attribute(_ name: String) throws -> (slot: Int, column: StoredColumn) {
        guard let table, let slots else {
            throw QueryError.unsupported("the attribute '\(name)' cannot be tested on a customer; only on an event")
        }
        guard let slot = try slots.slot(name) else {
            throw QueryError.unknownAttribute(name, event: table.name, known: table.columnSpecs.map(\.name))
        }
        return (slot, slots.columns[slot])
    }
}

/// An event segmentation resolved: the segment of a row, the number of segments for none.
struct EventSegmentKernel: Sendable {
    let segments: [PredicateKernel]
    /// Where every condition looks at one text column: its slot, and the segment by code.
    let table: (slot: Int, segments: [UInt8])?

    init(_ segmentation: EventSegmentation, _ resolver: PredicateResolver) throws {
        var resolver = resolver
        resolver.open.insert(segmentation.id)
        let kernels = try segmentation.segments.map { try resolver.resolveEvent($0.when) }
        segments = kernels
        guard kernels.count < 255, let name = EventSegmentKernel.onlyAttribute(segmentation) else {
            table = nil
            return
        }
        let (slot, column) = try resolver.attribute(name)
        guard case .text(_, let dictionary) = column else {
            table = nil
            return
        }
        let byCode = (0...dictionary.count).map { code in
            UInt8(kernels.firstIndex { $0.holds(code: UInt32(code)) } ?? kernels.count)
        }
        table = (slot, byCode)
    }

    private static func onlyAttribute(_ segmentation: EventSegmentation) -> String? {
        var names: Set<String> = []
        func visit(_ predicate: Predicate) {
            switch predicate {
            case .all(let parts), .any(let parts): parts.forEach(visit)
            case .not(let part): visit(part)
            case .test(.attribute(let name), _): names.insert(name)
            case .test: names.formUnion(["", "not an attribute"])
            }
        }
        segmentation.segments.forEach { visit($0.when) }
        return names.count == 1 ? names.first : nil
    }
}

extension PredicateKernel {
    /// For conditions over one text column only: the answer for a value of it.
    fileprivate func holds(code: UInt32) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.holds(code: code) }
        case .any(let parts): parts.contains { $0.holds(code: code) }
        case .not(let part): !part.holds(code: code)
        case .cell(_, let test): test.holds(code: code)
        default: preconditionFailure("a condition over one text column resolved to something else")
        }
    }
}
