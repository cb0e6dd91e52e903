import EventStores
import Quantities
import Queries

/// The purchase table's columns that every evaluation reads.
struct PurchaseColumns: Sendable {
    let rowCount: Int
    /// Microseconds of the newest row.
    let newest: Int64
    /// Nil where each row is a purchase of its own: without `key` and `amount`, or where no key has two rows.
    let states: PurchaseStates?
    /// All columns that are read, by slot.
    var columns: EvaluationPlan.TableColumns
    let amountSlot: Int
    let scale: Int
    let currency: Currency?
    /// Whether the state is a success, and whether it is cancelled.
    let success: SegmentTest
    let canceled: SegmentTest
    let exclude: PredicateKernel?
    let countsZero: Bool
    let charges: Charges?
    /// Where one text column alone decides what a purchase is worth: its slot, and the status by code.
    let statusByCode: (slot: Int, statuses: [UInt8])?
    /// The text column whose value names a state, for findings.
    let stateSlot: Int?
    private let stateDictionary: TextDictionary?

    struct Currency: Sendable {
        let slot: Int
        let dictionary: TextDictionary
    }

    struct SegmentTest: Sendable {
        /// Position of the event segmentation.
        let kernel: Int
        /// By segment, the last for none.
        let selected: [Bool]
    }

    struct Charges: Sendable {
        let kinds: [(kind: Int, test: SegmentTest)]
        /// Where one text column alone decides the kind: its slot, and the kind by code, -1 for none.
        let kindByCode: (slot: Int, kinds: [Int32])?
        /// Slots of text columns.
        let links: [Int]
    }

    init(
        _ definition: PurchaseDefinition, table: EventTable, evaluation: Evaluation, _ resolver: PredicateResolver,
        _ kernels: [EventSegmentKernel?]
    ) throws {
        rowCount = table.rowCount
        newest = table.span?.upperBound.microseconds ?? .min
        states = table.isPlain ? nil : try table.purchases
        columns = try EvaluationPlan.TableColumns(table, [])
        (amountSlot, scale) = try numberSlot(definition.amount, resolver)
        currency = try definition.currency.map { name in
            let (slot, dictionary) = try textSlot(name, resolver)
            return Currency(slot: slot, dictionary: dictionary)
        }
        func test(_ selection: SegmentSelection) throws -> SegmentTest {
            guard let index = evaluation.eventSegmentations.firstIndex(where: { $0.id == selection.segmentation }),
                kernels[index] != nil
            else { throw QueryError.unknownSegmentation(selection.segmentation) }
            let names = evaluation.eventSegmentations[index].segments.map(\.name)
            return SegmentTest(kernel: index, selected: names.map { selection.segments.contains($0) } + [false])
        }
        success = try test(definition.success)
        canceled = try test(definition.canceled)
        exclude = try definition.exclude.map { try resolver.resolveEvent($0, andCustomer: true) }
        countsZero = definition.zeroAmount == .count
        charges = try definition.charges.map { charges in
            let kinds = try ChargeKind.allCases.enumerated().compactMap { position, kind in
                try charges.kinds[kind].map { (kind: position, test: try test($0)) }
            }
            return Charges(
                kinds: kinds, kindByCode: PurchaseColumns.kindByCode(kinds, kernels),
                links: try charges.links.map { try textSlot($0, resolver).slot })
        }
        statusByCode = PurchaseColumns.statusByCode(success, canceled, kernels)
        let segmentation = evaluation.eventSegmentations.first { $0.id == definition.success.segmentation }
        let name = segmentation?.segments.lazy.compactMap { PurchaseColumns.firstAttribute($0.when) }.first
        if let name, case (let slot, .text(_, let dictionary)) = try resolver.attribute(name) {
            (stateSlot, stateDictionary) = (slot, dictionary)
        } else {
            (stateSlot, stateDictionary) = (nil, nil)
        }
    }

    func stateText(of code: UInt32) -> String? { code == 0 ? nil : stateDictionary?.text(of: code) }

