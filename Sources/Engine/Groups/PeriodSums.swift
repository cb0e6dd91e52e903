import Queries

/// Buyers by retention period, for one query and selection.
struct PeriodSums {
    let plan: PeriodGroupPlan
    private static let width = QueryPlan.PeriodSum.allCases.count
    private var total = [Int](repeating: 0, count: width)
    private var sums: [Int: [Int]] = [:]
    private var states: [State] = []
    private var owners = Lanes<Int32>()
    private var codes = Lanes<Int>()

    /// The last period in which the customer at hand bought within one group.
    private struct State {
        var code: Int
        var last: Int
    }

    init(_ plan: PeriodGroupPlan) {
        self.plan = plan
    }

    /// Adds the purchases of a batch.
    mutating func add(_ selection: Selection, scope: Selection, _ batch: CustomerBatch, _ coder: GroupCoder) {
        let list = selection.counted
        owners.reserve(list.count)
        let (owner, items, day) = (batch.owner, list.items, batch.day)
        each(list.count) { position in owners[position] = owner[Int(items[position])] }
        if !plan.kernels.isEmpty {
            // Without the calendar: a period is under the bucket of its first day, whatever the purchase's.
            var grouped = GroupedItems(count: list.count, homes: items, owners: owners)
            if plan.needsCurrency {
                grouped.currencies = .init(lanes: batch.currency, index: items)
            }
            codes.reserve(list.count)
            coder.code(plan.kernels, plan.strides, grouped, batch, inScope: scope.inScope, into: codes)
        }
        var customer: Int32 = -1
        var last = Int.min
        for position in 0..<list.count {
            if owners[position] != customer {
                customer = owners[position]
                last = .min
                states.removeAll(keepingCapacity: true)
            }
            let period = plan.periods.index(ofDay: Int(day[Int(items[position])]))
            plan.periods.forEachSum(period, previous: last) { sum, _ in total[sum.rawValue] += 1 }
            last = period
            guard !plan.kernels.isEmpty, codes[position] >= 0 else { continue }
            addGroup(codes[position], period)
        }
    }

    private mutating func addGroup(_ code: Int, _ period: Int) {
        let state = states.firstIndex { $0.code == code }
        plan.periods.forEachSum(period, previous: state.map { states[$0].last } ?? .min) { sum, period in
            let group = code + plan.calendarCode(ofPeriod: period)
            sums[group, default: [Int](repeating: 0, count: PeriodSums.width)][sum.rawValue] += 1
        }
        if let state {
            states[state].last = period
        } else {
            states.append(State(code: code, last: period))
        }
    }

    /// Adds another thread's sums; `translate` turns its codes into this thread's.
    mutating func merge(_ other: PeriodSums, _ translate: (Int) -> Int) {
        for index in total.indices { total[index] += other.total[index] }
        for (code, values) in other.sums {
            let code = translate(code)
            var own = sums[code] ?? [Int](repeating: 0, count: PeriodSums.width)
            for index in own.indices { own[index] += values[index] }
            sums[code] = own
        }
    }

    func total(_ sum: QueryPlan.PeriodSum) -> Int { total[sum.rawValue] }

    var groups: Dictionary<Int, [Int]>.Keys { sums.keys }

    func value(_ sum: QueryPlan.PeriodSum, code: Int) -> Int { sums[code]?[sum.rawValue] ?? 0 }
}

extension PeriodGroupPlan {
    /// Some dimension is the currency.
    var needsCurrency: Bool { kernels.contains { if case .currency = $0 { true } else { false } } }

    /// The calendar dimensions' share of the combined code, for the buckets that hold the period's first day.
    func calendarCode(ofPeriod period: Int) -> Int {
        var combined = 0
        for (kernel, stride) in zip(kernels, strides) {
            if case .calendar(let table) = kernel {
                combined += (table.bucket(ofDay: periods.firstDay(of: period)) - table.first) * stride
            }
        }
        return combined
    }
}

extension PeriodPlan {
    /// What one purchase in `period` adds, where the one before it in the group was in period `previous`: which sum, of
    /// which period.
    func forEachSum(_ period: Int, previous: Int, _ add: (QueryPlan.PeriodSum, Int) -> Void) {
        if complete.contains(period) {
            add(.purchases, period)
            if previous != period { add(.buyers, period) }
            if previous == period - 1 { add(.retained, period) }
        }
        if previous != period, complete.contains(period + 1) { add(.previousBuyers, period + 1) }
    }
}
