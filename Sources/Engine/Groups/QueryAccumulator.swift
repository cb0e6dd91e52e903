import EventStores
import Quantities
import Queries

/// Adds up one query, customer by customer.
struct QueryAccumulator {
    private let plan: QueryPlan
    private var table: GroupTable
    /// Values of `integers` dimensions by code, and the other way round; one a dimension.
    private var numbered: [[Int64: Int]]
    private var numbers: [[Int64]]
    private var items: [Item] = []
    private var periodStates: [PeriodState] = []
    /// Purchases of the customer at hand that count and are in scope, before filters.
    private var inScope = 0

    /// A purchase or a posting in scope.
    private struct Item {
        enum Kind { case purchase, canceled, posting }
        var kind: Kind
        /// Index of the purchase or posting.
        var index: Int
        /// The purchase whose attributes group it.
        var grouping: Int
        /// The local day that groups it.
        var day: Int
    }

    /// The last period in which the customer at hand bought within one group.
    private struct PeriodState {
        var code: Int
        var last: Int
    }

    init(_ queryPlan: QueryPlan, plan: EvaluationPlan) {
        self.plan = queryPlan
        table = GroupTable(measures: queryPlan.query.measures.count, combinations: queryPlan.combinations)
        numbered = Array(repeating: [:], count: queryPlan.dimensions.count)
        numbers = Array(repeating: [], count: queryPlan.dimensions.count)
    }

    mutating func add(_ facts: inout CustomerFacts, _ evaluation: EvaluationPlan) throws {
        for pass in plan.passes {
            guard isInScope(pass.scope, facts) else { continue }
            if !pass.measures.isEmpty || hasPurchaseCount {
                collect(pass, &facts, evaluation)
                try feed(pass, facts, evaluation)
            }
            if !pass.periodMeasures.isEmpty { feedPeriods(pass, &facts, evaluation) }
        }
    }

    // MARK: - Scope

    private func isInScope(_ scope: Scope, _ facts: CustomerFacts) -> Bool {
        switch scope {
        case .window, .charges, .history: true
        case .active: facts.counted.contains { plan.window.contains(facts.purchases[$0].time) }
        case .acquired: facts.counted.first.map { plan.window.contains(facts.purchases[$0].time) } ?? false
        }
    }

    /// The purchases and postings of the pass, in order.
    private mutating func collect(_ pass: QueryPlan.Pass, _ facts: inout CustomerFacts, _ evaluation: EvaluationPlan) {
        items.removeAll(keepingCapacity: true)
        inScope = 0
        let windowed = pass.scope == .window
        for index in facts.purchases.indices {
            let purchase = facts.purchases[index]
            let kind: Item.Kind
            switch purchase.status {
            case .counted: kind = .purchase
            case .canceled: kind = .canceled
            case .uncounted, .unclassified: continue
            }
            var item = Item(kind: kind, index: index, grouping: index, day: purchase.day)
            if pass.scope == .charges {
                guard anchor(&item, index, facts) else { continue }
            } else if windowed, !plan.window.contains(purchase.time) {
                continue
            }
            if kind == .purchase { inScope += 1 }
            if passes(pass, item.grouping, &facts, evaluation) { items.append(item) }
        }
        for index in facts.postings.indices {
            let posting = facts.postings[index]
            var item = Item(kind: .posting, index: index, grouping: posting.purchase, day: posting.day)
            if pass.scope == .charges {
                guard anchor(&item, posting.purchase, facts) else { continue }
            } else if windowed, !plan.window.contains(posting.time) {
                continue
            }
            if passes(pass, item.grouping, &facts, evaluation) { items.append(item) }
        }
    }

    /// Puts a charge under its first charge; false where that is none of the window's.
    private func anchor(_ item: inout Item, _ purchase: Int, _ facts: CustomerFacts) -> Bool {
        let anchor = facts.purchases[purchase].anchor
        guard anchor >= 0, plan.window.contains(facts.purchases[anchor].time) else { return false }
        item.grouping = anchor
        item.day = facts.purchases[anchor].day
        return true
    }

    private func passes(
        _ pass: QueryPlan.Pass, _ purchase: Int, _ facts: inout CustomerFacts, _ evaluation: EvaluationPlan
    ) -> Bool {
        for filter in pass.filters where !facts.holds(filter, purchase, evaluation) { return false }
        return true
    }

    // MARK: - Groups

    private var hasPurchaseCount: Bool {
        plan.dimensions.contains { if case .purchaseCount = $0 { true } else { false } }
    }

