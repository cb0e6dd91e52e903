import Quantities
import Queries

/// A purchase as it stands at `as_of`. Test orders are not among them.
struct ReferencePurchase {
    enum State {
        case successful, canceled, unclassified
    }

    /// 0, 1, 2, ... within the customer, in order of first events.
    var ordinal: Int
    /// The timestamp of the purchase's first event.
    var instant: Instant
    /// The newest event: the state row.
    var row: RawEvent
    var state: State
    /// A missing amount is 0.
    var amount: ExactDecimal
    var currency: RawText
    /// The purchase is one for counts: successful, not negative, not an ignored zero.
    var counts: Bool
    var charge: ChargeKind?
    var refunds: [ReferenceRefund]
}

struct ReferenceRefund {
    var instant: Instant
    /// What was given back, never negative.
    var amount: ExactDecimal
    var currency: RawText
}

/// All rows of one purchase, over the whole data.
private struct PurchaseRows {
    var key: RawValue?
    /// By timestamp, then by import order.
    var states: [RawEvent] = []
    var refunds: [RawEvent] = []
}

extension ReferenceRun {
    /// The customer's purchases at `as_of`, in order of their first events, and what is to be said about them.
    func purchases(of customer: RawCustomer) throws -> (purchases: [ReferencePurchase], findings: [Finding]) {
        var purchases: [ReferencePurchase] = []
        var findings: [Finding] = []
        var refundEvents = self.refundEvents(of: customer)
        for rows in purchaseRows(of: customer) {
            let refundRows = rows.refunds.filter { $0.timestamp <= asOf }
            let states = rows.states.filter { $0.timestamp <= asOf }
            guard let first = states.first, let newest = states.last else {
                // The purchase does not exist yet, so that its refunds name none.
                findings += refundRows.map { _ in Finding(kind: .refundsWithoutPurchase) }
                continue
            }
            let named = rows.key.flatMap { refundEvents.removeValue(forKey: $0) } ?? []
            if try isExcluded(newest, of: customer) { continue }
            var (purchase, found) = try makePurchase(newest, ordinal: purchases.count, instant: first.timestamp)
            let definition = evaluation.purchases
            for row in refundRows {
                purchase.refunds.append(try refund(row, definition.amount, definition.currency, of: purchase))
            }
            if let definition = definition.refunds {
                for row in named {
                    purchase.refunds.append(try refund(row, definition.amount, definition.currency, of: purchase))
                }
            }
            if purchase.state == .successful, refundsExceedAmount(of: purchase) {
                found.append(Finding(kind: .refundsAbovePurchase))
            }
            purchases.append(purchase)
            findings += found
        }
        // What is left names no purchase.
        for rows in refundEvents.values { findings += rows.map { _ in Finding(kind: .refundsWithoutPurchase) } }
        return (purchases, findings)
    }

    /// All purchases of the customer, also those after `as_of`, in order of their first events.
    private func purchaseRows(of customer: RawCustomer) -> [PurchaseRows] {
        let event = evaluation.purchases.event
        let keys = project.keys[event] ?? RawKeys()
        let rows = timeline.filter { $0.type == event && $0.customer == customer.id }

        // Keys with a row that is no refund.
        var ordinaryKeys: Set<RawValue> = []
        for row in rows {
            if let key = value(keys.key, of: row), !isNegative(row, keys) { ordinaryKeys.insert(key) }
        }
        var result: [PurchaseRows] = []
        var refunds: [RawValue: [RawEvent]] = [:]
        for row in rows {
            guard let key = value(keys.key, of: row) else {
                // Without a key every row is a purchase of its own.
                result.append(PurchaseRows(key: nil, states: [row]))
                continue
            }
            if isNegative(row, keys), ordinaryKeys.contains(key) {
                refunds[key, default: []].append(row)
            } else if let index = result.firstIndex(where: { $0.key == key }) {
                result[index].states.append(row)
            } else {
                result.append(PurchaseRows(key: key, states: [row]))
            }
        }
        for index in result.indices {
            if let key = result[index].key { result[index].refunds = refunds[key] ?? [] }
        }
        return result
    }

    private func isNegative(_ row: RawEvent, _ keys: RawKeys) -> Bool {
        guard case .decimal(let amount) = value(keys.amount, of: row) else { return false }
        return amount < .zero
    }

    private func value(_ attribute: String?, of row: RawEvent) -> RawValue? {
        attribute.flatMap { row.attributes[$0] }
    }

    /// Refund events up to `as_of` by the key of the purchase they name; nil for those that name none.
    private func refundEvents(of customer: RawCustomer) -> [RawValue?: [RawEvent]] {
        guard let definition = evaluation.purchases.refunds else { return [:] }
        var result: [RawValue?: [RawEvent]] = [:]
        for row in timeline
        where row.type == definition.event && row.customer == customer.id && row.timestamp <= asOf {
            var key: RawValue?
            if let reference = project.keys[definition.event]?.refersTo,
                reference.event == evaluation.purchases.event
            {
                key = row.attributes[reference.attribute]
            }
            result[key, default: []].append(row)
        }
        return result
    }

