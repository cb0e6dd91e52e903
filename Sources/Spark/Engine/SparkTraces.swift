import Quantities
package import Queries

extension SparkEngine {
    /// What measures of a query are made of; bookings are in the order of customers' ids, of each by time. One statement adds
    /// all of them up and gives the first ones.
    ///
    /// - Throws: `QueryError`, `SparkFailure`.
    package func trace(
        _ evaluation: Evaluation, query: String, measures: [String], in scope: TraceScope, limit: Int
    ) throws -> QueryTrace {
        guard var traced = evaluation.queries.first(where: { $0.id == query }) else {
            preconditionFailure("the evaluation has no query '\(query)'")
        }
        traced.measures = traced.measures.filter { measures.contains($0.name) }
        if traced.measures.isEmpty { return QueryTrace(measures: [], totals: [], adding: []) }
        var alone = evaluation
        (alone.queries, alone.buyers) = ([traced], [])
        let sql = try compiled(askedAlone(alone))
        let trace = try TraceSQL(sql, scope)
        let rows = try session.rows(sql.text.statement(try trace.select(limit: limit))).rows
        return try QueryTrace(rows, traced.measures, sql)
    }

    /// Everything that an evaluation makes of one customer: one statement that reads that customer's rows, and those of all
    /// buyers only where conditions name quantiles.
    ///
    /// - Throws: `QueryError`, `SparkFailure`.
    package func customer(_ id: String, in evaluation: Evaluation) throws -> CustomerTrace? {
        var alone = evaluation.definitionsAlone
        alone.semantics.consentAsOf = .now
        let sql = try compiled(alone, CustomerTraceSQL.tables(tables, of: id))
        sql.everybodysTables = tables
        let trace = CustomerTraceSQL(sql)
        let rows = try session.rows(sql.text.statement(try trace.select())).rows
        var predicted: [Aggregate: Value] = [:]
        if let words = evaluation.predictions?.words, let number = numbers.number(of: id) {
            for (aggregate, words) in words {
                guard let word = words[ifThere: Int(number)], word != .min else { continue }
                predicted[aggregate] = .exact(ExactDecimal(units: Int128(word), scale: 6))
            }
        }
        return try CustomerRows(rows, trace, sql).trace(id, predicted)
    }
}

extension QueryTrace {
    fileprivate init(_ rows: [[String?]], _ measures: [Measure], _ sql: EvaluationSQL) throws {
        self.init(
            measures: measures.map(\.name),
            totals: measures.map { measure in
                if case .gapQuantile = measure.kind { nil } else { MeasureValue(nothing: measure.kind) }
            }, adding: measures.map { _ in Adding(bookings: 0, customers: 0) })
        let fields = TraceSQL.ownFields + TraceSQL.measureFields * measures.count
        var found: [(order: Int, booking: TracedBooking)] = []
        for row in rows {
            let row = try RowReader(row, fields: fields, "a trace")
            func place(_ index: Int) -> Int { TraceSQL.ownFields + TraceSQL.measureFields * index }
            if try row.text(0) == "t" {
                if let missing = row[3] { throw QueryError(missingRate: missing, sql.semantics) }
                if let mixed = row[4] {
                    throw QueryError.unsupported("\(mixed) under a purchase in another currency, grouped by currency")
                }
                (count, customers) = (try row.number(1), try row.number(2))
                for (index, measure) in measures.enumerated() {
                    if let text = row[place(index)], totals[index] != nil {
                        totals[index] = try MeasureValue(sql: text, measure.kind)
                    }
                    adding[index] = Adding(
                        bookings: try row.number(place(index) + 1), customers: try row.number(place(index) + 2))
                }
            } else {
                let adds = try measures.enumerated().map { index, measure in
                    try row[place(index)].map { try MeasureValue(added: $0, measure.kind) }
                }
                found.append((try row.number(4), try TracedBooking(row, sql, adds)))
            }
        }
        // The parts of a union have no order.
        found.sort { a, b in
            let (left, right) = (a.booking, b.booking)
            if !left.customer.utf8.elementsEqual(right.customer.utf8) {
                return String.isBefore(left.customer, right.customer)
            }
            return (left.bookedAt, left.kind == .refund ? 1 : 0, a.order, right.amount)
                < (right.bookedAt, right.kind == .refund ? 1 : 0, b.order, left.amount)
        }
        bookings = found.map(\.booking)
    }
}

extension MeasureValue {
    /// What one booking adds: of a quantile the gap.
    fileprivate init(added text: String, _ kind: Measure.Kind) throws {
        if case .gapQuantile = kind {
            try self.init(sql: text, .gapSum)
        } else {
            try self.init(sql: text, kind)
        }
    }
}

extension TracedBooking {
    /// - Parameter row: with the columns of `TracedBookingColumns` from the second on.
    init(_ row: RowReader, _ sql: EvaluationSQL, _ adds: [MeasureValue?]) throws {
        let segments =
            sql.evaluation.eventSegmentations.first { $0.id == sql.evaluation.purchases.success.segmentation }?.segments
            ?? []
        guard let standing = TracedPurchase.Standing(rawValue: try row.text(5)) else {
            throw SparkFailure(.malformedAnswer, "an unknown standing")
        }
        let isRefund = try row.text(11) == "true"
        func signed(_ number: ExactDecimal) -> ExactDecimal { isRefund ? -number : number }
        self.init(
            customer: try row.text(1),
            purchase: TracedPurchase(
                key: row[2], at: try row.instant(3), standing: standing,
                segment: segments[ifThere: try row.number(6) - 1]?.name),
            kind: isRefund ? .refund : .purchase, bookedAt: try row.instant(7), amount: signed(try row.decimal(8)),
            currency: try row.text(9), converted: try row[10].map { _ in signed(try row.decimal(10)) }, adds: adds)
    }
}
