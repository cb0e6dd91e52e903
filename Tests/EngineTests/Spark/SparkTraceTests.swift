import Engine
import Quantities
import Queries
import Spark
import Testing

/// Bookings one by one, and all that is made of a customer, are those of the embedded engine, on random projects.
@Suite("Spark = embedded engine: traces", .serialized)
struct SparkTraceTests {
    private static let count = 8
    private static let candidates = 128

    @Test("what measures are made of")
    func traces() throws {
        var bookings = 0
        for (one, query) in try mostTraced() {
            var single = one.evaluation
            single.queries = [query]
            func check(_ scope: TraceScope, limit: Int = .max) {
                let names = query.measures.map(\.name)
                one.expectSame("trace of \(query.id) \(scope)") {
                    try lines(one.embedded.trace(single, query: query.id, measures: names, in: scope, limit: .max))
                } _: {
                    let trace = try one.spark.trace(single, query: query.id, measures: names, in: scope, limit: .max)
                    bookings += trace.count
                    return lines(trace)
                }
            }
            check(.everything)
            guard let measured = try? one.embedded.answer(single).measurements.first else { continue }
            let groups = canonical(measured.groups)
            if !groups.isEmpty { check(.group(groups[Int(one.seed) % groups.count].keys)) }
            let cohorts = canonical(measured.cohorts).compactMap(\.keys.first)
            if !cohorts.isEmpty {
                let hasAges = query.groupBy.contains { if case .age = $0 { true } else { false } }
                let age = Int(one.seed % 3)
                check(.cohorts(Array(cohorts.prefix(2)), !hasAges ? .all : one.seed % 2 == 0 ? .upTo(age) : .only(age)))
            }
        }
        if TestSpark.session != nil, Seeds.first(SparkTraceTests.candidates).count >= SparkTraceTests.candidates {
            #expect(bookings > 50, "\(bookings) bookings")
        }
    }

    /// Many random cases have hardly a booking: these are the first ones, and of many those with the most by the embedded engine.
    private func mostTraced() throws -> [(one: SparkCase, query: Query)] {
        var cases: [(one: SparkCase, query: Query, count: Int)] = []
        try SparkCase.each(SparkTraceTests.candidates) { one in
            let traced = one.evaluation.queries.map { query in
                var single = one.evaluation
                single.queries = [query]
                let trace = try? one.embedded.trace(
                    single, query: query.id, measures: query.measures.map(\.name), in: .everything, limit: .max)
                return (one: one, query: query, count: trace?.count ?? 0)
            }
            if let most = traced.max(by: { $0.count < $1.count }) { cases.append(most) }
        }
        let first = cases.prefix(2)
        let most = cases.dropFirst(2).sorted { $0.count > $1.count }.prefix(SparkTraceTests.count - 2)
        return (first + most).map { ($0.one, $0.query) }
    }

    @Test("the first bookings of many")
    func limits() throws {
        try SparkCase.each(2) { one in
            guard let query = one.evaluation.queries.first else { return }
            func trace(_ limit: Int) throws -> QueryTrace {
                try one.spark.trace(
                    one.evaluation, query: query.id, measures: query.measures.map(\.name), in: .everything, limit: limit
                )
            }
            let all = try trace(.max)
            var some = try trace(3)
            #expect(some.bookings == Array(all.bookings.prefix(3)), "seed \(one.seed)")
            some.bookings = all.bookings
            #expect(some == all, "seed \(one.seed)")
        }
    }

    @Test("all that is made of a customer")
    func customers() throws {
        try SparkCase.each(SparkTraceTests.count) { one in
            for id in try one.ids().shuffled().prefix(1) {
                one.expectSame("customer \(id)") {
                    try one.embedded.customer(id, in: one.evaluation).map(lines)
                } _: {
                    try one.spark.customer(id, in: one.evaluation).map(lines)
                }
            }
            if one.seed == 0 { #expect(try one.spark.customer("nobody", in: one.evaluation) == nil) }
        }
    }

    private func lines(_ trace: QueryTrace) -> [String] {
        var lines = trace.bookings.map(line).sorted()
        lines.append("\(trace.measures) \(trace.count) \(trace.customers) \(trace.adding)")
        lines.append("\(trace.totals.map { $0.map(value) as Any })")
        return lines
    }

    private func line(_ booking: TracedBooking) -> String {
        let purchase = booking.purchase
        var line =
            "\(booking.customer) \(purchase.key ?? "-") \(purchase.at) \(purchase.standing) \(purchase.segment ?? "-")"
        line += " \(booking.kind) \(booking.bookedAt) \(booking.amount.normalized) \(booking.currency)"
        line +=
            " \(booking.converted.map { $0.normalized.description } ?? "-") \(booking.adds.map { $0.map(value) ?? "-" })"
        return line
    }

    private func value(_ value: MeasureValue) -> String {
        if case .money(let money) = value { "\(money.normalized)" } else { "\(value)" }
    }

    private func lines(_ trace: CustomerTrace) -> [String] {
        var lines = ["\(trace.customer) \(trace.excluded)"]
        lines += trace.properties.map { "\($0.name)=\($0.value)" }
        for purchase in trace.purchases {
            lines.append(line(purchase.booking) + " \(purchase.charge as Any) \(purchase.states)")
        }
        lines += trace.refunds.map(line).sorted()
        for (aggregate, value) in trace.aggregates.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            switch value {
            case .exact(let number): lines.append("\(aggregate) \(number.normalized)")
            case .real(let number): lines.append("\(aggregate) \(Float(number))")
            }
        }
        lines += trace.segments.map { "\($0.key)=\($0.value)" }.sorted()
        return lines + trace.consents.map { "\($0)" }
    }
}