    /// The combined code of an item's group; nil where it has none. Without the calendar for `day` nil.
    private mutating func code(
        grouping purchase: Int, day: Int?, currency: Int, _ facts: CustomerFacts
    ) -> Int? {
        var combined = 0
        for (position, dimension) in plan.dimensions.enumerated() {
            let code: Int
            switch dimension {
            case .text(let codes, _, let ofCustomer):
                code = Int(codes[ofCustomer ? facts.customer : facts.purchases[purchase].row])
            case .integers(let cells, let ofCustomer, _):
                code = number(cells[ofCustomer ? facts.customer : facts.purchases[purchase].row], position)
            case .segmentation(let index, _): code = facts.segment(index, ofPurchase: purchase)
            case .eventSegmentation(let kernel, _): code = kernel.segment(ofRow: facts.purchases[purchase].row)
            case .currency: code = currency
            case .calendar(let table):
                guard let day else { continue }
                code = table.bucket(ofDay: day) - table.first
            case .cohort(let table):
                guard let first = facts.counted.first else { return nil }
                code = table.bucket(ofDay: facts.purchases[first].day) - table.first
            case .age(let table):
                guard let first = facts.counted.first, let day else { return nil }
                code = table.bucket(ofDay: day) - table.bucket(ofDay: facts.purchases[first].day)
                if code < 0 { return nil }
            case .purchaseCount(let classes):
                code = classes.lastIndex { $0 <= inScope } ?? classes.count
            case .daysToSecondPurchase(let classes):
                guard facts.counted.count > 1 else {
                    code = classes.count
                    break
                }
                let elapsed = facts.purchases[facts.counted[1]].time - facts.purchases[facts.counted[0]].time
                code = classes.lastIndex { $0 <= elapsed / 86_400_000_000 } ?? classes.count
            }
            combined += code * plan.strides[position]
        }
        return combined
    }

    /// The number of a value in order of appearance.
    private mutating func number(_ value: Int64, _ position: Int) -> Int {
        if let known = numbered[position][value] { return known }
        let code = numbers[position].count
        precondition(code < plan.dimensions[position].cardinality, "a number dimension has over 16 million values")
        numbered[position][value] = code
        numbers[position].append(value)
        return code
    }

    // MARK: - Measures

    private mutating func feed(_ pass: QueryPlan.Pass, _ facts: CustomerFacts, _ evaluation: EvaluationPlan) throws {
        var passing = 0
        for item in items where item.kind == .purchase { passing += 1 }
        for item in items {
            let currency =
                item.kind == .posting ? facts.postings[item.index].currency : facts.purchases[item.index].currency
            let group =
                plan.dimensions.isEmpty
                ? nil : code(grouping: item.grouping, day: item.day, currency: currency, facts)
            let row = group.map { table.row(ofGroup: $0) } ?? -1
            var cohort = -1
            if plan.cohortPosition >= 0, case .cohort(let buckets) = plan.dimensions[plan.cohortPosition],
                let first = facts.counted.first
            {
                let code = buckets.bucket(ofDay: facts.purchases[first].day) - buckets.first
                // What has no age belongs to no cohort either.
                if group != nil { cohort = table.row(ofCohort: code) }
            }
            for (measure, kind) in pass.measures {
                switch item.kind {
                case .purchase:
                    try feedPurchase(item, kind, measure, rows: (0, row, cohort), passing: passing, facts)
                case .canceled:
                    if kind == .canceledPurchases { count(measure, rows: (0, row, cohort)) }
                case .posting:
                    try feedPosting(item, kind, measure, rows: (0, row, cohort), facts, evaluation)
                }
            }
        }
    }

    private typealias Rows = (total: Int, group: Int, cohort: Int)

    private mutating func count(_ measure: Int, rows: Rows) { add(1, measure, rows: rows) }

    private mutating func add(_ amount: Int128, _ measure: Int, rows: Rows) {
        table.add(amount, row: rows.total, measure: measure)
        if rows.group >= 0 { table.add(amount, row: rows.group, measure: measure) }
        if rows.cohort >= 0 { table.add(amount, row: rows.cohort, measure: measure) }
    }

    private mutating func addOnce(_ customer: Int, _ measure: Int, rows: Rows) {
        table.addOnce(customer: customer, row: rows.total, measure: measure)
        if rows.group >= 0 { table.addOnce(customer: customer, row: rows.group, measure: measure) }
        if rows.cohort >= 0 { table.addOnce(customer: customer, row: rows.cohort, measure: measure) }
    }

