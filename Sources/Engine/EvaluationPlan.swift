import EventStores
import Quantities
import Queries

/// An evaluation with every name resolved to columns and kernels: nothing is looked up by name per customer or row.
struct EvaluationPlan: Sendable {
    let semantics: Semantics
    /// Microseconds; events after it do not exist.
    let asOf: Int64
    let calendar: LocalCalendar
    let purchases: PurchaseColumns
    let refunds: RefundColumns?
    let money: MoneyPlan
    let consents: [ConsentKernel]
    /// By the position in the evaluation; nil for those over other event types than the purchase.
    let eventSegments: [EventSegmentKernel?]
    /// In an order in which each refers to earlier ones only.
    let segmentations: [SegmentationKernel]
    let queries: [QueryPlan]

    struct SegmentationKernel: Sendable {
        let id: String
        let names: [String]
        let segments: [PredicateKernel]
    }

    init(_ evaluation: Evaluation, store: EventStore) throws {
        semantics = evaluation.semantics
        asOf = semantics.asOf.microseconds
        guard let zone = Zone(identifier: semantics.timezone) else {
            throw QueryError.unsupported("the timezone '\(semantics.timezone)' is not in the IANA database")
        }
        let definition = evaluation.purchases
        guard let table = store.tables[definition.event] else {
            throw QueryError.unknownEvent(definition.event, known: store.tables.keys.sorted())
        }
        let ordered = try EvaluationPlan.ordered(evaluation.customerSegmentations)
        let resolver = PredicateResolver(
            store: store, table: table, evaluation: evaluation, segmentations: ordered)
        let eventSegments = try evaluation.eventSegmentations.map { segmentation in
            segmentation.event == definition.event ? try EventSegmentKernel(segmentation, resolver) : nil
        }
        self.eventSegments = eventSegments
        consents = try evaluation.consents.map { try ConsentKernel($0, store: store, zone: zone) }
        segmentations = try ordered.map { segmentation in
            let customerResolver = PredicateResolver(
                store: store, table: nil, evaluation: evaluation, segmentations: ordered)
            return SegmentationKernel(
                id: segmentation.id, names: segmentation.segments.map(\.name),
                segments: try segmentation.segments.map { try customerResolver.resolve($0.when) })
        }
        purchases = try PurchaseColumns(definition, table: table, evaluation: evaluation, resolver, eventSegments)
        refunds = try definition.refunds.map { try RefundColumns($0, store: store) }
        calendar = LocalCalendar(
            zone: zone, first: table.span?.lowerBound.microseconds ?? 0, last: asOf)
        money = try MoneyPlan(semantics, purchases: purchases, refunds: refunds, calendar: calendar)
        let context = QueryPlan.Context(
            store: store, resolver: resolver, calendar: calendar, money: money, eventSegments: eventSegments,
            segmentations: segmentations)
        queries = try evaluation.queries.map { try QueryPlan($0, evaluation, context) }
    }

    /// Referred segmentations first.
    private static func ordered(_ segmentations: [CustomerSegmentation]) throws -> [CustomerSegmentation] {
        var ordered: [CustomerSegmentation] = []
        var open: Set<String> = []
        func visit(_ predicate: Predicate) throws {
            switch predicate {
            case .all(let parts), .any(let parts): for part in parts { try visit(part) }
            case .not(let part): try visit(part)
            case .test(.segmentation(let id), _):
                guard let segmentation = segmentations.first(where: { $0.id == id }) else {
                    throw QueryError.unknownSegmentation(id)
                }
                try visit(segmentation)
            case .test: break
            }
        }
        func visit(_ segmentation: CustomerSegmentation) throws {
            if ordered.contains(where: { $0.id == segmentation.id }) { return }
            guard open.insert(segmentation.id).inserted else {
                throw QueryError.unsupported("the segmentation '\(segmentation.id)' refers to itself")
            }
            for segment in segmentation.segments { try visit(segment.when) }
            ordered.append(segmentation)
        }
        for segmentation in segmentations { try visit(segmentation) }
        return ordered
    }
}

/// The purchase table's columns that every evaluation reads.
struct PurchaseColumns: Sendable {
    let table: EventTable
    let offsets: Cells<UInt32>
    let timestamps: Cells<Int64>
    /// Nil where each row is a purchase of its own: without `key` and `amount`, or where no key has two rows.
    let states: PurchaseStates?
    let amounts: Cells<Int64>
    let scale: Int
    let currencies: (codes: Cells<UInt32>, dictionary: TextDictionary)?
    /// Whether the state is a success, and whether it is cancelled: by row.
    private let success: SegmentTest
    private let canceled: SegmentTest
    let exclude: PredicateKernel?
    let countsZero: Bool
    let charges: Charges?
    /// The text column whose value names a state, for findings.
    private let stateColumn: (codes: Cells<UInt32>, dictionary: TextDictionary)?

