import EventStores
import Quantities
import Queries

/// A dimension resolved: how a purchase or posting gets its small integer code, and what the code means.
enum DimensionKernel: Sendable {
    /// Text by dictionary code; `ofCustomer` reads the customer's row, else the purchase's.
    case text(Cells<UInt32>, TextDictionary, ofCustomer: Bool)
    /// Numbers or instants, numbered as they appear; `key` makes the group's key.
    case integers(Cells<Int64>, ofCustomer: Bool, key: @Sendable (Int64) -> GroupKey)
    case segmentation(Int, names: [String])
    case eventSegmentation(EventSegmentKernel, names: [String])
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
            guard let table = context.resolver.table, let column = try table.column(name) else {
                throw QueryError.unknownAttribute(
                    name, event: context.resolver.table?.name ?? "",
                    known: context.resolver.table?.columnSpecs.map(\.name) ?? [])
            }
            self = DimensionKernel(column, ofCustomer: false)
        case .property(let name):
            guard let column = try context.store.customers.property(name) else {
                throw QueryError.unknownProperty(name, known: context.store.customers.propertySpecs.map(\.name))
            }
            self = DimensionKernel(column, ofCustomer: true)
        case .segmentation(let id):
            guard let index = context.segmentations.firstIndex(where: { $0.id == id }) else {
                throw QueryError.unknownSegmentation(id)
            }
            self = .segmentation(index, names: context.segmentations[index].names)
        case .eventSegmentation(let id):
            let list = context.resolver.evaluation.eventSegmentations
            guard let index = list.firstIndex(where: { $0.id == id }) else { throw QueryError.unknownSegmentation(id) }
            guard let kernel = context.eventSegments[index] else {
                throw QueryError.unsupported("grouping purchases by '\(id)', which segments another event")
            }
            self = .eventSegmentation(kernel, names: list[index].segments.map(\.name))
        case .currency: self = .currency(context.money.currencies)
        case .calendar(let unit): self = .calendar(context.calendar.table(unit))
        case .cohort(let unit): self = .cohort(context.calendar.table(unit))
        case .age(let unit): self = .age(context.calendar.table(unit))
        case .purchaseCount(let classes): self = .purchaseCount(classes)
        case .daysToSecondPurchase(let classes): self = .daysToSecondPurchase(classes)
        }
    }

    private init(_ column: StoredColumn, ofCustomer: Bool) {
        switch column {
        case .text(let codes, let dictionary): self = .text(codes, dictionary, ofCustomer: ofCustomer)
        case .decimal(let units, let scale):
            self = .integers(units, ofCustomer: ofCustomer) { value in
                value == .min
                    ? .missing : .text(ExactDecimal(units: Int128(value), scale: scale).normalized.description)
            }
        case .instant(let microseconds):
            self = .integers(microseconds, ofCustomer: ofCustomer) { value in
                value == .min ? .missing : .text(Instant(microseconds: value).description)
            }
        }
    }
}

/// A query resolved.
struct QueryPlan: Sendable {
    /// What names are resolved against.
    struct Context {
        let store: EventStore
        let resolver: PredicateResolver
        let calendar: LocalCalendar
        let money: MoneyPlan
        let eventSegments: [EventSegmentKernel?]
        let segmentations: [EvaluationPlan.SegmentationKernel]
    }

    /// Measures over the same purchases, fed by one loop.
    struct Pass: Sendable {
        let scope: Scope
        let filters: [PredicateKernel]
        /// Position in the query's measures, and kind; without those of periods.
        let measures: [(index: Int, kind: Measure.Kind)]
        let periodMeasures: [(index: Int, kind: Measure.Kind)]
    }

    let query: Query
    /// Microseconds, half open.
    let window: Range<Int64>
    let passes: [Pass]
    let dimensions: [DimensionKernel]
    let strides: [Int]
    /// The product of the cardinalities.
    let combinations: Int
    let periods: PeriodPlan
    /// Position of the first cohort dimension, -1 for none.
    let cohortPosition: Int
    let currencyPosition: Int

    init(_ query: Query, _ evaluation: Evaluation, _ context: Context) throws {
        self.query = query
        let span = query.window ?? evaluation.semantics.window
        window = span.from.microseconds..<max(span.from.microseconds, span.to.microseconds)
        dimensions = try query.groupBy.map { try DimensionKernel($0, context) }
        var strides: [Int] = []
        var product = 1
        for dimension in dimensions {
            strides.append(product)
            let (next, overflow) = product.multipliedReportingOverflow(by: dimension.cardinality)
            if overflow { throw QueryError.unsupported("grouping '\(query.id)' by so many values at once") }
            product = next
        }
        self.strides = strides
        combinations = product
        cohortPosition = query.groupBy.firstIndex { if case .cohort = $0 { true } else { false } } ?? -1
        currencyPosition = query.groupBy.firstIndex(of: .currency) ?? -1
        periods = PeriodPlan(
            query.period, window: span, asOf: evaluation.semantics.asOf, calendar: context.calendar)

        struct PassKey: Hashable {
            var scope: Scope
            var filter: Predicate?
        }
        var order: [PassKey] = []
        var members: [PassKey: [(index: Int, kind: Measure.Kind)]] = [:]
        for (index, measure) in query.measures.enumerated() {
            var scope = measure.scope
            if scope == .charges, evaluation.semantics.attribution == .period { scope = .window }
            let key = PassKey(scope: scope, filter: measure.filter)
            if members[key] == nil { order.append(key) }
            members[key, default: []].append((index, measure.kind))
        }
        passes = try order.map { key in
            let measures = members[key] ?? []
            let pass = Pass(
                scope: key.scope,
                filters: try [query.filter, key.filter].compactMap { $0 }.map { try context.resolver.resolve($0) },
                measures: measures.filter { !$0.kind.isOfPeriods },
                periodMeasures: measures.filter { $0.kind.isOfPeriods })
            if !pass.periodMeasures.isEmpty { try QueryPlan.checkPeriods(query, key.scope) }
            if measures.contains(where: { $0.kind.isOfCharges }), evaluation.purchases.charges == nil {
                throw QueryError.unsupported("charges in '\(query.id)': the purchase definition has no `charges`")
            }
            return pass
        }
    }

    /// Measures of periods need groups that a whole period falls into.
    private static func checkPeriods(_ query: Query, _ scope: Scope) throws {
        if scope == .charges { throw QueryError.unsupported("retention over the scope 'charges' in '\(query.id)'") }
        for dimension in query.groupBy {
            switch dimension {
            case .cohort, .age:
                throw QueryError.unsupported("retention of periods by cohort and age in '\(query.id)'")
            case .calendar(let unit):
                guard query.period.days <= Period.calendar(unit).days else {
                    throw QueryError.unsupported(
                        "retention by \(unit.rawValue) in '\(query.id)': its periods are longer than a \(unit.rawValue)"
                    )
                }
            default: break
            }
        }
    }
}
