import Engine
import EventStores
import Foundation
import Quantities
import Queries
import Testing

/// What measures are made of adds up to what they are, on random projects and queries. `TENURE_SEED` runs one seed alone.
@Suite struct TraceTests {
    @Test func bookingsAddUpToTheMeasurements() throws {
        var (groups, bookings, together) = (0, 0, 0)
        for seed in Seeds.first(300) {
            let random = RandomCase(seed: seed)
            var evaluation = random.evaluation
            let keys = random.project.raw.keys
            if keys["purchase"]?.key == nil || keys["refund"]?.refersTo == nil { evaluation.purchases.refunds = nil }
            var engine = EmbeddedEngine(store: try random.project.raw.makeStore(), threads: 1)
            engine.batchRows = [1, 7, 30, 2_048][Int(seed % 4)]
            for query in evaluation.queries {
                var single = evaluation
                single.queries = [query]
                guard let measured = try? engine.answer(single).measurements.first else { continue }
                let names = query.measures.map(\.name)
                func check(_ scope: TraceScope, _ values: [MeasureValue], _ what: String) throws {
                    let trace = try engine.trace(single, query: query.id, measures: names, in: scope, limit: .max)
                    bookings += trace.count
                    #expect(trace.bookings.count == trace.count)
                    for (index, measure) in query.measures.enumerated() {
                        guard let total = trace.totals[index] else {
                            // Of quantiles the gaps themselves are shown; of several groups' together there is none.
                            if case .quantile(let expected) = values[index], !what.hasPrefix("age") {
                                let gaps = trace.bookings.compactMap { $0.adds[index] }
                                #expect((expected == nil) == gaps.isEmpty, "seed \(seed) \(query.id) \(what)")
                            }
                            continue
                        }
                        #expect(
                            same(total, values[index]),
                            "seed \(seed) \(query.id) \(what) \(measure.name): \(total) | \(values[index])")
                    }
                }
                try check(.everything, measured.total, "total")
                for group in measured.groups.prefix(12) {
                    groups += 1
                    try check(.group(group.keys), group.values, "\(group.keys)")
                }
                for cohort in measured.cohorts.prefix(4) {
                    guard let key = cohort.keys.first else { continue }
                    try check(.cohorts([key], .all), cohort.values, "cohort \(key)")
                }
                let cohorts = measured.cohorts.compactMap(\.keys.first)
                guard query.groupBy.count == 2, let position = query.groupBy.firstIndex(where: \.isAge) else {
                    continue
                }
                let ages = Set(measured.groups.map(\.keys[position]))
                for case .number(let age) in ages.prefix(4) {
                    // Of some cohorts together an age has what their groups have.
                    func sum(_ isIn: (Int) -> Bool) -> [MeasureValue] {
                        let groups = measured.groups.filter { group in
                            if case .number(let age) = group.keys[position] { isIn(age) } else { false }
                        }
                        return query.measures.indices.map { index in
                            groups.dropFirst().reduce(groups[0].values[index]) { $0 + $1.values[index] }
                        }
                    }
                    together += 1
                    try check(.cohorts(cohorts, .only(age)), sum { $0 == age }, "age \(age)")
                    try check(.cohorts(cohorts, .upTo(age)), sum { $0 <= age }, "ages up to \(age)")
                }
            }
        }
        // Were there nothing to add up, nothing would be shown.
        #expect(groups > 500 && bookings > 5_000, "\(groups) groups, \(bookings) bookings")
        #expect(together > 20, "\(together) ages of all cohorts")
    }

    private func same(_ a: MeasureValue, _ b: MeasureValue) -> Bool {
        if case (.money(let x), .money(let y)) = (a, b) { return x == y }
        return a == b
    }

    @Test func aCustomersTraceIsWhatMembershipsAndMeasurementsSay() throws {
        for seed in Seeds.first(200) {
            let random = RandomCase(seed: seed)
            var evaluation = random.evaluation
            let keys = random.project.raw.keys
            if keys["purchase"]?.key == nil || keys["refund"]?.refersTo == nil { evaluation.purchases.refunds = nil }
            evaluation.semantics.consentAsOf = .now
            let store = try random.project.raw.makeStore()
            let engine = EmbeddedEngine(store: store, threads: 1)
            guard let memberships = try? engine.memberships(evaluation) else { continue }
            evaluation.queries = [
                Query(
                    id: "all",
                    measures: [
                        Measure("purchases", .purchases, scope: .history),
                        Measure("revenue", .revenue, scope: .history),
                        Measure("canceled", .canceledPurchases, scope: .history),
                    ], columns: [])
            ]
            guard let total = try? engine.answer(evaluation).measurements[0].total else { continue }
            var (purchases, canceled) = (0, 0)
            var revenue: ExactDecimal? = .zero
            for customer in 0..<store.customers.count {
                let id = try store.customers.ids.text(of: UInt32(customer + 1))
                let trace = try #require(try engine.customer(id, in: evaluation))
                for membership in memberships {
                    let segment = membership.segments[Int(membership.positions[customer])]
                    #expect(trace.segments[membership.id] == segment, "seed \(seed) \(id)")
                }
                if case .exact(let count)? = trace.aggregates[.purchases] { purchases += Int(count.normalized.units) }
                if case .exact(let count)? = trace.aggregates[.canceledPurchases] {
                    canceled += Int(count.normalized.units)
                }
                if case .exact(let amount)? = trace.aggregates[.revenue] {
                    revenue = revenue.map { $0 + amount }
                } else {
                    revenue = nil
                }
                for purchase in trace.purchases {
                    #expect(!purchase.states.isEmpty, "seed \(seed) \(id)")
                    #expect(purchase.states.map(\.at) == purchase.states.map(\.at).sorted(), "seed \(seed) \(id)")
                }
            }
            #expect(total[0] == .count(purchases), "seed \(seed)")
            #expect(total[2] == .count(canceled), "seed \(seed)")
            if let revenue { #expect(same(total[1], .money(revenue)), "seed \(seed): \(total[1]) | \(revenue)") }
        }
    }
}

extension Queries.Dimension {
    fileprivate var isAge: Bool { if case .age = self { true } else { false } }
}
