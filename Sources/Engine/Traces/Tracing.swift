import EventStores
import Quantities
package import Queries

extension EmbeddedEngine {
    /// What measures of a query are made of.
    ///
    /// - Parameters:
    ///   - query: by id; one of the evaluation's.
    ///   - measures: by name; those of the query.
    ///   - limit: of bookings that are given back; all of them are counted and added up.
    /// - Throws: `QueryError`.
    package func trace(
        _ evaluation: Evaluation, query: String, measures: [String], in scope: TraceScope, limit: Int
    ) throws -> QueryTrace {
        guard var traced = evaluation.queries.first(where: { $0.id == query }) else {
            preconditionFailure("the evaluation has no query '\(query)'")
        }
        traced.measures = traced.measures.filter { measures.contains($0.name) }
        var evaluation = evaluation
        evaluation.queries = [traced]
        let plan = try EvaluationPlan(evaluation, store: store, cuts: try cutPoints(evaluation))
        let tracing = try Tracing(plan, scope, limit: limit, store: store)
        try visitInOrder(plan) { try tracing.visit($0) }
        return tracing.trace
    }
}

/// Goes through the batches of an evaluation with one query, and notes what each booking adds to its measures: the same
/// selections and groups as an evaluation makes, item by item instead of in sums.
private final class Tracing {
    private let plan: EvaluationPlan
    private let query: QueryPlan
    private let scope: TraceScope
    private let limit: Int
    private let batch: CustomerBatch
    private let selections: [Selection]
    private let numberings = Numberings()
    private let coder: GroupCoder
    private let texts: BookingTexts
    private(set) var trace: QueryTrace
    /// By code of a group: whether it is traced.
    private var isTraced: [Int: Bool] = [:]
    /// Of the batch at hand, by place in the customer's order.
    private var found: [Item: [Int128?]] = [:]

    private struct Item: Hashable {
        var isRefund: Bool
        var lane: Int32
    }

    init(_ plan: EvaluationPlan, _ scope: TraceScope, limit: Int, store: EventStore) throws {
        self.plan = plan
        self.scope = scope
        self.limit = limit
        query = plan.queries[0]
        batch = CustomerBatch(plan)
        selections = plan.sums.selections.map { Selection($0) }
        coder = GroupCoder(numberings)
        texts = try BookingTexts(plan, store)
        let measures = plan.queries[0].query.measures
        trace = QueryTrace(
            measures: measures.map(\.name),
            totals: measures.map { measure in
                if case .gapQuantile = measure.kind {
                    nil
                } else {
                    Tracing.value(0, measure.kind, plan, isNative: false)
                }
            },
            adding: measures.map { _ in QueryTrace.Adding(bookings: 0, customers: 0) })
    }

    func visit(_ customers: Range<Int>) throws {
        batch.load(customers)
        for selection in selections { selection.select(batch) }
        if batch.isIncomplete {
            let failures = selections.compactMap { $0.missingRate(batch) } + [batch.failure].compactMap { $0 }
            if let first = failures.min(by: { $0.customer < $1.customer }) { throw first.error }
        }
        found.removeAll(keepingCapacity: true)
        for (position, pass) in query.passes.enumerated() {
            let measures = query.sources.indices.filter { query.sources[$0].pass == position }
            let sums = measures.filter { if case .period = query.sources[$0].source { false } else { true } }
            if !sums.isEmpty { addSums(pass, sums) }
            if pass.periods >= 0 {
                addPeriods(plan.sums.periods[pass.periods], measures.filter { !sums.contains($0) })
            }
        }
        flush()
    }

    // MARK: - Sums

    private func addSums(_ pass: QueryPlan.Pass, _ measures: [Int]) {
        let group = pass.groups >= 0 ? plan.sums.groups[pass.groups] : plan.sums.groups[pass.total]
        let selection = selections[group.selection]
        for kind in ListKind.allCases {
            let list = selection.list(kind)
            if list.count == 0 { continue }
            let codes = codes(of: list, kind, selection, group)
            let owners = selection.owners(kind)
            // The last customer that was met; along the ages of a cohort each age counts its own.
            var last: [Int: Int32] = [:]
            for position in 0..<list.count where isIn(codes?[position]) {
                let customer = owners[position]
                var home = 0
                if case .cohorts(_, .upTo) = scope { home = codes?[position] ?? 0 }
                let isFirst = last.updateValue(customer, forKey: home) != customer
                for measure in measures {
                    let amount = adds(
                        query.sources[measure].source, kind, Int(list.items[position]), isFirst: isFirst,
                        customer: Int(customer), selection)
                    if let amount { add(amount, measure, Item(isRefund: kind == .refunds, lane: list.items[position])) }
                }
            }
        }
    }

