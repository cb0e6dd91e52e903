import EventStores
import Quantities
import Queries

/// An evaluation with every name resolved to columns and kernels: nothing is looked up by name per customer or row.
struct EvaluationPlan: Sendable {
    let semantics: Semantics
    /// The event type that records purchases, and the segments of the segmentation that tells which of them count.
    let purchaseEvent: String
    let successSegments: [String]
    /// Microseconds; events after it do not exist.
    let asOf: Int64
    let store: EventStore
    let calendar: LocalCalendar
    let purchases: PurchaseColumns
    let refunds: RefundColumns?
    let money: MoneyPlan
    /// Conditions on revenue are in another currency than what is shown; nil where they are in the same.
    let segmentMoney: MoneyPlan?
    let consents: [ConsentKernel]
    /// Those whose events are all texts, which are read together; and which consents are among them.
    let consentTexts: [ConsentTexts]
    let isConsentText: [Bool]
    /// The event types that consents are in, with the columns that their kernels read by slot.
    let consentTables: [TableColumns]
    /// What a model says of customers; nil where nobody asks.
    let predictions: CustomerPredictions?
    /// Customer properties by slot.
    let properties: [StoredColumn]
    /// By the position in the evaluation; nil for those over other event types than the purchase.
    let eventSegments: [EventSegmentKernel?]
    /// In an order in which each refers to earlier ones only.
    let segmentations: [SegmentationKernel]
    /// Some condition asks for the customers' revenue.
    let needsRevenue: Bool
    /// Some condition or dimension asks for the customers' second or last purchase.
    let needsLaterPurchases: Bool
    /// Some condition asks for the customers' cancelled purchases.
    let needsCanceledPurchases: Bool
    /// Who never bought is in no result, so that conditions are asked of buyers only, unless this is set.
    let asksEverybody: Bool
    let queries: [QueryPlan]
    let sums: SumPlan
    let buyers: [BuyerQuestion]

    /// What is read of an event type.
    struct TableColumns: Sendable {
        let offsets: Cells<UInt32>
        let timestamps: Cells<Int64>
        /// By slot.
        let columns: [StoredColumn]

        init(_ table: EventTable, _ columns: [StoredColumn]) throws {
            offsets = try table.offsets
            timestamps = try table.timestamps
            self.columns = columns
        }

        func rows(of customers: Range<Int>) -> Range<Int> {
            Int(offsets[customers.lowerBound])..<Int(offsets[customers.upperBound])
        }

        func forget(_ customers: Range<Int>) {
            let rows = rows(of: customers)
            offsets.forget(customers)
            timestamps.forget(rows)
            for column in columns { column.forget(rows) }
        }
    }

    /// Tells the store that all has been read that it has of some customers: the pages of its files need not stay in
    /// memory, and an evaluation takes no more of it than its batches at hand.
    func forget(_ customers: Range<Int>) {
        purchases.states?.forget(purchases.columns.rows(of: customers))
        purchases.columns.forget(customers)
        if let refunds {
            refunds.purchases.forget(refunds.columns.rows(of: customers))
            refunds.columns.forget(customers)
        }
        for table in consentTables { table.forget(customers) }
        for property in properties { property.forget(customers) }
    }

    struct SegmentationKernel: Sendable {
        let id: String
        let names: [String]
        let segments: [PredicateKernel]
    }

    var consentsAtPurchase: Bool { semantics.consentAsOf == .atPurchase }

