import EventStores
import Quantities
import Queries

/// One thread's work: the batch at hand, and what has been added up so far.
final class EvaluationPass {
    private let plan: EvaluationPlan
    private let batch: CustomerBatch
    private let selections: [Selection]
    private var groups: [GroupSums]
    private let groupsOfSelection: [[Int]]
    private var periods: [PeriodSums]
    private var buyers: [BuyerSums]
    private let numberings = Numberings()
    private let coder: GroupCoder

    init(_ plan: EvaluationPlan) {
        self.plan = plan
        batch = CustomerBatch(plan)
        selections = plan.sums.selections.map { Selection($0) }
        groups = plan.sums.groups.map { GroupSums($0) }
        groupsOfSelection = plan.sums.selections.indices.map { selection in
            plan.sums.groups.indices.filter { plan.sums.groups[$0].selection == selection }
        }
        periods = plan.sums.periods.map { PeriodSums($0) }
        buyers = plan.buyers.map { BuyerSums($0, plan) }
        coder = GroupCoder(numberings)
    }

    /// Adds some customers. Throws the error of the first of them for whom the evaluation can not be done.
    func visit(_ customers: Range<Int>) throws {
        batch.load(customers)
        if batch.isIncomplete { try check() }
        for (position, selection) in selections.enumerated() {
            selection.select(batch)
            // At once, while what was selected is in the cache.
            for index in groupsOfSelection[position] { groups[index].add(selection, batch, coder) }
        }
        for index in periods.indices {
            let plan = periods[index].plan
            periods[index].add(selections[plan.selection], scope: selections[plan.scopeSelection], batch, coder)
        }
        for index in buyers.indices { buyers[index].add(batch) }
    }

    /// Throws where amounts without a rate are asked for.
    private func check() throws {
        for selection in selections { selection.select(batch) }
        let failures =
            selections.compactMap { $0.missingRate(batch) } + buyers.prefix(1).compactMap { $0.missingRate(batch) }
            + [batch.failure].compactMap { $0 }
        if let first = failures.min(by: { $0.customer < $1.customer }) { throw first.error }
    }

    /// Adds what another thread has added up.
    func merge(_ other: EvaluationPass) {
        batch.quality.merge(other.batch.quality)
        for index in groups.indices {
            let plan = groups[index].plan
            groups[index].merge(other.groups[index]) { translated($0, plan.kernels, plan.strides, from: other) }
        }
        for index in periods.indices {
            let plan = periods[index].plan
            periods[index].merge(other.periods[index]) { translated($0, plan.kernels, plan.strides, from: other) }
        }
        for index in buyers.indices { buyers[index].merge(other.buyers[index]) }
    }

    /// Another thread's code in this one's numbering of values.
    private func translated(
        _ code: Int, _ kernels: [DimensionKernel], _ strides: [Int], from other: EvaluationPass
    ) -> Int {
        var result = code
        for (kernel, stride) in zip(kernels, strides) where stride > 0 {
            guard case .integers(let slot, let ofCustomer, _) = kernel else { continue }
            let part = code / stride % kernel.cardinality
            let value = other.numberings.numbering(slot: slot, ofCustomer: ofCustomer).values[part]
            let own = numberings.numbering(slot: slot, ofCustomer: ofCustomer)
            result += (own.code(of: value, below: kernel.cardinality) - part) * stride
        }
        return result
    }

    // MARK: - Results

    func answer() -> EvaluationAnswer {
        EvaluationAnswer(
            measurements: plan.queries.map(measurement), quality: batch.quality.findings(plan),
            buyers: buyers.indices.map { buyers[$0].result() })
    }

    private func measurement(_ query: QueryPlan) -> Measurement {
        var codes: Set<Int> = []
        for pass in query.passes {
            if pass.groups >= 0 { codes.formUnion(groups[pass.groups].groups.map(\.code)) }
            if pass.periods >= 0, !query.dimensions.isEmpty { codes.formUnion(periods[pass.periods].groups) }
        }
        let quantiles = QuantileCache(query)
        let measured = ordered(codes, query).map { code in
            Measurement.Group(
                keys: zip(query.dimensions, query.strides).map { key(code / $1 % $0.cardinality, $0) },
                values: values(query, isGroup: true) { pass, source in
                    if case .period(let sum) = source {
                        return .count(pass.periods < 0 ? 0 : periods[pass.periods].value(sum, code: code))
                    }
                    guard pass.groups >= 0, let row = groups[pass.groups].row(of: code) else { return nil }
                    return value(source, groups[pass.groups], row: row, quantiles, pass.groups)
                })
        }
        let total = values(query, isGroup: false) { pass, source in
            if case .period(let sum) = source {
                return .count(pass.periods < 0 ? 0 : periods[pass.periods].total(sum))
            }
            return whole(source, at: pass.total, row: 0, of: pass.groups, quantiles, isIn: nil)
        }
        return Measurement(
            query: query.query.id, groups: measured, total: total, cohorts: cohorts(query, codes))
    }

