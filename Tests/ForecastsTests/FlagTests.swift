import Forecasts
import Testing

/// What each flag is raised by, and what verdict comes of it: a good base, and one thing wrong with it.
@Suite struct FlagTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var flags: Set<String>
        var verdict: ForecastVerdict = .usable
        var weeks: Double = 52
        var base: @Sendable () -> CustomerBase

        var testDescription: String { name }
    }

    /// Over 700 days, of which the last 182 are held out.
    private static func base(
        _ count: Int = 3_000, _ timing: BetaGeometric = Simulation.timing, _ spend: GammaGamma = Simulation.spend,
        span: Int = 700, seed: UInt64 = 1
    ) -> [SimulatedCustomer] {
        Simulation.customers(count, timing, spend, span: span, seed: seed)
    }

    /// Each customer's amounts, by how many purchases the customer makes.
    private static func amounts(
        _ customers: [SimulatedCustomer], _ amount: (Double, Double) -> Double
    ) -> [SimulatedCustomer] {
        customers.map { customer in
            var customer = customer
            let count = Double(customer.repeats.count)
            customer.repeats = customer.repeats.map { ($0.day, amount($0.amount, count)) }
            return customer
        }
    }

    /// What is left of customers when the first purchases are lost: the next one is the first.
    private static func withoutTheFirst(_ days: Int, _ customers: [SimulatedCustomer]) -> [SimulatedCustomer] {
        customers.compactMap { customer in
            let all = [(day: 0, amount: 0.0)] + customer.repeats
            let kept = all.filter { customer.firstDay + $0.day >= days }
            return kept.first.map { first in
                SimulatedCustomer(
                    firstDay: customer.firstDay + first.day - days,
                    repeats: kept.dropFirst().map { ($0.day - first.day, $0.amount) })
            }
        }
    }

    private static let loyal = BetaGeometric(.bg, r: 0.6, alpha: 9, a: 1e-9, b: 2.6)
    private static let cases = [
        Case(name: "nothing is wrong", flags: []) { base().base(until: 700, knownDays: 182) },
        Case(
            name: "in the known period half of the purchases are not made",
            flags: ["missed_known_period", "missed_known_value", "outside_of_range"]
        ) { base().changed(after: 518, leavingOut: 2).base(until: 700, knownDays: 182) },
        Case(name: "in the known period amounts double", flags: ["missed_known_value"]) {
            base().changed(after: 518, amounts: 2).base(until: 700, knownDays: 182)
        },
        Case(name: "a range of many customers misses by a seventh", flags: ["outside_of_range"]) {
            base(12_000, seed: 2).changed(after: 518, leavingOut: 12).base(until: 700, knownDays: 182)
        },
        Case(name: "nothing is held out", flags: ["not_validated"]) { base().base(until: 700) },
        Case(name: "some seventy bought again", flags: ["few_repeat_buyers"]) {
            base(120, span: 400, seed: 4).base(until: 400, knownDays: 90)
        },
        Case(name: "too few for four parameters", flags: ["not_identified"]) {
            base(200, span: 400, seed: 2).base(until: 400, knownDays: 90)
        },
        Case(name: "300 days", flags: ["less_than_a_year"], weeks: 26) {
            base(1_500, span: 300, seed: 3).base(until: 300, knownDays: 100)
        },
        Case(
            name: "300 days, and half of the purchases are not made",
            flags: ["less_than_a_year", "missed_known_period", "missed_known_value", "outside_of_range"],
            verdict: .refused(.notTrustworthy), weeks: 26
        ) { base(1_500, span: 300, seed: 3).changed(after: 200, leavingOut: 2).base(until: 300, knownDays: 100) },
        Case(name: "who buys often pays more", flags: ["spend_follows_frequency"]) {
            amounts(base()) { $0 * (1 + $1).squareRoot() }.base(until: 700, knownDays: 182)
        },
        Case(name: "who buys often pays less", flags: ["spend_follows_frequency"]) {
            amounts(base()) { $0 / (1 + $1).squareRoot() }.base(until: 700, knownDays: 182)
        },
        Case(name: "amounts of heavy tails", flags: ["few_orders_dominate"]) {
            base(3_000, Simulation.timing, GammaGamma(p: 5, q: 1.6, gamma: 60)).base(until: 700, knownDays: 182)
        },
        Case(name: "nobody pays", flags: ["no_amounts"]) {
            amounts(base()) { _, _ in 0 }.base(until: 700, knownDays: 182)
        },
        Case(name: "ten years ahead, of two", flags: ["models_disagree", "looks_farther_than_back"], weeks: 520) {
            base().base(until: 700, knownDays: 182)
        },
        Case(
            name: "nobody leaves", flags: ["no_evidence_of_leaving", "not_identified"], verdict: .upperEstimate
        ) { base(3_000, loyal, seed: 4).base(until: 700, knownDays: 182) },
        Case(name: "the first 700 days are lost", flags: ["starts_mid_stream", "outside_of_range"]) {
            let long = base(6_000, BetaGeometric(.bg, r: 0.9, alpha: 9, a: 0.4, b: 3), span: 1_400, seed: 4)
            return withoutTheFirst(700, long).base(until: 700, knownDays: 182)
        },
        Case(
            name: "nobody leaves, and the first 700 days are lost",
            flags: ["starts_mid_stream", "no_evidence_of_leaving", "not_identified"],
            verdict: .refused(.startsMidStream)
        ) {
            let long = base(3_000, loyal, span: 1_400, seed: 4)
            return withoutTheFirst(700, long).base(until: 700, knownDays: 182)
        },
        Case(
            name: "the last purchases are 45 days old",
            flags: ["nothing_lately", "missed_known_period", "outside_of_range"], verdict: .refused(.notTrustworthy)
        ) { base().base(until: 745, knownDays: 182) },
    ]

    @Test(arguments: cases)
    func flagsAndVerdict(_ item: Case) {
        let found = Forecast(item.base(), within: Horizon(weeks: item.weeks, annualRate: 0.1))
        #expect(Set(found.flags.map(\.name)) == item.flags, "\(found.flags)")
        #expect(found.flags.count == item.flags.count)
        #expect(found.verdict == item.verdict)
        #expect((found.intervals == nil) == (found.expectations == nil || item.flags.contains("not_identified")))
        for flag in found.flags { #expect(flag.words.count > 20 && !flag.words.contains("nan")) }
    }

    /// A flag without a case would be one that nobody has seen raised.
    @Test func everyFlagHasACase() {
        let all: Set = [
            "no_evidence_of_leaving", "starts_mid_stream", "missed_known_period", "missed_known_value",
            "outside_of_range",
            "not_validated", "few_repeat_buyers", "less_than_a_year", "spend_follows_frequency", "few_orders_dominate",
            "not_identified", "models_disagree", "no_amounts", "nothing_lately", "looks_farther_than_back",
        ]
        #expect(Self.cases.reduce(into: Set<String>()) { $0.formUnion($1.flags) } == all)
    }

    /// Shares come with their sign, and correlations too.
    @Test func whatFlagsTell() {
        func flags(_ customers: [SimulatedCustomer]) -> [ForecastFlag] {
            Forecast(customers.base(until: 700, knownDays: 182), within: Horizon(weeks: 52, annualRate: 0.1)).flags
        }
        let half = flags(Self.base().changed(after: 518, leavingOut: 2)).compactMap { flag in
            if case .missedKnownPeriod(let error) = flag { error } else { nil }
        }
        #expect(half.count == 1 && half.allSatisfy { $0 > 0.7 && $0 < 1.1 }, "\(half)")
        let double = flags(Self.base().changed(after: 518, amounts: 2)).compactMap { flag in
            if case .missedKnownValue(let error) = flag { error } else { nil }
        }
        #expect(double.count == 1 && double.allSatisfy { $0 > -0.6 && $0 < -0.4 }, "\(double)")
        let less = flags(Self.amounts(Self.base()) { $0 / (1 + $1).squareRoot() }).compactMap { flag in
            if case .spendFollowsFrequency(let correlation) = flag { correlation } else { nil }
        }
        #expect(less.count == 1 && less.allSatisfy { $0 < -0.3 }, "\(less)")
    }
}
