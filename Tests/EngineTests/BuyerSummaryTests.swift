import Engine
import EventStores
import Quantities
import Queries
import Spark
import Testing

/// Recency, frequency and money of each buyer against what the customer's own trace says, on random projects.
@Suite struct BuyerSummaryTests {
    @Test func summariesAreWhatTracesSay() throws {
        var (buyers, calibrated) = (0, 0)
        for seed in Seeds.first(300) {
            let random = RandomCase(seed: seed)
            var evaluation = random.evaluation
            let keys = random.project.raw.keys
            if keys["purchase"]?.key == nil || keys["refund"]?.refersTo == nil { evaluation.purchases.refunds = nil }
            let store = try random.project.raw.makeStore()
            var engine = EmbeddedEngine(store: store, threads: 1)
            engine.batchRows = [1, 7, 30, 2_048][Int(seed % 4)]
            guard let zone = Zone(identifier: evaluation.semantics.timezone) else { continue }
            let end = zone.dayNumber(at: evaluation.semantics.asOf)
            let split = end - Int(seed % 200)
            // Beside queries, by whatever threads, and in a pass of its own.
            let segmentations = evaluation.customerSegmentations.map(\.id)
            evaluation.buyers = [BuyerQuestion(calibration: split, segmentations: segmentations), BuyerQuestion()]
            if (try? engine.answer(evaluation)) == nil { evaluation.queries = [] }
            guard let summaries = try? engine.answer(evaluation).buyers[0] else { continue }
            let plain = try engine.buyerSummaries(evaluation, BuyerQuestion())
            #expect(plain.repeats == summaries.repeats && plain.calibration.repeats.isEmpty && plain.segments.isEmpty)
            var others = EmbeddedEngine(store: store, threads: 3)
            others.batchRows = 5
            #expect(try others.answer(evaluation).buyers == [summaries, plain], "seed \(seed)")
            for membership in try engine.memberships(evaluation) {
                let positions = summaries.customers.map { membership.positions[Int($0)] }
                #expect(summaries.segments[membership.id] == positions, "seed \(seed)")
            }
            let ids = try engine.customerIDs(summaries.customers)
            var repeatsByDay: [Int32: Int] = [:]
            for (index, id) in ids.enumerated() {
                let trace = try #require(try engine.customer(id, in: evaluation))
                let counted = trace.purchases.filter { $0.booking.purchase.standing == .counted }
                var days: [Int: Double] = [:]
                var revenue = 0.0
                for purchase in trace.purchases
                where [.counted, .uncounted].contains(purchase.booking.purchase.standing) {
                    let day = zone.dayNumber(at: purchase.booking.purchase.at)
                    let key = purchase.booking.purchase.key
                    let refunds =
                        evaluation.semantics.revenueBasis == .net && key != nil
                        ? trace.refunds.filter {
                            $0.purchase.key == key && $0.purchase.at == purchase.booking.purchase.at
                        }
                        : []
                    let amount =
                        (purchase.booking.converted?.double ?? .nan)
                        + refunds.reduce(0) { $0 + ($1.converted?.double ?? .nan) }
                    revenue += amount
                    if counted.contains(purchase) { days[day, default: 0] += amount }
                }
                let sorted = days.keys.sorted()
                let first = try #require(sorted.first)
                #expect(Int(summaries.firstDays[index]) == first && Int(summaries.lastDays[index]) == sorted.last)
                #expect(Int(summaries.repeats[index]) == sorted.count - 1, "seed \(seed) \(id)")
                func spend(_ isIn: (Int) -> Bool) -> Double { sorted.filter(isIn).reduce(0) { $0 + (days[$1] ?? 0) } }
                func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * max(1, abs(b)) }
                #expect(near(summaries.repeatSpends[index], spend { $0 > first }), "seed \(seed) \(id)")
                #expect(near(summaries.revenue(index).double, revenue), "seed \(seed) \(id)")
                for day in sorted.dropFirst() { repeatsByDay[Int32(day), default: 0] += 1 }
                let known = sorted.filter { $0 <= split }
                #expect(Int(summaries.calibration.repeats[index]) == known.count - 1, "seed \(seed) \(id)")
                buyers += 1
                guard !known.isEmpty else { continue }
                calibrated += 1
                #expect(Int(summaries.calibration.lastDays[index]) == known.last)
                #expect(Int(summaries.calibration.later[index]) == sorted.count - known.count)
                #expect(near(summaries.calibration.repeatSpends[index], spend { $0 > first && $0 <= split }))
                #expect(near(summaries.calibration.laterSpends[index], spend { $0 > split }))
            }
            #expect(summaries.repeatsByDay == repeatsByDay, "seed \(seed)")
        }
        #expect(buyers > 500 && calibrated > 300, "\(buyers) buyers, \(calibrated) with a calibration")
    }

    /// What no sum of a buyer's is made of needs no rate: what gross revenue leaves out, and what is no order.
    @Test func ratesThatNoSumNeeds() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-10", "10")
        project.purchase("a", "2", "2026-01-20", "5")
        project.purchase("a", "3", "2026-01-30", "5", status: "canceled", ["currency": "EUR"])
        project.purchase("a", "4", "2026-01-30", "5", status: "odd", ["currency": "EUR"])
        project.purchase("b", "5", "2026-01-30", "5", status: "odd", ["currency": "EUR"])
        project.refund("a", "1", "2026-02-01", "5", ["currency": "EUR"])
        let missing = QueryError.missingRate(currency: "EUR", date: "2026-01-10", display: "USD")
        func check(_ engine: some QueryEngine) throws {
            var evaluation = Evaluation(
                semantics: Semantics(
                    asOf: instant("2026-12-31"),
                    window: Window(from: instant("2026-01-01"), to: instant("2027-01-01")), displayCurrency: "USD"),
                purchases: SampleProject.definition, eventSegmentations: SampleProject.eventSegmentations, queries: [])
            evaluation.buyers = [BuyerQuestion()]
            #expect(throws: missing) { try engine.answer(evaluation) }
            evaluation.semantics.revenueBasis = .gross
            let found = try engine.answer(evaluation).buyers[0]
            #expect(found.indices.count == 1 && found.repeats == [1] && found.repeatSpends == [5])
            #expect(found.revenue(0) == decimal("15"))
        }
        try check(EmbeddedEngine(store: try project.raw.makeStore(), threads: 1))
        if let session = TestSpark.session { try check(SparkEngine(session, project.raw.sparkTables)) }
    }
}
