import Quantities
import Queries

/// Holds the kernel's sums against what the engine measured: every group of every query, and every total.
struct KernelCheck {
    let columns: KernelColumns
    let answer: FusedKernel.Answer

    /// A query's groups by their keys; `[]` is the total.
    private typealias Groups = [[GroupKey]: [String: MeasureValue]]

    /// Sentences about what differs; empty where all is equal.
    func problems(with engine: EvaluationAnswer, queries: [Query]) -> [String] {
        var problems: [String] = []
        for (measurement, query) in zip(engine.measurements, queries) {
            guard let own = groups(of: query.id) else {
                problems.append("\(query.id): the kernel has no such report")
                continue
            }
            let names = query.measures.map(\.name)
            var theirs = measurement.groups.map { ($0.keys, $0.values) } + [([], measurement.total)]
            theirs += measurement.cohorts.map { ($0.keys, $0.values) }
            for (keys, values) in theirs {
                for (name, value) in zip(names, values) {
                    let known = own[keys]?[name]
                    if known != value, !(known == nil && value.isNothing) {
                        problems.append(
                            "\(query.id) \(keys) \(name): engine \(value), kernel \(String(describing: known))")
                    }
                }
            }
            let found = Set(theirs.map(\.0))
            for (keys, values) in own where !found.contains(keys) && !values.values.allSatisfy(\.isNothing) {
                problems.append("\(query.id) \(keys): only the kernel has this group")
            }
        }
        return problems
    }

    private func groups(of query: String) -> Groups? {
        switch query {
        case "key-figures": keyFigures(byMonth: false)
        case "key-figures#course": keyFigures(byMonth: true)
        case "charges-by-product":
            charges(answer.sums.chargesByProduct, scale: displayScale) { .text(columns.productNames[$0]) }
        case "charges-by-day":
            charges(answer.sums.chargesByDay, scale: displayScale) { .bucket(columns.calendar.firstDay + $0) }
        case "charges-by-currency":
            charges(answer.sums.chargesByCurrency, scale: 2) { .text(KernelColumns.currencies[$0]) }
        case "buyers-by-month": buyersByMonth()
        case "acquisition": acquisition()
        case "by-email": segments(answer.sums.email, "Email subscribers")
        case "by-sms": segments(answer.sums.sms, "SMS subscribers")
        case "cohort-retention", "cohort-revenue": cohorts()
        case "gaps": gaps(byMonth: false)
        case "gaps#course": gaps(byMonth: true)
        case "by-country": countries()
        default: nil
        }
    }

    // MARK: - Reports

    private func keyFigures(byMonth: Bool) -> Groups {
        func values(_ life: KernelSums.Life, _ window: KernelSums.Window) -> [String: MeasureValue] {
            lifetime(life).merging([
                "revenue": money(window.revenue), "purchases": .count(window.purchases),
                "buyers": .count(window.buyers), "canceled_purchases": .count(window.canceled),
            ]) { first, _ in first }
        }
        var groups: Groups = [[]: values(answer.sums.life, total)]
        if byMonth {
            for month in months { groups[[key(month)]] = values(answer.sums.lives[month], answer.sums.windows[month]) }
        }
        return groups
    }

    private func charges(
        _ table: PlainArray<KernelSums.Charge>, scale: Int, _ key: (Int) -> GroupKey
    ) -> Groups {
        let names = ["fc", "upsell", "rebill"]
        func values(_ charge: (Int) -> KernelSums.Charge, scale: Int) -> [String: MeasureValue] {
            var values: [String: MeasureValue] = [:]
            for kind in 0..<3 {
                values["\(names[kind])_quantity"] = .count(charge(kind).count)
                values["\(names[kind])_amount"] = .money(
                    ExactDecimal(units: Int128(charge(kind).amount), scale: scale))
            }
            return values
        }
        var groups: Groups = [:]
        for group in 0..<table.count / 3 { groups[[key(group)]] = values({ table[group * 3 + $0] }, scale: scale) }
        // Days are complete, and in the display currency.
        let days = answer.sums.chargesByDay
        groups[[]] = values(
            { kind in
                var sum = KernelSums.Charge()
                for day in 0..<columns.calendar.days { sum.add(days[day * 3 + kind]) }
                return sum
            }, scale: displayScale)
        return groups
    }

