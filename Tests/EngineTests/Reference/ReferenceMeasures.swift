import Quantities
import Queries

extension ReferenceRun {
    func measurement(of query: Query) throws -> Measurement {
        let groups = try table(query, by: query.groupBy, keeping: query.groupBy.count)
        let whole = try table(query, by: [], keeping: 0)
        var cohorts: [Measurement.Group] = []
        for case .cohort(let unit) in query.groupBy {
            // Over all ages: what has no age is in no cohort either.
            let ages = query.groupBy.filter { $0 == .age(unit) }
            cohorts = try table(query, by: [.cohort(unit)] + ages, keeping: 1)
        }
        return Measurement(
            query: query.id, groups: groups,
            total: whole.first?.values ?? query.measures.map { ReferenceRun.nothing($0.kind) }, cohorts: cohorts)
    }

    /// The groups with any row, and every measure of them. Of the keys the first `kept` tell groups apart.
    private func table(_ query: Query, by dimensions: [Dimension], keeping kept: Int) throws -> [Measurement.Group] {
        var columns: [[ReferenceGroup: MeasureValue]] = []
        for measure in query.measures {
            switch measure.kind {
            case .periodBuyers, .periodPurchases, .retainedBuyers, .previousPeriodBuyers:
                columns.append(try periodCounts(of: measure, in: query, by: dimensions).mapValues { .count($0) })
            default:
                columns.append(try values(of: measure, in: query, by: dimensions, keeping: kept))
            }
        }
        var groups: Set<ReferenceGroup> = []
        for column in columns { groups.formUnion(column.keys) }
        return groups.sorted().map { group in
            var values: [MeasureValue] = []
            for (measure, column) in zip(query.measures, columns) {
                values.append(column[group] ?? ReferenceRun.nothing(measure.kind))
            }
            return Measurement.Group(keys: group.keys, values: values)
        }
    }

    /// What a measure is over no rows.
    static func nothing(_ kind: Measure.Kind) -> MeasureValue {
        switch kind {
        case .revenue, .grossRevenue, .refunds, .chargeAmount: .money(.zero)
        case .gapSum: .duration(0)
        case .gapQuantile: .quantile(nil)
        default: .count(0)
        }
    }

    private func values(
        of measure: Measure, in query: Query, by dimensions: [Dimension], keeping kept: Int
    ) throws -> [ReferenceGroup: MeasureValue] {
        let rows = try rows(of: measure, in: query)
        var groups: [ReferenceGroup: [ReferenceRow]] = [:]
        for row in rows {
            guard let group = try group(of: row, by: dimensions, measure, query) else { continue }
            groups[ReferenceGroup(keys: Array(group.keys.prefix(kept))), default: []].append(row)
        }
        var result: [ReferenceGroup: MeasureValue] = [:]
        for (group, members) in groups {
            result[group] = try value(
                of: measure.kind, over: members, among: rows, inNativeCurrency: dimensions.contains(.currency))
        }
        return result
    }

    /// One measure over the rows of one group; `all` are those of all groups.
    private func value(
        of kind: Measure.Kind, over rows: [ReferenceRow], among all: [ReferenceRow], inNativeCurrency native: Bool
    ) throws -> MeasureValue {
        let purchases = rows.filter(\.booking.isPurchase)
        switch kind {
        case .purchases: return .count(purchases.count)
        case .canceledPurchases: return .count(rows.filter { $0.booking.kind == .canceled }.count)
        case .buyers: return .count(customers(of: purchases).count)
        case .newBuyers:
            return .count(purchases.filter { $0.booking.purchase.ordinal == $0.customer.firstPurchase?.ordinal }.count)
        case .repeatBuyers(let least):
            return .count(
                customers(of: purchases).filter { buyer in
                    all.filter { $0.booking.isPurchase && $0.customer.raw.id == buyer }.count >= least
                }.count)
        case .revenue:
            let orders = try sum(of: .order, rows, native)
            return .money(semantics.revenueBasis == .net ? orders - (try sum(of: .refund, rows, native)) : orders)
        case .grossRevenue: return .money(try sum(of: .order, rows, native))
        case .refunds: return .money(try sum(of: .refund, rows, native))
        case .chargeCount(let charge):
            return .count(purchases.filter { $0.booking.purchase.charge == charge }.count)
        case .chargeAmount(let charge):
            let charges = rows.filter { $0.booking.purchase.charge == charge }
            return try value(of: .revenue, over: charges, among: all, inNativeCurrency: native)
        case .gapCount: return .count(gaps(before: purchases).count)
        case .gapSum: return .duration(gaps(before: purchases).reduce(0) { $0 + Int128($1) })
        case .gapQuantile(let p): return .quantile(quantile(p, of: gaps(before: purchases)))
        case .periodBuyers, .periodPurchases, .retainedBuyers, .previousPeriodBuyers:
            preconditionFailure("periods are counted elsewhere")
        }
    }

    private func customers(of rows: [ReferenceRow]) -> Set<RawText> { Set(rows.map(\.customer.raw.id)) }

    private func sum(of kind: ReferenceBooking.Kind, _ rows: [ReferenceRow], _ native: Bool) throws -> ExactDecimal {
        var sum = ExactDecimal.zero
        for row in rows where row.booking.kind == kind {
            if native {
                guard row.booking.currency == row.home.currency else {
                    throw QueryError.unsupported(
                        "\(row.booking.currency) under a purchase in \(row.home.currency), grouped by currency")
                }
                sum = sum + row.booking.amount
            } else {
                sum = sum + (try displayAmount(of: row.booking))
            }
        }
        return sum
    }

    /// The microseconds from the purchase directly before, in the customer's whole history, to each of these.
    private func gaps(before purchases: [ReferenceRow]) -> [Int64] {
        var gaps: [Int64] = []
        for row in purchases {
            let purchase = row.booking.purchase
            if let earlier = row.customer.counted.last(where: { $0.ordinal < purchase.ordinal }) {
                gaps.append(purchase.instant.microseconds - earlier.instant.microseconds)
            }
        }
        return gaps
    }

    /// Linear interpolation at `(n - 1) * p`, in days.
    private func quantile(_ p: Double, of gaps: [Int64]) -> Double? {
        guard !gaps.isEmpty else { return nil }
        let sorted = gaps.sorted()
        let place = Double(sorted.count - 1) * p
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        let share = place - Double(below)
        let microseconds = Double(sorted[below]) + Double(sorted[above] - sorted[below]) * share
        return microseconds / 86_400_000_000
    }
}