    private func codes(
        of list: ItemList, _ kind: ListKind, _ selection: Selection, _ group: GroupPlan
    ) -> [Int]? {
        if query.dimensions.isEmpty { return nil }
        var lanes = Lanes<Int>()
        lanes.reserve(list.count)
        let items = selection.groupedItems(kind, batch, needsCurrency: group.needsCurrency)
        coder.code(
            query.dimensions, query.strides, items, batch, inScope: selection.inScope, into: lanes)
        return (0..<list.count).map { lanes[$0] }
    }

    /// What an item adds to a measure; nil for nothing.
    private func adds(
        _ source: QueryPlan.Source, _ list: ListKind, _ lane: Int, isFirst: Bool, customer: Int, _ selection: Selection
    ) -> Int128? {
        switch source {
        case .period: return nil
        case .quantile:
            return list == .counted && batch.gap[lane] >= 0 ? Int128(batch.gap[lane]) : nil
        case .sums(let plus, let minus, let slot):
            let added = adds(plus, slot, list, lane, isFirst, customer, selection)
            let taken = minus.flatMap { adds($0, slot, list, lane, isFirst, customer, selection) }
            guard added != nil || taken != nil else { return nil }
            let amount = (added ?? 0) - (taken ?? 0)
            // A first purchase is no pair: one and one taken away.
            return minus == .first && amount == 0 ? nil : amount
        }
    }

    private func adds(
        _ kind: SumKind, _ slot: Int, _ list: ListKind, _ lane: Int, _ isFirst: Bool, _ customer: Int,
        _ selection: Selection
    ) -> Int128? {
        func charge(_ purchase: Int) -> Bool { Int(batch.kind[purchase]) + 1 == slot }
        switch (kind, list) {
        case (.counted, .counted), (.canceled, .canceled): return 1
        case (.first, .counted): return batch.gap[lane] < 0 ? 1 : nil
        case (.gaps, .counted): return batch.gap[lane] > 0 ? Int128(batch.gap[lane]) : nil
        case (.buyers, .counted): return isFirst ? 1 : nil
        case (.repeatBuyers(let least), .counted):
            return isFirst && Int(selection.countedByCustomer[customer]) >= least ? 1 : nil
        case (.gross, .counted), (.gross, .uncounted): return amount(lane)
        case (.refunded, .refunds): return refund(lane)
        case (.chargeCounts, .counted): return charge(lane) ? 1 : nil
        case (.chargeGross, .counted), (.chargeGross, .uncounted): return charge(lane) ? amount(lane) : nil
        case (.chargeRefunded, .refunds): return charge(Int(batch.refundPurchase[lane])) ? refund(lane) : nil
        default: return nil
        }
    }

    private var isNative: Bool { if case .group = scope { query.isNative } else { false } }

    private func amount(_ lane: Int) -> Int128 {
        if let wide = batch.wide { return isNative ? wide.units[lane] : wide.display[lane] }
        return Int128(isNative ? batch.units[lane] : batch.display[lane])
    }

    private func refund(_ lane: Int) -> Int128 {
        if let wide = batch.wide { return isNative ? wide.refundUnits[lane] : wide.refundDisplay[lane] }
        return Int128(isNative ? batch.refundUnits[lane] : batch.refundDisplay[lane])
    }

    // MARK: - Periods

