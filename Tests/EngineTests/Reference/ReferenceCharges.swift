import Quantities
import Queries

/// Which first charge an upsell or a rebill belongs to.
extension ReferenceRun {
    /// The purchase itself where it is a first charge that counts; for upsells and rebills the first charge they belong
    /// to; nil for everything else.
    func anchor(of purchase: ReferencePurchase, _ customer: ReferenceCustomer) throws -> ReferencePurchase? {
        switch purchase.charge {
        case nil: return nil
        case .firstCharge: return purchase.counts ? purchase : nil
        case .upsell, .rebill: break
        }
        if let parent = firstChargeAmongParents(of: purchase, customer) { return parent }
        let firstCharges = customer.counted.filter { $0.charge == .firstCharge }
        for link in evaluation.purchases.charges?.links ?? [] {
            guard let value = try text(link, of: purchase.row) else { continue }
            let linked = try firstCharges.filter { try text(link, of: $0.row) == value }
            if let found = latest(of: linked, notAfter: purchase) ?? linked.first { return found }
        }
        return latest(of: firstCharges, notAfter: purchase)
    }

    /// The parent, or the parent's parent and so on, that is a first charge; at most 100 steps.
    private func firstChargeAmongParents(
        of purchase: ReferencePurchase, _ customer: ReferenceCustomer
    ) -> ReferencePurchase? {
        let keys = project.keys[evaluation.purchases.event] ?? RawKeys()
        guard let keyName = keys.key, let parentName = keys.parent else { return nil }
        var current = purchase
        for _ in 1...100 {
            guard let key = current.row.attributes[parentName],
                let parent = customer.purchases.first(where: { $0.row.attributes[keyName] == key })
            else { return nil }
            if parent.charge == .firstCharge, parent.counts { return parent }
            current = parent
        }
        return nil
    }

    /// `firstCharges` are by instant, then by ordinal; at equal instants the later ordinal is taken.
    private func latest(
        of firstCharges: [ReferencePurchase], notAfter purchase: ReferencePurchase
    ) -> ReferencePurchase? {
        firstCharges.last { $0.instant <= purchase.instant }
    }

    /// Successful upsells and rebills without first charge.
    func chargeFindings(of customer: ReferenceCustomer) throws -> [Finding] {
        guard semantics.attribution == .anchored else { return [] }
        var findings: [Finding] = []
        for purchase in customer.purchases where purchase.state == .successful {
            guard purchase.charge == .upsell || purchase.charge == .rebill else { continue }
            if try anchor(of: purchase, customer) == nil { findings.append(Finding(kind: .chargesWithoutFirstCharge)) }
        }
        return findings
    }
}
