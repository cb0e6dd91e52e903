import Quantities
import Queries

/// Random queries that an engine has to answer: combinations that are refused by definition are left out.
struct RandomQueries {
    let project: RandomProject
    let predicates: RandomPredicates
    let evaluation: Evaluation
    let window: (inout SplitMix64) -> Window

    private var hasCharges: Bool { evaluation.purchases.charges != nil }
    private var isAnchored: Bool { evaluation.semantics.attribution == .anchored }

    func query(_ id: String, _ random: inout SplitMix64) -> Query {
        let isAboutCharges = hasCharges && random.chance(35)
        let dimensions =
            isAboutCharges && random.chance(50) ? [.attribute("subscription_id")] : dimensions(&random)
        let (period, allowsPeriods) = period(for: dimensions, &random)
        var measures: [Measure] = []
        while measures.count < 6 {
            if !measures.isEmpty, random.chance(15) { break }
            let kind = kind(&random)
            let scope = isAboutCharges && random.chance(75) ? .charges : random.pick(Scope.allCases)
            if !isValid(kind, scope, allowsPeriods: allowsPeriods) { continue }
            let filter = random.chance(20) ? predicates.onPurchase(&random) : nil
            measures.append(Measure("m\(measures.count)", kind, scope: scope, filter: filter))
        }
        return Query(
            id: id, window: random.chance(40) ? window(&random) : nil,
            filter: random.chance(25) ? predicates.onPurchase(&random) : nil, groupBy: dimensions, measures: measures,
            columns: [], period: period)
    }

    private func isValid(_ kind: Measure.Kind, _ scope: Scope, allowsPeriods: Bool) -> Bool {
        if scope == .charges, isAnchored, !hasCharges { return false }
        switch kind {
        case .chargeCount, .chargeAmount: return hasCharges
        case .periodBuyers, .periodPurchases, .retainedBuyers, .previousPeriodBuyers:
            return allowsPeriods && !(scope == .charges && isAnchored)
        default: return true
        }
    }

    private func kind(_ random: inout SplitMix64) -> Measure.Kind {
        let charge = random.pick([ChargeKind.firstCharge, .upsell, .rebill])
        return random.pick([
            .purchases, .canceledPurchases, .buyers, .newBuyers, .repeatBuyers(atLeast: random.int(1...3)), .revenue,
            .revenue, .grossRevenue, .refunds, .chargeCount(charge), .chargeAmount(charge), .gapCount, .gapSum,
            .gapQuantile(random.pick([0, 0.25, 0.5, 0.9, 1])), .periodBuyers, .periodPurchases, .retainedBuyers,
            .previousPeriodBuyers,
        ])
    }

    // MARK: Dimensions

    private func dimensions(_ random: inout SplitMix64) -> [Dimension] {
        let unit = random.pick(CalendarUnit.allCases)
        switch random.int(0...9) {
        case 0, 1: return []
        case 2: return [.cohort(unit), .age(unit)]
        case 3, 4, 5, 6: return [dimension(&random)]
        default:
            let (first, second) = (dimension(&random), dimension(&random))
            if first == second { return [first] }
            if case .cohort = first, case .cohort = second { return [first] }
            return [first, second]
        }
    }

    private func dimension(_ random: inout SplitMix64) -> Dimension {
        let unit = random.pick(CalendarUnit.allCases)
        switch random.int(-1...9) {
        case -1, 0: return .attribute(random.pick(["product", "product", "status", "units", "subscription_id"]))
        case 1: return .property(random.pick(["country", "tier", "score"]))
        case 2, 3: return .segmentation(random.pick(predicates.customerSegmentations).id)
        case 4: return .eventSegmentation(random.pick(predicates.eventSegmentations).id)
        // Money of two currencies in one row has no sum in itself.
        case 5: return project.hasOneCurrencyPerCustomer ? .currency : .calendar(unit)
        case 6: return .calendar(unit)
        case 7: return .cohort(unit)
        case 8: return .purchaseCount(classes: random.pick([[1, 2, 3], [1, 3], [1]]))
        default: return .daysToSecondPurchase(classes: random.pick([[0, 1, 8, 31], [0], [0, 2]]))
        }
    }

    /// A period, and whether measures of periods go with the dimensions.
    private func period(for dimensions: [Dimension], _ random: inout SplitMix64) -> (Period, Bool) {
        let units: [(unit: CalendarUnit, days: Int)] = [
            (.day, 1), (.week, 7), (.month, 28), (.quarter, 90), (.year, 365),
        ]
        var longest = 365
        var allowed = true
        for dimension in dimensions {
            switch dimension {
            case .cohort, .age: allowed = false
            case .calendar(let unit): longest = min(longest, units.first { $0.unit == unit }?.days ?? 1)
            default: break
            }
        }
        if random.chance(30) { return (.days(random.int(1...min(longest, 45))), allowed) }
        return (.calendar(random.pick(units.filter { $0.days <= longest }).unit), allowed)
    }
}