    private mutating func feedPurchase(
        _ item: Item, _ kind: Measure.Kind, _ measure: Int, rows: Rows, passing: Int, _ facts: CustomerFacts
    ) throws {
        let purchase = facts.purchases[item.index]
        switch kind {
        case .purchases: count(measure, rows: rows)
        case .buyers: addOnce(facts.customer, measure, rows: rows)
        case .newBuyers: if purchase.counted == 0 { count(measure, rows: rows) }
        case .repeatBuyers(let least): if passing >= least { addOnce(facts.customer, measure, rows: rows) }
        case .chargeCount(let wanted):
            if purchase.kind >= 0, ChargeKind.allCases[purchase.kind] == wanted { count(measure, rows: rows) }
        case .gapCount: if purchase.counted > 0 { count(measure, rows: rows) }
        case .gapSum:
            if purchase.counted > 0 { add(Int128(gap(before: purchase, facts)), measure, rows: rows) }
        case .gapQuantile:
            guard purchase.counted > 0 else { return }
            let gap = gap(before: purchase, facts)
            table.addSample(gap, row: rows.total, measure: measure)
            if rows.group >= 0 { table.addSample(gap, row: rows.group, measure: measure) }
            if rows.cohort >= 0 { table.addSample(gap, row: rows.cohort, measure: measure) }
        case .canceledPurchases, .revenue, .grossRevenue, .refunds, .chargeAmount, .periodBuyers, .periodPurchases,
            .retainedBuyers, .previousPeriodBuyers:
            break
        }
    }

    /// Microseconds since the purchase directly before it.
    private func gap(before purchase: Purchase, _ facts: CustomerFacts) -> Int64 {
        purchase.time - facts.purchases[facts.counted[purchase.counted - 1]].time
    }

    private mutating func feedPosting(
        _ item: Item, _ kind: Measure.Kind, _ measure: Int, rows: Rows, _ facts: CustomerFacts,
        _ evaluation: EvaluationPlan
    ) throws {
        let posting = facts.postings[item.index]
        var sign: Int128 = 1
        switch kind {
        case .revenue: if posting.isRefund, evaluation.semantics.revenueBasis == .gross { return }
        case .grossRevenue: if posting.isRefund { return }
        case .refunds:
            if !posting.isRefund { return }
            sign = -1
        case .chargeAmount(let wanted):
            let charge = facts.purchases[posting.purchase].kind
            guard charge >= 0, ChargeKind.allCases[charge] == wanted else { return }
            if posting.isRefund, evaluation.semantics.revenueBasis == .gross { return }
        default: return
        }
        guard posting.hasRate else {
            throw evaluation.money.missingRate(currency: posting.currency, day: posting.day)
        }
        table.add(sign * posting.display, row: rows.total, measure: measure)
        if rows.cohort >= 0 { table.add(sign * posting.display, row: rows.cohort, measure: measure) }
        guard rows.group >= 0 else { return }
        // Rows by currency are in that currency.
        let amount = plan.currencyPosition >= 0 ? posting.units : posting.display
        table.add(sign * amount, row: rows.group, measure: measure)
    }

    // MARK: - Periods

    private mutating func feedPeriods(
        _ pass: QueryPlan.Pass, _ facts: inout CustomerFacts, _ evaluation: EvaluationPlan
    ) {
        periodStates.removeAll(keepingCapacity: true)
        var totalLast = Int.min
        for index in facts.counted {
            guard passes(pass, index, &facts, evaluation) else { continue }
            let purchase = facts.purchases[index]
            let period = plan.periods.index(ofDay: purchase.day)
            feedPeriod(pass, period, previous: totalLast) { _ in 0 }
            totalLast = period
            guard !plan.dimensions.isEmpty,
                let code = code(grouping: index, day: nil, currency: purchase.currency, facts)
            else { continue }
            let state = periodStates.firstIndex { $0.code == code }
            feedPeriod(pass, period, previous: state.map { periodStates[$0].last } ?? .min) { accumulator, period in
                accumulator.table.row(ofGroup: code + accumulator.calendarCode(ofPeriod: period))
            }
            if let state {
                periodStates[state].last = period
            } else {
                periodStates.append(PeriodState(code: code, last: period))
            }
        }
    }

    /// The calendar dimensions' share of the combined code, for the buckets that hold the period's first day.
    private func calendarCode(ofPeriod period: Int) -> Int {
        var combined = 0
        for (position, dimension) in plan.dimensions.enumerated() {
            if case .calendar(let table) = dimension {
                let bucket = table.bucket(ofDay: plan.periods.firstDay(of: period)) - table.first
                combined += bucket * plan.strides[position]
            }
        }
        return combined
    }