    private func addPeriods(_ group: PeriodGroupPlan, _ measures: [Int]) {
        let list = selections[group.selection].counted
        let owners = selections[group.selection].owners(.counted)
        var codes: [Int]?
        if !group.kernels.isEmpty {
            var grouped = GroupedItems(count: list.count, homes: list.items, owners: owners)
            if group.needsCurrency { grouped.currencies = .init(lanes: batch.currency, index: list.items) }
            var lanes = Lanes<Int>()
            lanes.reserve(list.count)
            coder.code(
                group.kernels, group.strides, grouped, batch, inScope: selections[group.scopeSelection].inScope,
                into: lanes)
            codes = (0..<list.count).map { lanes[$0] }
        }
        var customer: Int32 = -1
        // The last period of the customer at hand, by group.
        var last: [Int: Int] = [:]
        for position in 0..<list.count {
            if owners[position] != customer {
                customer = owners[position]
                last = [:]
            }
            let code = codes?[position] ?? 0
            if code < 0 { continue }
            let base = scope == .everything ? 0 : code
            let period = group.periods.index(ofDay: Int(batch.day[Int(list.items[position])]))
            group.periods.forEachSum(period, previous: last[base] ?? .min) { sum, of in
                guard scope == .everything || isIn(code + group.calendarCode(ofPeriod: of)) else { return }
                for measure in measures {
                    if case .period(sum) = query.sources[measure].source {
                        add(1, measure, Item(isRefund: false, lane: list.items[position]))
                    }
                }
            }
            last[base] = period
        }
    }

    // MARK: - Groups

    private func isIn(_ code: Int?) -> Bool {
        if scope == .everything { return true }
        guard let code, code >= 0 else { return code == nil }
        if let known = isTraced[code] { return known }
        let keys = zip(query.dimensions, query.strides).map { kernel, stride in
            numberings.key(of: code / stride % kernel.cardinality, kernel)
        }
        let isTraced =
            switch scope {
            case .everything: true
            case .group(let wanted): keys == wanted
            case .cohorts(let cohorts, let ages):
                cohorts.contains(keys[query.cohortPosition]) && isIn(ages, age(of: keys))
            }
        self.isTraced[code] = isTraced
        return isTraced
    }

    private func isIn(_ ages: CohortAges, _ age: Int?) -> Bool {
        switch ages {
        case .all: true
        case .only(let wanted): age == wanted
        case .upTo(let last): age.map { $0 <= last } ?? false
        }
    }

    private func age(of keys: [GroupKey]) -> Int? {
        for (key, dimension) in zip(keys, query.query.groupBy) {
            if case .age = dimension, case .number(let age) = key { return age }
        }
        return nil
    }

    // MARK: - Bookings

    private func add(_ amount: Int128, _ measure: Int, _ item: Item) {
        let none = [Int128?](repeating: nil, count: query.query.measures.count)
        let old = found[item, default: none][measure] ?? 0
        found[item, default: none][measure] = old + amount
    }

    /// Adds what the batch had to the trace, customer by customer in order of time.
    private func flush() {
        func owner(_ item: Item) -> Int32 {
            batch.owner[Int(item.isRefund ? batch.refundPurchase[Int(item.lane)] : item.lane)]
        }
        func instant(_ item: Item) -> Int64 {
            item.isRefund ? batch.refundTime[Int(item.lane)] : batch.time[Int(item.lane)]
        }
        let items = found.keys.sorted { a, b in
            (owner(a), instant(a), a.isRefund ? 1 : 0, a.lane) < (owner(b), instant(b), b.isRefund ? 1 : 0, b.lane)
        }
        var customer: Int32 = -1
        // By measure, whether a booking of the customer at hand adds to it.
        var isSeen = [Bool](repeating: false, count: query.query.measures.count)
        for item in items {
            guard let amounts = found[item] else { continue }
            trace.count += 1
            if owner(item) != customer {
                trace.customers += 1
                isSeen = isSeen.map { _ in false }
            }
            customer = owner(item)
            let adds = zip(amounts, query.query.measures).map { amount, measure in
                amount.map { Tracing.value($0, measure.kind, plan, isNative: isNative) }
            }
            for (index, value) in adds.enumerated() {
                guard let value else { continue }
                if let total = trace.totals[index] { trace.totals[index] = total + value }
                trace.adding[index].bookings += 1
                if !isSeen[index] { trace.adding[index].customers += 1 }
                isSeen[index] = true
            }
            if trace.bookings.count < limit {
                trace.bookings.append(
                    item.isRefund
                        ? texts.refund(Int(item.lane), batch, adds: adds)
                        : texts.purchase(Int(item.lane), batch, adds: adds))
            }
        }
    }

    private static func value(
        _ amount: Int128, _ kind: Measure.Kind, _ plan: EvaluationPlan, isNative: Bool
    ) -> MeasureValue {
        switch kind {
        case .gapSum, .gapQuantile: return .duration(amount)
        default:
            guard kind.type == .money else { return .count(Int(amount)) }
            return .money(
                ExactDecimal(units: amount, scale: isNative ? plan.money.nativeScale : plan.money.displayScale))
        }
    }
}
