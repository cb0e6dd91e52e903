import Quantities
import Queries

/// What is added up for all queries of an evaluation, each thing once: which purchases are selected, by what they are
/// grouped, and which sums are made of them. Queries that ask for the same share it.
struct SumPlan: Sendable {
    private(set) var selections: [SelectionPlan] = []
    private(set) var groups: [GroupPlan] = []
    private(set) var periods: [PeriodGroupPlan] = []
    /// By grouping of everything: sums that are not made there, and the grouping whose groups they are read from.
    private(set) var parts: [Int: [SumKind: Int]] = [:]
    private var selectionKeys: [SelectionKey: Int] = [:]
    private var groupKeys: [GroupKey: Int] = [:]

    private struct SelectionKey: Hashable {
        var scope: Scope
        var from: Int64
        var to: Int64
        var filters: [Predicate]
    }

    private struct GroupKey: Hashable {
        var selection: Int
        var dimensions: [Dimension]
        var kept: [Bool]
    }

    /// The position of a selection.
    mutating func selection(
        _ scope: Scope, window: Range<Int64>, filters: [Predicate], _ resolver: PredicateResolver
    ) throws -> Int {
        // The whole history has no window.
        let window = scope == .history ? 0..<0 : window
        let key = SelectionKey(scope: scope, from: window.lowerBound, to: window.upperBound, filters: filters)
        if let known = selectionKeys[key] { return known }
        selections.append(
            SelectionPlan(scope: scope, window: window, filters: try filters.map { try resolver.resolve($0) }))
        selectionKeys[key] = selections.count - 1
        return selections.count - 1
    }

    /// The position of a grouping of a selection, which from now on makes these sums too.
    ///
    /// - Parameter kept: dimensions that tell groups apart; by the others what has no place in them is left out.
    mutating func group(
        _ selection: Int, _ dimensions: [Dimension], kept: [Bool], _ kernels: [DimensionKernel], _ sums: Set<SumKind>,
        _ context: QueryPlan.Context
    ) throws -> Int {
        let key = GroupKey(selection: selection, dimensions: dimensions, kept: kept)
        let position = groupKeys[key] ?? groups.count
        if position == groups.count {
            groups.append(
                try GroupPlan(
                    selection: selection, scope: selections[selection].scope, kernels: kernels, kept: kept, context))
            groupKeys[key] = position
        }
        groups[position].add(sums)
        selections[selection].add(sums, groups[position])
        return position
    }

    /// Leaves out sums of everything that another query makes by groups: the whole is the sum of them. For the end, when
    /// all queries are planned.
    mutating func shareWholes() {
        for position in groups.indices where groups[position].isTotal {
            for kind in groups[position].sums where !kind.isDistinct {
                let selection = groups[position].selection
                let other = groups.firstIndex { other in
                    other.selection == selection && !other.isTotal && !other.isNative && other.sums.contains(kind)
                }
                guard let other else { continue }
                parts[position, default: [:]][kind] = other
                groups[position].leaveOut(kind)
            }
        }
    }

    mutating func periodGroup(_ plan: PeriodGroupPlan) -> Int {
        periods.append(plan)
        return periods.count - 1
    }

    mutating func countInScope(_ selection: Int) { selections[selection].countsInScope = true }

    mutating func update(_ selection: Int, _ change: (inout SelectionPlan) -> Void) { change(&selections[selection]) }
}

/// Which purchases are looked at.
struct SelectionPlan: Sendable {
    let scope: Scope
    /// Microseconds, half open.
    let window: Range<Int64>
    let filters: [PredicateKernel]
    /// A dimension asks for the customers' purchases in scope.
    var countsInScope = false
    private(set) var isGroupedByCustomer = false
    /// Sums that are made by customer first, because groups of customers need no more.
    private(set) var byCustomer: Set<SumKind> = []
    /// Some sum needs the customers' numbers of selected purchases.
    private(set) var countsByCustomer = false

    mutating func add(_ sums: Set<SumKind>, _ group: GroupPlan) {
        if group.isOfCustomers, !group.isTotal {
            isGroupedByCustomer = true
            byCustomer.formUnion(sums)
        }
        let counts = group.isOfCustomers ? sums : sums.filter { if case .repeatBuyers = $0 { true } else { false } }
        if counts.contains(where: { $0.isDistinct || $0 == .counted || $0 == .gross }) { countsByCustomer = true }
    }

