import Quantities
import Queries

/// A consent event of one customer in one category.
struct ReferenceConsent {
    enum Action {
        /// Valid before this many microseconds; nil has no end.
        case accept(until: Int128?)
        /// A reject, an unknown action, an accept without a readable end.
        case revoke
    }

    var instant: Instant
    var action: Action

    func isValid(at instant: Instant) -> Bool {
        switch action {
        case .accept(nil): true
        case .accept(let until?): Int128(instant.microseconds) < until
        case .revoke: false
        }
    }
}

extension ReferenceRun {
    /// The customer's consent events up to `as_of` by category, in order of time. Categories without definition are
    /// left out.
    func consents(
        of customer: RawCustomer
    ) throws -> (consents: [RawText: [ReferenceConsent]], findings: [Finding]) {
        var consents: [RawText: [ReferenceConsent]] = [:]
        var findings: [Finding] = []
        for definition in evaluation.consents {
            guard case .events(let names) = definition.source else { continue }
            let category = RawText(definition.category)
            for row in timeline
            where row.type == names.event && row.customer == customer.id && row.timestamp <= asOf {
                guard try text(names.category, of: row) == category else { continue }
                var action = ReferenceConsent.Action.revoke
                switch try text(names.action, of: row) {
                case "accept":
                    _ = try type(of: names.validUntil, event: row.type)
                    if let end = validUntil(row.attributes[names.validUntil]) {
                        action = end
                    } else {
                        findings.append(Finding(kind: .consentsWithoutValidity))
                    }
                case "reject": break
                default: findings.append(Finding(kind: .unknownConsentActions))
                }
                consents[category, default: []].append(ReferenceConsent(instant: row.timestamp, action: action))
            }
        }
        return (consents, findings)
    }

    /// `unlimited`, an ISO 8601 text (wall times are those of the evaluation's zone), Unix seconds as text or number,
    /// an instant. Nil where it is missing or none of these.
    private func validUntil(_ value: RawValue?) -> ReferenceConsent.Action? {
        switch value {
        case nil: return nil
        case .instant(let instant): return .accept(until: Int128(instant.microseconds))
        case .decimal(let seconds): return .accept(until: microseconds(ofSeconds: seconds))
        case .text(let text):
            if text == "unlimited" { return .accept(until: nil) }
            if let instant = Instant(iso8601: text.bytes, zone: zone) {
                return .accept(until: Int128(instant.microseconds))
            }
            return ExactDecimal(utf8: text.bytes).map { .accept(until: microseconds(ofSeconds: $0)) }
        }
    }

    /// Parts of a microsecond are cut.
    private func microseconds(ofSeconds seconds: ExactDecimal) -> Int128 {
        let exact = seconds.normalized
        return (exact.units * 1_000_000).flooringDivision(by: ExactDecimal.power(exact.scale))
    }

    /// Whether the customer's consent to a category is given at an instant.
    func hasConsent(_ category: String, _ customer: ReferenceCustomer, at instant: Instant) throws -> Bool {
        guard let definition = evaluation.consents.first(where: { $0.category == category }) else {
            throw QueryError.unknownConsent(category)
        }
        switch definition.source {
        case .absent: return false
        case .property(let name, let valid):
            let test = Predicate.test(.property(name), .isIn(valid))
            return try holds(test) { _ in try property(name, of: customer.raw) }
        case .events:
            let past = (customer.consents[RawText(category)] ?? []).filter { $0.instant <= instant }
            guard let newest = past.last else { return false }
            // Of equal timestamps anything but a valid accept wins.
            return past.filter { $0.instant == newest.instant }.allSatisfy { $0.isValid(at: instant) }
        }
    }
}
