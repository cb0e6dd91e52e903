import EventStores
import Quantities
import Queries

/// A query resolved: which sums its measures are read from.
struct QueryPlan: Sendable {
    /// What names are resolved against.
    struct Context {
        let store: EventStore
        let resolver: PredicateResolver
        let calendar: LocalCalendar
        let money: MoneyPlan
        let eventSegments: [EventSegmentKernel?]
        let segmentations: [EvaluationPlan.SegmentationKernel]
        let consentsAtPurchase: Bool
    }

    /// Where a measure is read.
    enum Source: Sendable {
        /// `plus - minus` of a sum's slot, in the pass's groupings.
        case sums(plus: SumKind, minus: SumKind?, slot: Int)
        case quantile(Double)
        case period(PeriodSum)
    }

    enum PeriodSum: Int, Sendable, CaseIterable {
        case purchases, buyers, retained, previousBuyers
    }

    /// Measures over the same purchases.
    struct Pass: Sendable {
        /// Positions in `SumPlan.groups`: over all dimensions, over none, by cohort; -1 for none.
        var groups = -1
        var total = -1
        var cohorts = -1
        /// Position in `SumPlan.periods`, -1 for none.
        var periods = -1
    }

    let query: Query
    let dimensions: [DimensionKernel]
    let strides: [Int]
    /// By measure: the pass, and where in it.
    let sources: [(pass: Int, source: Source)]
    let passes: [Pass]
    /// Position of the first cohort dimension, -1 for none.
    let cohortPosition: Int
    /// Money of groups is in its own currency.
    let isNative: Bool

    init(_ query: Query, _ evaluation: Evaluation, _ context: Context, _ sums: inout SumPlan) throws {
        self.query = query
        let span = query.window ?? evaluation.semantics.window
        let window = span.from.microseconds..<max(span.from.microseconds, span.to.microseconds)
        let dimensions = try query.groupBy.map { try DimensionKernel($0, context) }
        self.dimensions = dimensions
        cohortPosition = query.groupBy.firstIndex { if case .cohort = $0 { true } else { false } } ?? -1
        isNative = query.groupBy.contains(.currency)
        var strides: [Int] = []
        var product = 1
        for dimension in dimensions {
            strides.append(product)
            let (next, overflow) = product.multipliedReportingOverflow(by: dimension.cardinality)
            if overflow { throw QueryError.unsupported("grouping '\(query.id)' by so many values at once") }
            product = next
        }
        self.strides = strides

        struct PassKey: Hashable {
            var scope: Scope
            var filter: Predicate?
        }
        var order: [PassKey] = []
        var members: [PassKey: [Int]] = [:]
        for (index, measure) in query.measures.enumerated() {
            var scope = measure.scope
            if scope == .charges, evaluation.semantics.attribution == .period { scope = .window }
            let key = PassKey(scope: scope, filter: measure.filter)
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(index)
        }
        let hasCharges = evaluation.purchases.charges != nil
        var sources = [(pass: Int, source: Source)?](repeating: nil, count: query.measures.count)
        var passes: [Pass] = []
        for key in order {
            let filters = [query.filter, key.filter].compactMap { $0 }
            var wanted: Set<SumKind> = []
            var hasPeriods = false
            for index in members[key] ?? [] {
                let kind = query.measures[index].kind
                if kind.isOfCharges, !hasCharges {
                    throw QueryError.unsupported("charges in '\(query.id)': the purchase definition has no `charges`")
                }
                let source = Source(kind, evaluation.semantics.revenueBasis)
                sources[index] = (passes.count, source)
                switch source {
                case .sums(let plus, let minus, _): wanted.formUnion([plus] + [minus].compactMap { $0 })
                case .quantile: wanted.insert(.gapSamples)
                case .period: hasPeriods = true
                }
            }
            var pass = Pass()
            if !wanted.isEmpty {
                let selection = try sums.selection(key.scope, window: window, filters: filters, context.resolver)
                let charges = try QueryPlan.charges(members[key] ?? [], query)
                sums.needMoney(selection, wanted, charges)
                if !dimensions.isEmpty {
                    let all = dimensions.map { _ in true }
                    pass.groups = try sums.group(selection, query.groupBy, kept: all, dimensions, wanted, context)
                    sums.prepare(selection, dimensions)
                }
                // Of most sums the whole is the sum of the groups, and not made again: not of distinct customers, and
                // not where groups have money of their own currency.
                let whole = dimensions.isEmpty || isNative ? wanted : wanted.filter(\.isDistinct)
                if !whole.isEmpty { pass.total = try sums.group(selection, [], kept: [], [], whole, context) }
                if cohortPosition >= 0, !whole.isEmpty {
                    let kept = [Bool](dimensions.indices.map { [cohortPosition] in $0 == cohortPosition })
                    pass.cohorts = try sums.group(selection, query.groupBy, kept: kept, dimensions, whole, context)
                }
            }
            if hasPeriods {
                try QueryPlan.checkPeriods(query, key.scope)
                // A purchase's period decides whether it is in the window.
                let scope = key.scope == .window ? Scope.history : key.scope
                let selection = try sums.selection(scope, window: window, filters: filters, context.resolver)
                var scopeSelection = selection
                if dimensions.contains(where: { if case .purchaseCount = $0 { true } else { false } }) {
                    scopeSelection = try sums.selection(
                        key.scope, window: window, filters: filters, context.resolver)
                    sums.prepare(scopeSelection, dimensions)
                }
                pass.periods = sums.periodGroup(
                    PeriodGroupPlan(
                        selection: selection, scopeSelection: scopeSelection, kernels: dimensions, strides: strides,
                        combinations: product,
                        periods: PeriodPlan(
                            query.period, window: span, asOf: evaluation.semantics.asOf, calendar: context.calendar)))
            }
            passes.append(pass)
        }
        self.passes = passes
        self.sources = sources.map { source in
            guard let source else { preconditionFailure("every measure is in a pass") }
            return source
        }
    }

