import Quantities
import Queries

/// A customer with everything up to `as_of`.
struct ReferenceCustomer {
    var raw: RawCustomer
    /// In order of their first events; without test orders.
    var purchases: [ReferencePurchase]
    /// By category, in order of time.
    var consents: [RawText: [ReferenceConsent]]
    var findings: [Finding]

    /// The purchases that count, by instant, then by ordinal.
    var counted: [ReferencePurchase] { purchases.filter(\.counts) }

    var firstPurchase: ReferencePurchase? { counted.first }
}

extension ReferenceRun {
    func makeCustomer(_ raw: RawCustomer) throws -> ReferenceCustomer {
        let (purchases, purchaseFindings) = try purchases(of: raw)
        let (consents, consentFindings) = try consents(of: raw)
        var customer = ReferenceCustomer(
            raw: raw, purchases: purchases, consents: consents, findings: purchaseFindings + consentFindings)
        customer.findings += try chargeFindings(of: customer)
        return customer
    }

    func property(_ name: String, of customer: RawCustomer) throws -> ReferenceValue {
        _ = try type(ofProperty: name)
        return ReferenceValue(customer.properties[name])
    }

    /// The name of the customer's segment with the consents of that instant; nil for the remainder.
    func segment(_ id: String, of customer: ReferenceCustomer, at instant: Instant) throws -> RawText? {
        let segmentation = try customerSegmentation(id)
        for segment in segmentation.segments {
            let isMember = try holds(segment.when, population: population) {
                try customerValue($0, of: customer, at: instant)
            }
            if isMember { return RawText(segment.name) }
        }
        return nil
    }

    private func customerSegmentation(_ id: String) throws -> CustomerSegmentation {
        guard let segmentation = evaluation.customerSegmentations.first(where: { $0.id == id }) else {
            throw QueryError.unknownSegmentation(id)
        }
        return segmentation
    }

    /// What a condition on customers looks at. Whoever is in a segmentation's remainder has the remainder's name.
    private func customerValue(
        _ subject: Subject, of customer: ReferenceCustomer, at instant: Instant
    ) throws -> ReferenceValue {
        switch subject {
        case .property(let name): return try property(name, of: customer.raw)
        case .consent(let category):
            return .consent(isGiven: try hasConsent(category, customer, at: instant))
        case .segmentation(let id):
            let remainder = RawText(try customerSegmentation(id).remainder)
            return .text(try segment(id, of: customer, at: instant) ?? remainder)
        case .aggregate(let aggregate): return try value(aggregate, of: customer)
        case .attribute, .eventSegmentation:
            throw QueryError.unsupported("\(subject) as a condition on a customer")
        }
    }

    /// Whether a purchase and its customer pass a filter.
    func passes(_ filter: Predicate?, _ purchase: ReferencePurchase, of customer: ReferenceCustomer) throws -> Bool {
        guard let filter else { return true }
        return try holds(filter, population: population) { subject in
            switch subject {
            case .attribute, .eventSegmentation: try eventValue(subject, of: purchase.row)
            default: try customerValue(subject, of: customer, at: consentInstant(of: purchase))
            }
        }
    }

    /// The aggregate of all buyers up to `as_of`, whatever the window and the filters.
    private func population(of subject: Subject) throws -> [ReferenceValue] {
        guard case .aggregate(let aggregate) = subject else {
            throw QueryError.unsupported("a quantile of \(subject)")
        }
        return try customers.filter { !$0.counted.isEmpty }.map { try value(aggregate, of: $0) }
    }

    /// The instant whose consents are those of a purchase.
    func consentInstant(of purchase: ReferencePurchase) -> Instant {
        switch semantics.consentAsOf {
        case .now: asOf
        case .atPurchase: purchase.instant
        }
    }

    /// Over the customer's whole history up to `as_of`. Counts and revenue are 0 where there is nothing; a mean or a
    /// date of nothing is missing.
    private func value(_ aggregate: Aggregate, of customer: ReferenceCustomer) throws -> ReferenceValue {
        let counted = customer.counted
        let one = ExactDecimal(1)
        let day = ExactDecimal(86_400_000_000)
        switch aggregate {
        case .purchases: return .number(ExactDecimal(counted.count), over: one)
        case .canceledPurchases:
            return .number(ExactDecimal(customer.purchases.filter { $0.state == .canceled }.count), over: one)
        case .revenue: return .number(try revenue(of: customer), over: one)
        case .averagePurchaseValue:
            return counted.isEmpty ? .missing : .number(try revenue(of: customer), over: ExactDecimal(counted.count))
        case .daysSinceFirstPurchase:
            guard let first = counted.first else { return .missing }
            return .number(ExactDecimal(Int(asOf.microseconds - first.instant.microseconds)), over: day)
        case .daysSinceLastPurchase:
            guard let last = counted.last else { return .missing }
            return .number(ExactDecimal(Int(asOf.microseconds - last.instant.microseconds)), over: day)
        // Without a model, nobody has what it says.
        case .expectedOrders, .expectedValue, .noOrderChance: return .missing
        }
    }

    private func revenue(of customer: ReferenceCustomer) throws -> ExactDecimal {
        var sum = ExactDecimal.zero
        for booking in bookings(of: customer) {
            switch booking.kind {
            case .order: sum = sum + (try segmentAmount(of: booking))
            case .refund where semantics.revenueBasis == .net: sum = sum - (try segmentAmount(of: booking))
            case .refund, .canceled: break
            }
        }
        return sum
    }
}