    /// Money that is summed can not do without a rate: of purchases, of refunds, of which kinds of charges.
    var usesMoney = false
    var usesRefunds = false
    var chargeMoney: Set<Int> = []
    var chargeRefunds: Set<Int> = []
}

/// A sum that is made for each group. What measures show is one of them, or the difference of two.
enum SumKind: Hashable, Sendable {
    /// Purchases that count.
    case counted
    case canceled
    /// Distinct customers with a counted purchase.
    case buyers
    /// Counted purchases that are their customer's first ever.
    case first
    /// Distinct customers with at least that many counted purchases in the selection.
    case repeatBuyers(Int)
    /// Amounts of successful purchases, and what was given back on them.
    case gross, refunded
    /// The same by charge kind, four sums a group: for none, then in the order of `ChargeKind.allCases`.
    case chargeCounts, chargeGross, chargeRefunded
    /// Microseconds since the counted purchase before.
    case gaps
    /// Each gap of a counted purchase that is not the first.
    case gapSamples

    /// The sum of a whole is not the sum of its parts.
    var isDistinct: Bool {
        switch self {
        case .buyers, .repeatBuyers: true
        default: false
        }
    }

    /// Sums of each group.
    var width: Int {
        switch self {
        case .chargeCounts, .chargeGross, .chargeRefunded: ChargeKind.allCases.count + 1
        default: 1
        }
    }

    /// Amounts of money.
    var isMoney: Bool {
        switch self {
        case .gross, .refunded, .chargeGross, .chargeRefunded: true
        default: false
        }
    }
}

/// How a selection is grouped, and which sums are made.
struct GroupPlan: Sendable {
    let selection: Int
    let kernels: [DimensionKernel]
    /// What the code of each dimension is multiplied with; 0 where it tells no groups apart.
    let strides: [Int]
    /// Codes of groups are below it.
    let combinations: Int
    /// There is one group, of everything.
    var isTotal: Bool { kernels.isEmpty }
    /// Some items belong to no group.
    let hasNowhere: Bool
    /// Every dimension is one of customers: sums by customer are added up, purchases need not be looked at again.
    let isOfCustomers: Bool
    /// Money is in the currency it was booked in.
    let isNative: Bool
    /// Some dimension is the currency.
    let needsCurrency: Bool
    /// Items of one customer that are in the same group follow each other: dimensions are of the customer, or go up
    /// with time, in which items are ordered.
    let isOrdered: Bool
    private(set) var sums: [SumKind] = []

    init(
        selection: Int, scope: Scope, kernels: [DimensionKernel], kept: [Bool], _ context: QueryPlan.Context
    ) throws {
        self.selection = selection
        self.kernels = kernels
        var strides: [Int] = []
        var product = 1
        for (kernel, isKept) in zip(kernels, kept) {
            strides.append(isKept ? product : 0)
            if !isKept { continue }
            let (next, overflow) = product.multipliedReportingOverflow(by: kernel.cardinality)
            if overflow { throw QueryError.unsupported("grouping by so many values at once") }
            product = next
        }
        self.strides = strides
        combinations = product
        isOfCustomers = kernels.allSatisfy { $0.isOfCustomers(consentsAtPurchase: context.consentsAtPurchase) }
        needsCurrency = kernels.contains { if case .currency = $0 { true } else { false } }
        isOrdered =
            scope != .charges
            && kernels.allSatisfy { kernel in
                if case .calendar = kernel { return true }
                if case .age = kernel { return true }
                return kernel.isOfCustomers(consentsAtPurchase: context.consentsAtPurchase)
            }
        hasNowhere = kernels.contains {
            switch $0 {
            case .cohort, .age: true
            default: false
            }
        }
        isNative = zip(kernels, kept).contains { kernel, isKept in
            if case .currency = kernel { isKept } else { false }
        }
    }

    mutating func add(_ more: Set<SumKind>) {
        for kind in more where !sums.contains(kind) { sums.append(kind) }
    }

    mutating func leaveOut(_ kind: SumKind) { sums.removeAll { $0 == kind } }
}

/// Retention periods of a selection by group.
struct PeriodGroupPlan: Sendable {
    /// Whole histories: a purchase's period decides, not the window.
    let selection: Int
    /// Where a dimension asks for the customers' purchases in scope, the selection of that scope.
    let scopeSelection: Int
    let kernels: [DimensionKernel]
    let strides: [Int]
    let combinations: Int
    let periods: PeriodPlan
}
