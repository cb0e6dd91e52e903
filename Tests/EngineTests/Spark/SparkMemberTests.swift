import Engine
import Quantities
import Queries
import Spark
import Testing

/// Customers and their segments on Spark are those of the embedded engine, on random projects.
@Suite("Spark = embedded engine: customers", .serialized)
struct SparkMemberTests {
    private static let count = 8

    @Test("everybody's segment, how many are in which, and who moves")
    func members() throws {
        try SparkCase.each(SparkMemberTests.count) { one in
            let ids = try one.ids()
            one.expectSame("memberships") {
                try one.embedded.memberships(one.evaluation).map { membership in
                    Set(zip(ids, membership.positions).map { "\($0) \($1)" })
                }
            } _: {
                try one.spark.memberships(one.evaluation).map { membership in
                    let ids = try one.spark.customerIDs(membership.positions.indices.map { Int32($0) })
                    return Set(zip(ids, membership.positions).map { "\($0) \($1)" })
                }
            }
            one.expectSame(
                "counts", { try one.embedded.segmentCounts(one.evaluation) },
                { try one.spark.segmentCounts(one.evaluation) })
            // The same segmentations by other definitions: the first segment is gone, and consents are older.
            var before = one.evaluation
            before.semantics.asOf.microseconds -= 40 * 86_400_000_000
            for place in before.customerSegmentations.indices
            where before.customerSegmentations[place].segments.count > 1 {
                before.customerSegmentations[place].segments.removeFirst()
            }
            before.customerSegmentations.removeLast()
            one.expectSame(
                "moves", { try moves(one.embedded, before, one.evaluation) },
                { try moves(one.spark, before, one.evaluation) })
        }
    }

    private func moves(_ engine: some QueryEngine, _ before: Evaluation, _ after: Evaluation) throws -> [SegmentMoves] {
        try engine.segmentMoves(from: before, to: after)
    }

    @Test("with one table alone everybody is there once")
    func oneTable() throws {
        try SparkCase.each(1) { one in
            var tables = one.project.sparkTables
            tables.customers = nil
            tables.events = tables.events.filter { $0.key == "purchase" }
            var evaluation = one.evaluation
            (evaluation.consents, evaluation.purchases.refunds, evaluation.purchases.exclude) = ([], nil, nil)
            evaluation.customerSegmentations = [
                CustomerSegmentation(
                    id: "bought", name: "",
                    segments: [
                        Segment(name: "yes", when: .test(.aggregate(.purchases), .atLeast(ExactDecimal(1))))
                    ], remainder: "no")
            ]
            guard let session = TestSpark.session else { return }
            let engine = SparkEngine(session, tables)
            let buyers = Set(one.project.events.filter { $0.type == "purchase" }.map(\.customer))
            let counts = try engine.segmentCounts(evaluation)[0].customers
            let profile = try engine.profile()
            #expect(counts.reduce(0, +) == buyers.count && profile.customers == buyers.count)
        }
    }

    @Test("histories of buyers, beside queries and by themselves")
    func buyers() throws {
        var buyers = 0
        try SparkCase.each(SparkMemberTests.count) { one in
            var evaluation = one.evaluation
            evaluation.queries = []
            let day = evaluation.semantics.asOf.microseconds / 86_400_000_000
            let split = Int(day) - Int(one.seed % 200)
            evaluation.buyers = [
                BuyerQuestion(
                    calibration: split, segmentations: evaluation.customerSegmentations.map(\.id), isByCustomer: true),
                BuyerQuestion(),
            ]
            one.expectSame("buyers") {
                try one.embedded.answer(evaluation).buyers.map { try lines($0, one.embedded) }
            } _: {
                try one.spark.answer(evaluation).buyers.map { try lines($0, one.spark) }
            }
            // Nobody by themselves: who bought on one day alone is counted.
            evaluation.buyers[0].isByCustomer = false
            one.expectSame("groups of buyers") {
                try one.embedded.answer(evaluation).buyers.map(groups)
            } _: {
                let found = try one.spark.answer(evaluation).buyers
                #expect(found.allSatisfy { $0.customers.isEmpty && $0.counts.count == $0.indices.count })
                return try found.map(groups)
            }
            buyers += (try? one.embedded.answer(evaluation).buyers[0].customers.count) ?? 0
        }
        if TestSpark.session != nil, Seeds.first(SparkMemberTests.count).count >= SparkMemberTests.count {
            #expect(buyers > 10)
        }
    }

    /// All that is said of each buyer, by id.
    private func lines(_ summaries: BuyerSummaries, _ engine: some QueryEngine) throws -> [String] {
        let ids = try engine.customerIDs(summaries.customers)
        let buyers = ids.indices.map { place in
            "\(ids[place]) \(line(summaries, place)) \(summaries.revenue(place).normalized)"
        }
        return buyers.sorted() + days(summaries)
    }

    /// Those who are alike, how many they are and what they brought.
    private func groups(_ summaries: BuyerSummaries) throws -> [String] {
        var groups: [String: (customers: Int, revenue: Int128)] = [:]
        for place in summaries.indices {
            let line = line(summaries, place)
            groups[line, default: (0, 0)].customers += summaries.count(place)
            groups[line, default: (0, 0)].revenue += summaries.revenues[place]
        }
        let buyers = groups.map { line, group in
            "\(line) \(group.customers) \(ExactDecimal(units: group.revenue, scale: summaries.scale).normalized)"
        }
        return buyers.sorted() + days(summaries)
    }

    private func days(_ summaries: BuyerSummaries) -> [String] {
        summaries.repeatsByDay.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    }

    private func line(_ summaries: BuyerSummaries, _ place: Int) -> String {
        var line = "\(summaries.firstDays[place]) \(summaries.lastDays[place])"
        line += " \(summaries.repeats[place]) \(summaries.repeatSpends[place]) \(summaries.activities[place])"
        let calibration = summaries.calibration
        if !calibration.lastDays.isEmpty {
            line +=
                " | \(calibration.lastDays[place]) \(calibration.repeats[place]) \(calibration.repeatSpends[place])"
            line += " \(calibration.later[place]) \(calibration.laterSpends[place])"
        }
        for (id, segments) in summaries.segments.sorted(by: { $0.key < $1.key }) {
            line += " \(id)=\(segments[place])"
        }
        return line
    }
}
