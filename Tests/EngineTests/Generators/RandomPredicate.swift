import Quantities
import Queries

/// Random conditions that are valid over a `RandomProject`.
struct RandomPredicates {
    let project: RandomProject
    /// Ids of the segmentations that conditions may name.
    var eventSegmentations: [EventSegmentation] = []
    var customerSegmentations: [CustomerSegmentation] = []
    var consents: [String] = []
    /// Conditions may look at quantiles, and so at other customers than their own.
    var hasQuantiles = true

    /// A condition on a purchase event by itself.
    func onEvent(_ random: inout SplitMix64) -> Predicate {
        tree(&random, depth: 2) { eventTest(&$0) }
    }

    func onCustomer(_ random: inout SplitMix64) -> Predicate {
        tree(&random, depth: 2) { customerTest(&$0) }
    }

    /// A condition on a purchase and its customer.
    func onPurchase(_ random: inout SplitMix64) -> Predicate {
        tree(&random, depth: 2) { $0.chance(50) ? eventTest(&$0) : customerTest(&$0) }
    }

    private func tree(
        _ random: inout SplitMix64, depth: Int, _ leaf: (inout SplitMix64) -> Predicate
    ) -> Predicate {
        if depth == 0 || random.chance(55) { return leaf(&random) }
        if random.chance(25) { return .not(tree(&random, depth: depth - 1, leaf)) }
        var parts: [Predicate] = []
        for _ in 0..<random.pick([0, 1, 2, 2, 2, 3]) { parts.append(tree(&random, depth: depth - 1, leaf)) }
        return random.chance(50) ? .all(parts) : .any(parts)
    }

    private func eventTest(_ random: inout SplitMix64) -> Predicate {
        switch random.int(0...(eventSegmentations.isEmpty ? 5 : 7)) {
        case 0: return .test(.attribute("status"), text(&random, RandomProject.statuses))
        case 1: return .test(.attribute("product"), text(&random, RandomProject.products))
        case 2: return .test(.attribute("kind"), text(&random, RandomProject.chargeKinds))
        case 3: return .test(.attribute("price"), number(&random, RandomProject.amounts + ["-10"]))
        case 4: return .test(.attribute("units"), number(&random, ["1", "2", "2.5"]))
        case 5: return .test(.attribute("delivered"), instant(&random))
        default:
            let segmentation = random.pick(eventSegmentations)
            return .test(
                .eventSegmentation(segmentation.id), names(&random, segmentation.segments.map { RawText($0.name) }))
        }
    }

    private func customerTest(_ random: inout SplitMix64) -> Predicate {
        switch random.int(0...(customerSegmentations.isEmpty ? 9 : 11)) {
        case 0: return .test(.property("country"), text(&random, RandomProject.countries))
        case 1: return .test(.property("tier"), text(&random, RandomProject.tiers))
        case 2: return .test(.property("score"), number(&random, ["1", "2.5", "-3"]))
        case 3: return .test(.property("born"), instant(&random))
        case 4, 5, 6: return .test(.consent(random.pick(consents)), .valid)
        case 7, 8, 9: return aggregateTest(&random)
        default:
            let segmentation = random.pick(customerSegmentations)
            let segments = segmentation.segments.map { RawText($0.name) } + [RawText(segmentation.remainder)]
            return .test(.segmentation(segmentation.id), names(&random, segments))
        }
    }

    /// Shares at, right below and right above those of whole customers: there are up to six.
    func quantileTest(_ random: inout SplitMix64) -> Predicate {
        let shares = ["0.001", "0.2", "0.25", "0.3333", "0.50", "0.5001", "0.75", "0.8", "0.999"]
        let share = decimal(random.pick(shares))
        return .test(
            .aggregate(random.pick(Aggregate.ofPurchases)),
            random.chance(50) ? .atMostQuantile(share) : .aboveQuantile(share))
    }

    private func aggregateTest(_ random: inout SplitMix64) -> Predicate {
        if hasQuantiles, random.chance(45) { return quantileTest(&random) }
        let aggregate = random.pick(Aggregate.ofPurchases)
        switch aggregate {
        case .purchases, .canceledPurchases:
            return .test(.aggregate(aggregate), number(&random, ["0", "1", "2", "3"]))
        case .revenue, .averagePurchaseValue:
            return .test(.aggregate(aggregate), number(&random, RandomProject.amounts + ["-5", "55.05", "110"]))
        case .daysSinceFirstPurchase, .daysSinceLastPurchase:
            return .test(.aggregate(aggregate), number(&random, ["0", "0.5", "1", "30.25", "100"]))
        case .expectedOrders, .expectedValue, .noOrderChance:
            preconditionFailure("a model's word is no number of purchases")
        }
    }

    private func text(_ random: inout SplitMix64, _ values: [RawText]) -> Comparison {
        switch random.int(0...8) {
        case 0, 1, 2: .isIn(some(&random, values))
        case 3, 4: .notIn(some(&random, values))
        case 5:
            random.chance(50) ? .startsWith(part(&random, values, .prefix)) : .endsWith(part(&random, values, .suffix))
        case 6: .contains(part(&random, values, .suffix))
        case 7: .exists
        default: .missing
        }
    }

    private func names(_ random: inout SplitMix64, _ values: [RawText]) -> Comparison {
        random.chance(70) ? .isIn(some(&random, values)) : .notIn(some(&random, values))
    }

    private func some(_ random: inout SplitMix64, _ values: [RawText]) -> [String] {
        random.pick(random.int(1...2), of: values + ["unknown"]).map(\.string)
    }

    private enum Side {
        case prefix, suffix
    }

    /// By scalars, so that what follows a letter can be a part of its own.
    private func part(_ random: inout SplitMix64, _ values: [RawText], _ side: Side) -> String {
        let scalars = Array(random.pick(values).string.unicodeScalars)
        let length = random.int(0...scalars.count)
        var text = String.UnicodeScalarView()
        text.append(contentsOf: side == .prefix ? scalars.prefix(length) : scalars.suffix(length))
        return String(text)
    }

    private func number(_ random: inout SplitMix64, _ values: [String]) -> Comparison {
        let bound = decimal(random.pick(values))
        return switch random.int(0...7) {
        case 0: .isIn([random.pick(values), bound.description + (bound.scale > 0 ? "0" : ".0"), "text"])
        case 1: .notIn([bound.description])
        case 2, 3: .atLeast(bound)
        case 4: .greaterThan(bound)
        case 5: random.chance(50) ? .atMost(bound) : .lessThan(bound)
        case 6: .exists
        default: .missing
        }
    }

    private func instant(_ random: inout SplitMix64) -> Comparison {
        let bound = random.pick(project.instants)
        return switch random.int(0...5) {
        case 0, 1: .from(bound)
        case 2, 3: .before(bound)
        case 4: .exists
        default: .missing
        }
    }
}