    /// - Parameters:
    ///   - cuts: the quantiles that the evaluation's conditions name; those of all segmentations where everybody is asked.
    ///   - gathered: aggregates that are asked for besides those of conditions.
    ///   - asksEverybody: the segments of all customers are asked for, in all segmentations; else those of buyers, in those that
    ///     queries and questions name.
    init(
        _ evaluation: Evaluation, store: EventStore, cuts: CutPoints, gathered: Set<Aggregate> = [],
        asksEverybody: Bool = false
    ) throws {
        self.store = store
        self.asksEverybody = asksEverybody
        semantics = evaluation.semantics
        predictions = evaluation.predictions
        asOf = semantics.asOf.microseconds
        guard let zone = Zone(identifier: semantics.timezone) else {
            throw QueryError.unsupported("the timezone '\(semantics.timezone)' is not in the IANA database")
        }
        let definition = evaluation.purchases
        purchaseEvent = definition.event
        successSegments =
            evaluation.eventSegmentations.first { $0.id == definition.success.segmentation }?.segments.map(\.name) ?? []
        guard let table = store.tables[definition.event] else {
            throw QueryError.unknownEvent(definition.event, known: store.tables.keys.sorted())
        }
        let slots = ColumnSlots { try table.column($0) }
        let propertySlots = ColumnSlots { try store.customers.property($0) }
        let consentTables = ConsentTables()
        let all = try EvaluationPlan.ordered(evaluation.customerSegmentations)
        let ids = evaluation.askedSegmentations
        let ordered = asksEverybody ? all : all.filter { ids.contains($0.id) }
        let resolver = PredicateResolver(
            store: store, table: table, slots: slots, properties: propertySlots, evaluation: evaluation,
            segmentations: ordered, cuts: cuts)
        eventSegments = try evaluation.eventSegmentations.map { segmentation in
            segmentation.event == definition.event ? try EventSegmentKernel(segmentation, resolver) : nil
        }
        consents = try evaluation.consents.map {
            try ConsentKernel($0, properties: propertySlots, tables: consentTables, store: store, zone: zone)
        }
        let consentTexts = ConsentTexts.groups(consents, at: asOf)
        self.consentTexts = consentTexts
        isConsentText = consents.indices.map { consent in consentTexts.contains { $0.consents.contains(consent) } }
        let customerResolver = PredicateResolver(
            store: store, table: nil, slots: nil, properties: propertySlots, evaluation: evaluation,
            segmentations: ordered, cuts: cuts)
        segmentations = try ordered.map { segmentation in
            SegmentationKernel(
                id: segmentation.id, names: segmentation.segments.map(\.name),
                segments: try segmentation.segments.map { try customerResolver.resolve($0.when) })
        }
        // What nobody asks for has to make sense, too.
        let unread = PredicateResolver(
            store: store, table: nil, slots: nil, properties: ColumnSlots { try store.customers.property($0) },
            evaluation: evaluation, segmentations: all, cuts: .unasked)
        for segmentation in all where !ordered.contains(where: { $0.id == segmentation.id }) {
            for segment in segmentation.segments { _ = try unread.resolve(segment.when) }
        }
        var purchases = try PurchaseColumns(definition, table: table, evaluation: evaluation, resolver, eventSegments)
        refunds = try definition.refunds.map { try RefundColumns($0, store: store) }
        let spans = [table.span, refunds?.span].compactMap { $0?.lowerBound.microseconds }
        calendar = LocalCalendar(zone: zone, first: spans.min() ?? 0, last: asOf)
        money = try MoneyPlan(semantics, purchases: purchases, refunds: refunds, calendar: calendar)
        var ofSegments = semantics
        (ofSegments.displayCurrency, ofSegments.rates) = (semantics.segmentCurrency, semantics.segmentRates)
        segmentMoney =
            ofSegments.displayCurrency == semantics.displayCurrency
            ? nil : try MoneyPlan(ofSegments, purchases: purchases, refunds: refunds, calendar: calendar)
        let context = QueryPlan.Context(
            store: store, resolver: resolver, calendar: calendar, money: money, eventSegments: eventSegments,
            segmentations: segmentations, consentsAtPurchase: semantics.consentAsOf == .atPurchase)
        var sums = SumPlan()
        queries = try evaluation.queries.map { try QueryPlan($0, evaluation, context, &sums) }
        buyers = evaluation.buyers
        for id in buyers.flatMap(\.segmentations) where !segmentations.contains(where: { $0.id == id }) {
            throw QueryError.unknownSegmentation(id)
        }
        sums.shareWholes()
        self.sums = sums
        let conditions = sums.selections.flatMap(\.filters) + segmentations.flatMap(\.segments)
        let facts = gathered.map { $0.fact?.fact }
        needsRevenue = conditions.contains(where: \.needsRevenue) || facts.contains(nil)
        needsCanceledPurchases =
            conditions.contains { $0.needs(.canceledPurchases) } || facts.contains(.canceledPurchases)
        needsLaterPurchases =
            conditions.contains { $0.needs(.sinceLastPurchase) } || facts.contains(.sinceLastPurchase)
            || evaluation.queries.flatMap(\.groupBy).contains {
                if case .daysToSecondPurchase = $0 { true } else { false }
            }
        // All names are resolved: the slots are complete.
        purchases.columns = try TableColumns(table, slots.columns)
        self.purchases = purchases
        properties = propertySlots.columns
        self.consentTables = try consentTables.tables.map { try TableColumns($0.table, $0.slots.columns) }
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