    private func refund(
        _ row: RawEvent, _ amount: String, _ currency: String?, of purchase: ReferencePurchase
    ) throws -> ReferenceRefund {
        let given = try decimal(amount, of: row) ?? .zero
        return ReferenceRefund(
            instant: row.timestamp, amount: given < .zero ? -given : given,
            currency: try text(currency, of: row) ?? purchase.currency)
    }

    /// Compared in the purchase's own currency: refunds in another one are left out of this finding.
    private func refundsExceedAmount(of purchase: ReferencePurchase) -> Bool {
        var sum = ExactDecimal.zero
        for refund in purchase.refunds where refund.currency == purchase.currency { sum = sum + refund.amount }
        return sum > max(purchase.amount, .zero)
    }

    /// Test orders, by the state row.
    private func isExcluded(_ row: RawEvent, of customer: RawCustomer) throws -> Bool {
        guard let exclude = evaluation.purchases.exclude else { return false }
        return try holds(exclude) { subject in
            if case .property(let name) = subject { return try property(name, of: customer) }
            return try eventValue(subject, of: row)
        }
    }

    private func makePurchase(
        _ row: RawEvent, ordinal: Int, instant: Instant
    ) throws -> (ReferencePurchase, [Finding]) {
        let definition = evaluation.purchases
        let amount = try decimal(definition.amount, of: row)
        var purchase = ReferencePurchase(
            ordinal: ordinal, instant: instant, row: row, state: .unclassified, amount: amount ?? .zero,
            currency: try text(definition.currency, of: row) ?? RawText(semantics.defaultCurrency), counts: false,
            charge: nil, refunds: [])
        var findings: [Finding] = []
        if try isSelected(definition.success, row) {
            purchase.state = .successful
            purchase.counts =
                purchase.amount > .zero || purchase.amount == .zero && definition.zeroAmount == .count
            if amount == nil { findings.append(Finding(kind: .purchasesWithoutAmount)) }
            if purchase.amount < .zero { findings.append(Finding(kind: .negativePurchases)) }
        } else if try isSelected(definition.canceled, row) {
            purchase.state = .canceled
        } else {
            findings.append(Finding(kind: .unclassifiedPurchases, detail: try statusText(of: row)))
        }
        if let charges = definition.charges {
            let order: [ChargeKind] = [.firstCharge, .upsell, .rebill]
            for kind in order {
                guard let selection = charges.kinds[kind], try isSelected(selection, row) else { continue }
                purchase.charge = kind
                break
            }
        }
        return (purchase, findings)
    }

    private func isSelected(_ selection: SegmentSelection, _ row: RawEvent) throws -> Bool {
        guard let segment = try eventSegment(selection.segmentation, of: row) else { return false }
        return selection.segments.contains { RawText($0) == segment }
    }

    /// The value of the first attribute that the success segmentation's first segment looks at.
    private func statusText(of row: RawEvent) throws -> RawText? {
        let segmentation = try eventSegmentation(evaluation.purchases.success.segmentation)
        guard let first = segmentation.segments.first else { return nil }
        for case .attribute(let name) in subjects(of: first.when) { return row.attributes[name]?.text }
        return nil
    }

    // MARK: Reading a row

    func decimal(_ attribute: String, of row: RawEvent) throws -> ExactDecimal? {
        let type = try type(of: attribute, event: row.type)
        guard type == .decimal else {
            throw QueryError.wrongType(attribute: attribute, expected: "number", found: type.rawValue)
        }
        guard case .decimal(let decimal) = row.attributes[attribute] else { return nil }
        return decimal
    }

    func text(_ attribute: String?, of row: RawEvent) throws -> RawText? {
        guard let attribute else { return nil }
        let type = try type(of: attribute, event: row.type)
        guard type == .text else {
            throw QueryError.wrongType(attribute: attribute, expected: "text", found: type.rawValue)
        }
        return row.attributes[attribute]?.text
    }

    func eventSegmentation(_ id: String) throws -> EventSegmentation {
        guard let segmentation = evaluation.eventSegmentations.first(where: { $0.id == id }) else {
            throw QueryError.unknownSegmentation(id)
        }
        return segmentation
    }

    /// The first segment that matches; nil for none.
    func eventSegment(_ id: String, of row: RawEvent) throws -> RawText? {
        let segmentation = try eventSegmentation(id)
        guard segmentation.event == row.type else {
            throw QueryError.unsupported("segmentation \(id) of \(segmentation.event) for \(row.type)")
        }
        for segment in segmentation.segments where try holds(segment.when, { try eventValue($0, of: row) }) {
            return RawText(segment.name)
        }
        return nil
    }

    /// What an event says by itself.
    func eventValue(_ subject: Subject, of row: RawEvent) throws -> ReferenceValue {
        switch subject {
        case .attribute(let name):
            _ = try type(of: name, event: row.type)
            return ReferenceValue(row.attributes[name])
        case .eventSegmentation(let id):
            return try eventSegment(id, of: row).map { .text($0) } ?? .missing
        default: throw QueryError.unsupported("\(subject) as a condition on an event")
        }
    }
}
