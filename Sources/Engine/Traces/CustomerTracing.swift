import EventStores
import Quantities
package import Queries

extension EmbeddedEngine {
    /// Everything that an evaluation makes of one customer at `as_of`; its queries are not looked at.
    ///
    /// - Parameter id: of the customer.
    /// - Returns: nil where the data has no such customer.
    /// - Throws: `QueryError`.
    package func customer(_ id: String, in evaluation: Evaluation) throws -> CustomerTrace? {
        guard let index = try store.customers.index(of: Array(id.utf8)) else { return nil }
        var evaluation = evaluation.definitionsAlone
        evaluation.semantics.consentAsOf = .now
        let plan = try EvaluationPlan(
            evaluation, store: store, cuts: try cutPoints(evaluation, ofAll: true), asksEverybody: true)
        let batch = CustomerBatch(plan)
        batch.load(index..<(index + 1))
        if let failure = batch.failure { throw failure.error }
        let tracing = CustomerTracing(
            evaluation: evaluation, plan: plan, batch: batch, store: store, index: index,
            texts: try BookingTexts(plan, store))
        return try tracing.trace(id)
    }
}

/// Reads a batch of one customer out.
private struct CustomerTracing {
    let evaluation: Evaluation
    let plan: EvaluationPlan
    let batch: CustomerBatch
    let store: EventStore
    /// Of the customer.
    let index: Int
    let texts: BookingTexts

    func trace(_ id: String) throws -> CustomerTrace {
        var segments: [String: String] = [:]
        for (position, kernel) in plan.segmentations.enumerated() {
            let segment = Int(batch.segments[position][0])
            let remainder = evaluation.customerSegmentations.first { $0.id == kernel.id }?.remainder ?? ""
            segments[kernel.id] = segment < kernel.names.count ? kernel.names[segment] : remainder
        }
        return CustomerTrace(
            customer: id, properties: try properties(),
            purchases: (0..<batch.purchaseCount).map(purchase),
            refunds: (0..<batch.refundCount).map { texts.refund($0, batch, adds: []) },
            excluded: excluded, aggregates: aggregates(), segments: segments,
            consents: try evaluation.consents.enumerated().map {
                try consent($1, isGiven: batch.consentStates[$0][0] != 0)
            })
    }

    private func properties() throws -> [CustomerTrace.Property] {
        try store.customers.propertySpecs.compactMap { spec in
            try property(spec.name).map { CustomerTrace.Property(spec.name, $0) }
        }
    }

    private func property(_ name: String) throws -> String? { try store.customers.property(name)?.cell(index).text }

    // MARK: - Purchases

    private func purchase(_ lane: Int) -> CustomerTrace.Purchase {
        var charge: ChargeKind?
        if plan.purchases.charges != nil, batch.kind[lane] >= 0 { charge = ChargeKind.allCases[Int(batch.kind[lane])] }
        return CustomerTrace.Purchase(
            booking: texts.purchase(lane, batch, adds: []), charge: charge, states: rows(of: lane).map(state))
    }

    /// The lanes of a purchase's rows up to `as_of`, in order of time.
    private func rows(of purchase: Int) -> [Int] {
        if batch.isIdentity { return [Int(batch.row[purchase])] }
        return (0..<batch.rows.count).filter { lane in
            let ordinal = plan.purchases.states == nil ? lane : Int(batch.ordinals[lane])
            return batch.rows.timestamps[lane] <= plan.asOf && batch.purchaseOfOrdinal[ordinal] == purchase
                && (plan.purchases.states == nil || batch.refundFlags[lane] == 0)
        }
    }

    private func state(_ lane: Int) -> CustomerTrace.State {
        var text: String?
        if let slot = plan.purchases.stateSlot {
            text = plan.purchases.columns.columns[slot].cell(batch.rows.rows.lowerBound + lane).text
        }
        return CustomerTrace.State(at: Instant(microseconds: batch.rows.timestamps[lane]), text: text)
    }

    /// Rows that are test orders.
    private var excluded: Int {
        if batch.isIdentity { return 0 }
        return (0..<batch.rows.count).count { batch.purchaseOfOrdinal[$0] == -2 }
    }

    // MARK: - Aggregates

    private func aggregates() -> [Aggregate: Value] {
        let counted = (0..<batch.purchaseCount).filter { batch.status[$0] == CustomerBatch.Status.counted }
        let canceled = (0..<batch.purchaseCount).count { batch.status[$0] == CustomerBatch.Status.canceled }
        var values: [Aggregate: Value] = [
            .purchases: .exact(ExactDecimal(counted.count)), .canceledPurchases: .exact(ExactDecimal(canceled)),
        ]
        if !plan.needsRevenue { batch.addRevenue() }
        if let revenue = batch.revenue[0] {
            let amount = ExactDecimal(units: revenue, scale: batch.revenueScale)
            values[.revenue] = .exact(amount)
            if !counted.isEmpty { values[.averagePurchaseValue] = .real(amount.double / Double(counted.count)) }
        }
        for (aggregate, words) in plan.predictions?.words ?? [:] {
            let customer = batch.customers.lowerBound
            guard customer < words.count, words[customer] != .min else { continue }
            values[aggregate] = .exact(ExactDecimal(units: Int128(words[customer]), scale: 6))
        }
        func days(since lane: Int) -> Value { .real(Double(plan.asOf - batch.time[lane]) / 86_400_000_000) }
        if let first = counted.first, let last = counted.last {
            values[.daysSinceFirstPurchase] = days(since: first)
            values[.daysSinceLastPurchase] = days(since: last)
        }
        return values
    }

    // MARK: - Consents

    private func consent(_ definition: ConsentDefinition, isGiven: Bool) throws -> CustomerTrace.Consent {
        var consent = CustomerTrace.Consent(
            category: definition.category, isGiven: isGiven, property: nil, events: [])
        switch definition.source {
        case .absent: break
        case .property(let name, _):
            consent.property = CustomerTrace.Property(name, try property(name) ?? "")
        case .events(let names):
            guard let table = store.tables[names.event] else { break }
            for row in try table.rows(of: index) {
                let at = try table.timestamp(ofRow: row)
                guard at.microseconds <= plan.asOf,
                    try table.cell(column: names.category, row: row)?.text == definition.category
                else { continue }
                consent.events.append(
                    .init(
                        at: at, action: try table.cell(column: names.action, row: row)?.text,
                        validUntil: try table.cell(column: names.validUntil, row: row)?.text))
            }
        }
        return consent
    }
}

extension Cell {
    /// As it would be written; nil for a missing one.
    fileprivate var text: String? {
        switch self {
        case .missing: nil
        case .text(let bytes): String(decoding: bytes, as: UTF8.self)
        case .decimal(let number): number.normalized.description
        case .instant(let instant): instant.description
        }
    }
}
