import Quantities
import Queries

/// What a reader of the numbers should know about the data, counted.
extension EvaluationSQL {
    /// Which of `facts` are findings, and of what kind.
    func findings() throws -> [(kind: QualityFinding.Kind, condition: String)] {
        let amount = attributeNames.name(evaluation.purchases.amount)
        var found: [(kind: QualityFinding.Kind, condition: String)] = [
            (.unclassifiedPurchases, "r.kind = 'unclassified'"),
            (.purchasesWithoutAmount, "r.kind = 'order' AND r.\(amount) IS NULL"),
            (.negativePurchases, "r.kind = 'order' AND r.booked < 0"),
        ]
        if hasAnchors {
            found.append(
                (
                    .chargesWithoutFirstCharge,
                    "r.kind = 'order' AND r.charge IN ('upsell', 'rebill') AND r.anchor IS NULL"
                ))
        }
        if hasRefunds { found.append((.refundsAbovePurchase, "r.kind = 'order' AND r.is_overpaid")) }
        return found
    }

    /// What is said of a finding beside its number, over `facts`: of a purchase that is neither successful nor cancelled, what
    /// its state is.
    func detailOfFinding() throws -> String {
        guard let attribute = try stateAttribute() else { return EvaluationSQL.none }
        return "CASE WHEN r.kind = 'unclassified' THEN r.\(attributeNames.name(attribute)) END"
    }

    /// More is given back on a purchase than it costs; refunds in another currency are not compared.
    func isOverpaid(_ refunds: String) -> String {
        let type = "DECIMAL(38, \(money.amountScale))"
        return "AGGREGATE(FILTER(\(refunds), g -> COALESCE(g.currency, p.currency) = p.currency),"
            + " CAST(0 AS \(type)), (s, g) -> CAST(s + g.amount AS \(type))) > GREATEST(p.amount, 0)"
    }

    /// What is counted of rows that are no bookings: a kind, a step and a condition on it.
    func otherFindings() -> [(kind: QualityFinding.Kind, source: String, condition: String)] {
        var found: [(kind: QualityFinding.Kind, source: String, condition: String)] = []
        for consent in evaluation.consents {
            guard case .events = consent.source else { continue }
            let events = "said_\(consentNames.name(consent.category))"
            found.append((.unknownConsentActions, events, "NOT COALESCE(action IN ('accept', 'reject'), FALSE)"))
            found.append((.consentsWithoutValidity, events, "action = 'accept' AND valid_until IS NULL"))
        }
        if hasRowsBelowZero, mayHaveLaterRows {
            // The purchase does not exist yet.
            let condition = "gives_back AND at <= \(asOf) AND newest IS NULL"
            found.append((.refundsWithoutPurchase, "purchase_history", condition))
        }
        if text.has("refunds") {
            guard purchases.keys.key != nil else {
                found.append((.refundsWithoutPurchase, "refunds", "TRUE"))
                return found
            }
            addPurchaseKeys()
            let joined = "refunds r\nLEFT JOIN purchase_keys k ON k.customer = r.customer AND k.key = r.key"
            found.append((.refundsWithoutPurchase, joined, "NOT COALESCE(k.is_there, FALSE)"))
        }
        return found
    }

    /// Adds which purchases there are, without what becomes of them: nothing has to be sorted for that. Where all rows of a
    /// purchase are below zero it is one, and else those that are not below zero are.
    private func addPurchaseKeys() {
        let isKnown = "at <= \(asOf)"
        let isThere =
            hasRowsBelowZero
            ? "BOOL_OR(\(isKnown) AND NOT is_below_zero) OR (BOOL_AND(is_below_zero) AND BOOL_OR(\(isKnown)))"
            : "BOOL_OR(\(isKnown))"
        text.add(
            "purchase_keys", "which purchases there are",
            """
            SELECT customer, key, \(isThere) AS is_there
            FROM purchase_rows
            WHERE key IS NOT NULL
            GROUP BY customer, key
            """)
    }

    /// The text attribute that the success segmentation looks at first; nil where that is none.
    func stateAttribute() throws -> String? {
        let segmentation = try eventSegmentation(evaluation.purchases.success.segmentation)
        func first(_ predicate: Predicate) -> String? {
            switch predicate {
            case .all(let parts), .any(let parts): parts.lazy.compactMap { first($0) }.first
            case .not(let part): first(part)
            case .test(.attribute(let name), _): name
            case .test: nil
            }
        }
        guard let name = segmentation.segments.lazy.compactMap({ first($0.when) }).first,
            try type(ofAttribute: name) == .text
        else { return nil }
        return name
    }
}