    private func buyersByMonth() -> Groups {
        byMonth { window in
            [
                "new_buyers": .count(window.newBuyers), "buyers": .count(window.buyers),
                "purchases": .count(window.purchases), "revenue": money(window.revenue),
            ]
        }
    }

    private func acquisition() -> Groups {
        byMonth { ["new_buyers": .count($0.newBuyers), "new_revenue": money($0.newRevenue)] }
    }

    private func byMonth(_ values: (KernelSums.Window) -> [String: MeasureValue]) -> Groups {
        var groups: Groups = [[]: values(total)]
        for month in months { groups[[key(month)]] = values(answer.sums.windows[month]) }
        return groups
    }

    private func segments(_ table: PlainArray<KernelSums.Life>, _ name: String) -> Groups {
        [[]: lifetime(answer.sums.life), [.text(name)]: lifetime(table[1]), [.remainder]: lifetime(table[0])]
    }

    private func cohorts() -> Groups {
        func values(_ cell: KernelSums.Cell) -> [String: MeasureValue] {
            ["cohort_buyers": .count(cell.buyers), "cohort_revenue": money(cell.revenue)]
        }
        var groups: Groups = [:]
        var total = KernelSums.Cell(buyers: self.total.newBuyers)
        for cohort in months {
            var sum = KernelSums.Cell(buyers: answer.sums.windows[cohort].newBuyers)
            for month in cohort..<columns.calendar.months {
                let cell = answer.sums.cohorts[cohort * columns.calendar.months + month]
                sum.revenue += cell.revenue
                groups[[key(cohort), .number(month - cohort)]] = values(cell)
            }
            groups[[key(cohort)]] = values(sum)
            total.revenue += sum.revenue
        }
        groups[[]] = values(total)
        return groups
    }

    private func gaps(byMonth: Bool) -> Groups {
        func values(_ window: KernelSums.Window, _ quantiles: [Double?]) -> [String: MeasureValue] {
            [
                "gaps": .count(window.gaps), "gap_days": .duration(window.gapSum),
                "median_gap": .quantile(quantiles[0]), "p90_gap": .quantile(quantiles[1]),
            ]
        }
        var groups: Groups = [[]: values(total, answer.quantiles[columns.calendar.months])]
        if byMonth {
            for month in months { groups[[key(month)]] = values(answer.sums.windows[month], answer.quantiles[month]) }
        }
        return groups
    }

    private func countries() -> Groups {
        func values(_ life: KernelSums.Life, _ window: KernelSums.Window) -> [String: MeasureValue] {
            lifetime(life).merging([
                "buyers": .count(window.buyers), "purchases": .count(window.purchases),
                "revenue": money(window.revenue),
            ]) { first, _ in first }
        }
        var groups: Groups = [[]: values(answer.sums.life, total)]
        for (code, name) in columns.countryNames.enumerated() {
            groups[[code == 0 ? .missing : .text(name)]] = values(
                answer.sums.countryLives[code], answer.sums.countryWindows[code])
        }
        return groups
    }

    // MARK: - Parts

    private var months: Range<Int> { 0..<columns.calendar.months }
    private var displayScale: Int { 2 + columns.rateScale }

    private func key(_ month: Int) -> GroupKey { .bucket(columns.calendar.firstMonth + month) }

    private func money(_ units: Int) -> MeasureValue {
        .money(ExactDecimal(units: Int128(units), scale: displayScale))
    }

    private func lifetime(_ life: KernelSums.Life) -> [String: MeasureValue] {
        [
            "lifetime_revenue": money(life.revenue), "lifetime_purchases": .count(life.purchases),
            "lifetime_buyers": .count(life.buyers), "repeat_buyers": .count(life.repeatBuyers),
        ]
    }

    /// The window's months together; who bought in two of them is one buyer.
    private var total: KernelSums.Window {
        var sum = KernelSums.Window()
        for month in months { sum.add(answer.sums.windows[month]) }
        sum.buyers = answer.sums.life.buyers
        return sum
    }
}

extension MeasureValue {
    /// What a group that is not there would say.
    fileprivate var isNothing: Bool {
        switch self {
        case .count(let count): count == 0
        case .money(let money): money.units == 0
        case .duration(let duration): duration == 0
        case .quantile(let quantile): quantile == nil
        }
    }
}