    /// Kinds of charges whose money the measures ask for.
    private static func charges(_ members: [Int], _ query: Query) throws -> Set<Int> {
        Set(
            members.compactMap { index in
                guard case .chargeAmount(let kind) = query.measures[index].kind else { return nil }
                return ChargeKind.allCases.firstIndex(of: kind)
            })
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

extension QueryPlan.Source {
    init(_ kind: Measure.Kind, _ basis: RevenueBasis) {
        func slot(_ charge: ChargeKind) -> Int { (ChargeKind.allCases.firstIndex(of: charge) ?? 0) + 1 }
        self =
            switch kind {
            case .purchases: .sums(plus: .counted, minus: nil, slot: 0)
            case .canceledPurchases: .sums(plus: .canceled, minus: nil, slot: 0)
            case .buyers: .sums(plus: .buyers, minus: nil, slot: 0)
            case .newBuyers: .sums(plus: .first, minus: nil, slot: 0)
            case .repeatBuyers(let least): .sums(plus: .repeatBuyers(least), minus: nil, slot: 0)
            case .revenue: .sums(plus: .gross, minus: basis == .net ? .refunded : nil, slot: 0)
            case .grossRevenue: .sums(plus: .gross, minus: nil, slot: 0)
            case .refunds: .sums(plus: .refunded, minus: nil, slot: 0)
            case .chargeCount(let charge): .sums(plus: .chargeCounts, minus: nil, slot: slot(charge))
            case .chargeAmount(let charge):
                .sums(plus: .chargeGross, minus: basis == .net ? .chargeRefunded : nil, slot: slot(charge))
            case .gapCount: .sums(plus: .counted, minus: .first, slot: 0)
            case .gapSum: .sums(plus: .gaps, minus: nil, slot: 0)
            case .gapQuantile(let p): .quantile(p)
            case .periodPurchases: .period(.purchases)
            case .periodBuyers: .period(.buyers)
            case .retainedBuyers: .period(.retained)
            case .previousPeriodBuyers: .period(.previousBuyers)
            }
    }
}

extension SumPlan {
    /// Tells a selection that these sums need the rates of its amounts.
    fileprivate mutating func needMoney(_ selection: Int, _ wanted: Set<SumKind>, _ charges: Set<Int>) {
        update(selection) { plan in
            if wanted.contains(.gross) { plan.usesMoney = true }
            if wanted.contains(.refunded) { plan.usesRefunds = true }
            if wanted.contains(.chargeGross) { plan.chargeMoney.formUnion(charges) }
            if wanted.contains(.chargeRefunded) { plan.chargeRefunds.formUnion(charges) }
        }
    }

    /// Tells a selection what dimensions ask of it.
    fileprivate mutating func prepare(_ selection: Int, _ dimensions: [DimensionKernel]) {
        for case .purchaseCount in dimensions { countInScope(selection) }
    }
}
