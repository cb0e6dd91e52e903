import Quantities
import Queries

/// A random project with a random evaluation that is valid for it.
struct RandomCase {
    let seed: UInt64
    let project: RandomProject
    let evaluation: Evaluation

    /// - Parameters:
    ///   - quantiles: without them every customer's numbers are its own affair.
    ///   - queries: how many; one to three unless told.
    ///   - hasOwnCurrency: conditions may be in another currency than what is shown, and rates may begin late.
    init(
        seed: UInt64, distinctTimes: Bool = false, quantiles: Bool = true, queries: Int? = nil,
        hasOwnCurrency: Bool = false
    ) {
        var random = SplitMix64(seed: seed)
        self.seed = seed
        project = RandomProject(using: &random, distinctTimes: distinctTimes)
        evaluation = RandomEvaluations(project, &random, quantiles: quantiles, hasOwnCurrency: hasOwnCurrency)
            .evaluation(&random, queries)
    }
}

/// Random evaluations over a project.
struct RandomEvaluations {
    let project: RandomProject
    private var predicates: RandomPredicates
    /// The zone of the evaluation: mostly that of the events.
    private let zone: Zone
    private let hasOwnCurrency: Bool

    init(
        _ project: RandomProject, _ random: inout SplitMix64, quantiles: Bool = true, hasOwnCurrency: Bool = false
    ) {
        self.hasOwnCurrency = hasOwnCurrency
        self.project = project
        predicates = RandomPredicates(project: project, hasQuantiles: quantiles)
        let other = KnownZones.zone(random.pick(RandomProject.places).zone) ?? .utc
        zone = random.chance(75) ? project.zone : other
    }

    func evaluation(_ random: inout SplitMix64, _ count: Int?) -> Evaluation {
        var maker = self
        let consents = [
            ConsentDefinition(category: "newsletter", source: .events(ConsentEvents())),
            random.chance(50)
                ? ConsentDefinition(category: "sms", source: .events(ConsentEvents()))
                : ConsentDefinition(category: "sms", source: .property(name: "sms_ok", valid: ["true", "yes"])),
            ConsentDefinition(category: "push", source: .absent),
        ]
        maker.predicates.consents = consents.map(\.category)
        maker.addEventSegmentations(&random)
        let purchases = maker.purchaseDefinition(&random)
        maker.addCustomerSegmentations(&random)
        var evaluation = Evaluation(
            semantics: maker.semantics(&random), purchases: purchases, consents: consents,
            eventSegmentations: maker.predicates.eventSegmentations.shuffled(using: &random),
            customerSegmentations: maker.predicates.customerSegmentations.shuffled(using: &random), queries: [])
        let queries = RandomQueries(
            project: project, predicates: maker.predicates, evaluation: evaluation, window: maker.window)
        let drawn = random.int(1...3)
        for index in 0..<(count ?? drawn) { evaluation.queries.append(queries.query("q\(index)", &random)) }
        return evaluation
    }

    // MARK: Policies

    private func semantics(_ random: inout SplitMix64) -> Semantics {
        var semantics = Semantics(
            asOf: asOf(&random), window: window(&random), timezone: zone.identifier,
            displayCurrency: random.pick(RandomProject.currencies).string,
            defaultCurrency: random.pick(RandomProject.currencies).string, fx: random.pick(FXPolicy.allCases),
            rates: rates(&random), revenueBasis: random.pick(RevenueBasis.allCases),
            refundDating: random.pick(RefundDating.allCases), consentAsOf: random.pick(ConsentAsOf.allCases),
            attribution: random.chance(65) ? .anchored : .period)
        // Conditions are in the project's own currency, whatever is shown.
        guard hasOwnCurrency else { return semantics }
        let own = random.pick(RandomProject.currencies).string
        if random.chance(25), own != semantics.displayCurrency {
            semantics.segmentCurrency = own
            semantics.segmentRates = rates(&random)
        }
        return semantics
    }

    private func asOf(_ random: inout SplitMix64) -> Instant {
        let end = zone.startOfDay(project.firstDay.adding(days: project.days + 3))
        if random.chance(60) { return end }
        let instant = random.pick(project.instants)
        return random.chance(70) ? instant : Instant(microseconds: instant.microseconds - 1)
    }

    func window(_ random: inout SplitMix64) -> Window {
        func bound(_ random: inout SplitMix64) -> Instant {
            let day = project.firstDay.adding(days: random.int(-2...project.days + 2))
            return switch random.int(0...4) {
            case 0: random.pick(project.instants)
            case 1: zone.startOfDay(CalendarUnit.month.start(of: CalendarUnit.month.index(of: day)))
            default: zone.startOfDay(day)
            }
        }
        if random.chance(35) {
            return Window(
                from: zone.startOfDay(project.firstDay.adding(days: -2)),
                to: zone.startOfDay(project.firstDay.adding(days: project.days + 2)))
        }
        let (a, b) = (bound(&random), bound(&random))
        return Window(from: min(a, b), to: max(a, b))
    }