    private static func statusByCode(
        _ success: SegmentTest, _ canceled: SegmentTest, _ kernels: [EventSegmentKernel?]
    ) -> (slot: Int, statuses: [UInt8])? {
        guard let first = kernels[success.kernel]?.table, let second = kernels[canceled.kernel]?.table,
            first.slot == second.slot
        else { return nil }
        let statuses = zip(first.segments, second.segments).map { segment, other in
            success.selected[Int(segment)]
                ? CustomerBatch.Status.counted
                : canceled.selected[Int(other)] ? CustomerBatch.Status.canceled : CustomerBatch.Status.unclassified
        }
        return (first.slot, statuses)
    }

    private static func kindByCode(
        _ kinds: [(kind: Int, test: SegmentTest)], _ kernels: [EventSegmentKernel?]
    ) -> (slot: Int, kinds: [Int32])? {
        let tables = kinds.compactMap { kernels[$0.test.kernel]?.table }
        guard let first = tables.first, tables.count == kinds.count, tables.allSatisfy({ $0.slot == first.slot }) else {
            return nil
        }
        let byCode = first.segments.indices.map { code -> Int32 in
            let match = zip(kinds, tables).first { $0.0.test.selected[Int($0.1.segments[code])] }
            return match.map { Int32($0.0.kind) } ?? -1
        }
        return (first.slot, byCode)
    }

    private static func firstAttribute(_ predicate: Predicate) -> String? {
        switch predicate {
        case .all(let parts), .any(let parts): parts.lazy.compactMap { firstAttribute($0) }.first
        case .not(let part): firstAttribute(part)
        case .test(.attribute(let name), _): name
        case .test: nil
        }
    }
}

/// The refund table's columns.
struct RefundColumns: Sendable {
    let span: ClosedRange<Instant>?
    let columns: EvaluationPlan.TableColumns
    let amountSlot: Int
    let scale: Int
    let currency: PurchaseColumns.Currency?
    /// -1 where the refund names no purchase of its customer.
    let purchases: Cells<Int32>

    init(_ definition: RefundDefinition, store: EventStore) throws {
        guard let table = store.tables[definition.event] else {
            throw QueryError.unknownEvent(definition.event, known: store.tables.keys.sorted())
        }
        guard let purchases = try table.referredPurchases else {
            throw QueryError.unsupported(
                "the event '\(table.name)' was imported without `refers_to`, so what it refunds is not known")
        }
        span = table.span
        self.purchases = purchases
        let slots = ColumnSlots { try table.column($0) }
        (amountSlot, scale) = try numberSlot(definition.amount, table, slots)
        currency = try definition.currency.map { name in
            let (slot, dictionary) = try textSlot(name, table, slots)
            return PurchaseColumns.Currency(slot: slot, dictionary: dictionary)
        }
        columns = try EvaluationPlan.TableColumns(table, slots.columns)
    }
}

private func numberSlot(_ name: String, _ resolver: PredicateResolver) throws -> (slot: Int, scale: Int) {
    guard let table = resolver.table, let slots = resolver.slots else { preconditionFailure("no table to look into") }
    return try numberSlot(name, table, slots)
}

private func textSlot(_ name: String, _ resolver: PredicateResolver) throws -> (slot: Int, dictionary: TextDictionary) {
    guard let table = resolver.table, let slots = resolver.slots else { preconditionFailure("no table to look into") }
    return try textSlot(name, table, slots)
}

private func numberSlot(_ name: String, _ table: EventTable, _ slots: ColumnSlots) throws -> (slot: Int, scale: Int) {
    guard let slot = try slots.slot(name) else {
        throw QueryError.unknownAttribute(name, event: table.name, known: table.columnSpecs.map(\.name))
    }
    switch slots.columns[slot] {
    case .decimal(_, let scale): return (slot, scale)
    case .text: throw QueryError.wrongType(attribute: name, expected: "number", found: "string")
    case .instant: throw QueryError.wrongType(attribute: name, expected: "number", found: "timestamp")
    }
}

private func textSlot(
    _ name: String, _ table: EventTable, _ slots: ColumnSlots
) throws -> (slot: Int, dictionary: TextDictionary) {
    guard let slot = try slots.slot(name) else {
        throw QueryError.unknownAttribute(name, event: table.name, known: table.columnSpecs.map(\.name))
    }
    switch slots.columns[slot] {
    case .text(_, let dictionary): return (slot, dictionary)
    case .decimal: throw QueryError.wrongType(attribute: name, expected: "string", found: "number")
    case .instant: throw QueryError.wrongType(attribute: name, expected: "string", found: "timestamp")
    }
}
