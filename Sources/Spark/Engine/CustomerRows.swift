import Quantities
import Queries

/// The rows of a customer's trace (see `CustomerTraceSQL`), by their kind.
struct CustomerRows {
    private var byKind: [String: [RowReader]] = [:]
    private let traceSQL: CustomerTraceSQL
    private let sql: EvaluationSQL

    private var evaluation: Evaluation { sql.evaluation }

    init(_ rows: [[String?]], _ traceSQL: CustomerTraceSQL, _ sql: EvaluationSQL) throws {
        (self.traceSQL, self.sql) = (traceSQL, sql)
        for row in rows {
            let row = try RowReader(row, fields: traceSQL.width, "a customer")
            byKind[try row.text(0), default: []].append(row)
        }
    }

    /// Nil where there is no such customer.
    func trace(_ id: String, _ predicted: [Aggregate: Value]) throws -> CustomerTrace? {
        guard let customer = byKind["c"]?.first else { return nil }
        if sql.needsRevenue, let missing = customer[4] {
            throw QueryError(missingRate: missing, evaluation.semantics, isOfConditions: true)
        }
        let properties = try properties()
        let firstSegment = 1 + CustomerTraceSQL.ownNumbers
        var segments: [String: String] = [:]
        for (place, segmentation) in evaluation.customerSegmentations.enumerated() {
            let position = try segmentation.place(ofSegment: customer.number(firstSegment + place))
            segments[segmentation.id] = segmentation.segments[ifThere: position]?.name ?? segmentation.remainder
        }
        let firstConsent = firstSegment + evaluation.customerSegmentations.count
        return CustomerTrace(
            customer: id, properties: properties, purchases: try purchases(),
            refunds: try refunds(), excluded: try byKind["x"]?.first?.number(1) ?? 0,
            aggregates: try aggregates(customer).merging(predicted) { _, new in new }, segments: segments,
            consents: try evaluation.consents.enumerated().map { place, consent in
                try self.consent(place, consent, properties, isGiven: customer[firstConsent + place] == "true")
            })
    }

    private func properties() throws -> [CustomerTrace.Property] {
        guard let row = byKind["a"]?.first else { return [] }
        return try traceSQL.properties.enumerated().compactMap { place, name in
            try written(row[place + 1], sql.type(ofProperty: name)).map { CustomerTrace.Property(name, $0) }
        }
    }

    /// A value as it would be written.
    private func written(_ text: String?, _ type: SparkTables.ColumnType) throws -> String? {
        guard let text else { return nil }
        switch type {
        case .text: return text
        case .number: return (ExactDecimal(sql: text) ?? .zero).normalized.description
        case .instant: return Instant(microseconds: Int64(text) ?? 0).description
        }
    }

    private func purchases() throws -> [CustomerTrace.Purchase] {
        let states = try (byKind["s"] ?? []).map { row in
            (key: row[1], seq: try row.number(2), state: CustomerTrace.State(at: try row.instant(3), text: row[4]))
        }
        .sorted { ($0.state.at, $0.seq) < ($1.state.at, $1.seq) }
        let rows = try (byKind["p"] ?? []).map { (order: try $0.number(4), row: $0) }.sorted { $0.order < $1.order }
        return try rows.map { _, row in
            let booking = try TracedBooking(row, sql, [])
            let seq = try row.number(13)
            let own = states.filter { state in
                if let key = booking.purchase.key {
                    state.key.map { $0.utf8.elementsEqual(key.utf8) } ?? false
                } else {
                    state.key == nil && state.seq == seq
                }
            }
            return CustomerTrace.Purchase(
                booking: booking, charge: row[12].flatMap { ChargeKind(rawValue: $0) }, states: own.map(\.state))
        }
    }

    /// By time.
    private func refunds() throws -> [TracedBooking] {
        try (byKind["r"] ?? []).map { row in (order: try row.number(4), booking: try TracedBooking(row, sql, [])) }
            .sorted { a, b in
                (a.booking.bookedAt, a.order, b.booking.amount) < (b.booking.bookedAt, b.order, a.booking.amount)
            }
            .map(\.booking)
    }

    private func aggregates(_ row: RowReader) throws -> [Aggregate: Value] {
        let count = try row.number(1)
        var values: [Aggregate: Value] = [
            .purchases: .exact(ExactDecimal(count)), .canceledPurchases: .exact(ExactDecimal(try row.number(2))),
        ]
        if row[4] == nil {
            let revenue = try row.decimal(3)
            values[.revenue] = .exact(revenue)
            if count > 0 { values[.averagePurchaseValue] = .real(revenue.double / Double(count)) }
        }
        func days(since place: Int) throws -> Value? {
            guard row[place] != nil else { return nil }
            let elapsed = evaluation.semantics.asOf.microseconds - (try row.instant(place)).microseconds
            return .real(Double(elapsed) / 86_400_000_000)
        }
        values[.daysSinceFirstPurchase] = try days(since: 5)
        values[.daysSinceLastPurchase] = try days(since: 6)
        return values
    }

    private func consent(
        _ place: Int, _ definition: ConsentDefinition, _ properties: [CustomerTrace.Property], isGiven: Bool
    ) throws -> CustomerTrace.Consent {
        var consent = CustomerTrace.Consent(
            category: definition.category, isGiven: isGiven, property: nil, events: [])
        switch definition.source {
        case .absent: break
        case .property(let name, _):
            consent.property = CustomerTrace.Property(name, properties.first { $0.name == name }?.value ?? "")
        case .events(let names):
            let type = try sql.tables.relation(names.event).column(names.validUntil, of: names.event).type
            let rows = try (byKind["g"] ?? []).filter { try $0.number(1) == place }.map { row in
                (seq: try row.number(2), at: try row.instant(3), row: row)
            }
            consent.events = try rows.sorted { ($0.at, $0.seq) < ($1.at, $1.seq) }.map { _, at, row in
                .init(at: at, action: row[4], validUntil: try written(row[5], type))
            }
        }
        return consent
    }
}