    struct SegmentTest: Sendable {
        let kernel: EventSegmentKernel
        let selected: [Bool]

        func holds(_ row: Int) -> Bool { selected[kernel.segment(ofRow: row)] }
    }

    struct Charges: Sendable {
        let kinds: [(kind: Int, test: SegmentTest)]
        let links: [Cells<UInt32>]
    }

    init(
        _ definition: PurchaseDefinition, table: EventTable, evaluation: Evaluation, _ resolver: PredicateResolver,
        _ kernels: [EventSegmentKernel?]
    ) throws {
        self.table = table
        offsets = try table.offsets
        timestamps = try table.timestamps
        states = table.isPlain ? nil : try table.purchases
        (amounts, scale) = try numberColumn(definition.amount, table)
        currencies = try definition.currency.map { try textColumn($0, table) }
        func test(_ selection: SegmentSelection) throws -> SegmentTest {
            guard let index = evaluation.eventSegmentations.firstIndex(where: { $0.id == selection.segmentation }),
                let kernel = kernels[index]
            else { throw QueryError.unknownSegmentation(selection.segmentation) }
            let names = evaluation.eventSegmentations[index].segments.map(\.name)
            return SegmentTest(kernel: kernel, selected: names.map { selection.segments.contains($0) } + [false])
        }
        success = try test(definition.success)
        canceled = try test(definition.canceled)
        exclude = try definition.exclude.map { try resolver.resolveEvent($0, andCustomer: true) }
        countsZero = definition.zeroAmount == .count
        charges = try definition.charges.map { charges in
            Charges(
                kinds: try ChargeKind.allCases.enumerated().compactMap { position, kind in
                    try charges.kinds[kind].map { (position, try test($0)) }
                },
                links: try charges.links.map { try textColumn($0, table).codes })
        }
        let segmentation = evaluation.eventSegmentations.first { $0.id == definition.success.segmentation }
        if let name = segmentation?.segments.lazy.compactMap({ PurchaseColumns.firstAttribute($0.when) }).first,
            case .text(let codes, let dictionary)? = try table.column(name)
        {
            stateColumn = (codes, dictionary)
        } else {
            stateColumn = nil
        }
    }

    func isSuccess(_ row: Int) -> Bool { success.holds(row) }

    func isCanceled(_ row: Int) -> Bool { canceled.holds(row) }

    func stateCode(_ row: Int) -> UInt32 { stateColumn?.codes[row] ?? 0 }

    func stateText(of code: UInt32) -> String? { code == 0 ? nil : stateColumn?.dictionary.text(of: code) }

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
    let table: EventTable
    let offsets: Cells<UInt32>
    let timestamps: Cells<Int64>
    let amounts: Cells<Int64>
    let scale: Int
    let currencies: (codes: Cells<UInt32>, dictionary: TextDictionary)?
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
        self.table = table
        offsets = try table.offsets
        timestamps = try table.timestamps
        self.purchases = purchases
        (amounts, scale) = try numberColumn(definition.amount, table)
        currencies = try definition.currency.map { try textColumn($0, table) }
    }
}

private func numberColumn(_ name: String, _ table: EventTable) throws -> (Cells<Int64>, Int) {
    switch try table.column(name) {
    case .decimal(let units, let scale)?: return (units, scale)
    case .text?: throw QueryError.wrongType(attribute: name, expected: "number", found: "string")
    case .instant?: throw QueryError.wrongType(attribute: name, expected: "number", found: "timestamp")
    case nil: throw QueryError.unknownAttribute(name, event: table.name, known: table.columnSpecs.map(\.name))
    }
}

private func textColumn(
    _ name: String, _ table: EventTable
) throws -> (codes: Cells<UInt32>, dictionary: TextDictionary) {
    switch try table.column(name) {
    case .text(let codes, let dictionary)?: return (codes, dictionary)
    case .decimal?: throw QueryError.wrongType(attribute: name, expected: "string", found: "number")
    case .instant?: throw QueryError.wrongType(attribute: name, expected: "string", found: "timestamp")
    case nil: throw QueryError.unknownAttribute(name, event: table.name, known: table.columnSpecs.map(\.name))
    }
}