    /// All currencies, from long before the data.
    private func rates(_ random: inout SplitMix64) -> RateTable {
        var table = RateTable()
        for currency in RandomProject.currencies {
            let first = project.firstDay.dayNumber
            var days: Set<Int> = [first - 1_000]
            // Now and then there are none yet.
            if hasOwnCurrency, random.chance(3) { days = [first + random.int(0...project.days)] }
            for _ in 0..<random.int(0...4) { days.insert(first + random.int(0...project.days)) }
            table.rates[currency.string] = days.sorted().map {
                RateTable.Rate(
                    dayNumber: $0, rate: decimal(random.pick(["1", "1.10", "1.2", "0.0065", "0.9123", "150"])))
            }
        }
        return table
    }

    // MARK: Definitions

    private mutating func addEventSegmentations(_ random: inout SplitMix64) {
        let success: [String] = random.chance(60) ? ["success"] : ["success", "paid"]
        // Overlapping on purpose: the first match wins.
        let canceled = random.chance(70) ? ["canceled", "returned"] : ["canceled", "success"]
        func segment(_ name: String, _ attribute: String, _ values: [String]) -> Segment {
            Segment(name: name, when: .test(.attribute(attribute), .isIn(values)))
        }
        predicates.eventSegmentations = [
            EventSegmentation(
                id: "status", name: "Status", event: "purchase",
                segments: [
                    segment("Good", "status", success), segment("Bad", "status", canceled),
                    segment("Waiting", "status", ["pending"]),
                ]),
            EventSegmentation(
                id: "kind", name: "Kind", event: "purchase",
                segments: [
                    segment("First", "kind", ["first"]), segment("Upsell", "kind", ["upsell"]),
                    segment("Rebill", "kind", ["rebill"]),
                ]),
        ]
        for number in 0..<random.int(0...2) {
            var segments: [Segment] = []
            for index in 0..<random.int(1...3) {
                segments.append(Segment(name: "e\(index)", when: predicates.onEvent(&random)))
            }
            predicates.eventSegmentations.append(
                EventSegmentation(id: "event\(number)", name: "", event: "purchase", segments: segments))
        }
    }

    private mutating func addCustomerSegmentations(_ random: inout SplitMix64) {
        let subscribers = Segment(name: "yes", when: .test(.consent(random.pick(["newsletter", "sms"])), .valid))
        predicates.customerSegmentations = [
            CustomerSegmentation(id: "subscribers", name: "", segments: [subscribers], remainder: "no")
        ]
        if predicates.hasQuantiles, random.chance(60) {
            let segments = (0..<random.int(1...4)).map { index in
                Segment(name: "q\(index)", when: predicates.quantileTest(&random))
            }
            predicates.customerSegmentations.append(
                CustomerSegmentation(id: "scores", name: "", segments: segments, remainder: "q4"))
        }
        for number in 0..<random.int(1...4) {
            var segments: [Segment] = []
            for index in 0..<random.int(1...3) {
                segments.append(Segment(name: "s\(index)", when: predicates.onCustomer(&random)))
            }
            // Later ones may refer to this one.
            predicates.customerSegmentations.append(
                CustomerSegmentation(id: "customer\(number)", name: "", segments: segments, remainder: "rest"))
        }
    }

    private func purchaseDefinition(_ random: inout SplitMix64) -> PurchaseDefinition {
        func selection(_ segmentation: String, _ segments: [String]) -> SegmentSelection {
            SegmentSelection(segmentation: segmentation, segments: segments)
        }
        let namesCurrency = random.chance(85)
        var definition = PurchaseDefinition(
            event: "purchase", amount: "price", currency: namesCurrency ? "currency" : nil,
            success: selection("status", random.chance(90) ? ["Good"] : ["Good", "Waiting"]),
            canceled: selection("status", random.chance(85) ? ["Bad"] : ["Bad", "Waiting"]),
            zeroAmount: random.pick(ZeroAmount.allCases))
        if random.chance(50) {
            definition.exclude = random.pick([
                .test(.attribute("test"), .isIn(["yes"])), .test(.property("tier"), .isIn(["staff"])),
                .any([.test(.attribute("test"), .exists), .test(.eventSegmentation("status"), .isIn(["Waiting"]))]),
            ])
        }
        if random.chance(75) {
            definition.refunds = RefundDefinition(
                event: "refund", amount: "amount", currency: namesCurrency && random.chance(60) ? "currency" : nil)
        }
        if random.chance(80) {
            definition.charges = ChargeDefinition(
                kinds: [
                    .firstCharge: selection("kind", ["First"]),
                    .upsell: selection("kind", random.chance(85) ? ["Upsell"] : ["Upsell", "First"]),
                    .rebill: selection("kind", ["Rebill"]),
                ], links: random.pick([[], ["subscription_id"], ["subscription_id", "product"]]))
        }
        return definition
    }
}