    /// Codes in an order that does not depend on which thread met which value first.
    private func ordered(_ codes: Set<Int>, _ query: QueryPlan) -> [Int] {
        let hasNumbers = query.dimensions.contains { if case .integers = $0 { true } else { false } }
        guard hasNumbers else { return codes.sorted() }
        let keyed = codes.map { code in
            let parts = zip(query.dimensions, query.strides).map { dimension, stride -> Int64 in
                let part = code / stride % dimension.cardinality
                guard case .integers(let slot, let ofCustomer, _) = dimension else { return Int64(part) }
                return numberings.numbering(slot: slot, ofCustomer: ofCustomer).values[part]
            }
            return (code: code, parts: parts)
        }
        return keyed.sorted { $0.parts.lexicographicallyPrecedes($1.parts) }.map(\.code)
    }

    private func cohorts(_ query: QueryPlan, _ codes: Set<Int>) -> [Measurement.Group] {
        guard query.cohortPosition >= 0 else { return [] }
        let dimension = query.dimensions[query.cohortPosition]
        let stride = query.strides[query.cohortPosition]
        func cohort(_ code: Int) -> Int { code / stride % dimension.cardinality }
        let quantiles = QuantileCache(query)
        return Set(codes.map(cohort)).sorted().map { code in
            Measurement.Group(
                keys: [key(code, dimension)],
                values: values(query, isGroup: false) { pass, source in
                    whole(source, at: pass.cohorts, row: code, of: pass.groups, quantiles) { cohort($0) == code }
                })
        }
    }

    /// The value of several groups together: as it was measured, or where that was left out the sum of the groups.
    private func whole(
        _ source: QueryPlan.Source, at position: Int, row code: Int, of groupsOfQuery: Int, _ quantiles: QuantileCache,
        isIn: ((Int) -> Bool)?
    ) -> Reading? {
        /// The grouping whose groups make the whole.
        func parts(_ kind: SumKind) -> Int { plan.sums.parts[position]?[kind] ?? groupsOfQuery }
        switch source {
        case .sums(let plus, let minus, let slot):
            func amount(_ kind: SumKind) -> Int128 {
                if position >= 0, let table = groups[position].table(kind) {
                    return groups[position].row(of: code).map { table.value(row: $0, slot: slot) } ?? 0
                }
                let parts = parts(kind)
                return parts < 0 ? 0 : groups[parts].sum(kind, slot: slot, where: isIn)
            }
            return .amount(amount(plus) - (minus.map(amount) ?? 0))
        case .quantile(let p):
            if position >= 0, groups[position].table(.gapSamples) != nil {
                return groups[position].row(of: code).map {
                    value(source, groups[position], row: $0, quantiles, position)
                }
            }
            let parts = parts(.gapSamples)
            if parts < 0 { return nil }
            return .quantile(
                quantiles.quantiles(.init(grouping: -1 - parts, row: isIn == nil ? -1 : code)) {
                    groups[parts].samples(where: isIn)
                }.value(p))
        case .period: return nil
        }
    }

    /// What a sum shows.
    private enum Reading {
        case count(Int)
        case amount(Int128)
        case quantile(Double?)
    }

    /// The values of all measures of a query, `read` for each; where it gives nil there was nothing to add up.
    private func values(
        _ query: QueryPlan, isGroup: Bool, _ read: (QueryPlan.Pass, QueryPlan.Source) -> Reading?
    ) -> [MeasureValue] {
        zip(query.query.measures, query.sources).map { measure, source in
            let reading = read(query.passes[source.pass], source.source)
            let amount: Int128
            switch reading {
            case .count(let count): amount = Int128(count)
            case .amount(let units): amount = units
            case .quantile(let quantile): return .quantile(quantile)
            case nil: amount = 0
            }
            switch measure.kind {
            case .gapSum: return .duration(amount)
            case .gapQuantile: return .quantile(nil)
            default:
                guard measure.kind.type == .money else { return .count(Int(amount)) }
                let scale = isGroup && query.isNative ? plan.money.nativeScale : plan.money.displayScale
                return .money(ExactDecimal(units: amount, scale: scale))
            }
        }
    }

    private func value(
        _ source: QueryPlan.Source, _ sums: GroupSums, row: Int, _ quantiles: QuantileCache, _ grouping: Int
    ) -> Reading {
        func table(_ kind: SumKind) -> SumTable {
            guard let table = sums.table(kind) else { preconditionFailure("a sum that nobody planned") }
            return table
        }
        switch source {
        case .sums(let plus, let minus, let slot):
            let subtracted = minus.map { table($0).value(row: row, slot: slot) } ?? 0
            return .amount(table(plus).value(row: row, slot: slot) - subtracted)
        case .quantile(let p):
            return .quantile(
                quantiles.quantiles(.init(grouping: grouping, row: row)) { table(.gapSamples).samples(row: row) }
                    .value(p))
        case .period: preconditionFailure("periods are read from their own sums")
        }
    }

    private func key(_ code: Int, _ kernel: DimensionKernel) -> GroupKey { numberings.key(of: code, kernel) }
}