    private mutating func feedPeriod(
        _ pass: QueryPlan.Pass, _ period: Int, previous: Int, row: (Int) -> Int
    ) {
        feedPeriod(pass, period, previous: previous) { _, period in row(period) }
    }

    /// One purchase in `period`, the one before it in the group was in period `previous`.
    private mutating func feedPeriod(
        _ pass: QueryPlan.Pass, _ period: Int, previous: Int, row: (inout QueryAccumulator, Int) -> Int
    ) {
        let complete = plan.periods.complete
        for (measure, kind) in pass.periodMeasures {
            switch kind {
            case .periodPurchases:
                if complete.contains(period) { table.add(1, row: row(&self, period), measure: measure) }
            case .periodBuyers:
                if previous != period, complete.contains(period) {
                    table.add(1, row: row(&self, period), measure: measure)
                }
            case .retainedBuyers:
                if previous == period - 1, complete.contains(period) {
                    table.add(1, row: row(&self, period), measure: measure)
                }
            case .previousPeriodBuyers:
                if previous != period, complete.contains(period + 1) {
                    table.add(1, row: row(&self, period + 1), measure: measure)
                }
            default: break
            }
        }
    }

    // MARK: - Results

    /// Adds what another accumulator of the same query has added up.
    mutating func merge(_ other: QueryAccumulator) {
        for (index, row) in other.table.rows.enumerated() {
            let own: Int
            switch row {
            case .total: own = 0
            case .cohort(let code): own = table.row(ofCohort: code)
            case .group(let code): own = table.row(ofGroup: translated(code, from: other))
            }
            table.add(other.table, row: index, to: own)
        }
    }

    /// Another accumulator's code in this one's numbering of values.
    private mutating func translated(_ code: Int, from other: QueryAccumulator) -> Int {
        var result = 0
        for (position, dimension) in plan.dimensions.enumerated() {
            var part = code / plan.strides[position] % dimension.cardinality
            if case .integers = dimension { part = number(other.numbers[position][part], position) }
            result += part * plan.strides[position]
        }
        return result
    }

    func measurement(_ evaluation: EvaluationPlan) -> Measurement {
        var groups: [Measurement.Group] = []
        var cohorts: [Measurement.Group] = []
        for (row, kind) in table.rows.enumerated() {
            switch kind {
            case .total: break
            case .group(let code):
                let keys = plan.dimensions.enumerated().map { position, dimension in
                    key(code / plan.strides[position] % dimension.cardinality, position)
                }
                groups.append(.init(keys: keys, values: values(row, evaluation, isGroup: true)))
            case .cohort(let code):
                cohorts.append(
                    .init(keys: [key(code, plan.cohortPosition)], values: values(row, evaluation, isGroup: false)))
            }
        }
        return Measurement(
            query: plan.query.id, groups: groups, total: values(0, evaluation, isGroup: false), cohorts: cohorts)
    }

    private func key(_ code: Int, _ position: Int) -> GroupKey {
        if case .integers(_, _, let key) = plan.dimensions[position] { return key(numbers[position][code]) }
        return plan.dimensions[position].key(of: code)
    }

    private func values(_ row: Int, _ evaluation: EvaluationPlan, isGroup: Bool) -> [MeasureValue] {
        plan.query.measures.enumerated().map { index, measure in
            let value = table.value(row: row, measure: index)
            switch measure.kind {
            case .gapSum: return .duration(value)
            case .gapQuantile(let p): return .quantile(quantile(table.samples(row: row, measure: index), p))
            default:
                guard measure.kind.type == .money else { return .count(Int(value)) }
                let scale =
                    isGroup && plan.currencyPosition >= 0 ? evaluation.money.nativeScale : evaluation.money.displayScale
                return .money(ExactDecimal(units: value, scale: scale))
            }
        }
    }

    /// Linear interpolation at (n - 1) p over the sorted values, in days; nil over nothing.
    private func quantile(_ samples: [Int64], _ p: Double) -> Double? {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        let position = Double(sorted.count - 1) * min(max(p, 0), 1)
        let lower = Int(position)
        let upper = min(lower + 1, sorted.count - 1)
        let fraction = position - Double(lower)
        let low = Double(sorted[lower])
        return (low + (Double(sorted[upper]) - low) * fraction) / 86_400_000_000
    }
}
