import EventStores
import Quantities
import Queries

/// A predicate resolved against the store. Parts about the event look at a purchase's state row, parts about the
/// customer at the facts that were made for it.
indirect enum PredicateKernel: Sendable {
    case all([PredicateKernel])
    case any([PredicateKernel])
    case not(PredicateKernel)
    /// On the purchase's state row.
    case cell(CellTest)
    /// On the customer's row.
    case property(CellTest)
    /// The consent of that position in the plan is given.
    case consent(Int)
    /// The customer's segment in the segmentation of that position; entry n is for segment n, the last for the remainder.
    case segment(Int, [Bool])
    /// The state row's segment in an event segmentation; the last entry is for none.
    case eventSegment(EventSegmentKernel, [Bool])
    case aggregate(Aggregate, Comparison)
}

/// Resolves predicates; `table` is the event type whose attributes they may name.
struct PredicateResolver {
    let store: EventStore
    let table: EventTable?
    let evaluation: Evaluation
    /// Segmentations that may be named: those before the one being resolved come first in the plan's order.
    let segmentations: [CustomerSegmentation]
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
        switch subject {
        case .attribute(let name):
            return .cell(try CellTest(comparison, on: try column(name), name: name))
        case .property(let name):
            guard let column = try store.customers.property(name) else {
                throw QueryError.unknownProperty(name, known: store.customers.propertySpecs.map(\.name))
            }
            return .property(try CellTest(comparison, on: column, name: name))
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
        case .eventSegmentation(let id):
            guard let segmentation = evaluation.eventSegmentations.first(where: { $0.id == id }) else {
                throw QueryError.unknownSegmentation(id)
            }
            guard segmentation.event == table?.name else {
                throw QueryError.unsupported("the segmentation '\(id)' is of the event '\(segmentation.event)'")
            }
            guard !open.contains(id) else {
                throw QueryError.unsupported("the segmentation '\(id)' refers to itself")
            }
            var inner = self
            inner.open.insert(id)
            let answers =
                segmentation.segments.map { comparison.holds(text: Array($0.name.utf8)) }
                + [comparison.holds(missing: ())]
            return .eventSegment(try EventSegmentKernel(segmentation, inner), answers)
        case .aggregate(let aggregate):
            return .aggregate(aggregate, comparison)
        }
    }

    private func column(_ name: String) throws -> StoredColumn {
        guard let table else {
            throw QueryError.unsupported("the attribute '\(name)' cannot be tested on a customer; only on an event")
        }
        guard let column = try table.column(name) else {
            throw QueryError.unknownAttribute(name, event: table.name, known: table.columnSpecs.map(\.name))
        }
        return column
    }
}

/// An event segmentation resolved: the segment of a row, the number of segments for none.
struct EventSegmentKernel: Sendable {
    private let kernels: [PredicateKernel]
    /// Where every condition looks at one text column: the segment by code.
    private let table: (codes: Cells<UInt32>, segments: [UInt8])?

    var count: Int { kernels.count }

    init(_ segmentation: EventSegmentation, _ resolver: PredicateResolver) throws {
        let kernels = try segmentation.segments.map { try resolver.resolveEvent($0.when) }
        self.kernels = kernels
        if kernels.count < 255, let name = EventSegmentKernel.onlyAttribute(segmentation),
            case .text(let codes, let dictionary)? = try resolver.table?.column(name)
        {
            let segments = (0...dictionary.count).map { code in
                UInt8(kernels.firstIndex { $0.holds(code: code) } ?? kernels.count)
            }
            table = (codes, segments)
        } else {
            table = nil
        }
    }

    func segment(ofRow row: Int) -> Int {
        if let table { return Int(table.segments[Int(table.codes[row])]) }
        return kernels.firstIndex { $0.holds(row: row) } ?? kernels.count
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
    fileprivate func holds(code: Int) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.holds(code: code) }
        case .any(let parts): parts.contains { $0.holds(code: code) }
        case .not(let part): !part.holds(code: code)
        case .cell(.byCode(_, let answers)): answers[code]
        case .cell(.constant(let answer)): answer
        default: preconditionFailure("a condition over one text column resolved to something else")
        }
    }

    /// For conditions over the event, as those of event segmentations are, and over the customer's properties.
    func holds(row: Int, customer: Int = -1) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.holds(row: row, customer: customer) }
        case .any(let parts): parts.contains { $0.holds(row: row, customer: customer) }
        case .not(let part): !part.holds(row: row, customer: customer)
        case .cell(let test): test.holds(row)
        case .property(let test) where customer >= 0: test.holds(customer)
        case .eventSegment(let kernel, let answers): answers[kernel.segment(ofRow: row)]
        case .property, .consent, .segment, .aggregate:
            preconditionFailure("a condition about customers in an event segmentation")
        }
    }
}
